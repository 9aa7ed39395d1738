"""Which events of a run a reader is told of, and as what.

`with stalls:` on a semaphore acquires and releases the lock inside it. To a reader that is one step, unless another
thread comes between: then each is told as it happened. That a thread asks for the next item of what no other thread
uses is no step of a run of threads, nor is what a thread does with an object that has no name and no other user.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from threadlab.events import Event
from threadlab.labels import is_unnamed
from threadlab.library import LOCK_OF

_PUTS = frozenset(("put", "get", "start", "notify", "join", "await", "gave up"))
"""Operations that say what a call of the library does while it holds a lock of its own."""


def retold(events: list[Event]) -> list[Event]:
    """The same run with each use of a lock inside the library's objects as one event, or as what happens meanwhile.

    Its operation is `call` of the library's function, `resume` after a wait in it, or, where no line of the program
    calls it, `change` of what it leaves changed; where it changes nothing, there is none. What a call gives is told
    with its last event, or by `return`.
    """
    telling = _Telling(_used_by_one(events))
    index = 0
    while index < len(events):
        end = _end(events, index)
        telling.add(events[index:end])
        index = end
    return telling.told


def _is_inner(event: Event) -> bool:
    """Whether the event is of a lock inside one of the library's objects, in the library's code."""
    own = event.within or not event.line
    return bool(own) and event.operation in ("acquire", "release") and event.name.startswith(LOCK_OF)


@dataclass
class _Thread:
    """What is known of one thread so far."""

    latest: Event | None = None
    """Its last event, told or not."""
    told: Event | None = None
    """Its last event that was told."""
    call: str = ""
    """The call of the library that it is told to be in."""
    holds: set[int] = field(default_factory=set)
    """The inner locks that it is told to hold."""


class _Telling:
    def __init__(self, alone: set[int]) -> None:
        self.told: list[Event] = []
        self._alone = alone
        self._threads: defaultdict[int, _Thread] = defaultdict(_Thread)
        """By number."""
        self._running = {0}
        """The threads that have been started, and have not ended."""
        self._started = 0
        self._ready: tuple[int, ...] = ()
        """Who is ready, as the events say."""
        self._told_ready: tuple[int, ...] | None = ()
        """As those say that are told; None: not known."""
        self._goes_on: set[int] = set()
        """The threads that have waited, and that nothing is told of since they went on."""

    def add(self, used: list[Event]) -> None:
        """Tells of an event, or of one use of an inner lock."""
        first = used[0]
        thread = self._threads[first.thread]
        last = self.told[-1] if self.told and self.told[-1].thread == first.thread else None
        if first.operation == "result":
            new = self._result(first, last, thread)
        elif _is_over(first) and not self._running - {first.thread}:
            new = []
        elif first.operation == "await" and last is not None and _is_call(last) and last.name == first.within:
            self.told.pop()  # that it waits says that it has called
            new = [first._replace(changed=last.changed, before=last.before)]
            self._told_ready = None  # what was told of it is gone
        elif first.object in self._alone and (first.operation == "iterate" or _is_private(first)):
            new = []
        elif len(used) == 1:
            new = used
            if _is_inner(first):
                (thread.holds.add if first.operation == "acquire" else thread.holds.discard)(first.object)
        else:
            new = self._use(used, thread)
        thread.latest = used[-1]
        self._follow(used)
        for event in new:
            if event.within or _is_call(event):
                thread.call = event.within or event.name
            thread.told = event
        self._ready = next((each.ready for each in reversed(used) if each.ready is not None), self._ready)
        if not new and thread.told is not None and thread.told.operation == "await" != used[-1].operation:
            self._goes_on.add(first.thread)
        self._goes_on.update(filter(self._is_notified, self._ready))
        if new:
            self._goes_on.discard(first.thread)
            now = tuple(sorted({*self._ready, *self._goes_on}))
            first_told = new[0]._replace(ready=None if now == self._told_ready else now)
            self._told_ready = now
            new = [first_told, *(each._replace(ready=None) for each in new[1:])]
        self.told += new

    def _is_notified(self, number: int) -> bool:
        """Whether a thread that is ready stays so, whatever others do."""
        told = self._threads[number].told
        return told is not None and told.operation == "await" and told.name.startswith("a notify of ")

    def _follow(self, used: list[Event]) -> None:
        for event in used:
            if event.operation == "start":
                self._started += 1
                self._running.add(self._started)
            elif event.operation == "exit":
                self._running.discard(event.thread)

    def _result(self, over: Event, last: Event | None, thread: _Thread) -> list[Event]:
        """What is told of the end of a call of the library; `last` is what was told last, if it is of this thread."""
        is_told, thread.call = thread.call == over.name, ""
        if last is not None and over.name in (last.name, last.within) and last.operation != "await":
            operation = "return" if last.operation == "resume" else last.operation
            changed, before = last.changed + over.changed, last.before + over.before
            self.told[-1] = last._replace(operation=operation, result=over.result, changed=changed, before=before)
            return []
        waited = thread.told is not None and thread.told.operation == "await"
        if not (over.result or over.changed or waited):
            return []
        return [over._replace(operation="return", within="") if is_told else over]

    def _use(self, used: list[Event], thread: _Thread) -> list[Event]:
        """What is told of one use of an inner lock, in which no other thread has done anything."""
        first, last = used[0], used[-1]
        meanwhile = [event for event in used if not _is_inner(event)]
        inner = [event for event in used if _is_inner(event)]
        changed = tuple({name: value for event in inner for name, value in event.changed}.items())
        was = tuple(pair for event in inner for pair in event.before)
        if meanwhile and all(each.operation in _PUTS for each in meanwhile):
            told = [_change(event) if _is_inner(event) else event for event in used if _is_step(event, first.object)]
            changed = tuple(pair for event in inner if event.object == first.object for pair in event.changed)
            end = told[-1]
            return [*told[:-1], end._replace(changed=end.changed + changed, before=was + end.before)]
        start = _start(first, thread)
        if start is not None and changed and (start.operation, start.name.rpartition(".")[2]) == ("resume", "acquire"):
            start = start._replace(operation="return")  # a semaphore's count is less only once it is through
        if start is not None and not meanwhile:
            return [start._replace(changed=changed, before=was)]
        begin = [start._replace(before=was)] if start is not None else []
        if not changed:
            return [*begin, *meanwhile]
        return [*begin, *meanwhile, _change(last._replace(changed=changed, within=""))]


def _start(first: Event, thread: _Thread) -> Event | None:
    """The call of the library that begins, or goes on, with acquiring an inner lock; None if that is no news."""
    if not first.within or thread.holds:
        return None
    before = thread.latest
    operation = "call"
    if before is not None and before.within == first.within:
        operation = {"await": "resume", "gave up": ""}.get(before.operation, "call")
    if not operation or (operation == "call" and "." not in first.within):  # a function, which acquires many
        return None
    return first._replace(operation=operation, object=0, name=first.within, within="")


def _change(event: Event) -> Event:
    """What is told of an event that matters only for what it leaves changed."""
    return event._replace(operation="change", object=0, name=event.changed[0][0])


def _is_step(event: Event, lock: int) -> bool:
    """Whether it is told of in a call that holds this lock meanwhile: of what is inside, what it leaves changed."""
    return not _is_inner(event) or (event.object != lock and bool(event.changed))


def _is_private(event: Event) -> bool:
    """Whether a thread does something with an object that no variable leads to, and that is no part of another one."""
    parts = any("." in name for name, _ in event.changed)
    return event.operation in ("read", "operate", "call") and is_unnamed(event.name) and not parts


def _is_call(event: Event) -> bool:
    return event.operation in ("call", "resume") and not event.result


def _is_over(event: Event) -> bool:
    """Whether it is of the end of the interpreter: no line of the program is executed."""
    return event.thread == 0 and not event.line and event.operation in ("put", "join")


def _used_by_one(events: list[Event]) -> set[int]:
    """The numbers of the objects that only one thread uses."""
    users: dict[int, set[int]] = {}
    for event in events:
        users.setdefault(event.object, set()).add(event.thread)
    return {number for number, threads in users.items() if number and len(threads) == 1}


def _end(events: list[Event], start: int) -> int:
    """Where the use of the lock that is acquired at `start`, and of those that are acquired meanwhile, ends without a
    step of another thread; else start + 1."""
    held: set[int] = set()
    for index in range(start, len(events)):
        event = events[index]
        if event.thread != events[start].thread:
            break
        if _is_inner(event):
            (held.add if event.operation == "acquire" else held.discard)(event.object)
        if not held:
            return index + 1
    return start + 1
