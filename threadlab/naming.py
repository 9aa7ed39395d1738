"""What things are called when a reader is told of them: threads, lines, objects, and who waits for whom."""

import re
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FrameType
from typing import Any

from threadlab.events import DEADLOCK, SCALARS, STEP_LIMIT, Outcome, Wait, safe_text
from threadlab.labels import AGAIN, GLOBAL, KIND, MOVED, SEVERAL, VARIABLE, marked, unmarked
from threadlab.library import MODULES, is_primitive, is_timer, made_at, part_name, part_of
from threadlab.threads import LabThread

_STREAMS = "threadlab.streams"

_RENAMED = {"result_iterator": "map"}
"""Functions of the library that a program gets from others: what Executor.map returns."""

_HANDED = frozenset(("Thread.run", "_WorkItem.run", "WorkerContext.run"))
"""What calls a function that the program has handed to a thread, or to an executor."""

_DICTIONARIES = (dict, defaultdict, OrderedDict)

_MOST_SURVEYED = 200
"""Items: a longer container is not watched for what moves in it."""

OF_LINE = " of line "
"""What comes between the type of an object that no variable leads to and the line at which it was made."""

ASYNCIO = "asyncio"
ITS_TIME = "its time"
"""What a timer's own thread waits for."""

_THREAD_METHODS = frozenset(
    (
        "Thread.run",
        "Thread._bootstrap",
        "Thread._bootstrap_inner",
        "Thread.start",
        "Thread.join",
        "Timer.run",
        "WorkerContext.initialize",
        "WorkerContext.run",
    )
)


def without_line(name: str) -> str:
    """`name` without the line at which its object was made."""
    return re.sub(rf"{OF_LINE}\d+", "", name) if OF_LINE in name else name


def own_dictionary(thing: object) -> Mapping[str, object]:
    """The object's own attributes, without running any code of its class; empty where it has none."""
    if isinstance(type(thing), type) and issubclass(type(thing), type):
        return type.__getattribute__(thing, "__dict__")  # type: ignore[no-any-return]
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _items(container: Any) -> Iterable[tuple[object, Any]] | None:
    """What is in a list, tuple or dictionary, each with its index or key; None of anything else."""
    if type(container) in (list, tuple):
        return enumerate(container)
    return container.items() if type(container) in _DICTIONARIES else None


def _parameters(frame: FrameType) -> tuple[str, ...]:
    code = frame.f_code
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _is_private(frame: FrameType) -> bool:
    """Whether it is of a function of the library that no program calls, or of what runs a thread."""
    name = frame.f_code.co_qualname
    return name in _THREAD_METHODS or any(part[:1] == "_" != part[1:2] for part in name.split("."))


