"""The hooks before accesses: to variables, attributes, items and whole objects.

Each says to the scheduler what is about to happen.
"""

import collections
import contextlib
import operator
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from threadlab.events import SHOWN, safe_text
from threadlab.instrument import LIBRARY_ATTRIBUTES, Shape, Site
from threadlab.labels import unmarked
from threadlab.library import is_of_library
from threadlab.naming import own_dictionary
from threadlab.objects import (
    COMPARISONS,
    CONTAINERS,
    FIXED,
    FUNCTION,
    GENERATOR,
    IMMUTABLE,
    LAZY,
    PLAIN,
    SHARED_TYPES,
    SIZED,
    SPECIAL,
    Objects,
    advances,
    is_calling,
    looked_through,
    stored_value,
)
from threadlab.primitives import Local
from threadlab.threads import THREADS, Access

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "|": operator.or_,
    "^": operator.xor, "&": operator.and_, "@": operator.matmul, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "+=": operator.iadd,
    "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "//=": operator.ifloordiv,
    "%=": operator.imod, "**=": operator.ipow, "<<=": operator.ilshift, ">>=": operator.irshift,
    "|=": operator.ior, "^=": operator.ixor, "&=": operator.iand, "@=": operator.imatmul,
}  # fmt: skip
_PRIVATE = (contextlib.suppress, contextlib.nullcontext, contextlib._GeneratorContextManager)
"""Context managers that keep nothing that threads share."""
_MISSING: Any = collections.defaultdict.__missing__
_GET: Any = dict.__getitem__
_HAS: Any = dict.__contains__
_UNARY = {"+": "__pos__", "-": "__neg__", "~": "__invert__"}
_ITEM_METHODS = {"load": "__getitem__", "store": "__setitem__", "delete": "__delitem__"}


