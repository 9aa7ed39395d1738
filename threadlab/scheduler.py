"""The baton, the virtual clock, who is ready, who waits for whom.

One thread runs at a time. At a switch point it asks the policy who is next, opens that thread's gate and waits at its
own. What a thread waits for is a predicate (its guard), and a time at which it gives up (its deadline): who can run is
a function of the program's state alone, which is what makes a prefix of a schedule a name for a state.
"""

import sys
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any, NoReturn, Protocol

from threadlab.events import STEP_LIMIT, Decision, Outcome
from threadlab.limits import MAX_STEPS
from threadlab.policies import Policy
from threadlab.recorder import Recorder
from threadlab.switching import Switcher
from threadlab.threads import CLOCK, THREADS, Access, Key, LabThread, Unwind

PATIENCE = 200
"""Rounds of a `while` loop with a switch point after which a thread lets others run: a scheduler must be fair."""

SIGN_OF_LIFE = 64
"""Switch points: after so many the policy is asked also where it has no choice, as in an exploration's first thread."""

_LONG = 10_000
"""Rounds without a switch point after which it does so, too: such a round awaits nothing, but may go on for ever."""

_LONGEST_ROUND = 1000
"""Reads of one round of a loop that may wait for a change: one with more does not wait."""

_GIVE_UP = 200
"""How often a thread may swallow Unwind before it is left where it is."""


class History(Protocol):
    """What remembers which event depends on which."""

    def begin(self, thread: LabThread, parent: LabThread | None) -> None: ...

    def arrive(self, thread: LabThread) -> None: ...

    def touch(self, thread: LabThread, key: Key, write: bool, waited: bool) -> None: ...

    def waits(self, thread: LabThread, accesses: list[Access]) -> None: ...

    def tear(self, thread: LabThread, accesses: list[Access], what: str, least: int) -> None: ...

    commutes: bool
    blind: str


