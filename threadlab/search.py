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

A thread A is not preempted before a step a that nothing of another thread could overtake. Take any schedule that does
so: A is preempted, others do b1, b2, …, then A does a. Doing a first, then preempting A, gives the same relation,
because a commutes with b1, b2, …, and takes no more preemptions:

- Where A went on with a, it goes on with what is after a, or the switch to it and away from it falls away.
- If A has to wait or ends after a, preempting it costs nothing any more.
- No b has to wait where it did not before, and none that had to wait, and so gave way at no cost, need not now: one
  that waits for what a gives or takes would touch it next. Only the main thread waits for ends without being counted,
  and a thread's end saves the preemption that this may cost; but not if who runs instead can only as time passes, which
  has its price after the end, too: there, an end is not held back.
- Who sleeps, and until when, stays the same: a step that looks at the clock or moves it is never held back, nor is one
  that ends the run. Where fairness decides who runs, a lock is released by another thread than its holder, or the
  library's own bookkeeping makes a thread wait, nothing is held back any more.

Which steps can be overtaken is seen in the executions. If a conflicts with b1, or b2, …, take the first one: up to it,
the schedule that does a first is within the bound too, so it is explored, by induction over what is left to do. There
that b comes after a, with nothing in between that would put a before it anyway, and shows it. Then the preemption that
was held back is explored after all; so a node may be reached at a lower cost later, and is expanded again. Where A
holds a lock that b needs, b cannot come before a, and the two say nothing (Lipton, "Reduction", CACM 1975; here the
locks are those held in the very execution).

