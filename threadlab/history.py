"""What an exploration remembers of what has happened: which events depend on which, and which do not commute.

Two events of different threads *conflict* if both touch one thing and one of them writes it. An event is named by its
past, so it has the same number in all executions of an exploration.
"""

import itertools

from threadlab.scheduler import CLOCK, END, Access, Key, LabThread

_NOTHING: tuple[int, dict[int, int]] = (0, {})
"""Of a key that nobody has touched: the last write, and the reads since by thread."""

_STARTS: Key = ("starts",)
"""Threads are numbered in the order in which they start."""


class HappensBefore:
    """Numbers events so that two events have the same number if, and only if, they have the same past."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}
        self._last: dict[Key, tuple[int, dict[int, int]]] = {}
        self._touches: dict[Key, dict[tuple[int, bool, frozenset[Key]], list[int]]] = {}
        """The events so far that touch a key and that are not overtakable, by thread, write, and what it held."""
        self._torn: dict[Key, dict[tuple[int, bool], tuple[int, str]]] = {}
        """By key, thread and whether it is written: the last access of several steps, and what it is."""
        self._pasts: list[tuple[object, ...]] = []
        """What is known, by number, as far as somebody has asked."""
        self.events: list[int] = []
        """What has happened in this run, but for arrivals."""
        self.overtakable: set[int] = set()
        """The events that another thread's conflicting event could have come before, as seen in any run.

        It could not where it needs what the event's thread holds.
        """
        self.overtaken: list[int] = []
        """Those that are new among them."""
        self.commutes = True
        """Whether steps that do not conflict commute."""
        self.blind = ""
        """What has happened without being seen, in any run; "" for nothing."""

    def restart(self) -> None:
        """A new run; what is known stays."""
        self._last = {}
        self._touches = {}
        self._torn = {}
        self.events = []

    def _intern(self, past: tuple[object, ...]) -> int:
        known = self._known
        number = known.get(past)
        if number is None:
            number = known[past] = len(known) + 1
        return number

    def begin(self, thread: LabThread, parent: LabThread | None) -> None:
        thread.past = self._intern(("begin", thread.number, parent.past if parent else 0))
        if parent:
            self.events.append(parent.past)
            self._meet(parent, _STARTS, True, False, parent.past)

    def arrive(self, thread: LabThread) -> None:
        """The thread comes to a switch point: its position is part of the state."""
        thread.past = self._intern((thread.past,))

    def touch(self, thread: LabThread, key: Key, write: bool, waited: bool) -> None:
        if self._torn:
            self._split(thread, key, write)
        thread.past = past = self._intern(self._access(thread.past, key, write))
        if write:
            self._last[key] = (past, {})
        else:
            written, reads = self._last.get(key, _NOTHING)
            self._last[key] = (written, {**reads, thread.number: past})
        self.events.append(past)
        self._meet(thread, key, write, waited, past)

    def _access(self, past: int, key: Key, write: bool) -> tuple[object, ...]:
        written, reads = self._last.get(key, _NOTHING)
        return (past, written, tuple(sorted(reads.values()))) if write else (past, written)

    def tear(self, thread: LabThread, accesses: list[Access], what: str) -> None:
        """The thread has made these accesses as one, but others could come between them: then `what` is not seen."""
        for key, write in accesses:
            self._torn.setdefault(key, {})[thread.number, write] = (thread.past, what)

    def _split(self, thread: LabThread, key: Key, write: bool) -> None:
        """Says so if the thread's access could come into the middle of what another one has made as one."""
        for (number, wrote), (event, what) in self._torn.get(key, {}).items():
            if number != thread.number and (write or wrote) and not self._precedes(event, thread.past):
                self.blind = what

    def _precedes(self, event: int, past: int) -> bool:
        """Whether the event is part of that past. What depends on an event has a greater number."""
        self._pasts.extend(itertools.islice(self._known, len(self._pasts), None))
        todo, done = [past], set()
        while todo:
            number = todo.pop()
            if number == event:
                return True
            if number > event and number not in done:
                done.add(number)
                before = self._pasts[number - 1]
                parts = before[2:] if before[0] == "begin" else before
                for part in parts:
                    todo += part if isinstance(part, tuple) else (part,)
        return False

    def next_past(self, thread: LabThread) -> int | None:
        """The past with which a thread that can run would come to its next switch point; None if that is not known.

        What a thread does next follows from its past. So once any thread with that past has come to a switch point
        right after these accesses, each one does.
        """
        past: int | None = thread.past
        for key, write in thread.accesses() if thread.accesses else ():
            if past is not None:
                past = self._known.get(self._access(past, key, write))
        return self._known.get((past,))

    # ------------------------------------------------ what does not commute

    def _meet(self, thread: LabThread, key: Key, write: bool, waited: bool, event: int | None) -> None:
        """Finds the events of other threads that this one, or one that a thread cannot come to, conflicts with."""
        touches = self._touches.setdefault(key, {})
        needs = thread.holds | {key} if waited else thread.holds
        for touch in list(touches):
            number, wrote, held = touch
            if number != thread.number and (write or wrote) and held.isdisjoint(needs):
                self._overtake(touches.pop(touch))
        if event is not None and event not in self.overtakable:
            if key in (CLOCK, END):  # time that passes changes who can run, and the end cuts off what others do
                self._overtake([event])
            else:
                touches.setdefault((thread.number, write, thread.holds), []).append(event)

    def _overtake(self, events: list[int]) -> None:
        self.overtakable.update(events)
        self.overtaken += events

    def waits(self, thread: LabThread, accesses: list[Access]) -> None:
        """The thread cannot go on to these accesses: what another one has done is in its way."""
        for key, write in accesses:
            self._meet(thread, key, write, False, None)
