"""What happened in a run: its objects by number, its events, and what each has changed."""

import sys
import weakref
from collections.abc import Callable
from typing import Any

from threadlab.events import UNBOUND, Event, safe_text
from threadlab.library import (
    CANCELLED,
    FINISHED,
    LOCK_OF,
    first_state,
    is_of_library,
    is_primitive,
    is_timer,
    part_of,
    state_of,
)
from threadlab.naming import Naming
from threadlab.threads import Access, LabThread

_MOST_FOUND = 100
"""Of how many containers it is looked up whether they have changed with another one."""


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
        self._found: dict[str, Callable[[], object]] = {}
        """By name, what gives a value that an event has changed."""
        self._texts: dict[str, str] = {}
        """By name, the value as it was told last."""
        self._change: Callable[[], None] | None = None
        """Tells what the last event has left changed."""
        self._taken: object = None
        """The lock that the last event has acquired, if others may stand before it."""
        self._attempt: tuple[Callable[[], object], str] | None = None
        """If the last event is an assignment that may raise: what gives the value, and its text before."""

    def forget_objects(self) -> None:
        """The run is over."""
        self.kept.clear()
        self._references.clear()
        self._numbers.clear()
        self._found.clear()

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
            self.moved.discard(address)

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
            self.moved.discard(address)
            del kept[address]

    def reference(self, thing: object) -> Callable[[], Any]:
        """What gives `thing`, which gets a number, as long as it lives. Raises ReferenceError later on."""
        number, address = self.number(thing), id(thing)

        def find() -> object:
            reference = self._references.get(address)
            found = self.kept.get(address) if reference is None else reference()
            if found is None or self._numbers.get(address) != number:  # another one may have its address
                raise ReferenceError
            return found

        return find

    def emit(self, operation: str, thing: object, name: str, line: int | None = None, value: str = "") -> None:
        """Records an event of the current thread; without a line, it is the library's or a primitive's."""
        if self.events is None or self.ended:
            return
        self.flush()
        self._attempt = None
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

    def tell_waits(self, lock: object = None) -> None:
        """Records that threads wait for what they could have had when they came there.

        For this lock, which another thread has acquired meanwhile; None: for anything, as no thread can run any more.
        """
        for thread in self.alive:
            awaits = thread.awaits
            if lock is not None and (awaits is not lock or thread is self.current):
                continue
            if self.events and awaits is not None and not self._awaits(thread):
                self.flush()
                within, until = self.within(self._frames_of(thread)), thread.deadline
                where = self._told_number(awaits), self.awaited(thread), self._line_of(thread), self.now, ()
                value = "" if until is None else f"{until:.6g}"
                self.events.append(Event(max(self.points - 1, 0), thread.number, "await", *where, value, within))

    def _awaits(self, thread: LabThread) -> bool:
        """Whether the last event of the thread says that it waits for what it waits for."""
        assert self.events is not None
        last = next((event for event in reversed(self.events) if event.thread == thread.number), None)
        return last is not None and (last.operation, last.object) == ("await", self._told_number(thread.awaits))

    def add_value(self, text: str) -> None:
        """Says what the access just recorded has read."""
        if self.events:
            self._replace_last(value=text)
            if self.events[-1].operation in ("load", "read"):
                self._texts[self.events[-1].name] = text

    def add_result(self, text: str) -> None:
        """Says what the call just recorded gives, or raises."""
        self._replace_last(result=text)

    def changed(self, name: str, text: str) -> None:
        """The event just recorded has changed `name` to this, beside what else it has changed."""
        if self.events:
            others = [pair for pair in self.events[-1].changed if pair[0] != name]
            self._replace_last(changed=(*others, (name, text)))

    def _before(self, name: str, text: str) -> None:
        """The event just recorded is the first that tells of `name`, which was this before."""
        if self.events:
            self._replace_last(before=(*self.events[-1].before, (name, text)))

    def _replace_last(self, **fields: Any) -> None:
        if self.events:
            self.events[-1] = self.events[-1]._replace(**fields)

    def tell_result(self, owner: object, method: str, text: str = "", result: object = None) -> None:
        """Records that a call of a method of one of the library's objects is over, and what has come of it."""
        self.emit("result", None, self.call_of(owner, method))
        if self.events and not self.ended:
            if is_of_library(result):
                self.tell(result)
            else:
                self.add_result(text)

    def tell_lock(self, operation: str, lock: object, count: int | None = None) -> None:
        """Records that a lock is acquired or released; of an RLock, how often it is held then."""
        if self.events is None:
            return
        self.emit(operation, lock, self.name_of(lock))
        if count is not None:
            self.tell_count(lock, count)
        if operation == "release":
            self.tell_state(lock)
        else:
            self.tell_entered(lock)
            if not self.name_of(lock).startswith(LOCK_OF):
                self._taken = lock

    def tell_raised(self, error: BaseException | None) -> None:
        """Says of the event just recorded that it has not come about, if it is the assignment that has raised this."""
        attempt = self._attempt
        if not self.events or attempt is None or self.ended or self.events[-1].thread != self.current.number:
            return
        lines, step = set(), error.__traceback__ if error is not None else None
        while step is not None:
            if step.tb_frame.f_globals is self.namespace:
                lines.add(step.tb_lineno)
            step = step.tb_next
        value, was = attempt
        if self.events[-1].line in lines and self._text(value) == was:
            self._change = self._attempt = None
            self._replace_last(result=f"raises {type(error).__name__}", changed=())

    def tell_state(self, thing: object) -> None:
        """Adds to the event just recorded the state of the library's object that `thing` is part of, if it is new."""
        self.tell(self._whole_of(thing))

    def _whole_of(self, lock: object) -> object:
        """The library's object that a lock is part of, or a condition that was made with it and is being used."""
        if (whole := part_of(lock)) is not None or not self.events:
            return whole
        called, _ = self._called(self._frames(sys._getframe(2)))
        return called if is_of_library(called) and vars(called).get("_lock") is lock else None

    def tell(self, whole: object) -> None:
        """The same of an object of the library."""
        if self.events and whole is not None and (state := state_of(whole)):
            number = self.number(whole)
            known = self._told.get(number, "")
            if is_timer(whole) and self._called(self._frames(sys._getframe(1))) == (whole, "cancel"):
                state = CANCELLED if self._is_before_its_time(whole) else known  # its function runs: too late
            if state != known and not (known == CANCELLED and state == FINISHED):
                self._told[number] = state
                name, first = self.name_of(whole), first_state(whole)
                self.changed(name, state)
                if first and not known and first != state:
                    self._before(name, first)

    def tell_count(self, lock: object, count: int) -> None:
        """Adds to the event just recorded how often an RLock is held, unless that is inside another object."""
        if self.events and part_of(lock) is None:
            number, name = self.number(lock), self.name_of(lock)
            self.changed(name, f"held {count} time{'s' * (count > 1)}" if count else "free")
            if number not in self._told:
                self._before(name, "free")
            self._told[number] = "count"

    def _is_before_its_time(self, timer: object) -> bool:
        """Whether a timer has not begun to call its function."""
        thread = next((each for each in self.alive if each.python is timer), None)
        if thread is None:  # it has not started, or has ended
            return vars(timer).get("_ident") is None
        return not thread.begun or thread.deadline is not None

    def tell_entered(self, thing: object) -> None:
        """The event just recorded is that `thing` is acquired, a part of one of the library's objects.

        Tells the state that this has then, if none was told so far. After a wait, tells that at the end of the thread's
        step: a condition's waiter is one until it has the lock again.
        """
        whole = self._whole_of(thing)
        if not self.events or whole is None or not (state := state_of(whole)):
            return
        number = self.number(whole)
        if number not in self._told:
            self._told[number] = state
            self._before(self.name_of(whole), state)
        elif self.events[-1].within.endswith((".wait", ".wait_for")):
            find = self.reference(whole)
            self._change = lambda: self.tell(find())

    def changes(self, name: str, value: Callable[[], object], there: bool = False, lasts: bool = False) -> None:
        """The event just recorded changes `name`; what to is looked up when the thread's step is over.

        `there`: until then, `value` gives what it is before. `lasts`: it keeps nothing alive, like one that is there.
        """
        if self.events is None:
            return
        if there:
            was = self._text(value)
            self._attempt = (value, was) if self.events[-1].operation in ("store", "delete") else None
            if was and name not in self._values:
                self._before(name, was)
            self._values.add(name)

        def change() -> None:
            if text := self._text(value):
                # Others would be kept alive, or do not change.
                if (there or lasts) and text[0] in "[{(" and text != UNBOUND:
                    self._found[name] = value
                    if len(self._found) > _MOST_FOUND:
                        del self._found[next(iter(self._found))]
                self._texts[name] = text
                self._replace_last(changed=((name, text), *self._also_changed(name)))

        self._change = change

    def follow(self, name: str, value: object) -> None:
        """The event just recorded has read `name`, whose `value` will be told again when it reads otherwise."""
        if self.events and type(value) in (list, dict) and name not in self._found:
            self._found[name], self._texts[name] = self.reference(value), self.events[-1].value

    def tell_since(self, line: int) -> None:
        """The current thread has changed something after the event that told of it."""
        if self.events is None:
            return
        self.survey()
        if changed := self._also_changed(""):
            self.emit("change", None, changed[0][0], line)
            self._replace_last(changed=tuple(changed))

    def _also_changed(self, name: str) -> list[tuple[str, str]]:
        """What else reads otherwise than it was told last, once `name` has changed: what that is a part of."""
        changed = []
        for other, value in list(self._found.items()):
            text = self._text(value) if other != name else self._texts[other]
            if not text:
                del self._found[other]  # the object is gone
            elif text != self._texts[other] and text != UNBOUND:
                self._texts[other] = text
                changed.append((other, text))
        return changed

    def _text(self, value: Callable[[], object]) -> str:
        """What `value` gives, as text; "" if the object that it is of is gone."""
        try:
            return self.text_of(value())
        except ReferenceError:
            return ""
        except (AttributeError, LookupError):
            return UNBOUND

    def text_of(self, value: object) -> str:
        """`value` as text; of one of the library's objects the state that was told last, if it was."""
        told = self._told.get(self._numbers.get(id(value), 0), "") if is_of_library(value) else ""
        return told or safe_text(value)

    def flush(self) -> None:
        """Looks up what the last event has left changed, and whom it has wait."""
        change, self._change = self._change, None
        if change is not None:
            change()
            self.survey()
        taken, self._taken = self._taken, None
        if taken is not None:
            self.tell_waits(taken)

    def write(self, text: str) -> None:
        """The program prints."""
        self.output.append(text)
