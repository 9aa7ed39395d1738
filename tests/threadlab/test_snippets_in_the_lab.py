"""Every snippet does under the lab what its `#>` lines say, under every schedule that is explored."""

import re
import shlex
from pathlib import Path
from typing import NoReturn

import pytest

from authoring.snippets import Snippet, SnippetError, load_snippets
from threadlab.api import Exploration, FoundOutcome, LabError, outcomes_of

ROOT = Path(__file__).parents[2]
SNIPPETS = {each.name: each for each in load_snippets(ROOT / "snippets")}

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


def is_readable(snippet: Snippet) -> bool:
    """Whether its directive can be read; if not, tests/test_snippets.py says why."""
    try:
        return bool(snippet.directive)
    except SnippetError:
        return False


EXPLORED = [
    each for each in SNIPPETS.values() if is_readable(each) and (each.name in SMALLER or not each.directive.not_in_lab)
]
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
    try:
        return outcomes_of(snippet.file, preemptions=2, limit=1000, clock="exact" if snippet.name in TIMED else "any")
    except LabError as error:
        told = f"{error}".partition(" Run the file for real")[0]
    found = re.search(r"\.py(?::|, line )(\d+)(?:: )?", told)
    line, what = (int(found[1]), told[found.end() :]) if found else (1, told)
    text = snippet.source.splitlines()[line - 1].strip()
    _fail(snippet, line, f"the Thread Lab cannot run {text!r}: {what or told}\n{NOT_FOR_THE_LAB}")


NOT_FOR_THE_LAB = (
    'If it is no program for the lab, declare not_in_lab = "the reason". CONTRIBUTING.md: Under every schedule.'
)


def complaints(snippet: Snippet, found: Exploration) -> list[tuple[int, str]]:
    """A line and a message, which ends with what to do, for each outcome that the snippet does not declare."""
    if not found.outcomes:
        return [(1, f"the Thread Lab found no outcome: {found.why_not}. Let it be smaller.\n{NOT_FOR_THE_LAB}")]
    directive = snippet.directive
    kinds = {"deadlock" if ending == "deadlock" else "finished" for ending in directive.ending}
    if directive.raises or directive.thread_raises:
        kinds.add("exception")
    messages = []
    for each in found.outcomes:
        if each.ending.partition(":")[0] not in kinds:
            line = re.search(r"at line (\d+)", each.ending)
            messages.append((int(line[1]) if line else 1, _told(snippet, each, "mend the program, or declare that")))
        elif not directive.accepts(each.output.splitlines(), snippet.shown_output):
            told = _told(snippet, each, "fix the order, or declare each output in outputs")
            messages.append((_line_of_output(snippet, each.output.splitlines()), told))
    return messages


def _told(snippet: Snippet, outcome: FoundOutcome, remedy: str) -> str:
    """What happened under which schedule, and what to do."""
    file = snippet.file.relative_to(ROOT) if snippet.file.is_relative_to(ROOT) else snippet.file
    printed = "".join(f"    {line}\n" for line in outcome.output.splitlines()) or "    (nothing)\n"
    limit = " --max-steps 20000" if outcome.ending.startswith("step limit") else ""
    return (
        f"under one schedule it ends with “{outcome.ending}” and prints\n{printed}"
        f"See that run: uv run threadlab run {shlex.quote(str(file))} --schedule {outcome.schedule}{limit}\n"
        f"If a reader may see that too, {remedy}. {NOT_FOR_THE_LAB}"
    )


def _line_of_output(snippet: Snippet, output: list[str]) -> int:
    """The line of the first #> that is not what was printed; 1 if there is none."""
    shown = [n for n, line in enumerate(snippet.source.splitlines(), 1) if line.lstrip().startswith("#>")]
    pairs = zip(shown, snippet.shown_output, [*output, *[None] * len(shown)], strict=False)
    return next((n for n, line, printed in pairs if line != printed), shown[-1] if shown else 1)


