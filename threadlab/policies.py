"""Who runs next: the default order, a seeded random one, PCT, a schedule that is replayed, or whoever is asked."""

import random
from collections.abc import Callable
from typing import Protocol

from threadlab.schedule import Diverged, Schedule

NEVER = 1 << 62


class Policy(Protocol):
    """Chooses at each switch point. `enabled[0]` is the default."""

    quiet_until: int
    """The first switch point at which it may choose anything but to go on with a thread that can."""
    any_time: bool
    """Whether threads that sleep may be chosen while others are ready (the clock then moves on)."""

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int | None:
        """The number of one of `enabled`; None to cut the run short.

        `goes_on`: the current thread is the first of them and could go on.
        """
        ...


class First:
    """The default order."""

    quiet_until = NEVER
    any_time = False

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        return enabled[0]


class Random:
    """At each switch point with probability `switch` another thread, all with the same probability."""

    quiet_until = 0
    any_time = False

    def __init__(self, seed: int, switch: float = 0.25) -> None:
        self._random = random.Random(seed)
        self._switch = switch

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        if len(enabled) == 1 or (goes_on and self._random.random() >= self._switch):
            return enabled[0]
        return self._random.choice(enabled)


class PCT:
    """Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010).

    Threads have random priorities, the highest that can run does, and at `depth - 1` switch points chosen uniformly
    among the first `length` the running thread's priority becomes the lowest. With n threads and a program of at most
    `length` switch points, one run finds a bug of that depth with probability at least 1 / (n * length**(depth - 1)).
    """

    quiet_until = 0
    any_time = False

    def __init__(self, seed: int, length: int = 1000, depth: int = 3) -> None:
        self._random = random.Random(seed)
        self._changes = {self._random.randrange(max(1, length)): -index for index in range(1, depth)}
        self._priorities: dict[int, float] = {}
        self._last = -1

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        for number in enabled:
            if number not in self._priorities:
                self._priorities[number] = self._random.random()
        if step in self._changes:
            self._priorities[enabled[0]] = self._changes[step]
        elif not goes_on and self._last in enabled and len(enabled) > 1:
            # It could go on but yields, as a spin-wait does: a priority must not starve the others.
            enabled = [number for number in enabled if number != self._last]
        self._last = max(enabled, key=self._priorities.__getitem__)
        return self._last


class Replay:
    """A schedule: its deviations, else the default. Raises Diverged where it does not fit."""

    any_time = True

    def __init__(self, schedule: Schedule) -> None:
        self._left = list(reversed(schedule.deviations))
        self.quiet_until = self._left[-1][0] if self._left else NEVER

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        if not self._left or self._left[-1][0] != step:
            return enabled[0]
        _, thread = self._left.pop()
        self.quiet_until = self._left[-1][0] if self._left else NEVER
        if thread not in enabled:
            raise Diverged(step, thread, "cannot run there")
        return thread

    def finish(self) -> None:
        """Raises Diverged if the run ended before the schedule did."""
        if self._left:
            raise Diverged(self._left[-1][0], self._left[-1][1], "is never reached: the run ends before that")


class Recorded:
    """Another policy, and the deviations from the default order that its choices amount to."""

    quiet_until = 0

    def __init__(self, inner: Policy, any_time: bool | None = None) -> None:
        self._inner = inner
        self.any_time = inner.any_time if any_time is None else any_time
        self.deviations: list[tuple[int, int]] = []

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int | None:
        chosen = self._inner.choose(step, enabled, goes_on)
        if chosen is not None and chosen != enabled[0]:
            self.deviations.append((step, chosen))
        return chosen


class Ask:
    """Whoever is asked: `ask(step, enabled, goes_on)` gives the number of the thread."""

    quiet_until = 0
    any_time = True

    def __init__(self, ask: Callable[[int, list[int], bool], int]) -> None:
        self._ask = ask

    def choose(self, step: int, enabled: list[int], goes_on: bool) -> int:
        return self._ask(step, enabled, goes_on)
