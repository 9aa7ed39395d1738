"""How fast the lab explores, how the number of executions grows with the threads, and what it keeps in memory.

    speed    executions a second of the two-thread lost update
    growth   executions until 2 to 6 threads that each add 1 are explored, with and without the reduction
    memory   resident memory while 100,000 executions are done: of runs one after another, and of one exploration

Usage: uv run python benchmarks/lab.py [speed] [growth] [memory]
"""

import contextlib
import subprocess
import sys
import time

import psutil

from threadlab.instrument import instrument
from threadlab.policies import PCT, Recorded
from threadlab.search import Search
from threadlab.switching import keep_to_one_processor
from threadlab.world import Options, World

AT_LEAST = 800
"""Executions a second."""
CAP = 20_000
"""Executions after which the growth is not followed any further."""
EXECUTIONS = 100_000
"""That the memory is measured over, ten times."""
FILE = "/adds.py"


def adds(threads: int) -> str:
    """A program in which so many threads add 1 to a variable without a lock."""
    return f"""\
from threading import Thread

counter = 0


def work():
    global counter
    counter += 1


threads = [Thread(target=work) for _ in range({threads})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(counter)
"""


class Enough(Exception):
    """The exploration has come to its cap."""


def explore(world: World, threads: int, preemptions: int, cap: int, reduce: bool = True, each: object = None) -> Search:
    """An exploration, to its end or to the cap."""

    def on_progress(search: Search) -> None:
        if search.executions >= cap:
            raise Enough
        if callable(each):
            each(search.executions)

    search = Search(
        world, instrument(adds(threads), FILE), FILE, preemptions=preemptions, limit=1 << 40, reduce=reduce,
        on_progress=on_progress,
    )  # fmt: skip
    with contextlib.suppress(Enough):
        search.run()
    return search


def speed(world: World) -> None:
    rates = []
    for _ in range(9):
        start = time.perf_counter()
        executions = sum(explore(world, 2, 3, CAP).executions for _ in range(5))
        rates.append(executions / (time.perf_counter() - start))
    median = sorted(rates)[len(rates) // 2]
    verdict = "" if median >= AT_LEAST else ": MISSED"
    print(f"{median:,.0f} executions a second (median of nine); at least {AT_LEAST}{verdict}\n")


def growth(world: World) -> None:
    print(f"{'threads':>7}{'bound':>7}{'with the reduction':>20}{'without':>20}")
    for threads in range(2, 7):
        for preemptions in (1, 2):
            found = [explore(world, threads, preemptions, CAP, reduce) for reduce in (True, False)]
            texts = [f"{s.executions:,}" if s.exhaustive else f"more than {CAP:,}" for s in found]
            print(f"{threads:7}{preemptions:7}{texts[0]:>20}{texts[1]:>20}", flush=True)
    print()


def memory(what: str) -> None:
    """In a process of its own."""
    world = World()
    world.install()
    process, begin = psutil.Process(), time.perf_counter()
    first = 0

    def report(executions: int) -> None:
        nonlocal first
        if executions and executions % (EXECUTIONS // 10) == 0:
            resident = process.memory_info().rss
            first = first or resident
            per = (resident - first) / max(1, executions - EXECUTIONS // 10)
            print(f"{what:12}{executions:9,}{resident / 2**20:9.1f} MiB{per:9.0f} bytes each", flush=True)

    if what == "runs":
        program = instrument(adds(2), FILE)
        for seed in range(1, EXECUTIONS + 1):
            world.run(program, FILE, Recorded(PCT(seed, 20), True), Options())
            report(seed)
    else:
        explore(world, 6, 3, EXECUTIONS + 1, each=report)
    print(f"{'':12}in {time.perf_counter() - begin:.0f} s")


def main() -> None:
    chosen = sys.argv[1:] or ["speed", "growth", "memory"]
    keep_to_one_processor()  # as threadlab/child.py does
    if chosen[0] in ("runs", "exploration"):
        memory(chosen[0])
        return
    world = World()
    world.install()
    if "speed" in chosen:
        speed(world)
    if "growth" in chosen:
        growth(world)
    if "memory" in chosen:
        for what in ("runs", "exploration"):
            subprocess.run([sys.executable, __file__, what], check=True)


if __name__ == "__main__":
    main()
