"""What a thread does next, in a few words, as far as the engine knows before the thread has done it.

The names of the program's variables and objects have backquotes.
"""

from threadlab.events import Event
from threadlab.labels import plain
from threadlab.library import is_primitive
from threadlab.narration import short_names
from threadlab.scheduler import Scheduler
from threadlab.threads import CLOCK, LabThread


def upcoming(scheduler: Scheduler, thread: LabThread, line: str) -> str:
    """What the thread does if it goes on from its switch point, in the text `line`; "" where that is not known."""
    if thread.guard is not None and not thread.guard():
        return "wakes up" if thread.awaits == "the clock" else "stops waiting: its time is up"
    found = scheduler.peek(thread)
    if not found:
        return ""
    (key, write), thing = found[0]
    waits = thread.guard is not None
    match key:
        case ("variable", _, str(name)):
            return _access(scheduler, thread, name, write, line)
        case ("thread", int(number)):
            if not waits:
                return "ends" if write and number == thread.number else ""
            names = short_names([scheduler.thread_name(each) for each in scheduler.threads])
            return f"goes on after the end of {names[number]}"
        case (int(), str(part)) if thing is not None:
            name = plain(scheduler.name_of(thing))
            if part:
                return _access(scheduler, thread, f"{name}.{part}", write, line)
            return _whole(thing, name, write, waits)
    return "wakes up" if key == CLOCK and waits else ""


def _access(scheduler: Scheduler, thread: LabThread, name: str, write: bool, line: str) -> str:
    """Of a variable or an attribute; for a write, also what the thread has read there before."""
    if not write:
        return f"reads `{name}`"
    verb = "deletes" if line.lstrip().startswith("del ") else "writes"
    last = _last(scheduler.events or [], thread.number, name)
    read = last.value if last and last.operation == "load" else ""
    return f"{verb} `{name}`" + (f", having read {read}" if read else "")


def _last(events: list[Event], thread: int, name: str) -> Event | None:
    return next((event for event in reversed(events) if event.thread == thread and event.name == name), None)


def _whole(thing: object, name: str, write: bool, waits: bool) -> str:
    """Of an object as a whole: a lock, a queue, or one of which it is not known how it changes."""
    kind = getattr(thing, "kind", "") if is_primitive(thing) else ""
    if kind in ("Lock", "RLock"):
        if getattr(thing, "quiet", True):
            return ""
        return f"{'acquires' if waits else 'releases'} `{name}`"
    if kind == "SimpleQueue":
        return f"takes an item out of `{name}`" if waits else ""
    return f"{'may change' if write else 'reads'} `{name}`"
