"""A run in words: one sentence for each event, and one for the ending.

The words are those of a reader who has the program beside them: thread, what it does, to what, at which line.
"""

import re

from threadlab.events import DEADLOCK, EXCEPTION, STEP_LIMIT, Event, Outcome, State
from threadlab.library import LOCK_OF, QUEUE_OF
from threadlab.naming import ITS_TIME, without_line
from threadlab.objects import COMPARISONS

MAIN = "the main thread"
CUT_OFF = "cut off: the program is over"
"""What a thread has done at last that had not come to its end when the program ended."""
_LONGEST = 160
"""Characters of what is printed, in a sentence: the output has all of it."""
READY = "ready: "
"""How the words begin for what a thread does that has waited, when what it has waited for is there."""


def shortened(text: str, most: int) -> str:
    """`text`, at most so many characters of it."""
    return text if len(text) <= most else text[: most - 1] + "…"


def short_names(threads: list[str]) -> list[str]:
    """The threads' names without the function that threading adds, where that leaves them different."""
    short = [re.sub(r"(?<=\d) \([\w<>]+\)$", "", name) for name in threads]
    names = short if len(set(short)) == len(short) else list(threads)
    return [MAIN if name == "MainThread" else name for name in names]


def label(name: str) -> str:
    """A thread's short name where it stands alone."""
    return name.replace(MAIN, "Main thread")


def program_locks(events: list[Event]) -> dict[int, str]:
    """Object number to name of each lock that the program itself acquires, not one inside a library object."""
    return {
        event.object: event.name
        for event in events
        if event.operation == "acquire" and event.line and not event.name.startswith(LOCK_OF)
    }


def _owner(within: str) -> str:
    """The object whose method `within` is a call of."""
    return within.rpartition(".")[0]


def waits_in(name: str, within: str) -> bool:
    """Whether what is waited for is the very object whose method has been called, or is inside that."""
    return bool(within) and without_line(name) in (_owner(within), within)


def doing(state: State, thread: int, threads: list[str], short: list[str]) -> str:
    """What a thread does, in a few words; the same as in web/recording.js. `short`: what short_names(threads) gives."""
    if thread >= state.started:
        return "not started"
    if thread in state.ended:
        return "has ended"
    if thread in state.awaits:
        return _waiting(state, thread, threads, short)
    if thread not in state.lines:
        return "before its first step" if thread == 0 else "ready, has not begun"
    return "runs" if thread == state.thread else "ready"


def _waiting(state: State, thread: int, threads: list[str], short: list[str]) -> str:
    awaited = state.awaits[thread]
    until = f" until {awaited.until} s" if awaited.until else ""
    is_ready = thread in state.ready
    few = {
        "the clock": f"sleeps{until}",
        "the event loop": f"waits in its event loop{until}",
        "exit": "waits for the other threads",
        "a change": "loops until something changes",
        ITS_TIME: f"waits{until}",
    }
    if awaited.name in few and not awaited.object and not is_ready:
        return few[awaited.name]
    joined = awaited.name.removeprefix("the end of ")
    name = awaited.name
    if joined != name and joined in threads:
        other = threads.index(joined)
        if other in state.ended:
            return f"{READY}{short[other]} has ended"
        name = f"the end of {short[other]}"
    holder = state.holder(thread)
    if is_ready and name.startswith("a notify of "):
        return f"{READY}notified"
    if is_ready:
        return f"{READY}{name} is free" if awaited.held and holder is None else f"{READY}can go on"
    if waits_in(name, awaited.within) and holder is None:
        return f"waits in {awaited.within}" + (f", at most{until}" if until else "")
    held = "" if holder is None else ", held by itself" if holder == thread else f", held by {short[holder]}"
    return f"waits for {name}{held}" + (f", at most{until}" if until else "")


