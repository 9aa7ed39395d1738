"""A schedule as text: `seed.choices`, printable and safe in a URL, e.g. `7.12t2-4t0`.

Only deviations from the default order are written: `12t2` is "at the switch point after 12 more, thread 2". The default
is to go on with the current thread while it can run, else with the next one by number. The seed fixes the program's
`random` and its string hashes.
"""

import re
from typing import NamedTuple

from threadlab.limits import LARGEST_SEED

_TEXT = re.compile(r"(?P<seed>\d{1,10})\.(?P<choices>(\d+t\d+(-\d+t\d+)*)?)")


class ScheduleError(ValueError):
    """A text that is no schedule."""


class Diverged(Exception):
    """The schedule does not fit the program: at `step`, a switch point, it names a thread that cannot run there, or
    there is no such switch point."""

    def __init__(self, step: int, thread: int, why: str) -> None:
        super().__init__(f"the schedule does not fit the program: at switch point {step}, thread {thread} {why}")
        self.step = step
        self.thread = thread


class Schedule(NamedTuple):
    """The deviations from the default order, as (switch point, thread number) in ascending order."""

    seed: int = 0
    deviations: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        parts, last = [], -1
        for step, thread in self.deviations:
            parts.append(f"{step - last - 1}t{thread}")
            last = step
        return f"{self.seed}.{'-'.join(parts)}"

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """The schedule that `text` says. Raises ScheduleError."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ScheduleError(f"{text!r} is no schedule; it should read like 0. or 7.12t2-4t0")
        seed, step, deviations = int(match["seed"]), -1, []
        if seed > LARGEST_SEED:
            raise ScheduleError(f"the seed {seed} is too large; at most {LARGEST_SEED}")
        for part in filter(None, match["choices"].split("-")):
            gap, _, thread = part.partition("t")
            step += int(gap) + 1
            deviations.append((step, int(thread)))
        return cls(seed, tuple(deviations))
