"""A recording made ready to be shown: its picture, a sentence for each event, a title, and what its tables hold."""

import re
from typing import Any

from threadlab.events import DEADLOCK, EXCEPTION, EXIT_STATUS, FINISHED, STEP_LIMIT, UNBOUND, Event, Outcome, State
from threadlab.instrument import LIBRARY_ATTRIBUTES
from threadlab.labels import Labels
from threadlab.narration import CONTAINER, CUT_OFF, MAIN, Narrator, doing, program_locks, short_names, shortened
from threadlab.picture import legend, picture
from threadlab.recording import event_to_json, events_from_json, outcome_from_json
from threadlab.telling import retold

_LONGEST = 48
_NESTED = re.compile(r"[\[{(].*[\[{(]", re.DOTALL)
"""The text of a container with containers in it, which may have changed under names of their own."""
_UNUSED = "not used yet"
"""What stands for a value before the first event that tells of it, where it is not known what it was until then."""


def presented(recording: dict[str, Any]) -> dict[str, Any]:
    """What a player shows of a recording, beside the recording itself.

    - `title`: how the run ended, in a few words. `picture`: SVG; `legend`: [letter, meaning].
    - `sentences`: one for each event and, last, one for the ending; step n of a player, from 1, shows sentence n - 1.
    - `threads`, `values`: [name, the longest text that is ever shown beside it], so that a table can have its final
      size; of values also what is shown until an event tells of it.
    - `locks`: [object's number, name].

    A run that is not over yet (its outcome is of another kind than those of events.py) has no sentence for the ending.
    Raises ValueError if the recording is of another format or version.
    """
    outcome = outcome_from_json(recording["outcome"])
    told = retold(events_from_json(recording))
    labels = Labels(told, outcome.waits)
    events = [labels.event(event) for event in told]
    outcome = outcome._replace(waits=tuple(wait._replace(awaits=labels.label(wait.awaits)) for wait in outcome.waits))
    recording = {**recording, "events": [event_to_json(event) for event in events]}
    names: list[str] = recording["threads"]
    narrator = Narrator(names)
    sentences = [narrator.say(event) for event in events]
    if outcome.kind in EXIT_STATUS:
        label = recording.get("label")
        sentences.append(narrator.ending(outcome) + (f" This run is {label}." if label else ""))
    return {
        "recording": recording,
        "picture": picture(events, names, outcome),
        "legend": [list(pair) for pair in legend(events, outcome)],
        "sentences": sentences,
        "title": title(outcome, recording["output"], narrator.undone),
        **_tables(events, names, outcome),
    }


def title(outcome: Outcome, output: str, undone: str) -> str:
    """How the run ended, in a few words; `undone` is the narrator's."""
    if outcome.kind == DEADLOCK:
        return "Deadlock"
    if outcome.kind == EXCEPTION:
        what, comma, where = outcome.ending.removeprefix("exception: ").partition(":")[0].partition(", in MainThread ")
        return f"{what}, in {MAIN} {where}" if comma else what
    if outcome.kind == STEP_LIMIT:
        return "Endless loop" if "an endless loop" in outcome.ending else "Cut off"
    if outcome.kind not in EXIT_STATUS:
        return "So far"
    last = next((line.strip() for line in reversed(output.split("\n")) if line.strip()), "")
    start = undone or "Finishes"
    return f"{start}: {shortened(last, _LONGEST)}" if last else start


def _tables(events: list[Event], names: list[str], outcome: Outcome) -> dict[str, Any]:
    state, short = State(), short_names(names)
    words = [doing(state, number, names, short) for number in range(len(names))]
    first: dict[str, str] = {}
    has_changed = False  # a container
    longest: dict[str, str] = {}
    for event in events:
        for name, value in event.before:
            sure = not (has_changed and _NESTED.match(value))
            if name not in state.values and value != UNBOUND and not _is_unnamed(name) and sure:
                first[name] = value
        has_changed |= any(value[0] in "[{(" for _, value in event.changed if value)
        state.apply(event)
        words = [_longer(text, doing(state, number, names, short)) for number, text in enumerate(words)]
        lasts = event.name.rpartition(".")[2] not in LIBRARY_ATTRIBUTES  # which change without an event
        if event.operation in ("load", "read") and event.name in state.values and lasts and not _is_unnamed(event.name):
            first.setdefault(event.name, event.value)
        for name, value in state.values.items():
            longest[name] = _longer(longest.get(name, first.setdefault(name, _UNUSED)), value)
    if outcome.kind in (FINISHED, EXCEPTION):
        words = [
            _longer(text, CUT_OFF) if number and number not in state.ended else text
            for number, text in enumerate(words)
        ]
    return {
        "threads": [list(pair) for pair in zip(short, words, strict=True)],
        "values": [[name, text, first[name]] for name, text in longest.items()],
        "locks": [list(pair) for pair in program_locks(events).items()],
    }


def _is_unnamed(name: str) -> bool:
    """Whether no variable leads to it: it may be made in the middle of the run."""
    return "#" in name or " of line " in name or bool(CONTAINER.match(name))


def _longer(one: str, other: str) -> str:
    return other if len(other) > len(one) else one
