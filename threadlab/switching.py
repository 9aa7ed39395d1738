"""How the baton moves from one thread to another: operating-system threads, or JSPI promises in Pyodide.

The interface is as small as both allow: a gate that one thread waits at and another opens, and a way to have a function
executed on a stack of its own. Exactly one of these stacks runs at any time.
"""

import _thread as real
import contextvars
import faulthandler
import functools
import gc
import itertools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol


class Gate(Protocol):
    """Closed at first. One waits, one opens; each opening lets one waiting through, whichever comes first."""

    def open(self) -> None: ...

    def wait(self) -> None: ...


class Switcher(Protocol):
    """What the scheduler needs of the machine."""

    moves_stacks: bool
    """Whether the stack of a thread that waits may be moved away: nobody may look through it then."""

    def gate(self) -> Gate: ...

    def spawn(self, function: Callable[[], None]) -> None:
        """Has `function` executed on a stack of its own; the caller then waits at its own gate."""
        ...


class _LockGate:
    __slots__ = ("open", "wait")

    def __init__(self) -> None:
        lock = real.allocate_lock()
        lock.acquire()
        self.open: Callable[[], None] = lock.release
        self.wait: Callable[[], object] = lock.acquire


_AT_ONCE = 2
"""Threads that are started before a program asks for any: most have two or more."""


class OSThreads:
    """Real threads, kept for the next run: starting one costs more than a run of a small program."""

    moves_stacks = False

    def __init__(self) -> None:
        self._idle: list[_Carrier] = []
        self._idle += [_Carrier(self._idle) for _ in range(_AT_ONCE)]

    def gate(self) -> Gate:
        return _LockGate()  # type: ignore[return-value]

    def spawn(self, function: Callable[[], None]) -> None:
        carrier = self._idle.pop() if self._idle else _Carrier(self._idle)
        carrier.run(function)


def keep_to_one_processor() -> None:
    """Has the system run all threads of this process on the processor that it is on, where the system can be told so.

    One runs at any time, and the next one need not be woken on another processor: the baton is handed on in a quarter
    of the time. Nor does it help that one that is woken runs at once, as it would have to wait for the GIL first.
    """
    with suppress(AttributeError, OSError):
        with open("/proc/self/stat") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()  # proc(5): from the third on; the second may hold spaces
        os.sched_setaffinity(0, {int(fields[36])})  # the 39th: the processor
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class _Carrier:
    """A thread of the machine, which executes one function after the other. Idle from the start."""

    def __init__(self, idle: "list[_Carrier]") -> None:
        self._idle = idle
        self._gate = _LockGate()
        self._function: Callable[[], None] | None = None
        real.start_new_thread(self._main, ())

    def run(self, function: Callable[[], None]) -> None:
        self._function = function
        self._gate.open()

    def _main(self) -> None:
        while True:
            self._gate.wait()
            function, self._function = self._function, None
            assert function is not None
            # A new thread starts with an empty context, and nobody traces it; this one has had others.
            if sys.gettrace() is not None:
                sys.settrace(None)
            if sys.getprofile() is not None:
                sys.setprofile(None)
            contextvars.Context().run(function)
            del function
            self._idle.append(self)


_asyncio: Any = sys.modules.get("_asyncio")


def take_loop() -> tuple[Any, Any]:
    """The event loop and the task that this thread of the machine executes; from now on it executes none.

    They are Pyodide's, or those of whoever asks: a program must not find them.
    """
    loop = None if _asyncio is None else _asyncio._get_running_loop()
    if loop is None:
        return None, None
    task = _asyncio._swap_current_task(loop, None)
    _asyncio._set_running_loop(None)
    return loop, task


def put_loop(taken: tuple[Any, Any]) -> None:
    """Undoes `take_loop`."""
    loop, task = taken
    if loop is not None:
        _asyncio._set_running_loop(loop)
        _asyncio._swap_current_task(loop, task)


@functools.cache
def _keep_off_stacks() -> None:
    """Has nothing look through the stacks of all threads unsaid, for good.

    The collector of CPython 3.14.2 does so for generation 1, which it also takes when a collection is due. So none is
    due, and what else is asked for that generation collects everything, which looks through no stack.
    """
    collect, threshold = gc.collect, [gc.get_threshold()]

    def collect_all(generation: int = 2) -> int:
        return collect(2 if generation == 1 else generation)

    def set_threshold(first: int, *others: int) -> None:
        threshold[0] = (first, *others, *threshold[0][1 + len(others) :])[:3]  # type: ignore[assignment]

    gc.set_threshold(0)
    gc.collect, gc.set_threshold, gc.get_threshold = collect_all, set_threshold, lambda: threshold[0]
    for module, name in ((sys.monitoring, "set_events"), (faulthandler, "dump_traceback")):
        setattr(module, name, _audited(f"{module.__name__}.{name}", getattr(module, name)))


def _audited(event: str, function: Callable[..., object]) -> Callable[..., object]:
    """`function`, which raises the audit event that CPython does not."""

    @functools.wraps(function)
    def call(*args: object, **keywords: object) -> object:
        sys.audit(event)
        return function(*args, **keywords)

    return call


class JSPI:
    """Pyodide's stack switching (WebAssembly JavaScript Promise Integration): a gate is a promise.

    The page forbids eval, so web/switching.js has what is done in JavaScript; whoever loads Pyodide hands it in. Each
    thread gets a new stack.
    """

    moves_stacks = True

    def __init__(self) -> None:
        from js import threadlab  # type: ignore[import-not-found]
        from pyodide.ffi import create_proxy, run_sync  # type: ignore[import-not-found]

        _keep_off_stacks()
        self._numbers = itertools.count(1)
        self._open: Callable[[int], None] = threadlab.open
        self._promise: Callable[[int], object] = threadlab.wait
        self._start: Callable[[object], None] = threadlab.spawn
        self._run_sync: Callable[[object], object] = run_sync
        self._proxy: Callable[[object], object] = create_proxy

    def gate(self) -> Gate:
        return _PromiseGate(next(self._numbers), self._open, self._promise, self._run_sync)

    def spawn(self, function: Callable[[], None]) -> None:
        # For the machine all stacks are one thread, so each takes its event loop along.
        taken = take_loop()
        self._start(self._proxy(_without_loop(function)))
        put_loop(taken)


def _without_loop(function: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        taken = take_loop()  # that of Pyodide, which enters each stack with it
        contextvars.Context().run(function)
        put_loop(taken)

    return run


class _PromiseGate:
    __slots__ = ("_number", "_open", "_promise", "_run_sync")

    def __init__(
        self,
        number: int,
        open_it: Callable[[int], None],
        promise: Callable[[int], object],
        run_sync: Callable[[object], object],
    ) -> None:
        self._number, self._open, self._promise, self._run_sync = number, open_it, promise, run_sync

    def open(self) -> None:
        self._open(self._number)

    def wait(self) -> None:
        taken = take_loop()  # before Pyodide makes a promise: it would be one of the loop that runs
        promise = self._promise(self._number)
        if promise is not None:
            self._run_sync(promise)
        put_loop(taken)


def this_machine() -> Switcher:
    """The backend for the interpreter that runs this."""
    return JSPI() if sys.platform == "emscripten" else OSThreads()
