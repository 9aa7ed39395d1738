"""The functions that an instrumented program calls: each says to the scheduler what is about to happen.

Here are those before calls and at loops; `accesses` has the rest.
"""

import collections
import functools
import operator
import sys
import types
import weakref
from _contextvars import ContextVar
from typing import Any

from threadlab.accesses import Accesses
from threadlab.events import safe_text
from threadlab.frames import forget_own_frames
from threadlab.instrument import Site
from threadlab.library import MODULES, RESULTS
from threadlab.objects import (
    CONTAINERS,
    FUNCTION,
    IMMUTABLE,
    LIBRARY,
    PLAIN,
    SHARED_TYPES,
    SPECIAL,
    VALUES,
    VIEWS,
    advances,
)
from threadlab.scopes import KEEPING
from threadlab.threads import THREADS, Access

_READERS = frozenset(
    "len sum sorted min max any all list tuple dict set frozenset str repr enumerate zip map filter iter reversed bool "
    "hash join deque format hasattr getattr ascii "
    "dir get index count copy union intersection difference issubset issuperset isdisjoint decode hex "
    "__len__ __contains__ __getitem__ int float complex ord bytes bytearray "
    # of itertools
    "accumulate chain islice cycle product permutations combinations batched pairwise starmap takewhile dropwhile "
    "compress filterfalse groupby tee zip_longest".split()
)
"""Builtins and methods of builtin containers that change nothing."""
_SETTLED = IMMUTABLE - {types.ModuleType, type}
"""Types whose methods change nothing either."""
_VIEW_METHODS = frozenset(("keys", "values", "items"))
_UNSEEN = frozenset({
    "builtins.isinstance", "builtins.issubclass", "builtins.callable", "builtins.id", "builtins.globals",
    "builtins.locals", "builtins.vars", "builtins.__import__", "builtins.input",
    "builtins.breakpoint", "builtins.open", "builtins.__build_class__",
    "sys._getframe", "sys.exc_info", "sys.exception", "sys._current_frames",
    "gc.get_referrers", "_warnings.warn", "_warnings.warn_explicit",
})  # fmt: skip
_FRAME_READERS = frozenset(
    "logging warnings _py_warnings inspect traceback contextlib unittest asyncio dataclasses typing".split()
)
_SHALLOW = frozenset("len bool iter reversed enumerate zip map filter list tuple dict set frozenset append add".split())
"""Builtins and methods that look at what holds other objects, but not at these."""
_COMPARING = frozenset("remove index count sort".split())
"""Methods of a list or a deque that look at what it holds, too."""
_KEEPS = frozenset(("append", "appendleft", "insert"))
"""Methods of a list or a deque that do not even look at what they are given."""
_LOOKS_ON = frozenset("sum min max sorted any all set frozenset dict".split())
"""Builtins that look at what an iterator has given."""
_COPIERS = frozenset("copy deepcopy dumps asdict astuple replace pprint pformat attrgetter itemgetter".split())
"""What is not a builtin and reads what it is given."""
_ATTRIBUTES = {
    getattr: "load", hasattr: "load", setattr: "store", delattr: "delete",
    object.__getattribute__: "load", object.__setattr__: "store", object.__delattr__: "delete",
    type.__getattribute__: "load", type.__setattr__: "store", type.__delattr__: "delete",
}  # fmt: skip
"""What accesses the attribute that its second argument names, and how."""
_ATTRIBUTE_METHODS = {"__getattribute__": "load", "__setattr__": "store", "__delattr__": "delete"}
_CODE = (exec, eval, compile)
"""What runs, or makes, code without hooks."""
_LOGGING = frozenset("debug info warning error critical exception log".split())
_LOGGING_STATE = frozenset("setLevel addHandler removeHandler addFilter removeFilter disable basicConfig".split())
_CONTEXTS = frozenset("callback push enter_context".split())
"""Methods of an ExitStack that take what it will call."""
_CALLED_BACK = {
    "Thread": (1, "target"), "Timer": (1, "function"), "Barrier": (1, "action"),
    "ThreadPoolExecutor": (2, "initializer"),
    "submit": (0, "fn"), "map": (0, "fn"), "add_done_callback": (0, "fn"), "wait_for": (0, "predicate"),
    "start_new_thread": (0, ""), "start_joinable_thread": (0, ""), "start": (0, ""), "to_thread": (0, "func"),
    "run_in_executor": (1, "func"), "call_soon": (0, "callback"), "call_soon_threadsafe": (0, "callback"),
    "call_later": (1, "callback"), "call_at": (1, "callback"), "run": (0, ""), "register": (0, "func"),
}  # fmt: skip
"""Classes and functions of the library that call an argument: its position, not counting `self`, and its name."""
_UNLOCKED = frozenset(("is_set", "isSet", "is_alive", "locked", "enumerate", "active_count"))
"""Methods of the library that read what threads share without a lock."""
_GIVES = frozenset("get get_nowait result exception".split())
"""Those that may well give None."""
_TO_A_LOOP = frozenset(("call_soon_threadsafe", "run_coroutine_threadsafe"))
"""How a thread hands something to an event loop of another one."""
_NOTIFIES = frozenset(("notify", "notify_all", "notifyAll"))
_ONE_STEP = frozenset(("random", "sorted", __name__))
"""Python code, and a builtin that calls some, of which only the first or the last step touches anything."""
_MADE_AS_THEY_ARE = LIBRARY | VALUES | {"functools"}
"""Packages whose classes look at nothing that they are given."""


