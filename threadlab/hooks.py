"""The functions that an instrumented program calls: each says to the scheduler what is about to happen.

Whether an access is a switch point is decided here, by the type of the object: immutable ones and those that only
Python code of the program can change (which has hooks of its own) are not.
"""

import builtins
import collections
import contextlib
import gc
import itertools
import operator
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from threadlab.events import safe_text
from threadlab.instrument import Program, Site
from threadlab.scheduler import Access, Scheduler, own_dictionary

_IMMUTABLE = frozenset({
    int, float, complex, bool, str, bytes, type(None), tuple, range, frozenset, slice, type(...), type(NotImplemented),
    types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.CodeType, types.GenericAlias,
    types.UnionType, types.MappingProxyType, type,
})  # fmt: skip
_CONTAINERS = (list, dict, set, bytearray, collections.deque)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_GENERATOR = types.GeneratorType
_ITERATORS: tuple[type, ...] = (
    type(iter([])), type(reversed([])), type(iter({})), type(iter({}.values())), type(iter({}.items())),
    type(iter(set())), type(iter(collections.deque())), type(iter(bytearray())), type(iter(lambda: 0, 1)),
    enumerate, zip, map, filter, reversed, itertools.count, itertools.cycle, itertools.chain, itertools.islice,
    itertools.accumulate, itertools.batched, itertools.compress, itertools.dropwhile, itertools.takewhile,
    itertools.filterfalse, itertools.groupby, itertools.pairwise, itertools.product, itertools.permutations,
    itertools.combinations, itertools.repeat, itertools.starmap, itertools.zip_longest,
)  # fmt: skip
_SHARED_TYPES = (*_CONTAINERS, *_VIEWS, *_ITERATORS, _GENERATOR)

_READERS = frozenset(
    "len sum sorted min max any all list tuple dict set frozenset str repr enumerate zip map filter iter reversed bool "
    "hash join deque format hasattr getattr ascii "
    "get index count copy union intersection difference issubset issuperset isdisjoint decode hex "
    "__len__ __contains__ __getitem__".split()
)
"""Builtins and methods of builtin containers that change nothing."""
_VIEW_METHODS = frozenset(("keys", "values", "items"))
_UNSEEN = frozenset({
    "builtins.isinstance", "builtins.issubclass", "builtins.callable", "builtins.id", "builtins.globals",
    "builtins.locals", "builtins.vars", "builtins.dir", "builtins.eval", "builtins.exec", "builtins.__import__",
    "builtins.compile", "builtins.input", "builtins.breakpoint", "builtins.open", "builtins.__build_class__",
    "sys._getframe", "sys.exc_info", "sys.exception", "sys._current_frames",
    "gc.get_referrers",
})  # fmt: skip
_FRAME_READERS = frozenset("logging warnings inspect traceback contextlib unittest asyncio dataclasses typing".split())
LIBRARY = frozenset("threading queue _queue concurrent _thread time asyncio threadlab contextvars".split())
"""Packages whose calls are switch points where they use what `_thread` gives, not before."""
_UNLOCKED = {"is_set": "_cond", "isSet": "_cond", "is_alive": "", "locked": "", "enumerate": "", "active_count": ""}
"""Methods of the library that read what threads share without a lock, and the attribute that guards what they read."""

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "|": operator.or_,
    "^": operator.xor, "&": operator.and_, "@": operator.matmul, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "+=": operator.iadd,
    "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "//=": operator.ifloordiv,
    "%=": operator.imod, "**=": operator.ipow, "<<=": operator.ilshift, ">>=": operator.irshift,
    "|=": operator.ior, "^=": operator.ixor, "&=": operator.iand, "@=": operator.imatmul,
}  # fmt: skip


