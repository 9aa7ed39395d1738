"""What a run in the Thread Lab costs over plain CPython: `python FILE` and `threadlab run FILE`, in turn.

Usage: uv run python benchmarks/startup.py [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SNIPPETS = Path(__file__).parents[1] / "snippets/threading"
PROGRAMS = [
    "thread.py",
    "subclassing.py",
    "lock_forced.py",
    "daemon_event.py",
    "tools/barrier.py",
    "tools/semaphore.py",
]
"""Programs that wait for nothing but each other: what they cost is computing."""
BUDGET = 60
"""Milliseconds of wall-clock time."""


def cost(*arguments: str | Path) -> tuple[float, float]:
    """Milliseconds of one run of Python with these arguments: wall-clock time, and CPU time with its children's."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall * 1000, cpu * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{'medians in ms':24}{'CPython':>16}{'the lab':>16}{'difference':>16}")
    print(f"{'':24}" + f"{'wall':>8}{'CPU':>8}" * 3)
    differences = []
    for name in PROGRAMS:
        file = SNIPPETS / name
        plain, lab = [], []
        for _ in range(rounds + 1):
            plain.append(cost(file))
            lab.append(cost("-m", "threadlab", "run", file))
        # The first round writes the bytecode.
        medians = [statistics.median(column) for runs in (plain, lab) for column in zip(*runs[1:], strict=True)]
        difference = [medians[2] - medians[0], medians[3] - medians[1]]
        differences.append(difference[0])
        print(f"{name:24}" + "".join(f"{figure:8.0f}" for figure in [*medians, *difference]))
    worst = max(differences)
    print(
        f"The lab costs at most {worst:.0f} ms more; the budget is {BUDGET} ms{'' if worst <= BUDGET else ': MISSED'}."
    )


if __name__ == "__main__":
    main()
