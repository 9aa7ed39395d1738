"""What the standard library's threading.py, which has no hooks, reads of what a program gave it, or can replace.

Each is said to the scheduler in the step in which the library reads it.
"""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from threadlab.primitives import look_at
from threadlab.threads import THREADS, Key

if TYPE_CHECKING:
    from threadlab.world import World


def _holders(held: dict[str, Any], name: str) -> int:
    """How many references there are to what is held by this name."""
    return sys.getrefcount(held[name])


_ALONE = _holders({"": object()}, "")
"""Of what nobody else refers to: no other thread can change that."""


def _is_started(thread: Any) -> bool:
    return bool(thread._initialized and thread._started._flag)


def _state(thing: Any) -> None:
    """What a condition guards is looked at without it."""
    look_at(getattr(getattr(thing, "_cond", None), "_lock", None))


class Reads:
    """The library's reads, in the runs of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def put_in_place(self, threading: Any) -> None:
        """Has the freshly imported module say what it reads."""
        make, run = threading._make_invoke_excepthook, threading.Timer.run

        def making() -> Any:
            invoke = make()

            def invoke_excepthook(thread: Any) -> None:
                self.hook(threading, "excepthook")
                error = sys.exception()
                if threading.excepthook is not threading.__excepthook__ and isinstance(error, Exception):
                    self._world.tell_exception(error)
                invoke(thread)

            return invoke_excepthook

        @functools.wraps(run)
        def run_timer(timer: Any) -> None:
            wait, own = timer.finished.wait, getattr(timer.finished, "__dict__", {})

            def wait_and_look(*timeout: Any) -> Any:
                cancelled = wait(*timeout)
                if not cancelled:
                    self._attributes(timer, "function", "args", "kwargs")
                    self.contents(timer.args, timer.kwargs)
                return cancelled

            own["wait"] = wait_and_look
            try:
                run(timer)
            finally:
                own.pop("wait", None)

        threading._make_invoke_excepthook, threading.Timer.run = making, run_timer
        self._refusals(threading.Thread)
        thread, event, dummy = threading.Thread, threading.Event, threading._DummyThread
        thread.__repr__ = self._after(self._threads, thread.__repr__)
        thread.is_alive = self._after(self._life, thread.is_alive)
        dummy.__init__ = self._after(self._threads, dummy.__init__)
        event.is_set = self._after(_state, event.is_set)
        for kind in (event, threading.Semaphore, threading.BoundedSemaphore, threading.Barrier):
            kind.__repr__ = self._after(_state, kind.__repr__)

    def _after(self, look: Callable[[Any], None], method: Callable[..., Any]) -> Callable[..., Any]:
        """A method that says first what it looks at."""

        @functools.wraps(method)
        def call(thing: Any, *args: Any, **keywords: Any) -> Any:
            look(thing)
            return method(thing, *args, **keywords)

        return call

    def _threads(self, _: Any) -> None:
        self._touch(THREADS, True)

    def _life(self, thread: Any) -> None:
        if _is_started(thread):
            self._touch(("thread", thread._ident - 1), False)
        else:
            self._touch(THREADS, True)

    def _refusals(self, kind: Any) -> None:
        """Has threading.Thread say where it refuses something because of whether a thread has been started."""
        start, join, daemon = kind.start, kind.join, kind.daemon

        @functools.wraps(start)
        def start_thread(thread: Any) -> None:
            if _is_started(thread):
                self._touch(THREADS, True)
            start(thread)

        @functools.wraps(join)
        def join_thread(thread: Any, *timeout: Any, **keywords: Any) -> None:
            if not _is_started(thread):
                self._touch(THREADS, True)
            join(thread, *timeout, **keywords)

        def set_daemon(thread: Any, value: Any) -> None:
            self._touch(THREADS, True)  # it is refused, or a start that comes later looks at what is set
            daemon.__set__(thread, value)

        kind.start, kind.join = start_thread, join_thread
        kind.daemon = property(daemon.fget, set_daemon, None, daemon.__doc__)

    def _touch(self, key: Key, write: bool) -> None:
        scheduler = self._world.scheduler
        if scheduler.tracking:
            scheduler.touch(key, write)

    def begin(self, thread: Any) -> None:
        """A threading.Thread begins."""
        if not self._world.scheduler.tracking:
            return
        self._attributes(thread, "run", "interval", "finished")
        held = vars(thread)
        for name in ("_args", "_kwargs"):
            if type(held.get(name, ())) is not tuple and _holders(held, name) > _ALONE:
                self.contents(held[name])
        if held.get("_context") is not None and _holders(held, "_context") > _ALONE:
            self._world.scheduler.current.contexts.append(held["_context"])

    def contents(self, *things: object) -> None:
        """What is in these is read."""
        scheduler, hooks = self._world.scheduler, self._world.hooks
        if scheduler.tracking:
            for thing in (each for one in things for each in hooks.sources(one)):
                for access in hooks.touches(thing, False):
                    scheduler.touch(*access)

    def hook(self, module: Any, name: str) -> None:
        """A function that a program can replace in a module is about to be called."""
        if self._may_store(module, name):
            self._world.scheduler.access(lambda: self._world.hooks._attribute(module, name, "load"))

    def _attributes(self, thing: Any, *names: str) -> None:
        """These are read, of one of the library's objects."""
        scheduler = self._world.scheduler
        if scheduler.tracking:
            for name in names:
                if self._may_store(thing, name):
                    for access in self._world.hooks._attribute(thing, name, "load"):
                        scheduler.touch(*access)

    def _may_store(self, thing: Any, name: str) -> bool:
        """Whether the program may store an attribute of this name in one of the library's objects or modules."""
        program = self._world.program
        if program.dynamic:
            return True
        own = getattr(type(thing), "__module__", "") not in ("threading", "builtins")  # its methods store to self
        return name in (program.attribute_stores if own else program.module_stores)