class Accesses(Objects):
    """The hooks of one program for one run, but for calls."""

    def _blind_to_others(self, line: int, what: str) -> None:
        """The current thread does what the others may see, or may change, unseen, if there are any."""
        if len(self.scheduler.alive) > 1:
            self.scheduler.blind(f"line {line} {what}")

    # ------------------------------------------------ variables

    def point(self, number: int) -> None:
        """Before a variable is loaded or deleted. Returns None, which `or` passes over."""
        scheduler, site = self.scheduler, self.sites[number]
        scheduler.access(lambda: [(("variable", site.scope, site.name), site.kind != "load")])
        if self.recording:
            variables = self.namespace if site.scope == -1 else sys._getframe(1).f_locals
            known = site.kind == "load" and site.name in variables
            value = scheduler.text_of(variables[site.name]) if known else ""
            scheduler.emit(site.kind, self._home(site), site.name, site.line, value)
            if known:
                scheduler.follow(site.name, variables[site.name])
            if site.kind == "delete":
                scheduler.changes(site.name, lambda: self.namespace[site.name])

    def store(self, value: Any, number: int) -> Any:
        """Between the value and the store to a variable."""
        scheduler, site = self.scheduler, self.sites[number]
        scheduler.access(lambda: [(("variable", site.scope, site.name), True)])
        if self.recording:
            scheduler.emit("store", self._home(site), site.name, site.line)
            if site.scope == -1:
                scheduler.changes(site.name, lambda: self.namespace[site.name], lasts=True)
            else:
                scheduler.changes(site.name, lambda: value)
        return value

    def _home(self, site: Site) -> object:
        """What stands for the function whose variable it is, of which each call has its own; None for a global."""
        return None if site.scope == -1 else self._homes.setdefault(site.scope, object())

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
        if type(thing) not in FIXED:
            site = self.sites[number]
            self._at_attribute(thing, site.name, site.kind, site.line)
        return thing

    def look(self, thing: Any, number: int) -> Any:
        """The same where the program itself never stores that attribute."""
        kind = type(thing)
        return thing if kind in PLAIN or not self.is_opaque(kind) else self.attr(thing, number)

    def _at_attribute(self, thing: Any, name: str, kind: str, line: int) -> None:
        scheduler = self.scheduler
        if issubclass(type(thing), Local):
            self._at_local(thing, name, kind, line)
            return
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
        inner |= thing is self.own_builtins
        if kind != "load" and (inner or own_dictionary(thing) is self.namespace):
            self._blind_to_others(line, f"stores {name}, on which more depends than its loads")
        scheduler.access(lambda: self._attribute(thing, name, kind))
        if self.recording:
            full, value = f"{scheduler.name_of(thing)}.{name}", ""
            if kind == "load":
                with contextlib.suppress(AttributeError, LookupError, ReferenceError):
                    known = name in LIBRARY_ATTRIBUTES and is_of_library(thing)  # a property that does no more
                    value = scheduler.text_of(getattr(thing, name) if known else stored_value(thing, name))
            scheduler.emit(kind, thing, full, line, value)
            if kind != "load":
                found = scheduler.reference(thing)
                scheduler.changes(full, lambda: stored_value(found(), name), there=True)

    def _at_local(self, thing: Any, name: str, kind: str, line: int) -> None:
        """The same for a threading.local: each thread has attributes of its own, but its class has them for all."""
        scheduler = self.scheduler
        if kind != "load" or name in scheduler.current.locals.get(id(thing), {}):
            return
        owners = list(looked_through(thing, name))
        scheduler.access(lambda: [((scheduler.number(owner), name), False) for owner in owners])
        if self.recording and owners:
            scheduler.emit(kind, owners[-1], f"{scheduler.name_of(owners[-1])}.{name}", line)

    def _attribute(self, thing: Any, name: str, kind: str) -> list[Access]:
        number = self.scheduler.number
        accesses: list[Access] = [((number(thing), name), kind != "load")]
        own = own_dictionary(thing)
        if own is self.namespace:
            return [(("variable", -1, name), kind != "load")]
        if name not in own:
            # Who changes it as a whole may make one, and who reads it as a whole sees one more.
            kept = self._dynamic or self.is_opaque(type(thing)) or isinstance(thing, BaseException)
            if kind != "load" or kept:
                accesses.append(((number(thing), ""), kind != "load"))
        elif self._owners and self._owner(own) is thing:  # the program may store it there
            accesses.append(((number(thing), ""), kind != "load"))
        if kind == "load" and name not in own:
            accesses += [((number(owner), name), False) for owner in looked_through(thing, name)]
        if name in ("ident", "native_id") and "_started" in own:
            accesses.append((THREADS, True))
        if kind != "load" or name not in own or name in LIBRARY_ATTRIBUTES:
            for guard in ("_cond", "mutex"):  # what the library stores, and reads, while it holds these
                if guard in own and type(thing).__module__ in ("threading", "queue"):
                    accesses.append(self._lock(own[guard]))
        return accesses

    def item(self, thing: Any, key: Any, number: int) -> Any:
        """thing[key]"""
        self._at_item(thing, key, number)
        recorded = len(self.scheduler.events or ())
        value = self._get(thing, key, number)
        if self.recording and type(thing) in SHOWN and type(thing) not in IMMUTABLE:  # which are not told of
            self.add_value(recorded, safe_text(value))
        return value

    def _get(self, thing: Any, key: Any, number: int) -> Any:
        """thing[key], for a missing key of a defaultdict as its `__missing__` does it."""
        factory = thing.default_factory if isinstance(thing, collections.defaultdict) else None
        kind: Any = type(thing)
        if factory is None or kind.__missing__ is not _MISSING or kind.__getitem__ is not _GET or _HAS(thing, key):
            return thing[key]
        scheduler, site = self.scheduler, self.sites[number]._replace(kind="store")
        value, item = factory(), f"[{_key_text(key)}]" if self.recording else ""
        if type(factory) is not types.BuiltinFunctionType and getattr(factory, "__module__", "") != "builtins":
            self._whole([thing], "store", site.line, True, after=item)
        elif scheduler.tracking:
            for access in self.touches(thing, True):
                scheduler.touch(*access)
            self._tell_whole(thing, "store", site.line, True, "", item)
        thing[key] = value
        return value

    def _at_item(self, thing: Any, key: Any, number: int) -> None:
        kind, site = type(thing), self.sites[number]
        if kind in IMMUTABLE or isinstance(thing, type):
            return
        found: list[object] = [thing]
        steps = ""
        if kind in (memoryview, types.MappingProxyType):
            found = self.sources(thing) or found
        elif kind not in CONTAINERS:
            method = getattr(kind, _ITEM_METHODS[site.kind], None)
            if type(method) is FUNCTION:
                if self.is_own(method):
                    return
                found = self.sources(thing, foreign=self.is_foreign(method)) or found
                steps = f"{kind.__name__}.{method.__name__}"
        if thing is self.namespace and site.kind != "load":
            self.scheduler.blind(f"line {site.line} stores a variable through globals()")
        item = f"[{_key_text(key)}]" if self.recording else ""
        self._whole(found, site.kind, site.line, site.kind != "load", after=item, steps=steps)

    def items(self, thing: Any, number: int) -> Any:
        """What stands for `thing` in a store to, or a deletion of, an item: the key is evaluated after this."""
        return _Items(self, thing, number)

    def augment(self, thing: Any, part: Any, number: int) -> tuple[Any, Any, Any]:
        """The load of an augmented assignment to an attribute or an item."""
        site = self.sites[number]
        if site.name == "[]":
            return thing, part, self.item(thing, part, number)
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
        if steps or any(map(is_calling, things)):
            scheduler.tear(accesses, line, steps or "an iteration")
        self.tear_generated(things, line)
        self._tell_whole(things[0], kind, line, write, before, after)

    def _tell_whole(self, thing: Any, kind: str, line: int, write: bool, before: str, after: str) -> None:
        """Records such an access, if the run is recorded."""
        if self.recording:
            scheduler = self.scheduler
            variable = scheduler.name_of(thing)
            scheduler.emit(kind, thing, f"{before}{variable}{after}", line)
            if write and issubclass(type(thing), CONTAINERS):
                scheduler.changes(variable, scheduler.reference(thing), there=True)
            elif kind == "read" and type(thing) in SHOWN:
                scheduler.add_value(safe_text(thing))
                scheduler.follow(variable, thing)

    def tear_generated(self, things: list[object], line: int) -> None:
        """Says so if a generated method has read these: one attribute after the other, each a step of its own.

        So it takes two writes in between to show.
        """

        def accesses() -> list[Access]:
            return [access for thing in things for access in self.touches(thing, False)]

        for kind in map(type, things):
            if self.is_opaque(kind) and any(map(self.is_generated, kind.__mro__)):
                self.scheduler.tear(accesses, line, f"a generated method of {kind.__name__}", 2)
                return

    def tear_special(self, name: str, given: Iterable[Any], found: list[object], write: bool, line: int) -> None:
        """Says so if what is called `name` calls special methods in Python: between them, `found` can change."""
        if self.calls_special(name, given):
            containers = [thing for thing in found if issubclass(type(thing), CONTAINERS)]
            self.scheduler.tear(
                lambda: [access for thing in containers for access in self.touches(thing, write)], line, name
            )

    def add_value(self, recorded: int, text: str) -> None:
        """Says what has come of the access that was the last of so many events, if it still is the last one."""
        if self.recording and len(self.scheduler.events or ()) == recorded:
            self.scheduler.add_value(text)

    def add_result(self, recorded: int, result: object) -> None:
        """The same of what a call has given, where that can be told in a few words."""
        events = self.scheduler.events
        if events and len(events) == recorded and "<" not in (text := safe_text(result)):
            self.scheduler.add_result(text)

    def add_error(self, recorded: int, error: Exception, line: int) -> None:
        """Says that the access which was the last of so many events has raised this, also if more has happened."""
        if self.scheduler.ended:  # it comes of unwinding
            return
        events, name = self.scheduler.events, type(error).__name__
        self.add_value(recorded, name)
        if events and len(events) > recorded > 0:
            self.scheduler.emit("result", None, events[recorded - 1].name, line)
            self.scheduler.add_result(f"raises {name}")

    def read(self, thing: Any, number: int) -> Any:
        """Before the whole of an object is read: its truth, `in`, unpacking, formatting."""
        if type(thing) not in PLAIN:
            self._read(thing, self.sites[number], [])
        return thing

    def within(self, left: Any, right: Any, number: int) -> bool:
        """left in right"""
        if type(left) not in PLAIN or type(right) not in PLAIN:
            self._read(right, self.sites[number], self.sources(left, True))
        return left in right

    def _read(self, thing: Any, site: Site, more: list[object]) -> None:
        name = site.name
        deep = name in ("match", "format", "%") or (name == "in" and not issubclass(type(thing), (dict, set)))
        if found := self.sources(thing, deep, name == "match", site.levels) + more:
            # An iterator's or a generator's truth changes nothing, but unpacking it does.
            steps = name if name == "match" else self._in_python(_UNARY.get(name, ""), thing)
            self._whole(found, "read", site.line, advances(thing), steps=steps)
            # A dictionary or a set that changes as it compares starts anew.
            if name in SPECIAL and not (name == "in" and issubclass(type(thing), (dict, set))):
                self.tear_special(name, found if found[0] is thing else [thing, *found], found, False, site.line)

    def unpack(self, thing: Any, number: int) -> Any:
        """Before the parts of `thing` are unpacked; `read` tells of itself."""
        site = self.sites[number]
        if site.unpacks and (found := _parts(thing, site.unpacks)):
            self._unpack(found, site)
        return thing

    def unpack_step(self, value: Any, site: Site) -> None:
        """Before a value of an iteration is unpacked, and stored if that is shared."""
        if site.also:
            if len(site.also) > 1:
                self._blind_to_others(site.line, "stores several shared variables as one step")
            _before_storing(self, site, value)
        found = [] if site.unpacks is None or type(value) in PLAIN else [value, *_parts(value, site.unpacks)]
        if site.also:  # the instant in which it is unpacked, too
            if self.scheduler.tracking:
                for thing in (thing for each in found for thing in self.sources(each)):
                    for access in self.touches(thing, advances(thing)):
                        self.scheduler.touch(*access)
        elif found:
            self._unpack(found, site)

    def _unpack(self, parts: list[object], site: Site) -> None:
        if things := [thing for each in parts for thing in self.sources(each)]:
            self._whole(things, "read", site.line, any(map(advances, things)))

    def operate(self, left: Any, right: Any, number: int) -> Any:
        """left operator right"""
        site = self.sites[number]
        if type(left) not in PLAIN or type(right) not in PLAIN:
            self._operands(left, right, site, False)
        return OPERATORS[site.name](left, right)

    def update(self, left: Any, right: Any, number: int) -> Any:
        """left operator= right"""
        site = self.sites[number]
        if type(left) not in PLAIN or type(right) not in PLAIN:
            self._operands(left, right, site, True)
        return OPERATORS[site.name](left, right)

    def _in_python(self, method: str, *things: object) -> str:
        """The method's name with its class's, if it is Python code of a library that goes through a mapping."""
        for kind in map(type, things):
            if kind not in CONTAINERS and issubclass(kind, Mapping):
                found = getattr(kind, method, None)
                if type(found) is FUNCTION and not self.is_own(found):
                    return f"{kind.__name__}.{method}"
        return ""

    def _operands(self, left: Any, right: Any, site: Site, write: bool) -> None:
        deep = site.name in COMPARISONS
        found = self.sources(left, deep) + self.sources(right, deep)
        if found:
            write = write and bool(self.sources(left))
            method = f"__{OPERATORS[site.name].__name__.strip('_')}__"
            self._whole(found, "operate", site.line, write, steps=self._in_python(method, left, right))
            if self.recording:
                self.scheduler.add_value(site.name)
            if site.name in SPECIAL:
                self.tear_special(site.name, (left, right), found, write, site.line)

    def compared(self, thing: Any, number: int) -> Any:
        """What stands for an operand of a chain of comparisons: the last one only if it is searched."""
        settled = type(thing) in PLAIN and self.sites[number].name != "in"
        return thing if settled else _Compared(self, thing, number)

    def compare(self, operator: str, left: Any, right: Any, number: int) -> Any:
        """left operator right, in a chain"""
        if isinstance(right, _Compared):
            right = right.thing
        if type(left) not in PLAIN or type(right) not in PLAIN:
            self._operands(left, right, self.sites[number]._replace(name=operator), False)
        return OPERATORS[operator](left, right)

    def iterate(self, thing: Any, number: int) -> Any:
        """What a `for` runs over."""
        site = self.sites[number]
        kind = type(thing)
        if kind in IMMUTABLE or not (issubclass(kind, SHARED_TYPES) or self.is_opaque(kind)):
            return _Steps(self, iter(thing), site) if site.also or site.unpacks is not None else thing
        return _Iteration(self, thing, site)

    def iterator(self, thing: Any, number: int) -> Any:
        """What the program's `__iter__` returns."""
        kind = type(thing)
        return self.iterate(thing, number) if hasattr(kind, "__next__") and kind is not GENERATOR else thing

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


