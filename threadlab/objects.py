"""What an object is for threads: whether they can share it, what reading it reads, and by which names it is accessed.

Decided by the type of the object: immutable ones, and those that only Python code of the program can change (which has
hooks of its own), are not shared.
"""

import collections
import contextlib
import functools
import gc
import itertools
import sys
import types
import weakref
from _contextvars import Context
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from threadlab.instrument import EVERY, Program
from threadlab.naming import own_dictionary
from threadlab.scheduler import Scheduler
from threadlab.threads import Access

IMMUTABLE = frozenset({
    int, float, complex, bool, str, bytes, type(None), tuple, range, frozenset, slice, type(...), type(NotImplemented),
    types.FunctionType, types.ModuleType, types.CodeType, types.GenericAlias,
    types.UnionType, type,
})  # fmt: skip


class _Indexed:
    """What an iteration runs over by its indices."""

    def __getitem__(self, index: int) -> object: ...


CONTAINERS = (list, dict, set, bytearray, collections.deque)
VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
GENERATOR = types.GeneratorType
ITERATORS: tuple[type, ...] = (
    type(iter([])), type(reversed([])), type(iter({})), type(iter({}.values())), type(iter({}.items())),
    type(reversed({})), type(reversed({}.values())), type(reversed({}.items())), type(iter(collections.OrderedDict())),
    type(iter(set())), type(iter(collections.deque())), type(reversed(collections.deque())), type(iter(bytearray())),
    type(iter(())), type(iter("")), type(iter("\u00e9")), type(iter(b"")), type(iter(range(1))),
    type(iter(range(1 << 99))), type(iter(memoryview(b""))), type(iter(_Indexed())),
    type(iter(lambda: 0, 1)), type(itertools.tee(())[0]), vars(itertools)["_tee_dataobject"],
    type(next(itertools.groupby("a"))[1]),
    enumerate, zip, map, filter, reversed, itertools.count, itertools.cycle, itertools.chain, itertools.islice,
    itertools.accumulate, itertools.batched, itertools.compress, itertools.dropwhile, itertools.takewhile,
    itertools.filterfalse, itertools.groupby, itertools.pairwise, itertools.product, itertools.permutations,
    itertools.combinations, itertools.repeat, itertools.starmap, itertools.zip_longest,
)  # fmt: skip
SHARED_TYPES = (*CONTAINERS, *VIEWS, *ITERATORS, GENERATOR, types.MappingProxyType)
LAZY = (
    map, filter, itertools.starmap, itertools.accumulate, itertools.chain, itertools.groupby, itertools.filterfalse,
    itertools.takewhile, itertools.dropwhile, itertools.compress,
)  # fmt: skip
"""Iterators that look at what they run over, or have a function look at it."""
SIZED = (dict, set, collections.deque, *VIEWS, types.MappingProxyType)
"""What an iteration refuses to run over once the size is not what it was at its start."""

PLAIN = IMMUTABLE - {tuple, frozenset, slice}
"""Immutable, and so is what they hold."""
FIXED = frozenset((int, float, complex, bool, str, bytes, type(None), tuple, range, frozenset, slice, *CONTAINERS))
"""Types whose objects have the attributes of their class and no others."""


FUNCTION = types.FunctionType
_NEVER_CHANGES = 1 << 8
"""Py_TPFLAGS_IMMUTABLETYPE: no attribute of such a class can be set."""
_PROTOCOL = frozenset("__repr__ __str__ __format__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__".split())
"""Methods that a builtin calls of what it is given."""
_ORDER, _EQUAL, _TEXT = (
    ("__lt__", "__gt__", "__le__", "__ge__", "__eq__"),
    ("__eq__",),
    ("__repr__", "__str__", "__format__"),
)
COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_ARGUMENTS: Any = vars(BaseException)["args"]
_FIXED = (tuple, frozenset)
_FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
_FORMATTING = frozenset(("format", "format_map"))
"""Methods of a string that can look for attributes of what they are given."""
_BY_METHODS = frozenset(
    "None builtins _bisect _collections _collections_abc _functools _heapq _operator collections itertools math random "
    "statistics".split()
)
"""Modules whose functions look at what they are given by its methods alone; None: methods of objects in C."""
_MOST = 10_000
"""Objects that are looked at for one access."""
_HOLDERS: tuple[Any, ...] = (list, tuple, collections.deque, set, frozenset)
_STEPS = ("__iter__", "__next__")
_SORTERS = "sort min max insort insort_left insort_right bisect bisect_left bisect_right heappush heappop heapify "
_SORTERS += "heapreplace heappushpop nlargest nsmallest < <= > >="
SPECIAL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_SORTERS.split(), _ORDER),
    **dict.fromkeys("remove index count in == !=".split(), _EQUAL),
    **dict.fromkeys("str repr ascii format print %".split(), _TEXT),
    **dict.fromkeys("extend extendleft update += |= &= ^= -=".split(), _STEPS),
    "sum": ("__add__", "__radd__"), "any": ("__bool__", "__len__"), "all": ("__bool__", "__len__"),
}  # fmt: skip
"""By the name of a builtin, a method or an operator: the special methods that it calls one after the other."""
VALUES = frozenset(
    "abc enum typing types datetime decimal fractions pathlib re uuid weakref numbers string ipaddress zoneinfo "
    "_contextvars _asyncio".split()
)
"""Packages whose objects do not change, or change by calls of the program alone."""
LIBRARY = frozenset("threading queue _queue concurrent _thread time asyncio threadlab contextvars".split())
"""Packages whose calls are switch points where they use what `_thread` gives, not before."""


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


