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