class Scheduler(Recorder):
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
        super().__init__(record)
        self.policy = policy
        self.switcher = switcher
        self.max_steps = max_steps
        self.history = history
        self._interleaved: History | None = None
        """The history, once a second thread starts: till then all executions are alike, and all has happened before."""
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
        self.main = LabThread(0, None, switcher.gate(), False)
        self.threads = [self.main]
        self.alive = [self.main]
        self.current = self.main
        self.leaked = 0
        self._stopped_by: LabThread | None = None
        self.tracking = history is not None or record
        self.versions: defaultdict[Key, int] = defaultdict(int)
        """How often each was written."""
        self.unseen: list[int] = []
        """The lines of the switches that no build with the GIL makes, if it is a scheduler that knows them (gil.py)."""
        self._blind_with_others = ""
        self._controller = switcher.gate()
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
        alone = len(self.threads) == 1 and self.history is not None and self.events is None and step % SIGN_OF_LIFE
        if (step < self.quiet_until or alone) and step + self.rounds < self.max_steps:
            self.points = step + 1
            if self._interleaved is not None:
                self._interleaved.arrive(self.current)
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
            came = guard()
            if not came and self.events is not None and awaits is not None:
                self.emit("gave up", awaits, self.awaited(me), value="time")
        finally:
            me.guard = me.deadline = me.awaits = me.frame = me.accesses = me.late = None
            me.waits_at = ()
        return came

    def block(self, guard: Callable[[], bool], awaits: object = None) -> None:
        """Waits for what is the library's own affair: a switch point only if `guard()` is false."""
        if not guard():
            self.wait(guard, None, awaits)

    def _choose(self, me: LabThread, goes: bool, yields: bool, must: bool = False) -> LabThread:
        step = self.points
        self.points = step + 1
        if self._interleaved is not None:
            self._interleaved.arrive(me)
        if step + self.rounds >= self.max_steps:
            self.stop(Outcome(STEP_LIMIT, f"{STEP_LIMIT}: more than {self.max_steps} steps"))
        enabled = self.enabled(me, yields, must)
        if not enabled:
            self.tell_waits()
            self.stop(self.stuck())
        try:
            number = self.policy.choose(step, enabled, goes and not yields and enabled[0] == me.number)
        except BaseException as error:
            self.error = error
            number = None
        if number is None:
            self.stop(None)
        if self.events is None:
            self.quiet_until = self.policy.quiet_until
        else:
            self.flush()
            could = enabled if self.any_time else self.enabled(me, yields, must, True)
            if len(could) > 1:
                self.decisions.append(Decision(step, tuple(could), number))
        chosen = self.threads[number]
        if chosen.deadline is not None and self.is_late(number):
            self.now = chosen.deadline
            if self.tracking:
                self.touch(CLOCK, True, chosen)
        return chosen

    def is_late(self, number: int) -> bool:
        """Whether this thread can run only once the clock has moved on."""
        thread = self.threads[number]
        if thread.deadline is None or thread.deadline <= self.now:
            return False
        return thread.guard is not None and not thread.guard()

    def enabled(self, me: LabThread, yields: bool, must: bool = False, any_time: bool = False) -> list[int]:
        """The numbers of the threads that could run now, the default first.

        `yields`: the current thread comes last; `must`: it comes only if there is no other.
        """
        ready: list[int] = []
        sleepers: list[int] = []
        earliest = inf
        for thread in self.alive:
            guard = thread.guard
            if guard is None or guard():
                ready.append(thread.number)
            elif (deadline := thread.deadline) is not None:
                if deadline <= self.now:
                    ready.append(thread.number)
                elif deadline < earliest:
                    earliest, sleepers = deadline, [thread.number]
                elif deadline == earliest:
                    sleepers.append(thread.number)
        number = me.number
        place = bisect(ready, number)  # threads stand in the order of their numbers
        goes_on = place > 0 and ready[place - 1] == number
        ready = ready[place:] + ready[: place - goes_on]  # the next one by number, round and round
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
        if self.records and me is self.main:
            self.main_functions = self.functions(sys._getframe(1))
        self._open(chosen)
        me.gate.wait()
        if me is self.main:
            self.main_functions = []
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
        thread = LabThread(len(self.threads), function, self.switcher.gate(), daemon)
        self.threads.append(thread)
        self.alive.append(thread)
        if self.history is not None:
            self._interleaved = self.history
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
                with suppress(Exception):  # what the program's own hook raises is ignored
                    sys.unraisablehook(Unraisable(error))  # type: ignore[arg-type]
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
        self.current.ends = True
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

    def stop(self, outcome: Outcome | None) -> NoReturn:
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

    def unwind(self) -> NoReturn:
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
        for thread in self.threads:
            thread.python = None  # or they would hold each other
        self.current = self.main
        self.forget_objects()

    def _close(self) -> None:
        self.flush()
        if self.history is not None and not self.ended:
            for thread in self.alive:
                if thread.accesses is not None and thread.guard is not None and not thread.guard():
                    self.history.waits(thread, thread.accesses())
        self.ended = True

    # ------------------------------------------------ what happened

    def touch(self, key: Key, write: bool, thread: LabThread | None = None, waited: bool = False) -> None:
        """Says that the current thread reads or writes what `key` names, in the step that it is in.

        `waited`: it could not, as long as another thread held that.
        """
        me = thread or self.current
        if write:
            self.versions[key] += 1
            me.wrote = True
        elif me.last_round is not None:
            me.reads.append((key, self.versions[key]))
            if len(me.reads) > _LONGEST_ROUND:
                me.last_round, me.reads = None, []
        if self._interleaved is not None and not self.ended:
            self._interleaved.touch(me, key, write, waited)

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
            self.emit("loop", None, "")
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
        self.wait(lambda: any(versions[key] != version for key, version in seen), None, "a change")
        me.spinning = False


class Unraisable:
    """What sys.unraisablehook is called with."""

    def __init__(self, error: BaseException) -> None:
        self.exc_type, self.exc_value, self.exc_traceback = type(error), error, error.__traceback__
        self.err_msg, self.object = "Exception ignored in thread started by", None
