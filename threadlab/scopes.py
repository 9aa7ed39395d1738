"""What a program's text says of its names: which variable each is, and what another thread could see changing.

Left alone is what no other thread can see changing: local variables, names that are stored only once before any thread
can exist, attributes that are stored only in `__init__` before it gives `self` to anything.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, get_args

HARMLESS = frozenset(
    # what gives an object that no code of the program runs in yet
    "Thread Timer Lock RLock Condition Event Semaphore BoundedSemaphore Barrier local Queue LifoQueue PriorityQueue "
    "SimpleQueue ThreadPoolExecutor Future ContextVar deque defaultdict Counter OrderedDict ChainMap namedtuple Random "
    "count StringIO SimpleNamespace Path Fraction Decimal getLogger dataclass field contextmanager lru_cache cache "
    "wraps property staticmethod classmethod overload override TypeVar NamedTuple Enum total_ordering "
    # builtins
    "print len range int str float bool bytes bytearray complex object list dict set tuple frozenset enumerate zip "
    "iter abs divmod pow round chr ord hex oct bin repr isinstance issubclass callable id hash type super open slice "
    # methods, and functions of modules
    "append appendleft extend add update clear copy index get items keys values setdefault split rsplit strip join "
    "format replace lower upper startswith endswith encode decode seed random randint shuffle perf_counter monotonic "
    "time get_ident current_thread main_thread active_count setswitchinterval getswitchinterval".split()
)
"""Calls that bring no thread into being, unless the program defines something of that name."""

KEEPING = frozenset("append appendleft extend extendleft insert add update setdefault put get pop remove".split())
"""Methods of builtin containers that keep, or look for, what they are given, and call none of it."""

PLAIN_BUILTINS = frozenset(
    "super locals globals dir vars breakpoint input open range type id isinstance issubclass callable chr hex oct bin "
    "abs divmod pow round object property classmethod staticmethod slice help __import__ print".split()
)
"""Builtins that read no container, or that look at the frame of their caller: called as they are."""

_DYNAMIC = frozenset("setattr delattr vars __dict__ __setattr__ __delattr__ __setstate__ modules __main__".split())
"""What leads to an attribute, or to a variable, that the text does not name."""

_CLASS_MAKERS = frozenset(("__init_subclass__", "__set_name__", "__mro_entries__"))
"""Methods that a class statement calls."""


class _Scope:
    def __init__(self, kind: str, number: int, parent: "_Scope | None") -> None:
        self.kind = kind
        """module, function, class, comprehension."""
        self.number = number
        self.parent = parent
        self.stores: dict[str, int] = {}
        self.started = False
        """Whether its code has come to a call that may have brought a thread into being."""
        self.closures = False
        """Whether its code has made a function, which holds its variables."""
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()

    def store(self, name: str, times: int = 1) -> None:
        self.stores[name] = self.stores.get(name, 0) + times

    def owner(self, name: str) -> "_Scope | None":
        """The scope whose variable `name` is here (the module's scope for a global); None: a class's own name."""
        if name in self.global_names:
            return self.module()
        if name in self.stores and name not in self.nonlocal_names:
            return self if self.kind != "class" else None
        scope = self.parent
        while scope is not None:
            if scope.kind != "class" and name in scope.global_names:
                return scope.module()
            if scope.kind not in ("class", "module") and name in scope.stores and name not in scope.nonlocal_names:
                return scope
            scope = scope.parent
        return self.module()

    def module(self) -> "_Scope":
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def running(self) -> "_Scope":
        """The scope of the module or function whose code is executed here: classes and comprehensions are in line."""
        scope = self
        while scope.kind in ("class", "comprehension") and scope.parent is not None:
            scope = scope.parent
        return scope

    def function(self) -> "_Scope":
        """The scope where the names of a walrus in here are bound (PEP 572)."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope


class _Init:
    """What an `__init__` has done so far."""

    def __init__(self) -> None:
        self.published = False
        """Whether somebody else may have its object."""
        self.inherits = False
        """Whether it has called its base class's."""
        self.stored: set[str] = set()
        self.looped: set[str] = set()
        """Attributes that it stores in a loop, so that a later line may come before."""
        self.inherited: set[str] = set()
        """Attributes that it stores once the base class's may have published the object."""
        self.late: set[str] = set()
        """Attributes that it stores once it has published the object itself."""

    def store(self, name: str, loops: bool) -> None:
        self.stored.add(name)
        if loops:
            self.looped.add(name)
        if self.inherits:
            self.inherited.add(name)
        if self.published:
            self.late.add(name)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BINDING: dict[type[ast.AST], str] = {
    ast.arg: "arg", ast.alias: "asname", ast.ExceptHandler: "name", ast.MatchAs: "name", ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}  # fmt: skip
"""What binds a name, and its field that says which, if any."""
_LEAVES = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
"""Nodes that hold nothing, not even a line."""


def _holds_nodes(field: object) -> bool:
    """Whether a field of this type (ast.AST._field_types) holds a node, or a list of nodes, other than leaves."""
    kinds = [kind for kind in (field, *get_args(field)) if isinstance(kind, type)]
    return any(issubclass(kind, ast.AST) and not issubclass(kind, _LEAVES) for kind in kinds)


_CHILDREN: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name, field in kind._field_types.items() if _holds_nodes(field))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and hasattr(kind, "_field_types")
}
"""By type of node, its fields that hold other nodes."""


