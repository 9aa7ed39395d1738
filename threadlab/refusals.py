"""What the lab cannot do for a program: what it calls, or looks for, then ends the run with the call and the line."""

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

from threadlab.frames import OWN
from threadlab.scheduler import Scheduler
from threadlab.switching import Switcher

_EVENTS = {
    "subprocess.Popen": "subprocess.Popen", "os.system": "os.system", "os.fork": "os.fork",
    "os.forkpty": "os.forkpty", "os.posix_spawn": "os.posix_spawn", "os.exec": "os.exec", "os.spawn": "os.spawn",
    "socket.__new__": "socket.socket", "os.kill": "os.kill",
    "builtins.input": "input",
}  # fmt: skip
"""Audit events, and what to call them."""
_LEAVES = "leaves the interpreter, so the lab cannot schedule it"
_SIGNALS = frozenset(
    "signal alarm setitimer raise_signal pthread_kill pthread_sigmask sigwait sigwaitinfo sigtimedwait pause "
    "siginterrupt set_wakeup_fd".split()
)
"""Functions of `signal`. A hook tells of the program's calls; asyncio may call them, as no signal comes."""
_INTERRUPTS = "is about signals, which come at any time, so the lab cannot schedule them"
TYPED = "waits for what somebody types, which need not be the same in each run"
_LOOKS_THROUGH_STACKS = frozenset(
    "sys._current_frames sys._current_exceptions sys.settrace sys.setprofile sys.monitoring.set_events "
    "faulthandler.dump_traceback".split()
)
_MOVED = "looks through the stacks of all threads, and those that wait here are not in their place"
_INTERPRETER = "a new interpreter"
_MISSING = "is missing from this build of Python"
_LACKING = {
    "os": "copy_file_range eventfd eventfd_read eventfd_write forkpty getegid geteuid getgrouplist getgroups getrandom "
    "getresgid getresuid getxattr initgroups lchown link listxattr memfd_create mkfifo mknod nice openpty pidfd_open "
    "pipe2 posix_fallocate posix_spawn posix_spawnp preadv pwritev removexattr sched_get_priority_max "
    "sched_get_priority_min sched_getparam sched_getscheduler sched_param sched_rr_get_interval sched_setaffinity "
    "sched_setparam sched_setscheduler sendfile setegid seteuid setgroups setns setpriority setresgid setresuid "
    "setxattr splice timerfd_create timerfd_gettime timerfd_settime unshare",
    "signal": "alarm setitimer pthread_kill pidfd_send_signal",
    "socket": "AF_UNIX AF_NETLINK AF_CAN AF_VSOCK",
    "socketserver": "ForkingUnixDatagramServer ForkingUnixStreamServer ThreadingUnixDatagramServer "
    "ThreadingUnixStreamServer UnixDatagramServer UnixStreamServer",
    "select": "epoll",
    "asyncio": "open_unix_connection start_unix_server",
    "concurrent.futures": "InterpreterPoolExecutor",
}
"""By module: what CPython has on Linux and in a browser has not."""
_OTHER_SYSTEMS = frozenset("msvcrt nt winreg winsound _overlapped _scproxy _winapi _wmi".split())
"""Modules of the standard library that CPython has not on Linux, either."""
IN_BROWSER = sys.platform == "emscripten"


class Unsupported(BaseException):
    """The program calls what the lab cannot schedule."""

    def __init__(self, call: str, line: int, filename: str, why: str) -> None:
        super().__init__(f"{filename}:{line}: {call} {why}")
        self.call, self.line = call, line


