"""The interpreter as a program of the lab sees it: puts the stand-ins in place, runs programs, takes them away.

One world serves all runs of an exploration: the standard library's modules that hold locks or clocks are imported anew
when it is made, on top of the stand-ins, and put back into the state after import before each run.
"""

import _queue
import builtins
import functools
import gc
import importlib
import itertools
import linecache
import math
import os
import random
import sys
import types
from _contextvars import Context
from collections.abc import Callable
from typing import Any, NamedTuple

from threadlab.events import DEADLOCK, EXCEPTION, FINISHED, Decision, Event, Outcome
from threadlab.frames import forget_own_frames, format_exception
from threadlab.hooks import Hooks
from threadlab.instrument import Program
from threadlab.limits import MAX_STEPS
from threadlab.loop import put_in_place
from threadlab.policies import First, Policy, Replay
from threadlab.primitives import Local, Lock, RLock, SimpleQueue, ThreadHandle
from threadlab.pristine import ModuleState
from threadlab.reads import Reads
from threadlab.refusals import Refusals
from threadlab.scheduler import History, Scheduler, Unraisable
from threadlab.standins import Finder, atexit_module, module, quiet_logging, thread_module, time_module
from threadlab.streams import Input, Stream, Streams
from threadlab.switching import Switcher, put_loop, take_loop, this_machine
from threadlab.threads import CLOCK, END, OUTPUT, THREADS, Unwind

CPUS = 4
"""How many a program finds: how many workers an executor has, and so a schedule, must not depend on the machine."""

_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
)
"""What a program can set for the interpreter that its runs share: how it is read, and set."""

_PROCESSORS: dict[str, Callable[..., object]] = {
    "cpu_count": lambda: CPUS,
    "process_cpu_count": lambda: CPUS,
    "sched_getaffinity": lambda pid, /: set(range(CPUS)),
}
"""Functions of `os`, by name."""

_KEPT = ("threading", "queue", "concurrent", "concurrent.futures", "concurrent.futures._base",
         "concurrent.futures.thread")  # fmt: skip
"""Modules that stay between runs, with their state put back."""

_FRESH = frozenset(
    "threading _threading_local queue _queue concurrent asyncio _asyncio logging sched multiprocessing selectors "
    "subprocess socket socketserver http tempfile".split()
)
"""Packages that hold a lock, a clock or a loop: imported anew in a world."""


class Run(NamedTuple):
    """What one execution gave."""

    outcome: Outcome | None
    """None if the policy stopped it."""
    output: str
    errors: str
    events: list[Event]
    decisions: list[Decision]
    steps: int
    time: float
    """Seconds on the program's clock."""
    leaked: int
    error: BaseException | None
    """What the policy, or the lab, raised."""
    threads: list[str]
    """Their names, from number 0 on."""
    unseen: list[int]
    """The lines of its switches that no build with the GIL makes, if the scheduler knows them (gil.py)."""


class Options(NamedTuple):
    """How a run is done."""

    seed: int = 0
    max_steps: int = MAX_STEPS
    record: bool = False
    any_time: bool | None = None
    history: History | None = None
    on_output: Callable[[str, str], None] | None = None
    """Called with "stdout" or "stderr" and a text, as soon as the program prints it."""
    errors: bool = True
    """Whether tracebacks are wanted: they take longer than a run."""
    scheduler: type[Scheduler] = Scheduler


