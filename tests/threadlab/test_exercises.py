"""An exercise passes with its solution, with other right answers, and with nothing else."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest
from exercise_answers import ANYWHERE, CHEATS, RIGHT, Edit

from authoring.exercises import BROKEN, PREEMPTIONS, Exercise, compose, exercise, first_line_of_check, is_right, passes
from authoring.snippets import Snippet, load_snippets
from threadlab.api import Exploration, FoundOutcome, LabError, outcomes_of

NONCE = "done 5f3a"
MOST = 1_700
"""Executions for one case of a solution: a page makes about 200 in a second."""

ROOT = Path(__file__).parents[2]
_SNIPPETS = {each.name: each for each in load_snippets(ROOT / "snippets")}
EXERCISES = {
    each.topic: each
    for each in (exercise(s) for name, s in _SNIPPETS.items() if name.startswith("lab/exercises/") and BROKEN in name)
}
ANSWERS = "tests/threadlab/exercise_answers.py"
HELP = "CONTRIBUTING.md: Add an exercise."


def fail(name: str, line: int, message: str) -> NoReturn:
    pytest.fail(f"{name}:{line}: {message} {HELP}", pytrace=False)


def solution_of(broken: Exercise, snippets: dict[str, Snippet]) -> Exercise:
    name = broken.name.replace(BROKEN, ".py")
    if name not in snippets:
        fail(f"snippets/{broken.name}", 1, f"its solution is missing. Write snippets/{name}.")
    return exercise(snippets[name])


SOLUTIONS = {topic: solution_of(each, _SNIPPETS) for topic, each in EXERCISES.items()}
CASES = [(topic, case) for topic, each in EXERCISES.items() for case in each.cases]


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
        found = re.search(r"\.py(?::|, line )(\d+)\W*(.*)", f"{error}")
        line, what = (int(found[1]), found[2]) if found else (1, f"{error}")
        place = place_of(each, program, line)
        what = what.partition(". Run the file")[0] or f"{error}".partition(" (")[0]
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


def told(found: Exploration) -> str:
    """What one run did that it should not, or why it is not known that every one is right."""
    wrong = wrong_in(found)
    return f"“{wrong[0].ending}” under the schedule {wrong[0].schedule}" if wrong else found.why_not


def fail_answer(topic: str, edit: Edit, message: str) -> NoReturn:
    lines = (ROOT / ANSWERS).read_text().splitlines()
    line = next((n for n, text in enumerate(lines, 1) if f'"{edit[0]}"' in text and n > line_of_topic(topic)), 1)
    fail(ANSWERS, line, f"{topic}, {edit[0]!r}: {message}")


def line_of_topic(topic: str) -> int:
    lines = (ROOT / ANSWERS).read_text().splitlines()
    return next((n for n, text in enumerate(lines, 1) if f'"{topic}": [' in text), 1)


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
            fail_answer(topic, edit, f"{old!r} is not in the {base} program. Correct the edit.")
        program = program.replace(old, new)
    return program


def answers(table: dict[str, list[Edit]]) -> list:
    return [pytest.param(topic, edit, id=f"{topic}: {edit[0]}") for topic, edits in table.items() for edit in edits]


def missing_answers(topics: list[str]) -> list[str]:
    """What exercise_answers.py lacks, or has too much."""
    messages = []
    for table, least, kind in ((CHEATS, 3, "wrong"), (RIGHT, 1, "right")):
        name = "CHEATS" if table is CHEATS else "RIGHT"
        for topic in topics:
            if len(table.get(topic, [])) < least:
                messages.append(f"{name} has fewer than {least} {kind} answers to {topic!r}. Add them.")
        messages += [
            f"{name} has answers to {topic!r}, which is no exercise. Delete them." for topic in table.keys() - {*topics}
        ]
    return messages


def test_there_is_an_answer_of_each_kind_for_each() -> None:
    assert len(EXERCISES) >= 8
    for message in missing_answers(list(EXERCISES)):
        fail(ANSWERS, 1, message)


@pytest.mark.parametrize("topic", EXERCISES)
def test_solution_differs_in_its_program_only(topic: str) -> None:
    broken, solution = EXERCISES[topic], SOLUTIONS[topic]
    assert (broken.check, broken.cases) == (solution.check, solution.cases)
    assert broken.program != solution.program
    assert len(set(broken.cases)) > 1
    # A text that is left open in the editor could otherwise be closed by the check.
    assert '"""' not in broken.check + solution.check and "'''" not in broken.check + solution.check


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


@pytest.mark.parametrize(("topic", "case"), CASES)
def test_solution_passes(topic: str, case: str, tmp_path: Path) -> None:
    each = SOLUTIONS[topic]
    found = explore(each.program, each, case, tmp_path)
    if not holds(found):
        ended = re.search(r"at line (\d+)", told(found))
        name, line = place_of(each, each.program, int(ended[1]) if ended else 1)
        fail(name, line, f"the solution does not pass the case {case}: {told(found)}. Mend the solution or the check.")
    assert len(found.outcomes) == 1
    if found.schedules > MOST:
        name, _ = place_of(each, each.program, 1)
        fail(
            name, _line_of(each, case), f"{found.schedules:,} executions, {MOST:,} are allowed. Make the case smaller."
        )


def _line_of(each: Exercise, text: str) -> int:
    return next(n for n, line in enumerate(_SNIPPETS[each.name].source.splitlines(), 1) if text in line)


@pytest.mark.parametrize(("topic", "answer"), answers(RIGHT))
def test_other_right_answer_passes(topic: str, answer: Edit, tmp_path: Path) -> None:
    verdict = judge(edited(topic, answer), EXERCISES[topic], tmp_path)
    if not verdict.passed:
        fail_answer(topic, answer, f"it does not pass: {told(verdict.explored[-1])}. Correct it, or mend the check.")


@pytest.mark.parametrize(("topic", "answer"), answers(CHEATS))
def test_cheat_fails(topic: str, answer: Edit, tmp_path: Path) -> None:
    if judge(edited(topic, answer), EXERCISES[topic], tmp_path).passed:
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
            test_solution_passes(MADE, "check(1, 1)", tmp_path)
        else:
            test_broken_fails(MADE, tmp_path)
    message = f"{failure.value}"
    assert message.startswith(f"snippets/{of[MADE].name}:{_line_of(of[MADE], at)}: "), message
    assert all(part in message for part in [*parts, HELP]), message


def test_missing_answers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHEATS, MADE, CHEATS[MADE][:2])
    monkeypatch.delitem(RIGHT, MADE)
    told = missing_answers(list(EXERCISES))
    assert told == [
        f"CHEATS has fewer than 3 wrong answers to {MADE!r}. Add them.",
        f"RIGHT has fewer than 1 right answers to {MADE!r}. Add them.",
    ]
    assert missing_answers([]) != []


def test_missing_solution_is_named() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"_broken.py:1: its solution is missing. Write snippets/.*\.py"):
        solution_of(EXERCISES[MADE], {})


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
