"""Fifty programs made by hypothesis, always the same ones: two or three threads of three statements each.

Only the running interpreter makes them; others are handed the sources (agreement.py).
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
