"""The baton, the virtual clock, who is ready, who waits for whom.

One thread runs at a time. At a switch point it asks the policy who is next, opens that thread's gate and waits at its
own. What a thread waits for is a predicate (its guard), and a time at which it gives up (its deadline): who can run is
a function of the program's state alone, which is what makes a prefix of a schedule a name for a state.
"""

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FrameType
from typing import Any, Protocol

from threadlab.events import DEADLOCK, STEP_LIMIT, Decision, Event, Outcome, Wait, safe_text
from threadlab.library import MODULES, part_name, part_of, state_of
from threadlab.limits import MAX_STEPS
from threadlab.policies import Policy
from threadlab.switching import Gate, Switcher

PATIENCE = 200
"""Rounds of a `while` loop with a switch point after which a thread lets others run: a scheduler must be fair."""

_LONG = 10_000
"""Rounds without a switch point after which it does so, too: such a round awaits nothing, but may go on for ever."""

_LONGEST_ROUND = 1000
"""Reads of one round of a loop that may wait for a change: one with more does not wait."""

_GIVE_UP = 200
"""How often a thread may swallow Unwind before it is left where it is."""

Key = tuple[object, ...]
"""Names something that threads share: (object number, attribute or ""), ("variable", scope, name), ("clock",), …"""

Access = tuple[Key, bool]
"""What is read, or written (True)."""

CLOCK: Key = ("clock",)
OUTPUT: Key = ("output",)
THREADS: Key = ("threads",)
"""Which threads there are. Who starts or ends one reads it, so that these commute; who lists them writes it."""
END: Key = ("end",)
"""That a run ends although threads could go on."""


def _counts(kept: dict[int, object]) -> list[int]:
    """How many references there are to each."""
    return list(map(sys.getrefcount, kept.values()))


_ALONE = _counts({0: object()})[0]
"""Of what is referred to by such a dictionary only."""

_THREAD_METHODS = frozenset(("run", "_bootstrap", "_bootstrap_inner", "start", "join"))


class Unwind(BaseException):
    """Ends a thread of a run that is over. The program is not meant to see it."""


class LabThread:
    """One thread of the program."""

    def __init__(self, number: int, function: Callable[[], object] | None, gate: Gate, daemon: bool) -> None:
        self.number = number
        self.function = function
        self.gate = gate
        self.daemon = daemon
        self.begun = function is None
        self.done = False
        self.guard: Callable[[], bool] | None = None
        self.deadline: float | None = None
        self.awaits: Any = None
        """The object that it waits for."""
        self.frame: FrameType | None = None
        """Where it waits, as long as its own stack runs."""
        self.waits_at: tuple[FrameType, ...] = ()
        """The frames that its `frame` leads to, once another stack runs."""
        self.rounds = 0
        """Of its `while` loops, with a switch point each."""
        self.own_rounds = 0
        """Those since its last switch point."""
        self.round_at = -1
        """The number of the switch point to come, as its last round began."""
        self.reads: list[tuple[Key, int]] = []
        self.wrote = False
        self.last_round: tuple[int, list[tuple[Key, int]]] | None = None
        self.spinning = False
        self.unwound = 0
        self.made = 0
        """How many futures it has made."""
        self.accesses: Callable[[], list[Access]] | None = None
        """At a switch point, what the thread does first when it goes on; None where that is not told."""
        self.late: Callable[[], list[Access]] | None = None
        """The same where it goes on because its time is up, after the clock has moved."""
        self.holds: frozenset[Key] = frozenset((("thread", number),))
        """What no other thread can have meanwhile: the locks that it has acquired, and its own end."""
        self.quiet = 0
        """How many locks of the library's own bookkeeping it holds."""
        self.locals: dict[int, dict[str, Any]] = {}
        """Its dictionary of each threading.local, by the local's id."""
        self.past = 0
        """The event that it did last, as the history numbers it."""
        self.python: Any = None
        """The threading.Thread, if it has one."""
        self.checked = True
        """Whether a build with the GIL may have looked for a switch since its last switch point (see gil.py)."""


