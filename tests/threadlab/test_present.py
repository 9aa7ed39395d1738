"""What is shown of a recording: its sentences, its picture, its tables; and that JavaScript folds it as Python does."""

import json
import re
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from generated import generated
from programs_lab import SMALL
from test_snippets_in_the_lab import EXPLORED, in_the_lab

from threadlab.api import outcomes_of, run_file
from threadlab.events import Event, Outcome, State
from threadlab.labels import Labels
from threadlab.narration import CUT_OFF, Narrator, doing, short_names
from threadlab.picture import (
    CHARACTER,
    COLUMN,
    CONDENSED_FROM,
    LEFT,
    LETTERS,
    columns,
    fitting,
    legend,
    picture,
    wait_label,
)
from threadlab.policies import Ask
from threadlab.present import presented, title
from threadlab.recording import events_from_json, to_json
from threadlab.telling import retold

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "threadlab/web"

LOST = """
from threading import Thread
counter = 0
def add():
    global counter
    counter += 1
threads = [Thread(target=add) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("counter =", counter)
"""
LIBRARY = """
import threading, time
gate = threading.Semaphore(1)
ready = threading.Event()
table = threading.Condition()
def work():
    with gate:
        ready.wait()
    with table:
        table.notify()
thread = threading.Thread(target=work)
thread.start()
with table:
    ready.set()
    table.wait()
time.sleep(2)
raise ValueError("no")
"""


CLAIM = """\
from threading import Thread
owner = ""
claims = []
def claim(name):
    global owner
    if not owner:
        owner = name
        claims.append(name)
threads = [Thread(target=claim, args=(name,)) for name in "ab"]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(f"{len(claims)} claims, owner {owner}")
"""


def recorded(source: str, folder: Path, schedule: str = "0.") -> dict[str, Any]:
    file = folder / "program.py"
    file.write_text(source)
    recording = run_file(file, schedule=schedule, record=True, max_steps=20_000).recording
    assert recording is not None
    return recording


def tells(source: str, folder: Path, *expected: str) -> list[str]:
    """All sentences of its run, which are to have those that are expected."""
    sentences: list[str] = presented(recorded(source, folder))["sentences"]
    for sentence in expected:
        assert sentence in sentences, "\n".join(sentences)
    return sentences


def test_lost_update_in_words(tmp_path: Path) -> None:
    shown = presented(recorded(LOST, tmp_path, "0.9t2"))
    assert shown["title"] == "An update of counter is lost: counter = 1"
    told = [sentence for sentence in shown["sentences"] if "counter" in sentence]
    assert told == [
        "The main thread writes 0 to counter at line 3.",
        "Thread-1 reads counter, which is 0, at line 6.",
        "Thread-2 reads counter, which is 0, at line 6.",
        "Thread-2 writes 1 to counter at line 6.",
        "Thread-1 writes 1 to counter at line 6. "
        "But Thread-2 has written to counter since Thread-1 read it: that update is lost.",
        "The main thread reads counter, which is 1, at line 10.",
        "The main thread prints “counter = 1” at line 10.",
    ]
    assert shown["sentences"][-1] == (
        "The program has finished. This run is allowed by the language; not seen on GIL builds since 3.10, "
        "which do not switch right before such a step of line 6."
    )
    assert presented(recorded(LOST, tmp_path))["title"] == "Finishes: counter = 2"


def test_a_whole_program_in_words(tmp_path: Path) -> None:
    """Every sentence of a small program, from its first step to its last."""
    source = "from threading import Lock, Thread\nlock = Lock()\ndef work():\n    with lock: print(1)\n"
    source += "thread = Thread(target=work)\nthread.start()\nthread.join()\n"
    assert presented(recorded(source, tmp_path))["sentences"] == [
        "The main thread starts Thread-1 at line 6.",
        "The main thread waits for the end of Thread-1 at line 7.",
        "Thread-1 begins.",
        "Thread-1 acquires lock at line 4.",
        "Thread-1 prints “1” at line 4.",
        "Thread-1 releases lock at line 4.",
        "Thread-1 ends.",
        "The main thread goes on at line 7: Thread-1 has ended.",
        "The main thread ends.",
        "The program has finished.",
    ]


def test_deadlock_in_words(tmp_path: Path) -> None:
    file = HERE.parents[1] / "snippets/threading/lock_deadlock.py"
    shown = presented(recorded(file.read_text(), tmp_path))
    assert shown["title"] == "Deadlock"
    assert shown["sentences"][-1].startswith("Deadlock: each thread waits for the next one. Thread-1 waits for lock_b,")
    assert [name for _, name in shown["locks"]] == ["lock_a", "lock_b"]
    assert shown["legend"][-1] == ["\N{MULTIPLICATION X}", "waits for ever"]
    svg = ElementTree.fromstring(shown["picture"])
    lanes = [lane for lane in svg if lane.get("class", "").startswith("t")]
    steps = len(shown["sentences"])
    label = f"A lane for each of 3 threads, {steps} steps from left to right. It ends with a deadlock."
    assert svg.get("aria-label") == label
    width = float(svg.get("width", ""))
    above = [[each.text for each in lane if each.get("class") == "why"] for lane in lanes]
    assert [labels[-1] for labels in above] == [
        "waits for the end of Thread-1",
        "waits for lock_b",
        "waits for lock_a",
    ]
    for each in (each for lane in lanes for each in lane if each.get("class") == "why"):
        assert float(each.get("x", "")) + len(each.text or "") * CHARACTER <= width + 1


