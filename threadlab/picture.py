"""A run as a picture: inline SVG, one lane for each thread, time from left to right, one column for each event.

A lane has a square with a letter where its thread acts, hatching where it waits, dots where it sleeps, a thin line
where it could run; above a wait stands what it is, under the lane a bracket for each lock that it holds. Long stretches
of one thread are drawn in few columns. Colours, fonts and widths of lines are those of web/lab.css; without it the
picture is black on white.
"""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from html import escape

from threadlab.events import DEADLOCK, EXCEPTION, EXIT_STATUS, STEP_LIMIT, Event, Outcome, State
from threadlab.narration import READY, doing, label, program_locks, short_names

COLUMN, SQUARE, LANE, TOP, LEFT, RIGHT = 20, 16, 38, 20, 112, 26
"""Pixels: of a column, of the square in it, of a lane without brackets, above the lanes, left of the columns, right."""

CHARACTER = 5.4
"""Pixels that a character of a label takes, on average."""

PAPER = 1200
"""Pixels: a picture that is wider is too small to be read on paper (A4), where it is made to fit."""

STUCK = 180
"""Pixels that the label of a wait that never ends may have beyond its start: the picture becomes as wide."""

BRACKET = 15
"""Pixels: the height that each lock held at the same time adds to a lane."""

CONDENSED_FROM, KEPT = 60, 3
"""A run of more events than this is condensed: of a stretch of one thread, this many columns at each end are kept."""

LETTERS = {
    "load": "R", "read": "R", "iterate": "N", "store": "W", "delete": "D", "call": "C", "operate": "C", "print": "P",
    "acquire": "L", "release": "U", "gave up": "G", "start": "S", "begin": "B", "exit": "E", "join": "J", "put": "+",
    "get": "-", "raise": "!", "sleep": "Z", "notify": "T", "resume": "K", "return": "K", "result": "K", "change": "W",
    "loop": "O",
}  # fmt: skip
"""The letter for each operation that a thread does; what waits has no letter."""

LEGEND = {
    "R": "reads", "W": "writes or changes", "D": "deletes", "N": "asks for the next item", "C": "calls", "P": "prints",
    "L": "acquires a lock", "U": "releases a lock", "G": "waits no longer, or gets no lock", "S": "starts a thread",
    "B": "begins", "E": "ends", "J": "sees that a thread has ended", "+": "puts in", "-": "takes out", "!": "fails",
    "Z": "has slept", "T": "notifies", "K": "goes on in a call, or comes back",
    "O": "goes round in a loop",
}  # fmt: skip


@dataclass
class _Lane:
    started: int = 0
    ended: int | None = None
    squares: list[tuple[int, str]] = field(default_factory=list)
    """(column, letter)"""
    waits: list[tuple[int, int, str]] = field(default_factory=list)
    """(first column, column after, what it does meanwhile)"""
    locks: list[tuple[int, int, str]] = field(default_factory=list)
    """(first column, column after, name)"""
    latest: dict[int, int] = field(default_factory=dict)
    """Of each lock by its object's number, the place of its latest bracket in `locks`."""

    def wait(self, since: tuple[int, str], stop: int) -> None:
        """Adds a hatched part: since (column, what it does meanwhile)."""
        start, why = since
        self.waits.append((start, max(stop, start + 1), why))

    def hold(self, lock: int, name: str, start: int, stop: int) -> None:
        """Adds a bracket; where columns are shared, holding a lock many times in one of them is one bracket."""
        latest = self.latest.get(lock)
        if latest is not None and start < self.locks[latest][1]:
            self.locks[latest] = self.locks[latest][0], max(stop, self.locks[latest][1]), name
        else:
            self.latest[lock] = len(self.locks)
            self.locks.append((start, stop, name))


def columns(events: list[Event]) -> list[int]:
    """The column of each event: its own, or where the run is condensed, one that it shares."""
    if len(events) <= CONDENSED_FROM:
        return list(range(len(events)))
    result: list[int] = []
    start = 0
    while start < len(events):
        end = start
        while end < len(events) and events[end].thread == events[start].thread:
            end += 1
        first = result[-1] + 1 if result else 0
        length = end - start
        if length <= 2 * KEPT + 1:
            result += range(first, first + length)
        else:
            result += range(first, first + KEPT)
            result += [first + KEPT] * (length - 2 * KEPT)
            result += range(first + KEPT + 1, first + 2 * KEPT + 1)
        start = end
    return result


