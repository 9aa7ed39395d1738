"""The exploration against brute force: the same outcomes, each at the same number of preemptions.

Each program has an outcome that is lost if one of the reasons is forgotten for which a thread is preempted.
"""

from collections.abc import Callable

import pytest
from generated import few_steps
from lab_fixtures import preemptions_of

from threadlab.search import Search

HEAD = "import os, threading, time\nn, m, a, b, items = 0, 0, threading.Lock(), threading.RLock(), []\n"
START = "threads = [threading.Thread(target=f) for f in ({})]\nfor t in threads: t.start()\n"
JOIN = "for t in threads: t.join()\n"


def threads(*bodies: str, before: str = "", after: str = JOIN) -> str:
    """A program with a thread for each body."""
    text, names = HEAD + before, ""
    for number, body in enumerate(bodies):
        text += f"def work{number}():\n    global n, m\n    " + body.replace("\n", "\n    ") + "\n"
        names += f"work{number}, "
    return text + START.format(names) + after


PROGRAMS = {
    "a release frees who would have to wait": threads(
        "with b:\n    with b: items.append(9)\nif a.acquire(blocking=False): a.release()\nn = len(items)",
        "items.append(2)\nwith a:\n    with b: pass\nm = len(items)",
        after=JOIN + "print(items, n, m)\n",
    ),
    "who acquires a lock first": threads("n = 1\nwith a: print('a')", "m = n\nwith a: print(m)"),
    "an acquisition that others wait for in vain": threads("n = 1\na.acquire()", "m = n\na.acquire()\nprint(m)"),
    "the end of the process is in a thread's next step": threads("n = 1\nos._exit(1)", "print(n)"),
    "the end of the process comes before a thread's next step": threads(
        before="def work():\n    print('a')\n    print('b')\nthreading.Thread(target=work, daemon=True).start()\n",
        after="",
    ),
    "a lock that another thread releases": threads(
        "a.acquire()\nn += 1", "a.release()\na.acquire()\nn = 5", after=JOIN + "print(n)\n"
    ),
    "several threads wait for the end of one": threads(
        "n = 1\nm = 1", *(f"print({k}, n)\nthreads[0].join()\nprint({k})" for k in (2, 3)), after=JOIN
    ),
    "the number of a thread": threads(
        "n = 1\nthreading.Thread(target=lambda: print('a', threading.get_ident())).start()",
        "k = n\nthreading.Thread(target=lambda: print(k, threading.get_ident())).start()",
    ),
    "which exception comes first": threads(
        "n = 1\nm = 1\nraise ValueError('a')", "k = n\nraise ValueError(k)"
    ),
    "the threads that are alive, as one starts": threads(
        "print(threading.active_count())", before="def other():\n    print(threading.active_count())\n"
        "t = threading.Thread(target=other)\nt.start()\nn += 1\n"
    ),
    "a sleeper that is held up": threads("n = 1\ntime.sleep(1)\nprint(1)", "time.sleep(2)\nprint(2, n)"),
    "a condition": threads(
        "with c:\n    if not n: c.wait()\n    print(n)", "with c:\n    n += 1\n    c.notify()\nm = n",
        before="c = threading.Condition()\n", after=JOIN + "print(m)\n",
    ),
}  # fmt: skip


def compare(explore: Callable[..., Search], source: str, limit: int, any_time: bool = True) -> int:
    """Compares at each bound that brute force comes to the end of. Returns how many these are."""
    all_there_are = None
    for preemptions in range(4):
        brute = explore(source, preemptions=preemptions, reduce=False, limit=limit, any_time=any_time)
        if not brute.exhaustive:
            return preemptions
        reduced = explore(source, preemptions=preemptions, any_time=any_time)
        assert reduced.exhaustive
        assert preemptions_of(reduced) == preemptions_of(brute), f"at {preemptions} preemptions"
        assert all_there_are in (None, brute.outcomes.keys()), "an exploration that was not cut has left out some"
        all_there_are = all_there_are if reduced.cut else brute.outcomes.keys()
    return 4


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_thread_must_be_preempted_for(name: str, explore) -> None:
    assert compare(explore, PROGRAMS[name], 3000) >= 2


@pytest.mark.parametrize(("name", "source"), list(few_steps().items()), ids=list(few_steps()))
def test_generated_programs_of_few_steps(name: str, source: str, explore) -> None:
    assert compare(explore, source, 500, any_time=len(source) % 4 != 0) >= 1


ITEMS, BOX = "items = []\n", "class Box: x = 0\nbox = Box()\n"
IMPORTS = "import collections, contextlib, functools, io, operator, threading, types, weakref\n"
IMPORTS += "from concurrent.futures import ThreadPoolExecutor\nfrom dataclasses import dataclass\n"
TWICE = "threads = [threading.Thread(target={0}, args=(n,)) for n in (1, 2)]\n"
TWICE += "for t in threads: t.start()\nfor t in threads: t.join()\nprint({1})\n"
ONCE = "def work(): {0}\nt = threading.Thread(target=work)\nt.start()\n{1}\nt.join()\n"


def twice(before: str, body: str, result: str) -> str:
    return before + f"def work(n): {body}\n" + TWICE.format("work", result)


