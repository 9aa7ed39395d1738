"""An exercise is named wherever it has to be; it passes with its solution, with other right answers, and with nothing
else."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from exercise_answers import ANYWHERE, CHEATS, RIGHT, Edit

from authoring.exercises import (
    BROKEN,
    PREEMPTIONS,
    Exercise,
    compose,
    exercise,
    first_line_of_check,
    is_right,
    pair,
    passes,
)
from authoring.pages import EXERCISE, Page
from authoring.snippets import Snippet, SnippetError, load_snippets
from threadlab.api import Exploration, FoundOutcome, LabError, outcomes_of

NONCE = "done 5f3a"
MOST = 1_700
"""Executions for one case of a solution: a page makes about 200 in a second."""

ROOT = Path(__file__).parents[2]
FOLDER = "lab/exercises"
_SNIPPETS = {each.name: each for each in load_snippets(ROOT / "snippets")}
TOPICS = [
    name.removeprefix(f"{FOLDER}/").removesuffix(BROKEN)
    for name in _SNIPPETS
    if name.startswith(f"{FOLDER}/") and name.endswith(BROKEN)
]


def pairs() -> Iterator[tuple[Exercise, Exercise]]:
    """The exercises and their solutions, where both can be read; if not, test_exercise_is_complete says why."""
    for topic in TOPICS:
        with suppress(KeyError, SnippetError):
            broken, solution = _SNIPPETS[f"{FOLDER}/{topic}{BROKEN}"], _SNIPPETS[f"{FOLDER}/{topic}.py"]
            yield pair(broken, solution), exercise(solution)


EXERCISES = {broken.topic: broken for broken, _ in pairs()}
SOLUTIONS = {broken.topic: solution for broken, solution in pairs()}
ANSWERS = "tests/threadlab/exercise_answers.py"
HELP = "CONTRIBUTING.md: Add an exercise."


def fail(name: str, line: int, message: str) -> NoReturn:
    pytest.fail(f"{name}:{line}: {message} {HELP}", pytrace=False)


@dataclass(frozen=True)
class Verdict:
    """What the page says of a program: of each case, until one fails."""

    passed: bool
    explored: list[Exploration]


def explore(program: str, each: Exercise, case: str, folder: Path, limit: int = 10_000) -> Exploration:
    file = folder / f"{each.topic}.py"
    file.write_text(compose(program, each.check, case, NONCE))
    try:
        return outcomes_of(file, preemptions=PREEMPTIONS, limit=limit, max_steps=5_000)
    except LabError as error:
        told = f"{error}"
    found = re.search(r"\.py(?::|, line )(\d+)\W*(.*)", told)
    line, what = (int(found[1]), found[2]) if found else (1, told)
    place = place_of(each, program, line)
    what = what.partition(". Run the file")[0] or told.partition(" (")[0]
    fail(*place, f"the Thread Lab cannot run this for the case {case}: {what}. Mend it, or leave it out.")


def place_of(each: Exercise, program: str, line: int) -> tuple[str, int]:
    """The exercise's file, and its line of a line of what is explored; an answer that is not in the file has its own
    lines, as in exercise_answers.py."""
    first = first_line_of_check(program)
    section = "program" if line < first else "check" if line < first + len(each.check.splitlines()) else "cases"
    offset = line - 1 if section == "program" else line - first if section == "check" else 0
    lines = _SNIPPETS[each.name].source.splitlines()
    start = next(n for n, text in enumerate(lines, 1) if f"[start:{section}]" in text)
    while not lines[start].strip():
        start += 1
    return f"snippets/{each.name}", start + 1 + offset


def wrong_in(found: Exploration) -> list[FoundOutcome]:
    return [each for each in found.outcomes if not is_right(each.ending, each.output, NONCE)]


def told(found: Exploration, each: Exercise | None = None) -> str:
    """What one run did that it should not, or why it is not known that every one is right. The lines are those of the
    exercise's file, if that is given, else of what was explored."""
    wrong = wrong_in(found)
    if not wrong:
        return found.why_not
    return f"“{located(wrong[0].ending, each) if each else wrong[0].ending}” under the schedule `{wrong[0].schedule}`"


def located(ending: str, each: Exercise) -> str:
    """An ending with the lines of the exercise's file."""

    def place(found: re.Match[str]) -> str:
        return f"line {place_of(each, each.program, int(found[1]))[1]}"

    return re.sub(r"\bline (\d+)", place, ending)


