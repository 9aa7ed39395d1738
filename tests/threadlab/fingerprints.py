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
    world.remove()
    return json.dumps(found)


if __name__ == "__main__":
    print(fingerprints())
    sys.stdout.flush()
