"""What a program's reader knows of the standard library's objects: which lock is part of which, and their state."""

import weakref
from collections import deque
from types import FrameType
from typing import Any

from threadlab.events import safe_text

LOCK_OF, QUEUE_OF = "the lock of ", "the queue of "
"""How the name of a part of one of the library's objects begins."""

PENDING, CANCELLED, FINISHED = "pending", "cancelled", "finished"
"""States of a timer, and of a future."""

RESULTS = frozenset(
    "acquire release wait wait_for get get_nowait put put_nowait result exception cancel cancelled done running join "
    "is_set isSet is_alive locked empty full qsize task_done shutdown submit start notify notify_all abort "
    "set_result set_exception".split()
)
"""Methods of the library's objects whose result, or exception, is told."""

MODULES = frozenset(("threading", "queue", "concurrent.futures._base", "concurrent.futures.thread"))


def is_primitive(thing: object) -> bool:
    """Whether it is a stand-in of primitives.py, whose attributes run no code of the program."""
    return type(thing).__module__ in ("_thread", "_queue")


def made_for(frame: FrameType | None) -> "weakref.ref[object] | None":
    """The library's object whose `__init__` makes, in `frame`, a lock or a queue as a part of it."""
    whole = None
    if frame is not None and frame.f_code.co_name == "RLock":  # threading's function
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name == "__init__" and frame.f_globals.get("__name__") in MODULES:
        whole = frame.f_locals.get("self")
        frame = frame.f_back
    return weakref.ref(whole) if whole is not None else None


def part_of(thing: object) -> object:
    """The library's object that `thing` is a part of; None if it is none."""
    reference = getattr(thing, "part", None) if is_primitive(thing) else None
    return reference() if isinstance(reference, weakref.ref) else None


def made_at(whole: object) -> int:
    """The line of the program at which one of the library's objects was made, as a part of it tells; 0: not known."""
    for each in vars(whole).values():
        part = getattr(each, "_lock", None) if _is(each, "Condition") else each
        if part_of(part) is whole:
            line: int = getattr(part, "made_at", 0)
            return line
    return 0


def part_name(part: Any, whole: object, name: str) -> str:
    """What a part is called; `name` is that of the whole. A condition and its lock are one thing to its users."""
    if _is(whole, "Condition"):
        return name
    if part.kind == "SimpleQueue":
        return QUEUE_OF + name
    if _is(whole, "ThreadPoolExecutor") and vars(whole).get("_shutdown_lock") is not part:
        name = f"the idle count of {name}"  # a semaphore
    return LOCK_OF + name


def state_of(whole: Any) -> str:
    """The object's state as text, without running any of the program's code; "" for what has none to show."""
    try:
        return _state_of(whole, vars(whole))
    except (AttributeError, KeyError, TypeError):  # a class of the program need not call its base's __init__
        return ""


def _state_of(whole: Any, own: dict[str, Any]) -> str:
    if _is(whole, "Semaphore"):
        return f"{own['_value']} free"
    if _is(whole, "Event"):
        return "set" if own["_flag"] else "not set"
    if is_timer(whole):
        return FINISHED if vars(own["finished"])["_flag"] else PENDING
    if _is(whole, "Barrier"):
        count = own["_count"]
        if own["_state"] == -2:
            return "broken"
        if own["_state"] and count > 0:
            return f"open, {count} to leave"
        return f"{max(count, 0)} of {own['_parties']} waiting"
    if _is(whole, "Queue"):
        return safe_text(own["queue"]) if type(own["queue"]) in (list, deque) else ""
    if _is(whole, "Future"):
        error = own["_exception"]
        state = str(own["_state"]).partition("_")[0].lower()
        return state if error is None else f"{state} with {type(error).__name__}"
    if _is(whole, "Condition"):
        return f"{len(own['_waiters'])} waiting"
    return ""


def first_state(whole: Any) -> str:
    """The state that the object has had from the start, where that of its class is always the same; else ""."""
    return PENDING if is_timer(whole) or _is(whole, "Future") else ""


def is_timer(thing: object) -> bool:
    return _is(thing, "Timer")


def is_of_library(thing: object) -> bool:
    """Whether it is an instance of one of the library's classes, or of one that is derived from them."""
    return any(each.__module__ in MODULES for each in type(thing).__mro__)


def _is(thing: object, name: str) -> bool:
    """Whether it is an instance of the library's class of that name: each run has a `threading` of its own."""
    return any(each.__name__ == name and each.__module__ in MODULES for each in type(thing).__mro__)
