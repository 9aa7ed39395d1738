"""The functions that an instrumented program calls: each says to the scheduler what is about to happen.

Whether an access is a switch point is decided here, by the type of the object: immutable ones and those that only
Python code of the program can change (which has hooks of its own) are not.
"""

import builtins
import collections
import contextlib
import functools
import gc
import itertools
import operator
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from threadlab.events import safe_text
from threadlab.instrument import Program, Site
from threadlab.scheduler import Access, Scheduler, own_dictionary

_IMMUTABLE = frozenset({
    int, float, complex, bool, str, bytes, type(None), tuple, range, frozenset, slice, type(...), type(NotImplemented),
    types.FunctionType, types.ModuleType, types.CodeType, types.GenericAlias,
    types.UnionType, type,
})  # fmt: skip


class _Indexed:
    """What an iteration runs over by its indices."""

    def __getitem__(self, index: int) -> object: ...


_CONTAINERS = (list, dict, set, bytearray, collections.deque)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_GENERATOR = types.GeneratorType
_ITERATORS: tuple[type, ...] = (
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
_SHARED_TYPES = (*_CONTAINERS, *_VIEWS, *_ITERATORS, _GENERATOR, types.MappingProxyType)
_SIZED = (dict, set, collections.deque, *_VIEWS, types.MappingProxyType)
"""What an iteration refuses to run over once the size is not what it was at its start."""

_READERS = frozenset(
    "len sum sorted min max any all list tuple dict set frozenset str repr enumerate zip map filter iter reversed bool "
    "hash join deque format hasattr getattr ascii "
    "dir get index count copy union intersection difference issubset issuperset isdisjoint decode hex "
    "__len__ __contains__ __getitem__".split()
)
"""Builtins and methods of builtin containers that change nothing."""
_VIEW_METHODS = frozenset(("keys", "values", "items"))
_UNSEEN = frozenset({
    "builtins.isinstance", "builtins.issubclass", "builtins.callable", "builtins.id", "builtins.globals",
    "builtins.locals", "builtins.vars", "builtins.__import__", "builtins.input",
    "builtins.breakpoint", "builtins.open", "builtins.__build_class__",
    "sys._getframe", "sys.exc_info", "sys.exception", "sys._current_frames",
    "gc.get_referrers",
})  # fmt: skip
_FRAME_READERS = frozenset("logging warnings inspect traceback contextlib unittest asyncio dataclasses typing".split())
_SHALLOW = frozenset("len bool iter reversed enumerate zip map filter list tuple dict set frozenset append add".split())
"""Builtins and methods that look at what holds other objects, but not at these."""
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
_PROTOCOL = frozenset("__repr__ __str__ __format__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__".split())
"""Methods that a builtin calls of what it is given."""
_VALUES = frozenset(
    "abc enum typing types datetime decimal fractions pathlib re uuid weakref numbers string ipaddress zoneinfo "
    "_contextvars _asyncio".split()
)
"""Packages whose objects do not change, or change by calls of the program alone."""
_CALLED_BACK = {
    "Thread": (1, "target"), "Timer": (1, "function"), "Barrier": (1, "action"),
    "ThreadPoolExecutor": (2, "initializer"),
    "submit": (0, "fn"), "map": (0, "fn"), "add_done_callback": (0, "fn"), "wait_for": (0, "predicate"),
    "start_new_thread": (0, ""), "start_joinable_thread": (0, ""), "start": (0, ""), "to_thread": (0, "func"),
    "run_in_executor": (1, "func"), "call_soon": (0, "callback"), "call_soon_threadsafe": (0, "callback"),
    "call_later": (1, "callback"), "call_at": (1, "callback"), "run": (0, ""), "register": (0, "func"),
}  # fmt: skip
"""Classes and functions of the library that call an argument: its position, not counting `self`, and its name."""
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


def _looked_through(thing: object, name: str) -> Iterator[type]:
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


class Hooks:
    """The hooks of one program for one run."""

    def __init__(self, scheduler: Scheduler, program: Program, namespace: dict[str, Any] | None = None) -> None:
        self.scheduler = scheduler
        self.sites = program.sites
        self.namespace = scheduler.namespace if namespace is None else namespace
        if any(site.spin for site in program.sites):
            scheduler.tracking = True
        self.recording = scheduler.events is not None
        self._filename = getattr(program.code, "co_filename", "")
        self._module_stores = program.module_stores
        self._opaque: dict[type, bool] = {}
        self._owners: dict[int, weakref.ref[object]] = {}
        """By the id of a dictionary that the program has got from an object: the object, whose attributes it holds."""
        self._guards: dict[int, Any] = {}
        """By the id of what a queue holds its items in, if the program has got it: the queue's lock."""

    def builtins(self) -> dict[str, Any]:
        """The builtins of the program's namespace: the interpreter's own, and the hooks."""
        names = "point store storing storer stored attr item items call read operate update augment augmented iterate "
        names += "loop caught compared context delegate leave look"
        hooks = {f"__tl_{name}__": getattr(self, name) for name in names.split()}
        return {**vars(builtins), **hooks, "__tl_slice__": slice}

    def caught(self) -> None:
        """At the start of an exception's handler."""
        forget_own_frames(sys.exception())

    # ------------------------------------------------ what an object is for threads

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

    def _is_generated(self, owner: type) -> bool:
        """Whether it is a class of the program with methods that a library has generated, as for a dataclass."""
        return owner.__module__ == self.namespace.get("__name__") and any(
            name in _PROTOCOL and type(part) is _FUNCTION and not self.is_own(part)
            for name, part in vars(owner).items()
        )

    def _hides(self, owner: type) -> bool:
        module = owner.__module__
        if module == self.namespace.get("__name__"):
            return self._is_generated(owner)
        if module == "builtins":
            return owner is memoryview
        if owner is types.SimpleNamespace:
            return True
        return str(module).partition(".")[0] not in LIBRARY | _VALUES

    def is_plain_text(self, kind: type) -> bool:
        """Whether making a text of an object of this type runs no code of the program, but for what it holds."""
        return kind.__module__ in ("builtins", "collections") or (
            self.is_opaque(kind) and not self.is_own(kind.__str__) and not self.is_own(kind.__repr__)
        )

    def sources(self, thing: Any, deep: bool = False, foreign: bool = False, depth: int = 4) -> list[object]:
        """The mutable objects that reading `thing` reads.

        These are itself, what a view shows, what an iterator runs over, what a bound method or a partial holds; `deep`:
        what it holds, too; `foreign`: whatever it is, as code without hooks could look at all of it.
        """
        kind = type(thing)
        if not depth or (kind in _IMMUTABLE and not (deep and kind in (tuple, frozenset))):
            return []

        def inner(things: Any) -> list[object]:
            return [each for one in list(things) for each in self.sources(one, deep, foreign, depth - 1)]

        if kind is tuple or kind is frozenset:
            return inner(thing)
        if issubclass(kind, tuple) and deep:  # as namedtuple makes them
            return inner(tuple.__iter__(thing))
        if issubclass(kind, _CONTAINERS):
            if not deep or issubclass(kind, bytearray):
                return [thing]
            return [thing, *inner(dict.values(thing) if issubclass(kind, dict) else thing)]
        if kind is _GENERATOR:
            return [thing]
        if issubclass(kind, (*_VIEWS, *_ITERATORS)):
            held = [x for each in gc.get_referents(thing) for x in (each if type(each) is tuple else [each])]
            return [*([] if issubclass(kind, _VIEWS) else [thing]), *inner(held)]
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
            held = [each for each in own_dictionary(thing).values() if issubclass(type(each), _SHARED_TYPES)]
            return [thing, *[each for one in held for each in self.sources(one, True, foreign, depth - 1)]]
        return []

    def _may_change(self, kind: type) -> bool:
        package = str(kind.__module__).partition(".")[0]
        return package not in LIBRARY | _VALUES and package != "builtins" and not issubclass(kind, BaseException | type)

    def touches(self, thing: object, write: bool) -> list[Access]:
        """The accesses to an object as a whole: its content, and each of its attributes."""
        number = self.scheduler.number(thing)
        found: list[Access] = [((number, ""), write)]
        if type(thing) not in _CONTAINERS:
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

    def _vars(self, *things: object) -> object:
        for thing in things:
            self._gives_dictionary(thing)
        return vars(*things)

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

    def storing(self, number: int) -> None:
        """Before a store that `stored` tells of."""
        site = self.sites[number]
        self.scheduler.switch(lambda: [(("variable", site.scope, site.name), True)])

    def storer(self, number: int) -> Callable[[Any], Any]:
        """A decorator that is applied right before the store of a function or a class."""
        return lambda value: self.store(value, number)

    def leave(self, value: Any, holder: Any, number: int) -> Any:
        """Before a function returns what a cache, or an attribute of `holder`, will hold."""
        site = self.sites[number]
        if holder is None:
            self.scheduler.switch()
        else:
            self._at_attribute(holder, site.name, "store", site.line)
        return value

    def _blind_to_others(self, line: int, what: str) -> None:
        """The current thread does what the others may see, or may change, unseen, if there are any."""
        if len(self.scheduler.alive) > 1:
            self.scheduler.blind(f"line {line} {what}")

    def stored(self, number: int, how: str) -> None:
        """After a store that has no place for a hook right before it; by which statement, if that matters."""
        scheduler, site = self.scheduler, self.sites[number]
        if how:
            self._blind_to_others(site.line, f"stores a shared variable by {how}, which is no switch point")
        if scheduler.tracking:
            for scope, name in ((site.scope, site.name), *site.also):
                scheduler.touch(("variable", scope, name), True)
                if self.recording and scope == -1:
                    scheduler.emit("store", None, name, site.line)
                    scheduler.changes(name, lambda name=name: self.namespace[name])  # type: ignore[misc]

    # ------------------------------------------------ attributes and items

    def attr(self, thing: Any, number: int) -> Any:
        """Between an object and the load, store or deletion of its attribute."""
        site = self.sites[number]
        self._at_attribute(thing, site.name, site.kind, site.line)
        return thing

    def look(self, thing: Any, number: int) -> Any:
        """The same where the program itself never stores that attribute."""
        kind = type(thing)
        return thing if kind in _PLAIN or not self.is_opaque(kind) else self.attr(thing, number)

    def _at_attribute(self, thing: Any, name: str, kind: str, line: int) -> None:
        scheduler = self.scheduler
        quiet = type(thing) is types.ModuleType and name not in self._module_stores
        quiet &= own_dictionary(thing) is not self.namespace
        if quiet and sys.modules.get(thing.__name__) is thing:
            if kind != "load":
                scheduler.blind(f"line {line} stores an attribute of a module that it does not name")
            return
        if name == "__dict__":
            self._gives_dictionary(thing)
        elif name == "queue" and (guard := own_dictionary(thing).get("mutex")) is not None:
            self._guards[id(thing.queue)] = guard
        # What depends on these is not looked up through them: operators, calls, closures, the text of an exception.
        inner = name[:2] == "__" == name[-2:] or name == "cell_contents"
        inner |= name == "args" and isinstance(thing, BaseException)
        inner |= thing is sys and name == "stdout"
        if kind != "load" and (inner or own_dictionary(thing) is self.namespace):
            self._blind_to_others(line, f"stores {name}, on which more depends than its loads")
        scheduler.access(lambda: self._attribute(thing, name, kind))
        if self.recording:
            full, value = f"{scheduler.name_of(thing)}.{name}", ""
            if kind == "load":
                with contextlib.suppress(AttributeError, LookupError, ReferenceError):
                    value = safe_text(stored_value(thing, name))
            scheduler.emit(kind, thing, full, line, value)
            if kind != "load":
                found = scheduler.reference(thing)
                scheduler.changes(full, lambda: stored_value(found(), name))

    def _attribute(self, thing: Any, name: str, kind: str) -> list[Access]:
        number = self.scheduler.number
        accesses: list[Access] = [((number(thing), name), kind != "load")]
        own = own_dictionary(thing)
        if own is self.namespace:
            return [(("variable", -1, name), kind != "load")]
        if kind == "load" and name not in own and (self.is_opaque(type(thing)) or isinstance(thing, BaseException)):
            accesses.append(((number(thing), ""), False))  # what changes it as a whole may make one
        if kind != "load" and name not in own:  # who reads it as a whole sees one more
            accesses.append(((number(thing), ""), True))
        if kind == "load" and name not in own:
            accesses += [((number(owner), name), False) for owner in _looked_through(thing, name)]
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
        return self._get(thing, key, number)

    def _get(self, thing: Any, key: Any, number: int) -> Any:
        """thing[key], for a missing key of a defaultdict as its `__missing__` does it."""
        if type(thing) is not collections.defaultdict or thing.default_factory is None or key in thing:
            return thing[key]
        scheduler, site = self.scheduler, self.sites[number]._replace(kind="store")
        point = scheduler.points
        value = thing.default_factory()
        if scheduler.points != point:
            self._whole([thing], "store", site.line, True)
        else:
            for access in self.touches(thing, True) if scheduler.tracking else ():
                scheduler.touch(*access)
        thing[key] = value
        return value

    def _at_item(self, thing: Any, key: Any, number: int) -> None:
        kind, site = type(thing), self.sites[number]
        if kind in _IMMUTABLE or isinstance(thing, type):
            return
        found: list[object] = [thing]
        steps = ""
        if kind in (memoryview, types.MappingProxyType):
            found = self.sources(thing) or found
        elif kind not in _CONTAINERS:
            method = getattr(kind, _ITEM_METHODS[site.kind], None)
            if type(method) is _FUNCTION:
                if self.is_own(method):
                    return
                found, steps = self.sources(thing, foreign=True) or found, f"{kind.__name__}.{method.__name__}"
        if thing is self.namespace and site.kind != "load":
            self.scheduler.blind(f"line {site.line} stores a variable through globals()")
        item = f"[{safe_text(key)}]" if self.recording else ""
        self._whole(found, site.kind, site.line, site.kind != "load", after=item, steps=steps)
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
            return thing, part, self._get(thing, part, number)
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
        self,
        things: list[object],
        kind: str,
        line: int,
        write: bool,
        before: str = "",
        after: str = "",
        steps: str = "",
    ) -> None:
        """An access to the first of `things` that reads or writes all of them; its name stands between the texts.

        `steps`: what it is, if it takes several steps where no lab makes it one.
        """
        scheduler = self.scheduler
        if not write and any(thing is self.namespace for thing in things):
            self._blind_to_others(line, "reads variables through globals()")

        def accesses() -> list[Access]:
            return [access for thing in things for access in self.touches(thing, write)]

        scheduler.access(accesses)
        if steps or any(map(_is_calling, things)):
            scheduler.tear(accesses, line, steps or "an iteration")
        self.tear_generated(things, line)
        if self.recording:
            thing = things[0]
            variable = scheduler.name_of(thing)
            scheduler.emit(kind, thing, f"{before}{variable}{after}", line)
            if write and issubclass(type(thing), _CONTAINERS):
                scheduler.changes(variable, scheduler.reference(thing))

    def tear_generated(self, things: list[object], line: int) -> None:
        """Says so if a generated method has read these: one attribute after the other, each a step of its own.

        So it takes two writes in between to show.
        """

        def accesses() -> list[Access]:
            return [access for thing in things for access in self.touches(thing, False)]

        for kind in map(type, things):
            if self.is_opaque(kind) and any(map(self._is_generated, kind.__mro__)):
                self.scheduler.tear(accesses, line, f"a generated method of {kind.__name__}", 2)
                return

    def read(self, thing: Any, number: int) -> Any:
        """Before the whole of an object is read: its truth, `in`, unpacking, formatting."""
        if type(thing) in _PLAIN:
            return thing
        site = self.sites[number]
        match = site.name == "match"
        if found := self.sources(thing, match or site.name in ("format", "%"), match):
            # An iterator's or a generator's truth changes nothing, but unpacking it does.
            advances = issubclass(type(thing), (_GENERATOR, *_ITERATORS))
            self._whole(found, "read", site.line, advances, steps="match" if match else "")
        return thing

    def operate(self, left: Any, right: Any, number: int) -> Any:
        """left operator right"""
        site = self.sites[number]
        if type(left) not in _PLAIN or type(right) not in _PLAIN:
            self._operands(left, right, site, False)
        return OPERATORS[site.name](left, right)

    def update(self, left: Any, right: Any, number: int) -> Any:
        """left operator= right"""
        site = self.sites[number]
        if type(left) not in _PLAIN or type(right) not in _PLAIN:
            self._operands(left, right, site, True)
        return OPERATORS[site.name](left, right)

    def _operands(self, left: Any, right: Any, site: Site, write: bool) -> None:
        deep = site.name in _COMPARISONS
        found = self.sources(left, deep) + self.sources(right, deep)
        if found:
            self._whole(found, "operate", site.line, write and bool(self.sources(left)))

    def compared(self, thing: Any, number: int) -> Any:
        """What stands for an operand of a chain of comparisons, but for the last one."""
        return thing if type(thing) in _PLAIN else _Compared(self, thing, number)

    def compare(self, operator: str, left: Any, right: Any, number: int) -> Any:
        """left operator right, in a chain"""
        if isinstance(right, _Compared):
            right = right.thing
        if type(left) not in _PLAIN or type(right) not in _PLAIN:
            self._operands(left, right, self.sites[number]._replace(name=operator), False)
        return OPERATORS[operator](left, right)

    def iterate(self, thing: Any, number: int) -> Any:
        """What a `for` runs over."""
        site = self.sites[number]
        kind = type(thing)
        if kind in _IMMUTABLE or not (issubclass(kind, _SHARED_TYPES) or self.is_opaque(kind)):
            return _Storing(self, iter(thing), site) if site.also else thing
        return _Iteration(self, thing, site)

    def delegate(self, thing: Any, number: int) -> Any:
        """What `yield from` runs over."""
        return thing if isinstance(thing, types.GeneratorType) else self.iterate(thing, number)

    def context(self, thing: Any, number: int) -> Any:
        """What a `with` enters."""
        kind, line = type(thing), self.sites[number].line
        if kind.__module__ == "contextlib" and kind.__name__.startswith("redirect_"):
            self._blind_to_others(line, "redirects what other threads print")
        if kind in _PRIVATE or not self.is_opaque(kind) or self.is_own(getattr(kind, "__exit__", None)):
            return thing
        return _Context(self, thing, line)

    # ------------------------------------------------ calls and loops

    def call(self, function: Any, number: int) -> Any:
        """What stands for a function that is about to be called, before its arguments are evaluated."""
        if self.scheduler.kept:
            self.scheduler.release()
        kind = type(function)
        if kind is _FUNCTION:
            if self.is_own(function):
                return function
            if function.__module__ == "signal":
                sys.audit(f"signal.{function.__name__}")
            return self._python(function, function, None, number)
        if kind is types.MethodType:
            owner, inner = function.__self__, function.__func__
            if self.is_own(inner):
                return function
            if type(inner) is not _FUNCTION:
                return self._watched(function, inner, number, True)  # a cache
            return self._python(function, inner, None if isinstance(owner, type) else owner, number)
        if kind is types.BuiltinFunctionType:
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
            if type(owner) in _IMMUTABLE or isinstance(owner, type):
                if f"{function.__module__}.{function.__name__}" in _UNSEEN:
                    return function
                return self._watched(function, None, number, function.__module__ != "builtins")
            if issubclass(type(owner), dict) and function.__name__ in _VIEW_METHODS:
                return function  # a view shows what the dict holds when it is read
            if type(owner).__module__ in ("_contextvars", "_asyncio"):
                calling = self._calling_back(function, function.__name__, 0, number)
                return self._watched(calling, owner, number) if function.__name__ == "run" else calling
            if owner is self.namespace and function.__name__ not in _READERS:
                self.scheduler.blind(f"line {self.sites[number].line} changes variables through globals()")
            return self._watched(function, owner, number, not issubclass(type(owner), _SHARED_TYPES))
        if issubclass(kind, type):
            maker = getattr(function, "__init__", None)
            if type(maker) is _FUNCTION and str(maker.__module__).partition(".")[0] in LIBRARY:
                return self._calling_back(function, maker.__qualname__.partition(".")[0], 0, number)
            package = str(function.__module__).partition(".")[0]
            if package in ("weakref", "_weakrefset") and function is not weakref.WeakKeyDictionary:
                self._looks_for_ends(number)
            generated = self.is_own(maker) or getattr(maker, "__module__", "") == self.namespace["__name__"]
            if generated or issubclass(function, BaseException | type):
                return function
            if not any(str(each.__module__).partition(".")[0] in _MADE_AS_THEY_ARE for each in function.__mro__):
                return self._watched(function, None, number)
            return function
        if kind in (types.MethodDescriptorType, types.MethodWrapperType, types.WrapperDescriptorType):
            owner = getattr(function, "__self__", None)
            if function in _ATTRIBUTES or (owner is not None and function.__name__ in _ATTRIBUTE_METHODS):
                return self._attributes(function, number)
            return self._watched(function, owner, number)
        if kind is functools.partial:
            inside = self.call(function.func, number)
            return function if inside is function.func else kind(inside, *function.args, **function.keywords)
        if str(kind.__module__) == "operator":
            return self._watched(function, None, number, True)
        if self.is_opaque(kind) and not self.is_own(kind.__call__):
            return self._watched(function, function, number, True)
        return function

    def _python(self, function: Any, code: Any, owner: Any, number: int) -> Any:
        """The same for Python code, a function or a method of `owner`, that is not the program's."""
        package, name = str(code.__module__).partition(".")[0], code.__name__
        if package in LIBRARY:
            if name in _UNLOCKED:
                self._unlocked(name, owner, self.sites[number])
            if getattr(owner, "_debug", False):
                return function  # a loop in debug mode keeps its caller's frame
            unbound = function is code and "." in code.__qualname__.rpartition("<locals>.")[2]
            if name == "__init__":
                name = code.__qualname__.partition(".")[0]
            return self._calling_back(function, name, int(unbound), number)
        if package == "contextlib" and name in _CONTEXTS:
            return lambda thing, *args, **keywords: function(self._entered(thing, number), *args, **keywords)
        if package == "logging" and name in _LOGGING:
            # What looks for its caller finds the lab's function first.
            def log(*args: Any, stacklevel: int = 1, **keywords: Any) -> Any:
                return function(*args, stacklevel=stacklevel + 1, **keywords)

            return self._watched(log, None, number)
        if package == "logging" and name in _LOGGING_STATE:
            self._blind_to_others(self.sites[number].line, "changes what logging does")
        if package == "functools" and name == "register":
            self._blind_to_others(self.sites[number].line, "changes what a function does")
        if package in _FRAME_READERS and name not in _COPIERS:
            return function
        return self._watched(function, owner, number, True)

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
                        for access in self.touches(thing, not issubclass(type(thing), (*_CONTAINERS, *_VIEWS))):
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
        return seen if seen is function or type(seen) is not _FUNCTION else functools.update_wrapper(seen, function)

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
            scheduler.touch(("threads",), True)
        else:
            guard = getattr(owner, _UNLOCKED[name], None) if _UNLOCKED[name] else owner
            if name == "is_alive" and owner._started.is_set():
                scheduler.touch(("thread", owner.ident), False)
            elif guard is not None:
                scheduler.touch(*self._lock(guard))
        if self.recording:
            scheduler.emit("call", owner, f"{scheduler.name_of(owner)}.{name}" if owner else name, site.line)

    def _watched(self, function: Any, owner: Any, number: int, foreign: bool = False) -> Any:
        """What stands for a function without hooks: one step that touches its `owner` and its arguments.

        `foreign`: it may look at all of what it is given; what is not calls methods of it, which have hooks.
        """

        def call(*args: Any, **keywords: Any) -> Any:
            site, scheduler = self.sites[number], self.scheduler
            name = getattr(function, "__name__", None) or (site.name if owner is not function else "")
            deep = foreign or name not in _SHALLOW
            found: list[object] = [] if owner is None else self.sources(owner, foreign=foreign) or [owner]
            for each in (*args, *keywords.values()):
                if type(each) is types.BuiltinFunctionType and each in _ATTRIBUTES:
                    self._blind_to_others(site.line, f"has {each.__name__} called")
                if type(each) not in _PLAIN:
                    found += self.sources(each, deep, foreign)
            if not found:
                return function(*args, **keywords)
            reads = (name in _READERS or name in _COPIERS) and not issubclass(type(found[0]), (_GENERATOR, *_ITERATORS))
            before, after = (f"{name}(", ")") if owner is None else ("", f".{name}")
            code = getattr(function, "__func__", function)
            several = type(code) is _FUNCTION and code.__globals__["__name__"] not in _ALONE
            scheduler.current.checked |= type(code) is _FUNCTION  # as its body begins
            several |= name not in _ALONE and any(type(each) is _FUNCTION for each in (*args, *keywords.values()))
            self._whole(found, "call", site.line, not reads, before, after, name if several else "")
            point = scheduler.points
            try:
                return function(*args, **keywords)
            finally:
                if scheduler.points != point and scheduler.tracking and not scheduler.ended:
                    for thing in found:  # it has called code of the program, and goes on after that
                        for access in self.touches(thing, not reads):
                            scheduler.touch(*access)

        # To a function that asks for the module of its caller, as namedtuple does, it is the program's.
        call.__module__ = self.namespace["__name__"]
        return call

    def loop(self, number: int) -> None:
        """A backward jump. Returns None, which `or` passes over."""
        site = self.sites[number]
        self.scheduler.round(number, site.name == "while", site.spin)


