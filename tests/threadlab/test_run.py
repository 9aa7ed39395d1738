"""One run: the clock, the library, the ends that a program can have."""

import importlib.machinery
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT
from programs_lab import SMALL

from threadlab.api import LabError, run_file
from threadlab.events import fold, safe_text
from threadlab.policies import PCT, Ask, Random, Recorded, Replay
from threadlab.recording import fingerprint
from threadlab.schedule import Diverged, Schedule, ScheduleError
from threadlab.switching import OSThreads

POOL = """
import time
from concurrent.futures import ThreadPoolExecutor
def job(n):
    time.sleep(2)
    return n
start = time.perf_counter()
with ThreadPoolExecutor(5) as pool: results = list(pool.map(job, range(10)))
print(results, time.perf_counter() - start)
"""


def test_the_number_of_processors_is_not_the_machine_s(run) -> None:
    source = "import os\nfrom concurrent.futures import ThreadPoolExecutor as Pool\n"
    source += "print(os.cpu_count(), os.process_cpu_count(), Pool()._max_workers)\n"
    assert run(source).output == "4 4 8\n"


def test_threads_are_there_before_a_program_asks_for_any() -> None:
    """The first functions start none: from the very start the machine's threads wait for them."""
    threads = OSThreads()
    gates = [threads.gate() for _ in threads._idle]
    assert gates
    for gate in gates:
        threads.spawn(gate.wait)
    assert not threads._idle
    for gate in gates:
        gate.open()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity of processes")
def test_a_child_keeps_to_one_processor_and_its_program_finds_four(tmp_path) -> None:
    program = tmp_path / "processors.py"
    program.write_text("import os\nprint(os.sched_getaffinity(0), open('/proc/self/status').read())\n")
    found = run_file(program).output
    assert found.startswith("{0, 1, 2, 3}")
    assert re.search(r"Cpus_allowed_list:\t\d+\n", found)


def test_ten_sleeps_on_five_workers(run) -> None:
    assert run(POOL).output == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9] 4.0\n"


AS_COMPLETED = """
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(time.sleep, seconds) for seconds in (1, 3)]
    for timeout in (2, 0):
        try:
            for future in as_completed(futures, timeout): print(time.monotonic())
        except TimeoutError as error: print(error, time.monotonic())
"""


def test_as_completed_gives_up_at_its_timeout(run) -> None:
    gives_up = "1 (of 2) futures unfinished 2.0\n"
    assert run(AS_COMPLETED).output == f"1.0\n{gives_up}2.0\n{gives_up}"


def test_runs_of_one_world_are_alike(run) -> None:
    named = "import threading\nt = threading.Thread(target=int); t.start(); t.join(); print(t.name)\n"
    assert [run(named).output for _ in range(3)] == ["Thread-1 (int)\n"] * 3
    patched = "import threading\nprint(threading.active_count())\nthreading.active_count = len\nthreading.x = 1\n"
    assert [run(patched).output for _ in range(2)] == ["1\n"] * 2
    first, second = (run(POOL, record=True) for _ in range(2))
    assert fingerprint(first.events) == fingerprint(second.events)


def test_random_is_seeded(run) -> None:
    source = "import random\nprint(random.random())"
    assert run(source, seed=1).output == run(source, seed=1).output != run(source, seed=2).output


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("import sys; sys.exit(3)", "finished with exit status 3"),
        ("import os; os._exit(3)", "finished with os._exit(3)"),
        ("1 / 0", "exception: ZeroDivisionError: division by zero, in MainThread at line 1"),
        ("import threading; threading.Lock().release()", "exception: RuntimeError: release unlocked lock"),
        ("import atexit; atexit.register(print, 'bye')", "finished"),
        ("while True: pass", "step limit: more than"),
        ("import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()",
         "deadlock: MainThread waits for l held by MainThread at line 4"),
        ("from threading import *\nl = Lock(); l.acquire()\nThread(target=l.acquire).start()",
         "deadlock: Thread-1 (acquire) waits for l held by MainThread"),
        ("from threading import *\nl = Lock(); l.acquire()\nThread(target=l.acquire, daemon=True).start()", "finished"),
        ("import threading\nthreading.excepthook = lambda args: print(args.exc_value)\n"
         "threading.Thread(target=int, args='x').start()", "finished"),
    ],
)  # fmt: skip
def test_endings(source: str, ending: str, run) -> None:
    result = run(source, max_steps=2000)
    assert result.error is None
    assert result.outcome.ending.startswith(ending)
    assert ("bye" in result.output) == ("bye" in source)


