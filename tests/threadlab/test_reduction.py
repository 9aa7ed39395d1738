"""The exploration against brute force: the same outcomes, each at the same number of preemptions.

Each program has an outcome that is lost if one of the reasons is forgotten for which a thread is preempted.
"""

from collections.abc import Callable

import pytest
from generated import few_steps
from lab_fixtures import preemptions_of

from threadlab.instrument import instrument
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
IMPORTS = "import collections, contextlib, functools, io, itertools, operator, threading, types, weakref\n"
IMPORTS += "from concurrent.futures import ThreadPoolExecutor\nfrom dataclasses import dataclass\n"
TWICE = "threads = [threading.Thread(target={0}, args=(n,)) for n in (1, 2)]\n"
TWICE += "for t in threads: t.start()\nfor t in threads: t.join()\nprint({1})\n"
ONCE = "def work(): {0}\nt = threading.Thread(target=work)\nt.start()\n{1}\nt.join()\n"


def twice(before: str, body: str, result: str) -> str:
    return before + f"def work(n): {body}\n" + TWICE.format("work", result)


ORDER, LAST, NUMBER = {"[1, 2]", "[2, 1]"}, {"1", "2"}, {"0", "1"}
BOTH = {"[(0, 0)]", "[(0, 1)]", "[(1, 0)]", "[(1, 1)]"}
HIDDEN: dict[str, tuple[str, set[str]]] = {
    "append as a target": (ITEMS + TWICE.format("items.append", "items"), ORDER),
    "append by a parameter that is called as a function is": (
        ITEMS + "def put(n): pass\ndef use(put, n): put(n)\n" + twice("", "use(items.append, n)", "items"), ORDER
    ),
    "append by a parameter that is called as a builtin is": (
        ITEMS + "def use(open, n): open(n)\n" + twice("", "use(items.append, n)", "items"), ORDER
    ),
    "a function that is imported by a builtin's name": (
        "heap = [2, 1]\ndef use():\n    from heapq import heapify as abs\n    abs(heap)\n"
        + ONCE.format("use()", "seen = heap[0]\nprint(seen)"), {"2", "1"},
    ),
    "a cache that is called as a function is": (
        "calls = 0\ndef make(): pass\n@functools.lru_cache\ndef f():\n    global calls\n    calls += 1\n"
        "def use():\n    make = f\n    make()\n" + twice("", "use()", "calls"), LAST,
    ),
    "a comparison, and a dictionary, of what can be gone through": (
        "class Own:\n    x = 0\n    def __iter__(self): return iter('a')\n"
        "    def __lt__(self, other): return self.x < other.x\none, two = Own(), Own()\n"
        "class Map(Own):\n    def keys(self): return 'b'\n    def __getitem__(self, key): return self.x\n"
        + ONCE.format("two.x = 1", "seen = min(two, one) is one, dict(Map())\nprint(*seen)"),
        {"False {'b': 0}", "True {'b': 0}"},
    ),
    "append as a decorator": (
        ITEMS + ONCE.format("items.append", "print(len(items))").replace(
            "def work(): items.append", "def work():\n    @items.append\n    def f(): pass"
        ), NUMBER,
    ),
    "append as a decorator of a class": (
        ITEMS + ONCE.format("items.append", "print(len(items))").replace(
            "def work(): items.append", "def work():\n    @items.append\n    class A: pass"
        ), NUMBER,
    ),
    "append in a static method": (
        ITEMS + ONCE.format("staticmethod(items.append)(1)", "print(len(items))"), NUMBER
    ),
    "pop as a key": (
        "rows = [[0], [0]]\n" + ONCE.format("max(rows, key=list.pop)", "print(str(rows))"), {"[[0], [0]]", "[[], []]"}
    ),
    "append as a key": (ITEMS + ONCE.format("max([5], key=items.append)", "print(len(items))"), NUMBER),
    "pop by a methodcaller as a key": (
        "rows, pop = [[0]], operator.methodcaller('pop')\n" + ONCE.format("sorted(rows, key=pop)", "print(str(rows))"),
        {"[[0]]", "[[]]"},
    ),
    "the deletion of an item as a key": (
        "items = [1]\n" + ONCE.format("max([0], key=items.__delitem__)", "print(len(items))"), NUMBER
    ),
    "a method that makes anew, as a key": (
        "rows = [[0]]\n" + ONCE.format("max(rows, key=list.__init__)", "print(str(rows))"), {"[[0]]", "[[]]"}
    ),
    "update of a Counter as a key": (
        "c = collections.Counter()\n" + ONCE.format("max(['x'], key=c.update)", "print(len(c))"), NUMBER
    ),
    "attributes that a format looks for in map": (
        BOX + ONCE.format("box.x = 1", "seen = [*map('{0.x}'.format, [box])]\nprint(*seen)"), NUMBER
    ),
    "attributes that str.format looks for": (
        BOX + ONCE.format("box.x = 1", "seen = str.format('{0.x}', box)\nprint(seen)"), NUMBER
    ),
    "an item of vars() in map": (
        BOX + "box.x = 0\n" + ONCE.format("\n    for d in map(vars, [box]): d['x'] = 1", "seen = box.x\nprint(seen)"),
        NUMBER,
    ),
    "a dictionary that a class is made of": (
        "d = {'x': 0}\n" + ONCE.format("d['x'] = 1", "A = type('A', (), d)\nprint(A.x, A.__module__ == __name__)"),
        {"0 True", "1 True"},
    ),
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
    "an item of a namespace's vars()": (
        "a = types.SimpleNamespace(x=0)\n" + ONCE.format("vars(a)['x'] = 1", "seen = a.x\nprint(seen)"), NUMBER
    ),
    "an item of __dict__ of what no weak reference leads to": (
        "class A:\n    __slots__ = '__dict__'\na = A()\na.x = 0\n"
        + ONCE.format("a.__dict__['x'] = 1", "seen = a.x\nprint(seen)"), NUMBER
    ),
    "pop by a methodcaller that is called get": (
        "items, get = [0], operator.methodcaller('pop')\n" + ONCE.format("get(items)", "print(list(items))"),
        {"[0]", "[]"},
    ),
    "the truth of what any is given": (
        ITEMS + ONCE.format("items.append(1)", "seen = any(each for each in [items])\nprint(seen)"), {"True", "False"}
    ),
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
    "a class's attribute through a subclass": (
        "class A: n = 0\nclass B(A): pass\n" + ONCE.format("A.n = 1", "seen = B.n\nprint(seen)"), NUMBER
    ),
    "a class's attribute through a class method": (
        "class A:\n    n = 0\n    @classmethod\n    def add(cls): cls.n += 1\nclass B(A): pass\n"
        + ONCE.format("A.add()", "B.add()\nprint(B.n)"),
        LAST,
    ),
    "a class's attribute through super()": (
        "class A: n = 0\nclass B(A):\n    def see(self): return super().n\n"
        + ONCE.format("A.n = 1", "seen = B().see()\nprint(seen)"),
        NUMBER,
    ),
    "a class in between that gets the attribute": (
        "class A: n = 0\nclass B(A): pass\nclass C(B): pass\n" + ONCE.format("B.n = 1", "seen = C.n\nprint(seen)"),
        NUMBER,
    ),
    "the end of a thread": (
        "done = []\n" + ONCE.format("done.append(1)", "seen = len(done), t.is_alive()\nprint(*map(int, seen))"),
        {"0 1", "1 1", "0 0", "1 0"},
    ),
    "the end of a thread, by its count": (
        "done = []\n" + ONCE.format("done.append(1)", "seen = len(done), threading.active_count()\nprint(*seen)"),
        {"0 2", "1 2", "0 1", "1 1"},
    ),
    "a module's attribute": (
        "cfg = types.ModuleType('cfg')\ncfg.n = 0\n" + twice("", "cfg.n += 1", "cfg.n"), LAST
    ),
    "a list in a tuple": (
        ITEMS + ONCE.format("items.append(1)", "print((items, 0))"), {"([], 0)", "([1], 0)"}
    ),
    "bytes that are viewed": (
        "d, busy = bytearray(), contextlib.suppress(BufferError)\n"
        + ONCE.format("\n    with busy: d.append(1)", "m = memoryview(d)") + "print(len(d))",
        NUMBER,
    ),
    "the iterator below a tee": (
        "it = iter([1, 2])\none, two = itertools.tee(it)\n" + ONCE.format("next(it)", "m = list(one)\nprint(m)"),
        {"[1, 2]", "[2]"},
    ),
    "an iterator that a set is joined with": (
        "it = iter([1, 2])\nnone = set()\n" + ONCE.format("none.union(it)", "m = none.union(it)\nprint(m)"),
        {"{1, 2}", "set()"},
    ),
    "a cache": (
        "calls = 0\n@functools.lru_cache\ndef f():\n    global calls\n    calls += 1\n"
        + twice("", "f()", "calls"), LAST
    ),
}  # fmt: skip
"""Programs whose accesses are made by code without hooks, and what CPython can print."""