def right_form(name: str) -> Snippet:
    """The snippet whose broken form is the one of this name: without `_broken`, or with `_basic` in its place."""
    topic = name[: name.rindex("_broken")]
    found = next((SNIPPETS[each] for each in (f"{topic}.py", f"{topic}_basic.py") if each in SNIPPETS), None)
    if found is None:
        _fail(
            SNIPPETS[name],
            1,
            f"there is no snippets/{topic}.py (nor {topic}_basic.py) of which it is the broken form. "
            "Write that file, or give this one a name without _broken.",
        )
    return found


def _fail(snippet: Snippet, line: int, message: str) -> NoReturn:
    pytest.fail(f"snippets/{snippet.name}:{line}: {message}", pytrace=False)


@pytest.mark.parametrize("snippet", EXPLORED, ids=lambda snippet: snippet.name)
def test_snippet_in_the_lab(snippet: Snippet, tmp_path: Path) -> None:
    snippet = in_the_lab(snippet, tmp_path)
    for line, message in complaints(snippet, explore(snippet)):
        _fail(snippet, line, message)


@pytest.mark.parametrize("snippet", BROKEN, ids=lambda snippet: snippet.name)
def test_broken_snippet_breaks(snippet: Snippet, tmp_path: Path) -> None:
    """It can end in a way in which the snippet that it is the broken form of cannot."""
    right = in_the_lab(right_form(snippet.name), tmp_path)
    if not is_readable(right):
        pytest.skip(f"the directive of snippets/{right.name} cannot be read; tests/test_snippets.py says why")
    outcomes = explore(in_the_lab(snippet, tmp_path)).outcomes
    if not any(
        each.ending != "finished" or not right.directive.accepts(each.output.splitlines(), right.shown_output)
        for each in outcomes
    ):
        _fail(
            snippet,
            1,
            f"under every schedule that is explored it does what snippets/{right.name} does: nothing breaks. "
            "Let it break, or give it a name without _broken.",
        )


RACE = """\
from threading import Thread

seen = []


def work():
    {}


thread = Thread(target=work)
thread.start()
print(len(seen))
#> 1
thread.join()
"""


@pytest.mark.parametrize(
    ("line", "place", "parts"),
    [
        ("seen.append(1)", 13, ["prints\n    0\n", "--schedule 0.", "declare each output in outputs", "not_in_lab = "]),
        ("seen.append(1 / 0)", 7, ["ZeroDivisionError", "--schedule 0.", "not_in_lab = "]),
        ("import subprocess; seen.append(subprocess.run('true'))", 7, ["subprocess.Popen", "not_in_lab = "]),
    ],
    ids=["output", "ending", "unsupported"],
)
def test_what_a_contributor_is_told(line: str, place: int, parts: list[str], tmp_path: Path) -> None:
    """File and line come first, what to do last."""
    file = tmp_path / "lock_x.py"
    file.write_text(RACE.format(line))
    snippet = Snippet("threading/lock_x.py", file, file.read_text())
    with pytest.raises(pytest.fail.Exception) as failure:
        test_snippet_in_the_lab(snippet, tmp_path)
    told = f"{failure.value}"
    assert told.startswith(f"snippets/threading/lock_x.py:{place}: "), told
    assert all(part in told for part in parts), told


def test_right_form_of_a_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic with the name of a module has its first snippet in NAME_basic.py: see new-page."""
    for name in ("queue_basic", "queue_broken", "heapq_broken"):
        monkeypatch.setitem(SNIPPETS, f"x/{name}.py", Snippet(f"x/{name}.py", Path(f"{name}.py"), "print(1)\n"))
    assert right_form("x/queue_broken.py").name == "x/queue_basic.py"
    assert right_form("threading/lock_broken_call.py").name == "threading/lock.py"
    with pytest.raises(pytest.fail.Exception, match=r"(?s)^snippets/x/heapq_broken.py:1: .*Write that file"):
        right_form("x/heapq_broken.py")
