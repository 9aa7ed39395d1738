"""What a run tells of the library's objects, of calls that fail, and of what things are called."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_present import RENEWED, presented, recorded, tells
from test_snippets_in_the_lab import EXPLORED, in_the_lab

from authoring.snippets import Snippet
from threadlab.api import outcomes_of, run_file
from threadlab.events import State
from threadlab.narration import CUT_OFF, doing, short_names
from threadlab.recording import events_from_json

TOLD = {
    "a barrier that has still to empty": (
        """
from threading import Barrier, Thread
gate = Barrier(3)
def come():
    for _ in range(2):
        gate.wait()
threads = [Thread(target=come) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        [
            "Thread-1 waits in gate.wait at line 6 (gate: 1 of 3 waiting).",
            "Thread-3 calls gate.wait at line 6 (gate: open, 2 to leave), and gets 2.",
            "Thread-3 waits in gate.wait at line 6.",
            "Thread-1 comes back from gate.wait at line 6 (gate: open, 1 to leave), and gets 0.",
            "Thread-3 waits again in gate.wait at line 6 (gate: 2 of 3 waiting).",
        ],
    ),
    "a barrier that nobody else comes to": (
        """
from threading import Barrier, BrokenBarrierError
gate = Barrier(2)
try:
    gate.wait(1)
except BrokenBarrierError:
    print(gate.broken)
""",
        [
            "The main thread waits in gate.wait, at most until 1 s, at line 5 (gate: 1 of 2 waiting).",
            "The main thread changes the state of gate at line 5 to “broken”.",
            "The main thread comes back from gate.wait at line 5: raises BrokenBarrierError.",
            "The main thread reads gate.broken, which is True, at line 7.",
        ],
    ),
    "contexts": (
        """
from contextvars import ContextVar, copy_context
from threading import Thread
v = ContextVar("v", default=0)
ctx = copy_context()
thread = Thread(target=lambda: ctx.run(v.set, 5))
thread.start()
thread.join()
""",
        ["Thread-1 calls ctx.run at line 6.", "Thread-1 calls v.set at line 6.", "Thread-1 ends."],
    ),
    "streams": (
        """
import sys
from threading import Thread
def work():
    sys.stdout.buffer.write(b"a")
    sys.stdout.writelines(["b"])
thread = Thread(target=work)
thread.start()
thread.join()
sys.stderr.flush()
""",
        [
            "Thread-1 reads sys.stdout.buffer at line 5.",
            "Thread-1 calls sys.stdout.writelines at line 6.",
            "The main thread calls sys.stderr.flush at line 10.",
        ],
    ),
    "a timer that rings": (
        """
from threading import Timer
kitchen = Timer(1, print, ["ding"])
kitchen.start()
kitchen.join()
""",
        [
            "The main thread starts Thread-1 at line 4 (kitchen: pending).",
            "Thread-1 waits until 1 s.",
            "At 1 s, Thread-1 goes on: its time has come.",
            "Thread-1 changes the state of kitchen to “finished”.",
        ],
    ),
    "a timer that is cancelled": (
        """
from threading import Timer
kitchen = Timer(1, print)
kitchen.start()
kitchen.cancel()
""",
        ["The main thread calls kitchen.cancel at line 5 (kitchen: cancelled).", "Thread-1 ends."],
    ),
    "a timer that is cancelled too late": (
        """
from threading import Event, Timer
rings, go_on = Event(), Event()
def ring():
    rings.set()
    go_on.wait()
kitchen = Timer(1, ring)
kitchen.start()
rings.wait()
kitchen.cancel()
go_on.set()
""",
        [
            "The main thread calls kitchen.cancel at line 10.",
            "Thread-1 changes the state of kitchen to “finished”.",
        ],
    ),
    "jobs that are cancelled": (
        """
from concurrent.futures import ThreadPoolExecutor
from threading import Event
runs, go_on = Event(), Event()
def job():
    runs.set()
    go_on.wait()
pool = ThreadPoolExecutor(1)
jobs = [pool.submit(job) for _ in range(2)]
runs.wait()
pool.shutdown(wait=False, cancel_futures=True)
go_on.set()
print(jobs[0].exception())
""",
        [
            "The main thread puts a job into the queue of pool, in pool.submit, at line 9 (jobs[0]: pending).",
            "The main thread puts a job into the queue of pool, in pool.submit, at line 9 (jobs[1]: pending).",
            "The main thread changes the state of jobs[1], in pool.shutdown, at line 11 to “cancelled”.",
            "The main thread comes back from jobs[0].exception at line 13: gets None.",
        ],
    ),
    "items that are done": (
        """
from queue import Queue
jobs = Queue()
jobs.put(None)
jobs.get()
jobs.task_done()
""",
        [
            "The main thread calls jobs.get at line 5 (jobs: []), and gets None.",
            "The main thread calls jobs.task_done at line 6: leaves 0 unfinished.",
        ],
    ),
    "assignments that fail": (
        """
from threading import Event, Thread
go_on = Event()
thread = Thread(target=go_on.wait)
thread.start()
try:
    thread.daemon = True
except RuntimeError:
    print(thread.daemon)
go_on.set()
class Locked:
    __slots__ = ()
    def __setattr__(self, name, value):
        raise AttributeError(name)
locked = Locked()
def change(): locked.value = 1
try: change()
except AttributeError: pass
""",
        ["The main thread tries to write to thread.daemon at line 7: raises RuntimeError."],
    ),
    "an assignment that another class refuses": (
        """
class Point:
    def __setattr__(self, name, value):
        raise AttributeError(name)
point = Point()
try: point.x = 1
except AttributeError: print(1)
""",
        [
            "The main thread tries to write to point.x at line 6: raises AttributeError.",
            "The main thread prints “1” at line 7.",
        ],
    ),
    "an assignment before what fails": (
        """
from threading import Thread
class Point: pass
point = Point()
n = 0
def work():
    global n
    try: print(1 / (n := 0))
    except ZeroDivisionError: pass
    try: point.x = 1; raise ValueError
    except ValueError: pass
Thread(target=work).start()
print(n, point)
""",
        ["Thread-1 writes 0 to n at line 8.", "Thread-1 writes 1 to point.x at line 10."],
    ),
    "a list of what fails": (
        """
def numbers():
    yield 1
    raise ValueError
found = numbers()
try: list(found)
except ValueError: pass
""",
        ["The main thread calls list(found) at line 6: that raises ValueError."],
    ),
    "what builtins and a lock give": (
        """
from threading import Lock, Thread
lock = Lock()
found = [2, 1]
Thread(target=found.append, args=[3]).start()
print(len(found), sorted(found), found.index(1), found[0:1], lock.locked(), found == [])
""",
        [
            "The main thread calls len(found) at line 6: gets 2.",
            "The main thread calls sorted(found) at line 6: gets [1, 2].",
            "The main thread calls found.index at line 6: gets 1.",
            "The main thread reads found[0:1], which is [2], at line 6.",
            "The main thread calls lock.locked at line 6: gets False.",
            "The main thread compares found (==) at line 6.",
        ],
    ),
    "a variable that is another object": (
        """
from threading import Event, Thread
for name in ("a", "b"):
    seated = Event()
    Thread(target=seated.set).start()
    seated.wait()
""",
        ["Thread-1 calls seated.set (seated: set).", "Thread-2 calls seated #2.set (seated #2: set)."],
    ),
    "a key that looks like a number of the lab's": (
        """
from threading import Lock
locks, prices = {"EUR =1": Lock()}, {"EUR =1": 0}
with locks["EUR =1"]: prices["EUR =1"] = 1
""",
        [
            "The main thread acquires locks['EUR\u00a0=1'] at line 4.",
            "The main thread writes to prices['EUR\u00a0=1'] at line 4: prices is now {'EUR =1': 1}.",
        ],
    ),
    "a lock with a name that the lab uses, too": (
        """
from threading import Lock, Thread
exit = Lock()
def work():
    with exit: pass
with exit:
    thread = Thread(target=work)
    thread.start()
    thread.join(1)
""",
        ["Thread-1 waits for exit, which the main thread holds, at line 5."],
    ),
    "a timer that is run by hand": (
        """
from threading import Timer
timer = Timer(1, print)
timer.interval = 0
timer.run()
""",
        ["The main thread calls timer.finished.set at line 5 (timer: finished)."],
    ),
    "a timer without what timers have": (
        """
from threading import Thread, Timer
class Own(Timer):
    def __init__(self): Thread.__init__(self)
    def run(self): print("hi")
own = Own()
own.start()
own.join()
""",
        ["Thread-1 prints “hi” at line 5."],
    ),
    "a part of what has no name": (
        """
from threading import Thread
class Plain:
    def __init__(self): self.v = []
box = {}
def work(): print(box["p"].v)
def main():
    p = Plain()
    box["p"] = p
    p.v.append(1)
main()
Thread(target=work).start()
""",
        ["The main thread calls box['p'].v.append at line 10: box['p'].v is now [1]."],
    ),
    "the end of the main thread": (
        """
import threading, time
threading.Thread(target=lambda: threading.main_thread().join()).start()
time.sleep(1)
""",
        [
            "Thread-1 waits for the end of the main thread at line 3.",
            "Thread-1 goes on at line 3: the main thread has ended.",
        ],
    ),
    "a queue that keeps its items in its own way": (
        """
import queue
class Own(queue.Queue):
    def _init(self, maxsize): self.kept = []
    def _qsize(self): return len(self.kept)
    def _put(self, item): self.kept.append(item)
    def _get(self): return self.kept.pop()
own = Own()
own.put(1)
print(own.get())
""",
        ["The main thread prints “1” at line 10."],
    ),
    "a store that is refused": (
        """
from threading import Event, Thread
data, read, refused = bytearray(1), Event(), Event()
def change():
    old = data[0]
    read.set()
    refused.wait()
    data[0] = old + 1
Thread(target=change).start()
read.wait()
try: data[0] = 300
except ValueError: pass
refused.set()
""",
        [
            "The main thread tries to write to data[0] at line 11: raises ValueError.",
            "Thread-1 writes to data[0] at line 8: data is now <bytearray>.",
        ],
    ),
    "a part of what a parameter holds": (
        """
from threading import Lock, Thread
class Table:
    def __init__(self):
        self.forks = (Lock(), Lock())
def eat(table):
    with table.forks[1]: pass
def check():
    table = Table()
    thread = Thread(target=eat, args=[table])
    thread.start()
    thread.join()
check()
""",
        ["Thread-1 acquires table.forks[1] at line 7."],
    ),
    "what a thread has for itself": (
        """
from threading import local, Thread
own = local()
results = []
def count():
    own.n = 0
    own.n += 1
    results.append(own.n)
for _ in range(2): Thread(target=count).start()
""",
        ["Thread-1 calls results.append at line 8: results is now [1]."],
    ),
    "a condition on a lock of the program": (
        """
from threading import Condition, RLock, Thread
lock = RLock()
full, empty = Condition(lock), Condition(lock)
def wait():
    with full: full.wait()
thread = Thread(target=wait)
thread.start()
with empty: empty.wait(1)
with full: full.notify()
""",
        [
            "Thread-1 acquires lock, entering “with full”, at line 6 (lock: held 1 time).",
            "Thread-1 releases lock, in full.wait, at line 6 (lock: free, full: 1 waiting).",
            "The main thread notifies full at line 10: wakes Thread-1.",
        ],
    ),
    "an exception for a hook of the program": (
        """
import threading
reports = []
def report(args): reports.append(args.exc_type)
threading.excepthook = report
threading.Thread(target=int, args=["x"], name="parser").start()
""",
        [
            "parser fails: ValueError: invalid literal for int() with base 10: 'x'.",
            "parser calls reports.append at line 4: reports is now [<type>].",
        ],
    ),
    "a timer that has rung": (
        """
from threading import Timer
kitchen = Timer(1, print, ["ding"])
kitchen.start()
kitchen.join()
kitchen.cancel()
""",
        ["Thread-1 changes the state of kitchen to “finished”.", "The main thread calls kitchen.cancel at line 6."],
    ),
    "a future that is set from outside": (
        """
from concurrent.futures import Future
from threading import Thread
future = Future()
def work(): print(future.result())
thread = Thread(target=work)
thread.start()
future.set_result(3)
thread.join()
""",
        ["The main thread calls future.set_result at line 8 (future: finished).", "Thread-1 prints “3” at line 5."],
    ),
    "a function with a cache": (
        """
from functools import cache
from threading import Thread
@cache
def fib(n): return n if n < 2 else fib(n - 1)
thread = Thread(target=fib, args=[2])
thread.start()
thread.join()
print(fib(1))
""",
        ["Thread-1 calls fib at line 5: gets 1.", "The main thread calls fib at line 9: gets 1."],
    ),
    "two futures that are waited for": (
        """
from concurrent.futures import ThreadPoolExecutor, wait
from time import sleep
with ThreadPoolExecutor(2) as pool:
    jobs = [pool.submit(sleep, seconds) for seconds in (1, 2)]
    wait(jobs, timeout=1.5)
""",
        ["The main thread waits in wait, at most until 1.5 s, at line 6."],
    ),
    "a lock of a class, and what a class holds": (
        """
from threading import Lock, Thread
class Shop:
    guard = Lock()
    sold = {}
def sell(name):
    with Shop.guard:
        print(Shop.sold.get(name))
        Shop.sold[name] = 1
threads = [Thread(target=sell, args=["a"]) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        [
            "Thread-1 acquires Shop.guard at line 7.",
            "Thread-1 calls Shop.sold.get at line 8: gets None.",
            "Thread-1 writes to Shop.sold['a'] at line 9: Shop.sold is now {'a': 1}.",
            "Thread-2 calls Shop.sold.get at line 8: gets 1.",
        ],
    ),
    "what an object's lock and its value are called": (
        """
from threading import Lock, Thread
class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = Lock()
a = Account(1)
def pay(account):
    with account.lock:
        account.balance -= 1
thread = Thread(target=pay, args=[a])
thread.start()
thread.join()
""",
        ["The main thread writes 1 to a.balance at line 5.", "Thread-1 acquires a.lock at line 9."],
    ),
    "counters and queues of collections": (
        """
from collections import Counter, deque
from threading import Thread
words, items = Counter("ab"), deque([1])
def count():
    words["a"] += 1
    if items: items.pop()
thread = Thread(target=count)
thread.start()
thread.join()
""",
        [
            "Thread-1 reads words['a'], which is 1, at line 6.",
            "Thread-1 writes to words['a'] at line 6: words is now {'a': 2, 'b': 1}.",
            "Thread-1 looks at items, which is [1], at line 7.",
        ],
    ),
    "a lock that is free already": (
        """
from threading import Lock
lock = Lock()
try:
    lock.release()
except RuntimeError:
    print("free")
""",
        ["The main thread calls lock.release at line 5: raises RuntimeError."],
    ),
    "a lock that a thread holds itself": (
        "from threading import Lock\nlock = Lock()\nlock.acquire()\nlock.acquire(timeout=1)\n",
        ["The main thread waits for lock, which it holds itself, at most until 1 s, at line 4."],
    ),
    "what a defaultdict makes": (
        """
from collections import defaultdict
from threading import Thread
groups, tree = defaultdict(list), defaultdict(lambda: {})
def add():
    groups[1].append(2)
    tree["a"]["b"] = 3
thread = Thread(target=add)
thread.start()
thread.join()
""",
        [
            "Thread-1 writes to groups[1] at line 6: groups is now {1: []}.",
            "Thread-1 calls groups[1].append at line 6: groups[1] is now [2].",
            "Thread-1 writes to tree['a'] at line 7: tree is now {'a': {}}.",
            "Thread-1 writes to tree['a']['b'] at line 7: tree['a'] is now {'b': 3}.",
        ],
    ),
    "a loop that sleeps, and a job of its executor": (
        """
import asyncio
async def main():
    await asyncio.sleep(1)
    await asyncio.to_thread(print, "done")
asyncio.run(main())
""",
        [
            "The main thread waits in its event loop until 1 s at line 6.",
            "At 1 s, the main thread goes on in its event loop at line 6: a time has come.",
            "asyncio_0 prints “done”.",
        ],
    ),
    "a callback that another thread hands to a loop": (
        """
import asyncio
from threading import Thread
async def main():
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    thread = Thread(target=lambda: loop.call_soon_threadsafe(event.set))
    thread.start()
    await event.wait()
    thread.join()
asyncio.run(main())
""",
        ["The main thread waits in its event loop at line 10.", "Thread-1 calls loop.call_soon_threadsafe at line 6."],
    ),
    "conditions that were given one lock, whoever waits for it": (
        """
from threading import Condition, Lock, Thread
class Box:
    def __init__(self):
        self.lock = Lock()
        self.full, self.empty = Condition(self.lock), Condition(self.lock)
box = Box()
def work():
    with box.empty: print("in")
thread = Thread(target=work)
with box.full:
    thread.start()
    box.lock.release()
    thread.join()
    box.lock.acquire()
    thread = Thread(target=work)
    thread.start()
    thread.join(1)
thread.join()
""",
        [
            "The main thread acquires box.lock, entering “with box.full”, at line 11.",
            "Thread-1 acquires box.lock, entering “with box.empty”, at line 9.",
            "Thread-2 waits for box.lock, which the main thread holds, entering “with box.empty”, at line 9.",
        ],
    ),
    "a method of a list with the name of an attribute": (
        """
from threading import Thread
class Box:
    count = 0
    items = []
box = Box()
def add():
    box.count += 1
    print(box.items.count(1), "a".count("a"))
thread = Thread(target=add)
thread.start()
thread.join()
""",
        [
            "Thread-1 writes 1 to box.count at line 8.",
            "Thread-1 calls Box.items.count at line 9: gets 0.",
            "Thread-1 prints “0 1” at line 9.",
        ],
    ),
    "an object that says that there is no more": (
        """
from queue import Queue
queue, stop = Queue(), object()
queue.put(stop)
while queue.get() is not stop: pass
""",
        ["The main thread calls queue.get at line 5 (queue: []), and gets <object>."],
    ),
    "items of a tuple, which tell nothing of what was before": (
        """
from threading import Thread
point, log = (3, 4), []
def work():
    log.append("x")
    pair = (7, [8])
    print(point[0], pair[0], pair[1][0])
thread = Thread(target=work)
thread.start()
thread.join()
point = ()
""",
        [
            "Thread-1 calls log.append at line 5: log is now ['x'].",
            "Thread-1 reads point, which is (3, 4), at line 7.",
            "Thread-1 prints “3 7 8” at line 7.",
        ],
    ),
    "a thread that is unwound when no thread can go on": (
        """
from threading import Event, Thread
done = Event()
def wait():
    sum(done.wait() for _ in range(2))
Thread(target=wait).start()
""",
        [
            "Thread-1 waits in done.wait at line 5.",
            "Deadlock: no thread can go on. Thread-1 waits for done (line 5).",
        ],
    ),
    "a long text": ("print('x' * 2000)", [f"The main thread prints “{'x' * 159}…” at line 1."]),
    "an exit status": ("import sys\nsys.exit(3)", ["The program has finished with exit status 3."]),
}


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str, tmp_path: Path) -> None:
    source, expected = TOLD[name]
    sentences = tells(source, tmp_path, *expected)
    assert [each for each in sentences if each in expected] == expected  # in this order
    assert not any("items.count, which" in each or "reads Box.items.count" in each for each in sentences)
    assert not any("own.n" in each for each in sentences)


def values_of(source: str, folder: Path) -> dict[str, list[str]]:
    """By name, the texts that a shared value has in turn, with the one that is shown at first."""
    shown = presented(recorded(source, folder))
    found = {name: [first] for name, _, first in shown["values"]}
    for event in shown["recording"]["events"]:
        for name, text in event["changed"]:
            if name in found:
                found[name].append(text)
    return found


def test_an_rlock_is_free_at_first_and_at_last(tmp_path: Path) -> None:
    source = "from threading import RLock\nlock = RLock()\nwith lock:\n    with lock: pass\n"
    counts = ["free", "held 1 time", "held 2 times", "held 1 time", "free"]
    assert values_of(source, tmp_path) == {"lock": counts}


def test_an_rlock_of_a_condition_is_free_at_first(tmp_path: Path) -> None:
    source = "from threading import Condition, RLock\nlock = RLock()\nwith Condition(lock): pass\n"
    assert values_of(source, tmp_path)["lock"][0] == "free"


def test_a_comparison_changes_nothing(tmp_path: Path) -> None:
    """Nor does asking for the next item: what these tell is no value."""
    source = "from threading import Thread\nn, items, other = 0, [1], [2, 1]\ndef key(x):\n    global n\n    n += x\n"
    source += "    return n\nThread(target=key, args=[1]).start()\nitems.append(2)\nif items == [3]: pass\n"
    source += "for each in items: pass\nsorted(other, key=key)\n"
    sentences = presented(recorded(source, tmp_path))["sentences"]
    assert not [each for each in sentences if "state of items" in each]


def test_what_is_in_a_list_that_a_variable_is_given_changes_the_variable(tmp_path: Path) -> None:
    source = "from threading import Thread\ndef make():\n    global got\n    got = [[], []]\n"
    source += (
        "def add(): got[0].append(1)\nmake()\nthread = Thread(target=add)\nthread.start()\nthread.join()\nmake()\n"
    )
    assert values_of(source, tmp_path)["got"][1:] == ["[[], []]", "[[1], []]", "[[], []]"]


def test_what_holds_lists_is_not_told_before_its_own_first_change(tmp_path: Path) -> None:
    """By then a list in it may have changed, under its own name."""
    source = "from threading import Thread\nrow = [1]\nrows = [row]\n"
    source += "def add():\n    row.append(2)\n    rows.append(3)\nThread(target=add).start()\n"
    values = values_of(source, tmp_path)
    assert values["rows"][0] == "not used yet" and values["row"][0] == "[1]"


def test_an_ident_is_not_told_before_the_thread_has_one(tmp_path: Path) -> None:
    source = "from threading import Thread\nt = Thread(target=print)\nt.start()\nt.join()\nprint(t.ident)\n"
    assert values_of(source, tmp_path)["t.ident"][0] == "not used yet"


def test_who_reads_a_timer_leaves_its_state_in_the_table(tmp_path: Path) -> None:
    recording = presented(recorded(RENEWED, tmp_path))["recording"]
    state, states = State(), []
    for event in events_from_json(recording):
        state.apply(event)
        states.append(state.values.get("dog.timer"))
    turns = [now for now, then in zip(states, [None, *states], strict=False) if now != then]
    assert turns == ["<Timer>", "pending", "cancelled", "<Timer>", "pending", "finished"]
    assert [event["name"] for event in recording["events"]][-4:-2] == ["dog.timer", "dog.timer.is_alive"]


MOVED = """
from threading import Thread
class Job:
    def __init__(self, todo): self.todo = todo
jobs, rows = [Job(3), Job(1)], [[3], [1]]
def work():
    for _ in range(2):
        jobs[0].todo -= 1
        rows[0].append(0)
        jobs.reverse()
        rows.reverse()
    jobs[0] = Job(9)
    jobs[0].todo += 5
thread = Thread(target=work)
thread.start()
thread.join()
"""


def test_what_moves_in_a_list_keeps_its_name(tmp_path: Path) -> None:
    """The name of no place, as another object comes to it."""
    values = values_of(MOVED, tmp_path)
    assert {name: texts[1:] for name, texts in values.items() if "…" in name} == {
        "jobs[…] #1.todo": ["3", "2"],
        "jobs[…] #2.todo": ["1", "0"],
        "jobs[…] #3.todo": ["9", "14"],
        "rows[…] #1": ["[3, 0]"],
        "rows[…] #2": ["[1, 0]"],
    }
    taken = MOVED.replace("jobs[0] = Job(9)", "job = jobs.pop(); job.todo = 4; jobs.insert(0, job)")
    assert values_of(taken, tmp_path)["jobs[…] #2.todo"][1:] == ["1", "0", "4", "9"]
    swapped = "class Job:\n    def __init__(self): self.n = 0\njobs = [Job(), Job()]\n"
    swapped += "jobs[0], jobs[1] = jobs[1], jobs[0]\njobs[0].n += 1\njobs[1].n += 2\n"
    swapped += "import threading\nthreading.Thread(target=print).start()\n"
    assert values_of(swapped, tmp_path)["jobs[…] #2.n"][1:] == ["0", "1"]
    stays = MOVED.replace("reverse", "copy").replace("jobs[0] = Job(9)", "pass")
    assert {"jobs[0].todo", "rows[0]"} < values_of(stays, tmp_path).keys()


def test_a_loop_variable_names_nothing_that_is_in_a_list(tmp_path: Path) -> None:
    """It is one object after the other."""
    source = "from threading import Thread\nclass Box: n = 0\nboxes = [Box(), Box()]\nfor box in boxes: box.n = 1\n"
    source += "def work(): boxes[0].n += 1\nthread = Thread(target=work)\nthread.start()\nthread.join()\n"
    values = values_of(source + "for each in boxes: print(each.n)\n", tmp_path)
    assert [name for name in values if name.endswith(".n")] == ["boxes[0].n", "boxes[1].n"]


def test_what_is_in_a_list_of_a_function_changes_the_list(tmp_path: Path) -> None:
    source = "from threading import Thread\ndef main():\n    got = [[], []]\n    def work():\n"
    source += "        if got: got[0].append(1)\n    thread = Thread(target=work)\n    thread.start()\n"
    source += "    thread.join()\nmain()\n"
    assert values_of(source, tmp_path)["got"] == ["[[], []]", "[[1], []]"]


KEYS = """
from threading import Thread
class Cell:
    n = 0
grid = {(0, 1): Cell(), "Alice Smith": Cell(), "a]b": Cell(), "x-y": Cell()}
def work():
    for cell in grid.values(): cell.n += 1
thread = Thread(target=work)
thread.start()
thread.join()
"""


def test_what_is_in_a_dictionary_is_told_apart_by_any_key(tmp_path: Path) -> None:
    names = [f"grid[{key}].n" for key in ("(0, 1)", "'Alice Smith'", "'a]b'", "'x-y'")]
    assert [name for name in values_of(KEYS, tmp_path) if name != "grid"] == names


ONE_LOCK = """
from threading import Lock, Thread
lock = Lock()
def work():
    with lock:
        print("in")
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_who_stands_before_a_lock_that_another_thread_takes_waits_for_it(tmp_path: Path) -> None:
    sentences = presented(recorded(ONE_LOCK, tmp_path, "0.7t2-0t1"))["sentences"]
    taken = sentences.index("Thread-1 acquires lock at line 5.")
    assert sentences[taken + 1] == "Thread-2 waits for lock, which Thread-1 holds, at line 5."
    assert sentences.count(sentences[taken + 1]) == 1


def what_it_does(recording: dict[str, Any], thread: int) -> Iterator[tuple[str, str]]:
    """Each sentence, and what the table says after it that the thread does."""
    shown, state = presented(recording), State()
    names = recording["threads"]
    for sentence, event in zip(shown["sentences"], events_from_json(shown["recording"]), strict=False):
        state.apply(event)
        yield sentence, doing(state, thread, names, short_names(names))


NOTIFIED = """
from threading import Condition, Thread
table = Condition()
def wait():
    with table: table.wait()
def notify():
    with table: table.notify_all()
    with table: print("again")
waiting = Thread(target=wait)
waiting.start()
Thread(target=notify).start()
"""


def test_who_was_notified_waits_for_the_lock_that_another_thread_takes(tmp_path: Path) -> None:
    does = dict(what_it_does(recorded(NOTIFIED, tmp_path, "0.8t1"), 1))
    assert does["Thread-2 acquires table at line 8."] == "ready: notified"
    assert does["Thread-1 waits for table, which Thread-2 holds, at line 5."] == "waits for table, held by Thread-2"


CANCELLED = """
from threading import Thread, Timer
t = Timer(2, print)
def stop():
    t.cancel()
    print("a")
    print("b")
t.start()
Thread(target=stop).start()
"""


def test_who_goes_on_after_a_wait_in_a_step_that_is_not_told_waits_no_more(tmp_path: Path) -> None:
    does = [words for _, words in what_it_does(recorded(CANCELLED, tmp_path, "0.8t1-3t2"), 1)]
    assert does[-7:] == ["waits until 2 s", *["ready: can go on"] * 4, "has ended", "has ended"]


def test_what_is_in_a_list_changes_the_list(tmp_path: Path) -> None:
    source = "from threading import Thread\nrow = []\nrows = [row]\n"
    source += "def add():\n    rows.append(1)\n    row.append(2)\nThread(target=add).start()\n"
    assert values_of(source, tmp_path)["rows"] == ["[[]]", "[[], 1]", "[[2], 1]"]


def test_what_a_generator_brings_into_a_list(tmp_path: Path) -> None:
    """Its code runs while the list is made longer, so the list changes after the step that tells of it."""
    source = "from threading import Thread\nn = 0\ndef count():\n    global n\n    n += 1\n    return n\n"
    source += "got = []\nThread(target=count).start()\ngot.extend(count() for _ in range(2))\n"
    assert values_of(source, tmp_path)["got"][-1] == "[1, 2]"


def test_what_the_interpreter_does_at_its_end_is_not_told(tmp_path: Path) -> None:
    source = "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool: pool.submit(int)\n"
    sentences = tells(source, tmp_path, "ThreadPoolExecutor-0_0 ends.", "The main thread ends.")
    assert not [each for each in sentences if each.startswith("The main thread") and " at line 2" not in each][:-1]


STUCK = """
from threading import Lock, Thread
lock = Lock()
def add():
    lock.acquire()
    int("two")
thread = Thread(target=add)
thread.start()
thread.join()
lock.acquire()
"""


def test_a_deadlock_tells_of_the_exception_before_it(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(STUCK)
    (found,) = outcomes_of(file).outcomes
    raised = "exception: ValueError: invalid literal for int() with base 10: 'two', in Thread-1 (add) at line 6"
    waits = "deadlock: MainThread waits for lock held by Thread-1 (add) at line 10, and Thread-1 (add) has ended"
    assert found.ending == f"{waits}; {raised}"
    assert presented(recorded(STUCK, tmp_path))["sentences"][-1] == (
        "Deadlock: no thread can go on. The main thread waits for lock, which Thread-1, which has ended, holds"
        " (line 10). Before that, a thread has ended with an exception: ValueError: invalid literal for int() with"
        " base 10: 'two', in Thread-1 at line 6."
    )


def test_who_is_cut_off_at_the_end_has_room_to_say_so(tmp_path: Path) -> None:
    source = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    assert [words for _, words in presented(recorded(source, tmp_path))["threads"]][1] == CUT_OFF


ODD = re.compile(r",[,.]|\s[,.:;]|: \.|  |\(\)|[@~^+=]\d")
"""What no sentence has outside of what it quotes."""


@pytest.mark.parametrize("snippet", EXPLORED, ids=lambda snippet: snippet.name)
def test_sentences_and_tables_agree(snippet: Snippet, tmp_path: Path) -> None:
    """Who comes back has been told to be in that call, and nobody waits for what the tables say is there."""
    file = in_the_lab(snippet, tmp_path).file
    for seed, policy in enumerate(("first", "random")):
        recording = run_file(file, record=True, policy=policy, seed=seed, max_steps=20_000).recording
        if recording is None:  # it is for another version of Python
            continue
        shown = presented(recording)
        names = shown["recording"]["threads"]
        state, in_call = State(), {}
        for sentence, event in zip(shown["sentences"], events_from_json(shown["recording"]), strict=False):
            state.apply(event)
            assert not ODD.search(re.sub(r"“.*”|which is .*?, at|\(.*?\)|is now .*|gets .*", "x", sentence)), sentence
            assert event.operation not in ("return", "resume") or in_call.get(event.thread) == event.name, sentence
            if event.within or event.operation in ("call", "resume"):
                in_call[event.thread] = event.within or event.name
            for thread, awaited in state.awaits.items():
                does = doing(state, thread, names, short_names(names))
                notified = awaited.name.removeprefix("a notify of ")
                there = state.values.get(notified) == ("set" if notified == awaited.name else "0 waiting")
                assert not (there and does.startswith("waits")), (sentence, does)