def _key_text(key: object) -> str:
    """A key as it stands between brackets."""
    if not isinstance(key, slice):
        return unmarked(safe_text(key))
    parts = [key.start, key.stop] + ([] if key.step is None else [key.step])
    return ":".join("" if part is None else safe_text(part) for part in parts)


class _Compared:
    """An operand in a chain of comparisons: each comparison is an access when it is made."""

    __slots__ = ("hooks", "number", "thing")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, hooks: Accesses, thing: Any, number: int) -> None:
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

    def __contains__(self, other: object) -> bool:
        return self.hooks.within(other.thing if isinstance(other, _Compared) else other, self.thing, self.number)


class _Items:
    """A container in a store or a deletion: the access comes after its key."""

    __slots__ = ("hooks", "number", "thing")

    def __init__(self, hooks: Accesses, thing: Any, number: int) -> None:
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

    __slots__ = ("hooks", "iterator", "lazy", "site", "things")

    def __init__(self, hooks: Accesses, thing: Any, site: Site) -> None:
        self.hooks, self.site = hooks, site
        self.things = hooks.sources(thing)
        self.lazy = any(issubclass(type(each), LAZY) for each in self.things)
        # Its `__iter__` may look at it, or at its size.
        if self.things and (issubclass(type(thing), SIZED) or not issubclass(type(thing), SHARED_TYPES)):
            hooks._whole(self.things, "iterate", site.line, False)
            hooks.add_value(len(hooks.scheduler.events or ()), "start")
        self.iterator: Iterator[Any] = iter(thing)

    def __iter__(self) -> "_Iteration":
        return self

    def __next__(self) -> Any:
        hooks, site = self.hooks, self.site
        if self.lazy and hooks.scheduler.history is not None and len(hooks.scheduler.alive) > 1:
            self.things = hooks.sources(self.iterator)  # what it looks at may be others now
        if self.things:
            hooks._whole(self.things, "iterate", site.line, hasattr(type(self.things[0]), "__next__"))
        recorded = len(hooks.scheduler.events or ())
        try:
            value = next(self.iterator)
        except StopIteration:
            if self.things:
                hooks.add_value(recorded, "end")
            raise
        if site.also or site.unpacks is not None:
            hooks.unpack_step(value, site)
        return value


