"""What an object is for threads: whether they can share it, what reading it reads, and by which names it is accessed.

Decided by the type of the object: immutable ones, and those that only Python code of the program can change (which has
hooks of its own), are not shared.
"""

import collections
import contextlib
import functools
import gc
import itertools
import types
import weakref
from _contextvars import Context
from collections.abc import Iterable, Iterator
from typing import Any

from threadlab.instrument import Program
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
    type(iter(lambda: 0, 1)), type(itertools.tee(())[0]),
    enumerate, zip, map, filter, reversed, itertools.count, itertools.cycle, itertools.chain, itertools.islice,
    itertools.accumulate, itertools.batched, itertools.compress, itertools.dropwhile, itertools.takewhile,
    itertools.filterfalse, itertools.groupby, itertools.pairwise, itertools.product, itertools.permutations,
    itertools.combinations, itertools.repeat, itertools.starmap, itertools.zip_longest,
)  # fmt: skip
SHARED_TYPES = (*CONTAINERS, *VIEWS, *ITERATORS, GENERATOR, types.MappingProxyType)
SIZED = (dict, set, collections.deque, *VIEWS, types.MappingProxyType)
"""What an iteration refuses to run over once the size is not what it was at its start."""

PLAIN = IMMUTABLE - {tuple, frozenset}
"""Immutable, and so is what they hold."""


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
        if any(site.spin for site in program.sites):
            scheduler.tracking = True
        self.recording = scheduler.events is not None
        self._filename = getattr(program.code, "co_filename", "")
        self._module_stores = program.module_stores
        self._dynamic = program.dynamic
        self._opaque: dict[type, bool] = {}
        self._special: dict[tuple[type, tuple[str, ...]], bool] = {}
        self._owners: dict[int, weakref.ref[object]] = {}
        """By the id of a dictionary that the program has got from an object: the object, whose attributes it holds."""
        self._guards: dict[int, Any] = {}
        self._homes: dict[int, object] = {}
        """By the number of its scope, what stands for a function with variables that threads share."""
        """By the id of what a queue holds its items in, if the program has got it: the queue's lock."""

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

    def sources(self, thing: Any, deep: bool = False, foreign: bool = False, depth: int = 4) -> list[object]:
        """The mutable objects that reading `thing` reads.

        These are itself, what a view shows, what an iterator runs over, what a bound method or a partial holds; `deep`:
        what it holds, too; `foreign`: whatever it is, as code without hooks could look at all of it.
        """
        kind = type(thing)
        if not depth or (kind in IMMUTABLE and not (deep and kind in (tuple, frozenset))):
            return []

        def inner(things: Any) -> list[object]:
            return [each for one in list(things) for each in self.sources(one, deep, foreign, depth - 1)]

        if kind is tuple or kind is frozenset:
            return inner(thing)
        if issubclass(kind, tuple) and deep:  # as namedtuple makes them
            return inner(tuple.__iter__(thing))
        if issubclass(kind, CONTAINERS):
            if not deep or issubclass(kind, bytearray):
                return [thing]
            return [thing, *inner(dict.values(thing) if issubclass(kind, dict) else thing)]
        if kind is GENERATOR:
            return [thing]
        if issubclass(kind, (*VIEWS, *ITERATORS)):
            held = [x for each in gc.get_referents(thing) for x in (each if type(each) is tuple else [each])]
            return [*([] if issubclass(kind, VIEWS) else [thing]), *inner(held)]
        if kind is types.MappingProxyType:
            return inner(gc.get_referents(thing))
        if kind is memoryview:
            with contextlib.suppress(ValueError):  # it may be released
                return [thing, *inner([thing.obj])]
        if kind is functools.partial:
            return inner((thing.func, *thing.args, *thing.keywords.values()))
        if kind in (types.BuiltinFunctionType, types.MethodWrapperType):
            return inner([thing.__self__])
        if kind is types.MethodType:
            return [] if self.is_own(thing.__func__) else inner([thing.__self__])
        if self.is_opaque(kind) or (foreign and self._may_change(kind)):
            held = [each for each in own_dictionary(thing).values() if issubclass(type(each), SHARED_TYPES)]
            return [thing, *[each for one in held for each in self.sources(one, True, foreign, depth - 1)]]
        return []

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
        if self._owners and (reference := self._owners.get(id(thing))) and (owner := reference()) is not None:
            found += self.touches(owner, write)
        return found

    def _gives_dictionary(self, thing: object) -> None:
        """The program is about to get the object's `__dict__`."""
        own: object = own_dictionary(thing)
        if type(own) is types.MappingProxyType:
            (own,) = gc.get_referents(own)
        if type(own) is dict:
            with contextlib.suppress(TypeError):
                self._owners[id(own)] = weakref.ref(thing)

    def _lock(self, lock: Any) -> Access:
        """That the state of a lock, or of a condition's, is looked at."""
        return (self.scheduler.number(getattr(lock, "_lock", lock)), ""), False