def sources(thing: object, depth: int = 4) -> list[object]:
    """The mutable containers that reading `thing` reads: itself, what a view shows, what an iterator runs over."""
    kind = type(thing)
    if kind in _IMMUTABLE:
        return []
    if issubclass(type(thing), _CONTAINERS):
        return [thing]
    if kind is _GENERATOR:
        return [thing]
    if not issubclass(type(thing), (*_VIEWS, *_ITERATORS)) or not depth:
        return []
    found: list[object] = [] if issubclass(type(thing), _VIEWS) else [thing]
    for inner in gc.get_referents(thing):
        found += sources(inner, depth - 1)
    return found


OWN = (lambda: None).__code__.co_filename.removesuffix("hooks.py")
"""What the names of the lab's own files begin with, as its code has them."""


def forget_own_frames(error: BaseException | None) -> None:
    """Takes the lab's frames out of the traceback of an exception, or of a group and those in it."""
    if error is None:
        return
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            forget_own_frames(each)
    kept: list[types.TracebackType] = []
    step = error.__traceback__
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith(OWN):
            kept.append(step)
        step = step.tb_next
    for before, after in itertools.pairwise(kept):
        before.tb_next = after
    if kept:
        kept[-1].tb_next = None
    error.__traceback__ = kept[0] if kept else None


def stored_value(thing: object, name: str) -> object:
    """The value of an object's own attribute, found without running any code of the program.

    Raises LookupError or AttributeError if there is none, ReferenceError if only the program's code could tell.
    """
    for owner in type(thing).__mro__:
        found = owner.__dict__.get(name)
        if type(found) is types.MemberDescriptorType:
            return found.__get__(thing)
        if any("__set__" in each.__dict__ for each in type(found).__mro__):
            raise ReferenceError
    return own_dictionary(thing)[name]


