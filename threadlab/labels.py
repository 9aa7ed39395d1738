"""Objects that no global variable leads to, told apart in the events of a run.

The engine calls such an object by what it finds, with its number: `jobs ~7` where a local variable of the program leads
to it, else `list @7`, `Lock of line 5 @7`; `list ^7` where one function calls it otherwise than another. Here each gets
one name for the whole run, and a number of its own, `list #2`, only where several would have the same.
"""

import re

from threadlab.events import Event, Wait
from threadlab.library import LOCK_OF

KIND, VARIABLE, SEVERAL = "@", "~", "^"
"""What comes before the number of an object: its type does, a variable, its type because it has several variables."""

_MARKED = re.compile(rf"([\w.\[\]'\"]+)( of line \d+)? ([{KIND}{VARIABLE}\{SEVERAL}])(\d+)")


def marked(name: str, mark: str, number: int) -> str:
    """`name`, of the object with this number."""
    return f"{name} {mark}{number}"


def is_unnamed(text: str) -> bool:
    """Whether it is about an object that no variable leads to, as far as the engine has seen."""
    return any(found[3] == KIND for found in _MARKED.finditer(text))


def plain(text: str) -> str:
    """`text` without the numbers of objects."""
    return _MARKED.sub(lambda found: found[1] + (found[2] or ""), text)


class Labels:
    """The names of the objects of a run; `waits` are those of a deadlock."""

    def __init__(self, events: list[Event], waits: tuple[Wait, ...] = ()) -> None:
        self._names = {**_found(events, waits), **_named_at_last(events)}
        """By number, the name of the object."""
        same: dict[str, list[int]] = {}
        for number, name in self._names.items():
            same.setdefault(name, []).append(number)
        shared = [numbers for numbers in same.values() if len(numbers) > 1]
        self._suffixes = {number: f" #{place}" for numbers in shared for place, number in enumerate(numbers, 1)}

    def label(self, text: str) -> str:
        """`text` with the objects' names in it."""
        return _MARKED.sub(self._label, text)

    def event(self, event: Event) -> Event:
        """The same with the objects' names in it."""
        return event._replace(
            name=self.label(event.name),
            within=self.label(event.within),
            changed=tuple((self.label(name), value) for name, value in event.changed),
            before=tuple((self.label(name), value) for name, value in event.before),
        )

    def _label(self, found: re.Match[str]) -> str:
        number = int(found[4])
        name = self._names[number]
        if not found[2] and name.startswith(f"{found[1]} of line "):
            name = found[1]  # as in a call of its method
        return name + self._suffixes.get(number, "")


def _found(events: list[Event], waits: tuple[Wait, ...]) -> dict[int, str]:
    """By number, the name of each object: a variable, else its type with the line where it was made."""
    names: dict[int, str] = {}
    variables: dict[int, str] = {}
    several: set[int] = set()
    for text in (*(text for event in events for text in _texts(event)), *(wait.awaits for wait in waits)):
        for name, line, mark, digits in _MARKED.findall(text):
            number = int(digits)
            if mark == VARIABLE:
                variables[number] = name
            elif line or number not in names:
                names[number] = name + line
            if mark == SEVERAL:
                several.add(number)
    return names | {number: name for number, name in variables.items() if number not in several}


def _texts(event: Event) -> tuple[str, ...]:
    return (event.name, event.within, *(name for name, _ in (*event.changed, *event.before)))


def _named_at_last(events: list[Event]) -> dict[int, str]:
    """By number, the global variable that leads to an object once the program has stored it there."""
    numbers: dict[int, int] = {}
    variables: dict[int, str] = {}
    for event in events:
        name = _own_name(event)
        if found := _MARKED.fullmatch(name):
            numbers[event.object] = int(found[4])
        elif name:
            variables[event.object] = name
    return {number: variables[key] for key, number in numbers.items() if key in variables}


def _own_name(event: Event) -> str:
    """What the event calls the object with its number, or what that is the lock of; "" if it calls it nothing."""
    if event.operation in ("acquire", "release"):
        return event.name.removeprefix(LOCK_OF)
    if event.operation in ("load", "store", "delete") and event.object:
        return event.name.rpartition(".")[0]
    return ""