def picture(events: list[Event], names: list[str], outcome: Outcome) -> str:
    """The picture of a run; `names` are its threads', from number 0 on.

    Its attribute `data-stops` has the place of the cursor, in pixels, for each step from 0 on.
    """
    places = columns(events)
    width = places[-1] + 1 if places else 0
    short = short_names(names)
    lanes = _lanes(events, places, names, short, width)
    return _Drawing(lanes, [label(name) for name in short], places, width, events, outcome).svg()


def legend(events: list[Event], outcome: Outcome) -> list[tuple[str, str]]:
    """(letter, meaning) for each letter that the picture has, in the order in which they come up; what stands for
    several steps, and the cross, are last."""
    letters = {LETTERS.get(event.operation, "?"): None for event in events if event.operation != "await"}
    places = columns(events)
    many = [("\u2026 \u00d73", "several steps in one place, here three")] if len(set(places)) < len(places) else []
    cross = [("\u2715", "waits for ever")] if outcome.kind == DEADLOCK else []
    return [(letter, LEGEND[letter]) for letter in letters if letter in LEGEND] + many + cross


def _lanes(events: list[Event], places: list[int], names: list[str], short: list[str], width: int) -> list[_Lane]:
    count = len(names)
    lanes = [_Lane() for _ in range(count)]
    state = State()
    waiting: dict[int, tuple[int, str]] = {}
    held: dict[int, int] = {}
    locks = program_locks(events)
    for event, column in zip(events, places, strict=True):
        lane = lanes[event.thread]
        if event.thread in waiting:
            lane.wait(waiting.pop(event.thread), column)
        if event.operation == "release" and event.object in held:
            holder = state.holders[event.object]
            lanes[holder.thread].hold(event.object, holder.name, held.pop(event.object), column + 1)
        before = state.started
        state.apply(event)
        if event.operation == "await":
            waiting[event.thread] = column, doing(state, event.thread, names, short)
        else:
            lane.squares.append((column, LETTERS.get(event.operation, "?")))
        if event.operation == "acquire" and event.object in locks:
            held[event.object] = column
        if state.started > before and state.started <= count:
            lanes[state.started - 1].started = column
        if event.operation == "exit":
            lane.ended = column
        if event.ready is not None:
            for thread in state.awaits:
                does = doing(state, thread, names, short)
                if thread in waiting and does.startswith(READY):
                    lanes[thread].wait(waiting.pop(thread), column + 1)
                elif thread not in waiting and not does.startswith(READY):
                    waiting[thread] = column + 1, does
    for thread, since in waiting.items():
        lanes[thread].wait(since, width)
    for number, column in held.items():
        lanes[state.holders[number].thread].hold(number, state.holders[number].name, column, width)
    return lanes


def _x(column: float) -> float:
    return LEFT + column * COLUMN


