"""Every snippet does under the lab what its `#>` lines say, under every schedule that is explored."""

from pathlib import Path

import pytest

from authoring.snippets import Snippet, load_snippets
from threadlab.api import Exploration, outcomes_of

SNIPPETS = {each.name: each for each in load_snippets(Path(__file__).parents[2] / "snippets")}

SMALLER = {
    f"threading/{name}.py": (("100_000", "2"), ("400000", "8")) for name in ("lock", "lock_broken", "lock_broken_call")
}
"""Snippets whose loops are too long for an exploration, and what makes them short."""

TIMED = {
    "threading/lock_io.py": "says how long it took",
    "threading/lock_io_broken.py": "says how long it took",
    "threading/index_one_by_one.py": "says how long it took",
    "threading/index_overlapping.py": "says how long it took",
    "threading/thread_pool_executor.py": "says how long it took",
    "threading/tools/timer_cancel.py": "cancels a timer of seconds at once; a machine that slow would let it ring",
    "threading/tools/timer_daemon.py": "ends before a timer of seconds; a machine that slow would let it ring",
}
"""Snippets whose output holds on a machine that keeps up: time passes for them only when all threads wait."""

EXPLORED = [each for each in SNIPPETS.values() if each.name in SMALLER or not each.directive.not_in_lab]
BROKEN = [snippet for snippet in EXPLORED if "_broken" in snippet.name]


def test_tables_name_snippets() -> None:
    assert not (SMALLER.keys() | TIMED.keys()) - SNIPPETS.keys()


def source_in_the_lab(snippet: Snippet) -> str:
    """The program, with shorter loops where it needs that."""
    source = snippet.source
    for long, short in SMALLER.get(snippet.name, ()):
        assert long in source, f"snippets/{snippet.name} does not have {long}"
        source = source.replace(long, short)
    return source


def in_the_lab(snippet: Snippet, folder: Path) -> Snippet:
    """The snippet, as a file in `folder` where its loops are made shorter."""
    source = source_in_the_lab(snippet)
    if source == snippet.source:
        return snippet
    file = folder / snippet.file.name
    file.write_text(source)
    return Snippet(snippet.name, file, source)


def explore(snippet: Snippet) -> Exploration:
    return outcomes_of(snippet.file, preemptions=2, limit=1000, clock="exact" if snippet.name in TIMED else "any")


@pytest.mark.parametrize("snippet", EXPLORED, ids=lambda snippet: snippet.name)
def test_snippet_in_the_lab(snippet: Snippet, tmp_path: Path) -> None:
    snippet = in_the_lab(snippet, tmp_path)
    directive = snippet.directive
    kinds = {"deadlock" if ending == "deadlock" else "finished" for ending in directive.ending}
    if directive.raises or directive.thread_raises:
        kinds.add("exception")
    found = explore(snippet)
    assert found.outcomes, found.why_not
    for each in found.outcomes:
        where = f"{each.ending}, printing {each.output!r}; see it with --schedule {each.schedule}"
        assert each.ending.partition(":")[0] in kinds, where
        assert directive.accepts(each.output.splitlines(), snippet.shown_output), where


@pytest.mark.parametrize("snippet", BROKEN, ids=lambda snippet: snippet.name)
def test_broken_snippet_breaks(snippet: Snippet, tmp_path: Path) -> None:
    """It can end in a way in which the snippet that it is the broken form of cannot."""
    right = in_the_lab(SNIPPETS[snippet.name.replace("_broken_call", "").replace("_broken", "")], tmp_path)
    outcomes = explore(in_the_lab(snippet, tmp_path)).outcomes
    assert any(
        each.ending != "finished" or not right.directive.accepts(each.output.splitlines(), right.shown_output)
        for each in outcomes
    ), [(each.ending, each.output) for each in outcomes]