def test_library_in_words(tmp_path: Path) -> None:
    """Whose lock it is, in which call, what it is left as; the clock; an exception."""
    tells(
        LIBRARY,
        tmp_path,
        "The main thread acquires table at line 13.",
        "The main thread calls ready.set at line 14 (ready: set).",
        "The main thread releases table, in table.wait, at line 15 (table: 1 waiting).",
        "The main thread waits for a notify of table at line 15.",
        "Thread-1 leaves “with gate” at line 7 (gate: 1 free).",
        "The main thread sleeps until 2 s at line 16.",
        "At 2 s, the main thread wakes up at line 16.",
        "The main thread fails at line 17: ValueError: no.",
        "The program ends with an exception: ValueError: no, in the main thread at line 17.",
    )


def test_a_cut_off_run_in_words(tmp_path: Path) -> None:
    """What the limit counts are not the steps that are shown; a loop without a switch point has its line marked."""
    shown = presented(recorded("while True:\n    pass\n", tmp_path))
    assert (shown["title"], shown["threads"]) == ("Cut off", [["the main thread", "before its first step"]])
    assert shown["sentences"] == [
        "The main thread goes round and round at line 1.",
        "The run is cut off after 20,000 switch points and rounds of loops.",
    ]
    spins = "import threading\nflag = False\ndef f():\n    while not flag: pass\n"
    spins += "def end():\n    global flag\n    flag = True\nthreading.Thread(target=f).start()\n"
    shown = presented(recorded(spins, tmp_path))
    assert (shown["title"], shown["sentences"][-1]) == (
        "Endless loop",
        "The run is cut off: an endless loop at line 4.",
    )


def test_what_came_of_it_in_words(tmp_path: Path) -> None:
    """The end of a loop, a call that raises, an item that is written, an object that no variable leads to.

    That a thread goes through what no other one uses, as `got`, is not told.
    """
    source = "from threading import Thread\nthings = {}\ndef work():\n    got = [0, 1]\n    got[0] = 'x'\n"
    source += "    for each in got: pass\n    for each in things: pass\n"
    source += "    try:\n        got.clear()\n        got.pop()\n    except IndexError: pass\n"
    source += "thread = Thread(target=work)\nthread.start()\nthread.join()\nprint(len(things))\n"
    told = presented(recorded(source, tmp_path))["sentences"]
    assert told[told.index("Thread-1 begins.") + 1 : told.index("Thread-1 ends.")] == [
        "Thread-1 writes to got[0] at line 5: got is now ['x', 1].",
        "Thread-1 begins to go through things at line 7.",
        "Thread-1 finds no further item in things at line 7.",
        "Thread-1 calls got.clear at line 9: got is now [].",
        "Thread-1 calls got.pop at line 10: that raises IndexError.",
    ]


def test_two_locks_of_one_line_are_two(tmp_path: Path) -> None:
    source = "from threading import Lock, Thread\ndef work():\n    with Lock(): print(1)\n"
    source += "for thread in (Thread(target=work), Thread(target=work)): thread.start()\n"
    shown = presented(recorded(source, tmp_path))
    assert [name for _, name in shown["locks"]] == ["Lock of line 3 #1", "Lock of line 3 #2"]
    assert "Thread-2 releases Lock of line 3 #2 at line 3." in shown["sentences"]


ACCOUNTS = """
from threading import Lock, Thread
class Account:
    def __init__(self):
        self.lock = Lock()
def transfer(source, target):
    with source.lock:
        with target.lock: pass
def check():
    one, two = Account(), Account()
    for pair in ((one, two), (two, one)): Thread(target=transfer, args=pair).start()
check()
"""


def test_a_deadlock_of_two_locks_of_one_line(tmp_path: Path) -> None:
    """Both wait, also the one that came to its lock while that was free; and the locks are two."""
    file = tmp_path / "program.py"
    file.write_text(ACCOUNTS)
    found = next(each for each in outcomes_of(file).outcomes if each.ending.startswith("deadlock"))
    assert found.ending == (
        "deadlock: Thread-1 (transfer) waits for Lock of line 5 held by Thread-2 (transfer) at line 8;"
        " Thread-2 (transfer) waits for another Lock of line 5 held by Thread-1 (transfer) at line 8"
    )
    shown = presented(recorded(ACCOUNTS, tmp_path, found.schedule))
    told = [sentence for sentence in shown["sentences"] if " waits for Account" in sentence]
    assert sorted(told[:-1]) == [
        "Thread-1 waits for Account #2.lock, which Thread-2 holds, at line 8.",
        "Thread-2 waits for Account #1.lock, which Thread-1 holds, at line 8.",
    ]
    assert told[-1] == (
        "Deadlock: each thread waits for the next one. Thread-1 waits for Account #2.lock, which Thread-2 holds"
        " (line 8); Thread-2 waits for Account #1.lock, which Thread-1 holds (line 8)."
    )


