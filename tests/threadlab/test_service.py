"""The protocol of a place where programs run, as the page uses it."""

from typing import Any

from programs_lab import SMALL

from threadlab.sandbox import Sandbox


def ask(source: str, **request: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result, and the questions; each is answered with the last thread that can run."""
    questions = []

    def on_message(message: dict[str, Any]) -> dict[str, Any] | None:
        if "choose" not in message:
            return None
        questions.append(message["choose"])
        return {"chosen": message["choose"]["enabled"][-1]}

    defaults = {"do": "run", "filename": "program.py", "policy": "first", "schedule": "0.", "record": True}
    with Sandbox(0, 30) as sandbox:
        return sandbox.ask({**defaults, "source": source, "max_steps": 10_000, **request}, on_message), questions


def test_policy_seed_is_not_the_programs() -> None:
    source = "import random\nprint(random.random(), hash('a'))\n" + SMALL["CHECK_THEN_ACT"]
    first, second = (ask(source, policy="random", policy_seed=seed)[0] for seed in (1, 2))
    own, _ = ask(source, policy="random", schedule="1.")
    assert first["schedule"] != second["schedule"]
    assert first["schedule"].startswith("0.")
    assert first["output"].partition("\n")[0] == second["output"].partition("\n")[0]
    assert first["schedule"].partition(".")[2] == own["schedule"].partition(".")[2]
    assert first["output"].partition("\n")[0] != own["output"].partition("\n")[0]


def test_a_question_says_what_has_happened_since_the_last_one() -> None:
    result, questions = ask(SMALL["LOST_UPDATE"], policy="ask")
    recording = result["recording"]
    told = [event for question in questions for event in question["events"]]
    assert told == recording["events"][: len(told)]
    for question in questions:
        assert len(question["enabled"]) > 1
        assert question["threads"] == recording["threads"][: len(question["threads"])]
        assert question["time"] == 0
        # What was told is all that happened before.
        assert all(event["step"] < question["step"] for event in question["events"])
    later = recording["events"][len(told) :]
    assert all(event["step"] >= questions[-1]["step"] for event in later)
    assert [q["step"] for q in questions] == [d["step"] for d in recording["decisions"]]


def test_a_question_without_a_recording_has_no_events() -> None:
    _, questions = ask(SMALL["LOST_UPDATE"], policy="ask", record=False)
    assert questions
    assert all(question.keys() == {"step", "enabled", "goes_on"} for question in questions)


def test_presented_takes_the_recordings_place() -> None:
    result, _ = ask(SMALL["LOST_UPDATE"], present=True)
    assert "recording" not in result
    assert result["presented"]["recording"] == ask(SMALL["LOST_UPDATE"])[0]["recording"]