class _Use(NamedTuple):
    node: ast.AST
    name: str
    scope: _Scope
    stores: bool


def visitors(visitor: type[ast.NodeVisitor]) -> dict[type, Callable[[Any, Any], Any]]:
    """By type of node, its method of a class as it is now: ast.NodeVisitor.visit looks it up by name for each node."""
    return {kind: getattr(visitor, f"visit_{kind.__name__}", visitor.generic_visit) for kind in _CHILDREN}


def _children(node: ast.AST) -> list[Any]:
    """What ast.iter_child_nodes gives, but for leaves, in a fraction of its time."""
    found: list[Any] = []
    for name in _CHILDREN[type(node)]:
        value = getattr(node, name)
        if type(value) is list:
            found += filter(None, value)
        elif value is not None:
            found.append(value)
    return found


def _nodes_by_type(tree: ast.AST) -> defaultdict[type, list[Any]]:
    found: defaultdict[type, list[Any]] = defaultdict(list)
    nodes = [tree]
    for node in nodes:
        kind = type(node)
        found[kind].append(node)
        for name in _CHILDREN[kind]:  # as in _children, whose call would double the time
            value = getattr(node, name)
            if type(value) is list:
                nodes += filter(None, value)
            elif value is not None:
                nodes.append(value)
    return found


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """These nodes and what is in them, but for what is in a function or class among them."""
    nodes = list(body)
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            nodes += _children(node)


