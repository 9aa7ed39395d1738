"""What is labelled as out of reach of builds with the GIL, and what is not.

Measured on 3.13 with a switch interval of 1 µs: no plain `+=` on an item or an attribute lost an update, nor did
`if items: items.pop()` fail; through a function, a property and `__add__` they did.
"""

from pathlib import Path

import pytest
from programs_lab import SMALL

from threadlab.api import run_file
from threadlab.gil import LABEL, Checks, GilScheduler, label_of_run, label_outcomes
from threadlab.instrument import instrument
from threadlab.policies import Replay
from threadlab.world import Options

BOTH = """
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(counter)
"""


def adds(body: str, before: str = "") -> str:
    """A program in which two threads execute `body`."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import threading, time\ncounter = 0\n{before}\ndef work():\n    global counter\n{lines}{BOTH}"


PROPERTY = """
class Box:
    inner = 0
    @property
    def value(self): return self.inner
    @value.setter
    def value(self, new): self.inner = new
counter = box = Box()
Box.__str__ = lambda self: str(self.inner)
"""
ADD = """
class Number:
    def __init__(self, value): self.value = value
    def __add__(self, other): return Number(self.value + other)
    def __str__(self): return str(self.value)
counter = Number(0)
"""
LOOP = """import threading
items, seen = [1, 2], 0
def a():
    global seen
    n = 0
    """
CHANGE = "if seen == 2: items.append(3)"
APPENDS = f"""
def b():
    global seen
    {CHANGE}
threads = [threading.Thread(target=f) for f in (a, b)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
OUT_OF_REACH = {
    "a function that is only called": (adds("counter += 1", "from functools import partial, wraps"), {"1\n"}),
    "a container in C": (adds("counter += 1", "from collections import deque"), {"1\n"}),
    "plain": (adds("counter += 1"), {"1\n"}),
    "written out": (adds("old = counter\nnew = old + 1\ncounter = new"), {"1\n"}),
    "in a loop": (adds("for _ in range(2): counter += 1"), {"2\n", "3\n"}),
    "in a while": (adds("done = 0\nwhile done < 2:\n    counter += 1\n    done += 1"), {"2\n", "3\n"}),
    "attribute": (SMALL["ATTRIBUTE"], {"-4\n"}),
    "item": (SMALL["DICTIONARY"], {"{'a': 0}\n"}),
    "closure": (SMALL["CLOSURE"], {"1\n"}),
    "check then act": (SMALL["CHECK_THEN_ACT"], {"[]\n"}),
    "in a with": (adds("with threading.Lock(): counter += 1"), {"1\n"}),
}
"""Programs, and the outputs that they have only where a GIL build does not switch."""
IN_REACH = {
    "function": adds("counter += one()", "def one(): return 1"),
    "builtin": adds("counter += len('x')"),
    "sleep": adds("old = counter\ntime.sleep(0)\ncounter = old + 1"),
    "barrier": adds("old = counter\nbarrier.wait()\ncounter = old + 1", "barrier = threading.Barrier(2)"),
    "function begins": adds("if not counter: add()", "def add():\n    global counter\n    counter += 2"),
    "property": adds("box.value += 1", PROPERTY),
    "operator": adds("counter = counter + 1", ADD),
    "loop between": adds("old = counter\nfor _ in (1, 2): pass\ncounter = old + 1"),
    "while between": adds("old = counter\nwhile old < 0: pass\ncounter = old + 1"),
    "a loop goes on to the next item": f"{LOOP}for x in items: seen = x; n += 1\n    print(n)\n{APPENDS}",
    "a loop continues with the next item": (
        f"{LOOP}for x in items:\n        if seen < 5:\n            seen = x; n += 1; continue\n    print(n)\n{APPENDS}"
    ),
    "a loop goes on to its test": (
        f"{LOOP}while seen == 0: seen = 1; n += 1\n    print(n)\n{APPENDS.replace(CHANGE, 'seen = 0')}"
    ),
    "handler between": adds("old = counter\ntry: None.x\nexcept AttributeError: pass\ncounter = old + 1"),
    "with between": adds("old = counter\nwith lock: pass\ncounter = old + 1", "lock = threading.Lock()"),
    "comprehension between": adds("old = counter\n[x for x in ()]\ncounter = old + 1"),
    "import between": adds("old = counter\nimport math\ncounter = old + 1"),
    "lambda begins": adds("if not counter: add()", "counter = []\nadd = lambda: counter.append(2)"),
    "generator between": adds("old = counter\nnext(steps())\ncounter = old + 1", "def steps(): yield"),
    "finally between": adds("old = counter\ntry: pass\nfinally: pass\ncounter = old + 1"),
    "a function of a module with operators": adds("counter += 1", "from functools import partial, total_ordering"),
    "another module's operator": adds("counter = counter + 1", "from fractions import Fraction\ncounter = Fraction()"),
    "prints": SMALL["PRINTS"],
    "locks": SMALL["LOCK_ORDER"],
    "wakeup": SMALL["LOST_WAKEUP"],
    "sleeps": SMALL["SLEEPS"],
}


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_labelled(name: str, explore) -> None:
    source, outputs = OUT_OF_REACH[name]
    search = explore(source)
    label_outcomes(search, source)
    assert search.exhaustive
    labelled = {output for (_, output), found in search.outcomes.items() if found.label == LABEL}
    assert labelled == outputs
    assert not all(found.label for found in search.outcomes.values())


@pytest.mark.parametrize("name", IN_REACH)
def test_not_labelled(name: str, explore) -> None:
    source = IN_REACH[name]
    search = explore(source)
    label_outcomes(search, source)
    assert search.exhaustive
    assert len(search.outcomes) > 1 or name == "barrier", "nothing to label"
    assert not [found for found in search.outcomes.values() if found.label]
    for found in search.outcomes.values():  # nor is the run that shows it
        if found.preemptions >= 0:
            options = Options(scheduler=GilScheduler, max_steps=20_000)
            program = instrument(source, search.filename, Checks())
            run = search.world.run(program, search.filename, Replay(found.schedule), options)
            assert (run.outcome.ending, run.output) == (found.ending, found.output)
            assert label_of_run(run.unseen, source) == ""


@pytest.mark.parametrize("record", [False, True])
def test_a_run_s_label_names_the_line(world, explore, record: bool) -> None:
    source = OUT_OF_REACH["plain"][0]
    (found,) = [found for found in explore(source).outcomes.values() if found.output == "1\n"]
    options = Options(scheduler=GilScheduler, record=record)
    run = world.run(instrument(source, "/program.py", Checks()), "/program.py", Replay(found.schedule), options)
    assert label_of_run(run.unseen, source) == f"{LABEL}, which do not switch right before such a step of line 6"


def test_what_is_not_exhaustive_is_not_labelled(explore) -> None:
    source = OUT_OF_REACH["plain"][0]
    search = explore(source, limit=8)
    label_outcomes(search, source)
    assert len(search.outcomes) == 2 and not search.exhaustive
    assert not [found for found in search.outcomes.values() if found.label]


POOL = """
from concurrent.futures import ThreadPoolExecutor
from time import sleep
with ThreadPoolExecutor(2) as pool:
    for _ in range(2): pool.submit(sleep, 0)
"""


@pytest.mark.parametrize("seed", [1, 5, 10, 12])
def test_switches_in_the_librarys_own_code_are_seen_on_a_gil_build(seed: int, tmp_path: Path) -> None:
    """It calls functions between any two uses of a lock or a queue."""
    file = tmp_path / "program.py"
    file.write_text(POOL)
    assert run_file(file, policy="random", seed=seed).label == ""