def own_dictionary(thing: object) -> Mapping[str, object]:
    """The object's own attributes, without running any code of its class; empty where it has none."""
    if isinstance(type(thing), type) and issubclass(type(thing), type):
        return type.__getattribute__(thing, "__dict__")  # type: ignore[no-any-return]
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


class History(Protocol):
    """What remembers which event depends on which."""

    def begin(self, thread: LabThread, parent: LabThread | None) -> None: ...

    def arrive(self, thread: LabThread) -> None: ...

    def touch(self, thread: LabThread, key: Key, write: bool, waited: bool) -> None: ...

    def waits(self, thread: LabThread, accesses: list[Access]) -> None: ...

    def tear(self, thread: LabThread, accesses: list[Access], what: str, least: int) -> None: ...

    commutes: bool
    blind: str


class Scheduler:
    """One run. Times are seconds on the program's clock, which starts at 0."""

    def __init__(
        self,
        policy: Policy,
        switcher: Switcher,
        *,
        max_steps: int = MAX_STEPS,
        history: History | None = None,
        record: bool = False,
        any_time: bool | None = None,
    ) -> None:
        self.policy = policy
        self.switcher = switcher
        self.max_steps = max_steps
        self.history = history
        self.events: list[Event] | None = [] if record else None
        self.decisions: list[Decision] = []
        self.any_time = policy.any_time if any_time is None else any_time
        self.quiet_until = 0 if record else policy.quiet_until
        self.points = 0
        self.rounds = 0
        self.now = 0.0
        self.ended = False
        self.hurried = 0
        """The line of a loop that was made to let others run, though it could have gone on; 0 for none."""
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.namespace: dict[str, Any] = {}
        self.main = LabThread(1, None, switcher.gate(), False)
        self.threads = [self.main]
        self.alive = [self.main]
        self.current = self.main
        self.leaked = 0
        self._stopped_by: LabThread | None = None
        self.tracking = history is not None or record
        self.versions: dict[Key, int] = {}
        self.output: list[str] = []
        self.unseen: list[int] = []
        """The lines of the switches that no build with the GIL makes, if it is a scheduler that knows them (gil.py)."""
        self._numbers: dict[int, int] = {}
        self.kept: dict[int, object] = {}
        """By address, what has a number and cannot be referred to weakly, until nothing else refers to it."""
        self._references: dict[int, weakref.ref[Any]] = {}
        """By address, the rest of what has a number."""
        self._told: dict[str, str] = {}
        """The state of each object of the library, by name, as the events so far tell it."""
        self._last_number = 0
        self._blind_with_others = ""
        self._controller = switcher.gate()
        self._change: tuple[int, str, Callable[[], object]] | None = None
        if history is not None:
            history.begin(self.main, None)

    def hooks(self) -> dict[str, object]:
        """Hooks of its own, by their names in the program."""
        return {}

    # ------------------------------------------------ switch points

    def switch(self, accesses: Callable[[], list[Access]] | None = None) -> None:
        """A switch point at which the current thread could go on, with `accesses()` if that is known."""
        if self.kept:
            self.release()
        if self.ended:
            self.unwind()
        step = self.points
        if step < self.quiet_until and step + self.rounds < self.max_steps:
            self.points = step + 1
            if self.history is not None:
                self.history.arrive(self.current)
            return
        me = self.current
        me.accesses = accesses
        chosen = self._choose(me, True, False)
        if chosen is not me:
            self._pass(me, chosen)
        me.accesses = None

    def access(self, accesses: Callable[[], list[Access]]) -> None:
        """A switch point, and then what `accesses()` says that the current thread does there."""
        self.switch(accesses)
        if self.tracking:
            for key, write in accesses():
                self.touch(key, write)

    def let_others(self) -> None:
        """A switch point at which another thread runs, if one can."""
        if self.kept:
            self.release()
        if self.ended:
            self.unwind()
        self.disturb()
        me = self.current
        chosen = self._choose(me, True, True, True)
        if chosen is not me:
            self.hurried = self.hurried or self.line(sys._getframe(1)) or -1
            self._pass(me, chosen)

    def wait(
        self,
        guard: Callable[[], bool],
        deadline: float | None = None,
        awaits: object = None,
        yields: bool = False,
        accesses: Callable[[], list[Access]] | None = None,
        late: Callable[[], list[Access]] | None = None,
    ) -> bool:
        """A switch point after which the current thread goes on when `guard()` is true, or at `deadline`.

        Returns whether it is true then: then the thread does what `accesses` says, else what `late` says, if they do.
        """
        if self.kept:
            self.release()
        if self.ended:
            self.unwind()
        me = self.current
        ready = guard()
        if ready and self.points < self.quiet_until and not yields:
            self.switch()
            return True
        me.guard, me.deadline, me.awaits, me.frame = guard, deadline, awaits, sys._getframe(1)
        me.accesses, me.late = accesses, late
        if not ready and self.events is not None and awaits is not None:
            self.emit("await", awaits, self.awaited(me), value="" if deadline is None else f"{deadline:.6g}")
        try:
            chosen = self._choose(me, ready, yields)
            if chosen is not me:
                self._pass(me, chosen)
        finally:
            me.guard = me.deadline = me.awaits = me.frame = me.accesses = me.late = None
            me.waits_at = ()
        return guard()

    def block(self, guard: Callable[[], bool], awaits: object = None) -> None:
        """Waits for what is the library's own affair: a switch point only if `guard()` is false."""
        if not guard():
            self.wait(guard, None, awaits)

    def _choose(self, me: LabThread, goes: bool, yields: bool, must: bool = False) -> LabThread:
        step = self.points
        self.points = step + 1
        if self.history is not None:
            self.history.arrive(me)
        if step + self.rounds >= self.max_steps:
            self.stop(Outcome(STEP_LIMIT, f"{STEP_LIMIT}: more than {self.max_steps} steps"))
        enabled = self.enabled(me, yields, must)
        if not enabled:
            self.stop(self.stuck())
        try:
            number = self.policy.choose(step, enabled, goes and not yields and enabled[0] == me.number)
        except BaseException as error:
            self.error = error
            self.stop(None)
        if self.events is None:
            self.quiet_until = self.policy.quiet_until
        else:
            self.flush()
            could = enabled if self.any_time else self.enabled(me, yields, must, True)
            if len(could) > 1:
                self.decisions.append(Decision(step, tuple(could), number))
        chosen = self.threads[number - 1]
        if chosen.deadline is not None and self.is_late(number):
            self.now = chosen.deadline
            if self.tracking:
                self.touch(CLOCK, True, chosen)
        return chosen

    def is_late(self, number: int) -> bool:
        """Whether this thread can run only once the clock has moved on."""
        thread = self.threads[number - 1]
        if thread.deadline is None or thread.deadline <= self.now:
            return False
        return thread.guard is not None and not thread.guard()

    def enabled(self, me: LabThread, yields: bool, must: bool = False, any_time: bool = False) -> list[int]:
        """The numbers of the threads that could run now, the default first.

        `yields`: the current thread comes last; `must`: it comes only if there is no other.
        """
        ready: list[int] = []
        sleepers: list[int] = []
        earliest = float("inf")
        for thread in self.alive:
            if thread.guard is None or thread.guard():
                ready.append(thread.number)
            elif (deadline := thread.deadline) is not None:
                if deadline <= self.now:
                    ready.append(thread.number)
                elif deadline < earliest:
                    earliest, sleepers = deadline, [thread.number]
                elif deadline == earliest:
                    sleepers.append(thread.number)
        number = me.number
        goes_on = number in ready
        if goes_on:
            ready.remove(number)
        if len(ready) > 1:  # the next one by number, round and round
            ready = [n for n in ready if n > number] + [n for n in ready if n < number]
        if goes_on and not yields:
            ready.insert(0, number)
        if any_time or self.any_time or not ready:
            ready += sleepers
        if goes_on and yields and not (must and ready):
            ready.append(number)
        return ready

    def _pass(self, me: LabThread, chosen: LabThread) -> None:
        if me.frame is not None:
            me.waits_at, me.frame = tuple(self._frames(me.frame)), None
        self._open(chosen)
        me.gate.wait()
        if self.ended:
            self.unwind()

    def _open(self, chosen: LabThread) -> None:
        self.current = chosen
        if chosen.begun:
            chosen.gate.open()
        else:
            chosen.begun = True
            self.switcher.spawn(lambda: self._run(chosen))

    # ------------------------------------------------ threads

    def start(self, function: Callable[[], object], daemon: bool) -> LabThread:
        """A new thread, ready to run."""
        if self._blind_with_others:
            self.blind(self._blind_with_others)
        thread = LabThread(len(self.threads) + 1, function, self.switcher.gate(), daemon)
        self.threads.append(thread)
        self.alive.append(thread)
        if self.history is not None:
            self.history.begin(thread, self.current)
        return thread

    def others_wait(self) -> bool:
        """Whether a thread other than the current one has begun and not come to its end."""
        return any(thread.begun and thread is not self.current for thread in self.alive)

    def _run(self, me: LabThread) -> None:
        assert me.function is not None
        try:
            if self.events is not None:
                self.emit("begin", None, self.thread_name(me))
            me.function()
            if me.python is None:
                self.before_end()
        except Unwind:
            pass
        except BaseException as error:  # a _thread function's own: threading reports its threads' exceptions itself
            if not self.ended and not isinstance(error, SystemExit):
                sys.unraisablehook(_Unraisable(error))  # type: ignore[arg-type]
            del error
        me.function = None
        me.locals.clear()
        if self.kept:
            self.release()
        if not self.ended:
            try:
                self._finish(me)
                return
            except Unwind:
                pass
        if me.unwound <= _GIVE_UP:
            me.done = True
            self._unwound(me)

    def before_end(self) -> None:
        """The switch point between what the current thread has done last and its end, which others may look at."""
        number = self.current.number
        self.current.checked = True  # the library's Python code runs
        self.switch(lambda: [(("thread", number), True), (THREADS, False)])

    def _finish(self, me: LabThread) -> None:
        """The current thread has come to its end: on with another one."""
        me.done = True
        self.alive.remove(me)
        if self.events is not None:
            self.emit("exit", None, self.thread_name(me))
        if self.tracking:
            self.free(("thread", me.number))
            self.touch(THREADS, False)
        try:
            chosen = self._choose(me, False, False)
        except Unwind:
            return  # stop() has opened the main thread's gate
        self._open(chosen)

    # ------------------------------------------------ the end of a run

    def stop(self, outcome: Outcome | None) -> None:
        """Ends the run from whichever thread it is in. Raises Unwind."""
        if self.ended:
            self.unwind()
        self.outcome = self.outcome or outcome
        self._close()
        self._stopped_by = self.current
        if self.current.done:
            self._unwound(self.current)
            raise Unwind
        self.unwind()

    def unwind(self) -> None:
        """Raises Unwind in the current thread; one that keeps swallowing it is left where it is."""
        me = self.current
        me.unwound += 1
        if me.unwound > _GIVE_UP and me is not self.main:
            self.leaked += 1
            self._unwound(me)
            self.switcher.gate().wait()
        raise Unwind

    def _unwound(self, me: LabThread) -> None:
        """On with the main thread: one that has stopped the run is unwound first, the others by `end`."""
        if me is self._stopped_by:
            self.current = self.main
            self.main.gate.open()
        else:
            self._controller.open()

    def end(self) -> None:
        """Unwinds what threads are left. Called by the main thread, when the run is over."""
        self._close()
        for thread in self.threads[1:]:
            if thread.begun and not thread.done and thread.unwound <= _GIVE_UP:
                self.current = thread
                thread.gate.open()
                self._controller.wait()
        self.current = self.main
        self.kept.clear()
        self._references.clear()
        self._numbers.clear()

    def _close(self) -> None:
        self.flush()
        if self.history is not None and not self.ended:
            for thread in self.alive:
                if thread.accesses is not None and thread.guard is not None and not thread.guard():
                    self.history.waits(thread, thread.accesses())
        self.ended = True

    def stuck(self) -> Outcome:
        """What it means that no thread can run."""
        exiting = self.main.awaits == "exit"
        waiting = [t for t in self.alive if not (exiting and (t.daemon or t is self.main))]
        for thread in waiting:
            if thread.spinning:
                return Outcome(STEP_LIMIT, f"{STEP_LIMIT}: an endless loop at line {self._line_of(thread)}")
        cycle = self._cycle(waiting)
        waits = tuple(self._wait_of(thread) for thread in cycle or waiting if thread.guard is not None)
        text = "; ".join(
            f"{w.thread} awaits {w.awaits}"
            + (f" held by {w.holder}" if w.holder else "")
            + (f" at line {w.line}" if w.line else "")
            for w in waits
        )
        return Outcome(DEADLOCK, f"{DEADLOCK}: {text}", waits)

    def _cycle(self, waiting: list[LabThread]) -> list[LabThread]:
        for first in waiting:
            path: list[LabThread] = []
            thread: LabThread | None = first
            while thread is not None and thread not in path:
                path.append(thread)
                thread = self.holder(thread.awaits)
            if thread is first and getattr(first.awaits, "kind", "") in ("Lock", "RLock"):
                return path
        return []

    def _wait_of(self, thread: LabThread) -> Wait:
        holder = self.holder(thread.awaits)
        name = self.thread_name(holder) if holder else ""
        if isinstance(thread.awaits, LabThread):
            return Wait(self.thread_name(thread), f"the end of {name}", self._line_of(thread))
        return Wait(self.thread_name(thread), self.awaited(thread), self._line_of(thread), name)

    def holder(self, awaited: object) -> LabThread | None:
        if isinstance(awaited, LabThread):
            return awaited
        return getattr(awaited, "owner", None)

    # ------------------------------------------------ names for readers

    def thread_name(self, thread: LabThread) -> str:
        if thread is self.main:
            return "MainThread"
        name = getattr(thread.python, "_name", None)
        return name if isinstance(name, str) else f"thread {thread.number}"

    def line(self, frame: FrameType | None) -> int:
        """The line of the program that `frame`, or what it was called by, executes; 0 for none."""
        while frame is not None:
            if frame.f_globals is self.namespace:
                return frame.f_lineno
            frame = frame.f_back
        return 0

    def _frames(self, frame: FrameType | None) -> Iterator[FrameType]:
        """`frame` and what it was called by, up to the program's own: to be walked on the stack that they are on.

        Pyodide moves the stack of one that waits away to make room for another's. Frames stay, but the way from one
        to the next may lead through it (`f_back`, where C code has called Python code).
        """
        while frame is not None:
            yield frame
            if frame.f_globals is self.namespace:
                return
            frame = frame.f_back

    def _frames_of(self, thread: LabThread) -> tuple[FrameType, ...]:
        return thread.waits_at if thread.frame is None else tuple(self._frames(thread.frame))

    def _line_of(self, thread: LabThread) -> int:
        """The line of the program at which the thread waits; 0 for none."""
        frames = self._frames_of(thread)
        return frames[-1].f_lineno if frames and frames[-1].f_globals is self.namespace else 0

    def awaited(self, thread: LabThread) -> str:
        """What the thread waits for, in the words of the program: the library's object that it called."""
        awaits = thread.awaits
        if isinstance(awaits, LabThread):
            return f"the end of {self.thread_name(awaits)}"
        if isinstance(awaits, str):
            return awaits
        called, method = self._called(self._frames_of(thread))
        if called is not None and not getattr(awaits, "named", False):
            name = self.name_of(called)
            notified = method == "wait" and getattr(awaits, "waiter", False) and hasattr(called, "notify")
            return f"a notify of {name}" if notified else name
        return self.name_of(awaits)

    def _called(self, frames: Iterable[FrameType]) -> tuple[object, str]:
        """The library's object, and its method, that the program has called and that has led to `frames`; None, ""."""
        called, method = None, ""
        for frame in frames:
            if frame.f_globals is self.namespace:
                return called, method
            if frame.f_globals.get("__name__") in MODULES and frame.f_code.co_name not in _THREAD_METHODS:
                found = frame.f_locals.get("self")
                if found is not None:
                    called, method = found, frame.f_code.co_name
        return called, ""

    def _within(self, frame: FrameType) -> str:
        called, method = self._called(self._frames(frame))
        return f"{self.name_of(called)}.{method}" if method else ""

    def name_of(self, thing: object) -> str:
        """`thing` by the first global variable that leads to it, else its kind and where it was made."""
        if (whole := part_of(thing)) is not None:
            return part_name(thing, whole, self.name_of(whole))
        name: str | None = None
        for variable, value in list(self.namespace.items()):
            if variable.startswith("__"):
                continue
            if value is thing:
                name = variable
            elif type(value) in (list, tuple):
                name = next((f"{variable}[{i}]" for i, v in enumerate(value) if v is thing), None)
            elif type(value) is dict:
                name = next((f"{variable}[{safe_text(k)}]" for k, v in value.items() if v is thing), None)
            elif getattr(type(value), "__module__", "") == self.namespace.get("__name__"):
                inner = own_dictionary(value)
                name = next((f"{variable}.{k}" for k, v in list(inner.items()) if v is thing), None)
            if name is not None:
                return name
        line = getattr(thing, "made_at", 0)
        kind = getattr(thing, "kind", type(thing).__name__)
        return f"{kind} of line {line}" if line else kind

    # ------------------------------------------------ what happened

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

    def touch(self, key: Key, write: bool, thread: LabThread | None = None, waited: bool = False) -> None:
        """Says that the current thread reads or writes what `key` names, in the step that it is in.

        `waited`: it could not, as long as another thread held that.
        """
        me = thread or self.current
        versions = self.versions
        if write:
            versions[key] = versions.get(key, 0) + 1
            me.wrote = True
        elif me.last_round is not None:
            me.reads.append((key, versions.get(key, 0)))
            if len(me.reads) > _LONGEST_ROUND:
                me.last_round, me.reads = None, []
        if self.history is not None and not self.ended:
            self.history.touch(me, key, write, waited)

    def take(self, key: Key) -> None:
        """The current thread has acquired what `key` names."""
        self.touch(key, True)
        self.current.holds |= {key}

    def free(self, key: Key) -> None:
        """Only now can another thread have what `key` names."""
        me = self.current
        me.holds |= {key}
        self.touch(key, True)
        me.holds -= {key}

    def disturb(self) -> None:
        """Something happens that depends on more than what is touched."""
        if self.history is not None and not self.ended:
            self.history.commutes = False

    def blind(self, why: str) -> None:
        """Something happens that other threads may see, and that is not touched."""
        if self.history is not None and not self.ended:
            self.history.blind = why

    def blind_with_others(self, why: str) -> None:
        """The same of what goes on for the rest of the run: it matters once there is another thread."""
        if len(self.threads) > 1:
            self.blind(why)
        else:
            self._blind_with_others = why

    def tear(self, accesses: Callable[[], list[Access]], line: int, what: str, least: int = 1) -> None:
        """What the current thread has just done takes several steps elsewhere: another thread may come between them.

        `least`: how many accesses of others it takes until that shows.
        """
        if self.history is not None and not self.ended and len(self.alive) > 1:
            why = f"line {line} does {what} as one step, which a switch can split"
            self.history.tear(self.current, accesses(), why, least)

    def round(self, site: int, counts: bool, spin: bool) -> None:
        """A backward jump of the current thread."""
        if self.ended:
            self.unwind()
        self.rounds += 1
        if self.points + self.rounds >= self.max_steps:
            self.stop(Outcome(STEP_LIMIT, f"{STEP_LIMIT}: more than {self.max_steps} steps"))
        if not counts:
            return
        me = self.current
        if spin:
            seen, me.reads = me.reads, []
            same = not me.wrote and bool(seen) and me.last_round == (site, seen)
            me.last_round, me.wrote = (site, seen), False
            if same:
                self._spin(me, seen)
                return
        if self.points == me.round_at:
            me.own_rounds += 1
            if me.own_rounds % _LONG == 0:
                self.let_others()
        else:
            me.rounds += 1
            me.own_rounds = 0
            if me.rounds % PATIENCE == 0:
                self.let_others()
        me.round_at = self.points

    def _spin(self, me: LabThread, seen: list[tuple[Key, int]]) -> None:
        """A round like the one before it: the next one is the same, until another thread changes what it reads."""
        versions = self.versions
        me.spinning = True
        self.wait(lambda: any(versions.get(key, 0) != version for key, version in seen), None, "a change")
        me.spinning = False

    def emit(self, operation: str, thing: object, name: str, line: int | None = None, value: str = "") -> None:
        """Records an event of the current thread; without a line, it is the library's or a primitive's."""
        if self.events is None or self.ended:
            return
        self.flush()
        within = ""
        if line is None:
            frame = sys._getframe(1)
            line, within = self.line(frame), self._within(frame)
        number = 0 if thing is None or isinstance(thing, str | LabThread) else self.number(thing)
        step = max(self.points - 1, 0)
        self.events.append(Event(step, self.current.number, operation, number, name, line, self.now, (), value, within))

    def add_value(self, text: str) -> None:
        """Says what the access just recorded has read."""
        if self.events:
            self.events[-1] = self.events[-1]._replace(value=text)

    def changed(self, name: str, text: str) -> None:
        """The event just recorded has changed `name` to this."""
        if self.events:
            self.events[-1] = self.events[-1]._replace(changed=((name, text),))

    def tell_state(self, thing: object) -> None:
        """Adds to the event just recorded the state of the library's object that `thing` is part of, if it is new."""
        whole = part_of(thing)
        if self.events and whole is not None and (state := state_of(whole)):
            name = self.name_of(whole)
            if self._told.get(name) != state:
                self._told[name] = state
                self.changed(name, state)

    def changes(self, name: str, value: Callable[[], object]) -> None:
        """The event just recorded changes `name`; what to is looked up when the thread's step is over."""
        if self.events is not None:
            self._change = (len(self.events) - 1, name, value)

    def flush(self) -> None:
        """Looks up the value that the last event has left."""
        if self._change is None or self.events is None:
            return
        index, name, value = self._change
        self._change = None
        try:
            text = safe_text(value())
        except ReferenceError:
            return
        except (AttributeError, LookupError):
            text = "(unbound)"
        self.events[index] = self.events[index]._replace(changed=((name, text),))

    def write(self, text: str) -> None:
        """The program prints."""
        self.output.append(text)


class _Unraisable:
    """What sys.unraisablehook is called with."""

    def __init__(self, error: BaseException) -> None:
        self.exc_type, self.exc_value, self.exc_traceback = type(error), error, error.__traceback__
        self.err_msg, self.object = "Exception ignored in thread started by", None
