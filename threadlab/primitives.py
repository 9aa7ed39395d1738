"""The stand-in for `_thread` and `_queue`: lock, RLock, thread handle, local, SimpleQueue, on one scheduler.

The standard library's threading.py, queue.py and concurrent/futures run on top of these unchanged. Which acquisitions
are switch points follows from who made the lock. A program's lock, and one that the library made for an object of the
program (a queue's mutex, an event's condition): always. The library's own bookkeeping (made while a module was being
imported, or by Thread.__init__) and the lock that Condition.wait makes for each waiter: only when it must wait.
"""

import _queue
import _thread as real
import sys
import weakref
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

from threadlab.events import safe_text
from threadlab.library import made_for, part_of
from threadlab.scheduler import Scheduler
from threadlab.threads import CLOCK, THREADS, Access, LabThread

if TYPE_CHECKING:
    from threadlab.world import World

TIMEOUT_MAX = 9223372036.0
"""Seconds; what `_thread.TIMEOUT_MAX` is on Linux."""


def _deadline(scheduler: Scheduler, timeout: float | None) -> float | None:
    if timeout is None:
        return None
    scheduler.touch(CLOCK, False)
    return scheduler.now + timeout


def _free_in_time(scheduler: Scheduler, lock: "Lock | RLock", timeout: float | None) -> bool:
    """Waits until a lock of the program is free, and says whether it is."""
    deadline = _deadline(scheduler, timeout)

    def late() -> list[Access]:
        return [((scheduler.number(lock), ""), False)]

    free = scheduler.wait(lock._free, deadline, lock, accesses=lock._accesses, late=late)
    if not free and scheduler.tracking:
        scheduler.touch((scheduler.number(lock), ""), False)
    return free


def _timeout(blocking: bool, timeout: float) -> float | None:
    """Seconds to wait, None without end. Raises what this version's own lock, a free one, raises of its arguments."""
    real.allocate_lock().acquire(blocking, timeout)
    if not blocking:
        return 0.0
    return None if timeout == -1 else float(timeout)


def _made_by(frame: FrameType | None) -> tuple[bool, bool]:
    """Whether a lock made here is the library's bookkeeping, and whether it is a waiter's in Condition.wait."""
    depth = 0
    while frame is not None and depth < 6:
        if frame.f_globals.get("__name__") != "threading":
            return False, False
        name = frame.f_code.co_qualname
        if name == "Condition.wait":
            return True, True
        if name == "Thread.__init__":
            return True, False
        frame, depth = frame.f_back, depth + 1
    return False, False


def _cannot_pickle(thing: object) -> Any:
    """`__reduce__` of what C's have none: copy and pickle refuse it."""
    kind = type(thing)
    name = kind.__name__ if kind.__module__ not in ("_thread", "_queue") else f"{kind.__module__}.{kind.__name__}"
    raise TypeError(f"cannot pickle {name!r} object")