class _Drawing:
    def __init__(
        self,
        lanes: list[_Lane],
        threads: list[str],
        places: list[int],
        width: int,
        events: list[Event],
        outcome: Outcome,
    ) -> None:
        self.lanes, self.threads, self.places, self.width = lanes, threads, places, width
        self.events, self.outcome = events, outcome
        self.counts = Counter(zip(places, (event.thread for event in events), strict=True))
        """By (column, thread): a column is one thread's."""
        self.tops: list[int] = []
        self.rows = [_rows(lane.locks) for lane in lanes]
        top = TOP
        for rows in self.rows:
            self.tops.append(top)
            top += LANE + BRACKET * (1 + max(rows) if rows else 0)
        self.height = top + 2
        self.labels = [self._labels(index) for index in range(len(lanes))]
        ends = [x + len(text) * CHARACTER for labels in self.labels for x, text in labels]
        self.right = round(max(_x(width) + RIGHT, *ends, 0))

    def svg(self) -> str:
        width, height = self.right, self.height
        stops = [_x(0) - 2, *(_x(place + 1) - 2 for place in self.places), _x(self.width) + 6]
        wide = " lab-wide" if width > PAPER else ""
        parts = [
            f'<svg class="lab-picture{wide}" role="img" aria-label="{escape(self._label())}" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'data-stops="{" ".join(f"{stop:g}" for stop in stops)}">',
            *self._clock(),
            self._switches(),
            *(part for index in range(len(self.lanes)) for part in self._lane(index)),
            *self._condensed(),
            f'<path class="lab-cursor" d="M{stops[-1]:g} {TOP - 8}V{height}"/>',
            '<g class="lab-names">',
            f'<rect width="{LEFT - 8}" height="{height}"/>',
            *(self._name(index) for index in range(len(self.lanes))),
            "</g></svg>",
        ]
        return "".join(parts)

    def _label(self) -> str:
        number = len(self.threads)
        steps = len(self.events) + (self.outcome.kind in EXIT_STATUS)  # as a player counts: the ending is one
        ending = {DEADLOCK: "a deadlock", EXCEPTION: "an exception", STEP_LIMIT: "the step limit"}
        return (
            f"A lane for each of {number} threads, {steps} steps from left to right."
            if number > 1
            else f"One lane, the main thread's, with {steps} steps from left to right."
        ) + (f" It ends with {ending[self.outcome.kind]}." if self.outcome.kind in ending else "")

    def _middle(self, index: int) -> float:
        return self.tops[index] + LANE / 2 + 2

    def _name(self, index: int) -> str:
        y = self._middle(index)
        name = self.threads[index]
        shown = name if len(name) <= 13 else f"{name[:4]}…{name[-8:]}"
        return (
            f'<rect class="t{index % 8 + 1}" y="{y - 9:g}" width="18" height="18" rx="4"/>'
            f'<text class="number" x="9" y="{y + 4:g}">{index}</text>'
            f'<text x="24" y="{y + 4:g}">{escape(shown)}</text>'
        )

    def _lane(self, index: int) -> list[str]:
        lane, y = self.lanes[index], self._middle(index)
        end = self.width if lane.ended is None else lane.ended + 1
        parts = [f'<g class="t{index % 8 + 1}"><path class="ready" d="M{_x(lane.started):g} {y:g}H{_x(end):g}"/>']
        for start, stop, why in lane.waits:
            x, right = _x(start) + 2, _x(stop) - 2
            kind = "sleeps" if why.startswith("sleeps") else "waits"
            parts.append(f'<path class="{kind}" d="M{x:g} {y:g}H{right:g}"/>')
        for x, text in self.labels[index]:
            parts.append(f'<text class="why" x="{x:g}" y="{y - 10:g}">{escape(text)}</text>')
        squares = _once_each(lane.squares)
        path = "".join(f"M{_x(column) + 2:g} {y - SQUARE / 2:g}h{SQUARE}v{SQUARE}h-{SQUARE}z" for column, _ in squares)
        if squares:
            xs = " ".join(f"{_x(column) + COLUMN / 2:g}" for column, _ in squares)
            letters = "".join(letter for _, letter in squares)
            parts.append(f'<path class="acts" d="{path}"/><text class="what" x="{xs}" y="{y + 4:g}">{letters}</text>')
        for (start, stop, name), row in zip(lane.locks, self.rows[index], strict=True):
            bottom = self.tops[index] + LANE + BRACKET * row
            x, right = _x(start) + 3, _x(stop) - 3
            open_end = stop == self.width and self.outcome.kind != "finished"
            tail = "" if open_end else "v-4"
            parts.append(f'<path class="holds" d="M{x:g} {bottom - 1:g}v4H{right:g}{tail}"/>')
            if text := fitting(right - x, name, _bare(name)):
                parts.append(f'<text class="lock" x="{x + 2:g}" y="{bottom + 12:g}">{escape(text)}</text>')
        if lane.ended is not None:
            parts.append(f'<path class="end" d="M{_x(end) + 1:g} {y - 8:g}v16"/>')
        elif self._is_stuck(lane):
            x = _x(self.width) + 8
            parts.append(f'<path class="stuck" d="M{x:g} {y - 6:g}l12 12m0 -12l-12 12"/>')
        return [*parts, "</g>"]

    def _is_stuck(self, lane: _Lane) -> bool:
        """Whether its last wait has no end."""
        return self.outcome.kind == DEADLOCK and bool(lane.waits) and lane.waits[-1][1] == self.width

    def _labels(self, index: int) -> list[tuple[float, str]]:
        """(x, text) of what stands above the waits of a lane. It begins there; most of it may stand beside it."""
        lane = self.lanes[index]
        counts = [place for (place, thread), count in self.counts.items() if thread == index and count > 1]
        result = []
        for number, (start, stop, why) in enumerate(lane.waits):
            x = _x(start) + 2
            if number == len(lane.waits) - 1 and self._is_stuck(lane):
                room: float = STUCK
            else:
                after = [each for each, _, _ in lane.waits[number + 1 : number + 2]]
                after += counts[bisect_left(counts, stop) :][:1]
                end = min((_x(column) - 4 for column in after), default=_x(self.width) + RIGHT)
                room = min(end - x, 2.5 * (_x(stop) - 2 - x))
            if text := wait_label(room, why):
                result.append((x, text))
        return result

    def _switches(self) -> str:
        """A line from lane to lane where the thread that runs changes."""
        path, last = "", None
        for event, place in zip(self.events, self.places, strict=True):
            if last is not None and last != event.thread:
                x = _x(place)
                path += f"M{x:g} {self._middle(last):g}V{self._middle(event.thread):g}"
            last = event.thread
        return f'<path class="switch" d="{path}"/>' if path else ""

    def _clock(self) -> list[str]:
        """The time, where it moves on."""
        parts, now, free = [], 0.0, 0.0
        for event, place in zip(self.events, self.places, strict=True):
            if event.time > now:
                now, x = event.time, _x(place)
                parts.append(f'<path class="tick" d="M{x:g} {TOP - 6}V{self.height}"/>')
                if x >= free:
                    text = f"{now:g} s"
                    parts.append(f'<text class="time" x="{x:g}" y="{TOP - 10}">{text}</text>')
                    free = x + len(text) * 7 + 8
        return parts

    def _condensed(self) -> list[str]:
        """How many events a column stands for, where that is more than one."""
        return [
            f'<text class="many" x="{_x(place) + COLUMN / 2:g}" y="{self._middle(thread) - 11:g}">\u00d7{count}</text>'
            for (place, thread), count in self.counts.items()
            if count > 1
        ]