NOTIFY = """
from threading import Condition, Thread
table = Condition()
full = False
def eat():
    with table: table.wait_for(lambda: full)
thread = Thread(target=eat, name="ann")
with table: table.notify_all()
thread.start()
with table: table.wait(0.5)
with table:
    full = True
    table.notify()
thread.join()
"""


def test_a_notify_in_words(tmp_path: Path) -> None:
    """Whom it wakes; what a thread waits for meanwhile; and that its time is up. A thread's name stays as it is."""
    tells(
        NOTIFY,
        tmp_path,
        "The main thread notifies table at line 8: nobody waits.",
        "ann waits for a notify of table at line 6.",
        "At 0.5 s, the main thread stops waiting for a notify of table, in table.wait, at line 10: the time is up.",
        "The main thread notifies table at line 13: wakes ann.",
    )


WAITS = """
import queue
from threading import Barrier, Lock, Thread, Timer
def stay():
    gate.wait()
gate, messages, lock = Barrier(2), queue.Queue(), Lock()
messages.put(1)
thread = Thread(target=stay)
thread.start()
thread.join(0.1)
with lock: lock.acquire(timeout=0.2)
timer = Timer(0.3, lambda: messages.task_done())
timer.start()
messages.join()
gate.wait()
thread.join()
"""


def test_waits_in_words(tmp_path: Path) -> None:
    """A join, a lock, whose time is up; a barrier that opens; by which name an object is called."""
    sentences = tells(
        WAITS,
        tmp_path,
        "At 0.1 s, the main thread stops waiting for the end of Thread-1 at line 10: the time is up.",
        "At 0.3 s, the main thread stops waiting for lock at line 11: the time is up.",
        "The main thread waits in messages.join at line 14.",
        "The main thread starts Thread-2 at line 13 (timer: pending).",
        "Thread-2 waits until 0.6 s.",
        "At 0.6 s, Thread-2 goes on: its time has come.",
        "The main thread calls gate.wait at line 15 (gate: open, 1 to leave), and gets 1.",
        "Thread-1 comes back from gate.wait at line 5 (gate: 0 of 2 waiting), and gets 0.",
        "Thread-2 changes the state of timer to “finished”.",
    )
    assert sum("Thread-1 has ended" in sentence for sentence in sentences) == 1


def test_an_exception_of_a_thread_in_words(tmp_path: Path) -> None:
    source = "from threading import Thread\ndef work():\n    1 / 0\nthread = Thread(target=work)\nthread.start()\n"
    assert presented(recorded(source, tmp_path))["sentences"][-1] == (
        "A thread has ended with an exception: ZeroDivisionError: division by zero, in Thread-1 at line 3."
    )


def test_no_code_of_the_program_runs_to_name_an_object(tmp_path: Path) -> None:
    source = "import threading\nclass Odd:\n    kind = []\n    made_at = 7\n"
    source += "    def __getattr__(self, name): print(name)\n"
    source += "def check():\n    odd = Odd()\n    odd.x = 1\n    odd.x += 1\ncheck()\n"
    shown = presented(recorded(source, tmp_path))
    assert "The main thread writes 1 to odd.x at line 8." in shown["sentences"]
    assert shown["recording"]["output"] == ""


NAMES = """
import threading
class Account:
    def __init__(self, n):
        self.balance, self.log = n, []
def take(account):
    account.balance -= 1
    account.log.append(account.balance)
def check(target):
    {accounts}
    threads = [threading.Thread(target=target, args=(each,)) for each in accounts]
    for thread in threads: thread.start()
    {waits}
check(take)
"""
WAIT = "for thread in threads: thread.join()"


@pytest.mark.parametrize(
    ("accounts", "waits", "told"),
    [
        # By the variables of a function that is there, also while another thread runs
        (
            "one, two = Account(7), Account(8); accounts = one, two",
            WAIT,
            ["writes 7 to one.balance at line 5", "reads two.balance, which is 8, at line 7", "one.log is now [6]"],
        ),
        # By their type where there is none, and not by parameters
        (
            "accounts = [Account(7), Account(8)]; accounts = iter(accounts)",
            "",
            ["reads Account #1.balance, which is 7, at line 7", "writes 7 to Account #2.balance at line 7"],
        ),
        ("accounts = iter([Account(7)])", "", ["reads Account.balance, which is 7, at line 7"]),
        # By a global variable, also before it is stored there
        (
            "global account; account = Account(7); accounts = iter([account])",
            "",
            ["writes 7 to account.balance at line 5", "reads account.balance, which is 7, at line 7"],
        ),
    ],
    ids=["variables", "types", "one", "global"],
)
def test_by_which_names_objects_are_called(accounts: str, waits: str, told: list[str], tmp_path: Path) -> None:
    """Each has one name for the whole run, and only those that would have the same one have numbers."""
    shown = presented(recorded(NAMES.format(accounts=accounts, waits=waits), tmp_path))
    sentences = " ".join(shown["sentences"])
    assert [text for text in told if text not in sentences] == [], sentences
    assert not re.search(r"[@~^]\d", json.dumps(shown["recording"]["events"]) + sentences + json.dumps(shown["values"]))