def fail_answer(topic: str, edit: Edit, message: str) -> NoReturn:
    lines = (ROOT / ANSWERS).read_text(encoding="utf-8").splitlines()
    table = "RIGHT" if edit in RIGHT.get(topic, []) else "CHEATS"
    first = line_of_topic(table, topic)
    line = next((n for n, text in enumerate(lines, 1) if f'"{edit[0]}"' in text and n >= first), first)
    fail(ANSWERS, line, f"{topic}, {edit[0]!r}: {message}")


def line_of_topic(table: str, topic: str) -> int:
    """Where a table of exercise_answers.py has the answers to an exercise; where it begins if it has none."""
    lines = (ROOT / ANSWERS).read_text(encoding="utf-8").splitlines()
    begins = next(n for n, text in enumerate(lines, 1) if text.startswith(f"{table}:"))
    ends = next(n for n, text in enumerate(lines, 1) if n > begins and text == "}")
    return next((n for n, text in enumerate(lines, 1) if begins < n < ends and f'"{topic}": [' in text), begins)


def holds(found: Exploration) -> bool:
    return passes(found.exhaustive, [(each.ending, each.output) for each in found.outcomes], NONCE)


def judge(program: str, each: Exercise, folder: Path) -> Verdict:
    explored = []
    for case in each.cases:
        explored.append(explore(program, each, case, folder))
        if not holds(explored[-1]):
            return Verdict(False, explored)
    return Verdict(True, explored)


def edited(topic: str, edit: Edit) -> str:
    _, base, pairs = edit
    program = {"broken": EXERCISES, "solution": SOLUTIONS}[base][topic].program
    for old, new in pairs:
        if old not in program:
            needs_the_solution(topic, edit)
            fail_answer(topic, edit, f"{old!r} is not in the {base} program. Correct the edit.")
        program = program.replace(old, new)
    return program


def answers(table: dict[str, list[Edit]]) -> list:
    return [
        pytest.param(topic, edit, id=f"{topic}: {edit[0]}")
        for topic, edits in table.items()
        if topic in EXERCISES
        for edit in edits
    ]


def missing(topic: str, snippets: dict[str, Snippet] = _SNIPPETS) -> list[str]:
    """A message, with file, line and remedy, for each place in which an exercise has to stand and does not."""
    broken, solution = f"{FOLDER}/{topic}{BROKEN}", f"{FOLDER}/{topic}.py"
    if solution not in snippets:
        return [f"snippets/{broken}:1: its solution is missing. Write snippets/{solution}."]
    try:
        pair(snippets[broken], snippets[solution])
    except SnippetError as error:
        return [f"{error}"]
    return [*_missing_on_pages(topic, broken), *missing_answers(topic)]


def _missing_on_pages(topic: str, broken: str) -> Iterator[str]:
    name = f"{FOLDER}/{topic}.md"
    page = Page(name, ROOT / "docs" / name)
    title = page.title if page.file.is_file() else "TITLE"
    if not page.file.is_file():
        yield f"docs/{name}:1: there is no such page. Copy docs/{FOLDER}/lost_update.md, and change what it says."
    elif not any(EXERCISE in embed.classes and embed.name == broken for embed in page.embeds):
        yield (
            f"docs/{name}:1: the exercise is not on its page. Write a fence ``` {{ .python .exercise }} with "
            f'--8<-- "{broken}:program", and the next one with its check.'
        )
    for file, listed, line in (
        ("mkdocs.yml", rf"- .*\b{name}$", f"- {title}: {name}"),
        (f"docs/{FOLDER}/index.md", rf"1\. .*\({topic}\.md\)", f"1. [{title}]({topic}.md): what it is about"),
    ):
        text = (ROOT / file).read_text(encoding="utf-8")
        if not re.search(rf"(?m)^ *{listed}", text):
            others = rf"(?:- .*\b{FOLDER}/|1\. \[).*\.md"
            last = max(n for n, text in enumerate(text.splitlines(), 1) if re.match(rf" *{others}", text))
            yield f"{file}:{last}: the exercise {topic!r} is not in this list. Add '{line}' after this line."


def missing_answers(topic: str) -> Iterator[str]:
    """What exercise_answers.py lacks."""
    for name, table, least, kind in (("CHEATS", CHEATS, 3, "wrong"), ("RIGHT", RIGHT, 1, "right")):
        if (count := len(table.get(topic, []))) < least:
            yield (
                f"{ANSWERS}:{line_of_topic(name, topic)}: {name} has {count} of at least {least} {kind} answers to "
                f"{topic!r}. Add them."
            )


def test_there_are_exercises() -> None:
    assert len(TOPICS) >= 8


@pytest.mark.parametrize("topic", TOPICS)
def test_exercise_is_complete(topic: str) -> None:
    if messages := missing(topic):
        pytest.fail("\n".join([*messages, HELP]), pytrace=False)


