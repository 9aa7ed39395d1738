"""What each run of each program was, to compare interpreters: reads {name: source} and prints one line of JSON."""

import json
import sys

from threadlab.gil import label_outcomes
from threadlab.instrument import instrument
from threadlab.policies import First, Random, Recorded
from threadlab.recording import fingerprint
from threadlab.schedule import Schedule
from threadlab.search import Search
from threadlab.world import Options, World

EXPLORED = ("LOST_UPDATE", "LOCK_ORDER", "LOST_WAKEUP")
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


def fingerprints(programs: dict[str, str]) -> str:
    """For each program, run three times: the events as a hash, the ending, the output, the schedule."""
    world = World()
    world.install()
    found: dict[str, object] = {}
    for name, source in programs.items():
        program = instrument(source, "/program.py")
        for seed in (0, 1, 2):
            policy = Recorded(Random(seed) if seed else First())
            run = world.run(program, "/program.py", policy, Options(record=True, max_steps=20_000))
            ending = run.outcome.ending if run.outcome else str(run.error)
            schedule = str(Schedule(0, tuple(policy.deviations)))
            found[f"{name} {seed}"] = [fingerprint(run.events), len(run.events), ending, run.output, schedule]
        if name in EXPLORED:
            search = Search(world, program, "/program.py", preemptions=1)
            search.run()
            label_outcomes(search, source)
            outcomes = sorted([*key, each.label] for key, each in search.outcomes.items())
            found[f"{name} outcomes"] = [search.executions, outcomes, search.why_not]
    for seed in (1, 2):
        run = world.run(instrument(TWO_LOOPS, "/program.py"), "/program.py", Random(seed), Options())
        found[f"TWO_LOOPS {seed}"] = [run.output, run.outcome.ending if run.outcome else str(run.error)]
    world.remove()
    return json.dumps(found)


if __name__ == "__main__":
    print(fingerprints(json.load(sys.stdin)))
    sys.stdout.flush()