def test_what_is_left_behind_is_unwound(run) -> None:
    stubborn = """
import threading
lock = threading.Lock()
lock.acquire()
def work():
    while True:
        try: lock.acquire()
        except BaseException: pass
threading.Thread(target=work, daemon=True).start()
threading.Thread(target=lock.acquire, daemon=True).start()
"""
    result = run(stubborn, policy=Random(1, 1.0))
    assert result.outcome.ending == "finished"
    assert result.leaked <= 1


def test_a_thread_that_ends_the_run_and_swallows_that_is_left(run) -> None:
    stubborn = """
import os, threading
def work(depth=300):
    try: os._exit(3)
    except BaseException:
        if depth: work(depth - 1)
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    for _ in range(2):
        result = run(stubborn)
        assert (result.outcome.ending, result.leaked) == ("finished with os._exit(3)", 1)


def test_an_event_is_a_step_and_the_state_a_fold(run) -> None:
    result = run(SMALL["LOCK_ORDER"] + "print('over')", Random(3, 0.0), record=True)
    assert fold(result.events).output == result.output == "over\n"
    held = [dict(fold(result.events, n).holders.values()) for n in range(len(result.events))]
    assert {"a": 1} in held and {"a": 1, "b": 1} in held and held[-1] == {}
    values = [event.changed for event in run(SMALL["LOST_UPDATE"], record=True).events if event.operation == "store"]
    assert values == [(("counter", "0"),), (("counter", "1"),), (("counter", "2"),)]


def test_who_has_not_run_does_not_yield_to_the_others() -> None:
    """The main thread waits for the start; the others end."""
    assert {PCT(seed).choose(5, [0, 2], False) for seed in range(20)} == {0, 2}


@pytest.mark.parametrize("policy", [lambda: Random(5), lambda: PCT(5, 50), lambda: Ask(lambda s, e, g: e[-1])])
@pytest.mark.parametrize("name", ["LOST_UPDATE", "SEMAPHORE", "POOL_DONE", "SLEEPS", "SPIN"])
def test_a_schedule_is_the_run(policy, name: str, run) -> None:
    recorded = Recorded(policy())
    first = run(SMALL[name], recorded, record=True)
    text = str(Schedule(0, tuple(recorded.deviations)))
    again = run(SMALL[name], Replay(Schedule.parse(text)), record=True)
    assert fingerprint(first.events) == fingerprint(again.events)
    assert first.outcome == again.outcome


def test_a_schedule_that_does_not_fit(run) -> None:
    for text, step in (("0.3t9", 3), ("0.5000t0", 5000)):
        error = run(SMALL["LOST_UPDATE"], Replay(Schedule.parse(text))).error
        assert isinstance(error, Diverged)
        assert error.step == step


def test_an_exception_of_a_thread_without_a_thread_object(run) -> None:
    """It is written, and the others go on."""
    source = "import _thread, time\ndef f():\n    raise ValueError('x')\n_thread.start_new_thread(f, ())\n"
    result = run(source + "time.sleep(1)\nprint('on')\n", record=True)
    assert (result.outcome.ending, result.output) == ("finished", "on\n")
    assert result.errors.startswith("Exception ignored in thread started by:\nTraceback (most recent call last):\n")
    assert ("raise", 3) in [(event.operation, event.line) for event in result.events]


@pytest.mark.parametrize("text", ["", "x", "0", "0.1", "0.t1", "-1.", "0.1t2-", "4294967296.", "0.1t2 "])
def test_bad_schedules(text: str) -> None:
    with pytest.raises(ScheduleError):
        Schedule.parse(text)


def test_values_are_shown_safely() -> None:
    class Trap:
        def __repr__(self) -> str:
            raise AssertionError

    class TrapInt(int):
        __repr__ = Trap.__repr__

    assert safe_text([Trap(), TrapInt(3), {"a": [1, [2, [3]]]}]) == "[<Trap>, <TrapInt>, {'a': <list>}]"
    assert len(safe_text("x" * 1000)) <= 80
    assert len(safe_text(10**1000)) <= 80
    assert len(safe_text(list(range(10**6)))) <= 80


LIBRARY = {
    "logging": ("import logging, sys\nlogging.basicConfig(stream=sys.stdout, format='%(threadName)s %(message)s')\n"
                "import threading\nt = threading.Thread(target=logging.warning, args=('hi',)); t.start(); t.join()",
                "Thread-1 (warning) hi\n"),
    "logging's caller": (
        "import logging, sys\n"
        "logging.basicConfig(stream=sys.stdout, format='%(funcName)s %(lineno)d %(message)s')\n"
        "def work(): logging.getLogger().error('one')\nwork(); logging.warning('two')", "work 3 one\n<module> 4 two\n"
    ),
    "a warning's line": (
        "import warnings\ndef work():\n    warnings.warn('one')\n    warnings.warn('two', stacklevel=2)\n"
        "with warnings.catch_warnings(record=True) as caught:\n    warnings.simplefilter('always')\n    work()\n"
        "print(*[(each.lineno, each.filename == __file__) for each in caught])", "(3, True) (7, True)\n"
    ),
    "what a thread of _thread raises": (
        "import _thread, sys, time\nsys.stderr = sys.stdout\ndef f(): raise ValueError('x')\n"
        "sys.unraisablehook = lambda args: print(args.exc_type.__name__, args.exc_value)\n"
        "_thread.start_new_thread(f, ()); time.sleep(1); print('on')", "ValueError x\non\n"
    ),
    "a timer with an event of the program's": (
        "import threading\nclass Own:\n  __slots__ = ()\n  def wait(self, timeout): pass\n"
        "  def is_set(self): return False\n  def set(self): pass\n"
        "t = threading.Timer(1, print, ['ding']); t.finished = Own(); t.start(); t.join(); print('on')", "ding\non\n"
    ),
    "a thread's own ident": (
        "import threading\nclass Worker(threading.Thread):\n  ident = 'worker'\n"
        "t = Worker(); t.start(); print(t.ident, t.is_alive())", "worker True\n"
    ),
    "contextvars": ("import contextvars, threading\nv = contextvars.ContextVar('v', default=0)\nv.set(1)\nseen = []\n"
                    "def work():\n  seen.append(v.get(5)); v.set(2); seen.append(v.get())\n"
                    "context = contextvars.Context()\n"
                    "t = threading.Thread(target=context.run, args=(work,)); t.start(); t.join()\n"
                    "print(seen, v.get(), context[v])", "[5, 2] 1 2\n"),
    "sched": ("import sched, time\ns = sched.scheduler()\ns.enter(9, 1, print, ('b',)); s.enter(3, 1, print, ('a',))\n"
              "s.run(); print(time.monotonic())", "a\nb\n9.0\n"),
    "simple queue": ("import queue, threading\nq = queue.SimpleQueue()\n"
                     "threading.Thread(target=lambda: q.put(1)).start()\nprint(q.get(), q.empty())", "1 True\n"),
    "_thread": ("import _thread, time\nlog = []\n_thread.start_new_thread(log.append, (1,))\ntime.sleep(1)\nprint(log)",
                "[1]\n"),
    "time": ("import time\nprint(time.strftime('%Y-%m-%d %H:%M:%S'), time.gmtime().tm_year, time.time())\n"
             "time.sleep(3); print(time.monotonic_ns())", "2026-01-01 00:00:00 2026 1767225600.0\n3000000000\n"),
    "asyncio": ("""