def test_answers_are_to_exercises() -> None:
    for name, table in (("CHEATS", CHEATS), ("RIGHT", RIGHT)):
        for topic in table.keys() - {*TOPICS}:
            fail(ANSWERS, line_of_topic(name, topic), f"{topic!r} is no exercise. Delete its answers.")


def test_list_has_the_order_of_the_navigation() -> None:
    index = ROOT / f"docs/{FOLDER}/index.md"
    listed = [
        (number, found[1])
        for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), 1)
        if (found := re.match(r"1\. \[.*\]\((\w+)\.md\)", line))
    ]
    nav = re.findall(rf"{FOLDER}/(?!index)(\w+)\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    both = {topic for _, topic in listed} & {*nav}  # what one of them lacks is told above
    lines = [(number, topic) for number, topic in listed if topic in both]
    for (number, topic), wanted in zip(lines, [topic for topic in nav if topic in both], strict=True):
        if topic != wanted:
            fail(f"docs/{FOLDER}/index.md", number, f"the nav of mkdocs.yml has {wanted!r} here. Let both be alike.")


@pytest.mark.parametrize("topic", EXERCISES)
def test_solution_differs_in_its_program_only(topic: str) -> None:
    broken, solution = EXERCISES[topic], SOLUTIONS[topic]
    file = f"snippets/{broken.name}"
    if broken.program == solution.program:
        fail(file, _line_of(broken, "[start:program]"), f"the program of snippets/{solution.name}. Break it.")
    if len(set(broken.cases)) < 2:
        fail(file, _line_of(broken, "[start:cases]"), "has one case. Add one with other arguments.")
    # A text that is left open in the editor could otherwise be closed by the check.
    for quotes in ('"""', "'''"):
        if quotes in broken.check:
            fail(file, _line_of(broken, "[start:check]"), f"this check has {quotes}. Write comments with #.")


@pytest.mark.parametrize("topic", EXERCISES)
def test_broken_fails(topic: str, tmp_path: Path) -> None:
    """There is a schedule to open: one whose run does not come to the end of the check."""
    each = EXERCISES[topic]
    verdict = judge(each.program, each, tmp_path)
    last = verdict.explored[-1]
    if verdict.passed or not wrong_in(last):
        why = "under every schedule" if verdict.passed else f"in what was explored ({last.why_not})"
        name, line = place_of(each, each.program, first_line_of_check(each.program))
        fail(name, line, f"the broken program passes this check {why}. Assert what goes wrong, or add a case.")
    assert all(0 <= each.preemptions <= PREEMPTIONS for each in wrong_in(last))


@pytest.mark.parametrize("topic", SOLUTIONS)
def test_solution_passes(topic: str, tmp_path: Path) -> None:
    each = SOLUTIONS[topic]
    for case in each.cases:
        found = explore(each.program, each, case, tmp_path)
        if not holds(found):
            ended = re.search(r"at line (\d+)", told(found))
            what = told(found, each)
            place = place_of(each, each.program, int(ended[1]) if ended else 1)
            fail(*place, f"the solution does not pass the case {case}: {what}. Mend the solution or the check.")
        assert len(found.outcomes) == 1
        if found.schedules > MOST:
            name, line = f"snippets/{each.name}", _line_of(each, case)
            fail(name, line, f"{found.schedules:,} executions, {MOST:,} are allowed. Make the case smaller.")


@cache
def solution_passes(topic: str) -> bool:
    with TemporaryDirectory() as folder:
        return judge(SOLUTIONS[topic].program, SOLUTIONS[topic], Path(folder)).passed


def needs_the_solution(topic: str, edit: Edit) -> None:
    """Skips a test of an answer that does not what it should, if it is made of a solution that does not either."""
    if edit[1] == "solution" and not solution_passes(topic):
        pytest.skip(f"the solution of {topic} does not pass; test_solution_passes says why")


def _line_of(each: Exercise, text: str) -> int:
    return next(n for n, line in enumerate(_SNIPPETS[each.name].source.splitlines(), 1) if text in line)


@pytest.mark.parametrize(("topic", "answer"), answers(RIGHT))
def test_other_right_answer_passes(topic: str, answer: Edit, tmp_path: Path) -> None:
    verdict = judge(edited(topic, answer), EXERCISES[topic], tmp_path)
    if not verdict.passed:
        needs_the_solution(topic, answer)
        fail_answer(topic, answer, f"it does not pass: {told(verdict.explored[-1])}. Correct it, or mend the check.")


@pytest.mark.parametrize(("topic", "answer"), answers(CHEATS))
def test_cheat_fails(topic: str, answer: Edit, tmp_path: Path) -> None:
    if judge(edited(topic, answer), EXERCISES[topic], tmp_path).passed:
        needs_the_solution(topic, answer)
        fail_answer(topic, answer, "it passes. Let the check assert more, or add a case that it fails.")


@pytest.mark.parametrize(("what", "below"), ANYWHERE, ids=[what for what, _ in ANYWHERE])
@pytest.mark.parametrize("topic", EXERCISES)
def test_general_cheat_fails(topic: str, what: str, below: str, tmp_path: Path) -> None:
    if judge(EXERCISES[topic].program + below, EXERCISES[topic], tmp_path).passed:
        fail(f"snippets/{EXERCISES[topic].name}", 1, f"a program that {what} passes. Let the check assert more.")


MADE = "lost_update"


@pytest.mark.parametrize(
    ("test", "table", "section", "old", "new", "at", "parts"),
    [
        ("solution", "SOLUTIONS", "program", "+= amount", "+= 2 * amount", "assert counter", ["Mend the solution"]),
        ("broken", "EXERCISES", "check", "== sum(amounts)", ">= 0", "from functools", ["Assert what goes wrong"]),
        (
            "solution",
            "SOLUTIONS",
            "check",
            "counter = C",
            "__import__('os').system('x'); counter = C",
            "counter = C",
            ["os.system"],
        ),
        ("broken", "EXERCISES", "program", "+= amount", "+=", "+= amount", ["invalid syntax"]),
    ],
    ids=["wrong solution", "check that never fails", "check that leaves the interpreter", "syntax"],
)
def test_what_a_contributor_is_told(
    test: str,
    table: str,
    section: str,
    old: str,
    new: str,
    at: str,
    parts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """File and line of the snippet come first, what to do last."""
    of = globals()[table]
    text = getattr(of[MADE], section)
    assert old in text
    monkeypatch.setitem(of, MADE, replace(of[MADE], **{section: text.replace(old, new)}))
    with pytest.raises(pytest.fail.Exception) as failure:
        if test == "solution":
            test_solution_passes(MADE, tmp_path)
        else:
            test_broken_fails(MADE, tmp_path)
    message = f"{failure.value}"
    assert message.startswith(f"snippets/{of[MADE].name}:{_line_of(of[MADE], at)}: "), message
    assert all(part in message for part in [*parts, HELP]), message


def test_missing_places_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, for an exercise of which there is nothing but its snippets."""
    new = {f"{FOLDER}/new{end}": _SNIPPETS[f"{FOLDER}/{MADE}{end}"] for end in (BROKEN, ".py")}
    messages = missing("new", new)
    files = [f"docs/{FOLDER}/new.md", "mkdocs.yml", f"docs/{FOLDER}/index.md", ANSWERS, ANSWERS]
    assert [message.split(":")[0] for message in messages] == files
    places = [(file, int(message.split(":")[1])) for file, message in zip(files, messages, strict=True)][1:]
    after = [(ROOT / file).read_text().splitlines()[line - 1] for file, line in places]
    wanted = ["exercises/dining.md", "(dining.md)", "CHEATS:", "RIGHT:"]
    assert all(part in line for part, line in zip(wanted, after, strict=True)), after
    assert "Copy docs/" in messages[0] and all(". Add " in message for message in messages[1:])
    monkeypatch.setitem(CHEATS, MADE, CHEATS[MADE][:2])
    (message,) = missing(MADE)
    assert "CHEATS has 2 of at least 3 wrong answers to 'lost_update'. Add them." in message


def test_missing_solution_is_named() -> None:
    (message,) = missing(MADE, {})
    assert re.fullmatch(r"snippets/.*_broken.py:1: its solution is missing. Write snippets/.*\.py\.", message)


def test_check_begins_where_it_is_said_to() -> None:
    for program in ("a = 1", "a = 1\n", "a = 1\n\n\nb = 2\n\n\n"):
        lines = compose(program, "def check(): ...", "check()", NONCE).splitlines()
        assert lines[first_line_of_check(program) - 1] == "def check(): ..."
        assert lines[0] == "a = 1"


@pytest.mark.parametrize(
    ("exhaustive", "outcomes"),
    [
        (False, [("finished", f"{NONCE}\n")]),
        (True, []),
        (True, [("finished", "")]),
        (True, [("finished", f"{NONCE}\nmore\n")]),
        (True, [("finished with exit status 0", f"{NONCE}\n")]),
        (True, [("finished", f"{NONCE}\n"), ("deadlock: …", f"{NONCE}\n")]),
    ],
)
def test_what_does_not_pass(exhaustive: bool, outcomes: list[tuple[str, str]]) -> None:
    assert passes(True, [("finished", f"hello\n{NONCE}\n")], NONCE)
    assert not passes(exhaustive, outcomes, NONCE)
