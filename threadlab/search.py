"""Every outcome of a program, fewest preemptions first.

Stateless search: a prefix of choices is executed again from the start, then the default order is followed to the end.
The reduction is happens-before state caching for context-bounded search (Musuvathi and Qadeer, "Partial-order reduction
for context-bounded state exploration", MSR-TR-2007-12). A node is the happens-before relation of what has happened, and
the thread that ran last; each node is expanded once, at the fewest preemptions that reach it, because nodes are taken
in that order. It is sound at every bound because it prunes nothing but nodes:

- Two prefixes with the same happens-before relation lead to the same state, so to the same threads that can run, the
  same outcomes, and the same relation after the same choice. With the same thread running last, the same choice costs
  the same number of preemptions in both.
- So nodes and choices form one weighted graph, and taking nodes in ascending order of cost (0-1 breadth-first search)
  finds each node at its least cost. What the bound allows from the first prefix, it allows from every later one less.

Relations are compared exactly, not by a hash of them: each event is interned as (the thread's previous event, the last
write of what it touches, the reads since), so equal numbers mean equal pasts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from threadlab.events import STEP_LIMIT
from threadlab.instrument import Program
from threadlab.policies import PCT, Recorded
from threadlab.schedule import Diverged, Schedule
from threadlab.scheduler import Key, LabThread, Scheduler
from threadlab.world import Options, Run, World


class HappensBefore:
    """Numbers events so that two events have the same number if, and only if, they have the same past."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}
        self._last: dict[Key, tuple[int, dict[int, int]]] = {}

    def restart(self) -> None:
        """A new run; what is known stays."""
        self._last = {}

    def _intern(self, past: tuple[object, ...]) -> int:
        known = self._known
        number = known.get(past)
        if number is None:
            number = known[past] = len(known) + 1
        return number

    def begin(self, thread: LabThread, parent: LabThread | None) -> None:
        thread.past = self._intern(("begin", thread.number, parent.past if parent else 0))

    def arrive(self, thread: LabThread) -> None:
        """The thread comes to a switch point: its position is part of the state."""
        thread.past = self._intern((thread.past,))

    def touch(self, thread: LabThread, key: Key, write: bool) -> None:
        thread.past = past = self._intern(self._access(thread.past, key, write))
        if write:
            self._last[key] = (past, {})
        else:
            written, reads = self._last.get(key, _NOTHING)
            self._last[key] = (written, {**reads, thread.number: past})

    def _access(self, past: int, key: Key, write: bool) -> tuple[object, ...]:
        written, reads = self._last.get(key, _NOTHING)
        return (past, written, tuple(sorted(reads.values()))) if write else (past, written)

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


_NOTHING: tuple[int, dict[int, int]] = (0, {})
"""Of a key that nobody has touched: the last write, and the reads since by thread."""


class _Pruned(Exception):
    """Everything from here on has been seen."""


@dataclass(slots=True)
class _Prefix:
    """Choices that differ from the default, the last of them first."""

    parent: "_Prefix | None"
    step: int
    thread: int
    preemptions: int
    node: tuple[int, ...] | None = None
    """That it leads to, if that is known before it is executed."""

    def deviations(self) -> tuple[tuple[int, int], ...]:
        result: list[tuple[int, int]] = []
        prefix: _Prefix | None = self
        while prefix is not None and prefix.step >= 0:
            result.append((prefix.step, prefix.thread))
            prefix = prefix.parent
        return tuple(reversed(result))


class _Explorer:
    """The policy of one execution: a prefix, then the default, noting what else could have been chosen."""

    def __init__(self, search: "Search", prefix: _Prefix) -> None:
        self.search = search
        self.prefix = prefix
        self.any_time = search.any_time
        self._left = list(reversed(prefix.deviations()))
        self._end = self._left[0][0] if self._left else -1
        self.quiet_until = self._left[-1][0] if self._left else 0

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        if step <= self._end:
            if step != self._left[-1][0]:
                return enabled[0]
            _, thread = self._left.pop()
            self.quiet_until = self._left[-1][0] if self._left else step + 1
            if thread not in enabled:
                raise Diverged(step, thread, "cannot run there: the program does not behave alike in each run")
            return thread
        search = self.search
        if search.reduce:
            scheduler = search.world.scheduler
            # Elsewhere than at a switch point of its own, the current thread has ended or waits: that is in its past.
            node = (scheduler.current.number, *[thread.past for thread in scheduler.threads])
            if node in search.seen:
                raise _Pruned
            search.seen.add(node)
        if len(enabled) > 1:
            self._branch(step, enabled, goes_on)
        return enabled[0]

    def _branch(self, step: int, enabled: list[int], goes_on: bool) -> None:
        search = self.search
        scheduler = search.world.scheduler
        ready = not scheduler.is_late(enabled[0])
        for thread in reversed(enabled[1:]):
            # That time passes while a thread is ready means that this thread is held up, as by a preemption. Without
            # a price on it, polling with a sleep could go on for ever before the thread that it waits for runs.
            cost = self.prefix.preemptions + (goes_on or (ready and scheduler.is_late(thread)))
            if cost > search.preemptions:
                search.cut = True
                continue
            node = self._node_after(thread) if search.reduce else None
            if node is None or node not in search.seen:
                search.waiting[cost].append(_Prefix(self.prefix, step, thread, cost, node))

    def _node_after(self, number: int) -> tuple[int, ...] | None:
        """The node to which this thread would lead from here, if that is known."""
        threads = self.search.world.scheduler.threads
        thread = threads[number - 1]
        if thread.guard is not None and not thread.guard():
            return None  # it would go on because time is up
        past = self.search.history.next_past(thread)
        return None if past is None else (number, *[past if each is thread else each.past for each in threads])