@functools.cache
def _interpreters() -> types.ModuleType:
    """The module in C, which a stand-in has the name of."""
    import importlib.machinery
    import importlib.util

    finders = importlib.machinery.BuiltinImporter, importlib.machinery.PathFinder
    spec = next(filter(None, (finder.find_spec("_interpreters") for finder in finders)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


class Refusals:
    """How the runs of a world refuse."""

    scheduler: Scheduler
    switcher: Switcher
    importing: bool
    running: bool
    filename: str

    def unsupported(self, call: str, why: str = _LEAVES) -> None:
        """Ends the run: the program has called what the lab cannot do."""
        scheduler = self.scheduler
        scheduler.error = Unsupported(call, scheduler.line(sys._getframe(1)), self.filename, why)
        scheduler.stop(None)

    def refusing(self, call: str) -> Callable[..., None]:
        """A function that ends the run."""
        return lambda *_, **__: self.unsupported(call)

    def audit(self, event: str, args: tuple[object, ...]) -> None:
        """For sys.addaudithook."""
        if not self.running or self.importing or self.scheduler.ended:
            return
        if event in _EVENTS:
            call = _EVENTS[event]
            self.unsupported(call, TYPED if call == "input" else _LEAVES)
        elif event.startswith("signal.") and event.removeprefix("signal.") in _SIGNALS:
            self.unsupported(event, _INTERRUPTS)
        elif event in _LOOKS_THROUGH_STACKS and self.switcher.moves_stacks and self.scheduler.others_wait():
            self.unsupported(event, _MOVED)

    def modules(self) -> dict[str, types.ModuleType]:
        """Stand-ins for modules in C that start processes, or share what is outside of the interpreter."""
        lock, shared = self.refusing("a lock of multiprocessing"), self.refusing("shared memory")
        semaphore = type("SemLock", (), {"SEM_VALUE_MAX": 2**31 - 1, "__new__": lambda *_, **__: lock()})
        named: dict[str, dict[str, Any]] = {
            "_multiprocessing": {"SemLock": semaphore, "sem_unlink": lock},
            "_posixsubprocess": {"fork_exec": self.refusing("a new process")},
            "_posixshmem": {"shm_open": shared, "shm_unlink": shared},
        }
        if not IN_BROWSER:
            named["_interpreters"] = {"__getattr__": self._of_interpreters}
        found = {name: types.ModuleType(name) for name in named}
        for name, names in named.items():
            vars(found[name]).update(names)
        return found

    def _of_interpreters(self, name: str) -> Any:
        """What `_interpreters` has by this name: all but what makes one."""
        if name[:2] == "__" or not self.running:
            raise AttributeError(name)
        return self.refusing(_INTERPRETER) if name == "create" else getattr(_interpreters(), name)

    def refuse_missing(self, error: ImportError) -> None:
        """Ends the run if the program has imported what CPython's standard library has elsewhere."""
        package = (error.name or "").partition(".")[0]
        if IN_BROWSER and package in sys.stdlib_module_names - _OTHER_SYSTEMS:
            self._refuse(package)

    def watch_for_missing(self) -> None:
        """The same for what the program looks for in a module that it has imported."""
        for name, lacking in _LACKING.items() if IN_BROWSER else ():
            if (module := sys.modules.get(name)) is not None:
                found = vars(module).get("__getattr__")
                if not isinstance(found, _Looking):
                    module.__getattr__ = _Looking(self, name, frozenset(lacking.split()), found)  # type: ignore[method-assign]
        if IN_BROWSER and (subprocess := sys.modules.get("subprocess")):
            # Or it would refuse to start a process before the lab sees that, and can say what to do instead.
            subprocess._can_fork_exec = True  # type: ignore[attr-defined]

    def look(self, name: str) -> None:
        """Ends the run if it is the program that looks for what has this name."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(OWN):
            frame = frame.f_back
        if self.running and not self.scheduler.ended and frame.f_globals is self.scheduler.namespace:
            self._refuse(name)

    def _refuse(self, name: str) -> None:
        package, _, last = name.rpartition(".")
        if "interpreter" in name.lower():
            self.unsupported(_INTERPRETER)
        elif package == "signal" and last in _SIGNALS:
            self.unsupported(name, _INTERRUPTS)
        else:
            self.unsupported(name, _MISSING)


class _Looking:
    """The `__getattr__` of a module that lacks something."""

    def __init__(
        self, refusals: Refusals, module: str, lacking: frozenset[str], other: Callable[[str], Any] | None
    ) -> None:
        self._refusals, self._module, self._lacking, self._other = refusals, module, lacking, other

    def __call__(self, name: str) -> Any:
        if name in self._lacking:
            self._refusals.look(f"{self._module}.{name}")
        if self._other is not None:
            return self._other(name)
        raise AttributeError(f"module {self._module!r} has no attribute {name!r}")
