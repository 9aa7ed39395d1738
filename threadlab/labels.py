"""Objects that no global variable leads to, told apart in the events of a run.

The engine calls such an object by what it finds, with its number: `jobs ~7` where a local variable of the program leads
to it, else `list @7`, `Lock of line 5 @7`; `list ^7` where one function calls it otherwise than another; `jobs =7` once
a global variable does, and always in a container: `jobs[0] =7`, `jobs[0] /7` if it has been elsewhere. `seated +7` is
not the object that this global variable was before. Here each gets one name for the whole run, and a number of its own,
`list #2`, only where several would have the same. What has more than one place is `jobs[…] #1` and `jobs[…] #2`.
"""

import re

from threadlab.events import Event, Wait

KIND, VARIABLE, SEVERAL, GLOBAL, AGAIN, MOVED = "@", "~", "^", "=", "+", "/"
"""What comes between the name of an object and its number: its type gives the name, a local variable, its type because
it has several variables, a global variable, a global variable that was another object before, a place in a container
after it was elsewhere."""

_MARKS = re.escape(KIND + VARIABLE + SEVERAL + GLOBAL + AGAIN + MOVED)
_MARKED = re.compile(rf"((?:[\w.\]'\"]|\[[^]]*])+)( of line \d+)? ([{_MARKS}])(\d+)")
_INDEX = re.compile(r"""\[(?:'[^']*'|"[^"]*"|[^]])*]""")


def marked(name: str, mark: str, number: int) -> str:
    """`name`, of the object with this number; as it is where it begins with that of its owner, which has a number."""
    return name if _MARKED.match(name) else f"{name} {mark}{number}"


def unmarked(text: str) -> str:
    """`text` of the program so that nothing in it looks like a mark."""
    return re.sub(rf" (?=[{_MARKS}]\d)", "\u00a0", text)


def is_unnamed(text: str) -> bool:
    """Whether it is about an object that no variable leads to, as far as the engine has seen."""
    return any(found[3] == KIND for found in _MARKED.finditer(text))


def plain(text: str) -> str:
    """`text` without the numbers of objects."""
    return _MARKED.sub(lambda found: found[1] + (found[2] or ""), text)


class Labels:
    """The names of the objects of a run; `waits` are those of a deadlock."""

    def __init__(self, events: list[Event], waits: tuple[Wait, ...] = ()) -> None:
        self._names, again = _found(events, waits)
        """By number, the name of the object."""
        same: dict[str, list[int]] = {}
        for number, name in self._names.items():
            same.setdefault(name, []).append(number)
        self._suffixes: dict[int, str] = {}
        for numbers in same.values():
            first = 2 if again.issuperset(numbers) else 1  # the first one is called so without a number
            if first == 2 or len(numbers) > 1:
                self._suffixes |= {number: f" #{place}" for place, number in enumerate(numbers, first)}

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


def _found(events: list[Event], waits: tuple[Wait, ...]) -> tuple[dict[int, str], set[int]]:
    """By number, the name of each object: a variable, else its type with the line where it was made.

    In the order in which they are told of. And the numbers of those that a global variable is after it was another one.
    """
    kinds: dict[int, str] = {}
    local_variables: dict[int, str] = {}
    global_variables: dict[int, str] = {}
    places: dict[int, str] = {}
    """Where it is in a container, if it is in one."""
    at: dict[str, int] = {}
    """What is at such a place."""
    moved: set[int] = set()
    several: set[int] = set()
    again: set[int] = set()
    order: dict[int, str] = {}
    for text in (*(text for event in events for text in _texts(event)), *(wait.awaits for wait in waits)):
        for name, line, mark, digits in _MARKED.findall(text):
            number = int(digits)
            order[number] = ""
            if mark in (GLOBAL, MOVED) and "[" in name:
                if mark == MOVED or places.setdefault(number, name) != name or at.setdefault(name, number) != number:
                    moved |= {number, at.get(name, number)}
                places[number] = name
            elif mark in (GLOBAL, AGAIN):
                global_variables[number] = name
                (again.add if mark == AGAIN else again.discard)(number)
            elif number in places:
                moved.add(number)  # it is there no more
            elif mark == VARIABLE:
                local_variables[number] = name
            elif line or number not in kinds:
                kinds[number] = name + line
            if mark == SEVERAL:
                several.add(number)
    for number in moved & places.keys():
        places[number] = _INDEX.sub("[…]", places[number])
    local = {number: name for number, name in local_variables.items() if number not in several}
    return order | kinds | local | global_variables | places, again - places.keys()


def _texts(event: Event) -> tuple[str, ...]:
    return (event.name, event.within, *(name for name, _ in (*event.changed, *event.before)))
