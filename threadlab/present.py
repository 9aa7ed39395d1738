"""A recording made ready to be shown: its picture, a sentence for each event, a title, and what its tables hold."""

import re
from typing import Any

from threadlab.events import DEADLOCK, EXCEPTION, EXIT_STATUS, STEP_LIMIT, Event, Outcome, State, Wait, fold
from threadlab.narration import CONTAINER, MAIN, Narrator, doing, program_locks, short_names
from threadlab.picture import legend, picture
from threadlab.recording import event_to_json, events_from_json, outcome_from_json
from threadlab.telling import retold

_LONGEST = 48
_UNUSED = "not used yet"
"""What stands for a value before the first event that tells of it, where it is not known what it was until then."""
_UNNAMED = re.compile(r"(?:the (?:lock|queue) of )?(\w+ of line \d+)")
"""The name of what no variable leads to, and of a part of it."""
_LOCK_OF = re.compile(r"(the lock of .+)")
"""The name of a lock inside one of the library's objects, which may have several."""
_PART = re.compile(r"(\w+)(?=[.\[])")
"""What the name of an attribute or of an item begins with: a variable, or a type where no variable leads to it."""


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
    events = retold(_distinct(_named_at_last(events_from_json(recording))))
    recording = {**recording, "events": [event_to_json(event) for event in events]}
    names: list[str] = recording["threads"]
    outcome = _told_apart(outcome_from_json(recording["outcome"]), events, names)
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
        **_tables(events, names),
    }


def _named_at_last(events: list[Event]) -> list[Event]:
    """The same with each lock, and what it is part of, called by the variable that names it at last, if any does."""
    names = {event.object: _whole(event.name) for event in events if event.operation == "acquire"}

    def named(event: Event) -> Event:
        unnamed, name = _UNNAMED.fullmatch(event.name), names.get(event.object, "")
        if not event.object or unnamed is None or not name or _UNNAMED.fullmatch(name):
            return event
        changed = tuple((name if each == unnamed[1] else each, value) for each, value in event.changed)
        return event._replace(name=event.name.replace(unnamed[1], name), changed=changed)

    return [named(event) for event in events]


def _whole(name: str) -> str:
    return name.removeprefix("the lock of ")


def _distinct(events: list[Event]) -> list[Event]:
    """The same with numbers behind names that several objects share, for what no variable names."""
    objects: dict[str, list[int]] = {}
    for event in events:
        kind = _kind(event.name)
        if event.object and kind and event.object not in objects.setdefault(kind, []):
            objects[kind].append(event.object)
    shared = {kind: numbers for kind, numbers in objects.items() if len(numbers) > 1}

    def named(event: Event) -> Event:
        kind = _kind(event.name)
        numbers = shared.get(kind, ())
        if event.object not in numbers:
            return event
        one = f"{kind} #{numbers.index(event.object) + 1}"

        def name(text: str) -> str:
            return text.replace(kind, one, 1) if _kind(text) == kind else text

        changed = tuple((name(each), value) for each, value in event.changed)
        return event._replace(name=name(event.name), changed=changed)

    return [named(event) for event in events] if shared else events


def _kind(name: str) -> str:
    """What may stand for several objects in `name`: a lock of a line, a type, or what has an attribute or an item."""
    found = _UNNAMED.fullmatch(name) or _LOCK_OF.fullmatch(name) or _PART.match(name) or CONTAINER.fullmatch(name)
    return found[1] if found and found[1] != "Thread" else ""


def _told_apart(outcome: Outcome, events: list[Event], names: list[str]) -> Outcome:
    """The same with what each thread waits for called as in `events`."""
    awaits = fold(events).awaits

    def named(wait: Wait) -> Wait:
        awaited = awaits.get(names.index(wait.thread) + 1) if wait.thread in names else None
        return wait._replace(awaits=awaited.name) if awaited and awaited.object else wait

    return outcome._replace(waits=tuple(map(named, outcome.waits)))


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
    last = last if len(last) <= _LONGEST else last[: _LONGEST - 1] + "…"
    start = undone or "Finishes"
    return f"{start}: {last}" if last else start


def _tables(events: list[Event], names: list[str]) -> dict[str, Any]:
    state, short = State(), short_names(names)
    words = [doing(state, number, names, short) for number in range(1, len(names) + 1)]
    first: dict[str, str] = {}
    longest: dict[str, str] = {}
    for event in events:
        for name, value in event.before:
            if name not in state.values and value != "(unbound)" and not _is_unnamed(name):
                first[name] = value
        state.apply(event)
        words = [_longer(text, doing(state, number, names, short)) for number, text in enumerate(words, 1)]
        if event.operation in ("load", "read") and event.name in state.values and not _is_unnamed(event.name):
            first.setdefault(event.name, event.value)
        for name, value in state.values.items():
            longest[name] = _longer(longest.get(name, first.setdefault(name, _UNUSED)), value)
    return {
        "threads": [list(pair) for pair in zip(short, words, strict=True)],
        "values": [[name, text, first[name]] for name, text in longest.items()],
        "locks": [list(pair) for pair in program_locks(events).items()],
    }


def _is_unnamed(name: str) -> bool:
    """Whether no variable leads to it: it may be made in the middle of the run."""
    return "#" in name or bool(_UNNAMED.match(name) or CONTAINER.match(name))


def _longer(one: str, other: str) -> str:
    return other if len(other) > len(one) else one