import asyncio, time, threading
async def work(n):
    await asyncio.sleep(n)
    return n
async def main():
    start = time.monotonic()
    print(await asyncio.gather(*map(work, (3, 1, 2))), time.monotonic() - start)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work(n)) for n in (2, 1)]
    print([t.result() for t in tasks])
    try:
        async with asyncio.timeout(1): await work(9)
    except TimeoutError: print("timeout")
    queue = asyncio.Queue(1)
    async def produce():
        for n in range(3): await queue.put(n)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        print([await queue.get() for _ in range(3)])
    print(await asyncio.to_thread(threading.current_thread) is threading.current_thread())
    await asyncio.to_thread(time.sleep, 5)
    loop = asyncio.get_running_loop()
    future = await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(work(1), loop))
    print(await asyncio.wrap_future(future), time.monotonic())
asyncio.run(main())
""", "[3, 1, 2] 3.0\n[2, 1]\ntimeout\n[0, 1, 2]\nFalse\n1 12.0\n"),
    "asyncio: a coroutine that polls comes to its timeout": ("""
import asyncio
async def poll():
    async with asyncio.timeout(1):
        while True: await asyncio.sleep(0)
try: asyncio.run(poll())
except TimeoutError: print("timeout")
""", "timeout\n"),
    "asyncio: a loop in each of two threads": ("""