ORDER, LAST, NUMBER = {"[1, 2]", "[2, 1]"}, {"1", "2"}, {"0", "1"}
HIDDEN: dict[str, tuple[str, set[str]]] = {
    "append as a target": (ITEMS + TWICE.format("items.append", "items"), ORDER),
    "append in a pool": (
        ITEMS + "with ThreadPoolExecutor(2) as pool:\n    for n in (1, 2): pool.submit(items.append, n)\n"
        "print(items)\n",
        ORDER,
    ),
    "append in a timer": (
        ITEMS + "ts = [threading.Timer(1, items.append, (n,)) for n in (1, 2)]\nfor t in ts: t.start()\n"
        "for t in ts: t.join()\nprint(items)\n",
        ORDER,
    ),
    "append in a partial": (twice(ITEMS, "functools.partial(items.append, n)()", "items"), ORDER),
    "append in a partial, a target": (ITEMS + TWICE.format("functools.partial(items.append)", "items"), ORDER),
    "append in map": (twice(ITEMS, "list(map(items.append, [n]))", "items"), ORDER),
    "append by methodcaller": (twice(ITEMS, "operator.methodcaller('append', n)(items)", "items"), ORDER),
    "print to a file": (
        twice("file = io.StringIO()\n", "print(n, file=file)", "list(map(int, file.getvalue().split()))"), ORDER
    ),
    "print while stdout is another": (
        "file = io.StringIO()\ndef work(n): print(n)\nwith contextlib.redirect_stdout(file):\n    "
        + TWICE.format("work", "").replace("\n", "\n    ").replace("print()", "pass")
        + "\nprint(list(map(int, file.getvalue().split())))\n",
        ORDER,
    ),
    "write to a file": (
        twice("file = io.StringIO()\n", "file.write(f'{n} ')", "list(map(int, file.getvalue().split()))"), ORDER
    ),
    "setattr": (twice(BOX, "setattr(box, 'x', n)", "box.x"), LAST),
    "__setattr__": (twice(BOX, "object.__setattr__(box, 'x', n); setattr", "getattr(box, 'x')"), LAST),
    "getattr": (BOX + ONCE.format("box.x = 1", "seen = getattr(box, 'x')\nprint(seen)"), NUMBER),
    "attrgetter": (BOX + ONCE.format("box.x = 1", "seen = operator.attrgetter('x')(box)\nprint(seen)"), NUMBER),
    "delattr": (
        BOX + "box.x = 1\n" + ONCE.format("delattr(box, 'x')", "seen = box.x\nprint(seen)"), NUMBER
    ),
    "an item of a UserDict": (twice("d = collections.UserDict()\n", "d['x'] = n", "d['x']"), LAST),
    "an item of a WeakKeyDictionary": (
        twice(BOX + "d = weakref.WeakKeyDictionary()\n", "d[box] = n", "d[box]"), LAST
    ),
    "an item of vars()": (BOX + "box.x = 0\n" + ONCE.format("vars(box)['x'] = 1", "print(box.x)"), NUMBER),
    "an item of __dict__": (BOX + "box.x = 0\n" + ONCE.format("box.__dict__['x'] = 1", "print(box.x)"), NUMBER),
    "an iteration over a UserDict": (
        "d = collections.UserDict()\n" + ONCE.format("d['b'] = 1", "for k in d: print(k)\nelse: print(0)"),
        {"0", "b\n0"},
    ),
    "a generated repr": (
        "@dataclass\nclass A: x: int = 0\na = A()\n" + ONCE.format("a.x = 1", "print(a)"), {"A(x=0)", "A(x=1)"}
    ),
    "a generated eq": (
        "@dataclass\nclass A: x: int = 0\na = A()\n" + ONCE.format("a.x = 1", "same = a == A()\nprint(same)"),
        {"True", "False"},
    ),
    "a namespace's repr": (
        "a = types.SimpleNamespace(x=0)\n" + ONCE.format("a.x = 1", "print(a)"), {"namespace(x=0)", "namespace(x=1)"}
    ),
    "a list that is multiplied": (
        "items = [0]\n" + ONCE.format("items.append(1)", "seen = items * 2\nprint(seen)"), {"[0, 0]", "[0, 1, 0, 1]"}
    ),
    "a chain of comparisons": (
        "items, other = [], []\n" + ONCE.format("items.append(1)", "same = [] == items == other\nprint(same)"),
        {"True", "False"},
    ),
    "a module's attribute": (
        "cfg = types.ModuleType('cfg')\ncfg.n = 0\n" + twice("", "cfg.n += 1", "cfg.n"), LAST
    ),
    "a list in a tuple": (
        ITEMS + ONCE.format("items.append(1)", "print((items, 0))"), {"([], 0)", "([1], 0)"}
    ),
    "a cache": (
        "calls = 0\n@functools.lru_cache\ndef f():\n    global calls\n    calls += 1\n"
        + twice("", "f()", "calls"), LAST
    ),
}  # fmt: skip
"""Programs whose accesses are made by code without hooks, and what CPython can print."""

IN_PYTHON = ("an item of a UserDict", "an iteration over a UserDict", "an item of a WeakKeyDictionary")
"""Those where a switch can come between the steps of a library, so that the exploration is not exhaustive."""


@pytest.mark.parametrize("name", HIDDEN)
def test_what_code_without_hooks_accesses_is_seen(name: str, explore) -> None:
    source, expected = HIDDEN[name]
    source = IMPORTS + source
    reduced = explore(source, preemptions=2)
    assert reduced.exhaustive == (name not in IN_PYTHON), reduced.why_not
    assert {output.strip() for _, output in reduced.outcomes} >= expected
    brute = explore(source, preemptions=2, reduce=False, limit=3000)
    assert brute.exhaustive
    assert preemptions_of(reduced) == preemptions_of(brute)


@pytest.mark.parametrize("statement", ["globals()['n'] = 1", "globals().update(n=1)", "setattr(os, 'n', 1)"])
def test_what_cannot_be_seen_is_said(statement: str, explore) -> None:
    search = explore(f"import os\nn = 0\n{statement}\nprint(n)\n")
    assert search.why_not.startswith("line 3 ")