Where no branch was beyond the bound but those held back, the argument holds without a bound: more preemptions lead to
nothing else.
"""

import gc
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from threadlab.events import STEP_LIMIT
from threadlab.history import HappensBefore
from threadlab.instrument import Program
from threadlab.limits import MAX_STEPS_EXPLORED, MOST_STATES
from threadlab.policies import PCT, Recorded
from threadlab.schedule import Diverged, Schedule
from threadlab.scheduler import SIGN_OF_LIFE, Scheduler
from threadlab.threads import CLOCK
from threadlab.world import Options, Run, World

_PREFIXES = 10
"""How many prefixes that are to be executed are kept for each state that may be remembered."""

_FEW = 32
"""Threads: of fewer, a state takes the memory that MOST_STATES reckons with."""

_past = attrgetter("past")


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


@dataclass(slots=True)
class _Branches:
    """What else could have been chosen at one switch point."""

    prefixes: list[_Prefix]
    cut: bool
    """Whether there were others, for which the bound is too low."""
    step: list[int] | None
    """The events of the step that the current thread then did, if it could go on."""


class _Explorer:
    """The policy of one execution: a prefix, then the default, noting what else could have been chosen."""

    def __init__(self, search: "Search", prefix: _Prefix) -> None:
        self.search = search
        self.prefix = prefix
        self.any_time = search.any_time
        self._left = list(reversed(prefix.deviations()))
        self._end = self._left[0][0] if self._left else -1
        self.quiet_until = self._left[-1][0] if self._left else 0
        self.branches: list[_Branches] = []
        self.pruned = False
        """Whether it is cut short, as everything from there on has been seen."""
        self._open: _Branches | None = None
        self._begin = 0

    def close(self) -> None:
        """The step that began at the last branches is over."""
        if self._open is not None:
            self._open.step = self.search.history.events[self._begin :]
            self._open = None

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int | None:
        if step % SIGN_OF_LIFE == 0:
            self.search.say_progress()
        if step <= self._end:
            if step != self._left[-1][0]:
                return enabled[0]
            _, thread = self._left.pop()
            self.quiet_until = self._left[-1][0] if self._left else step + 1
            if thread not in enabled:
                raise Diverged(step, thread, "cannot run there: the program does not behave alike in each run")
            return thread
        search = self.search
        scheduler = search.world.scheduler
        if len(scheduler.threads) == 1:  # as each execution begins
            return enabled[0]
        if search.reduce:
            self.close()
            # Elsewhere than at a switch point of its own, the current thread has ended or waits: that is in its past.
            node = (scheduler.current.number, *map(_past, scheduler.threads))
            if search.has_seen(node, self.prefix.preemptions):
                self.pruned = True
                return None
            search.seen[node] = self.prefix.preemptions
        if len(enabled) > 1:
            self._branch(step, enabled, goes_on)
        return enabled[0]

    def _branch(self, step: int, enabled: list[int], goes_on: bool) -> None:
        search = self.search
        scheduler = search.world.scheduler
        prefixes = []
        cut = False
        if search.kept >= search.room(_PREFIXES):
            search.forgets = True
            return
        # That time passes while a thread is ready means that this thread is held up, as by a preemption. Without a
        # price on it, polling with a sleep could go on for ever before the thread that it waits for runs.
        in_time = not goes_on and not scheduler.is_late(enabled[0])
        for thread in enabled[1:]:
            cost = self.prefix.preemptions + (goes_on or (in_time and scheduler.is_late(thread)))
            if cost > search.preemptions:
                cut = not search.cut
                continue
            # What another thread does next is known from an execution in which it has done so.
            node = self._node_after(thread) if search.reduce and search.executions else None
            if node is None or not search.has_seen(node, cost):
                prefixes.append(_Prefix(self.prefix, step, thread, cost, node))
        search.kept += len(prefixes)
        if prefixes or cut:
            current = scheduler.current
            can_hold = goes_on and not current.quiet and not (current.ends and any(map(scheduler.is_late, enabled)))
            branches = _Branches(prefixes, cut, [] if can_hold else None)
            self.branches.append(branches)
            if can_hold:
                self._open, self._begin = branches, len(search.history.events)

    def _node_after(self, number: int) -> tuple[int, ...] | None:
        """The node to which this thread would lead from here, if that is known."""
        scheduler = self.search.world.scheduler
        threads = scheduler.threads
        thread = threads[number]
        accesses = thread.accesses() if thread.accesses is not None else []
        if thread.guard is not None and not thread.guard():  # it would go on because time is up
            if thread.late is None:
                return None
            accesses = [*([(CLOCK, True)] if scheduler.is_late(number) else []), *thread.late()]
        past = self.search.history.next_past(thread.past, accesses)
        return None if past is None else (number, *[past if each is thread else each.past for each in threads])


def _is_cut_off(ending: str) -> bool:
    """Whether a run has been given up, not one that is known to go on for ever."""
    return ending.startswith(f"{STEP_LIMIT}: more")


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
    states: int = MOST_STATES
    """The most states that are remembered: so much memory the search takes, however long it goes on."""
    any_time: bool = True
    max_steps: int = MAX_STEPS_EXPLORED
    seed: int = 0
    reduce: bool = True
    scheduler: type[Scheduler] = Scheduler
    on_found: Callable[[Found], None] | None = None
    on_progress: Callable[["Search"], None] | None = None
    """Called at the start, after each execution, and now and then during a long one."""
    on_execution: Callable[[Schedule], None] | None = None
    executions: int = 0
    pruned: int = 0
    cut: bool = False
    """Whether schedules with more preemptions were left out that may lead elsewhere."""
    why_not: str = ""
    """Why it is not exhaustive up to its bound; "" if it is."""
    outcomes: dict[tuple[str, str], Found] = field(default_factory=dict)
    """By ending and output. What a run printed that was cut off says nothing of the program: they are one outcome."""
    error: BaseException | None = None
    level: int = 0
    """Schedules with fewer preemptions than this have all been executed, or one that leads to the same states."""
    sampling: bool = False
    """Whether it has come to random schedules."""

    def __post_init__(self) -> None:
        self.waiting: list[deque[_Prefix]] = [deque() for _ in range(self.preemptions + 1)]
        self.seen: dict[tuple[int, ...], int] = {}
        """Nodes, and the fewest preemptions that have led there."""
        self.held_back: dict[int, list[_Branches]] = {}
        """By the events of the step before which a thread need not be preempted: 0 for none."""
        self.history = HappensBefore()
        self.longest = 0
        self.kept = 0
        """How many prefixes are to be executed."""
        self.forgets = False
        """Whether there were more than are kept."""
        self._doubt = ""
        """Why an execution does not say all of the schedules that it stands for."""

    @property
    def exhaustive(self) -> bool:
        """Whether every schedule up to the bound has been explored, or one that leads to the same states."""
        return not self.why_not

    @property
    def covered(self) -> int:
        """Schedules with fewer preemptions than this can lead to no other outcome."""
        return 0 if self._doubt or self.forgets or self.history.blind else self.level

    def run(self) -> None:
        """Explores. Leaves what it has found in `outcomes`, also when it is interrupted."""
        collecting = gc.isenabled()
        gc.disable()  # the world collects what its runs leave, now and then
        try:
            self._run()
        finally:
            if collecting:
                gc.enable()

    def _run(self) -> None:
        self.why_not = "interrupted"
        self.waiting[0].append(_Prefix(None, -1, 0, 0))
        self.kept = 1
        limited = ""
        systematic = self.limit - self.limit // 4
        self.say_progress()
        while self.level <= self.preemptions and self.error is None:
            waiting = self.waiting[self.level]
            if not waiting:
                self.level += 1
                continue
            if self.executions >= systematic:
                limited = f"stopped at the limit of {self.limit:,} executions"
                break
            if len(self.seen) >= self.room():
                limited = self._full()
                break
            self.kept -= 1
            prefix = waiting.popleft()  # few and early deviations first: late ones lead to little that is new
            if prefix.node is not None and self.has_seen(prefix.node, prefix.preemptions):
                continue
            doubt = self._execute(prefix)
            self._doubt = self._doubt or doubt
            self.say_progress()
        if self.forgets and not limited:
            limited = self._full()
        if self.error is None and limited:
            self._sample(self.limit - self.executions)
            if self.sampling:
                limited += "; the last executions followed random schedules"
        self.why_not = str(self.error) if self.error is not None else limited or self._doubt or self.history.blind

    def _full(self) -> str:
        return f"stopped at the limit of {self.states:,} states (points that runs have come to)"

    def room(self, factor: int = 1) -> int:
        """How many states there is room for: each has a number for each thread of the program."""
        return self.states * factor // (1 + len(self.world.scheduler.threads) // _FEW)

    def has_seen(self, node: tuple[int, ...], preemptions: int) -> bool:
        """Whether this node has been reached with as few preemptions."""
        return self.seen.get(node, self.preemptions + 1) <= preemptions

    def _branch(self, branches: list[_Branches]) -> None:
        """Adds what an execution could have done otherwise, where that can make a difference."""
        history = self.history
        for each in branches:
            if not self.reduce or each.step is None or not history.overtakable.isdisjoint(each.step):
                self._add(each)
            else:
                for event in each.step or (0,):
                    self.held_back.setdefault(event, []).append(each)
        released, history.overtaken = history.overtaken, []
        if not history.commutes:
            released = list(self.held_back)
        for event in released:
            for each in self.held_back.pop(event, ()):
                self._add(each)

    def _add(self, branches: _Branches) -> None:
        for prefix in branches.prefixes:
            self.waiting[prefix.preemptions].append(prefix)
            self.level = min(self.level, prefix.preemptions)
        branches.prefixes = []
        self.cut |= branches.cut

    def say_progress(self) -> None:
        """Tells whoever listens how far it is."""
        if self.on_progress:
            self.on_progress(self)

    def _options(self, history: HappensBefore | None) -> Options:
        return Options(
            seed=self.seed, max_steps=self.max_steps, any_time=self.any_time, history=history, errors=False,
            scheduler=self.scheduler,
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
        policy.close()
        self._branch(policy.branches)
        if policy.pruned:
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
        if run.outcome is not None and _is_cut_off(run.outcome.ending):
            return f"a run was cut off after {self.max_steps:,} switch points and rounds of loops"
        if line := self.world.scheduler.hurried:
            where = f" at line {line}" if line > 0 else ""
            return f"a loop{where} was made to let other threads run, which it need not"
        return ""

    def _found(self, run: Run, schedule: Schedule, preemptions: int) -> None:
        assert run.outcome is not None
        ending = run.outcome.ending
        key = (ending, "" if _is_cut_off(ending) else run.output)
        found = self.outcomes.get(key)
        if found is None:
            found = self.outcomes[key] = Found(ending, run.output, 1, schedule, preemptions)
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
        self.sampling = runs > 0
        for index in range(runs):
            policy = Recorded(PCT(self.seed + index, self.longest, 3), self.any_time)
            run = self.world.run(self.program, self.filename, policy, self._options(None))
            self.executions += 1
            self.say_progress()
            if run.error is not None or run.outcome is None:
                self.error = run.error
                return
            self._found(run, Schedule(self.seed, tuple(policy.deviations)), -1)