IN_PYTHON = ("an item of a UserDict", "an iteration over a UserDict", "an item of a WeakKeyDictionary",
             "update of a Counter as a key")  # fmt: skip
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


FACTORY = "def make():\n    global n\n    n += 1\n    return n\n"
MAKES = "d = collections.defaultdict(make)\n"
CACHED = "class Own:\n    @functools.cached_property\n    def value(self): return make()\nown = Own()\n"
INIT = "class Own:\n    def __init__(self, x): self.x = x\nown = Own(0)\n"
REPR = "class Own:\n    def __repr__(self): return str(make())\n"
PROXY = "d = {}\nproxy = types.MappingProxyType(d)\n"
TEXT = "file = io.StringIO()\n"
BAG = "class Bag:\n    def __init__(self): self.items = {}\n    def __iter__(self): return iter(self.items)\n"
BAG += "bag = Bag()\n"
PAIRS = "pairs = [['x', 0]]\n"
OUT = "@dataclass\nclass In: v: object\n@dataclass\nclass Out: i: object\nout = Out(In([0]))\n"
SLOT = "@dataclass(slots=True)\nclass Slot: i: list\nslot = Slot([])\n"
OUTER = "class In:\n    def __init__(self, v): self.v = v\nclass Out:\n    def __init__(self): self.i = In(0)\n"
OUTER += "out = Out()\n"
ASYNC = """
class Pairs:
    left = 2
    def __aiter__(self): return self
    async def __anext__(self):
        self.left -= 1
        if not self.left: raise StopAsyncIteration
        return 1, 1
async def store():
    global n, m
    async for n, m in Pairs(): pass
async def each(): return [lambda: k async for k, _ in Pairs()]
def drive(coroutine):
    try: coroutine.send(None)
    except StopIteration: pass
"""
ROWS = "rows = [[0], [1, 2]]\nrow = rows[1]\n"
TELLS = "try: m = {}\nexcept Exception as e: m = type(e).__name__"
SEEN: dict[str, tuple[str, str, str, str, set[str]]] = {
    "what a queue stores while it holds its lock": (
        "import queue\nq = queue.Queue()\n", "q.put(1)", "n = q.unfinished_tasks", "n", {"0", "1"}
    ),
    "a spin on what a queue stores": (
        "import queue\nq = queue.Queue()\nq.put(1)\n", "q.get()\nq.task_done()", "while q.unfinished_tasks: pass",
        "1", {"1"},
    ),
    "an end of the process": ("", "print(1)\nos._exit(1)", "print(2)", "", {"1\n2", "2\n1", "1"}),
    "an iteration that begins": (
        "d = {1: 1}\n", "n = 1\nm = []\nfor key in d: m.append(key)", "if n: d[2] = 2", "m", {"[1]", "[1, 2]"}
    ),
    "a dictionary, reversed": ("d = {1: 1}\n", TELLS.format("list(reversed(d))"), "d[2] = 2", "m",
                               {"[1]", "[2, 1]", "RuntimeError"}),
    "a dictionary in a zip": ("d = {1: 1}\n", TELLS.format("list(zip(d))"), "d[2] = 2", "m",
                              {"[(1,)]", "[(1,), (2,)]", "RuntimeError"}),
    "a dictionary that is delegated to": (
        "d = {1: 1}\ndef keys(): yield from d\n", TELLS.format("list(keys())"), "d[2] = 2", "m",
        {"[1]", "[1, 2]", "RuntimeError"},
    ),
    "a list behind an __iter__": (
        BAG.format("[1, 2]"), "m = []\nfor k in bag: m.append(k)", "bag.items.pop(0)", "m", {"[1, 2]", "[1]", "[2]"}
    ),
    "a dictionary behind an __iter__": (
        BAG.format("{1: 1}"), "m = []\n" + "try:\n    for k in bag: m.append(k)\nexcept RuntimeError: m.append('e')",
        "bag.items[2] = 2", "m", {"[1]", "[1, 2]", "['e']", "[1, 'e']"},
    ),
    "a list behind an __iter__ that a builtin steps": (
        BAG.format("[1, 2]"), "m = list(bag)", "bag.items.pop(0)", "m", {"[1, 2]", "[1]", "[2]"}
    ),
    "a closure's variable, after a yield": (
        "def steps():\n    def see():\n        try: items.append(k)\n        except NameError: items.append(0)\n"
        "    yield threading.Thread(target=see)\n    k = 1\n    yield\n",
        "it = steps()\nt = next(it)\nt.start()\nnext(it)\nt.join()", "m = 1", "items", {"[0]", "[1]"},
    ),
    "a list in a list that is searched": (
        "rows = [[0]]\n", "m = [1] in rows", "rows[0][0] = 1", "m", {"True", "False"}
    ),
    "a list in a list that is counted": ("rows = [[0]]\n", "m = rows.count([1])", "rows[0][0] = 1", "m", NUMBER),
    "lists that are sorted": ("rows = [[1], [2]]\nrow = rows[0]\n", "rows.sort()\nm = rows[0]", "row[0] = 3", "m",
                              {"[2]", "[3]"}),
    "a list that a loop unpacks": (PAIRS, "for name, k in pairs: m = k", "pairs[0][1] = 1", "m", NUMBER),
    "a list that a loop unpacks into shared variables": (
        PAIRS, "for name, m in pairs: pass", "pairs[0][1] = 1", "m", NUMBER
    ),
    "a list that a comprehension unpacks": (PAIRS, "m = sum(k for name, k in pairs)", "pairs[0][1] = 1", "m", NUMBER),
    "a list in a tuple that is unpacked": (PAIRS, "x, (y, k) = 1, pairs[0]\nm = k", "pairs[0][1] = 1", "m", NUMBER),
    "a list after a star that is unpacked": (
        PAIRS, "*x, (y, k), z = 0, 0, pairs[0], 1\nm = k", "pairs[0][1] = 1", "m", NUMBER
    ),
    "a list that is unpacked into shared variables": (
        PAIRS, "n, (y, m) = 1, pairs[0]", "if n: pairs[0][1] = 1", "m", NUMBER
    ),
    "a list that enumerate gives and a loop unpacks": (
        PAIRS, "for i, (name, k) in enumerate(pairs): m = k", "pairs[0][1] = 1", "m", NUMBER
    ),
    "lists that make a dictionary": (PAIRS, "m = dict(pairs)['x']", "pairs[0][1] = 1", "m", NUMBER),
    "a dictionary in a display": ("d = {}\n", "m = {**d}", "d[1] = 1", "m", {"{}", "{1: 1}"}),
    "an iterator over a tuple": ("it = iter((1, 2))\n", "n = next(it)", "m = next(it)", "n, m", {"1 2", "2 1"}),
    "what a slice is assigned": ("seen = []\n", "seen[:] = items", "items.append(1)", "seen", {"[]", "[1]"}),
    "a tuple that is formatted": ("", "m = '%s' % (items,)", "items.append(1)", "m", {"[]", "[1]"}),
    "a list that format is given": ("", "m = format(items)", "items.append(1)", "m", {"[]", "[1]"}),
    "bytes that change": ("d = bytearray()\n", "m = b'' + d, d == b'a'", "d.append(97)", "m",
                          {"(b'', False)", "(b'', True)", "(b'a', True)"}),
    "a list in a named tuple": (
        "pair = collections.namedtuple('Pair', 'x')(items)\n", "m = str(pair)", "items.append(1)", "m",
        {"Pair(x=[])", "Pair(x=[1])"},
    ),
    "a proxy": (PROXY, "m = 1 in proxy", "d[1] = 1", "m", {"True", "False"}),
    "a proxy's length": (PROXY, "m = len(proxy)", "d[1] = 1", "m", {"0", "1"}),
    "a class's dictionary": (BOX, "m = Box.__dict__['x']", "Box.x = 1", "m", NUMBER),
    "dir": (BOX, "m = 'y' in dir(box)", "box.y = 1", "m", {"True", "False"}),
    "memory that is viewed": ("data = bytearray(1)\nview = memoryview(data)\n", "view[0] += 1", "data[0] += 1",
                              "data[0]", LAST),
    "a text that changes": ("text = collections.UserString('0')\n", "m = text % ()", "text.data = '1'", "m", NUMBER),
    "a queue's items": ("import queue\nq = queue.Queue()\n", "m = len(q.queue)", "q.put(1)", "m", NUMBER),
    "what logging is given": (
        "import logging\nclass Handler(logging.Handler):\n    def emit(self, record):\n        global m\n"
        "        m = record.getMessage()\nlogging.getLogger().addHandler(Handler())\n",
        "logging.warning('%s', items)", "items.append(1)", "m", {"[]", "[1]"},
    ),
    "a bound __setattr__": (INIT, "m = own.x", "own.__setattr__('x', 1)", "m", NUMBER),
    "super().__setattr__": (
        INIT + "def put(self, x): super(Own, self).__setattr__('x', x)\nOwn.put = put\n", "m = own.x", "own.put(1)",
        "m", NUMBER,
    ),
    "an __init__ once more": (INIT, "m = own.x", "own.__init__(1)", "m", NUMBER),
    "an attribute of __main__": ("", "import __main__\nm = __main__.n", "n = 1", "m", NUMBER),
    "a variable that with stores": (
        "class Own:\n    def __enter__(self):\n        global m\n        m = 1\n        return 2\n"
        "    def __exit__(self, *error): pass\n",
        "with Own() as n: pass", "k = m, n\nitems.append(k)", "items", {"[(0, 0)]", "[(1, 0)]", "[(1, 2)]"},
    ),
    "a function that is defined again": (
        "def f(): return 0\n", "global f\nm = 1\ndef f(): return 1", "k = m, f()\nitems.append(k)", "items",
        {"[(0, 0)]", "[(1, 0)]", "[(1, 1)]"},
    ),
    "a class that is defined again": (
        "class f: x = 0\n", "global f\nm = 1\nclass f: x = 1", "k = m, f.x\nitems.append(k)", "items",
        {"[(0, 0)]", "[(1, 0)]", "[(1, 1)]"},
    ),
    "a module that is imported": (
        "json = 0\n", "global json\nm = 1\nimport json", "k = m, json == 0\nitems.append(k)", "items",
        {"[(0, True)]", "[(1, True)]", "[(1, False)]"},
    ),
    "a factory of a missing item": (FACTORY + MAKES, "m = d['a']", "k = d['a']\nitems.append(k)",
                                    "m, items, d['a']", {"1 [1] 1", "1 [2] 1", "1 [2] 2", "2 [1] 2", "2 [1] 1"}),
    "a factory that is a function": (
        "d = collections.defaultdict(lambda: [])\n", "d['k'].append(1)", "d['k'].append(2)", "sorted(d['k'])",
        {"[1]", "[2]", "[1, 2]"},
    ),
    "a factory that is a class, of a subclass": (
        "class Own:\n    def __init__(self): self.items = []\nclass Dict(collections.defaultdict): pass\n"
        "d = Dict(Own)\n",
        "d['k'].items.append(1)", "d['k'].items.append(2)", "sorted(d['k'].items)", {"[1]", "[2]", "[1, 2]"},
    ),
    "an __init__ of an object that __new__ gives again": (
        "class One:\n    one = None\n    def __new__(cls, value):\n        cls.one = cls.one or super().__new__(cls)\n"
        "        return cls.one\n    def __init__(self, value): self.value = value\nOne(0)\n",
        "n = One(1).value", "m = One(2).value", "n, m", {"1 2", "2 2", "1 1"},
    ),
    "an __init__ of an object that __new__ gives away": (
        "class Own:\n    def __new__(cls):\n        own = super().__new__(cls)\n        items.append(own)\n"
        "        return own\n    def __init__(self): self.value = 1\n",
        "Own()", "if items: m = hasattr(items[0], 'value')", "m", {"0", "True", "False"},
    ),
    "a missing attribute that __getattr__ puts into __dict__": (
        "class Own:\n    def __getattr__(self, name): return self.__dict__.setdefault(name, make())\n"
        + FACTORY + "own = Own()\n",
        "m = own.x", "k = own.x\nitems.append(k)", "m, items, own.x", {"1 [1] 1", "2 [2] 2"},
    ),
    "an attribute that is put into __dict__ in two threads": (
        "class Own:\n    def __getattr__(self, name):\n        made = self.__dict__[name] = []\n        return made\n"
        "own = Own()\n",
        "own.x.append(1)", "own.x.append(1)", "own.x", {"[1]", "[1, 1]"},
    ),
    "a cache's own result": (
        "@functools.cache\n" + FACTORY, "m = make()", "k = make()\nitems.append(k)", "m, items, make()",
        {"1 [1] 1", "1 [2] 1", "1 [2] 2", "2 [1] 2", "2 [1] 1"},
    ),
    "a cached_property": (
        FACTORY + CACHED, "m = own.value", "k = own.value\nitems.append(k)", "m, items, own.value",
        {"1 [1] 1", "1 [2] 1", "1 [2] 2", "2 [1] 2", "2 [1] 1"},
    ),
    "a cached_property's place": (CACHED + FACTORY, "own.value", "m = 'value' in vars(own)", "m", {"True", "False"}),
    "a list of what has a __repr__": (FACTORY + REPR, "print([Own()])", "print([Own()])", "", {"[1]\n[2]", "[2]\n[1]"}),
    "what an ExitStack calls": (
        "", "with contextlib.ExitStack() as stack: stack.callback(items.append, 1)", "m = len(items)", "m", NUMBER
    ),
    "the truth of a list, by bool": ("", "m = bool(items)", "items.append(1)", "m", {"False", "True"}),
    "bytes that int, float and ord read": (
        "d = bytearray(b'1')\n", "m = int(d), float(d), ord(d)", "d[0] = 50", "m", {"(1, 1.0, 49)", "(2, 2.0, 50)"}
    ),
    "a list in a tuple in an f-string": ("", "m = f'{items, 5}'", "items.append(1)", "m", {"([], 5)", "([1], 5)"}),
    "a list that a comprehension takes into an f-string": (
        "rows = [items]\n", "m = f'{[row for row in rows]}'", "items.append(1)", "m", {"[[]]", "[[1]]"}
    ),
    "a list in a slice": ("", "m = str(slice(items, 1))", "items.append(1)", "m",
                          {"slice([], 1, None)", "slice([1], 1, None)"}),
    "a list in an exception": ("", "m = str(ValueError(items))", "items.append(1)", "m", {"[]", "[1]"}),
    "a list in a chain with in": (
        "", "m = [] < items in [items]", "items.append(1)", "m", {"True", "False"}
    ),
    "a list that a chain looks for": (
        "", "m = items in [[1]] not in [] and 'a' < 'b' in 'abc' != []", "items.append(1)", "m", {"True", "False"}
    ),
    "a list in a display": ("", "m = [1] in [items]", "items.append(1)", "m", {"True", "False"}),
    "a list that is looked for": ("rows = [[1]]\n", "m = items in rows", "items.append(1)", "m", {"True", "False"}),
    "a list that is not looked for in vain": ("", "m = items not in ([1],)", "items.append(1)", "m", {"True", "False"}),
    "a dataclass in a dataclass": (OUT, "m = str(out)", "out.i.v[0] = 1", "m", {f"Out(i=In(v=[{n}]))" for n in (0, 1)}),
    "a dataclass in a dataclass that is compared": (OUT, "m = out == Out(In([1]))", "out.i.v[0] = 1", "m",
                                                    {"True", "False"}),
    "a list in a tuple in a dataclass": (OUT, "m = str(Out((items,)))", "items.append(1)", "m",
                                         {"Out(i=([],))", "Out(i=([1],))"}),
    "a list in a slot": (SLOT, "m = str(slot)", "slot.i.append(1)", "m", {"Slot(i=[])", "Slot(i=[1])"}),
    "a namespace in a namespace": (
        "a = types.SimpleNamespace(b=types.SimpleNamespace(c=0))\n", "m = repr(a)", "a.b.c = 1", "m",
        {"namespace(b=namespace(c=0))", "namespace(b=namespace(c=1))"},
    ),
    "what C code holds": (
        "import csv\nfile = io.StringIO()\nrows = csv.writer(file)\n", "m = len(file.getvalue())", "rows.writerow([1])",
        "m", {"0", "3"},
    ),
    "a list that is nine deep": (
        "deep = items\nfor _ in range(8): deep = [deep]\n", "m = len(str(deep))", "items.append(1)", "m", {"18", "19"}
    ),
    "an attribute that a text asks for": (OUTER, "m = '{0.i.v}'.format(out)", "out.i.v = 1", "m", NUMBER),
    "attributes of attributes by attrgetter": (OUTER, "m = operator.attrgetter('i.v')(out)", "out.i.v = 1", "m",
                                               NUMBER),
    "a key that C code looks for": (
        OUTER, "m = min([In(1), out.i], key=operator.attrgetter('v')) is out.i", "out.i.v = 2", "m", {"True", "False"}
    ),
    "a key by which a list is sorted": (
        OUTER + "both = [out.i, In(1)]\n", "both.sort(key=operator.attrgetter('v'))\nm = both[0] is out.i",
        "out.i.v = 2", "m", {"True", "False"},
    ),
    "a key that groupby looks for": (
        OUTER, "m = [k for k, g in itertools.groupby([out.i, In(1)], operator.attrgetter('v'))]", "out.i.v = 2", "m",
        {"[0, 1]", "[2, 1]"},
    ),
    "lengths that map looks for": (ROWS, "m = list(map(len, rows))", "row.append(1)", "m", {"[1, 2]", "[1, 3]"}),
    "lengths that a loop looks for": (ROWS, "m = []\nfor k in map(len, rows): m.append(k)", "row.append(1)", "m",
                                      {"[1, 2]", "[1, 3]"}),
    "lengths of a list that comes as a loop goes on": (
        ROWS, "m = []\nfor k in enumerate(map(len, rows)): m.append(k)",
        "k = [0]\nrows[1] = k\nk.append(0)\nk.append(0)", "m", {f"[(0, 1), (1, {n})]" for n in (1, 2, 3)},
    ),
    "lengths that a star looks for": (ROWS, "m = [*map(len, rows)]", "row.append(1)", "m", {"[1, 2]", "[1, 3]"}),
    "what map pops": (ROWS, "m = list(map(list.pop, rows))", "k = row[-1]\nitems.append(k)", "m, items",
                      {"[0, 2] [2]", "[0, 2] [1]"}),
    "lists that a generator gives to sum": (ROWS, "m = sum((r for r in rows), [])", "row.append(3)", "m",
                                            {"[0, 1, 2]", "[0, 1, 2, 3]"}),
    "lists that a generator gives to sorted": (
        ROWS, "k = sorted(r for r in rows)\nm = k[0] is row", "row[0] = -1", "m", {"True", "False"}
    ),
    "lists that an iterator of the program's gives to max": (
        ROWS + "class Own:\n    def __iter__(self): return map(lambda r: r, rows)\n",
        "m = max(Own()) is row", "row[0] = -1", "m", {"True", "False"},
    ),
    "the iterators that a chain comes to": (
        ROWS, "chain = itertools.chain.from_iterable(rows)\nm = 1\nm = [*chain]", "if m: row.append(3)", "m",
        {"[0, 1, 2]", "[0, 1, 2, 3]"},
    ),
    "a running total of lists": (
        ROWS, "total = itertools.accumulate(rows)\nm = 1\nm = [*total]", "if m: row.append(3)", "m",
        {"[[0], [0, 1, 2]]", "[[0], [0, 1, 2, 3]]"},
    ),
    "two variables that a loop stores": (
        "", "for n, m in [(1, 1)]: pass", "k = n, m\nitems.append(k)", "items", BOTH
    ),
    "two variables that an asynchronous loop stores": (
        ASYNC, "drive(store())", "k = n, m\nitems.append(k)", "items", BOTH
    ),
    "a file that with closes": (TEXT, "with file: pass", "m = file.closed", "m", {"True", "False"}),
}  # fmt: skip
"""Accesses before which, or between which, another thread can run: before, two threads, what is printed, what comes."""


