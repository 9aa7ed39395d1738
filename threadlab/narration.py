"""A run in words: one sentence for each event, and one for the ending.

The words are those of a reader who has the program beside them: thread, what it does, to what, at which line.
"""

import re

from threadlab.events import DEADLOCK, EXCEPTION, STEP_LIMIT, Event, Outcome, State

MAIN = "the main thread"


def short_names(threads: list[str]) -> list[str]:
    """The threads' names without the function that threading adds, where that leaves them different."""
    short = [re.sub(r"(?<=\d) \(\w+\)$", "", name) for name in threads]
    names = short if len(set(short)) == len(short) else list(threads)
    return [MAIN if name == "MainThread" else name for name in names]


class Narrator:
    """Tells a run event by event; `threads` are the names from number 1 on, and may grow."""

    def __init__(self, threads: list[str]) -> None:
        self.threads = threads
        self.state = State()
        self.lost: list[str] = []
        """The variables of which an update was lost."""
        self._read: dict[tuple[int, str], str] = {}
        """(thread, variable) to what the thread has read there and not yet written."""
        self._since: dict[tuple[int, str], int] = {}
        """(thread, variable) to who has written there since the thread read it."""
        self._within: dict[int, tuple[str, int]] = {}

    def say(self, event: Event) -> str:
        """The sentence for the next event."""
        later = event.time > self.state.time
        self.state.apply(event)
        text = f"{self.who(event.thread)} {self._does(event)}."
        if later:
            text = f"At {event.time:g} s, {text}"
        return text[0].upper() + text[1:] + self._lost(event)

    def ending(self, outcome: Outcome) -> str:
        """The last sentence: how the run ended."""
        if outcome.kind == DEADLOCK:
            return self._deadlock(outcome)
        if outcome.kind == EXCEPTION:
            return f"The program ends with an exception: {self._shorten(outcome.ending.removeprefix('exception: '))}."
        if outcome.kind == STEP_LIMIT:
            return f"The run is cut off: {outcome.ending.removeprefix('step limit: ')}."
        return "The program has finished."

    # ------------------------------------------------ parts of a sentence

    def who(self, number: int) -> str:
        names = short_names(self.threads)
        return names[number - 1] if 0 < number <= len(names) else f"thread {number}"

    def _does(self, event: Event) -> str:
        name, place = self._shorten(event.name), self._place(event)
        changed = ", ".join(f"{changed} is now {value}" for changed, value in event.changed)
        match event.operation:
            case "load":
                return f"reads {name}, which is {event.value},{place}" if event.value else f"reads {name}{place}"
            case "store":
                return f"writes {event.changed[0][1]} to {name}{place}" if event.changed else f"writes {name}{place}"
            case "print":
                text = "".join(text for _, text in event.changed).strip("\n").replace("\n", " / ")
                return (f"prints “{text}”" if text else "prints an empty line") + place
            case "await":
                return f"{self._waits(event, name)}{place}"
            case "join":
                return f"goes on{place}: {name} has ended"
            case "raise":
                return f"fails{place}: {name}"
        verb = _VERBS.get(event.operation, f"does {event.operation} on {{name}}").format(name=name)
        return f"{verb}{place}" + (f": {changed}" if changed else "")

    def _waits(self, event: Event, name: str) -> str:
        until = f" until {event.value} s" if event.value else ""
        if name == "the clock":
            return f"sleeps{until}"
        if name in _WAITS:
            return _WAITS[name]
        at_most = f", at most{until}," if until else ""
        if holder := self.state.holder(event.thread):
            holds = "it holds itself" if holder == event.thread else f"{self.who(holder)} holds"
            return f"waits for {name}, which {holds}" + (at_most or ",")
        if event.within.rpartition(".")[0] == name:
            return f"waits in {event.within}{at_most}"
        return f"waits for {name}{at_most}"

    def _place(self, event: Event) -> str:
        """Where it happens: the library's call, and the line."""
        thing, _, method = event.within.rpartition(".")
        within = ""
        if method in ("__enter__", "__exit__"):
            within = f", {'entering' if method == '__enter__' else 'leaving'} “with {thing}”," * (thing != event.name)
        elif method and event.operation != "await":
            within = f", in {event.within},"
        line = f" at line {event.line}" if event.line and event.operation not in ("begin", "exit") else ""
        return f"{within}{line}" if line else within.rstrip(",")

    def _lost(self, event: Event) -> str:
        """Says so where a write undoes what another thread wrote after this one had read."""
        key = event.thread, event.name
        if event.operation == "load":
            self._read[key] = event.value
            self._since.pop(key, None)
        if event.operation != "store":
            return ""
        value = event.changed[0][1] if event.changed else ""
        other = self._since.pop(key, 0)
        was_read = self._read.pop(key, None) is not None
        for thread, name in self._read:
            if name == event.name:
                self._since[thread, name] = event.thread
        if not (other and was_read) or value in ("True", "False", "None"):
            return ""
        if event.name not in self.lost:
            self.lost.append(event.name)
        return (
            f" But {self.who(other)} has written to {event.name} since {self.who(event.thread)} read it:"
            " that update is lost."
        )

    def _deadlock(self, outcome: Outcome) -> str:
        waits = [
            f"{self._named(w.thread)} waits for {self._shorten(w.awaits)}"
            + (f", which {self._named(w.holder)} holds" if w.holder else "")
            + (f" (line {w.line})" if w.line else "")
            for w in outcome.waits
        ]
        round_and_round = len(waits) > 1 and all(w.holder for w in outcome.waits)
        first = "Deadlock: each thread waits for the next one." if round_and_round else "Deadlock: no thread can go on."
        text = "; ".join(waits)
        return f"{first} {text[:1].upper()}{text[1:]}." if text else first

    def _named(self, name: str) -> str:
        return self.who(self.threads.index(name) + 1) if name in self.threads else name

    def _shorten(self, text: str) -> str:
        """`text` with the threads' short names."""
        for long, short in zip(self.threads, short_names(self.threads), strict=True):
            if long != short and long != "MainThread":
                text = text.replace(long, short)
        return text.replace("MainThread", MAIN)


_WAITS = {
    "exit": "has come to its end, and waits for the other threads",
    "a change": "goes round in its loop until another thread changes what it reads,",
    "the event loop": "waits in its event loop",
}
_VERBS = {
    "begin": "begins",
    "exit": "ends",
    "start": "starts {name}",
    "acquire": "acquires {name}",
    "release": "releases {name}",
    "gave up": "does not get {name}",
    "call": "calls {name}",
    "read": "looks at {name}",
    "operate": "works on {name}",
    "iterate": "takes the next item of {name}",
    "delete": "deletes {name}",
    "sleep": "wakes up after {name}",
    "put": "puts an item into {name}",
    "get": "takes an item out of {name}",
}