class Narrator:
    """Tells a run event by event; `threads` are the names from number 0 on."""

    def __init__(self, threads: list[str]) -> None:
        self.threads = threads
        self.short = short_names(threads)
        self.state = State()
        self._waits_in: dict[int, tuple[str, int] | None] = {}
        """By thread, the call and the line of its last event, if that was that it waits."""
        self.undone = ""
        """The first write that was undone by a thread which had not seen it, in a few words; "" if there is none."""
        self._read: dict[tuple[int, str], int] = {}
        """(thread, variable) to the line at which the thread has read it and not yet written."""
        self._since: dict[tuple[int, str], int] = {}
        """(thread, variable) to who has written there since the thread read it."""

    def say(self, event: Event) -> str:
        """The sentence for the next event."""
        later = event.time > self.state.time
        before = self._waits_in.get(event.thread)
        self._waits_in[event.thread] = (event.within, event.line) if event.operation == "await" else None
        again = event.operation == "await" and before == (event.within, event.line)
        self.state.apply(event)
        gets = "" if event.operation == "result" else _gets(event.result)
        does = self._does(event, again)
        text = f"{self.who(event.thread)} {does}{gets and (', and ' if ': ' in does else ': ')}{gets}."
        if later:
            text = f"At {event.time:g} s, {text}"
        return _begun(text) + self._lost(event)

    def ending(self, outcome: Outcome) -> str:
        """The last sentence: how the run ended."""
        if outcome.kind == DEADLOCK:
            return self._deadlock(outcome)
        if outcome.kind == EXCEPTION:
            what = outcome.ending.removeprefix("exception: ")
            where = re.search(r", in (.+?)(?: at line \d+)?$", what)
            alone = where is not None and where[1] in self.threads and where[1] != "MainThread"
            start = "A thread has ended with an exception" if alone else "The program ends with an exception"
            return f"{start}: {self._shorten(what)}."
        if outcome.kind == STEP_LIMIT:
            return f"The run is cut off{_cut(outcome.ending.removeprefix('step limit: '))}."
        return f"The program has {outcome.ending}."

    # ------------------------------------------------ parts of a sentence

    def who(self, number: int) -> str:
        return self.short[number]

    def _does(self, event: Event, again: bool = False) -> str:
        name, place = _named(self._shorten(event.name)), self._place(event)
        changed = _changed(event)
        match event.operation:
            case "load":
                return f"reads {name}, which is {event.value},{place}" if event.value else f"reads {name}{place}"
            case "read" if event.value:
                return f"looks at {name}, which is {event.value},{place}"
            case "store" | "delete" if event.result:
                return f"tries to {'write to' if event.operation == 'store' else 'delete'} {name}{place}"
            case "acquire" if event.result and event.within:
                return f"acquires {name}, and comes back from {event.within}{_at(event)}{changed}"
            case "operate" if event.value in COMPARISONS:
                return f"compares {name} ({event.value}){place}"
            case "operate" if event.value:
                return f"does {event.value} with {name}{place}{changed}"
            case "store" if event.changed and event.changed[0][0] == event.name:
                return f"writes {event.changed[0][1]} to {name}{place}"
            case "call" | "resume" | "return" if (where := event.name.rpartition("."))[2] in ("__enter__", "__exit__"):
                verb = "enters" if where[2] == "__enter__" else "leaves"
                return f"{verb} “with {where[0]}”{place}{changed}"
            case "call" if event.value:
                return f"calls {name}{place}: that raises {event.value}"
            case "iterate" if event.value:
                return f"{'finds no further item in' if event.value == 'end' else 'begins to go through'} {name}{place}"
            case "print":
                text = "".join(text for _, text in event.changed).strip("\n").replace("\n", " / ")
                return (f"prints “{shortened(text, _LONGEST)}”" if text else "prints an empty line") + place
            case "await":
                waits = self._waits(event, name, again)
                return f"{waits.removesuffix(',') if place[:1] == ',' else waits}{place}{changed}"
            case "join":
                return f"goes on{place}: {name} has ended"
            case "gave up" if name == ITS_TIME:
                return f"goes on{place}: its time has come"
            case "gave up" if name == "the event loop":
                return f"goes on in its event loop{_at(event)}: a time has come"
            case "gave up" if event.value:
                return f"stops waiting for {name}{place}: the time is up"
            case "gave up" if name.startswith(QUEUE_OF):
                return f"finds {name} empty{place}"
            case "put" | "get" if name.startswith(QUEUE_OF):
                what = "the signal to end" if event.value == "None" else "a job"
                does = f"puts {what} into" if event.operation == "put" else f"takes {what} out of"
                return f"{does} {name}{place}{changed}"
            case "change":
                return f"changes the state of {name}{place} to “{event.changed[0][1]}”"
            case "notify":
                woken = f"wakes {self._shorten(event.value)}" if event.value else "nobody waits"
                return f"notifies {name}{place}: {woken}"
            case "result" if event.result and not event.result.startswith(_VERBATIM):
                return f"gets {event.result} from {name}{place}{changed}"
            case "result" if event.result:
                return f"calls {name}{place}: {event.result}"
            case "raise":
                return f"fails{place}: {name}"
        verb = _VERBS.get(event.operation, f"does {event.operation} on {{name}}").format(name=name)
        return f"{verb}{place}{changed}"

    def _waits(self, event: Event, name: str, again: bool) -> str:
        until = f" until {event.value} s" if event.value else ""
        if name == ITS_TIME:
            return f"waits{until}"
        if not event.object and name == "the clock":
            return f"sleeps{until}"
        if not event.object and name in _WAITS:
            return _WAITS[name] + until
        at_most = f", at most{until}" + "," * bool(event.line) if until else ""
        if (holder := self.state.holder(event.thread)) is not None:
            holds = "it holds itself" if holder == event.thread else f"{self.who(holder)} holds"
            return f"waits for {name}, which {holds}" + (at_most or "," * bool(event.line))
        if waits_in(name, event.within):
            return f"waits {'again ' * again}in {event.within}{at_most}"
        return f"waits for {name}{at_most}"

    def _place(self, event: Event) -> str:
        """Where it happens: the library's call, and the line."""
        thing, _, method = event.within.rpartition(".")
        within = ""
        if method in ("__enter__", "__exit__"):
            own = thing == without_line(event.name)
            within = f", {'entering' if method == '__enter__' else 'leaving'} “with {thing}”," * (not own)
        elif method and event.operation != "await":
            within = f", in {event.within},"
        line = _at(event)
        return f"{within}{line}" if line else within.rstrip(",")

    def _lost(self, event: Event) -> str:
        """Says so where a write undoes what another thread wrote after this one had read.

        One line that reads and writes, such as `n += 1`, loses the other's update. Where the lines are two, the thread
        may only have looked before it wrote something else: that is not called an update.
        """
        if event.object and re.fullmatch(r"\w+", event.name):
            return ""  # a variable of a function, maybe not of the same call
        key = event.thread, event.name
        if event.operation == "load":
            self._read[key] = event.line
            self._since.pop(key, None)
        if event.operation != "store" or event.result:
            return ""
        value = event.changed[0][1] if event.changed else ""
        other = self._since.pop(key, None)
        read_at = self._read.pop(key, None)
        for thread, name in self._read:
            if name == event.name:
                self._since[thread, name] = event.thread
        if other is None or read_at is None or value in ("True", "False", "None"):
            return ""
        updates = read_at == event.line
        self.undone = self.undone or (
            f"An update of {event.name} is lost" if updates else f"A write to {event.name} is overwritten"
        )
        return (
            f" But {self.who(other)} has written to {event.name} since {self.who(event.thread)} read it:"
            f" that {'update is lost' if updates else 'write is overwritten'}."
        )

    def _deadlock(self, outcome: Outcome) -> str:
        waits = [
            f"{self._named(w.thread)} waits for {self._shorten(w.awaits)}"
            + (f", which {self._named(w.holder)}{self._though(w.holder)} holds" if w.holder else "")
            + (f" (line {w.line})" if w.line else "")
            for w in outcome.waits
        ]
        round_and_round = len(waits) > 1 and all(w.holder for w in outcome.waits)
        first = "Deadlock: each thread waits for the next one." if round_and_round else "Deadlock: no thread can go on."
        raised = outcome.ending.split("; exception: ")[1:]
        many = "threads have ended with exceptions" if len(raised) > 1 else "a thread has ended with an exception"
        before = f" Before that, {many}: {self._shorten('; '.join(raised))}." if raised else ""
        text = "; ".join(waits)
        return (f"{first} {_begun(text)}." if text else first) + before

    def _though(self, holder: str) -> str:
        ended = holder in self.threads and self.threads.index(holder) in self.state.ended
        return ", which has ended," if ended else ""

    def _named(self, name: str) -> str:
        return self.who(self.threads.index(name)) if name in self.threads else name

    def _shorten(self, text: str) -> str:
        """`text` with the threads' short names."""
        for long, short in zip(self.threads, self.short, strict=True):
            if long != short and long != "MainThread":
                text = text.replace(long, short)
        return re.sub(r"\bMainThread\b", MAIN, text)


