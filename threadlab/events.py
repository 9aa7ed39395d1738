"""The words that everything else speaks: event, decision, outcome; a state is a fold over events."""

import itertools
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

UNBOUND = "(unbound)"
"""The text of a variable, or an attribute, that has no value."""


class Event(NamedTuple):
    """What one thread did at one switch point."""

    step: int
    """The number of the switch point, from 0: the one that a schedule counts."""
    thread: int
    """The thread's number, from 0 (the main thread), in the order in which threads are started."""
    operation: str
    """load, store, delete, read, call, operate, iterate, print, acquire, release, await, begin, exit, start, …"""
    object: int
    """The object's number in this run, in the order of first access; 0 for a global variable or none. Of a function's
    variable that of the function: each of its calls has such a variable."""
    name: str
    """Of the variable, attribute, method or object, as the program's reader knows it."""
    line: int
    """Line of the program, from 1; 0 where none of its lines is being executed."""
    time: float
    """Seconds on the program's clock since the run began."""
    changed: tuple[tuple[str, str], ...] = ()
    """(name, value as text) of what is different after it."""
    value: str = ""
    """load, read: what was read, as text. await: the time on the program's clock at which the thread gives up, in
    seconds. call: the name of the exception that it raises. operate: the operator. iterate: "start" before the first
    item is asked for, "end" where there is none. notify: the threads that it wakes. gave up: "time" where the time to
    wait is up. put, get: the item."""
    within: str = ""
    """The call of the standard library in which it happens, as the program's reader knows it: `queue.put`."""
    before: tuple[tuple[str, str], ...] = ()
    """(name, value as text) of what it changes, as it was before: of each, told once in a run."""
    result: str = ""
    """Of a call: what it returns, as text; of this or an assignment, "raises" and an exception's name; of task_done,
    "leaves" how many items unfinished."""
    ready: tuple[int, ...] | None = None
    """The numbers of the threads that wait for what is there after it; None where these are those of the event before.
    """


class Decision(NamedTuple):
    """Who could run at a switch point, and who was chosen (thread numbers)."""

    step: int
    enabled: tuple[int, ...]
    chosen: int


class Wait(NamedTuple):
    """A thread that cannot go on: what it awaits, at which line, who holds that (0: nobody)."""

    thread: str
    awaits: str
    line: int
    holder: str = ""


class Outcome(NamedTuple):
    """How a run ended. `ending` starts with finished, exception, deadlock or step limit."""

    kind: str
    ending: str
    waits: tuple[Wait, ...] = ()
    """For a deadlock: its cycle if there is one, else every thread that waits."""


FINISHED, EXCEPTION, DEADLOCK, STEP_LIMIT = "finished", "exception", "deadlock", "step limit"
RUNNING = "running"
"""The kind of what is shown of a run that is not over."""
EXIT_STATUS = {FINISHED: 0, EXCEPTION: 1, DEADLOCK: 3, STEP_LIMIT: 4}
"""The command line's exit status for each kind of outcome; 2 is bad usage."""


class Awaited(NamedTuple):
    """What a thread waits for: its name, the object's number (0 for none), and until when (seconds as text)."""

    name: str
    object: int
    until: str
    held: bool
    """Whether another thread held it when this one began to wait: then it is a lock."""
    within: str
    """The call of the standard library in which it waits; "" for none."""


class Held(NamedTuple):
    """A lock that is held: its name and the number of the thread that acquired it."""

    name: str
    thread: int


