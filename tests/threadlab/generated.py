"""Fifty programs made at random, always the same ones: two or three threads of a few statements each."""

import random

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


def generated() -> dict[str, str]:
    """The programs by name."""
    programs = {}
    for number in range(50):
        choose = random.Random(number)
        bodies = []
        for thread in range(choose.choice((2, 2, 3))):
            chosen = [choose.choice(STATEMENTS).replace("{n}", str(choose.randint(1, 3))) for _ in range(3)]
            bodies.append(f"def work{thread}():\n    global counter\n    " + "\n    ".join(chosen) + "\n")
        names = ", ".join(f"work{thread}" for thread in range(len(bodies)))
        tail = f"threads = [threading.Thread(target=f) for f in ({names})]\n"
        tail += "for t in threads: t.start()\nfor t in threads: t.join()\nprint(counter, items, stock, box.value)\n"
        programs[f"GENERATED_{number}"] = HEAD + "".join(bodies) + tail
    return programs
