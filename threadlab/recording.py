"""A run as JSON with a version; recording.schema.json beside this file describes it."""

import json
from collections.abc import Iterable
from typing import Any

from threadlab.events import Decision, Event, Outcome, Wait

FORMAT, VERSION = "threadlab-recording", 1
_PAIRS = "changed", "before"
"""The fields of an event that hold pairs."""


def to_json(
    *,
    filename: str,
    source: str,
    python: str,
    schedule: str,
    outcome: Outcome,
    label: str = "",
    output: str,
    threads: list[str],
    events: Iterable[Event],
    decisions: Iterable[Decision],
) -> dict[str, Any]:
    """The recording as what `json.dump` takes. `filename` should carry no folder."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": {"filename": filename, "source": source},
        "python": python,
        "schedule": schedule,
        "threads": threads,
        "outcome": outcome_to_json(outcome),
        "label": label,
        "output": output,
        "events": [event_to_json(event) for event in events],
        "decisions": [{**d._asdict(), "enabled": list(d.enabled)} for d in decisions],
    }


def event_to_json(event: Event) -> dict[str, Any]:
    """`value`, `within`, `before`, `result` and `ready` only where they say something."""
    data = {**event._asdict(), **{key: [list(pair) for pair in getattr(event, key)] for key in _PAIRS}}
    silent: dict[str, object] = {"value": "", "within": "", "before": [], "result": "", "ready": None}
    return {key: value for key, value in data.items() if key not in silent or value != silent[key]}


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    return {"kind": outcome.kind, "ending": outcome.ending, "waits": [wait._asdict() for wait in outcome.waits]}


def outcome_from_json(data: dict[str, Any]) -> Outcome:
    return Outcome(data["kind"], data["ending"], tuple(Wait(**wait) for wait in data["waits"]))


def events_from_json(data: dict[str, Any]) -> list[Event]:
    """The events of a recording. Raises ValueError if it is of another format or version."""
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise ValueError(f"not a {FORMAT} of version {VERSION}")
    return [_event(event) for event in data["events"]]


def _event(data: dict[str, Any]) -> Event:
    pairs = {key: tuple(map(tuple, data[key])) for key in _PAIRS if key in data}
    ready = {"ready": tuple(data["ready"])} if "ready" in data else {}
    return Event(**{**data, **pairs, **ready})


def fingerprint(events: Iterable[Event]) -> str:
    """16 hexadecimal digits that are equal for equal events: to compare runs on two interpreters."""
    import hashlib

    text = json.dumps([list(event) for event in events], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def schema() -> dict[str, Any]:
    """The JSON Schema of a recording."""
    import importlib.resources

    text = importlib.resources.files("threadlab").joinpath("recording.schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result