def test_a_key_that_looks_like_a_mark_is_none(tmp_path: Path) -> None:
    """A list under an e-mail address has a name, so what its only thread does with it is told."""
    source = "import threading\nmails = {'ann@7': []}\ndef send(): mails['ann@7'].append(1)\n"
    source += "thread = threading.Thread(target=send)\nthread.start()\nthread.join()\n"
    tells(source, tmp_path, "Thread-1 calls mails['ann@7'].append at line 3: mails['ann@7'] is now [1].")


def test_an_object_that_two_functions_call_otherwise_is_called_by_its_type() -> None:
    def reads(name: str) -> Event:
        return Event(0, 1, "read", 3, name, 1, 0.0)

    def names(*texts: str) -> list[str]:
        events = [reads(text) for text in texts]
        return [Labels(events).event(each).name for each in events]

    assert names("list @3", "jobs ~3.append", "work ~4") == ["jobs", "jobs.append", "work"]
    assert names("jobs ~3", "list ^3", "work ~4") == ["list", "list", "work"]
    assert names("a notify of Condition of line 5 @3", "Condition @3.wait") == [
        "a notify of Condition of line 5", "Condition.wait",
    ]  # fmt: skip
    assert names("jobs ~3", "jobs ~4", "x ~5[0]") == ["jobs #1", "jobs #2", "x[0]"]


def step(thread: int, operation: str, number: int = 7, within: str = "", changed: str = "") -> Event:
    """A step of a lock in the semaphore `gate`, at line 5 if it is in a call of the program."""
    name = "the lock of gate" if operation in ("acquire", "release") else "gate"
    states = (("gate", changed),) if changed else ()
    return Event(0, thread, operation, number, name, 5 if within else 0, 0.0, states, "", within)


IN_WAIT = [step(1, "acquire", within="gate.wait"), step(1, "release", within="gate.wait")]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([*IN_WAIT], [("call", "gate.wait", ())]),
        ([*IN_WAIT, step(1, "await", 0, "gate.wait")], [("await", "gate", ())]),
        (
            [*IN_WAIT, step(1, "await", 0, "gate.wait"), step(2, "exit"), *IN_WAIT],
            [("await", "gate", ()), ("exit", "gate", ()), ("resume", "gate.wait", ())],
        ),
        ([IN_WAIT[0], step(1, "put"), step(1, "release", within="gate.wait", changed="set")], [("put", "gate", "set")]),
        (
            [IN_WAIT[0], step(1, "print"), step(1, "release", within="gate.wait", changed="set")],
            [("call", "gate.wait", ()), ("print", "gate", ()), ("change", "gate", "set")],
        ),
        (
            [*IN_WAIT, step(1, "await", 0, "gate.wait"), *IN_WAIT, step(1, "await", 0, "gate.wait")],
            [("await", "gate", ()), ("await", "gate", ())],
        ),
        (
            [*IN_WAIT, step(1, "gave up", 0, "gate.wait"), *IN_WAIT],
            [("call", "gate.wait", ()), ("gave up", "gate", ())],
        ),
        (
            [step(1, "acquire", 8, "gate.wait"), step(2, "exit"), *IN_WAIT],
            [("acquire", "the lock of gate", ()), ("exit", "gate", ())],
        ),
        ([step(1, "acquire"), step(1, "release", changed="set")], [("change", "gate", "set")]),
        ([step(1, "acquire"), step(1, "release")], []),
        (
            [IN_WAIT[0], step(2, "exit"), IN_WAIT[1]],
            [("acquire", "the lock of gate", ()), ("exit", "gate", ()), ("release", "the lock of gate", ())],
        ),
        ([IN_WAIT[0]], [("acquire", "the lock of gate", ())]),
        ([step(1, "acquire", 0)._replace(line=3), step(1, "release", 0)._replace(line=3)], 2),
    ],
    ids=(
        "call wait resume meanwhile the-program-meanwhile waits-on time-is-up in-a-call change nothing interrupted "
        "unfinished the-program-s-own"
    ).split(),
)
def test_locks_inside_the_library_are_its_calls(events: list[Event], told: object) -> None:
    found = retold(events)
    if isinstance(told, int):
        assert found == events
    else:
        assert [(each.operation, each.name, each.changed and each.changed[0][1]) for each in found] == told