_NAMES = [
    (f"__tl_{name}__", name)
    for name in "point store storing storer stored attr item items call read within operate update augment augmented "
    "iterate unpack iterator loop caught compared context delegate leave look".split()
]
"""Of the hooks, in the program and here."""


def _is_of(packages: frozenset[str], thing: Any) -> bool:
    return str(thing.__module__).partition(".")[0] in packages


class Hooks(Accesses):
    """The hooks of one program for one run."""

    def names(self) -> dict[str, Any]:
        """The hooks, by their names in the program."""
        return {"__tl_slice__": slice, **{name: getattr(self, method) for name, method in _NAMES}}

    def caught(self) -> None:
        """At the start of an exception's handler."""
        error = sys.exception()
        forget_own_frames(error)
        self.scheduler.tell_raised(error)

    def call(self, function: Any, number: int) -> Any:
        """What stands for a function that is about to be called, before its arguments are evaluated."""
        if self.scheduler.kept:
            self.scheduler.release()
        kind = type(function)
        if kind is FUNCTION:
            if self.is_own(function):
                return function
            if function.__module__ == "signal":
                sys.audit(f"signal.{function.__name__}")
            return self._python(function, function, None, number)
        if kind is types.MethodType:
            owner, inner = function.__self__, function.__func__
            if self.is_own(inner):
                return function
            if type(inner) is not FUNCTION:
                return self._watched(function, inner, number, True)  # a cache
            return self._python(function, inner, None if isinstance(owner, type) else owner, number)
        if kind is types.BuiltinFunctionType:
            return self._builtin(function, number)
        if issubclass(kind, type):
            return self._class(function, number)
        if kind in (types.MethodDescriptorType, types.MethodWrapperType, types.WrapperDescriptorType):
            owner = getattr(function, "__self__", None)
            if function in _ATTRIBUTES or (owner is not None and function.__name__ in _ATTRIBUTE_METHODS):
                return self._attributes(function, number)
            return self._watched(function, owner, number, self.is_foreign(function))
        if kind is staticmethod:
            return self.call(function.__func__, number)
        if kind is functools.partial:
            inside = self.call(function.func, number)
            return function if inside is function.func else kind(inside, *function.args, **function.keywords)
        if str(kind.__module__) == "operator":
            return self._watched(function, None, number, True)
        if self.is_opaque(kind) and not self.is_own(kind.__call__):
            return self._watched(function, function, number, True)
        return function

    def _builtin(self, function: Any, number: int) -> Any:
        """The same for a function in C, or a method of an object."""
        owner = function.__self__
        if function.__module__ == "_signal":
            sys.audit(f"signal.{function.__name__}")
        if function is vars:
            return self._vars
        if function is weakref.proxy:
            self._looks_for_ends(number)
        if function in _CODE:
            self.scheduler.blind_with_others(f"line {self.sites[number].line} runs code that is made as it runs")
            return function
        if function is dir:
            return self._watched(function, None, number, True)
        if function in _ATTRIBUTES:
            return self._attributes(function, number)
        if type(owner) in IMMUTABLE or isinstance(owner, type):
            if f"{function.__module__}.{function.__name__}" in _UNSEEN:
                return function
            return self._watched(function, None, number, self.is_foreign(function))
        if issubclass(type(owner), dict) and function.__name__ in _VIEW_METHODS:
            return function  # a view shows what the dict holds when it is read
        if type(owner).__module__ == "_contextvars":
            return self._in_context(function, owner, number)
        if type(owner).__module__ == "_asyncio":
            return self._calling_back(function, function.__name__, 0, number)
        if owner is self.namespace and function.__name__ not in _READERS:
            self.scheduler.blind(f"line {self.sites[number].line} changes variables through globals()")
        return self._watched(function, owner, number, not issubclass(type(owner), SHARED_TYPES))

    def _in_context(self, function: Any, owner: Any, number: int) -> Any:
        """The same for a method of a context, or of what has a value in each: what it reads or writes is the context.

        A context that the program has not entered by `run` is known to one thread.
        """
        scheduler, line = self.scheduler, self.sites[number].line

        def use(*args: Any, **keywords: Any) -> Any:
            name = function.__name__
            if contexts := scheduler.current.contexts:
                context = contexts[-1]
                scheduler.access(lambda: self.touches(context, name != "get"))
                if self.recording:
                    scheduler.emit("call", owner, f"{scheduler.name_of(owner)}.{name}", line)
            return function(*args, **keywords)

        def run(*args: Any, **keywords: Any) -> Any:
            contexts = scheduler.current.contexts
            self._whole([owner], "call", line, True, after=".run")
            contexts.append(owner)
            try:
                return called(*args, **keywords)
            finally:
                contexts.pop()
                if not scheduler.ended:
                    scheduler.access(lambda: self.touches(owner, True))

        if type(owner) is ContextVar:
            return use
        if function.__name__ != "run":
            return self._watched(function, owner, number)
        called = self._calling_back(function, "run", 0, number)
        return run

    def _class(self, function: Any, number: int) -> Any:
        """The same for a class, which makes an object."""
        maker = getattr(function, "__init__", None)
        if type(maker) is FUNCTION and str(maker.__module__).partition(".")[0] in LIBRARY:
            return self._calling_back(function, maker.__qualname__.partition(".")[0], 0, number)
        package = str(function.__module__).partition(".")[0]
        if package in ("weakref", "_weakrefset") and function is not weakref.WeakKeyDictionary:
            self._looks_for_ends(number)
        generated = self.is_own(maker) or getattr(maker, "__module__", "") == self.namespace.get("__name__")
        if generated or issubclass(function, BaseException | type):
            return function
        if not any(str(each.__module__).partition(".")[0] in _MADE_AS_THEY_ARE for each in function.__mro__):
            return self._watched(function, None, number)
        return function

    def _python(self, function: Any, code: Any, owner: Any, number: int) -> Any:
        """The same for Python code, a function or a method of `owner`, that is not the program's."""
        package, name = str(code.__module__).partition(".")[0], code.__name__
        if package in LIBRARY:
            if name in _UNLOCKED:
                self._unlocked(name, owner, self.sites[number])
            if name in _NOTIFIES and self.recording and hasattr(owner, "_waiters") and package == "threading":
                function = self._notifies(function, owner, self.sites[number].line)
            if getattr(owner, "_debug", False):
                return function  # a loop in debug mode keeps its caller's frame
            unbound = function is code and "." in code.__qualname__.rpartition("<locals>.")[2]
            if name == "__init__":
                name = code.__qualname__.partition(".")[0]
            called = self._calling_back(function, name, int(unbound), number)
            if self.recording and name in _TO_A_LOOP:
                return self._telling(called, owner, name, self.sites[number].line)
            # A lock looks who releases it.
            tells = name in RESULTS and (code.__module__ in MODULES or name == "locked")
            if self.recording and owner is not None and tells:
                return self._giving(called, owner, name)
            return called
        if package == "contextlib" and name in _CONTEXTS:
            return lambda thing, *args, **keywords: function(self._entered(thing, number), *args, **keywords)
        if package == "logging" and name in _LOGGING:
            # What looks for its caller finds the lab's two functions first.
            def log(*args: Any, stacklevel: int = 1, **keywords: Any) -> Any:
                return function(*args, stacklevel=stacklevel + 2, **keywords)

            return self._watched(log, None, number)
        if package == "logging" and name in _LOGGING_STATE:
            self._blind_to_others(self.sites[number].line, "changes what logging does")
        if package == "functools" and name == "register":
            self._blind_to_others(self.sites[number].line, "changes what a function does")
        if package in _FRAME_READERS and name not in _COPIERS:
            return function
        return self._watched(function, owner, number, self.is_foreign(code))

    def _calling_back(self, function: Any, name: str, before: int, number: int) -> Any:
        """What stands for something of the library that will call one of its arguments, which it does unseen."""
        if name not in _CALLED_BACK:
            return function
        position, keyword = _CALLED_BACK[name]
        position += before

        def call(*args: Any, **keywords: Any) -> Any:
            if keyword in keywords:
                keywords[keyword] = self._called_back(keywords[keyword], number)
            elif position < len(args):
                args = (*args[:position], self._called_back(args[position], number), *args[position + 1 :])
            if name == "map" and self.scheduler.tracking:
                for each in args[position + 1 :]:
                    for thing in self.sources(each):
                        for access in self.touches(thing, not issubclass(type(thing), (*CONTAINERS, *VIEWS))):
                            self.scheduler.touch(*access)
            return function(*args, **keywords)

        return call

    def _looks_for_ends(self, number: int) -> None:
        line = self.sites[number].line
        self.scheduler.blind_with_others(f"line {line} lets the program see when an object is gone")

    def _entered(self, thing: Any, number: int) -> Any:
        """What an ExitStack gets to call or to enter."""
        return self.context(thing, number) if hasattr(type(thing), "__exit__") else self._called_back(thing, number)

    def _called_back(self, function: Any, number: int) -> Any:
        seen = self.call(function, number)
        return seen if seen is function or type(seen) is not FUNCTION else functools.update_wrapper(seen, function)

    def _attributes(self, function: Any, number: int) -> Any:
        """What stands for `getattr` and the like."""
        line, bound = self.sites[number].line, type(function) is types.MethodWrapperType
        kind = _ATTRIBUTE_METHODS[function.__name__] if bound else _ATTRIBUTES[function]

        def call(*args: Any, **keywords: Any) -> Any:
            named = (function.__self__, *args) if bound else args
            if len(named) > 1 and isinstance(named[1], str):
                self._at_attribute(named[0], named[1], kind, line)
            return function(*args, **keywords)

        return call

    def _unlocked(self, name: str, owner: Any, site: Site) -> None:
        scheduler = self.scheduler
        scheduler.current.checked = True  # as the body of a Python function begins
        scheduler.switch()
        if not scheduler.tracking:
            return
        if owner is None:
            scheduler.touch(THREADS, True)
        if self.recording:
            scheduler.emit("call", owner, scheduler.call_of(owner, name) if owner else name, site.line)

    def _telling(self, function: Any, owner: Any, name: str, line: int) -> Any:
        """What stands for a function, or a method of `owner`, where a run is recorded: it tells of the call."""

        def call(*args: Any, **keywords: Any) -> Any:
            self.scheduler.emit("call", None, name if owner is None else self.scheduler.call_of(owner, name), line)
            return function(*args, **keywords)

        return call

    def _giving(self, function: Any, owner: Any, name: str) -> Any:
        """What stands for a method of the library where a run is recorded: it tells what comes of the call."""

        def call(*args: Any, **keywords: Any) -> Any:
            try:
                result = function(*args, **keywords)
            except Exception as error:
                self.scheduler.tell_result(owner, name, f"raises {type(error).__name__}")
                raise
            if name == "task_done":
                self.scheduler.tell_result(owner, name, f"leaves {owner.unfinished_tasks} unfinished")
            elif name in _GIVES or result is not None:
                self.scheduler.tell_result(owner, name, safe_text(result), result)
            else:
                self.scheduler.tell_result(owner, name)
            return result

        return call

    def _notifies(self, function: Any, condition: Any, line: int) -> Any:
        """What stands for a method that notifies, where a run is recorded: no lock's operation would tell of it."""

        def call(*args: Any, **keywords: Any) -> None:
            waited = list(condition._waiters)
            function(*args, **keywords)
            scheduler = self.scheduler
            woken = [
                scheduler.thread_name(thread)
                for thread in scheduler.alive
                if any(thread.awaits is each for each in waited) and thread.awaits not in condition._waiters
            ]
            scheduler.emit("notify", condition._lock, scheduler.name_of(condition), line, " and ".join(woken))
            scheduler.tell(condition)

        return call

    def _watched(self, function: Any, owner: Any, number: int, foreign: bool = False) -> Any:
        """What stands for a function without hooks: one step that touches its `owner` and its arguments.

        `foreign`: it may look at all of what it is given; what is not calls methods of it, which have hooks.
        """

        def call(*args: Any, **keywords: Any) -> Any:
            site, scheduler = self.sites[number], self.scheduler
            own_name = getattr(function, "__name__", None)
            shown = own_name or (site.name if owner is not function else "")
            name = own_name or type(function).__name__
            looks = foreign or any(map(self.is_foreign, (*args, *keywords.values())))
            deep = looks or name not in _SHALLOW
            inside = name in _COMPARING and issubclass(type(owner), (list, collections.deque))
            found: list[object] = [] if owner is None else self.sources(owner, inside, looks) or [owner]
            keeps = name in _KEEPS and type(owner) in CONTAINERS
            for each in () if keeps else (*args, *keywords.values()):
                if each is vars:
                    args = tuple(self._vars if arg is vars else arg for arg in args)
                elif type(each) is types.BuiltinFunctionType and each in _ATTRIBUTES:
                    self._blind_to_others(site.line, f"has {each.__name__} called")
                if type(each) not in PLAIN:
                    pairs = name == "dict" and not issubclass(type(each), dict)
                    found += self.sources(each, deep or pairs, looks)
            goes_through = name in _LOOKS_ON and (len(args) == 1 or (name == "sum" and args))
            if goes_through and scheduler.history is not None and self.calls_steps(args[0]):
                args = (_Given(self, args[0]), *args[1:])
            if not found:
                return function(*args, **keywords)
            reads = (name in _READERS or name in _COPIERS) and not any(map(advances, found))
            reads = reads and not any(map(self._may_write, (*args, *keywords.values())))
            before, after = (f"{shown}(", ")") if owner is None else ("", "" if owner is function else f".{shown}")
            code = getattr(function, "__func__", function)
            several = type(code) is FUNCTION and code.__globals__.get("__name__") not in _ONE_STEP
            scheduler.current.checked |= type(code) is FUNCTION  # as its body begins
            if name not in _ONE_STEP and not (owner is not None and name in KEEPING):
                several |= any(type(each) is FUNCTION for each in (*args, *keywords.values()))
            self._whole(found, "call", site.line, not reads, before, after, name if several else "")
            if name in SPECIAL and not (name in _COMPARING and issubclass(type(owner), set)):
                self.tear_special(name, (*args, *found), found, not reads, site.line)
            point, recorded = scheduler.points, len(scheduler.events or ())
            try:
                result = function(*args, **keywords)
                if result is not None or name in _GIVES:
                    self.add_result(recorded, result)
                return result
            except Exception as error:
                self.add_error(recorded, error, site.line)
                raise
            finally:
                if scheduler.points != point and scheduler.tracking and not scheduler.ended:
                    for thing in found:  # it has called code of the program, and goes on after that
                        for access in self.touches(thing, not reads):
                            scheduler.touch(*access)
                    scheduler.tell_since(site.line)

        # To a function that asks for the module of its caller, as namedtuple does, it is the program's.
        call.__module__ = self.namespace.get("__name__", "")
        return call

    def _may_write(self, function: Any) -> bool:
        """Whether it can be called, and then changes, for all that is known, what it is of, or what it is given.

        The program's own functions have hooks.
        """
        kind = type(function)
        if not callable(function) or issubclass(kind, type):
            return False
        if kind is functools.partial:
            return self._may_write(function.func)
        if kind is types.MethodType and type(function.__func__) is not FUNCTION:
            return self._may_write(function.__func__)
        if kind in (FUNCTION, types.MethodType):
            return not self.is_own(getattr(function, "__func__", function)) and not _is_of(LIBRARY, function)
        if kind in (types.MethodDescriptorType, types.WrapperDescriptorType):
            return function.__objclass__ not in _SETTLED and function.__name__ not in _READERS
        if kind in (types.BuiltinFunctionType, types.MethodWrapperType):
            known = getattr(function, "__module__", None) == "builtins" or type(function.__self__) in _SETTLED
            return not known and function.__name__ not in _READERS
        if kind.__module__ == "operator":
            return kind is operator.methodcaller
        return not self.is_own(kind.__call__) and not _is_of(LIBRARY | VALUES, kind)

    def loop(self, number: int) -> None:
        """A backward jump. Returns None, which `or` passes over."""
        site = self.sites[number]
        self.scheduler.round(number, site.name == "while", site.spin)

    def _vars(self, *things: object) -> object:
        for thing in things:
            self._gives_dictionary(thing)
        return vars(*things)


class _Given:
    """An iterator of the program's for a builtin that may look, at each step, at all that it has given."""

    __slots__ = ("hooks", "iterator", "seen")

    def __init__(self, hooks: Hooks, thing: Any) -> None:
        self.hooks, self.iterator = hooks, iter(thing)
        self.seen: dict[Access, None] = {}
        """What all that it has given is touched by: keeping that itself would let it live longer than in a run."""

    def __iter__(self) -> "_Given":
        return self

    def __next__(self) -> Any:
        hooks = self.hooks
        if hooks.scheduler.kept:
            hooks.scheduler.release()
        try:
            value = next(self.iterator)
            for thing in () if type(value) in PLAIN else hooks.sources(value, True):
                self.seen.update(dict.fromkeys(hooks.touches(thing, False)))
            return value
        finally:
            for access in self.seen:
                hooks.scheduler.touch(*access)