class Lock:
    """`_thread.lock`"""

    __slots__ = ("__weakref__", "_locked", "made_at", "owner", "part", "quiet", "waiter")
    world: ClassVar["World"]
    __reduce__ = _cannot_pickle
    kind = "Lock"

    def __init__(self) -> None:
        self._locked = False
        self.owner: LabThread | None = None
        """Who acquired it. Any thread may release it."""
        frame = sys._getframe(1)
        self.quiet, self.waiter = (True, False) if self.world.importing else _made_by(frame)
        self.made_at = 0 if self.quiet else self.world.scheduler.line(frame)
        self.part = None if self.quiet else made_for(frame)

    def _free(self) -> bool:
        return not self._locked

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        seconds = None if blocking is True and timeout == -1 else _timeout(blocking, timeout)
        scheduler = self.world.scheduler
        if self.quiet:
            if self._locked:
                if not self.waiter and self.owner is not scheduler.current:
                    scheduler.disturb()
                if seconds == 0.0:
                    return False
                deadline = _deadline(scheduler, seconds)
                if not scheduler.wait(self._free, deadline, self, accesses=self._accesses, late=list):
                    return False
            if self.waiter and scheduler.tracking:
                scheduler.touch((scheduler.number(self), ""), True, waited=seconds is None)
        elif seconds == 0.0:
            scheduler.switch()
            if self._locked:
                self._failed(scheduler)
                return False
        elif not _free_in_time(scheduler, self, seconds):
            return False
        self._locked, self.owner = True, None if self.waiter else scheduler.current
        if self.quiet and self.owner is not None:
            self.owner.quiet += 1
        if not self.quiet and scheduler.tracking:
            scheduler.take((scheduler.number(self), ""))
            scheduler.tell_lock("acquire", self)
        return True

    def _accesses(self) -> list[Access]:
        return [] if self.quiet and not self.waiter else [((self.world.scheduler.number(self), ""), True)]

    def _failed(self, scheduler: Scheduler) -> None:
        if scheduler.tracking:
            scheduler.touch((scheduler.number(self), ""), False)
            if scheduler.events is not None and sys._getframe(2).f_code.co_name != "_is_owned":
                scheduler.emit("gave up", self, scheduler.name_of(self))

    def release(self) -> None:
        self._release(sys._getframe(1))

    def _release(self, frame: FrameType) -> None:
        scheduler = self.world.scheduler
        if not self.quiet and _by_program(scheduler, frame):
            scheduler.switch(self._accesses)
        if not self._locked:
            look_at(self)
            scheduler.tell_result(self, "release", "raises RuntimeError")
            raise RuntimeError("release unlocked lock")
        if self.quiet and self.owner is not None:
            self.owner.quiet -= 1
        elif self.owner is not scheduler.current and not self.quiet:
            scheduler.disturb()
        self._locked, self.owner = False, None
        if (not self.quiet or self.waiter) and scheduler.tracking:
            scheduler.free((scheduler.number(self), ""))
            if not self.quiet:
                scheduler.tell_lock("release", self)

    def locked(self) -> bool:
        look_at(self)
        return self._locked

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self._release(sys._getframe(1))

    def _at_fork_reinit(self) -> None:
        self._locked, self.owner = False, None

    def __repr__(self) -> str:
        look_at(self)
        state = "locked" if self._locked else "unlocked"
        return f"<{state} _thread.lock object at {id(self):#x}>"


def look_at(lock: object) -> None:
    """The current thread reads the state of a lock, or what it guards; nobody else does so of the library's own."""
    if not isinstance(lock, Lock | RLock):
        return
    scheduler = lock.world.scheduler
    if scheduler.tracking and not lock.quiet:
        scheduler.touch((scheduler.number(lock), ""), False)


def _by_program(scheduler: Scheduler, frame: FrameType | None) -> bool:
    """Whether the program itself releases: directly, or as it leaves a `with` of a condition."""
    namespace = scheduler.namespace
    if frame is None or frame.f_globals is namespace:
        return True
    return frame.f_code.co_name == "__exit__" and frame.f_back is not None and frame.f_back.f_globals is namespace