class World(Refusals, Streams):
    """The stand-ins, in place between `install` and `remove`."""

    def __init__(self, switcher: Switcher | None = None) -> None:
        self.switcher = switcher or this_machine()
        self.importing = False
        self.empty = _queue.Empty
        self.scheduler = Scheduler(First(), self.switcher)
        self.running = False
        self.errors: list[str] = []
        self.uncaught: list[str] = []
        self._saved: dict[str, types.ModuleType] = {}
        self._states: list[ModuleState] = []
        self.atexit: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]] = []
        self.filename = ""
        self.on_output: Callable[[str, str], None] | None = None
        self._errors = True
        self._runs = 0
        self.reads = Reads(self)
        own: dict[str, Any] = {"world": self, "__slots__": ()}
        final: dict[str, Any] = {"__init_subclass__": classmethod(_not_a_base)}
        self.lock_type: type[Lock] = type("lock", (Lock,), {**own, **final, "__module__": "_thread"})
        self.rlock_type: type[RLock] = type("RLock", (RLock,), {**own, "__module__": "_thread"})
        self.handle_type: type[ThreadHandle] = type("_ThreadHandle", (ThreadHandle,), {**own, "__module__": "_thread"})
        self.queue_type: type[SimpleQueue] = type("SimpleQueue", (SimpleQueue,), {**own, "__module__": "_queue"})
        self.local_type: type[Local] = type("_local", (Local,), {**own, "__module__": "_thread"})
        self._stand_ins = {
            "_thread": thread_module(self),
            "_queue": module("_queue", vars(_queue), {"SimpleQueue": self.queue_type}),
            "time": time_module(self),
            "atexit": atexit_module(self),
            **self.modules(),
        }
        self._finder = Finder(self._stand_ins, _is_fresh)
        self._base: frozenset[str] = frozenset()
        self._asyncio: types.ModuleType | None = None

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        """As its `print` is pickled, which is the program's."""
        return importlib.import_module, ("builtins",)

    # ------------------------------------------------ in place and away

    def install(self) -> None:
        """Puts the stand-ins in place and imports the library on top of them."""
        for name in list(sys.modules):
            if _is_fresh(name) or name in self._stand_ins:
                self._saved[name] = sys.modules.pop(name)
        sys.modules.update(self._stand_ins)
        sys.meta_path.insert(0, self._finder)
        self.importing = True
        sys.modules["logging"] = quiet_logging(self)
        import concurrent.futures.thread
        import queue  # noqa: F401
        import threading

        del sys.modules["logging"]  # a program that wants it imports its own
        self.importing = False
        self.threading: Any = threading
        base: Any = concurrent.futures._base
        # Sets of futures, and the sort by id in _AcquireFutures, would order by address.
        original = base.Future.__init__

        def init(future: Any) -> None:
            original(future)
            thread = self.scheduler.current
            thread.made += 1
            future._serial = thread.made * 4096 + thread.number

        base.Future.__init__ = init
        base.Future.__hash__ = base.id = lambda future: future._serial
        # So would the executor's set of threads. A Thread hashes itself, for _dangling, as it is made.
        threading.Thread.__hash__ = self._thread_hash  # type: ignore[method-assign, assignment]
        delete = threading.Thread._delete  # type: ignore[attr-defined]

        def end(thread: Any) -> None:
            if not self.scheduler.ended:
                self.scheduler.before_end()
            delete(thread)

        threading.Thread._delete = end  # type: ignore[attr-defined]
        self.reads.put_in_place(threading)
        base.time = types.SimpleNamespace(monotonic=self._monotonic_of_futures)
        self._processors = {name: getattr(os, name) for name in _PROCESSORS if hasattr(os, name)}
        vars(os).update({name: _PROCESSORS[name] for name in self._processors})
        self._unraisable = sys.unraisablehook
        sys.unraisablehook = self._unraisable_hook
        pool: Any = concurrent.futures.thread.ThreadPoolExecutor
        self._counters = _Counter(self, "threads", 1), _Counter(self, "pools", 0)
        threading._counter, pool._counter = self._counters  # type: ignore[attr-defined]
        self._states = [ModuleState(sys.modules[name]) for name in _KEPT]
        self._main_attributes = dict(vars(threading._main_thread))  # type: ignore[attr-defined]
        self._settings = [(read, change, read()) for read, change in _SETTINGS]
        gc.freeze()  # what is there now stays: collecting between runs need not look at it
        self._base = frozenset(sys.modules)

    def keep(self) -> None:
        """What is imported by now stays, as it is, for the runs to come."""
        self._base = frozenset(sys.modules)

    def remove(self) -> None:
        """Puts back what `install` replaced."""
        gc.unfreeze()
        self.forget(lambda name: _is_fresh(name) or name in self._stand_ins)
        sys.modules.update(self._saved)
        sys.meta_path.remove(self._finder)
        sys.unraisablehook = self._unraisable
        vars(os).update(self._processors)
        self._saved.clear()

    def _monotonic_of_futures(self) -> float:
        """as_completed gives up once the clock is past its end; the program's clock stands still at it."""
        now, end = self.scheduler.now, sys._getframe(1).f_locals.get("end_time")
        self.scheduler.touch(CLOCK, False)
        return now if end is None or now < end else math.nextafter(now, math.inf)

    @property
    def _thread_hash(self) -> Callable[[Any], int]:
        def serial(thread: Any) -> int:
            found: int | None = thread.__dict__.get("_serial")
            if found is None:
                maker = self.scheduler.current
                maker.made += 1
                found = thread.__dict__["_serial"] = maker.made * 4096 + maker.number
            return found

        return serial

    def _unraisable_hook(self, args: Any, /) -> None:
        if not self.running or args.exc_type is Unwind:  # it is of a run that is over
            return
        if isinstance(args, Unraisable):  # which the interpreter's own does not take
            self.tell_exception(args.exc_value)
            self.write_error(f"{args.err_msg}:\n{format_exception(args.exc_value)}")
        else:
            self._unraisable(args)

    def forget(self, which: Callable[[str], bool]) -> None:
        for name in list(sys.modules):
            if which(name):
                del sys.modules[name]

    # ------------------------------------------------ exceptions

    def _exception_text(self, error: BaseException) -> tuple[str, int]:
        """The exception in one line, and the program's line in which it was raised, 0 for none."""
        line, step = 0, error.__traceback__
        while step is not None:
            if step.tb_frame.f_globals is self.scheduler.namespace:
                line = step.tb_lineno
            step = step.tb_next
        try:
            message = str(error).partition("\n")[0][:200]
        except Exception:
            message = "(its message cannot be made)"
        return (f"{type(error).__name__}: {message}" if message else type(error).__name__), line

    def thread_exception(self, args: Any) -> None:
        """`_thread._excepthook`, which is threading's default."""
        error = args.exc_value
        if self.scheduler.ended or args.exc_type is SystemExit or isinstance(error, Unwind):
            return
        if error is None:
            error = args.exc_type()
        name = args.thread.name if args.thread is not None else f"{self.scheduler.current.ident}"
        own = isinstance(sys.stderr, Stream)
        if sys.stderr is not None and (self._errors or not own):
            text = f"Exception in thread {name}:\n{format_exception(error)}"
            if own:
                self.write_error(text)
            else:
                sys.stderr.write(text)
        self._uncaught(error, name)

    def _main_exception(self, error: BaseException) -> None:
        if isinstance(error, SystemExit):
            code = error.code
            if code is not None and not isinstance(code, int):
                self.write_error(f"{code}\n")
                code = 1
            if code:
                self._status = f"{FINISHED} with exit status {code}"
            return
        forget_own_frames(error)
        self.reads.hook(sys, "excepthook")
        if sys.excepthook is not sys.__excepthook__:
            sys.excepthook(type(error), error, error.__traceback__)
        elif self._errors:
            self.write_error(format_exception(error))
        self._uncaught(error, "MainThread")

    def _uncaught(self, error: BaseException, thread: str) -> None:
        text, line = self.tell_exception(error)
        self.scheduler.touch(OUTPUT, True)
        self.uncaught.append(f"{EXCEPTION}: {text}, in {thread}" + (f" at line {line}" if line else ""))

    def tell_exception(self, error: BaseException) -> tuple[str, int]:
        """Records that the current thread fails. Returns the exception in one line, and the program's line, or 0."""
        text, line = self._exception_text(error)
        self.scheduler.tell_raised(error)
        self.scheduler.emit("raise", None, text, line)
        return text, line

    # ------------------------------------------------ one run

    def run(self, program: Program, filename: str, policy: Policy, options: Options) -> Run:
        """Executes the program once. The world must be installed."""
        collecting = gc.isenabled()
        gc.disable()  # or what an earlier run has left would be ended in this one
        self._reset(options)
        scheduler = self.scheduler = options.scheduler(
            policy, self.switcher, max_steps=options.max_steps, history=options.history, record=options.record,
            any_time=options.any_time,
        )  # fmt: skip
        self.filename, self.on_output, self._errors = filename, options.on_output, options.errors
        self.program = program
        main = types.ModuleType("__main__")
        scheduler.namespace, scheduler.loop_variables = main.__dict__, program.loop_variables
        python = scheduler.main.python = self.threading._main_thread
        handle = self.handle_type(scheduler.main)
        for attribute in ("_handle", "_os_thread_handle"):
            if hasattr(python, attribute):
                setattr(python, attribute, handle)
        hooks = self.hooks = Hooks(scheduler, program)
        own = hooks.own_builtins = types.ModuleType("builtins")
        own.__dict__.update(vars(builtins), print=self.print, __import__=self._import, __dir__=self._names)
        own.__dict__.update(hooks.names(), **scheduler.hooks())
        main.__dict__.update(__file__=filename, __builtins__=own)
        linecache.cache[filename] = (0, None, program.lines, filename)
        before = (
            sys.stdin, sys.stdout, sys.stderr, sys.modules.get("__main__"), sys.argv, sys.excepthook, os._exit, sys.path
        )  # fmt: skip
        sys.stdin, sys.stdout, sys.stderr = Input(self), Stream(self, "stdout"), Stream(self, "stderr")
        sys.modules["__main__"], sys.modules["builtins"], sys.argv = main, own, [filename]
        sys.excepthook, os._exit = sys.__excepthook__, self._os_exit  # type: ignore[assignment]
        sys.path = [_folder(filename), *sys.path[1:]]
        trace, profile = sys.gettrace(), sys.getprofile()
        outer_loop = take_loop()
        self.running = True
        try:
            Context().run(self._execute, program)  # or it would see the values that other runs have left
        except Unwind:
            pass
        except BaseException as error:
            scheduler.error = scheduler.error or error
        finally:
            if sys.gettrace() is not trace:  # setting it looks at the stacks of all threads
                sys.settrace(trace)
            if sys.getprofile() is not profile:
                sys.setprofile(profile)
            names = [scheduler.thread_name(thread) for thread in scheduler.threads]
            scheduler.end()
            self.running = False
            put_loop(outer_loop)
            main.__dict__.clear()
            sys.stdin, sys.stdout, sys.stderr, old, sys.argv, sys.excepthook, os._exit, sys.path = before
            sys.modules["__main__"], sys.modules["builtins"] = old, builtins  # type: ignore[assignment]
            hooks.own_builtins = None  # or they would hold each other
            self._runs += 1
            if self._runs % 64 == 0:  # a run's garbage is young, unless an exploration has kept it for a while
                gc.collect(0 if self._runs % 4096 else 2)
            if collecting:
                gc.enable()
        outcome = scheduler.outcome
        if outcome is not None and outcome.kind == DEADLOCK and self.uncaught:
            outcome = outcome._replace(ending="; ".join([outcome.ending, *self.uncaught]))
        return Run(
            outcome, "".join(scheduler.output), "".join(self.errors), scheduler.events or [],
            scheduler.decisions, scheduler.points, scheduler.now, scheduler.leaked, scheduler.error, names,
            scheduler.unseen,
        )  # fmt: skip

    def _execute(self, program: Program) -> None:
        scheduler = self.scheduler
        try:
            exec(program.code, scheduler.namespace)
        except Unwind:
            raise
        except BaseException as error:
            if scheduler.ended:
                raise Unwind from None
            self._main_exception(error)
        scheduler.release()
        scheduler.touch(("thread", 0), True)
        scheduler.touch(THREADS, False)
        self.threading._shutdown()
        self._stand_ins["atexit"]._run_exitfuncs()
        if len(scheduler.alive) > 1:
            scheduler.switch()  # daemon threads may go on until the interpreter is gone
            self._cut_off()
        policy = scheduler.policy
        if isinstance(policy, Replay):
            policy.finish()
        scheduler.emit("exit", None, scheduler.thread_name(scheduler.main), 0)
        scheduler.flush()
        if self.uncaught:
            scheduler.outcome = Outcome(EXCEPTION, "; ".join(self.uncaught).replace(f"; {EXCEPTION}:", ";"))
        else:
            scheduler.outcome = Outcome(FINISHED, self._status)

    def _cut_off(self) -> None:
        """What the other threads would still do is not done."""
        self.scheduler.touch(OUTPUT, False)
        self.scheduler.touch(END, True)

    def _os_exit(self, status: int) -> None:
        self.scheduler.switch()
        self._cut_off()
        self.scheduler.stop(Outcome(FINISHED, f"{FINISHED} with os._exit({status})"))

    def _import(self, name: str, *args: Any, **keywords: Any) -> Any:
        before, self.importing = self.importing, True
        own = self.hooks.own_builtins
        hidden = own is not None and name != "builtins" and sys.modules.get("builtins") is own
        if hidden:
            sys.modules["builtins"] = builtins  # a module of the library stays for other runs
        try:
            result = builtins.__import__(name, *args, **keywords)
            if result is builtins and own is not None:
                return own
            package = name.partition(".")[0] or getattr(result, "__name__", "")
            if package not in sys.stdlib_module_names and package != "__main__":
                line = self.scheduler.line(sys._getframe(1))
                self.scheduler.blind_with_others(f"line {line} imports {package}, whose accesses are not seen")
            asyncio = sys.modules.get("asyncio")
            if asyncio is not None and asyncio is not self._asyncio and hasattr(asyncio, "run"):
                self._asyncio = asyncio
                put_in_place(asyncio, self)
            self.watch_for_missing()
            return result
        except ImportError as error:
            self.refuse_missing(error)
            raise
        finally:
            self.importing = before
            if hidden and own is not None:
                sys.modules["builtins"] = own

    def _names(self) -> list[str]:
        """What `dir(builtins)` gives."""
        names = vars(self.hooks.own_builtins)
        return sorted(name for name in names if not name.startswith("__tl_") and name != "__dir__")

    def _reset(self, options: Options) -> None:
        new = () if self._base.issuperset(sys.modules) else sorted(sys.modules.keys() - self._base)
        for name in new:
            module = sys.modules[name]
            if _is_fresh(name) or name.partition(".")[0] not in sys.stdlib_module_names:
                del sys.modules[name]
                _drop(name, module)
        for state in self._states:
            state.restore()
        self.errors, self.uncaught, self._status = [], [], FINISHED
        self.atexit.clear()
        random.seed(options.seed)
        sys.unraisablehook = self._unraisable_hook
        for read, change, value in self._settings:
            if read() != value:
                change(value)
        threading = self.threading
        vars(threading._main_thread).clear()
        vars(threading._main_thread).update(self._main_attributes)
        for counter in self._counters:
            counter.restart()
        threading._main_thread._started._flag = True
        threading._main_thread._ident = 1
        threading._active.clear()
        threading._active[1] = threading._main_thread

    _status = FINISHED


def _is_fresh(name: str) -> bool:
    """Whether a module of this name is imported anew in a world."""
    return name.partition(".")[0] in _FRESH


@functools.cache
def _folder(filename: str) -> str:
    """Where the program is, whatever folder it may change to as it runs."""
    return os.path.dirname(os.path.abspath(filename))  # noqa: PTH100, PTH120


def _not_a_base(owner: type) -> None:
    raise TypeError("type '_thread.lock' is not an acceptable base type")


class _Counter:
    """Numbers, from `first` on, for the names of threads or pools: who comes first has the first."""

    def __init__(self, world: World, what: str, first: int) -> None:
        self._world, self._what, self._first = world, what, first
        self.restart()

    def __call__(self) -> int:
        self._world.scheduler.touch(("names", self._what), True)
        return next(self._numbers)

    def restart(self) -> None:
        self._numbers = itertools.count(self._first)


def _drop(name: str, module: types.ModuleType) -> None:
    """Takes a submodule out of its package, too."""
    package, _, last = name.rpartition(".")
    parent = sys.modules.get(package)
    if parent is not None and getattr(parent, last, None) is module:
        delattr(parent, last)