RESULTS = """
import queue, threading
from concurrent.futures import ThreadPoolExecutor, as_completed
stalls, jobs = threading.BoundedSemaphore(1), queue.Queue()
jobs.put("tea")
print(jobs.get(), stalls.acquire(), stalls.acquire(timeout=1))
stalls.release()
try: stalls.release()
except ValueError: pass
with ThreadPoolExecutor(1) as pool:
    bad = pool.submit(int, "x")
    for each in as_completed([bad]):
        try: each.result()
        except ValueError: pass
"""


def test_what_comes_of_a_call_in_words(tmp_path: Path) -> None:
    sentences = tells(
        RESULTS,
        tmp_path,
        "The main thread calls jobs.get at line 6 (jobs: []), and gets 'tea'.",
        "The main thread calls stalls.acquire at line 6 (stalls: 0 free), and gets True.",
        "At 1 s, the main thread stops waiting for stalls, in"
        " stalls.acquire, at line 6: the time is up, and gets False.",
        "The main thread calls stalls.release at line 7 (stalls: 1 free).",
        "The main thread calls stalls.release at line 8: raises ValueError.",
        "The main thread waits in as_completed at line 12.",
        "ThreadPoolExecutor-0_0 changes the state of bad to “finished with ValueError”.",
        "The main thread goes on in as_completed at line 12.",
        "The main thread calls bad.result at line 13: raises ValueError.",
        "ThreadPoolExecutor-0_0 takes the signal to end out of the queue of pool.",
    )
    assert not any("_AcquireFutures" in sentence for sentence in sentences)


def test_what_stands_in_a_way_is_the_lock_inside(run: Callable[..., Any]) -> None:
    """Who waits for the lock inside an event waits for that, not for the event."""
    source = "import threading\ngo = threading.Event()\ndef look(): go.wait()\n"
    source += "thread = threading.Thread(target=look)\nthread.start()\nprint(1)\ngo.set()\n"

    def ask(step: int, enabled: list[int], goes_on: bool) -> int:
        return min(enabled, key=lambda number: (number == 1) == (step >= 3))  # the second thread until it has the lock

    events = run(source, Ask(ask), record=True).events
    assert [each.name for each in events if (each.operation, each.line) == ("await", 7)] == ["the lock of go"]


def test_who_is_ready_is_not_lost_with_a_step_that_is_not_told() -> None:
    end = step(2, "exit")
    used = [step(1, "acquire"), step(1, "release")._replace(ready=(2,))]
    assert retold([*used, end]) == [end._replace(ready=(2,))]
    assert retold([*used, end._replace(ready=())]) == [end]  # nobody, as before
    over = [step(1, "acquire", 8), step(1, "release", 8)._replace(ready=())]
    assert retold([*used, *over, end]) == [end]
    wait = step(1, "await", 0, "gate.wait")
    assert retold([IN_WAIT[0], IN_WAIT[1]._replace(ready=(2,)), wait]) == [wait._replace(ready=(2,))]


OPENS = """
import threading, time
gate, light = threading.Barrier(2), threading.Event()
def come():
    gate.wait()
    light.wait()
threads = [threading.Thread(target=come) for _ in range(2)]
for thread in threads: thread.start()
time.sleep(1)
light.set()
print("green")
"""


def test_a_thread_is_ready_once_its_wait_is_over(tmp_path: Path) -> None:
    shown = presented(recorded(OPENS, tmp_path))
    names, state, words = shown["recording"]["threads"], State(), {}
    for sentence, each in zip(shown["sentences"], events_from_json(shown["recording"]), strict=False):
        state.apply(each)
        words[sentence] = [doing(state, number, names, short_names(names)) for number in (0, 1, 2)]
    assert words["Thread-1 waits in gate.wait at line 5 (gate: 1 of 2 waiting)."] == [
        "sleeps until 1 s",
        "waits in gate.wait",
        "ready, has not begun",
    ]
    assert words["Thread-2 calls gate.wait at line 5 (gate: open, 1 to leave), and gets 1."] == [
        "sleeps until 1 s", "ready: can go on", "runs",
    ]  # fmt: skip
    assert words["The main thread calls light.set at line 10 (light: set)."] == [
        "runs", "ready: can go on", "ready: can go on",
    ]  # fmt: skip


def test_two_futures_of_one_line_are_two(tmp_path: Path) -> None:
    source = "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool:\n"
    tells(
        source + "    print(list(pool.map(abs, [-1, -2])))\n",
        tmp_path,
        "The main thread waits in map at line 3.",
        "ThreadPoolExecutor-0_0 changes the state of Future of line 3 #1 to “finished”.",
        "ThreadPoolExecutor-0_0 changes the state of Future of line 3 #2 to “finished”.",
        "ThreadPoolExecutor-0_0 finds the queue of pool empty.",
    )


