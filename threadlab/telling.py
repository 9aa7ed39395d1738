"""Which events of a run a reader is told of, and as what.

`with stalls:` on a semaphore acquires and releases the lock inside it. To a reader that is one step, unless another
thread comes between: then each is told as it happened. That a thread asks for the next item of what no other thread
uses is no step of a run of threads.
"""

from threadlab.events import Event

_LOCK = "the lock of "


def retold(events: list[Event]) -> list[Event]:
    """The same run with each use of a lock inside the library's objects as one event, or as what happens meanwhile.

    Its operation is `call` of the library's function, `return` after a wait in it, or, where no line of the program
    calls it, `change` of what it leaves changed; where it changes nothing, there is none.
    """
    alone = _used_by_one(events)
    result: list[Event] = []
    latest: dict[int, Event] = {}
    ready: tuple[int, ...] | None = None  # what the events say that are not told
    index = 0
    while index < len(events):
        end = _end(events, index)
        used, index = events[index:end], end
        if used[0].operation == "await" and result and _leads_to(result[-1], used[0]):
            call = result.pop()
            used, ready = [used[0]._replace(changed=call.changed, before=call.before)], call.ready
        if used[0].operation == "iterate" and used[0].object in alone:
            new = []
        else:
            new = used if len(used) == 1 else _merged(used, latest.get(used[0].thread))
        latest[used[-1].thread] = used[-1]
        if new and new[0].ready is None:
            new = [new[0]._replace(ready=ready), *new[1:]]
        ready = None if new else _ready(used)
        result += new
    return result


def is_inner(event: Event) -> bool:
    """Whether the event is of a lock inside one of the library's objects, in the library's code."""
    own = event.within or not event.line
    return bool(own) and event.operation in ("acquire", "release") and event.name.startswith(_LOCK)


def _used_by_one(events: list[Event]) -> set[int]:
    """The numbers of the objects that only one thread uses."""
    users: dict[int, set[int]] = {}
    for event in events:
        users.setdefault(event.object, set()).add(event.thread)
    return {number for number, threads in users.items() if number and len(threads) == 1}


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


def _leads_to(call: Event, wait: Event) -> bool:
    """Whether the thread waits in this call, which has not come to its end."""
    return call.operation in ("call", "return") and (call.thread, call.name) == (wait.thread, wait.within)


def _merged(used: list[Event], before: Event | None) -> list[Event]:
    """What is told of the events `used`; `before` is the thread's last one before them."""
    first = used[0]
    meanwhile = [event for event in used if not is_inner(event)]
    inner = [event for event in used if is_inner(event)]
    changed = _latest(inner)
    was = tuple(pair for event in inner for pair in event.before)
    ready = _ready(used)
    if meanwhile:
        last = meanwhile[-1]
        return [*meanwhile[:-1], last._replace(changed=_latest([last, *inner]), before=was + last.before, ready=ready)]
    if first.within:
        waited = before is not None and before.operation in ("await", "gave up") and before.within == first.within
        operation, name = "return" if waited else "call", first.within
    elif changed:
        operation, name = "change", changed[0][0]
    else:
        return []
    return [
        first._replace(operation=operation, object=0, name=name, changed=changed, within="", before=was, ready=ready)
    ]


def _latest(used: list[Event]) -> tuple[tuple[str, str], ...]:
    """What these events leave changed: of each name, the last value."""
    return tuple({name: value for event in used for name, value in event.changed}.items())


def _ready(used: list[Event]) -> tuple[int, ...] | None:
    """Who is ready after these events, if any of them says so."""
    return next((event.ready for event in reversed(used) if event.ready is not None), None)