def looked_through(thing: object, name: str) -> Iterator[type]:
    """The classes, but for those that never change, that are looked through for an attribute, up to one that has it."""
    order = type(thing).__mro__
    if issubclass(type(thing), type):
        order = (*type.__getattribute__(thing, "__mro__")[1:], *order)
    elif isinstance(thing, super):
        whole: Any = thing
        order = whole.__self_class__.__mro__
        order = order[order.index(whole.__thisclass__) + 1 :]
    for owner in order:
        if not owner.__flags__ & _NEVER_CHANGES:
            yield owner
        if name in owner.__dict__:
            return


def _held(thing: Any) -> list[object]:
    """What a container holds, found without running any code of the program."""
    kind = type(thing)
    if issubclass(kind, dict):
        return [*dict.keys(thing), *dict.values(thing)]
    for base in _HOLDERS:
        if issubclass(kind, base):
            return [*base.__iter__(thing)]
    return []


def advances(thing: object) -> bool:
    """Whether who reads it changes it."""
    return issubclass(type(thing), (GENERATOR, *ITERATORS))


def is_calling(thing: object) -> bool:
    """Whether each step of it runs code of the program, or of a library."""
    kind = type(thing)
    return kind is GENERATOR or (
        (kind is map or kind is filter) and any(type(each) is FUNCTION for each in gc.get_referents(thing))
    )