def _at(event: Event) -> str:
    return f" at line {event.line}" if event.line and event.operation not in ("begin", "exit") else ""


def _gets(result: str) -> str:
    """What comes of a call of the library."""
    return result if result.startswith(_VERBATIM) else result and f"gets {result}"


def _changed(event: Event) -> str:
    """What is different after it: the value of something of the program, or the state of one of the library's objects.

    A state is told for the first time, too, when it is as it has been from the start.
    """
    if event.operation in _OF_LIBRARY or not event.object:
        text = ", ".join(f"{name}: {value}" for name, value in event.changed)
        return text and f" ({text})"
    return "".join(f": {_named(name, 'the')} is now {value}" for name, value in event.changed[:1])


_VERBATIM = ("raises ", "leaves ")
"""How the results begin that are no values."""

_OF_LIBRARY = frozenset("acquire release resume return result await start join notify put get".split())


def _begun(text: str) -> str:
    """`text` as the start of a sentence; a thread's own name stays as it is."""
    return "T" + text[1:] if text.startswith(MAIN) else text


def _cut(ending: str) -> str:
    """Why a run was cut off, after those words; the steps that the engine counts are not those of a player."""
    steps = re.fullmatch(r"more than (\d+) steps", ending)
    return f" after {int(steps[1]):,} switch points and rounds of loops" if steps else f": {ending}"


