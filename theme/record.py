"""Records a program's runs for a page: `python record.py FILE` prints them as JSON. See lab.py, which starts it.

A process of its own, so that `mkdocs serve` records with the engine as it now is, not as it was when it was imported.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from threadlab.api import FoundOutcome, LabError, outcomes_of, run_file
from threadlab.present import presented

PREEMPTIONS = 2
LIMIT = 500
"""Executions in which other outcomes are looked for: a fixed number, so that the same are found on each machine."""
MAX_STEPS = 20_000
OTHERS = 3
"""Runs beside the default one."""
TRIED = 20
"""Outcomes of which a run is recorded to find those."""


def main(file: str) -> dict:
    """The default run and the shortest of each other outcome with a title of its own; or the engine's error."""
    runs: dict[str, dict] = {}
    try:
        default = run_file(file, record=True, max_steps=MAX_STEPS)
        found = outcomes_of(file, preemptions=PREEMPTIONS, limit=LIMIT, max_steps=MAX_STEPS)
        seen = default.outcome.ending, default.output
        others = [each for each in found.outcomes if (each.ending, each.output) != seen]
        for other in [None, *_various(others, default.outcome.ending)[:TRIED]]:
            run = run_file(file, schedule=other.schedule, record=True, max_steps=MAX_STEPS) if other else default
            if run.recording is None:
                return {"error": "lost", "text": run.outcome.ending}
            shown = presented(run.recording)
            runs.setdefault(shown["title"], shown)
            if len(runs) > OTHERS:
                break
    except LabError as error:
        return {"error": error.kind, "text": f"{error}"}
    return {"runs": list(runs.values())}


def _various(outcomes: list[FoundOutcome], shown: str) -> list[FoundOutcome]:
    """Those that end in a way of their own first: a page with room for few shows the deadlock, not a third order."""
    endings = {shown}
    first, rest = [], []
    for each in outcomes:
        (rest if each.ending in endings else first).append(each)
        endings.add(each.ending)
    return first + rest


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout)
