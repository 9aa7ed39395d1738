"""A recording made ready to be shown: its picture, a sentence for each event, a title."""

from typing import Any

from threadlab.events import DEADLOCK, EXCEPTION, STEP_LIMIT, Outcome
from threadlab.narration import Narrator, short_names
from threadlab.picture import picture
from threadlab.recording import events_from_json, outcome_from_json

_LONGEST = 48


def presented(recording: dict[str, Any]) -> dict[str, Any]:
    """What a player shows of a recording.

    `sentences` has one for each event and, last, one for the ending: step n of a player, from 1, shows sentence n - 1.
    Raises ValueError if the recording is of another format or version.
    """
    events = events_from_json(recording)
    outcome = outcome_from_json(recording["outcome"])
    narrator = Narrator(recording["threads"])
    sentences = [narrator.say(event) for event in events]
    sentences.append(narrator.ending(outcome))
    return {
        "recording": recording,
        "picture": picture(events, short_names(recording["threads"]), outcome),
        "sentences": sentences,
        "title": title(outcome, recording["output"], narrator.lost),
    }


def title(outcome: Outcome, output: str, lost: list[str]) -> str:
    """How the run ended, in a few words."""
    if outcome.kind == DEADLOCK:
        return "Deadlock"
    if outcome.kind == EXCEPTION:
        return outcome.ending.removeprefix("exception: ").partition(":")[0]
    if outcome.kind == STEP_LIMIT:
        return "Endless loop"
    lines = output.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    last = last if len(last) <= _LONGEST else last[: _LONGEST - 1] + "…"
    start = f"An update of {lost[0]} is lost" if lost else "Finishes"
    return f"{start}: {last}" if last else start
