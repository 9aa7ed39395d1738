"""What happened in a run: its objects by number, its events, and what each has changed."""

import sys
import weakref
from collections.abc import Callable
from typing import Any

from threadlab.events import Event, safe_text
from threadlab.library import is_primitive, part_of, state_of
from threadlab.naming import Naming
from threadlab.threads import Access, LabThread


def _counts(kept: dict[int, object]) -> list[int]:
    """How many references there are to each."""
    return list(map(sys.getrefcount, kept.values()))


_ALONE = _counts({0: object()})[0]
"""Of what is referred to by such a dictionary only."""


class Recorder(Naming):
    """The record of one run; without one, only the objects' numbers."""

    current: LabThread
    points: int
    now: float
    ended: bool

    def __init__(self, record: bool) -> None:
        super().__init__(record)
        self.events: list[Event] | None = [] if record else None
        self.output: list[str] = []
        self._numbers: dict[int, int] = {}
        self.kept: dict[int, object] = {}
        """By address, what has a number and cannot be referred to weakly, until nothing else refers to it."""
        self._references: dict[int, weakref.ref[Any]] = {}
        """By address, the rest of what has a number."""
        self._told: dict[int, str] = {}
        """The state of each object of the library, by its number, as the events so far tell it."""
        self._ready: tuple[int, ...] = ()
        self._last_number = 0
        self._values: set[str] = set()
        """The names of the values that an event has told of."""
        self._change: Callable[[], None] | None = None
        """Tells what the last event has left changed."""

    def forget_objects(self) -> None:
        """The run is over."""
        self.kept.clear()
        self._references.clear()
        self._numbers.clear()

    def number(self, thing: object) -> int:
        """The object's number in this run, in the order of first access."""
        number = self._numbers.get(id(thing))
        if number is None:
            self._last_number += 1
            number = self._numbers[id(thing)] = self._last_number
            try:
                self._references[id(thing)] = weakref.ref(thing, self._forgetting(id(thing)))
            except TypeError:
                self.kept[id(thing)] = thing
        return number

    def peek(self, thread: LabThread) -> list[tuple[Access, Any]]:
        """What the thread does next, each with the object that its key numbers; no object gets a number by this."""
        if thread.accesses is None:
            return []
        last, known = self._last_number, set(self._numbers)
        accesses = thread.accesses()
        numbered = {number: address for address, number in self._numbers.items()}
        found = []
        for access in accesses:
            address = numbered.get(access[0][0], 0)  # type: ignore[call-overload]
            reference = self._references.get(address)
            found.append((access, self.kept.get(address) if reference is None else reference()))
        for address in set(self._numbers) - known:
            del self._numbers[address]
            self._references.pop(address, None)
            self.kept.pop(address, None)
        self._last_number = last
        return found

    def _forgetting(self, address: int) -> Callable[[object], None]:
        """Called when the object there is gone: another one may get its address."""

        def forget(_: object) -> None:
            self._numbers.pop(address, None)
            self._references.pop(address, None)

        return forget

    def release(self) -> None:
        """Lets go of what only the lab still refers to. It would be gone by now, and its number with it.

        Called before anything that shows: where an object's end runs code of the program, that code comes as early as
        it does in a run that numbers nothing.
        """
        kept = self.kept
        while _ALONE in map(sys.getrefcount, kept.values()) and not self.ended:
            address = next(address for address, count in zip(kept, _counts(kept), strict=True) if count == _ALONE)
            self.flush()  # the last change may be its own
            self._numbers.pop(address, None)
            del kept[address]

    def reference(self, thing: object) -> Callable[[], Any]:
        """What gives `thing`, which gets a number, as long as it lives. Raises ReferenceError later on."""
        self.number(thing)
        address = id(thing)

        def find() -> object:
            reference = self._references.get(address)
            found = self.kept.get(address) if reference is None else reference()
            if found is None:
                raise ReferenceError
            return found

        return find

    def emit(self, operation: str, thing: object, name: str, line: int | None = None, value: str = "") -> None:
        """Records an event of the current thread; without a line, it is the library's or a primitive's."""
        if self.events is None or self.ended:
            return
        self.flush()
        within = ""
        if line is None:
            frame = sys._getframe(1)
            line, within = self.line(frame), self.within(self._frames(frame))
        step, number = max(self.points - 1, 0), self._told_number(thing)
        ready = self._newly_ready()
        self.events.append(
            Event(step, self.current.number, operation, number, name, line, self.now, (), value, within, ready=ready)
        )

    def _newly_ready(self) -> tuple[int, ...] | None:
        """Threads other than the current one that wait for what is there; None if they are those of the last call."""
        ready = tuple(
            thread.number
            for thread in self.alive
            if thread.guard is not None and thread is not self.current and (thread.guard() or self._is_over(thread))
        )
        if ready == self._ready:
            return None
        self._ready = ready
        return ready

    def _is_over(self, thread: LabThread) -> bool:
        """Whether the time is up for which the thread waits at most."""
        return thread.deadline is not None and thread.deadline <= self.now

    def _told_number(self, thing: object) -> int:
        """The number of an object in an event; 0 also for what a condition makes for each thread that waits."""
        if (
            thing is None
            or isinstance(thing, str | LabThread)
            or (is_primitive(thing) and getattr(thing, "waiter", False))
        ):
            return 0
        return self.number(thing)

    def tell_waits(self) -> None:
        """Nothing can run any more: records that a thread waits for what it could have had when it came there."""
        for thread in self.alive:
            if self.events and thread.awaits is not None and not self._awaits(thread):
                self.flush()
                within = self.within(self._frames_of(thread))
                where = self._told_number(thread.awaits), self.awaited(thread), self._line_of(thread), self.now
                self.events.append(Event(max(self.points - 1, 0), thread.number, "await", *where, within=within))

    def _awaits(self, thread: LabThread) -> bool:
        """Whether the last event of the thread says that it waits."""
        assert self.events is not None
        last = next((event for event in reversed(self.events) if event.thread == thread.number), None)
        return last is not None and last.operation == "await"

    def add_value(self, text: str) -> None:
        """Says what the access just recorded has read."""
        if self.events:
            self.events[-1] = self.events[-1]._replace(value=text)

    def changed(self, name: str, text: str) -> None:
        """The event just recorded has changed `name` to this."""
        if self.events:
            self.events[-1] = self.events[-1]._replace(changed=((name, text),))

    def tell_result(self, owner: object, method: str, text: str) -> None:
        """Records what has come of a call of a method of one of the library's objects."""
        self.emit("result", None, self.call_of(owner, method))
        if self.events and not self.ended:
            self.events[-1] = self.events[-1]._replace(result=text)

    def tell_state(self, thing: object) -> None:
        """Adds to the event just recorded the state of the library's object that `thing` is part of, if it is new."""
        self.tell(part_of(thing))

    def tell(self, whole: object) -> None:
        """The same of an object of the library."""
        if self.events and whole is not None and (state := state_of(whole)):
            number = self.number(whole)
            if self._told.get(number) != state:
                self._told[number] = state
                self.changed(self.name_of(whole), state)

    def tell_entered(self, thing: object) -> None:
        """The event just recorded is that `thing` is acquired, a part of one of the library's objects.

        Tells the state that this has then, if none was told so far. After a wait, tells that at the end of the thread's
        step: a condition's waiter is one until it has the lock again.
        """
        whole = part_of(thing)
        if not self.events or whole is None or not (state := state_of(whole)):
            return
        number = self.number(whole)
        if number not in self._told:
            self._told[number] = state
            self.events[-1] = self.events[-1]._replace(before=((self.name_of(whole), state),))
        elif self.events[-1].within.endswith((".wait", ".wait_for")):
            find = self.reference(whole)
            self._change = lambda: self.tell(find())

    def changes(self, name: str, value: Callable[[], object], there: bool = False) -> None:
        """The event just recorded changes `name`; what to is looked up when the thread's step is over.

        `there`: until then, `value` gives what it is before.
        """
        if self.events is None:
            return
        if there and name not in self._values:
            self._values.add(name)
            text = self._text(value)
            self.events[-1] = self.events[-1]._replace(before=((name, text),) if text else ())

        def change() -> None:
            if text := self._text(value):
                self.changed(name, text)

        self._change = change

    def _text(self, value: Callable[[], object]) -> str:
        """What `value` gives, as text; "" if the object that it is of is gone."""
        try:
            return safe_text(value())
        except ReferenceError:
            return ""
        except (AttributeError, LookupError):
            return "(unbound)"

    def flush(self) -> None:
        """Looks up what the last event has left changed."""
        change, self._change = self._change, None
        if change is not None:
            change()

    def write(self, text: str) -> None:
        """The program prints."""
        self.output.append(text)