@dataclass
class Found:
    """An outcome: an ending and an output, and how to see it."""

    ending: str
    output: str
    count: int
    schedule: Schedule
    preemptions: int
    """Of the schedule; -1 where a random schedule found it."""
    label: str = ""
    """What a reader has to know of it: gil.LABEL, or ""."""


@dataclass
class Search:
    """The exploration of one program in one world."""

    world: World
    program: Program
    filename: str
    preemptions: int = 2
    """The most preemptions of a schedule: switches away from a thread that could go on."""
    limit: int = 10_000
    """The most executions."""
    any_time: bool = True
    max_steps: int = 20_000
    seed: int = 0
    reduce: bool = True
    scheduler: type[Scheduler] = Scheduler
    on_found: Callable[[Found], None] | None = None
    on_progress: Callable[["Search"], None] | None = None
    """Called at the start and after each execution."""
    on_execution: Callable[[Schedule], None] | None = None
    executions: int = 0
    pruned: int = 0
    cut: bool = False
    """Whether schedules with more preemptions were left out."""
    why_not: str = ""
    """Why it is not exhaustive up to its bound; "" if it is."""
    outcomes: dict[tuple[str, str], Found] = field(default_factory=dict)
    error: BaseException | None = None
    level: int = 0
    """Schedules with fewer preemptions than this are all explored."""

    def __post_init__(self) -> None:
        self.waiting: list[list[_Prefix]] = [[] for _ in range(self.preemptions + 1)]
        self.seen: set[tuple[int, ...]] = set()
        self.history = HappensBefore()
        self.longest = 0

    @property
    def exhaustive(self) -> bool:
        """Whether every schedule up to the bound has been explored, or one that leads to the same states."""
        return not self.why_not

    def run(self) -> None:
        """Explores. Leaves what it has found in `outcomes`, also when it is interrupted."""
        self.why_not = "interrupted"
        self.waiting[0].append(_Prefix(None, -1, 0, 0))
        complete = ""
        systematic = self.limit - self.limit // 4
        self._say_progress()
        while self.level <= self.preemptions and self.error is None:
            waiting = self.waiting[self.level]
            if not waiting:
                self.level += 1
                continue
            if self.executions >= systematic:
                complete = f"stopped at the limit of {self.limit} executions"
                break
            prefix = waiting.pop()
            if prefix.node in self.seen:
                continue
            reason = self._execute(prefix)
            complete = complete or reason
            self._say_progress()
        if self.error is None and self.level <= self.preemptions:
            self._sample(self.limit - self.executions)
        self.why_not = str(self.error) if self.error is not None else complete

    def _say_progress(self) -> None:
        if self.on_progress:
            self.on_progress(self)

    def _options(self, history: HappensBefore | None) -> Options:
        return Options(
            seed=self.seed, max_steps=self.max_steps, any_time=self.any_time, history=history, scheduler=self.scheduler
        )  # fmt: skip

    def _execute(self, prefix: _Prefix) -> str:
        """Runs one prefix to its end. Returns why the search is no longer exhaustive, if so."""
        if self.on_execution:
            self.on_execution(Schedule(self.seed, prefix.deviations()))
        self.history.restart()
        policy = _Explorer(self, prefix)
        run = self.world.run(self.program, self.filename, policy, self._options(self.history if self.reduce else None))
        self.executions += 1
        self.longest = max(self.longest, run.steps)
        if isinstance(run.error, _Pruned):
            self.pruned += 1
            return self._check(run)
        if run.error is not None or run.outcome is None:
            self.error = run.error or RuntimeError("the run had no outcome")
            return ""
        self._found(run, Schedule(self.seed, prefix.deviations()), prefix.preemptions)
        return self._check(run)

    def _check(self, run: Run) -> str:
        if run.leaked:
            return "a thread did not let itself be ended"
        if run.outcome is not None and run.outcome.ending.startswith(f"{STEP_LIMIT}: more"):
            return f"a run came to the limit of {self.max_steps} steps"
        return ""

    def _found(self, run: Run, schedule: Schedule, preemptions: int) -> None:
        assert run.outcome is not None
        key = (run.outcome.ending, run.output)
        found = self.outcomes.get(key)
        if found is None:
            found = self.outcomes[key] = Found(*key, 1, schedule, preemptions)
        else:
            found.count += 1
            if found.preemptions == preemptions and len(str(schedule)) < len(str(found.schedule)):
                found.schedule = schedule
            else:
                return
        if self.on_found:
            self.on_found(found)

    def _sample(self, runs: int) -> None:
        """What systematic search has no time for: random schedules by PCT."""
        for index in range(runs):
            policy = Recorded(PCT(self.seed + index, self.longest, 3), self.any_time)
            run = self.world.run(self.program, self.filename, policy, self._options(None))
            self.executions += 1
            self._say_progress()
            if run.error is not None or run.outcome is None:
                self.error = run.error
                return
            self._found(run, Schedule(self.seed, tuple(policy.deviations)), -1)