class Naming:
    """The names of one run."""

    main: LabThread
    alive: list[LabThread]
    namespace: dict[str, Any]
    """The program's global variables."""

    def __init__(self, record: bool) -> None:
        self.records = record
        self._numbers: dict[int, int] = {}
        """By address, the numbers of the objects that have one."""
        self._local_names: dict[int, str] = {}
        """By number, what the program's functions call an object that no global variable leads to; "" if not alike."""
        self._first: dict[str, int] = {}
        """By global variable, the number of the object that was told of first as being that; 0 if none is recorded."""
        self.loop_variables: frozenset[str] = frozenset()
        """Global variables that `for` gives one object after the other."""
        self._places: dict[int, str] = {}
        """By address, where in a container that a global variable leads to the object was last seen."""
        self.moved: set[int] = set()
        """The addresses of those that have been elsewhere, or in none, since then."""
        self._marked: set[int] = set()
        """The numbers of the objects that were told of when no global variable led to them."""
        self.main_functions: list[FrameType] = []
        """The frames of the main thread's functions, while another one runs."""

    def number(self, thing: object) -> int:
        """The object's number in this run."""
        raise NotImplementedError

    def thread_name(self, thread: LabThread) -> str:
        if thread is self.main:
            return "MainThread"
        name = getattr(thread.python, "_name", None)
        return name if isinstance(name, str) else f"thread {thread.number}"

    def line(self, frame: FrameType | None) -> int:
        """The line of the program that `frame`, or what it was called by, executes; 0 for none."""
        while frame is not None:
            if frame.f_globals is self.namespace:
                return frame.f_lineno
            frame = frame.f_back
        return 0

    def _frames(self, frame: FrameType | None) -> Iterator[FrameType]:
        """`frame` and what it was called by, up to the program's own: to be walked on the stack that they are on.

        Pyodide moves the stack of one that waits away to make room for another's. Frames stay, but the way from one
        to the next may lead through it (`f_back`, where C code has called Python code).
        """
        while frame is not None:
            yield frame
            if frame.f_globals is self.namespace:
                return
            frame = frame.f_back

    def _frames_of(self, thread: LabThread) -> tuple[FrameType, ...]:
        return thread.waits_at if thread.frame is None else tuple(self._frames(thread.frame))

    def _line_of(self, thread: LabThread) -> int:
        """The line of the program at which the thread waits; 0 for none."""
        frames = self._frames_of(thread)
        return frames[-1].f_lineno if frames and frames[-1].f_globals is self.namespace else 0

    def awaited(self, thread: LabThread) -> str:
        """What the thread waits for, in the words of the program: the library's object that it called."""
        awaits = thread.awaits
        if isinstance(awaits, LabThread):
            return f"the end of {self.thread_name(awaits)}"
        if isinstance(awaits, str):
            return awaits
        called, method = self._called(self._frames_of(thread))
        if not getattr(awaits, "quiet", True):  # a part of what is called, or a lock that a condition was given
            return self.name_of(awaits)
        if called is None:
            return method or self.name_of(awaits)
        if is_timer(thread.python) and vars(thread.python).get("finished") is called:
            return ITS_TIME
        name = self.name_of(called)
        notified = method in ("wait", "wait_for") and getattr(awaits, "waiter", False) and hasattr(called, "notify")
        return f"a notify of {name}" if notified else name

    def _called(self, frames: Iterable[FrameType]) -> tuple[object, str]:
        """The library's object, and its method, that the program has called and that has led to `frames`.

        None, and the function, if it is no method; "" if the program has called nothing. Private ones are passed over.
        """
        called, method, caller = None, "", None
        for frame in frames:
            if frame.f_globals is self.namespace:
                return called, method
            module = frame.f_globals.get("__name__")
            if str(module).partition(".")[0] == ASYNCIO:
                called, method, caller = None, ASYNCIO, None  # what it calls is its own affair
            if module not in MODULES:
                continue
            name = frame.f_code.co_name
            if not _is_private(frame):
                called, method, caller = frame.f_locals.get("self"), _RENAMED.get(name, name), None
            elif caller is None:
                caller = frame
        # No function of the program is around it: it was handed to a thread, or is the library's own affair.
        if called is None or caller is None or caller.f_code.co_qualname not in _HANDED:
            return called, ""
        return called, "" if getattr(caller.f_locals.get("self"), "future", None) is called else method

    def within(self, frames: Iterable[FrameType]) -> str:
        """The call of the standard library, `queue.put`, that has led to `frames`; "" if none has."""
        called, method = self._called(frames)
        return self.call_of(called, method) if called is not None and method else method

    def call_of(self, owner: object, method: str) -> str:
        """What a call of a method of one of the library's objects is called."""
        return f"{without_line(self.name_of(owner))}.{method}"

    def name_of(self, thing: object) -> str:
        """`thing` by the first global variable that is it, or leads to it, else as labels.py says.

        Where nothing is recorded, no objects are told apart.
        """
        if (whole := part_of(thing)) is not None:
            return part_name(thing, whole, self.name_of(whole))
        if name := self._global_name(thing):
            return name
        if type(thing).__module__ == _STREAMS:
            called: str = vars(thing)["called"]
            return called
        kind, line = type(thing).__name__, 0
        if is_primitive(thing):
            kind, line = getattr(thing, "kind", kind), getattr(thing, "made_at", 0)
        elif type(thing).__module__ in MODULES:
            line = made_at(thing)
        unnamed = f"{kind}{OF_LINE}{line}" if line else kind
        if not self.records:
            return unnamed
        number = self.number(thing)
        frames = [*self.main_functions, *self.functions(sys._getframe(1))]
        found = self._local_name(thing, frames)
        known = self._local_names.setdefault(number, found) if found else ""
        if known != found:
            self._local_names[number] = ""
        self._marked.add(number)
        if known and known == found:
            return marked(found, VARIABLE, number)
        for frame in frames:
            for parameter in _parameters(frame):
                owner = frame.f_locals.get(parameter)
                if owner is not thing and (inside := self._inside(owner, thing) or "").startswith("."):
                    return f"{self.name_of(owner)}{inside}"
        return marked(unnamed, SEVERAL if found else KIND, number)

    def _global_name(self, thing: object) -> str:
        """The global variable that is `thing`, or leads to it; "" if none does.

        A variable that was another object when it was told of is its name only if no other variable leads to it.
        """
        variables = self._variables()
        names = sorted((name for name, value in variables if value is thing), key=self.loop_variables.__contains__)
        own = names[0] if names else ""
        number = self.number(thing) if own and self.records else 0
        is_first = bool(own) and (not self.records or self._first.setdefault(own, number) == number)
        if is_first and own not in self.loop_variables:
            return marked(own, GLOBAL, number) if number in self._marked else own
        for variable, value in variables:
            if (inside := self._inside(value, thing)) is not None:
                if not self.records:
                    return f"{variable}{inside}"
                if "[" in inside or self.number(thing) in self._marked:
                    mark = MOVED if id(thing) in self.moved else GLOBAL
                    return marked(f"{variable}{inside}", mark, self.number(thing))
                owner = self._numbers.get(id(value), 0)
                return (marked(variable, GLOBAL, owner) if owner in self._marked else variable) + inside
        if is_first:
            return marked(own, GLOBAL, number) if number in self._marked else own
        return marked(own, AGAIN, number) if own else ""

    def _variables(self) -> list[tuple[str, Any]]:
        return [pair for pair in self.namespace.items() if not pair[0].startswith("__")]

    def survey(self) -> None:
        """Looks where in a container each object is now."""
        places: dict[int, str] = {}
        for variable, value in self._variables():
            for place, each in self._contents(value, variable):
                places.setdefault(id(each), place)
        for address, place in self._places.items():
            if places.get(address) != place and (address in places or address in self._numbers):
                self.moved.add(address)
        self._places = places

    def _contents(self, value: Any, name: str) -> Iterator[tuple[str, Any]]:
        """What is in a container, or in one of those that an object of the program has, with its place."""
        items = _items(value)
        if items is None:
            if type(value).__module__ == self.namespace.get("__name__"):
                for attribute, each in own_dictionary(value).items():
                    if type(each) in (list, tuple, dict):
                        yield from self._contents(each, f"{name}.{attribute}")
        elif len(value) <= _MOST_SURVEYED:
            yield from ((f"{name}[{safe_text(key)}]", each) for key, each in items if type(each) not in SCALARS)

    def functions(self, frame: FrameType | None) -> list[FrameType]:
        """The frames of the program's functions that have led to `frame`, the outermost first."""
        frames: list[FrameType] = []
        while frame is not None:
            if frame.f_globals is self.namespace and frame.f_locals is not self.namespace:
                frames.insert(0, frame)
            frame = frame.f_back
        return frames

    def _local_name(self, thing: object, frames: list[FrameType]) -> str:
        """The first local variable that is `thing`, or leads to it; "" if none does.

        A parameter is none: it is what one function calls what another has a name for.
        """
        for frame in frames:
            parameters = _parameters(frame)
            for variable, value in frame.f_locals.items():
                if variable in parameters or variable[:1] == ".":
                    continue
                if value is thing:
                    return variable
                if (inside := self._inside(value, thing)) is not None:
                    return (self.name_of(value) if inside[:1] == "." else variable) + inside
        return ""

    def _inside(self, value: object, thing: object) -> str | None:
        """How `thing` is got from `value`, in which it is: `[0]`, `.lock`; None if it is not."""
        if (items := _items(value)) is not None:
            return next((f"[{unmarked(safe_text(key))}]" for key, each in items if each is thing), None)
        of_class = issubclass(type(value), type)
        module = own_dictionary(value).get("__module__") if of_class else getattr(type(value), "__module__", "")
        if module != self.namespace.get("__name__") and (of_class or module not in MODULES):
            return None
        private = "_" if module in MODULES else "\0"  # what is the library's own affair
        attributes = [pair for pair in own_dictionary(value).items() if pair[0][:1] != private]
        for name, each in attributes:
            if each is thing:
                return f".{name}"
        for name, each in attributes:
            if type(each) in (list, tuple, dict) and (inside := self._inside(each, thing)) is not None:
                return f".{name}{inside}"
        return None

    def stuck(self) -> Outcome:
        """What it means that no thread can run."""
        exiting = self.main.awaits == "exit"
        waiting = [t for t in self.alive if not (exiting and (t.daemon or t is self.main))]
        for thread in waiting:
            if thread.spinning:
                return Outcome(STEP_LIMIT, f"{STEP_LIMIT}: an endless loop at line {self._line_of(thread)}")
        cycle = self._cycle(waiting)
        stuck = [thread for thread in cycle or waiting if thread.guard is not None]
        named: dict[str, object] = {}
        parts = []
        waits = self._unrecorded(lambda: [self._wait_of(each) for each in stuck])
        for thread, wait in zip(stuck, waits, strict=True):
            another = wait.holder and named.setdefault(wait.awaits, thread.awaits) is not thread.awaits
            is_lock = not getattr(thread.awaits, "quiet", True)
            awaits = wait.awaits if is_lock else without_line(wait.awaits)
            parts.append(
                f"{wait.thread} waits for {'another ' if another else ''}{awaits}"
                + (f" held by {wait.holder}" if wait.holder else "")
                + (f" at line {wait.line}" if wait.line else "")
                + (f", and {wait.holder} has ended" if wait.holder and self.has_ended(thread.awaits) else "")
            )
        if self.records:
            waits = [self._wait_of(each) for each in stuck]
        return Outcome(DEADLOCK, f"{DEADLOCK}: {'; '.join(parts)}", tuple(waits))

    def _unrecorded[Found](self, find: Callable[[], Found]) -> Found:
        """What `find` finds where nothing is recorded: an ending is the same whether its run is recorded or not."""
        records, self.records = self.records, False
        try:
            return find()
        finally:
            self.records = records

    def _cycle(self, waiting: list[LabThread]) -> list[LabThread]:
        for first in waiting:
            path: list[LabThread] = []
            thread: LabThread | None = first
            while thread is not None and thread not in path:
                path.append(thread)
                thread = self.holder(thread.awaits)
            if thread is first and getattr(first.awaits, "kind", "") in ("Lock", "RLock"):
                return path
        return []

    def _wait_of(self, thread: LabThread) -> Wait:
        holder = self.holder(thread.awaits)
        name = self.thread_name(holder) if holder else ""
        if isinstance(thread.awaits, LabThread):
            return Wait(self.thread_name(thread), f"the end of {name}", self._line_of(thread))
        detail = thread.detail() if thread.detail is not None else ""
        return Wait(self.thread_name(thread), self.awaited(thread) + detail, self._line_of(thread), name)

    def has_ended(self, awaited: object) -> bool:
        """Whether who holds it has come to its end without releasing it."""
        holder = self.holder(awaited)
        return holder is not None and holder.done

    def holder(self, awaited: object) -> LabThread | None:
        if isinstance(awaited, LabThread):
            return awaited
        return getattr(awaited, "owner", None)