_FUNCTION = types.FunctionType
_NEVER_CHANGES = 1 << 8
"""Py_TPFLAGS_IMMUTABLETYPE: no attribute of such a class can be set."""
_PLAIN = _IMMUTABLE - {tuple, frozenset}
"""Immutable, and so is what they hold."""


def _is_calling(thing: object) -> bool:
    """Whether each step of it runs code of the program, or of a library."""
    kind = type(thing)
    return kind is _GENERATOR or (
        (kind is map or kind is filter) and any(type(each) is _FUNCTION for each in gc.get_referents(thing))
    )


_ALONE = frozenset(("random", "sorted", __name__))
"""Python code, and a builtin that calls some, of which only the first or the last step touches anything."""
_PRIVATE = (contextlib.suppress, contextlib.nullcontext, contextlib._GeneratorContextManager)
"""Context managers that keep nothing that threads share."""
_MADE_AS_THEY_ARE = LIBRARY | _VALUES | {"functools"}
"""Packages whose classes look at nothing that they are given."""
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_ITEM_METHODS = {"load": "__getitem__", "store": "__setitem__", "delete": "__delitem__"}


class _Compared:
    """An operand in a chain of comparisons: each comparison is an access when it is made."""

    __slots__ = ("hooks", "number", "thing")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, hooks: Hooks, thing: Any, number: int) -> None:
        self.hooks, self.thing, self.number = hooks, thing, number

    def __eq__(self, other: object) -> Any:
        return self.hooks.compare("==", self.thing, other, self.number)

    def __ne__(self, other: object) -> Any:
        return self.hooks.compare("!=", self.thing, other, self.number)

    def __lt__(self, other: object) -> Any:
        return self.hooks.compare("<", self.thing, other, self.number)

    def __le__(self, other: object) -> Any:
        return self.hooks.compare("<=", self.thing, other, self.number)

    def __gt__(self, other: object) -> Any:
        return self.hooks.compare(">", self.thing, other, self.number)

    def __ge__(self, other: object) -> Any:
        return self.hooks.compare(">=", self.thing, other, self.number)