class _Context:
    """A context manager without hooks: entering and leaving it are steps that touch it."""

    __slots__ = ("hooks", "line", "thing")

    def __init__(self, hooks: Accesses, thing: Any, line: int) -> None:
        self.hooks, self.thing, self.line = hooks, thing, line

    def __enter__(self) -> Any:
        self._touch("__enter__")
        return type(self.thing).__enter__(self.thing)

    def __exit__(self, *error: Any) -> Any:
        if not self.hooks.scheduler.ended:
            self._touch("__exit__")
        return type(self.thing).__exit__(self.thing, *error)

    def _touch(self, method: str) -> None:
        self.hooks._whole(self.hooks.sources(self.thing, True, True), "call", self.line, True, after=f".{method}")


class _Steps:
    """An iteration over what has hooks or never changes: its values are unpacked, or stored where threads share it."""

    __slots__ = ("hooks", "iterator", "site")

    def __init__(self, hooks: Accesses, iterator: Iterator[Any], site: Site) -> None:
        self.hooks, self.iterator, self.site = hooks, iterator, site

    def __iter__(self) -> "_Steps":
        return self

    def __next__(self) -> Any:
        value = next(self.iterator)
        self.hooks.unpack_step(value, self.site)
        return value


def _parts(value: Any, shape: Shape) -> list[object]:
    """What is unpacked of a value that is itself unpacked, where it can be found without running the program's code."""
    found: list[object] = []
    if type(value) in (tuple, list):
        for index, inner in shape:
            with contextlib.suppress(IndexError):
                part = value[index]
                found += [part, *_parts(part, inner)]
    return found


def _before_storing(hooks: Accesses, site: Site, value: object) -> None:
    scheduler = hooks.scheduler
    scheduler.switch()
    if scheduler.tracking:
        for scope, name in site.also:
            scheduler.touch(("variable", scope, name), True)
            if hooks.recording:
                scheduler.emit("store", None, name, site.line)
                if len(site.also) == 1:
                    scheduler.changes(name, lambda: value)