@pytest.mark.parametrize("name", SEEN)
def test_what_another_thread_can_come_before_is_seen(name: str, explore) -> None:
    before, first, second, result, expected = SEEN[name]
    after = JOIN + (f"print({result})\n" if result else "")
    source = IMPORTS + threads(first, second, before=before, after=after)
    reduced = explore(source, preemptions=2)
    assert reduced.exhaustive, reduced.why_not
    assert {output.strip() for _, output in reduced.outcomes} >= expected
    brute = explore(source, preemptions=2, reduce=False, limit=4000)
    assert brute.exhaustive
    assert preemptions_of(reduced) == preemptions_of(brute)


NUMBERS = "def numbers():\n    yield 1\n    yield 2\nit = numbers()\n"
SPLIT = "as one step, which a switch can split"
ORDERED = """class Own:
    def __init__(self, x): self.x = x
    def __lt__(self, other): return self.x < other.x
    def __eq__(self, other): return self.x == other.x
    def __hash__(self): return hash(self.x)
    def __repr__(self): return str(self.x)
    def __iter__(self): return self
    def __next__(self):
        if not self.x: raise StopIteration
        self.x -= 1
        return 1
own = [Own(0), Own(1)]
"""
SAID: dict[str, tuple[str, str, str, str]] = {
    "exec": ("", "exec('global n; n += 1')", "n += 1", "made as it runs"),
    "eval": ("", "m = eval('n')", "n = 1", "made as it runs"),
    "compile": ("", "m = eval(compile('n', '', 'eval'))", "n = 1", "made as it runs"),
    "a generator in two threads": (NUMBERS, "n = next(it)", "m = next(it)", "does an iteration " + SPLIT),
    "a generated repr of two attributes": (
        "@dataclass\nclass Pair:\n    x: int\n    y: int\np = Pair(0, 0)\n", "m = repr(p)", "p.x = 1\np.y = 1",
        "does a generated method of Pair " + SPLIT,
    ),
    "a generated repr that is printed": (
        "@dataclass\nclass Pair:\n    x: int\n    y: int\np = Pair(0, 0)\n", "print(p)", "p.x = 1\np.y = 1",
        "does a generated method of Pair " + SPLIT,
    ),
    "a generated eq of two attributes": (
        "@dataclass\nclass Pair:\n    x: int\n    y: int\np = Pair(0, 0)\n", "m = p == Pair(0, 1)",
        "p.x = 1\np.y = 1", "does a generated method of Pair " + SPLIT,
    ),
    "a match": ("", "match items:\n    case []: m = 1", "items.append(1)", "does match " + SPLIT),
    "a match of attributes": (BOX + "box.x = 0\n", "match box:\n    case Box(x=1): m = 1", "box.x = 1",
                              "does match " + SPLIT),
    "a mapping below a ChainMap": (
        "d = {1: 0}\nc = collections.ChainMap({}, d)\n", "m = c[1]", "d[1] = 1", "does ChainMap.__getitem__ " + SPLIT
    ),
    "a match of a list in a display": (
        "", "match (items, 5):\n    case ([], _): m = 1", "items.append(1)", "does match " + SPLIT
    ),
    "a match of attributes of attributes": (
        OUTER, "match out:\n    case Out(i=In(v=1)): m = 1", "out.i.v = 1", "does match " + SPLIT
    ),
    "a match of what a proxy shows": (
        "d = {1: 0}\np = types.MappingProxyType(d)\n", "match p:\n    case {1: 0}: m = 1", "d[1] = 1",
        "does match " + SPLIT,
    ),
    "a match of what a ChainMap shows": (
        "d = {1: 0}\np = collections.ChainMap(d)\n", "match p:\n    case {1: 0}: m = 1", "d[1] = 1",
        "does match " + SPLIT,
    ),
    "a match of what a view of bytes shows": (
        "d = bytearray(2)\np = memoryview(d)\n", "match p:\n    case [0, _]: m = 1", "d[0] = 1", "does match " + SPLIT
    ),
    "a match of what lies less deep in a later part": (
        "deep = [[items]]\n", "match (deep, deep[0]):\n    case (_, [[]]): m = 1", "items.append(1)",
        "does match " + SPLIT,
    ),
    "a Counter with a sign": ("c = collections.Counter()\n", "m = +c", "c['a'] = 1", "does Counter.__pos__ " + SPLIT),
    "Counters that are added": ("c = collections.Counter()\n", "m = c + c", "c['a'] = 1",
                                "does Counter.__add__ " + SPLIT),
    "deepcopy of an object in an object": (
        "import copy\n" + OUTER, "m = copy.deepcopy(out)", "out.i.v = 1", "does deepcopy " + SPLIT
    ),
    "deepcopy of an attribute of a list of one's own": (
        "import copy\nclass Own(list): pass\nown = Own()\nown.i = []\n", "m = copy.deepcopy(own)", "own.i.append(1)",
        "does deepcopy " + SPLIT,
    ),
    "asdict of what has slots": (
        "import dataclasses\n" + SLOT, "m = dataclasses.asdict(slot)", "slot.i.append(1)", "does asdict " + SPLIT
    ),
    "two variables that a comprehension stores": (
        "def each():\n    return [(k, j, lambda: (k, j)) for k, j in [(1, 1)]]\n", "each()", "m = 1",
        "stores several shared variables as one step",
    ),
    "a variable that an asynchronous comprehension stores": (
        ASYNC, "drive(each())", "m = 1", "by async for, which is no switch point"
    ),
    "more than can be looked at": ("rows = [[n] for n in range(10_001)]\n", "m = str(rows)", "n = 1",
                                   "reads what leads to more than 10000 objects"),
    "deepcopy": ("import copy\n", "m = copy.deepcopy(items)", "items.append(1)", "does deepcopy " + SPLIT),
    "update of a Counter": ("c = collections.Counter()\n", "c.update('a')", "c.update('a')", "does update " + SPLIT),
    "a sort with a key": ("items[:] = [2, 1]\n", "items.sort(key=lambda x: x)", "m = len(items)", "does sort " + SPLIT),
    "a sort of what has a __lt__": (ORDERED, "own.sort()", "m = len(own)", "does sort " + SPLIT),
    "an insort of what has a __lt__": (
        "import bisect\n" + ORDERED, "bisect.insort(own, Own(1))", "bisect.insort(own, Own(2))", "does insort_right "
    ),
    "a list of what has an __eq__": (ORDERED, "own.remove(Own(1))", "own.pop(0)", "does remove " + SPLIT),
    "a list of what has a generated __eq__": (
        "@dataclass\nclass Own: x: int\nown = [Own(0), Own(1)]\n", "own.remove(Own(1))", "own.pop(0)",
        "does remove " + SPLIT,
    ),
    "what has an __eq__, in a list": (ORDERED, "m = Own(1) in own", "own.pop(0)", "does in " + SPLIT),
    "lists of what has an __eq__": (ORDERED, "m = own == own[:]", "own.pop(0)", "does == " + SPLIT),
    "a list of what has a __repr__": (ORDERED, "m = f'{own}'", "own.pop(0)", "does format " + SPLIT),
    "a printed list of what has a __repr__": (ORDERED, "print(own)", "own.pop(0)", "does print " + SPLIT),
    "a list that an iterator of the program's extends": (
        ORDERED, "items.extend(Own(2))", "m = len(items)", "does extend " + SPLIT
    ),
    "a list to which an iterator of the program's is added": (
        ORDERED, "global items\nitems += Own(2)", "m = len(items)", "does += " + SPLIT
    ),
    "a variable that except stores": ("e = 0\n", "global e\ntry: 1 / 0\nexcept Exception as e: pass", "m = e",
                                      "by except, which is no switch point"),
    "a variable that match stores": ("", "match 1:\n    case n: pass", "m = n", "by match, which is no switch point"),
    "a weak reference": (BOX + "w = weakref.ref(box)\n", "global box\nbox = 0", "m = w() is None", "an object is gone"),
    "redirect_stdout": ("", "with contextlib.redirect_stdout(None): pass", "print(1)", "redirects what other"),
    "sys.stdout": ("import sys\n", "sys.stdout = None", "print(1)", "stores stdout"),
    "a logger's level": ("import logging\n", "logging.getLogger().setLevel(9)", "logging.info(1)", "what logging does"),
    "a class that changes": (BOX + "class Two: x = 1\n", "box.__class__ = Two", "m = box.x", "stores __class__"),
    "an operator that changes": (BOX, "Box.__len__ = lambda self: 1", "m = bool(box)", "stores __len__"),
    "a cell": ("def f(x): return lambda: x\ng = f(0)\n", "g.__closure__[0].cell_contents = 1", "m = g()",
               "stores cell_contents"),
    "an exception's arguments": ("error = ValueError(0)\n", "error.args = (1,)", "m = str(error)", "stores args"),
    "setattr that map calls": (BOX, "list(map(setattr, [box], 'x', [1]))", "m = box.x", "has setattr called"),
    "a variable by its name": ("", "m = globals()['n']", "n = 1", "reads variables through globals()"),
    "a variable of a module": ("import sys\n", "sys.modules['__main__'].n = 1", "m = n", "stores n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_not_seen_is_said(name: str, explore) -> None:
    before, first, second, why = SAID[name]
    search = explore(IMPORTS + threads(first, second, before=before))
    assert why in search.why_not
    assert search.why_not.startswith("line ")


ALONE: dict[str, tuple[str, str]] = {
    "each its own list": ("k = [*own]\nk.sort()\nk.remove(Own(1))\nprint(k)",) * 2,
    "under a lock": ("with a: own.sort()", "with a: m = len(own)"),
    "what the other does not touch": ("own.sort()\nm = f'{own}'", "items.append(1)"),
    "two that read": ("m = Own(1) in own, own.index(Own(1))", "n = own == own[:], str(own)"),
    "a match of attributes that does not look that far": ("match out:\n    case Out(i=_): m = 1", "out.i.v = 1"),
    "a match that does not look that far": ("match (items, 5):\n    case (_, 5): m = 1", "items.append(1)"),
    "a list that is kept": ("with a: items.append(own)", "own.sort()"),
    "a set": ("held.remove(Own(1))\nm = Own(0) in held", "held.add(Own(2))"),
}
"""What calls special methods where no other thread can come between."""


@pytest.mark.parametrize("name", ALONE)
def test_special_methods_that_nothing_comes_between_say_nothing(name: str, explore) -> None:
    search = explore(IMPORTS + threads(*ALONE[name], before=OUTER + ORDERED + "held = {Own(0), Own(1)}\n"))
    assert search.exhaustive, search.why_not


def test_one_thread_needs_no_eyes(explore) -> None:
    assert explore("exec('n = 1')\nprint(n)\n").exhaustive


def test_steps_in_an_order_cannot_be_split(explore) -> None:
    """Neither those that a lock keeps apart, nor those before a thread starts or after it ends."""
    locked = NUMBERS + "next(it)\n", "with a: m = next(it, 0)", "with a: n = next(it, 0)"
    after = JOIN + "import copy\nprint(n + m, copy.deepcopy(items))\n"
    search = explore(IMPORTS + threads(*locked[1:], before=locked[0], after=after))
    assert search.exhaustive, search.why_not
    assert {output for _, output in search.outcomes} == {"2 []\n"}


def test_a_module_beside_the_program_is_not_seen(world, tmp_path) -> None:
    (tmp_path / "helper_of_this_test.py").write_text("n = 0\n")
    source = threads("helper_of_this_test.n = 1", before="import helper_of_this_test\n")
    file = str(tmp_path / "program.py")
    search = Search(world, instrument(source, file), file)
    search.run()
    assert search.why_not == "line 3 imports helper_of_this_test, whose accesses are not seen"