class _Items:
    """A container in a store or a deletion: the access comes after its key."""

    __slots__ = ("hooks", "number", "thing")

    def __init__(self, hooks: Hooks, thing: Any, number: int) -> None:
        self.hooks, self.thing, self.number = hooks, thing, number

    def __setitem__(self, key: Any, value: Any) -> None:
        hooks, scheduler = self.hooks, self.hooks.scheduler
        hooks._at_item(self.thing, key, self.number)
        if type(key) is slice and scheduler.tracking:
            for access in (access for thing in hooks.sources(value) for access in hooks.touches(thing, False)):
                scheduler.touch(*access)
        self.thing[key] = value

    def __delitem__(self, key: Any) -> None:
        self.hooks._at_item(self.thing, key, self.number)
        del self.thing[key]


class _Iteration:
    """An iteration over something that threads may share: each step of it is an access."""

    __slots__ = ("hooks", "iterator", "site", "things")

    def __init__(self, hooks: Hooks, thing: Any, site: Site) -> None:
        self.hooks, self.site = hooks, site
        self.things = hooks.sources(thing)
        # Its `__iter__` may look at it, or at its size.
        if self.things and (issubclass(type(thing), _SIZED) or not issubclass(type(thing), _SHARED_TYPES)):
            hooks._whole(self.things, "iterate", site.line, False)
        self.iterator: Iterator[Any] = iter(thing)

    def __iter__(self) -> "_Iteration":
        return self

    def __next__(self) -> Any:
        hooks, site = self.hooks, self.site
        if self.things:
            advances = hasattr(type(self.things[0]), "__next__")
            hooks._whole(self.things, "iterate", site.line, advances)
        value = next(self.iterator)
        if site.also:
            _before_storing(hooks, site, value)
        return value


class _Context:
    """A context manager without hooks: entering and leaving it are steps that touch it."""

    __slots__ = ("hooks", "line", "thing")

    def __init__(self, hooks: Hooks, thing: Any, line: int) -> None:
        self.hooks, self.thing, self.line = hooks, thing, line

    def __enter__(self) -> Any:
        self._touch()
        return type(self.thing).__enter__(self.thing)

    def __exit__(self, *error: Any) -> Any:
        if not self.hooks.scheduler.ended:
            self._touch()
        return type(self.thing).__exit__(self.thing, *error)

    def _touch(self) -> None:
        self.hooks._whole(self.hooks.sources(self.thing, True, True), "call", self.line, True, "with ")


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
