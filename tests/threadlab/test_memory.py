"""Runs leave nothing behind, and neither does an exploration."""

import gc
import sys
from collections.abc import Callable

import pytest
from programs_lab import SMALL

from threadlab.instrument import instrument
from threadlab.policies import PCT, Recorded
from threadlab.search import Search
from threadlab.world import Options, World

FILENAME = "/program.py"
PROGRAMS = ["LOST_UPDATE", "LOCK_ORDER", "THREAD_EXCEPTION", "QUEUE", "TIMER", "POOL_DONE", "ATTRIBUTE", "LOCALS"]


def growth(do: Callable[[int], None], few: int) -> float:
    """How many blocks of memory each call leaves allocated, from call `few` to call 10 * `few`.

    The interpreter's caches take and give some dozens at any time.
    """
    counts = []
    for first, last in ((0, few), (few, 10 * few)):
        for number in range(first, last):
            do(number)
        gc.collect()
        counts.append(sys.getallocatedblocks())
    return (counts[1] - counts[0]) / (9 * few)


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs_leave_nothing_behind(name: str, world: World) -> None:
    program = instrument(SMALL[name], FILENAME)

    def run(seed: int) -> None:
        world.run(program, FILENAME, Recorded(PCT(seed, 30), True), Options(record=seed % 2 == 0))

    assert growth(run, 100) < 0.5


@pytest.mark.parametrize("name", ["LOST_UPDATE", "LOCK_ORDER", "THREAD_EXCEPTION"])
def test_explorations_leave_nothing_behind(name: str, world: World) -> None:
    program = instrument(SMALL[name], FILENAME)

    def explore(_: int) -> None:
        Search(world, program, FILENAME, preemptions=1).run()

    assert growth(explore, 20) < 2
