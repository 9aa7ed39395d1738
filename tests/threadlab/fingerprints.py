"""Prints, as one line of JSON, what each small program's run under a random schedule was: to compare interpreters."""

import json
import sys

from generated import generated
from programs_lab import SMALL

from threadlab.instrument import instrument
from threadlab.policies import Random, Recorded
from threadlab.recording import fingerprint
from threadlab.search import Search
from threadlab.world import Options, World

TWO_LOOPS = """
import asyncio
from threading import Thread
async def work(n):
    for _ in range(3): await asyncio.sleep(n)
    print(n, asyncio.current_task().get_name())
def run(n):
    async def main(): await asyncio.create_task(work(n), name=f"task {n}")
    asyncio.run(main())
threads = [Thread(target=run, args=(n,)) for n in (2, 1)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
"""Each thread has an event loop. The steps inside asyncio differ between versions, so the output is compared."""


def fingerprints() -> str:
    world = World()
    world.install()
    found: dict[str, object] = {}
    for name, source in {**SMALL, **generated()}.items():
        program = instrument(source, "/program.py")
        for seed in (1, 2):
            run = world.run(program, "/program.py", Recorded(Random(seed)), Options(record=True))
            found[f"{name} {seed}"] = [fingerprint(run.events), run.outcome.ending if run.outcome else str(run.error)]
        if name in ("LOST_UPDATE", "LOCK_ORDER", "LOST_WAKEUP"):
            search = Search(world, program, "/program.py", preemptions=1)
            search.run()
            found[f"{name} outcomes"] = [search.executions, sorted(map(list, search.outcomes)), search.why_not]
    for seed in (1, 2):
        run = world.run(instrument(TWO_LOOPS, "/program.py"), "/program.py", Random(seed), Options())
        found[f"TWO_LOOPS {seed}"] = [run.output, run.outcome.ending if run.outcome else str(run.error)]
    world.remove()
    return json.dumps(found)


if __name__ == "__main__":
    print(fingerprints())
    sys.stdout.flush()