import asyncio, threading
async def work(n):
    for _ in range(3): await asyncio.sleep(n)
    print(n, asyncio.current_task().get_name() == f"task {n}")
def run(n):
    async def main(): await asyncio.create_task(work(n), name=f"task {n}")
    asyncio.run(main())
threads = [threading.Thread(target=run, args=(n,)) for n in (2, 1)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""", "1 True\n2 True\n"),
    "asyncio: a policy of the program's own": ("""
import asyncio, warnings
warnings.simplefilter("ignore")
class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        print("made")
        return super().new_event_loop()
asyncio.set_event_loop_policy(Policy())
asyncio.run(asyncio.sleep(1))
""", "made\n"),
}  # fmt: skip


def test_an_asyncio_program_that_starts_a_process(tmp_path) -> None:
    file = tmp_path / "program.py"
    file.write_text(
        "import asyncio\nasync def main():\n  await asyncio.create_subprocess_exec('ls')\nasyncio.run(main())"
    )
    command = [sys.executable, "-m", "threadlab", "run", file]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert run.stderr.startswith(f"threadlab: {file}:3: loop.subprocess_exec leaves the interpreter")
    assert run.stderr.count("\n") == 1, "nothing of the tasks of a run that is over"


def test_an_exploration_of_an_asyncio_program_is_quiet(tmp_path) -> None:
    """Some of its executions are cut short, with tasks that have not come to their end."""
    file = tmp_path / "program.py"
    file.write_text(
        "import asyncio\nn = 0\n"
        "async def add():\n    global n\n    seen = n\n    await asyncio.sleep(0)\n    n = seen + 1\n"
        "async def main():\n    async with asyncio.TaskGroup() as group:\n"
        "        for _ in range(2): group.create_task(add())\n"
        "    print(n, await asyncio.to_thread(lambda: n))\nasyncio.run(main())\n"
    )
    command = [sys.executable, "-m", "threadlab", "outcomes", file]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    said = re.sub(r"threadlab: \d+ schedules, \d outcomes so far\n", "", run.stderr)  # where it takes long
    assert (run.returncode, said) == (0, "")
    assert "cut short" in run.stdout


@pytest.mark.parametrize("name", LIBRARY)
def test_library(name: str, run) -> None:
    source, output = LIBRARY[name]
    for _ in range(2):
        result = run(source, max_steps=50_000)
        assert (result.output, result.errors, result.error) == (output, "", None)


CLOCKS = ["monotonic_ns()", "perf_counter_ns()", "time_ns()", "gmtime()", "localtime(None)",
          "ctime()", "asctime()", "strftime('%S')", "time()", "monotonic()"]  # fmt: skip


@pytest.mark.parametrize("call", CLOCKS)
def test_who_looks_at_the_clock_may_come_before_or_after_a_sleep(call: str, explore) -> None:
    sleeper = "import threading, time\nt = threading.Thread(target=time.sleep, args=(1,))\nt.start()\n"
    looks = f"{sleeper}now = time.{call}\nprint(now)\nt.join()\n"
    assert len(explore(looks).outcomes) == 2


def test_a_given_time_is_not_the_clock(run) -> None:
    shown = "time.gmtime(0).tm_year, time.ctime(0), time.strftime('%Y', time.gmtime(0)), time.strftime('%Y %S')"
    assert run(f"import time\nprint({shown})").output == "1970 Thu Jan  1 00:00:00 1970 1970 2026 00\n"


HIDDEN = """
class A:
    __slots__ = ("x", "z")
    @property
    def y(self):
        print("asked")
        return self.x
    @y.setter
    def y(self, value): self.x = value
a = A()
def work():
    a.x = 1
    a.y = 2
    print(a.x)
    del a.x
work()
setattr(a, "z", 3)
"""


def test_a_recording_shows_slots_and_asks_no_property(run) -> None:
    result = run(HIDDEN, record=True)
    assert result.output == run(HIDDEN).output == "2\n"
    seen = [(e.operation, e.name, e.value, e.changed) for e in result.events if e.name in ("a.x", "a.y")]
    assert seen == [
        ("store", "a.x", "", (("a.x", "1"),)),
        ("store", "a.y", "", ()),
        ("store", "a.x", "", (("a.x", "2"),)),
        ("load", "a.x", "2", ()),
        ("delete", "a.x", "", (("a.x", "(unbound)"),)),
    ]


def test_computing_and_sleeping_take_no_time_of_a_processor(run) -> None:
    source = "import time\na = time.process_time()\ntime.sleep(1)\nsum(range(10**5))\n"
    source += "print(time.process_time() - a, time.thread_time(), time.process_time_ns(), time.thread_time_ns())\n"
    assert run(source).output == "0.0 0.0 0 0\n"


def test_odd_sleeps_and_streams(run) -> None:
    source = "import sys, time\nsys.stdout.reconfigure(line_buffering=True)\n"
    source += "class Zero:\n    def __index__(self): return 0\n"
    source += "for each in float('nan'), float('inf'), -1, -0.5, 1e30, 10**30, 'x', None, [1], 1j, Zero(), False:\n"
    source += "    try: print(time.sleep(each))\n"
    source += "    except Exception as error: print(type(error).__name__, error)\n"
    plain = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert run(source).output == plain.stdout


ODD_TIMEOUTS = """
import _queue, _thread
class One:
    def __index__(self): return 1
def attempt(function, arguments):
    try: print(function(*arguments))
    except Exception as error: print(type(error).__name__, error)
for timeout in 'x', None, [1], 1j, float('nan'), -1, -2, -0.5, 1e12, 10**30, 0, 1, One():
    for blocking in True, False, 0, 2, 'x':
        attempt(_thread.allocate_lock().acquire, (blocking, timeout))
        attempt(_thread.RLock().acquire, (blocking, timeout))
        queue = _queue.SimpleQueue()
        queue.put('item')
        attempt(queue.get, (blocking, timeout))
"""


def test_odd_timeouts(run) -> None:
    plain = subprocess.run([sys.executable, "-c", ODD_TIMEOUTS], capture_output=True, text=True, check=True)
    assert run(ODD_TIMEOUTS).output == plain.stdout


@pytest.mark.parametrize("terms", ["+".join(["1"] * 2000), "-" * 2000 + "1"], ids=["sum", "signs"])
def test_a_program_may_be_nested_as_deeply_as_python_has_it(run, terms: str) -> None:
    assert run(f"print({terms})\n").output == f"{2000 if '+' in terms else 1}\n"


def test_a_program_that_is_nested_too_deeply(tmp_path: Path) -> None:
    program = tmp_path / "deep.py"
    program.write_text("x = " + "+".join(["1"] * 30_000) + "\n")
    with pytest.raises(LabError, match=r"deep\.py: its expressions or statements are nested too deeply for the lab"):
        run_file(program)


@pytest.mark.parametrize("reads", ["sys.stdin.readline()", "sys.stdin.read()", "list(sys.stdin)"])
def test_what_somebody_types_cannot_be_read(tmp_path: Path, reads: str) -> None:
    program = tmp_path / "reads.py"
    program.write_text(f"import sys\n{reads}\n")
    with pytest.raises(LabError, match=r"reads\.py:2: sys\.stdin\.read(line)? waits for what somebody types"):
        run_file(program)


PICKLED = """
import copy, pickle, queue
from threading import Event, Lock, RLock, local
for thing in (Lock(), RLock(), local(), queue.SimpleQueue(), queue.Queue(), Event()):
    for call in (copy.copy, copy.deepcopy, pickle.dumps):
        try: call(thing)
        except TypeError as error: print(type(thing).__name__, call.__name__, error)
"""


def test_what_cannot_be_copied(run) -> None:
    plain = subprocess.run([sys.executable, "-c", PICKLED], capture_output=True, text=True, check=True)
    assert run(PICKLED).output == plain.stdout


def test_a_lock_of_multiprocessing_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "pool.py"
    program.write_text("from multiprocessing.pool import ThreadPool\nprint(ThreadPool(2).map(abs, [-1]))\n")
    with pytest.raises(LabError, match=r"pool\.py:2: a lock of multiprocessing leaves the interpreter"):
        run_file(program)


def test_an_exception_in_a_callback_of_a_future_is_told(run) -> None:
    source = "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool:\n"
    errors = run(source + "    pool.submit(int).add_done_callback(lambda future: 1 / 0)\n").errors
    assert errors.startswith("exception calling callback for <Future>\nTraceback (most recent call last):\n")
    assert errors.endswith("ZeroDivisionError: division by zero\n")


def test_sets_of_tasks_are_in_the_order_of_their_making(run) -> None:
    source = (
        "import asyncio\nasync def job(n):\n    await asyncio.sleep(0.1)\n    print(n, end=' ')\nasync def main():\n"
    )
    source += "    for each in asyncio.as_completed([job(n) for n in range(9)]): await each\n"
    source += "    done, _ = await asyncio.wait([asyncio.create_task(job(n)) for n in range(9)])\n"
    source += "    for each in done: print(each.get_name(), end=' ')\n    print(len(done), each in done, type(done))\n"
    numbers, names = "0 1 2 3 4 5 6 7 8 ", " ".join(f"Task-{n}" for n in range(11, 20))
    expected = f"{numbers}{numbers}{names} 9 True <class 'set'>\n"
    assert run(source + "asyncio.run(main())\n").output == expected


ASYNC_DEADLOCK = """
import asyncio
async def enter(lock):
    async with lock:
        await asyncio.Event().wait()
async def main():
    lock = asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for _ in range(2): group.create_task(enter(lock))
asyncio.run(main())
"""


def test_a_deadlock_of_tasks_names_them_with_their_lines(run) -> None:
    assert run(ASYNC_DEADLOCK).outcome.ending == (
        "deadlock: MainThread waits for the event loop"
        " (Task-1 at line 8, Task-2 at line 5, Task-3 at line 4) at line 10"
    )


def test_a_module_that_each_run_imports_is_read_once(run, monkeypatch) -> None:
    read = []
    get_data = importlib.machinery.SourceFileLoader.get_data
    monkeypatch.setattr(
        importlib.machinery.SourceFileLoader, "get_data", lambda self, path: read.append(path) or get_data(self, path)
    )
    source = "import asyncio, inspect\nasyncio.mine = hasattr(asyncio, 'mine')\nprint(asyncio.mine, asyncio.__file__)\n"
    source += "print(inspect.getsource(asyncio.Queue.put_nowait))\n"
    first = run(source)
    assert [each for each in read if "asyncio" in each]
    read.clear()
    second = run(source)
    assert not [each for each in read if "asyncio" in each]
    import asyncio
    import inspect

    assert first.output == second.output == f"False {asyncio.__file__}\n{inspect.getsource(asyncio.Queue.put_nowait)}\n"


BYTES = """
import sys, threading
print('a', flush=True)
print(sys.stdout.buffer.write('\u00e9'.encode()[:1]), sys.stdout.buffer.writable(), sys.stdout.buffer.name)
sys.stdout.buffer.write('\u00e9'.encode()[1:])
sys.stdout.buffer.write(memoryview(b'b\\xff'))
try: sys.stdout.buffer.write('c')
except TypeError as error: print(error)
sys.stderr.buffer.write(b'd')
"""


def test_bytes_are_printed(run) -> None:
    done = run(BYTES)
    expected = "a\n1 True <stdout>\n\u00e9b\\xffa bytes-like object is required, not 'str'\n"
    assert (done.output, done.errors, done.error) == (expected, "d", None)


def test_what_is_closed_prints_no_more(run, explore) -> None:
    source = "import sys, threading\ndef w(): {}\nsys.stderr.write('a')\nprint('b')\nt = threading.Thread(target=w)\n"
    source += "t.start()\nt.join(){}"
    closed = run(source.format("sys.stdout.close()", "\nprint(sys.stdout.closed, file=sys.stderr)\nprint('c')"))
    assert closed.output == "b\n"
    assert closed.errors.startswith("aTrue\nTraceback ")
    assert closed.errors.endswith("ValueError: I/O operation on closed file.\n")
    outputs = explore(source.format("sys.stdout.close()", "").replace("t.join", "print('c'); t.join")).outcomes
    assert {output for _, output in outputs} == {"b\nc\n", "b\n"}


RELEASED = """
from threading import Thread
view = memoryview(b"abc")
class Of: nbytes = 0
Of.nbytes = 1
def look():
    found = view
    size = found.nbytes
    print(size, found.nbytes)
threads = [Thread(target=look), Thread(target=lambda: view.release())]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_a_memoryview_may_be_released_between_two_reads(explore) -> None:
    """Each read of its attributes is a step, though none of them can be stored."""
    lines = {ending.partition(" at line ")[2] for ending, _ in explore(RELEASED).outcomes}
    assert lines == {"", "8", "9"}


NESTED_JOBS = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    def outer(): return pool.submit(int).result()
    pool.submit(outer).result()
"""
LOCAL_LOCK = """
from threading import Condition, Lock, Thread
def main():
    lock = Lock()
    one, other = Condition(lock), Condition(lock)
    def work():
        with one, other: pass
    thread = Thread(target=work)
    thread.start()
    thread.join()
main()
"""
STUCK = {
    NESTED_JOBS: "MainThread waits for Future at line 5; ThreadPoolExecutor-0_0 waits for Future at line 4",
    LOCAL_LOCK: "Thread-1 (work) waits for Lock of line 4 held by Thread-1 (work) at line 7",
    "from threading import Condition, Lock\nlocks = [Lock()]\nready = Condition(locks[0])\nwith ready, locks[0]: {}": (
        "MainThread waits for locks[0] held by MainThread at line 4"
    ),
    "from threading import Condition\nready = Condition()\nwith ready: ready.wait()": (
        "MainThread waits for a notify of ready at line 3"
    ),
}


@pytest.mark.parametrize("source", STUCK)
def test_a_deadlocks_ending_is_the_same_whether_the_run_is_recorded_or_not(source: str, run) -> None:
    plain, recorded = run(source), run(source, record=True)
    assert plain.outcome.ending == recorded.outcome.ending == f"deadlock: {STUCK[source]}"


BY_HAND = """
from threading import Condition, Lock, RLock, Thread
lock, rlock, table = Lock(), RLock(), Condition()
def work():
    for each in (lock, rlock, table):
        each.acquire()
        each.release()
        if each.acquire(blocking=False):
            print("again")
            each.release()
    try: lock.release()
    except RuntimeError: print("free")
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
OWN_KEYS = """
from threading import Thread
class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n
    def __eq__(self, other): return other == self.n
key = Key(1)
box = {key: 0, (key, 2): 0}
def work():
    key.n = 1
    box[1] += 1
    box[key] += 1
    box[key, 2] += 1
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*box.values())
"""
RECORDED = {"by hand": BY_HAND, "own keys": OWN_KEYS, **SMALL}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_run_is_the_run_that_is_not_recorded(name: str, seed: int, run) -> None:
    """Step by step: the schedule of the one is that of the other."""
    source = RECORDED[name]
    plain = run(source, Recorded(Random(seed)), max_steps=5000)
    policy = Recorded(Random(seed))
    recorded = run(source, policy, record=True, max_steps=5000)
    assert (recorded.output, recorded.steps) == (plain.output, plain.steps)
    assert recorded.outcome.ending == plain.outcome.ending
    replay = Replay(Schedule(0, tuple(policy.deviations)))
    assert run(source, replay, max_steps=5000).output == plain.output
