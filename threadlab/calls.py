"""The steps of the standard library's own locks, told as the calls of the program that they belong to.

`with stalls:` on a semaphore acquires and releases the lock inside it. To a reader that is one step, unless another
thread comes between: then each is told as it happened.
"""

from threadlab.events import Event

_LOCK = "the lock of "


def as_calls(events: list[Event]) -> list[Event]:
    """The same run with each use of a lock inside the library's objects as one event, or as what happens meanwhile.

    Its operation is `call` of the library's function, `return` after a wait in it, or, where no line of the program
    calls it, `change` of what it leaves changed; where it changes nothing, there is none.
    """
    told: list[Event] = []
    latest: dict[int, Event] = {}
    ready: tuple[int, ...] | None = None  # what the events say that are not told
    index = 0
    while index < len(events):
        end = _end(events, index)
        used, index = events[index:end], end
        if _waits_in(used[0], told):
            ready = told.pop().ready
        new = used if len(used) == 1 else _told(used, latest.get(used[0].thread))
        latest[used[-1].thread] = used[-1]
        if new and new[0].ready is None:
            new = [new[0]._replace(ready=ready), *new[1:]]
        ready = None if new else _ready(used)
        told += new
    return told


def is_inner(event: Event) -> bool:
    """Whether the event is of a lock inside one of the library's objects, in the library's code."""
    own = event.within or not event.line
    return bool(own) and event.operation in ("acquire", "release") and event.name.startswith(_LOCK)


def _end(events: list[Event], start: int) -> int:
    """Where the use of the lock that is acquired at `start` ends, without a step of another thread; else start + 1."""
    first = events[start]
    if is_inner(first) and first.operation == "acquire":
        for index in range(start + 1, len(events)):
            event = events[index]
            if event.thread != first.thread:
                break
            if event.operation == "release" and event.object == first.object:
                return index + 1
    return start + 1


def _waits_in(event: Event, told: list[Event]) -> bool:
    """Whether its thread waits in the call that the last event told is, of which that says nothing else."""
    if event.operation != "await" or not told:
        return False
    last = told[-1]
    return (last.operation, last.thread, last.name, last.changed) == ("call", event.thread, event.within, ())


def _told(used: list[Event], before: Event | None) -> list[Event]:
    """What is told of the events `used`; `before` is the thread's last one before them."""
    first = used[0]
    meanwhile = [event for event in used if not is_inner(event)]
    changed = tuple(pair for event in used if is_inner(event) for pair in event.changed)
    ready = _ready(used)
    if meanwhile:
        return [*meanwhile[:-1], meanwhile[-1]._replace(changed=meanwhile[-1].changed + changed, ready=ready)]
    if first.within:
        waited = before is not None and before.operation in ("await", "gave up") and before.within == first.within
        operation, name = "return" if waited else "call", first.within
    elif changed:
        operation, name = "change", changed[0][0]
    else:
        return []
    return [first._replace(operation=operation, object=0, name=name, changed=changed, within="", ready=ready)]


def _ready(used: list[Event]) -> tuple[int, ...] | None:
    """Who is ready after these events, if any of them says so."""
    return next((event.ready for event in reversed(used) if event.ready is not None), None)
