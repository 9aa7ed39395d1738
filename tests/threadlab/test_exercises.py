"""An exercise passes with its solution, with other right answers, and with nothing else."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from exercise_answers import ANYWHERE, CHEATS, RIGHT, Edit

from authoring.exercises import BROKEN, PREEMPTIONS, Exercise, compose, exercise, first_line_of_check, is_right, passes
from authoring.snippets import load_snippets
from threadlab.api import Exploration, outcomes_of

NONCE = "done 5f3a"
MOST = 1_700
"""Executions for one case of a solution: a page makes about 200 in a second."""

_SNIPPETS = {each.name: each for each in load_snippets(Path(__file__).parents[2] / "snippets")}
EXERCISES = {
    each.topic: each
    for each in (exercise(s) for name, s in _SNIPPETS.items() if name.startswith("lab/exercises/") and BROKEN in name)
}
SOLUTIONS = {topic: exercise(_SNIPPETS[each.name.replace(BROKEN, ".py")]) for topic, each in EXERCISES.items()}
CASES = [(topic, case) for topic, each in EXERCISES.items() for case in each.cases]


@dataclass(frozen=True)
class Verdict:
    """What the page says of a program: of each case, until one fails."""

    passed: bool
    explored: list[Exploration]


def explore(program: str, each: Exercise, case: str, folder: Path, limit: int = 10_000) -> Exploration:
    file = folder / f"{each.topic}.py"
    file.write_text(compose(program, each.check, case, NONCE))
    return outcomes_of(file, preemptions=PREEMPTIONS, limit=limit, max_steps=5_000)


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
    what, base, pairs = edit
    program = {"broken": EXERCISES, "solution": SOLUTIONS}[base][topic].program
    for old, new in pairs:
        assert old in program, f"{topic}, {what}: {old!r} is not in it"
        program = program.replace(old, new)
    return program


def answers(table: dict[str, list[Edit]]) -> list:
    return [pytest.param(topic, edit, id=f"{topic}: {edit[0]}") for topic, edits in table.items() for edit in edits]


def test_there_is_an_answer_of_each_kind_for_each() -> None:
    assert len(EXERCISES) >= 8
    assert CHEATS.keys() == RIGHT.keys() == EXERCISES.keys()
    assert all(len(each) >= 3 for each in CHEATS.values())


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
    verdict = judge(EXERCISES[topic].program, EXERCISES[topic], tmp_path)
    assert not verdict.passed
    last = verdict.explored[-1]
    wrong = [each for each in last.outcomes if not is_right(each.ending, each.output, NONCE)]
    assert wrong, last.why_not
    assert all(0 <= each.preemptions <= PREEMPTIONS for each in wrong)


@pytest.mark.parametrize(("topic", "case"), CASES)
def test_solution_passes(topic: str, case: str, tmp_path: Path) -> None:
    found = explore(SOLUTIONS[topic].program, EXERCISES[topic], case, tmp_path)
    assert holds(found), [(each.ending, each.output) for each in found.outcomes] or found.why_not
    assert len(found.outcomes) == 1
    assert found.schedules <= MOST, f"{found.schedules} executions: make the case smaller"


@pytest.mark.parametrize(("topic", "answer"), answers(RIGHT))
def test_other_right_answer_passes(topic: str, answer: Edit, tmp_path: Path) -> None:
    verdict = judge(edited(topic, answer), EXERCISES[topic], tmp_path)
    last = verdict.explored[-1]
    assert verdict.passed, [(each.ending, each.output) for each in last.outcomes] + [last.why_not]


@pytest.mark.parametrize(("topic", "answer"), answers(CHEATS))
def test_cheat_fails(topic: str, answer: Edit, tmp_path: Path) -> None:
    assert not judge(edited(topic, answer), EXERCISES[topic], tmp_path).passed


@pytest.mark.parametrize(("what", "below"), ANYWHERE, ids=[what for what, _ in ANYWHERE])
@pytest.mark.parametrize("topic", EXERCISES)
def test_general_cheat_fails(topic: str, what: str, below: str, tmp_path: Path) -> None:
    assert not judge(EXERCISES[topic].program + below, EXERCISES[topic], tmp_path).passed


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
