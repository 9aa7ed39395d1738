"""Every snippet does under the lab what its `#>` lines say, under every schedule that is explored."""

from pathlib import Path

import pytest

from authoring.snippets import Snippet, load_snippets
from threadlab.api import outcomes_of

SNIPPETS = Path(__file__).parents[2] / "snippets"

LEFT_OUT = {
    "measure/measuring.py": "loops of 100,000, and it is a notebook's",
    "measure/measuring_plot.py": "has no threads, and draws with NumPy's C code",
    "index_gil.py": "says what build runs it",
    "threading/daemon_lost_finally.py": "starts a process",
    "threading/lock.py": "loops of 100,000",
    "threading/lock_broken.py": "loops of 100,000",
    "threading/lock_broken_call.py": "loops of 100,000",
    "threading/lock_order.py": "loops of 1,000 under two locks",
    "threading/tools/condition_busy.py": "counts how often it could look: as often as the lab lets it",
}
"""Snippets that are not run in the lab, and why."""


@pytest.mark.parametrize("snippet", load_snippets(SNIPPETS), ids=lambda snippet: snippet.name)
def test_snippet_in_the_lab(snippet: Snippet) -> None:
    if why := LEFT_OUT.get(snippet.name):
        pytest.skip(why)
    directive = snippet.directive
    kinds = {"deadlock" if ending == "deadlock" else "finished" for ending in directive.ending}
    if directive.raises or directive.thread_raises:
        kinds.add("exception")
    # Outputs that vary within bounds are times; only on an exact clock are these times of a machine that keeps up.
    clock = "exact" if any(".." in output for output in directive.outputs) else "any"
    found = outcomes_of(snippet.file, preemptions=1, limit=40, max_steps=5000, clock=clock)
    assert found.outcomes, found.why_not
    for each in found.outcomes:
        where = f"{each.ending}, printing {each.output!r}; see it with --schedule {each.schedule}"
        assert each.ending.partition(":")[0] in kinds, where
        assert directive.accepts(each.output.splitlines(), snippet.shown_output), where
