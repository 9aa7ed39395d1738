"""The programs as the lab takes them: files. Usage: python in_threadlab.py PROGRAM first|all."""

import json
import sys
import time
from pathlib import Path

from threadlab.instrument import instrument
from threadlab.search import Found, Search
from threadlab.switching import keep_to_one_processor
from threadlab.world import World


class Failed(Exception):
    """The first schedule that fails."""


def explore(world: World, source: str, filename: str, first: bool) -> dict[str, object]:
    """What threadlab/service.py does with a request, which has the program's source."""

    def found(outcome: Found) -> None:
        if first and outcome.ending != "finished":
            raise Failed

    program = instrument(source, filename)
    search = Search(world, program, filename, preemptions=2, limit=1_000_000, on_found=found)
    try:
        search.run()
    except Failed:
        pass
    else:
        assert search.exhaustive, search.why_not
    endings = {ending.partition(":")[0] for ending, _ in search.outcomes} - {"finished"}
    verdict = "fails: " + ", ".join(sorted(endings)) if endings else "passes"
    return {"executions": search.executions, "verdict": verdict}


def main() -> None:
    keep_to_one_processor()  # as threadlab/child.py does
    world = World()
    world.install()  # imports the library anew, on the stand-ins: not counted, like every import
    file = Path(__file__).with_name(f"{sys.argv[1]}.py")
    source = file.read_text()  # as the other tools' programs are there when they start
    start = time.perf_counter()
    result = explore(world, source, str(file), sys.argv[2] == "first")
    print(json.dumps({"seconds": time.perf_counter() - start, **result}))


if __name__ == "__main__":
    main()