class RLock:
    """`_thread.RLock`"""

    __slots__ = ("__weakref__", "_count", "made_at", "owner", "part", "quiet")
    world: ClassVar["World"]
    __reduce__ = _cannot_pickle
    kind = "RLock"

    def __init__(self, *args: object, **keywords: object) -> None:  # which are ignored, and deprecated
        self._count = 0
        self.owner: LabThread | None = None
        frame = sys._getframe(1)
        self.quiet = self.world.importing or _made_by(frame)[0]
        self.made_at = 0 if self.quiet else self.world.scheduler.line(frame)
        self.part = None if self.quiet else made_for(frame)

    def _free(self) -> bool:
        return self.owner is None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        seconds = None if blocking is True and timeout == -1 else _timeout(blocking, timeout)
        scheduler = self.world.scheduler
        if self.owner is scheduler.current:
            if not self.quiet:
                scheduler.switch()
            self._count += 1
            self._tell_count(scheduler, "acquire")
            return True
        if self.quiet and self.owner is not None:
            scheduler.disturb()
        if self.quiet and self.owner is None:
            pass
        elif seconds == 0.0:
            scheduler.switch()
            if self.owner is not None:
                self._failed(scheduler)
                return False
        elif not _free_in_time(scheduler, self, seconds):
            return False
        self.owner, self._count = scheduler.current, 1
        self.owner.quiet += self.quiet
        self._happened(scheduler, "acquire")
        return True

    def _accesses(self) -> list[Access]:
        return [] if self.quiet else [((self.world.scheduler.number(self), ""), True)]

    def _failed(self, scheduler: Scheduler) -> None:
        if scheduler.tracking:
            scheduler.touch((scheduler.number(self), ""), False)
            scheduler.emit("gave up", self, scheduler.name_of(self))

    def _tell_count(self, scheduler: Scheduler, method: str) -> None:
        """Its owner has acquired it once more, or once less: no news of one inside the library's objects."""
        if scheduler.events is not None and not self.quiet and part_of(self) is None:
            scheduler.emit("call", None, f"{scheduler.name_of(self)}.{method}")
            scheduler.tell_count(self, self._count)

    def _happened(self, scheduler: Scheduler, operation: str) -> None:
        if scheduler.tracking and not self.quiet:
            key = (scheduler.number(self), "")
            if operation == "acquire":
                scheduler.take(key)
            else:
                scheduler.free(key)
            scheduler.tell_lock(operation, self, self._count)

    def release(self) -> None:
        self._release(sys._getframe(1))

    def _release(self, frame: FrameType) -> None:
        scheduler = self.world.scheduler
        if self.owner is not scheduler.current:
            scheduler.tell_result(self, "release", "raises RuntimeError")
            raise RuntimeError("cannot release un-acquired lock")
        if not self.quiet and _by_program(scheduler, frame):
            scheduler.switch()
        self._count -= 1
        if self._count:
            self._tell_count(scheduler, "release")
        else:
            self.owner.quiet -= self.quiet
            self.owner = None
            self._happened(scheduler, "release")

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self._release(sys._getframe(1))

    def locked(self) -> bool:
        look_at(self)
        return self.owner is not None

    def _is_owned(self) -> bool:
        return self.owner is self.world.scheduler.current

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, LabThread | None]:
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        state = (self._count, self.owner)
        self._count, self.owner = 0, None
        self._happened(self.world.scheduler, "release")
        return state

    def _acquire_restore(self, state: tuple[int, LabThread | None]) -> None:
        scheduler = self.world.scheduler
        scheduler.wait(self._free, None, self, accesses=self._accesses)
        self._count, self.owner = state
        self._happened(scheduler, "acquire")

    def _at_fork_reinit(self) -> None:
        self._count, self.owner = 0, None

    def __repr__(self) -> str:
        look_at(self)
        state = "locked" if self._count else "unlocked"
        owner = self.owner.ident if self.owner else 0
        return f"<{state} _thread.RLock object owner={owner} count={self._count} at {id(self):#x}>"


class ThreadHandle:
    """`_thread._ThreadHandle`"""

    world: ClassVar["World"]
    __reduce__ = _cannot_pickle

    def __init__(self, thread: LabThread | None = None) -> None:
        self.thread = thread
        self._done = False

    @property
    def ident(self) -> int:
        return self.thread.ident if self.thread else 0

    def is_done(self) -> bool:
        return self._done or (self.thread is not None and self.thread.done)

    def _set_done(self) -> None:
        if self.thread is None:
            raise RuntimeError("thread not started")
        self._done = True

    def join(self, timeout: float | None = -1) -> None:
        scheduler, thread = self.world.scheduler, self.thread
        if thread is None:
            raise RuntimeError("thread not started")
        if thread is scheduler.current and not self._done:
            raise RuntimeError("Cannot join current thread")
        # Like the real one: below 0 is without end, and 0 only looks.
        seconds = None if timeout is None or timeout < 0 else timeout

        def accesses() -> list[Access]:
            return [(("thread", thread.number), False)]

        def is_over() -> bool:
            return thread.done or self._done

        scheduler.wait(is_over, _deadline(scheduler, seconds), thread, accesses=accesses, late=accesses)
        if scheduler.tracking:
            # The main thread alone: see search.py.
            waited = seconds is None and scheduler.current is scheduler.main
            scheduler.touch(("thread", thread.number), False, waited=waited)
        if is_over():
            scheduler.emit("join", None, scheduler.thread_name(thread))

    def __repr__(self) -> str:
        return f"<_thread._ThreadHandle object: ident={self.ident}>"