def _once_each(squares: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """One square for each column: "…" where it stands for several events."""
    result: list[tuple[int, str]] = []
    for column, letter in squares:
        if result and result[-1][0] == column:
            result[-1] = column, "…"
        else:
            result.append((column, letter))
    return result


def _rows(locks: list[tuple[int, int, str]]) -> list[int]:
    """A row for each bracket, from 0, so that those that are open at the same time stand under each other."""
    ends: list[int] = []
    result = [0] * len(locks)
    for index in sorted(range(len(locks)), key=lambda i: (locks[i][0], -locks[i][1])):
        start, stop, _ = locks[index]
        row = next((row for row, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [stop]
        result[index] = row
    return result


def _bare(name: str) -> str:
    """The name of what no variable leads to without its kind: where it was made, and which one it is."""
    return re.sub(r"^\w+ of (?=line \d)", "", name)


def wait_label(width: float, why: str) -> str:
    """What stands above a wait, in so many pixels: what the thread does meanwhile, without who holds it if that is too
    long, else with its name cut in the middle; nothing rather than a name that is hardly one, or another's."""
    what = why.partition(",")[0]
    found = _WAIT.fullmatch(what)
    room = int(width / CHARACTER)
    for text in (why, what) if found else (why, what, what.partition(" ")[0]):
        if len(text) <= room:
            return text
    left = room - len(found[1]) if found else 0
    return found[1] + _cut(found[2], left) if found and left >= _NAME else ""


_WAIT = re.compile(r"(waits in |waits for (?:the end of |a notify of )?)(.+)")
"""What is said before the name of what is waited for, and that name."""
_NAME = 8
"""The fewest characters that a name is cut to."""


def _cut(text: str, room: int) -> str:
    """Its start and its end, which often is what tells it from another one, in so many characters."""
    end = room // 2
    return f"{text[: room - 1 - end]}…{text[-end:]}"


def fitting(width: float, *texts: str) -> str:
    """The first of the texts that fits into so many pixels, else what fits of the last one, if that is enough: its
    start, and its end, which often is what tells it from another one."""
    room = int(width / CHARACTER)
    for text in texts:
        if len(text) <= room:
            return text
    end = min(4, room // 2)
    return f"{texts[-1][: room - 1 - end]}…{texts[-1][-end:]}" if room >= 5 else ""