class State:
    """What a reader sees at one step."""

    def __init__(self) -> None:
        self.time = 0.0
        self.thread: int | None = None
        """The thread of the last event; None at the start."""
        self.started = 1
        """How many threads there are so far; they are numbered from 0, the main thread."""
        self.lines: dict[int, int] = {}
        """Thread number to the line of its last event; 0 for none. Who has not begun is not in it."""
        self.awaits: dict[int, Awaited] = {}
        """Thread number to what it waits for."""
        self.ready: tuple[int, ...] = ()
        """Which of them could go on: what they wait for is there."""
        self.holders: dict[int, Held] = {}
        """A lock's object number to who holds it."""
        self.values: dict[str, str] = {}
        """Shared values by name, as text."""
        self.ended: set[int] = set()
        self.output = ""

    def apply(self, event: Event) -> None:
        """Goes one event on."""
        self.time, self.thread = event.time, event.thread
        if event.ready is not None:
            self.ready = event.ready
        self.lines[event.thread] = event.line
        self.awaits.pop(event.thread, None)
        if event.operation == "await":
            holder = self.holders.get(event.object)
            held = holder is not None and holder.thread != event.thread
            self.awaits[event.thread] = Awaited(event.name, event.object, event.value, held, event.within)
        elif event.operation == "acquire":
            self.holders[event.object] = Held(event.name, event.thread)
        elif event.operation == "release":
            self.holders.pop(event.object, None)
        elif event.operation == "start":
            self.started += 1
        elif event.operation == "exit":
            self.ended.add(event.thread)
        elif event.operation in ("load", "read") and event.value and not event.name.endswith("]"):
            self.values[event.name] = event.value  # of an item, the container's own row tells
        for name, value in event.changed:
            if event.operation == "print":
                self.output += value
            else:
                self.values[name] = value

    def holder(self, thread: int) -> int | None:
        """Who holds the lock that the thread waits for; None for nobody, or if it waits for no lock."""
        held = self.holders.get(self.awaits[thread].object) if thread in self.awaits else None
        return held.thread if held else None


def fold(events: Iterable[Event], steps: int | None = None) -> State:
    """The state after the first `steps` events (all of them for None)."""
    state = State()
    for index, event in enumerate(events):
        if steps is not None and index >= steps:
            break
        state.apply(event)
    return state


SCALARS = (int, float, complex, bool, str, bytes, type(None))
SHOWN = frozenset((list, tuple, set, frozenset, dict, deque, defaultdict, Counter, OrderedDict))
"""Types of containers whose contents are shown: to look into these runs no code of the program."""
_LONGEST = 80
_MOST_SORTED = 1000


def safe_text(value: object, depth: int = 2) -> str:
    """`value` as text without running any of the program's code: at most 80 characters, containers to depth 2."""
    kind = type(value)
    if kind is str or kind is bytes:
        assert isinstance(value, str | bytes)
        text = repr(value[:_LONGEST])
    elif kind is int:
        assert isinstance(value, int)
        text = repr(value) if value.bit_length() < 256 else f"<int of {value.bit_length()} bits>"
    elif kind in SCALARS:
        text = repr(value)
    elif kind in SHOWN and depth:
        text = _container_text(value, depth)
    else:
        text = f"<{kind.__name__}>"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _by_length(text: str) -> tuple[int, str]:
    """So that numbers come in their order."""
    return len(text), text


def _container_text(value: object, depth: int) -> str:
    if isinstance(value, dict):
        pairs = list(value.items())[:10]
        parts = [f"{safe_text(k, depth - 1)}: {safe_text(v, depth - 1)}" for k, v in pairs]
        return "{" + ", ".join(parts + ["…"] * (len(value) > 10)) + "}"
    assert isinstance(value, list | tuple | set | frozenset | deque)
    if isinstance(value, set | frozenset):  # its order is that of hashes, which need not be the same elsewhere
        found = (
            sorted((safe_text(v, depth - 1) for v in value), key=_by_length) if len(value) <= _MOST_SORTED else ["…"]
        )
    else:
        found = [safe_text(v, depth - 1) for v in itertools.islice(value, 11)]
    parts = found[:10] + ["…"] * (len(found) > 10)
    if isinstance(value, list | deque):
        return f"[{', '.join(parts)}]"
    if isinstance(value, tuple):
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    return "{" + ", ".join(parts) + "}" if parts else f"{type(value).__name__}()"
