"""The modules that a program finds in the place of the interpreter's: _thread, time, atexit."""

import _thread as real
import atexit
import importlib.machinery
import operator
import sys
import time
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from threadlab import primitives
from threadlab.frames import format_exception
from threadlab.primitives import ThreadHandle, start_joinable
from threadlab.threads import CLOCK, THREADS, Access

if TYPE_CHECKING:
    from threadlab.world import World

EPOCH = 1_767_225_600.0
"""Seconds since 1970 at which a program's clock starts: 2026-01-01 UTC."""


def thread_module(world: "World") -> types.ModuleType:
    """`_thread`: its threads are the scheduler's."""

    def start_new_thread(function: Callable[..., object], args: Any, kwargs: Any = None, /) -> int:
        if not callable(function):
            raise TypeError("first arg must be callable")
        if not isinstance(args, tuple):
            raise TypeError("2nd arg must be a tuple")

        def call() -> None:
            world.reads.contents(kwargs)
            function(*args, **(kwargs or {}))

        return start_joinable(world, call).ident

    def start(function: Callable[[], object], handle: Any = None, daemon: bool = True) -> ThreadHandle:
        return start_joinable(world, function, handle, daemon)

    def make_handle(ident: int) -> ThreadHandle:
        return world.handle_type(world.scheduler.threads[ident - 1])

    def unsupported(*_: object) -> None:
        world.unsupported("_thread.interrupt_main")

    def shutdown() -> None:
        scheduler = world.scheduler
        scheduler.block(lambda: all(t.done or t.daemon or t is scheduler.main for t in scheduler.threads), "exit")

    def get_ident() -> int:
        return world.scheduler.current.ident

    def get_native_id() -> int:
        return world.scheduler.current.ident

    def excepthook(args: Any, /) -> None:
        world.thread_exception(args)

    def count() -> int:
        world.scheduler.touch(THREADS, True)
        return len(world.scheduler.alive) - 1

    own: dict[str, Any] = {
        "lock": world.lock_type, "LockType": world.lock_type, "RLock": world.rlock_type,
        "allocate_lock": world.lock_type, "allocate": world.lock_type, "_local": world.local_type,
        "_ThreadHandle": world.handle_type, "_make_thread_handle": make_handle,
        "start_joinable_thread": start, "start_new_thread": start_new_thread, "start_new": start_new_thread,
        "get_ident": get_ident, "get_native_id": get_native_id, "_get_main_thread_ident": lambda: 1,
        "_count": count, "daemon_threads_allowed": lambda: True,
        "interrupt_main": unsupported, "_excepthook": excepthook, "_shutdown": shutdown,
        "_is_main_interpreter": lambda: True, "stack_size": lambda size=0: 0, "set_name": lambda name: None,
        "TIMEOUT_MAX": primitives.TIMEOUT_MAX,
    }  # fmt: skip
    for function in own.values():
        if isinstance(function, types.FunctionType):
            function.__module__ = "_thread"
    return module("_thread", vars(real), own)


def time_module(world: "World") -> types.ModuleType:
    """`time`, on the program's clock."""

    def sleep(seconds: Any, /) -> None:
        if not isinstance(seconds, int | float) and hasattr(type(seconds), "__index__"):
            seconds = operator.index(seconds)
        if not isinstance(seconds, int | float) or not 0 <= seconds < primitives.TIMEOUT_MAX + 1:
            time.sleep(seconds)  # which raises at once, in the words of this version
        scheduler = world.scheduler
        scheduler.touch(CLOCK, False)
        deadline = scheduler.now + seconds

        def accesses() -> list[Access]:
            return [(CLOCK, seconds > 0)]

        scheduler.wait(lambda: scheduler.now >= deadline, deadline, "the clock", not seconds, accesses, late=accesses)
        scheduler.touch(CLOCK, seconds > 0)
        if scheduler.events is not None:
            scheduler.emit("sleep", None, f"{seconds:g} s")

    def now() -> float:
        scheduler = world.scheduler
        if sys._getframe(2).f_globals is scheduler.namespace:
            scheduler.switch()
        scheduler.touch(CLOCK, False)
        return scheduler.now

    def wall() -> float:
        return EPOCH + now()

    def wall_ns() -> int:
        return round((EPOCH + now()) * 1e9)

    def seconds() -> float:
        return now()

    def busy() -> float:
        return 0.0  # computing takes no time on this clock, and sleeping takes none of a processor's

    def nanoseconds() -> int:
        return round(now() * 1e9)

    def with_default(function: Callable[..., object], default: int = 0) -> Callable[..., object]:
        """`function`, with the program's time where the argument with the number `default` is left out or None."""

        def call(*args: Any) -> object:
            if len(args) > default and args[default] is not None:
                return function(*args)
            when = EPOCH + now()
            return function(*args[:default], time.gmtime(when) if function in takes_tuple else when)

        return call

    takes_tuple = (time.asctime, time.strftime)
    return module("time", vars(time), {
        "sleep": sleep, "time": wall, "time_ns": wall_ns,
        **dict.fromkeys(("monotonic", "perf_counter"), seconds),
        **dict.fromkeys(("monotonic_ns", "perf_counter_ns"), nanoseconds),
        **dict.fromkeys(("process_time", "thread_time"), busy),
        **dict.fromkeys(("process_time_ns", "thread_time_ns"), lambda: 0),
        "localtime": with_default(time.gmtime), "gmtime": with_default(time.gmtime),
        "ctime": with_default(lambda when: time.asctime(time.gmtime(when))),
        "asctime": with_default(time.asctime), "strftime": with_default(time.strftime, 1),
    })  # fmt: skip