class Hooks:
    """The hooks of one program for one run."""

    def __init__(self, scheduler: Scheduler, program: Program, namespace: dict[str, Any] | None = None) -> None:
        self.scheduler = scheduler
        self.sites = program.sites
        self.namespace = scheduler.namespace if namespace is None else namespace
        if any(site.spin for site in program.sites):
            scheduler.tracking = True
        self.recording = scheduler.events is not None

    def builtins(self) -> dict[str, Any]:
        """The builtins of the program's namespace: the interpreter's own, and the hooks."""
        names = (
            "point store stored attr item items call read operate update augment augmented iterate loop caught".split()
        )
        hooks = {f"__tl_{name}__": getattr(self, name) for name in names}
        return {**vars(builtins), **hooks, "__tl_slice__": slice}

    def caught(self) -> None:
        """At the start of an exception's handler."""
        forget_own_frames(sys.exception())

    # ------------------------------------------------ variables

    def point(self, number: int) -> None:
        """Before a variable is loaded or deleted. Returns None, which `or` passes over."""
        scheduler, site = self.scheduler, self.sites[number]
        scheduler.access(lambda: [(("variable", site.scope, site.name), site.kind != "load")])
        if self.recording:
            value = self._value_of(site, sys._getframe(1)) if site.kind == "load" else ""
            scheduler.emit(site.kind, None, site.name, site.line, value)
            if site.kind == "delete":
                scheduler.changes(site.name, lambda: self.namespace[site.name])

    def _value_of(self, site: Site, frame: types.FrameType) -> str:
        """The value, as text, of the variable that `frame` is about to load."""
        variables = self.namespace if site.scope == -1 else frame.f_locals
        return safe_text(variables[site.name]) if site.name in variables else ""

    def store(self, value: Any, number: int) -> Any:
        """Between the value and the store to a variable."""
        scheduler, site = self.scheduler, self.sites[number]
        scheduler.access(lambda: [(("variable", site.scope, site.name), True)])
        if self.recording:
            scheduler.emit("store", None, site.name, site.line)
            scheduler.changes(site.name, lambda: value)
        return value

    def stored(self, number: int) -> None:
        """After a store that has no place for a hook before it."""
        scheduler, site = self.scheduler, self.sites[number]
        if scheduler.tracking:
            for scope, name in ((site.scope, site.name), *site.also):
                scheduler.touch(("variable", scope, name), True)
                if self.recording and scope == -1:
                    scheduler.emit("store", None, name, site.line)
                    scheduler.changes(name, lambda name=name: self.namespace[name])  # type: ignore[misc]

    # ------------------------------------------------ attributes and items

    def attr(self, thing: Any, number: int) -> Any:
        """Between an object and the load, store or deletion of its attribute."""
        if type(thing) is types.ModuleType:
            return thing
        scheduler, site = self.scheduler, self.sites[number]
        scheduler.access(lambda: self._attribute(thing, site.name, site.kind))
        if self.recording:
            name, value = site.name, ""
            full = f"{scheduler.name_of(thing)}.{name}"
            if site.kind == "load":
                with contextlib.suppress(AttributeError, LookupError, ReferenceError):
                    value = safe_text(stored_value(thing, name))
            scheduler.emit(site.kind, thing, full, site.line, value)
            if site.kind != "load":
                found = scheduler.reference(thing)
                scheduler.changes(full, lambda: stored_value(found(), name))
        return thing

    def _attribute(self, thing: Any, name: str, kind: str) -> list[Access]:
        number = self.scheduler.number
        accesses: list[Access] = [((number(thing), name), kind != "load")]
        own = own_dictionary(thing)
        if kind == "load" and name not in own:
            owner = next((owner for owner in type(thing).__mro__ if name in owner.__dict__), None)
            if owner is not None:
                accesses.append(((number(owner), name), False))
            for guard in ("_cond", "mutex"):  # a Barrier's and a Queue's properties look at what these guard
                if guard in own and type(thing).__module__ in ("threading", "queue"):
                    accesses.append(self._lock(own[guard]))
        return accesses

    def _lock(self, lock: Any) -> Access:
        """That the state of a lock, or of a condition's, is looked at."""
        return (self.scheduler.number(getattr(lock, "_lock", lock)), ""), False

    def item(self, thing: Any, key: Any, number: int) -> Any:
        """thing[key]"""
        self._at_item(thing, key, number)
        return thing[key]

    def _at_item(self, thing: Any, key: Any, number: int) -> None:
        kind = type(thing)
        if kind in _IMMUTABLE or isinstance(thing, type) or type(getattr(kind, "__getitem__", None)) is _FUNCTION:
            return
        site = self.sites[number]
        item = f"[{safe_text(key)}]" if self.recording else ""
        self._whole([thing], site.kind, site.line, site.kind != "load", after=item)
        if self.recording and site.kind == "load" and kind in (list, dict, collections.deque):
            with contextlib.suppress(LookupError, TypeError):
                self.scheduler.add_value(safe_text(thing[key]))

    def items(self, thing: Any, number: int) -> Any:
        """What stands for `thing` in a store to, or a deletion of, an item: the key is evaluated after this."""
        return _Items(self, thing, number)

    def augment(self, thing: Any, part: Any, number: int) -> tuple[Any, Any, Any]:
        """The load of an augmented assignment to an attribute or an item."""
        site = self.sites[number]
        if site.name == "[]":
            self._at_item(thing, part, number)
            return thing, part, thing[part]
        self.attr(thing, number)
        return thing, part, getattr(thing, part)

    def augmented(self, loaded: tuple[Any, Any, Any], value: Any, number: int, store: int) -> None:
        """The operation and the store of an augmented assignment to an attribute or an item."""
        thing, part, old = loaded
        result = self.update(old, value, number)
        if self.sites[store].name == "[]":
            self._at_item(thing, part, store)
            thing[part] = result
        else:
            self.attr(thing, store)
            setattr(thing, part, result)

    # ------------------------------------------------ whole objects

    def _whole(
        self, things: list[object], kind: str, line: int, write: bool, before: str = "", after: str = ""
    ) -> None:
        """An access to the first of `things` that reads or writes all of them; its name stands between the texts."""
        scheduler = self.scheduler
        scheduler.access(lambda: [((scheduler.number(thing), ""), write) for thing in things])
        if self.recording:
            thing = things[0]
            variable = scheduler.name_of(thing)
            scheduler.emit(kind, thing, f"{before}{variable}{after}", line)
            if write and issubclass(type(thing), _CONTAINERS):
                scheduler.changes(variable, scheduler.reference(thing))

    def read(self, thing: Any, number: int) -> Any:
        """Before the whole of an object is read: its truth, `in`, unpacking, formatting."""
        if type(thing) in _IMMUTABLE:
            return thing
        if issubclass(type(thing), _SHARED_TYPES) and (found := sources(thing)):
            site = self.sites[number]
            # An iterator's or a generator's truth changes nothing, but unpacking it does.
            self._whole(found, "read", site.line, not issubclass(type(thing), (*_CONTAINERS, *_VIEWS)))
        return thing

    def operate(self, left: Any, right: Any, number: int) -> Any:
        """left operator right"""
        site = self.sites[number]
        if type(left) not in _IMMUTABLE or type(right) not in _IMMUTABLE:
            self._operands(left, right, site, False)
        return OPERATORS[site.name](left, right)

    def update(self, left: Any, right: Any, number: int) -> Any:
        """left operator= right"""
        site = self.sites[number]
        if type(left) not in _IMMUTABLE or type(right) not in _IMMUTABLE:
            self._operands(left, right, site, True)
        return OPERATORS[site.name](left, right)

    def _operands(self, left: Any, right: Any, site: Site, write: bool) -> None:
        found = sources(left) + sources(right)
        if found:
            self._whole(found, "operate", site.line, write and issubclass(type(left), _CONTAINERS))

    def iterate(self, thing: Any, number: int) -> Any:
        """What a `for` runs over."""
        site = self.sites[number]
        kind = type(thing)
        if kind in _IMMUTABLE or not issubclass(type(thing), _SHARED_TYPES):
            return _Storing(self, iter(thing), site) if site.also else thing
        return _Iteration(self, thing, site)

    # ------------------------------------------------ calls and loops

    def call(self, function: Any, number: int) -> Any:
        """What stands for a function that is about to be called, before its arguments are evaluated."""
        if self.scheduler.kept:
            self.scheduler.release()
        kind = type(function)
        if kind is _FUNCTION:
            if function.__globals__ is self.namespace:
                return function
            package = function.__module__ and function.__module__.partition(".")[0]
            if package in LIBRARY:
                if function.__name__ in _UNLOCKED:
                    self._unlocked(function.__name__, None, self.sites[number])
                return function
            return function if package in _FRAME_READERS else self._watched(function, None, number)
        if kind is types.MethodType:
            owner, inner = function.__self__, function.__func__
            if getattr(inner, "__globals__", None) is self.namespace or isinstance(owner, type):
                return function
            package = (getattr(inner, "__module__", None) or "").partition(".")[0]
            if package in LIBRARY:
                if inner.__name__ in _UNLOCKED:
                    self._unlocked(inner.__name__, owner, self.sites[number])
                return function
            return function if package in _FRAME_READERS else self._watched(function, owner, number)
        if kind is types.BuiltinFunctionType:
            owner = function.__self__
            if type(owner) in _IMMUTABLE or isinstance(owner, type):
                if f"{function.__module__}.{function.__name__}" in _UNSEEN:
                    return function
                owner = None
            elif issubclass(type(owner), dict) and function.__name__ in _VIEW_METHODS:
                return function  # a view shows what the dict holds when it is read
            elif type(owner).__module__ in ("_contextvars", "_asyncio"):
                return function
            return self._watched(function, owner, number)
        if kind is type and function.__module__ in ("builtins", "collections", "itertools"):
            return self._watched(function, None, number)
        if kind in (types.MethodDescriptorType, types.MethodWrapperType, types.WrapperDescriptorType):
            return self._watched(function, getattr(function, "__self__", None), number)
        return function

    def _unlocked(self, name: str, owner: Any, site: Site) -> None:
        scheduler = self.scheduler
        scheduler.switch()
        if not scheduler.tracking:
            return
        if owner is None:
            scheduler.touch(("threads",), True)
        else:
            guard = getattr(owner, _UNLOCKED[name], None) if _UNLOCKED[name] else owner
            if name == "is_alive" and owner._started.is_set():
                scheduler.touch(("thread", owner.ident), False)
            elif guard is not None:
                scheduler.touch(*self._lock(guard))
        if self.recording:
            scheduler.emit("call", owner, f"{scheduler.name_of(owner)}.{name}" if owner else name, site.line)

    def _watched(self, function: Any, owner: Any, number: int) -> Any:
        def call(*args: Any, **keywords: Any) -> Any:
            found = [] if owner is None else [owner]
            for each in args:
                if type(each) not in _IMMUTABLE and issubclass(type(each), _SHARED_TYPES):
                    found += sources(each)
            for each in keywords.values():
                if type(each) not in _IMMUTABLE and issubclass(type(each), _SHARED_TYPES):
                    found += sources(each)
            if found:
                site = self.sites[number]
                name = getattr(function, "__name__", site.name)
                reads = name in _READERS and not issubclass(type(found[0]), (_GENERATOR, *_ITERATORS))
                before, after = (f"{name}(", ")") if owner is None else ("", f".{name}")
                self._whole(found, "call", site.line, not reads, before, after)
            return function(*args, **keywords)

        # To a function that asks for the module of its caller, as namedtuple does, it is the program's.
        call.__module__ = self.namespace["__name__"]
        return call

    def loop(self, number: int) -> None:
        """A backward jump. Returns None, which `or` passes over."""
        site = self.sites[number]
        self.scheduler.round(number, site.name == "while", site.spin)


