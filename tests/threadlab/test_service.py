"""The protocol of a place where programs run, as the page uses it."""

from typing import Any

from programs_lab import SMALL

from threadlab.sandbox import Sandbox


def ask(source: str, answer: int = -1, **request: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result, and the questions; each is answered with the last thread that can run, or with that at `answer`."""
    questions = []

    def on_message(message: dict[str, Any]) -> dict[str, Any] | None:
        if "choose" not in message:
            return None
        questions.append(message["choose"])
        return {"chosen": message["choose"]["enabled"][answer]}

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


NEXT = """\
from threading import Lock, Thread
from time import sleep
lock, items, n = Lock(), [], 0
class Box: value = 0
box = Box()
def work():
    global n
    with lock:
        n += 1
        box.value = 1
        items.append(len(items))
    sleep(1)
    del n
first = Thread(target=work)
second = Thread(target=sleep, args=(3,))
first.start()
second.start()
first.join()
second.join(5)
"""


def test_a_question_says_what_each_thread_does_next() -> None:
    """And that is what the thread does, if it is chosen; to ask changes nothing of what is recorded."""
    result, questions = ask(NEXT, 0, policy="ask")
    replayed, _ = ask(NEXT, schedule=result["schedule"])
    assert replayed["recording"]["events"] == result["recording"]["events"]
    events, said = result["recording"]["events"], set()
    for question in questions:
        chosen = question["enabled"][0]
        assert not any(text for number, text in enumerate(question["next"]) if number not in question["enabled"])
        words = question["next"][chosen]
        event = next((e for e in events if e["step"] >= question["step"] and e["thread"] == chosen), {})
        said |= set(question["next"])
        if words == "ends":
            assert event["operation"] == "exit"
        if words.startswith(("reads", "writes", "deletes", "acquires", "releases")):
            verbs = {"load": "reads", "read": "reads", "call": "reads", "store": "writes", "delete": "deletes"}
            assert words.startswith(f"{verbs.get(event['operation'], event['operation'] + 's')} "), (words, event)
            assert event["name"].removeprefix("len(").removesuffix(")") in words
    assert said >= {
        "", "acquires `lock`", "reads `n`", "writes `n`, having read 0", "writes `box.value`", "reads `items`",
        "may change `items`", "releases `lock`", "wakes up", "deletes `n`", "goes on after the end of Thread-1", "ends",
    }  # fmt: skip


def test_progress_says_when_schedules_are_random() -> None:
    """At once; and the verdict has the limit with a separator of thousands."""
    told: list[dict[str, Any]] = []
    source = "from threading import Thread\nThread(target=print).start()\nprint()\n" * 8
    bounds = {"preemptions": 2, "limit": 1_200, "any_time": True, "seed": 0, "max_steps": 10_000}
    request = {"do": "outcomes", "filename": "program.py", "source": source, **bounds}
    with Sandbox(0, 30) as sandbox:
        result = sandbox.ask(request, lambda message: told.append(message.get("progress", {})))
    progress = [each for each in told if each]
    assert [each["random"] for each in progress] == sorted(each["random"] for each in progress)
    assert next(each["schedules"] for each in progress if each["random"]) == 901
    assert result["why_not"].startswith("stopped at the limit of 1,200 executions; ")


def test_presented_takes_the_recordings_place() -> None:
    result, _ = ask(SMALL["LOST_UPDATE"], present=True)
    assert "recording" not in result
    told, recording = result["presented"]["recording"], ask(SMALL["LOST_UPDATE"])[0]["recording"]
    events = [event for event in recording["events"] if event["operation"] not in ("iterate", "result")]
    assert told == {**recording, "events": events}