class Scopes(ast.NodeVisitor):
    """Finds for each name what variable it is, and which variables more than one thread could see changing."""

    def __init__(self, tree: ast.Module) -> None:
        self.count = 1
        self.module = _Scope("module", -1, None)
        self.scope = self.module
        self.uses: list[_Use] = []
        self.loops = 0
        self.dynamic = False
        self.stored_attributes: set[str] = set()
        """Those that another thread could see changing."""
        self.inherited_attributes: set[str] = set()
        """Those too, if some `__init__` publishes its object: they are stored after a call of another class's."""
        self.stored_in_init: set[str] = set()
        """Attributes that some `__init__` stores."""
        self.calls_init = False
        """Whether an `__init__` is named outside of one, or there is a `__new__`: its object may be an old one."""
        self.publishes = False
        """Whether some `__init__` gives its object to anything before it has come to its end."""
        self.inits: list[_Init] = []
        self.functions: list[str] = []
        nodes = _nodes_by_type(tree)
        defined: set[str] = set()
        twice: set[str] = set()
        for node in [node for kind in _DEFINITIONS for node in nodes[kind]]:
            (twice if node.name in defined else defined).add(node.name)
        bound = {node.id for node in nodes[ast.Name] if type(node.ctx) is ast.Store}
        bound |= {getattr(node, field) or "" for kind, field in _BINDING.items() for node in nodes[kind]}
        imported = {node.asname or node.name.partition(".")[0] for node in nodes[ast.alias]}
        set_ = {node.attr for node in nodes[ast.Attribute] if type(node.ctx) is ast.Store}
        self.declares = bool(nodes[ast.Global] or nodes[ast.Nonlocal])
        """Whether there is a `global` or a `nonlocal`."""
        keywords = [each for node in nodes[ast.ClassDef] for each in node.keywords]
        metaclasses = [each.value for each in keywords if each.arg in (None, "metaclass")]
        self._own: dict[type[ast.expr], set[str]] = {ast.Name: defined | bound, ast.Attribute: defined | set_}
        """What the program gives a meaning of its own, as a name and as an attribute."""
        self.names = defined | bound | imported
        """What stands for something of the program, somewhere."""
        named = defined | bound | set_
        self.makes_classes = not named.isdisjoint(_CLASS_MAKERS) or any(
            getattr(each, "attr", getattr(each, "id", None)) in named | {None} for each in metaclasses
        )
        """Whether code of the program may run at the end of a class statement."""
        self.defined: set[str] = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        self.plain = {
            n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.decorator_list
            and not (isinstance(n, ast.ClassDef) and (n.bases or n.keywords))
        } - twice - bound - imported  # fmt: skip
        """Those of them that are called without code of a module in between, and whose names stand for nothing else."""
        self.plain_builtins = PLAIN_BUILTINS - self.names
        for statement in tree.body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        _VISITORS[type(node)](self, node)

    def generic_visit(self, node: ast.AST) -> None:
        self.each(_children(node))

    # ------------------------------------------------ what the rest asks

    def resolve(self) -> tuple[dict[int, tuple[int, str]], frozenset[str]]:
        """(scope number, name) by id of each name's node that is a shared variable, and the shared globals' names."""
        stores: dict[tuple[int, str], int] = {}
        outside: set[tuple[int, str]] = set()
        inner_stores: set[tuple[int, str]] = set()
        owned: list[tuple[ast.AST, tuple[int, str]]] = []
        for use in self.uses:
            owner = use.scope.owner(use.name)
            if owner is None:
                continue
            key = (owner.number, use.name)
            owned.append((use.node, key))
            home = use.scope.function()
            if home is not owner and use.scope is not owner:
                (inner_stores if use.stores else outside).add(key)
            stores.setdefault(key, owner.stores.get(use.name, 0))
        shared = {
            key
            for key, count in stores.items()
            if key in inner_stores or (key in outside and count >= 2 and not self.is_defined_once(*key))
        }
        names = frozenset(name for number, name in shared if number == -1)
        return {id(node): key for node, key in owned if key in shared}, names

    def is_defined_once(self, scope: int, name: str) -> bool:
        return scope == -1 and name in self.defined_once()

    def defined_once(self) -> set[str]:
        return {name for name in self.defined if self.module.stores.get(name, 0) < 2}

    # ------------------------------------------------ names

    def bind(self, node: ast.AST, name: str, scope: _Scope | None = None) -> None:
        scope = scope or self.scope
        scope = scope.module() if name in scope.global_names else scope
        # A store in a loop, or once threads may exist, can be seen by a thread before and after it.
        scope.store(name, 2 if self.loops or self.scope.running().started else 1)
        self.uses.append(_Use(node, name, self.scope, True))
        if scope.kind == "module":
            self.keeps()

    def keeps(self) -> None:
        """Something is stored where a thread that there is may find it: also a function, and with it its variables.

        While the module's own code runs, there is no other thread yet, or it has started one.
        """
        running = self.scope.running()
        running.started |= running.kind == "function"

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.uses.append(_Use(node, node.id, self.scope, False))
            self.dynamic |= node.id in _DYNAMIC
            if node.id == "self":
                self.publish()
        else:
            self.bind(node, node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.bind(node.target, node.target.id, self.scope.function())

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.each(node.targets)

    def operator(self, node: ast.BinOp | ast.Compare) -> None:
        self.generic_visit(node)
        self.operates()

    visit_BinOp = visit_Compare = operator

    def operates(self) -> None:
        """A method that an operator calls may keep an operand, which may be, or hold, a function that there is."""
        if self.scope.running().closures:
            self.keeps()

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        self.visit(node.target)
        self.operates()
        if isinstance(node.target, ast.Name):
            self.bind(node.target, node.target.id)  # once more: it is read, too

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.global_names.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocal_names.update(node.names)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.dynamic |= alias.name in _DYNAMIC
            name = alias.asname or alias.name.partition(".")[0]
            self.bind(alias, name)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node, node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bind(node, node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bind(node, node.rest)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.dynamic |= node.attr in _DYNAMIC
        self.calls_init |= node.attr == "__init__" and self.functions[-1:] != ["__init__"]
        self.calls_init |= node.attr == "__new__" and not isinstance(node.ctx, ast.Load)
        own = isinstance(node.value, ast.Name) and node.value.id == "self"
        init = self.inits[-1] if self.inits and self.functions[-1] == "__init__" else None
        if not isinstance(node.ctx, ast.Load):
            self.keeps()
            (init.store(node.attr, self.loops > 0) if own and init else self.stored_attributes.add(node.attr))
        elif own and init and node.attr not in init.stored:
            init.published = True  # it may be a method, which carries its object
        if own and init:
            assert isinstance(node.value, ast.Name)
            self.uses.append(_Use(node.value, "self", self.scope, False))
        else:
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            self.operates()
        else:
            self.keeps()

    def visit_Constant(self, node: ast.Constant) -> None:
        self.dynamic |= isinstance(node.value, str) and node.value in _DYNAMIC

    def publish(self) -> None:
        """`self` is used otherwise than for its attributes: whoever has it now sees what is stored from here on."""
        if self.inits:
            self.inits[-1].published = True

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if self.inits and isinstance(node.func, ast.Name) and node.func.id == "super":
            self.inits[-1].inherits = True
        self.called(node.func)

    def called(self, node: ast.expr) -> None:
        """Something is called: from here on there may be another thread, unless it is known to be harmless."""
        if not self.is_harmless(node):
            self.scope.running().started = True
        elif name_of(node) in KEEPING:
            self.keeps()

    def is_harmless(self, node: ast.expr) -> bool:
        """Whether a call of it brings no thread into being, as far as its name says."""
        name, own = name_of(node), self._own.get(type(node))
        return name in HARMLESS and own is not None and name not in own

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        self.generic_visit(node)
        self.scope.running().started = True  # whoever goes on in the meantime may start one

    visit_YieldFrom = visit_Await = visit_Yield

    def decorators(self, nodes: list[ast.expr]) -> None:
        """They are called, too."""
        self.each(nodes)
        for node in nodes:
            self.called(node.func if isinstance(node, ast.Call) else node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif isinstance(node.target, ast.Name):
            self.scope.stores.setdefault(node.target.id, 0)
        else:
            self.visit(node.target)

    def visit_TypeAlias(self, node: ast.TypeAlias) -> None:
        self.bind(node, node.name.id)

    # ------------------------------------------------ loops and scopes

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.loops += 1
        self.visit(node.target)
        self.each(node.body)
        self.loops -= 1
        self.each(node.orelse)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.loops += 1
        self.visit(node.test)
        self.each(node.body)
        self.loops -= 1
        self.each(node.orelse)

    def each(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.decorators(node.decorator_list)
        self.calls_init |= node.name == "__new__"
        if "cached_property" in decorator_names(node):
            self.stored_attributes.add(node.name)
        self.function(node, node.name, node.args, node.body)
        self.bind(node, node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.function(node, "<lambda>", node.args, [node.body])

    def function(self, node: ast.AST, name: str, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        self.each([*args.defaults, *args.kw_defaults])
        outer, loops = self.enter("function"), self.loops
        self.loops = 0
        self.functions.append(name)
        if name == "__init__":
            self.inits.append(_Init())
        for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
            if arg is not None:
                self.scope.store(arg.arg)
        for node in own_nodes(body) if self.declares else ():
            if isinstance(node, ast.Global | ast.Nonlocal):  # it counts for the whole block, wherever it stands
                self.visit(node)
        self.each(body)
        self.functions.pop()
        if name == "__init__":
            init = self.inits.pop()
            self.publishes |= init.published
            self.stored_attributes |= init.late | (init.looped if init.published else set())
            self.inherited_attributes |= init.inherited
            self.stored_in_init |= init.stored
        self.scope, self.loops = outer, loops
        outer.running().closures = True

    def enter(self, kind: str) -> _Scope:
        outer = self.scope
        self.scope = _Scope(kind, self.count, outer)
        self.count += 1
        return outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.decorators(node.decorator_list)
        self.each([*node.bases, *[k.value for k in node.keywords]])
        outer = self.enter("class")
        self.each(node.body)
        self.scope = outer
        self.scope.running().started |= self.makes_classes
        self.bind(node, node.name)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        outer = self.enter("comprehension")
        self.loops += 1
        for index, generator in enumerate(node.generators):
            if index:
                self.visit(generator.iter)
            self.visit(generator.target)
            self.each(generator.ifs)
        self.each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.loops -= 1
        self.scope = outer
        if isinstance(node, ast.GeneratorExp):
            outer.running().closures = True

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = comprehension


def name_of(node: ast.expr) -> str:
    """The last part of what is called; "" if it has no name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def decorator_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names of a function's decorators, without what they are called with."""
    names = set()
    for each in node.decorator_list:
        names.add(name_of(each.func if isinstance(each, ast.Call) else each))
    return names


_VISITORS = visitors(Scopes)