def atexit_module(world: "World") -> types.ModuleType:
    """`atexit`: what is registered is called as a run ends, not as the interpreter does."""

    def touched(write: bool) -> None:
        world.scheduler.touch(("atexit",), write)

    def register(function: Callable[..., object], *args: Any, **keywords: Any) -> Callable[..., object]:
        touched(True)
        world.atexit.append((function, args, keywords))
        return function

    def unregister(function: Callable[..., object]) -> None:
        touched(True)
        world.atexit = [entry for entry in world.atexit if entry[0] != function]

    def run() -> None:
        while world.atexit:
            function, args, keywords = world.atexit.pop()
            try:
                function(*args, **keywords)
            except Exception:
                world.write_error("Exception ignored in atexit callback\n" + format_exception())

    def clear() -> None:
        touched(True)
        world.atexit.clear()

    def count() -> int:
        touched(False)
        return len(world.atexit)

    return module("atexit", vars(atexit), {
        "register": register, "unregister": unregister, "_run_exitfuncs": run, "_clear": clear, "_ncallbacks": count,
    })  # fmt: skip


def module(name: str, base: dict[str, Any], own: dict[str, Any]) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update({key: value for key, value in base.items() if key != "__spec__"})
    module.__dict__.update(own)
    return module


class Finder:
    """Finds the stand-ins, also for a program that imports one of these modules anew.

    A module that each run imports anew is found and read once: after that, its code is at hand.
    """

    def __init__(self, modules: dict[str, types.ModuleType], is_fresh: Callable[[str], bool]) -> None:
        self._modules = modules
        self._is_fresh = is_fresh
        self._found: dict[str, importlib.machinery.ModuleSpec] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name in self._modules:
            return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]
        if not self._is_fresh(name):
            return None
        found = self._found.get(name)
        if found is None:
            others = (each.find_spec(name, path, target) for each in sys.meta_path if each is not self)
            found = next(filter(None, others), None)
            if found is not None:
                code = getattr(found.loader, "get_code", lambda _: None)(name)
                if code is not None:
                    found.loader = _Loader(found.loader, code)  # type: ignore[assignment]
                self._found[name] = found
        return found

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._modules[spec.name]

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Loader:
    """A module's own loader, with the code of the module."""

    def __init__(self, loader: Any, code: types.CodeType) -> None:
        self._loader = loader
        self._code = code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        exec(self._code, module.__dict__)


def quiet_logging(world: "World") -> types.ModuleType:
    """`logging`, as far as concurrent.futures uses it: its errors on stderr, but not of what is unwound."""

    class Logger:
        def __init__(self, name: str = "") -> None: ...

        def addHandler(self, handler: object) -> None: ...

        def critical(self, message: str, *args: object, **keywords: object) -> None:
            if not world.scheduler.ended:  # without addresses, which differ from run to run
                told = message.replace("%r", "%s") % tuple(f"<{type(each).__name__}>" for each in args)
                world.write_error(f"{told}\n{format_exception()}")

        exception = critical

    return module("logging", {}, {"getLogger": Logger, "StreamHandler": Logger})