_KINDS = r"(list|dict|set|deque|defaultdict|OrderedDict|bytearray)"
CONTAINER = re.compile(_KINDS)
"""The name of a container that no variable leads to."""


def _named(name: str, article: str = "a") -> str:
    """A name for a reader: what has none, so that its type stands for it, is one of its kind."""
    name = re.sub(rf"^{_KINDS}\.(\w+)$", rf"\2 of {article} \1", name)
    name = re.sub(rf"^{_KINDS}\[(.*)\]$", rf"item \2 of {article} \1", name)
    return re.sub(rf"^{_KINDS}$", rf"{article} \1", name)


_WAITS = {
    "exit": "has come to its end, and waits for the other threads",
    "a change": "goes round in its loop until another thread changes what it reads,",
    "the event loop": "waits in its event loop",
}
_VERBS = {
    "store": "writes to {name}",
    "begin": "begins",
    "exit": "ends",
    "start": "starts {name}",
    "acquire": "acquires {name}",
    "release": "releases {name}",
    "gave up": "does not get {name}",
    "call": "calls {name}",
    "resume": "goes on in {name}",
    "return": "comes back from {name}",
    "result": "calls {name}",
    "loop": "goes round and round",
    "read": "looks at {name}",
    "operate": "works on {name}",
    "iterate": "asks {name} for the next item",
    "delete": "deletes {name}",
    "sleep": "wakes up",
    "put": "puts an item into {name}",
    "get": "takes an item out of {name}",
}
