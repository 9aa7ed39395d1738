"""Programs that leave threads waiting, run and explored over and over in one interpreter, to compare interpreters.

In Pyodide each of these threads waits on a stack of its own, which is moved away when another one needs the room.
Several have no frame of the program's own on theirs: what looks for one goes through the whole stack.
"""

import gc
import json
import sys

from threadlab.instrument import instrument
from threadlab.policies import Random
from threadlab.search import Search
from threadlab.world import Options, World

_STARTED = """
threads = [threading.Thread(target=target) for _ in range({threads})]
for thread in threads: thread.start()
print("started")
for thread in threads: thread.join()
"""


def _waiting(source: str, threads: int = 3) -> str:
    return "import threading\n" + source + _STARTED.format(threads=threads)


DEADLOCKS = {
    "BARRIER": _waiting("barrier = threading.Barrier(3)\ntarget = barrier.wait", 2),
    "EVENT": _waiting("event = threading.Event()\ntarget = event.wait"),
    "SEMAPHORE": _waiting("semaphore = threading.Semaphore(0)\ntarget = semaphore.acquire"),
    "LOCK": _waiting("lock = threading.Lock()\nlock.acquire()\ntarget = lock.acquire"),
    "ITERATOR": _waiting("""
import queue
items = queue.Queue()
items.put(1)
def target():
    for item in iter(items.get, None): print(item)
"""),
    "GENERATOR": _waiting("""
event = threading.Event()
def values():
    try:
        yield 1
        event.wait()
        yield 2
    finally: print("closed")
def target():
    for value in values(): pass
"""),
    "HANDLER": _waiting("""
event = threading.Event()
def target():
    try: 1 / 0
    except ZeroDivisionError:
        try: event.wait()
        finally: print("handled")
"""),
    "CALLED_BACK": _waiting("""
lock = threading.Lock()
lock.acquire()
def nested(depth):
    if depth: return max([depth], key=lambda _: nested(depth - 1))
    return lock.acquire()
def target(): nested(8)
"""),
    "COLLECTING": _waiting("""
import gc
gc.enable()
event = threading.Event()
def target():
    pairs = [[] for _ in range(6000)]
    gc.collect()
    event.wait()
"""),
}


def deadlocks(programs: dict[str, str]) -> str:
    """What each program ends with, under ten schedules and as Search finds it; and how many objects that leaves."""
    gc.set_threshold(50)  # a collection is due far more often than by default
    world = World()
    world.install()
    found: dict[str, object] = {}
    counts = []
    for _ in range(3):
        for name, source in programs.items():
            program = instrument(source, "/program.py")
            endings = []
            for seed in range(10):
                run = world.run(program, "/program.py", Random(seed), Options(record=bool(seed % 2)))
                endings.append([run.outcome.ending if run.outcome else str(run.error), run.output])
            found[name] = endings
        gc.collect()
        counts.append(len(gc.get_objects()))
    for name, source in programs.items():
        search = Search(world, instrument(source, "/program.py"), "/program.py", preemptions=2, limit=40)
        search.run()
        found[f"{name} outcomes"] = [search.executions, sorted(search.outcomes), search.why_not]
    world.remove()
    found["objects"] = counts[-1] - counts[-2]
    return json.dumps(found)


if __name__ == "__main__":
    print(deadlocks(json.load(sys.stdin)))
    sys.stdout.flush()