COUNTERS = """
import threading
def make():
    n = 0
    def add():
        nonlocal n
        n += 1
    return add
threads = [threading.Thread(target=make()) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_variables_of_two_calls_are_not_one(run: Callable[..., Any]) -> None:
    """Each thread has an `n` of its own: no update is lost where each reads before the other writes."""

    def ask(step: int, enabled: list[int], goes_on: bool) -> int:
        return enabled[-1] if len(enabled) > 1 and step > 4 else enabled[0]

    events = run(COUNTERS, Ask(ask), record=True).events
    touched = [(each.operation, each.thread) for each in events if (each.name, each.line) == ("n", 7)]
    assert [operation for operation, _ in touched] == ["load", "load", "store", "store"]
    narrator = Narrator(["MainThread", "a", "b"])
    assert not any("lost" in narrator.say(each) for each in events)


AGAIN = """
from threading import RLock
lock = RLock()
with lock:
    with lock: print(1)
"""


def test_a_lock_that_is_acquired_again_in_words(tmp_path: Path) -> None:
    tells(
        AGAIN,
        tmp_path,
        "The main thread acquires lock at line 4 (lock: held 1 time).",
        "The main thread calls lock.acquire at line 5 (lock: held 2 times).",
        "The main thread calls lock.release at line 5 (lock: held 1 time).",
        "The main thread releases lock at line 4 (lock: free).",
    )


def test_a_call_that_fails_at_once_in_words(tmp_path: Path) -> None:
    source = "import threading\ntable = threading.Condition()\nthread = threading.Thread(target=table.notify)\n"
    source += "for call in (table.notify, table.wait, thread.join):\n    try: call()\n    except RuntimeError: pass\n"
    tells(
        source,
        tmp_path,
        "The main thread calls table.notify at line 5: raises RuntimeError.",
        "The main thread calls table.wait at line 5: raises RuntimeError.",
        "The main thread calls thread.join at line 5: raises RuntimeError.",
    )


def event(operation: str, thread: int = 0, changed: str = "", value: str = "", line: int = 1) -> Event:
    return Event(0, thread, operation, 0, "x", line, 0.0, (("x", changed),) if changed else (), value)


@pytest.mark.parametrize(
    ("events", "undone"),
    [
        ([event("load", 1, value="0"), event("store", 0, "1"), event("store", 1, "1")], "An update of x is lost"),
        ([event("load", 1), event("store", 0, "1"), event("store", 1, "2", line=2)], "A write to x is overwritten"),
        ([event("store", 0, "1"), event("load", 1, value="1"), event("store", 1, "2")], ""),
        ([event("store", 0, "1"), event("store", 1, "2")], ""),
        ([event("load"), event("store", 1, "True"), event("store", 0, "True")], ""),
    ],
)
def test_what_is_a_lost_update(events: list[Event], undone: str) -> None:
    narrator = Narrator(["MainThread", "a"])
    for each in events:
        narrator.say(each)
    assert narrator.undone == undone


def test_a_check_then_act_is_not_called_an_update(tmp_path: Path) -> None:
    """Who has only looked has not updated; what it overwrites is named all the same."""
    file = tmp_path / "claim.py"
    file.write_text(CLAIM)
    found = next(each for each in outcomes_of(str(file)).outcomes if each.output == "2 claims, owner b\n")
    shown = presented(recorded(CLAIM, tmp_path, found.schedule))
    assert shown["title"] == "A write to owner is overwritten: 2 claims, owner b"
    assert any(
        each.endswith("has written to owner since Thread-2 read it: that write is overwritten.")
        for each in shown["sentences"]
    )


def test_titles() -> None:
    assert title(Outcome("exception", "exception: KeyError: 'x', in a at line 3"), "", "") == "KeyError"
    assert title(Outcome("exception", "exception: E, in MainThread at line 3"), "", "") == (
        "E, in the main thread at line 3"
    )
    assert title(Outcome("step limit", "step limit: more than 9 steps"), "a\n", "") == "Cut off"
    assert title(Outcome("step limit", "step limit: an endless loop at line 7"), "a\n", "") == "Endless loop"
    assert title(Outcome("finished", "finished"), "a\n\n", "") == "Finishes: a"
    assert title(Outcome("finished", "finished"), "", "") == "Finishes"
    assert title(Outcome("finished", "finished"), "1\n", "An update of x is lost") == "An update of x is lost: 1"


@pytest.mark.parametrize("name", SMALL)
def test_picture(name: str, run: Callable[..., Any]) -> None:
    """Well-formed, the same each time, without what a Content-Security-Policy or a second one on the page minds."""
    result = run(SMALL[name], record=True, max_steps=2000)
    recording = to_json(
        filename="p.py", source="", python="3", schedule="0.", outcome=result.outcome, output=result.output,
        threads=result.threads, events=result.events, decisions=[],
    )  # fmt: skip
    shown = presented(recording)
    svg = ElementTree.fromstring(shown["picture"])
    assert shown["picture"] == presented(recording)["picture"]
    assert svg.get("role") == "img" and svg.get("aria-label")
    for element in svg.iter():
        assert not set(element.keys()) & {"id", "style", "fill", "stroke"}
        assert element.tag in {"svg", "g", "path", "text", "rect"}
    stops = [float(stop) for stop in svg.get("data-stops", "").split()]
    assert len(stops) == len(shown["sentences"]) + 1 == len(shown["recording"]["events"]) + 2
    assert stops == sorted(stops) and stops[-1] < float(svg.get("width", "0"))
    assert {event.operation for event in result.events} <= LETTERS.keys() | {"await"}


JOINED = """
from threading import Lock, Thread
lock = Lock()
def work():
    with lock:
        with lock_of_all[0]:
            print("in")
        print("out")