class Objects:
    """The objects of one program in one run."""

    def __init__(self, scheduler: Scheduler, program: Program, namespace: dict[str, Any] | None = None) -> None:
        self.scheduler = scheduler
        self.sites = program.sites
        self.namespace = scheduler.namespace if namespace is None else namespace
        self.own_builtins: types.ModuleType | None = None
        """The module `builtins` that the program has, if it has one of its own."""
        if any(site.spin for site in program.sites):
            scheduler.tracking = True
        self.recording = scheduler.events is not None
        self._filename = getattr(program.code, "co_filename", "")
        self._module_stores = program.module_stores
        self._dynamic = program.dynamic
        self._opaque: dict[type, bool] = {}
        self._slots: dict[type, list[Any]] = {}
        self._special: dict[tuple[type, tuple[str, ...]], bool] = {}
        self._owners: dict[int, Callable[[], object]] = {}
        """By the id of a dictionary that the program has got from an object: the object, whose attributes it holds."""
        self._guards: dict[int, Any] = {}
        """By the id of what a queue holds its items in, if the program has got it: the queue's lock."""
        self._homes: dict[int, object] = {}
        """By the number of its scope, what stands for a function with variables that threads share."""

    def is_own(self, function: Any) -> bool:
        """Whether it is Python code that has hooks: the program's, not what a library has generated in it."""
        code = getattr(function, "__code__", None)
        return code is not None and function.__globals__ is self.namespace and code.co_filename == self._filename

    def is_opaque(self, kind: type) -> bool:
        """Whether code without hooks reads or changes the objects of this type, which nobody can follow."""
        found = self._opaque.get(kind)
        if found is None:
            found = self._opaque[kind] = not issubclass(kind, BaseException | type) and any(
                self._hides(owner) for owner in kind.__mro__
            )
        return found

    def is_generated(self, owner: type) -> bool:
        """Whether it is a class of the program with methods that a library has generated, as for a dataclass."""
        return owner.__module__ == self.namespace.get("__name__") and any(
            name in _PROTOCOL and type(part) is FUNCTION and not self.is_own(part) for name, part in vars(owner).items()
        )

    def _hides(self, owner: type) -> bool:
        module = owner.__module__
        if module == self.namespace.get("__name__"):
            return self.is_generated(owner)
        if module == "builtins":
            return owner is memoryview
        if owner is types.SimpleNamespace or owner is Context:
            return True
        return str(module).partition(".")[0] not in LIBRARY | VALUES

    def is_plain_text(self, kind: type) -> bool:
        """Whether making a text of an object of this type runs no code of the program, but for what it holds."""
        return kind.__module__ in ("builtins", "collections") or (
            self.is_opaque(kind) and not self.is_own(kind.__str__) and not self.is_own(kind.__repr__)
        )

    def calls_special(self, name: str, given: Iterable[Any]) -> bool:
        """Whether what is called `name`, given these, calls special methods in Python one after the other."""
        methods = SPECIAL.get(name)
        if methods is None or self.scheduler.history is None or len(self.scheduler.alive) < 2:
            return False
        if methods is _STEPS:
            return any(self._has_special(type(each), methods) for each in given)
        if methods is _TEXT or name in COMPARISONS:  # the one call of what it is given has hooks, or is one step
            given = [each for thing in given for each in _held(thing)]
        return any(self._holds_special(each, methods, 4) for each in given)

    def calls_steps(self, thing: object) -> bool:
        """Whether each step of an iteration over it runs code of the program, while others may run, too."""
        kind = type(thing)
        steps = self._has_special(kind, _STEPS) and not hasattr(kind, "keys")  # a mapping is not gone through by `dict`
        return len(self.scheduler.alive) > 1 and (is_calling(thing) or steps)

    def _holds_special(self, thing: Any, methods: tuple[str, ...], depth: int) -> bool:
        kind = type(thing)
        if not depth or kind in PLAIN:
            return False
        return self._has_special(kind, methods) or any(
            self._holds_special(each, methods, depth - 1) for each in _held(thing)
        )

    def _has_special(self, kind: type, methods: tuple[str, ...]) -> bool:
        known = self._special.get((kind, methods))
        if known is None:
            known = any(type(getattr(kind, each, None)) is FUNCTION for each in methods)
            self._special[kind, methods] = known
        return known

    def sources(self, thing: Any, deep: bool = False, foreign: bool = False, levels: int = EVERY) -> list[object]:
        """The mutable objects that reading `thing` reads.

        These are itself, what a view shows, what an iterator runs over, what a bound method or a partial holds; `deep`:
        what it holds, too; `foreign`: whatever it is, as code without hooks could look at all of it; `levels`: so far
        into each other, as the patterns of a `match` are.
        """
        kind = type(thing)
        if not deep and (kind in IMMUTABLE or kind in CONTAINERS):
            return [] if kind in IMMUTABLE else [thing]
        found: list[object] = []
        seen: dict[tuple[int, bool, bool], int] = {}
        todo = [(thing, deep, foreign, levels)]
        while todo:
            thing, deep, foreign, levels = todo.pop()
            key = id(thing), deep, foreign
            if seen.get(key, 0) >= levels:
                continue
            first, seen[key] = key not in seen, levels
            if len(seen) > _MOST:
                self._sees_no_more()
                break
            itself, held, deep, foreign = self._looked_at(thing, deep, foreign)
            if itself and first:
                found.append(thing)
            if levels < EVERY:
                levels = self._levels_inside(type(thing), levels)
            todo += [(each, deep, foreign, levels) for each in reversed(held) if type(each) not in PLAIN]
        return found

    def _levels_inside(self, kind: type, levels: int) -> int:
        """How many of so many levels are left for what an object of this type holds: one less if it is a level itself.

        One pattern looks through a proxy or a view, and through all that an object of a library may be made of.
        """
        own = self.namespace.get("__name__")
        others = any(owner.__module__ != own and self._hides(owner) for owner in kind.__mro__)
        if issubclass(kind, (*CONTAINERS, *_FIXED)) or (kind.__module__ == own and not others):
            return levels - 1
        return EVERY if self.is_opaque(kind) else levels

    def _looked_at(self, thing: Any, deep: bool, foreign: bool) -> tuple[bool, list[Any], bool, bool]:
        """Whether reading `thing` reads itself, what it reads of what that holds, and whether that deep and foreign."""
        kind = type(thing)
        nothing: tuple[bool, list[Any], bool, bool] = False, [], deep, foreign
        if issubclass(kind, _FIXED):
            return (False, _held(thing), deep, foreign) if deep else nothing
        if kind is slice:
            return False, [thing.start, thing.stop, thing.step], deep, foreign
        if kind in IMMUTABLE:
            return nothing
        if issubclass(kind, BaseException):
            return False, list(_ARGUMENTS.__get__(thing)) if deep else [], deep, foreign
        opaque = self.is_opaque(kind)
        if issubclass(kind, CONTAINERS):
            held = _held(thing) if deep else []
            if kind not in CONTAINERS and (foreign or (opaque and deep)):
                held += self._kept(thing)
            return True, held, deep, foreign
        if kind is GENERATOR:
            return True, [], deep, foreign
        if issubclass(kind, (*VIEWS, *ITERATORS)):
            held = [x for each in gc.get_referents(thing) for x in (each if type(each) is tuple else [each])]
            if issubclass(kind, LAZY) and not any(map(self._has_hooks, held)):
                deep, foreign = True, foreign or any(map(self.is_foreign, held))
            return not issubclass(kind, VIEWS), held, deep, foreign
        if kind is types.MappingProxyType:
            return False, gc.get_referents(thing), deep, foreign
        if kind is memoryview:
            with contextlib.suppress(ValueError):  # it may be released
                return True, [thing.obj], deep, foreign
        if kind is functools.partial:
            return False, [thing.func, *thing.args, *thing.keywords.values()], deep, foreign
        if kind in (types.BuiltinFunctionType, types.MethodWrapperType):
            return False, [thing.__self__], deep, foreign
        if kind is types.MethodType:
            return nothing if self.is_own(thing.__func__) else (False, [thing.__self__], deep, foreign)
        if opaque or (foreign and self._may_change(kind)):
            return True, self._kept(thing), True, foreign
        return nothing

    def _kept(self, thing: Any) -> list[object]:
        """What an object holds: in its dictionary and its slots; without a dictionary, what C code holds in it, too."""
        kind, own = type(thing), own_dictionary(thing)
        slots = self._slots.get(kind)
        if slots is None:
            parts = (part for owner in kind.__mro__ for part in vars(owner).values())
            slots = self._slots[kind] = [part for part in parts if type(part) is types.MemberDescriptorType]
        held: list[object] = list(own.values())
        for slot in slots:
            with contextlib.suppress(AttributeError):
                held.append(slot.__get__(thing))
        return held if own else [*held, *(each for each in gc.get_referents(thing) if each is not own)]

    def _sees_no_more(self) -> None:
        if len(self.scheduler.alive) > 1:
            line = self.scheduler.line(sys._getframe())
            self.scheduler.blind(f"line {line} reads what leads to more than {_MOST} objects")

    def _has_hooks(self, function: Any) -> bool:
        """Whether it is a function, a method or a class of the program."""
        if isinstance(function, type):
            return self.is_own(function.__init__)  # type: ignore[misc]
        return type(function) in _FUNCTIONS and self.is_own(getattr(function, "__func__", function))

    def is_foreign(self, function: Any) -> bool:
        """Whether it is a function that could look at all of what it is given, by other ways than its methods."""
        kind = type(function)
        if kind is functools.partial:
            return self.is_foreign(function.func)
        if kind in (types.BuiltinFunctionType, types.MethodDescriptorType) and function.__name__ in _FORMATTING:
            return True
        if kind in _FUNCTIONS:
            package = str(function.__module__).partition(".")[0]
            return package not in LIBRARY | _BY_METHODS and not self._has_hooks(function)
        return kind.__module__ == "operator"

    def _may_change(self, kind: type) -> bool:
        package = str(kind.__module__).partition(".")[0]
        return package not in LIBRARY | VALUES and package != "builtins" and not issubclass(kind, BaseException | type)

    def touches(self, thing: object, write: bool) -> list[Access]:
        """The accesses to an object as a whole: its content, and each of its attributes."""
        number = self.scheduler.number(thing)
        found: list[Access] = [((number, ""), write)]
        if type(thing) not in CONTAINERS:
            found += [((number, name), write) for name in own_dictionary(thing)]
        elif lock := self._guards.get(id(thing)):
            found.append((self._lock(lock)[0], write))
        if self._owners and (owner := self._owner(thing)) is not None:
            found += self.touches(owner, write)
        return found

    def _owner(self, dictionary: object) -> object:
        """The object whose attributes the program has got in this dictionary; None if there is none (any more)."""
        reference = self._owners.get(id(dictionary))
        try:
            return reference and reference()
        except ReferenceError:
            return None

    def _gives_dictionary(self, thing: object) -> None:
        """The program is about to get the object's `__dict__`."""
        own: object = own_dictionary(thing)
        if type(own) is types.MappingProxyType:
            (own,) = gc.get_referents(own)
        if type(own) is dict:
            try:
                self._owners[id(own)] = weakref.ref(thing)
            except TypeError:
                self._owners[id(own)] = self.scheduler.reference(thing)

    def _lock(self, lock: Any) -> Access:
        """That the state of a lock, or of a condition's, is looked at."""
        return (self.scheduler.number(getattr(lock, "_lock", lock)), ""), False