class SimpleQueue:
    """`_queue.SimpleQueue`: each method is one operation, as in C."""

    __slots__ = ("__weakref__", "_items", "made_at", "part")
    world: ClassVar["World"]
    __reduce__ = _cannot_pickle
    kind = "SimpleQueue"

    def __init__(self) -> None:
        self._items: deque[object] = deque()
        self.made_at = self.world.scheduler.line(sys._getframe(1))
        self.part = made_for(sys._getframe(1))

    def _filled(self) -> bool:
        return bool(self._items)

    def _accesses(self) -> list[Access]:
        return [((self.world.scheduler.number(self), ""), True)]

    def _reads(self) -> list[Access]:
        return [((self.world.scheduler.number(self), ""), False)]

    def _happened(self, operation: str, write: bool, item: tuple[object, ...] = ()) -> None:
        """`item`: what is put in or taken out, if anything is."""
        scheduler = self.world.scheduler
        if scheduler.tracking:
            scheduler.touch((scheduler.number(self), ""), write)
            if scheduler.events is not None and operation:
                name = scheduler.name_of(self)
                scheduler.emit(operation, self, name, value="".join(map(safe_text, item)))
                if write and self.part is None:
                    scheduler.changed(name, safe_text(list(self._items)))
                for each in item:  # of a pool: the job that is put in has a future, which is pending
                    if type(each).__module__ == "concurrent.futures.thread":
                        scheduler.tell(getattr(each, "future", None))

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        self.world.scheduler.switch(self._accesses)
        self._items.append(item)
        self._happened("put", True, (item,))

    def put_nowait(self, item: object) -> None:
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> object:
        scheduler = self.world.scheduler
        if block:
            if timeout is not None:
                filled: Any = _queue.SimpleQueue()  # which raises what this version's own does, and need not wait
                filled.put(None)
                filled.get(True, timeout)
                timeout = float(timeout)
            scheduler.wait(self._filled, _deadline(scheduler, timeout), self, accesses=self._accesses, late=self._reads)
        else:
            scheduler.switch()
        if not self._items:
            self._happened("" if block else "gave up", False)
            raise self.world.empty
        item = self._items.popleft()
        self._happened("get", True, (item,))
        return item

    def get_nowait(self) -> object:
        return self.get(False)

    def empty(self) -> bool:
        self.world.scheduler.switch(self._reads)
        self._happened("read", False)
        return not self._items

    def qsize(self) -> int:
        self.world.scheduler.switch(self._reads)
        self._happened("read", False)
        return len(self._items)

    def __class_getitem__(cls, item: object) -> object:
        import types

        return types.GenericAlias(cls, (item,))


class Local:
    """`_thread._local`: the baton lets one instance swap its dictionary at each access."""

    __slots__ = ("__dict__", "__weakref__", "_local__state")
    world: ClassVar["World"]
    __reduce__ = _cannot_pickle

    def __new__(cls, /, *args: Any, **keywords: Any) -> "Local":
        if (args or keywords) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, "_local__state", (args, keywords))
        thread = cls.world.scheduler.current
        thread.locals[id(self)] = {}
        threads = cls.world.scheduler.threads
        weakref.finalize(self, _forget, threads, id(self)).atexit = False
        return self

    def __getattribute__(self, name: str) -> Any:
        _swap(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__dict__":
            raise AttributeError(f"'{type(self).__name__}' object attribute '__dict__' is read-only")
        _swap(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name == "__dict__":
            raise AttributeError(f"'{type(self).__name__}' object attribute '__dict__' is read-only")
        _swap(self)
        object.__delattr__(self, name)


def _forget(threads: list[LabThread], key: int) -> None:
    for thread in threads:
        thread.locals.pop(key, None)


def _swap(local: Local) -> None:
    thread = type(local).world.scheduler.current
    dictionaries = thread.locals
    dictionary = dictionaries.get(id(local))
    if dictionary is None:
        dictionary = dictionaries[id(local)] = {}
        object.__setattr__(local, "__dict__", dictionary)
        args, keywords = object.__getattribute__(local, "_local__state")
        type(local).__init__(local, *args, **keywords)
    object.__setattr__(local, "__dict__", dictionary)


def start_joinable(
    world: "World", function: Callable[[], object], handle: ThreadHandle | None = None, daemon: bool = True
) -> ThreadHandle:
    """`_thread.start_joinable_thread`"""
    scheduler = world.scheduler
    handle = handle or world.handle_type()
    if handle.thread is not None:
        raise RuntimeError("thread already started")
    scheduler.touch(THREADS, False)  # Thread.start() has added it to those that it knows
    scheduler.switch()
    python = getattr(function, "__self__", None)
    if not hasattr(python, "_started"):
        python = None

    def begin() -> None:
        if python is not None:
            world.reads.begin(python)
        function()

    thread = scheduler.start(begin, daemon)
    handle.thread = thread
    if python is not None:
        # Thread.start() waits for the new thread to say this; said here, it need not run yet.
        thread.python = python
        python._ident = python._native_id = thread.ident
        python._started.set()
    if scheduler.tracking:
        scheduler.free(("thread", thread.number))
        scheduler.touch(THREADS, False)
        scheduler.emit("start", None, scheduler.thread_name(thread))
        if python is not None:
            scheduler.tell(python)
    return handle