_FUNCTION = types.FunctionType


class _Items:
    """A container in a store or a deletion: the access comes after its key."""

    __slots__ = ("hooks", "number", "thing")

    def __init__(self, hooks: Hooks, thing: Any, number: int) -> None:
        self.hooks, self.thing, self.number = hooks, thing, number

    def __setitem__(self, key: Any, value: Any) -> None:
        self.hooks._at_item(self.thing, key, self.number)
        self.thing[key] = value

    def __delitem__(self, key: Any) -> None:
        self.hooks._at_item(self.thing, key, self.number)
        del self.thing[key]


class _Iteration:
    """An iteration over something that threads may share: each step of it is an access."""

    __slots__ = ("hooks", "iterator", "site", "things")

    def __init__(self, hooks: Hooks, thing: Any, site: Site) -> None:
        self.hooks, self.site = hooks, site
        self.things = sources(thing)
        self.iterator: Iterator[Any] = iter(thing)

    def __iter__(self) -> "_Iteration":
        return self

    def __next__(self) -> Any:
        hooks, site = self.hooks, self.site
        if self.things:
            advances = issubclass(type(self.things[0]), (_GENERATOR, *_ITERATORS))
            hooks._whole(self.things, "iterate", site.line, advances)
        value = next(self.iterator)
        if site.also:
            _before_storing(hooks, site, value)
        return value


class _Storing:
    """An iteration whose steps are stored in a variable that threads share."""

    __slots__ = ("hooks", "iterator", "site")

    def __init__(self, hooks: Hooks, iterator: Iterator[Any], site: Site) -> None:
        self.hooks, self.iterator, self.site = hooks, iterator, site

    def __iter__(self) -> "_Storing":
        return self

    def __next__(self) -> Any:
        value = next(self.iterator)
        _before_storing(self.hooks, self.site, value)
        return value


def _before_storing(hooks: Hooks, site: Site, value: object) -> None:
    scheduler = hooks.scheduler
    scheduler.switch()
    if scheduler.tracking:
        for scope, name in site.also:
            scheduler.touch(("variable", scope, name), True)
            if hooks.recording:
                scheduler.emit("store", None, name, site.line)
                if len(site.also) == 1:
                    scheduler.changes(name, lambda: value)
