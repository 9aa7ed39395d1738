"""Objects end at the same places in a run, in a recorded run, and in the exploration."""

import pytest

from threadlab.policies import Replay

HEAD = """
import threading, weakref
class R:
    def __init__(self, name=""): self.name = name
    def __del__(self): print("released" + self.name)
"""
JOIN = "for t in threads: t.start()\nfor t in threads: t.join()\n"
PROGRAMS = {
    "in a list": ("def f():\n    xs = [R()]\n    xs.append(1)\nf()\nprint('after')", "released\nafter\n"),
    "in a dictionary": ("d = {}\nd['x'] = R()\nd = None\nprint('after')", "released\nafter\n"),
    "in a list in a list": ("def f():\n    xs = [[R()]]\n    xs[0].append(1)\n    xs.append(2)\nf()\nprint(3)",
                            "released\n3\n"),
    "with slots": ("class S:\n    __slots__ = ('x',)\ndef f():\n    s = S()\n    s.x = R()\nf()\nprint(3)",
                   "released\n3\n"),
    "an attribute": ("def f():\n    r = R()\n    r.name = 'r'\nf()\nprint('after')", "releasedr\nafter\n"),
    "an iterator": ("def f():\n    for x in iter([R()]): break\nf()\nprint('after')", "released\nafter\n"),
    "looked at through a weak reference": (
        "xs = [R()]\nr = weakref.ref(xs[0])\nxs.append(1)\ndel xs\nprint(r() is None)", "released\nTrue\n"),
    "at the end of the program": ("def f():\n    xs = [R()]\n    xs.append(1)\nf()", "released\n"),
    "at the end of a thread": (
        "def f():\n    xs = [R()]\n    xs.append(1)\nt = threading.Thread(target=f)\nt.start()\nt.join()\nprint(3)",
        "released\n3\n"),
    "whose attributes the program gets, without weak references": (
        "class S:\n    __slots__ = ('__dict__',)\n    def __del__(self): print('released')\n"
        "def f():\n    s = S()\n    vars(s)['a'] = 1\n    del s\n    print(3)\n"
        "t = threading.Thread(target=f)\nt.start()\nt.join()", "released\n3\n"),
    "in a namespace whose attributes the program gets": (
        "import types\ndef f():\n    s = types.SimpleNamespace(r=R())\n    vars(s)['a'] = 1\n    del s\n    print(3)\n"
        "t = threading.Thread(target=f)\nt.start()\nt.join()", "released\n3\n"),
    "that a builtin has been given one after the other": (
        "def make(n): return [R(n)]\nt = threading.Thread(target=int)\nt.start()\n"
        "print(all(map(make, '12')))\nt.join()",
        "released1\nreleased2\nTrue\n"),
    "two threads": (
        "def f(n):\n    xs = [R(n)]\n    xs.append(1)\n"
        "threads = [threading.Thread(target=f, args=(n,)) for n in 'ab']\n" + JOIN, None),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_objects_end_at_the_same_places(name: str, run, explore) -> None:
    body, expected = PROGRAMS[name]
    source = HEAD + body
    plain, recorded, search = run(source), run(source, record=True), explore(source)
    assert expected in (None, plain.output)
    assert recorded.output == plain.output
    assert plain.output in {output for _, output in search.outcomes}
    assert search.exhaustive
    for found in search.outcomes.values():
        for record in (False, True):
            again = run(source, Replay(found.schedule), record=record)
            assert (again.error, again.outcome.ending, again.output) == (None, found.ending, found.output)


def test_a_number_is_not_given_twice(run) -> None:
    """Where one list ends and another gets its address."""
    events = run("def f(n):\n    xs = [n]\n    xs.append(n)\nfor n in range(5): f(n)\n", record=True).events
    appends = [event for event in events if event.name.endswith(".append")]
    numbers = [event.object for event in appends]
    assert len(set(numbers)) == len(numbers) == 5
    assert [event.changed for event in appends] == [
        ((f"xs ~{number}", f"[{n}, {n}]"),) for n, number in enumerate(numbers)
    ]


OF_ITS_OWN = """
import threading
n = 0
class Worker(threading.Thread):
    def __init__(self, name):
        self.itself = self  # so that its end comes late
        super().__init__(name=name)
    def __eq__(self, other): return isinstance(other, Worker) and self.name == other.name
    def __hash__(self): return hash(self.name)
    def run(self):
        global n
        k = n
        n = k + len(threading._dangling)
workers = [Worker(name) for name in 'ab']
for worker in workers: worker.start()
for worker in workers: worker.join()
print(n)
"""


LEFT = {
    "a trace function": "threading.settrace(lambda *_: print('traced'))\nt = threading.Thread(target=int)\nt.start()",
    "a profile function": "sys.setprofile(lambda *_: None)",
    "who hears of what cannot be raised": "sys.unraisablehook = lambda args: print('mine')",
    "the main thread's name": "threading.main_thread().name = 'boss'",
    "an attribute of the main thread": "threading.main_thread().own = 1",
    "the recursion limit": "sys.setrecursionlimit(777)",
    "the switch interval": "sys.setswitchinterval(0.5)",
    "the longest number": "sys.set_int_max_str_digits(7000)",
}
SEEN = """
import sys, threading
def work(): print(sys.gettrace(), sys.getprofile())
thread = threading.Thread(target=work)
thread.start()
thread.join()
work()
print(threading.main_thread().name, hasattr(threading.main_thread(), "own"))
print(sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits())
print(sys.unraisablehook.__name__)
"""


@pytest.mark.parametrize("name", LEFT)
def test_what_a_program_sets_is_gone_in_the_next_run(name: str, run) -> None:
    before = run(SEEN).output
    left = run(f"import sys, threading\n{LEFT[name]}\n")
    assert left.error is None
    assert left.outcome.ending == "finished"
    assert run(SEEN).output == before


def test_nothing_of_a_run_is_there_in_the_next(run, explore) -> None:
    """Also no thread that the library knows by a weak reference only."""
    search = explore(OF_ITS_OWN)
    assert search.exhaustive, search.why_not
    assert {output for _, output in search.outcomes} == {"6\n", "3\n"}
    assert [run(OF_ITS_OWN).output for _ in range(3)] == ["6\n"] * 3
