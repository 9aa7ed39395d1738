"""Programs made by hypothesis, always the same ones: fifty with two or three threads of three statements each.

And smaller ones. Only the running interpreter makes them; others are handed the sources (agreement.py).
"""

from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

HEAD = """
import threading, time, queue
counter, items, stock, a, b = 0, [1, 2], {"x": 1}, threading.Lock(), threading.RLock()
event, gate, line = threading.Event(), threading.Semaphore(1), queue.Queue()
class Box: value = 0
box = Box()
"""
STATEMENTS = [
    "counter += 1", "counter = counter * 2", "if counter: counter -= 1", "items.append({n})", "if items: items.pop()",
    "stock['x'] += {n}", "stock['k{n}'] = len(items)", "box.value += 1", "print({n}, counter)", "event.set()",
    "if event.is_set(): items.append(0)", "with a: counter += 1", "with a:\n        with b: box.value += 1",
    "with b:\n        with b: items.append(9)", "with gate: counter += 3", "line.put({n})", "time.sleep({n})",
    "for each in list(items): stock[each] = 1", "if a.acquire(timeout={n}): a.release()", "print(sorted(items))",
    "if a.acquire(blocking=False): a.release()", "event.wait({n})", "stock.get('x') and box.value",
    "if not line.empty(): print(line.get())", "print(threading.current_thread().name)",
]  # fmt: skip

statements = st.builds(lambda text, n: text.replace("{n}", str(n)), st.sampled_from(STATEMENTS), st.integers(1, 3))
bodies = st.lists(st.lists(statements, min_size=3, max_size=3), min_size=2, max_size=3)


def program(bodies: list[list[str]]) -> str:
    """A program with a thread for each body."""
    text = HEAD
    for number, body in enumerate(bodies):
        text += f"def work{number}():\n    global counter\n    " + "\n    ".join(body) + "\n"
    names = ", ".join(f"work{number}" for number in range(len(bodies)))
    text += f"threads = [threading.Thread(target=f) for f in ({names})]\n"
    return text + "for t in threads: t.start()\nfor t in threads: t.join()\nprint(counter, items, stock, box.value)\n"


@cache
def generated() -> dict[str, str]:
    """The programs by name."""
    found: dict[str, None] = {}

    @settings(
        max_examples=60, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(bodies)
    def collect(bodies: list[list[str]]) -> None:
        found[program(bodies)] = None

    collect()
    assert len(found) >= 50
    return {f"GENERATED_{number}": source for number, source in enumerate(list(found)[:50])}


FEW_HEAD = """
import os, queue, threading, time
n, m, items, a, b = 0, 0, [1], threading.Lock(), threading.RLock()
condition, event, gate, line = threading.Condition(), threading.Event(), threading.Semaphore(1), queue.SimpleQueue()
"""
FEW_STATEMENTS = [
    "n += 1", "m = n", "if n: m += 1", "items.append(n)", "if items: items.pop()", "print(n)", "with a: n += 1",
    "with a:\n        n += 1\n        m += n", "with b:\n        with a: n += 1", "with a:\n        with b: n += 1",
    "with b:\n        with b: m += 1", "a.acquire()", "if a.locked(): a.release()", "print(a.locked())",
    "if a.acquire(blocking=False):\n        n += 1\n        a.release()",
    "if a.acquire(timeout={n}):\n        n += 1\n        a.release()", "time.sleep({n})", "time.sleep(0)",
    "m = time.monotonic()", "event.set()", "event.wait({n})", "if event.is_set(): n += 2", "event.clear()",
    "with condition:\n        n += 1\n        condition.notify()",
    "with condition:\n        if not n: condition.wait()\n        n += 5", "with condition: condition.wait({n})",
    "with gate: n += 1", "line.put({n})", "print(line.get())", "if not line.empty(): m += 7", "raise ValueError({n})",
    "threading.Thread(target=lambda: items.append(9)).start()", "print(threading.active_count())", "os._exit({n})",
    "for _ in range(2):\n        if n: break\n        time.sleep(1)", "while not event.is_set(): pass",
    "print(first.is_alive())", "first.join({n})",
]  # fmt: skip

few_statements = st.builds(
    lambda text, n: text.replace("{n}", str(n)), st.sampled_from(FEW_STATEMENTS), st.integers(1, 2)
)
few_bodies = st.tuples(*[st.lists(few_statements, min_size=1, max_size=3)] * 2)


def _few(bodies: tuple[list[str], list[str]], daemon: bool, main: str) -> str:
    text = FEW_HEAD
    for number, body in enumerate(bodies):
        text += f"def work{number}():\n    global n, m\n    " + "\n    ".join(body) + "\n"
    text += "first = threading.Thread(target=work0)\n"
    text += f"second = threading.Thread(target=work1, daemon={daemon})\nfirst.start()\nsecond.start()\n{main}\n"
    return text + "first.join()\n" + ("" if daemon else "second.join()\n") + "print(n, m, items)\n"


@cache
def few_steps() -> dict[str, str]:
    """Programs of two threads that are small enough for brute force, and use all that threads wait for."""
    found: dict[str, None] = {}

    @settings(
        max_examples=80, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(few_bodies, st.booleans(), st.sampled_from(["", "n += 1", "with a: m += 1", "print(n)", "event.set()"]))
    def collect(bodies: tuple[list[str], list[str]], daemon: bool, main: str) -> None:
        found[_few(bodies, daemon, main)] = None

    collect()
    assert len(found) >= 60
    return {f"FEW_{number}": source for number, source in enumerate(list(found)[:60])}
