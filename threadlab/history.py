"""What an exploration remembers of what has happened: which events depend on which, and which do not commute.

Two events of different threads *conflict* if both touch one thing and one of them writes it. An event is named by its
past, so it has the same number in all executions of an exploration.
"""

import itertools
from collections import defaultdict
from typing import Any

from threadlab.threads import CLOCK, END, Access, Key, LabThread

Clock = dict[int, int]
"""What LabThread.clock is."""

_NONE: Any = {}
"""An empty dictionary that nobody changes."""


class _Shared:
    """What has happened in a run to what a key names. Most are touched once, so it starts with next to nothing."""

    __slots__ = ("before_write", "reads", "touches", "writer", "written")

    def __init__(self) -> None:
        self.written = self.writer = 0
        """The last write, and its thread."""
        self.before_write: Clock = _NONE
        """What happened before that write, itself included; empty if there is none."""
        self.reads: dict[int, tuple[int, Clock]] = _NONE
        """By thread, the last of its reads since then, and what happened before that, itself included."""
        self.touches: dict[tuple[int, bool, frozenset[Key]], list[tuple[int, int]]] = {}
        """The events that are not overtakable, by thread, write, and what it held.

        Each with its place among the thread's own.
        """


class _Tear:
    """Accesses that a thread has made as one, although others could come between them."""

    __slots__ = ("least", "number", "place", "what")

    def __init__(self, number: int, place: int, what: str, least: int) -> None:
        self.number = number
        self.place = place
        self.what = what
        self.least = least
        """How many of the others' conflicting accesses it still takes to show that."""


_STARTS: Key = ("starts",)
"""Threads are numbered in the order in which they start."""
_FOR_ALL = (CLOCK, END)
"""Time that passes changes who can run, and the end cuts off what others do."""


class HappensBefore:
    """Numbers events so that two events have the same number if, and only if, they have the same past."""

    def __init__(self) -> None:
        self._known: defaultdict[tuple[object, ...], int] = defaultdict(itertools.count(1).__next__)
        """The numbers of events, by their pasts."""
        self._shared: defaultdict[Key, _Shared] = defaultdict(_Shared)
        self._torn: dict[Key, dict[tuple[int, bool, int], _Tear]] = {}
        """By key, thread and whether it is written: the last tear, or each one that takes more than one access."""
        self.events: list[int] = []
        """What has happened in this run, but for arrivals."""
        self.overtakable: set[int] = set()
        """The events that another thread's conflicting event could have come before, as seen in any run.

        It could not where it needs what the event's thread holds, or where the event has happened before it anyway.
        """
        self.overtaken: list[int] = []
        """Those that are new among them."""
        self.commutes = True
        """Whether steps that do not conflict commute."""
        self.blind = ""
        """What has happened without being seen, in any run; "" for nothing."""

    def restart(self) -> None:
        """A new run; what is known stays."""
        self._shared.clear()
        self._torn = {}
        self.events = []

    def begin(self, thread: LabThread, parent: LabThread | None) -> None:
        thread.past = self._known["begin", thread.number, parent.past if parent else 0]
        thread.clock = {**(parent.clock if parent else {}), thread.number: 0}
        if parent:
            parent.clock[parent.number] += 1
            self.events.append(parent.past)
            self._meet(parent, _STARTS, self._shared[_STARTS], True, False, parent.past)

    def arrive(self, thread: LabThread) -> None:
        """The thread comes to a switch point: its position is part of the state."""
        thread.past = self._known[(thread.past,)]

    def touch(self, thread: LabThread, key: Key, write: bool, waited: bool) -> None:
        if self._torn:
            self._split(thread, key, write)
        shared, clock, own = self._shared[key], thread.clock, thread.number
        thread.past = past = self._known[_access(thread.past, shared, write)]
        clock[own] += 1
        self._meet(thread, key, shared, write, waited, past)
        if shared.written:
            _follow(clock, shared.writer, shared.before_write)
        if write:
            for reader, (_, before) in shared.reads.items():
                _follow(clock, reader, before)
            shared.written, shared.writer, shared.before_write, shared.reads = past, own, clock.copy(), _NONE
        elif shared.reads:
            shared.reads[own] = past, clock.copy()
        else:
            shared.reads = {own: (past, clock.copy())}
        self.events.append(past)

    def tear(self, thread: LabThread, accesses: list[Access], what: str, least: int) -> None:
        """The thread has made these accesses as one, but others could come between them: then `what` is not seen."""
        number = thread.number
        tear = _Tear(number, thread.clock[number], what, least)
        for key, write in accesses:
            self._torn.setdefault(key, {})[number, write, tear.place if least > 1 else 0] = tear

    def _split(self, thread: LabThread, key: Key, write: bool) -> None:
        """Says so if the thread's access could come into the middle of what another one has made as one."""
        for (number, wrote, _), tear in self._torn.get(key, {}).items():
            if number != thread.number and (write or wrote) and tear.place > thread.clock.get(number, 0):
                tear.least -= 1
                if tear.least <= 0:
                    self.blind = tear.what

    def next_past(self, past: int, accesses: list[Access]) -> int | None:
        """The past with which a thread comes to its next switch point by these accesses; None if that is not known.

        What a thread does next follows from its past. So once any thread with that past has come to a switch point
        right after these accesses, each one does.
        """
        last: int | None = past
        own: dict[Key, int] = {}
        for key, write in accesses:
            if last is None:
                return None
            last = self._known.get((last, own[key], ()) if key in own else _access(last, self._shared[key], write))
            if write and last is not None:
                own[key] = last
        return self._known.get((last,))

    # ------------------------------------------------ what does not commute

    def _meet(self, thread: LabThread, key: Key, shared: _Shared, write: bool, waited: bool, event: int | None) -> None:
        """Finds the events of other threads that this one, or one that a thread cannot come to, conflicts with."""
        own, clock, holds = thread.number, thread.clock, thread.holds
        for (number, wrote, held), events in shared.touches.items():
            if number == own or not (write or wrote) or (waited and key in held):
                continue
            before = clock.get(number, 0)
            if events and events[-1][1] > before and held.isdisjoint(holds):
                self._overtake([found for found, place in events if place > before])
                events[:] = [each for each in events if each[1] <= before]
        if event is not None and event not in self.overtakable:
            if key in _FOR_ALL:
                self._overtake([event])
            else:
                shared.touches.setdefault((own, write, holds), []).append((event, clock[own]))

    def _overtake(self, events: list[int]) -> None:
        self.overtakable.update(events)
        self.overtaken += events

    def waits(self, thread: LabThread, accesses: list[Access]) -> None:
        """The thread cannot go on to these accesses: what another one has done is in its way."""
        for key, write in accesses:
            self._meet(thread, key, self._shared[key], write, False, None)


def _access(past: int, shared: _Shared, write: bool) -> tuple[object, ...]:
    if not write:
        return past, shared.written
    return past, shared.written, tuple(sorted([read for read, _ in shared.reads.values()])) if shared.reads else ()


def _follow(clock: Clock, thread: int, before: Clock) -> None:
    """Adds to `clock` an event of this thread, and what happened before it, unless it has come before already."""
    if before[thread] > clock.get(thread, 0):
        for each, count in before.items():
            if count > clock.get(each, 0):
                clock[each] = count