lock_of_all = [Lock()]
threads = [Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def waits_in(shown: dict[str, Any]) -> list[tuple[int, int, int]]:
    """(thread, first column, column after) of each hatched part of a picture."""
    lanes = [lane for lane in ElementTree.fromstring(shown["picture"]) if lane.get("class", "").startswith("t")]
    found = []
    for number, lane in enumerate(lanes):
        for part in lane:
            if part.get("class") == "waits":
                start, stop = re.fullmatch(r"M([\d.]+) [\d.]+H([\d.]+)", part.get("d", "")).groups()  # type: ignore[union-attr]
                found.append(
                    (number, round((float(start) - 2 - LEFT) / COLUMN), round((float(stop) + 2 - LEFT) / COLUMN))
                )
    return found


def test_who_waits_no_longer_is_ready(tmp_path: Path) -> None:
    """From the step at which what a thread waits for is there: in the words of the table, and in the picture."""
    shown = presented(recorded(JOINED, tmp_path, "0.10t2"))
    events = events_from_json(shown["recording"])
    names = shown["recording"]["threads"]
    said: list[list[str]] = []
    state = State()
    for each in events:
        state.apply(each)
        said.append([doing(state, number, names, short_names(names)) for number in range(len(names))])
    expected = []
    for number in range(len(names)):
        words = [each[number] for each in said]
        waits = [index for index, text in enumerate(words) if text.startswith("waits for ")]
        for index in waits:
            if index - 1 not in waits:
                stop = next(after for after in range(index, len(words) + 1) if after not in waits)
                # The event that ends the wait is another thread's: its column is the last one.
                expected.append(
                    (number, index + (events[index].thread != number), stop + (events[stop].thread != number))
                )
    assert waits_in(shown) == expected
    main = [each[0] for each in said]
    assert "waits for the end of Thread-1" in main and "ready: Thread-1 has ended" in main
    assert main.index("ready: Thread-1 has ended") == next(
        index for index, each in enumerate(events) if each.operation == "exit" and each.thread == 1
    )
    others = {text for each in said for text in each[1:]}
    assert {"waits for lock, held by Thread-1", "ready: lock is free"} <= others, others
    assert ["the main thread", "waits for the end of Thread-1"] in shown["threads"]


@pytest.mark.parametrize(
    ("pixels", "texts", "fits"),
    [
        (100, ["Lock of line 8 #2", "line 8 #2"], "Lock of line 8 #2"),
        (60, ["Lock of line 8 #2", "line 8 #2"], "line 8 #2"),
        (34, ["Lock of line 8 #2", "line 8 #2"], "li… #2"),
        (28, ["Lock of line 8 #2", "line 8 #2"], "li…#2"),
        (20, ["Lock of line 8 #2", "line 8 #2"], ""),
    ],
)
def test_a_label_that_is_cut_keeps_what_tells_it_from_another(pixels: float, texts: list[str], fits: str) -> None:
    assert fitting(pixels, *texts) == fits


@pytest.mark.parametrize(
    ("characters", "why", "label"),
    [
        (34, "waits for lock_b, held by Thread-2", "waits for lock_b, held by Thread-2"),
        (33, "waits for lock_b, held by Thread-2", "waits for lock_b"),
        (15, "waits for lock_b", ""),
        (18, "waits for all_are_taken", "waits for all…aken"),
        (17, "waits for all_are_taken", ""),
        (17, "waits in all_taken.wait, at most until 3 s", "waits in all…wait"),
        (28, "waits for the end of Thread-1", ""),
        (30, "waits for a notify of not_empty", "waits for a notify of not…mpty"),
        (15, "sleeps until 12 s", "sleeps"),
        (5, "sleeps until 12 s", ""),
    ],
)
def test_a_wait_is_labelled_with_its_verb_or_not_at_all(characters: int, why: str, label: str) -> None:
    """A name alone would be that of a lock which the thread holds, or of a thread."""
    assert wait_label(characters * CHARACTER + 1, why) == label


@pytest.mark.parametrize("name", SMALL)
def test_labels_of_waits_do_not_collide(name: str, run: Callable[..., Any]) -> None:
    """Each begins with what the thread does, ends before the next one and in the picture; in a deadlock each wait that
    has no end has one."""
    result = run(SMALL[name], record=True, max_steps=2000)
    svg = ElementTree.fromstring(picture(result.events, result.threads, result.outcome))
    stuck = []
    for lane in svg:
        if not lane.get("class", "").startswith("t"):
            continue
        labels = [(float(each.get("x", "")), each.text or "") for each in lane if each.get("class") == "why"]
        for (x, text), (end, _) in pairwise([*labels, (float(svg.get("width", "")), "")]):
            assert re.match("waits|sleeps|loops", text), text
            assert x + len(text) * CHARACTER <= end + 1, (text, labels)
        if any(each.get("class") == "stuck" for each in lane):
            waits = [each.get("d", "") for each in lane if each.get("class") in ("waits", "sleeps")]
            stuck.append(bool(labels) and waits[-1].startswith(f"M{labels[-1][0]:g} "))
    assert all(stuck)


def test_long_runs_are_condensed() -> None:
    long = [event("load", thread) for thread in (1, 2, 1) for _ in range(CONDENSED_FROM)]
    places = columns(long)
    assert places == sorted(places)
    assert places[-1] + 1 == 3 * 7
    assert columns(long[:CONDENSED_FROM]) == list(range(CONDENSED_FROM))


def test_what_stands_for_several_steps_is_in_the_legend() -> None:
    """Only where the picture has it; what is too wide for paper is marked."""
    long = [event("load", thread) for thread in (1, 2, 1) for _ in range(CONDENSED_FROM)]
    finished = Outcome("finished", "finished")
    assert legend(long, finished) == [("R", "reads"), ("\u2026 \u00d73", "several steps in one place, here three")]
    assert legend(long[:CONDENSED_FROM], finished) == [("R", "reads")]
    names = ["MainThread", "Thread-1", "Thread-2"]
    drawn = picture(long, names, finished)
    assert ">\u00d754</text>" in drawn and "\u2026" in drawn
    assert "lab-wide" not in drawn
    assert 'class="lab-picture lab-wide"' in picture(long[:CONDENSED_FROM], names, finished)


def test_a_lock_that_is_held_often_takes_no_more_room(tmp_path: Path) -> None:
    """Many times in one shared column are one bracket, so that a long run is as high as a short one."""
    source = "from threading import Lock, Thread\nlock = Lock()\ndef work():\n    for _ in range({}):\n"
    source += "        with lock: pass\nthread = Thread(target=work)\nthread.start()\nthread.join()\n"
    heights = [
        ElementTree.fromstring(presented(recorded(source.format(times), tmp_path))["picture"]).get("height")
        for times in (2, 100)
    ]
    assert heights[0] == heights[1]


# ---------------------------------------------- JavaScript folds as Python does


def state_to_json(state: State) -> dict[str, Any]:
    awaits = {str(number): awaited._asdict() for number, awaited in state.awaits.items()}
    return {
        **vars(state),
        "lines": {str(number): line for number, line in state.lines.items()},
        "awaits": awaits,
        "holders": {str(number): held._asdict() for number, held in state.holders.items()},
        "ended": sorted(state.ended),
    }


def states_of(name: str, recording: dict[str, Any]) -> dict[str, Any]:
    """A recording with its states: at each step, or at a hundred or so if there are more."""
    events, names, state = events_from_json(recording), recording["threads"], State()
    short = short_names(names)
    every = len(events) // 100 + 1
    states = []
    for step, each in enumerate([None, *events]):
        if each:
            state.apply(each)
        if step % every == 0 or step == len(events):
            words = [doing(state, number, names, short) for number in range(len(names))]
            states.append([step, json.loads(json.dumps(state_to_json(state))), words])
    return {"name": name, "recording": recording, "short": short, "states": states}


RENEWED = """
from threading import Thread, Timer
class Dog:
    timer = None
    def pat(self):
        if self.timer:
            self.timer.cancel()
        self.timer = Timer(5, print, ["bark"])
        self.timer.start()
dog = Dog()
dog.pat()
thread = Thread(target=dog.pat)
thread.start()
thread.join()
dog.timer.join()
print(dog.timer.is_alive())
"""
"""A variable that is read while it is a timer, which has a state of its own."""


def test_javascript_folds_as_python_does(node: str, tmp_path: Path) -> None:
    """Over the recordings of all snippets and of the generated programs."""
    known = []
    for snippet in EXPLORED:
        result = run_file(in_the_lab(snippet, tmp_path).file, record=True, max_steps=20_000)
        if result.recording is not None:
            known.append(states_of(snippet.name, result.recording))
    for name, source in {**SMALL, **generated(), "renewed": RENEWED}.items():
        known.append(states_of(name, recorded(source, tmp_path, "0.")))
    file = tmp_path / "states.json"
    file.write_text(json.dumps(known))
    compared = subprocess.run(
        [node, HERE / "fold.mjs", WEB / "recording.js", file], capture_output=True, text=True, timeout=120
    )
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert int(compared.stdout) == sum(len(each["states"]) for each in known) > 5000


def test_the_page_says_of_who_is_cut_off_what_the_table_has_room_for() -> None:
    assert f'const CUT_OFF = "{CUT_OFF}";' in (WEB / "player.js").read_text()
