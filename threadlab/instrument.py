"""The program's AST with its accesses to shared data made visible: which object, which name, which line.

The transformed program behaves as the original one does. Each access that another thread could see goes through a
*hook*, a function that the namespace's builtins hold under a name like `__tl_point__` (such a name is not mangled in a
class body, and the program's `globals()` and `dir()` do not show it). A hook is placed where the access happens in the
order of evaluation (Python Language Reference, section 6.16), so that the instant between the hook and the access
belongs to one thread. All new nodes carry the position of what they stand for: tracebacks and lines are the reader's.

What is left alone: annotations, type parameters, and what no other thread can see changing (`scopes`).
"""

import ast
import sys
import types
from typing import Any, NamedTuple

from threadlab.scopes import Scopes, decorator_names, name_of, own_nodes, visitors

LIBRARY_ATTRIBUTES = frozenset("broken n_waiting unfinished_tasks queue ident native_id is_shutdown _value".split())
"""Attributes of the standard library's objects that change while threads run, and are read without a lock."""

_DEEPEST = 100_000
"""Frames: an `elif` in a program, or a `+` in an expression, is a few of the transformer's calls within each other."""

_CACHES = frozenset("cache lru_cache cached_property".split())
"""Decorators of functools that store what a function returns."""


_LOAD, _STORE = ast.Load(), ast.Store()
EVERY = sys.maxsize
"""Levels: as far as it goes."""

type Shape = tuple[tuple[int, Shape], ...]
"""Which parts of a value are unpacked in turn: the index of each in the value, from the end after a star."""


class Site(NamedTuple):
    """One access in the source. Lines count from 1, columns from 0 as `ast` does."""

    kind: str
    """load, store, delete, read (the whole object), call, operate, iterate, loop."""
    name: str
    """Of the variable, attribute, method or operator; "" where there is none."""
    line: int
    column: int
    scope: int = 0
    """For a closure's variable, the number of the scope that owns it; -1 for a global, 0 where it does not apply."""
    also: tuple[tuple[int, str], ...] = ()
    """(scope, name) of the shared variables that the same instant stores as well."""
    spin: bool = False
    """For a loop: its body stores nothing, so that a round that reads what the one before it read changes nothing."""
    levels: int = EVERY
    """Of what is read, into each other, so many are looked at."""
    unpacks: Shape | None = None
    """Which parts of each value of an iteration, or of a value that is read, are unpacked; None: not even itself."""


class Program(NamedTuple):
    """A program's code, ready to be executed with hooks, and what its hooks' numbers stand for."""

    code: types.CodeType
    sites: list[Site]
    shared_globals: frozenset[str]
    lines: list[str]
    """Those of its source, with their ends, for tracebacks."""
    attribute_stores: frozenset[str] = frozenset()
    """The names of the attributes that it stores or deletes."""
    module_stores: frozenset[str] = frozenset()
    """Those of something else than `self`: it may be a module."""
    dynamic: bool = False
    """Whether it may store attributes that its text does not name."""
    loop_variables: frozenset[str] = frozenset()
    """The names that `for` stores to."""


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.MatMult: "@",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


_UNARY: dict[type[ast.AST], str] = {ast.UAdd: "+", ast.USub: "-", ast.Invert: "~"}
_DISPLAYS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.List, ast.Tuple, ast.Dict, ast.Set)
_WITHIN = ("match", "format", "in")
"""What reads what a display holds, too."""


class _Transformer(ast.NodeTransformer):
    def __init__(self, scopes: Scopes) -> None:
        self.variables, self.shared_globals = scopes.resolve()
        attributes = scopes.stored_attributes | (scopes.inherited_attributes if scopes.publishes else set())
        attributes = attributes | (scopes.stored_in_init if scopes.calls_init else set())
        self.attributes = None if scopes.dynamic else attributes
        self.plain = (scopes.defined_once() & scopes.plain) | scopes.plain_builtins
        self.is_harmless = scopes.is_harmless
        self.tests = frozenset(("any", "all")) - scopes.names
        self.sites: list[Site] = []
        self.classes: list[str] = []
        self.caches: list[tuple[str, str] | None] = []
        """Of each function around: its name, and its parameter that holds a `cached_property`; None: it is no cache."""
        self.gives_iterator: list[bool] = []
        """Of each function around: whether it returns an iterator, which somebody without hooks may step."""
        self.callee: ast.expr | None = None
        """What the call that is being transformed calls."""
        self.temporaries = 0
        self.attribute_stores: set[str] = set()
        self.module_stores: set[str] = set()
        self.loop_variables: set[str] = set()

    # ------------------------------------------------ building blocks

    def site(self, kind: str, name: str, node: ast.AST, scope: int = 0, **more: object) -> ast.Constant:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        self.sites.append(Site(kind, name, line, column, scope, **more))  # type: ignore[arg-type]
        return _placed(ast.Constant(len(self.sites) - 1), node)

    def hook(self, name: str, node: ast.AST, *args: ast.expr) -> ast.expr:
        function = _placed(ast.Name(f"__tl_{name}__", _LOAD), node)
        return _placed(ast.Call(function, list(args), []), node)

    def statement(self, expression: ast.expr, node: ast.AST) -> ast.stmt:
        return _placed(ast.Expr(expression), node)

    def visit(self, node: ast.AST) -> Any:
        return _VISITORS[type(node)](self, node)

    def expression(self, node: ast.expr) -> ast.expr:
        result = self.visit(node)
        assert isinstance(result, ast.expr)
        return result

    def whole(self, node: ast.expr, kind: str = "read", name: str = "", levels: int = EVERY) -> ast.expr:
        """`node`, already transformed, followed by a hook if it may be a container that is about to be read."""
        if isinstance(node, ast.Constant | ast.Compare | ast.JoinedStr | ast.Lambda | ast.GeneratorExp):
            return node
        if isinstance(node, _DISPLAYS) and name not in _WITHIN:
            return node  # new: no other thread has it, but maybe what it holds
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return node
        return self.hook("read", node, node, self.site(kind, name, node, levels=levels))

    def truth(self, node: ast.expr) -> ast.expr:
        """`node`, already transformed, as something whose truth is tested."""
        if isinstance(node, ast.BoolOp):
            node.values[-1] = self.truth(node.values[-1])
            return node
        return self.whole(node, name="bool")

    def mangle(self, name: str) -> str:
        """A private name as the compiler writes it (Python Language Reference, 6.2.1)."""
        owner = self.classes[-1].lstrip("_") if self.classes else ""
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return f"_{owner}{name}" if owner and private else name

    def shared(self, node: ast.AST) -> tuple[int, str] | None:
        return self.variables.get(id(node))

    def shared_in(self, *nodes: ast.AST | None) -> tuple[tuple[int, str], ...]:
        """The shared variables that storing to these targets stores."""
        return tuple([key for node in own_nodes(filter(None, nodes)) if (key := self.shared(node))])

    def stores_in(self, node: ast.Attribute) -> None:
        self.attribute_stores.add(node.attr)
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            self.module_stores.add(node.attr)

    # ------------------------------------------------ loads

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        key = self.shared(node)
        if key is None or not isinstance(node.ctx, ast.Load):
            return node
        point = self.hook("point", node, self.site("load", key[1], node, key[0]))
        return _placed(ast.BoolOp(ast.Or(), [point, node]), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            self.stores_in(node)
        node.value = self.expression(node.value)
        if self.attributes is None or node.attr in self.attributes or node.attr in LIBRARY_ATTRIBUTES:
            kind = {ast.Load: "load", ast.Store: "store", ast.Del: "delete"}[type(node.ctx)]
            node.value = self.hook("attr", node, node.value, self.site(kind, self.mangle(node.attr), node))
        elif node is not self.callee:
            node.value = self.hook("look", node, node.value, self.site("load", self.mangle(node.attr), node))
        return node

    def key(self, node: ast.expr) -> ast.expr:
        """What is between the brackets of a subscript, as an expression."""
        if isinstance(node, ast.Slice):
            none = _placed(ast.Constant(None), node)
            parts = [node.lower or none, node.upper or none, node.step or none]
            return self.hook("slice", node, *[self.expression(part) for part in parts])
        if isinstance(node, ast.Tuple):
            node.elts = [self.key(element) for element in node.elts]
            return node
        return self.expression(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            value, key = self.expression(node.value), self.key(node.slice)
            return self.hook("item", node, value, key, self.site("load", "[]", node))
        kind = "store" if isinstance(node.ctx, ast.Store) else "delete"
        node.value = self.hook("items", node, self.expression(node.value), self.site(kind, "[]", node))
        node.slice = self.expression(node.slice)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        func = node.func
        plain = isinstance(func, ast.Name) and not self.shared(func) and func.id in self.plain
        plain = plain and not (
            getattr(func, "id", "") in ("vars", "dir") and node.args
        )  # only without one it looks at its caller
        name = name_of(func)
        fresh = isinstance(func, ast.Name) and name in self.tests and _has_generator_alone(node)
        plain |= fresh  # no other thread has the generator
        self.callee = func
        node.func = self.expression(func)
        if not plain:
            node.func = self.hook("call", func, node.func, self.site("call", name, node))
        node.args = [self.expression(arg) for arg in node.args]
        if plain and name == "type" and len(node.args) == 3:
            node.args[2] = self.whole(node.args[2])
        if fresh:
            assert isinstance(node.args[0], ast.GeneratorExp)
            node.args[0].elt = self.truth(node.args[0].elt)
        for keyword in node.keywords:
            keyword.value = self.expression(keyword.value)
            if keyword.arg is None:
                keyword.value = self.whole(keyword.value)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        node.value = self.expression(node.value)
        if isinstance(node.ctx, ast.Load):
            node.value = self.whole(node.value, name="*")
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        value = self.whole(self.expression(node.value), name="iter")
        node.value = self.hook("delegate", node.value, value, self.site("iterate", "", node.value))
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        node.keys = [key and self.expression(key) for key in node.keys]
        values = [self.expression(value) for value in node.values]
        node.values = [v if k else self.whole(v, name="**") for k, v in zip(node.keys, values, strict=True)]
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        node.value = self.whole(self.expression(node.value), name="format")
        if node.format_spec is not None:
            node.format_spec = self.expression(node.format_spec)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        node.left = self.expression(node.left)
        node.comparators = [self.expression(each) for each in node.comparators]
        operator = _OPERATORS.get(type(node.ops[0]))
        if len(node.ops) == 1 and operator:
            right = node.comparators[0]
            if not _is_settled(node.left) and not _is_settled(right):
                return self.hook("operate", node, node.left, right, self.site("operate", operator, node))
            return node
        searched = [isinstance(each, ast.In | ast.NotIn) for each in node.ops]
        if len(node.ops) == 1 and searched[0] and not _is_settled(node.left):
            within = self.hook("within", node, node.left, node.comparators[0], self.site("read", "in", node))
            return within if isinstance(node.ops[0], ast.In) else _placed(ast.UnaryOp(ast.Not(), within), node)
        if len(node.ops) > 1 and not any(isinstance(each, ast.Is | ast.IsNot) for each in node.ops):
            *others, last = map(self.compared, [node.left, *node.comparators], [False, *searched])
            node.left, *node.comparators = [*others, last if searched[-1] else node.comparators[-1]]
            return node
        for index, each in enumerate(searched):
            if each:
                node.comparators[index] = self.whole(node.comparators[index], name="in")
        return node

    def compared(self, node: ast.expr, searched: bool = False) -> ast.expr:
        if isinstance(node, ast.Constant) and not searched:
            return node
        return self.hook("compared", node, node, self.site("operate", "in" if searched else "", node))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = self.expression(node.left), self.expression(node.right)
        # A list can be multiplied, and a text that changes can be formatted.
        numeric = _is_number(node.right) and not isinstance(node.op, ast.Mult | ast.Mod)
        constant = (_is_settled(node.left) or isinstance(node.left, ast.JoinedStr)) and not (
            isinstance(node.op, ast.Mult) and not isinstance(node.right, ast.Constant)
        )
        if constant or numeric:
            if isinstance(node.op, ast.Mod):
                node.right = self.hook("read", node.right, node.right, self.site("read", "%", node.right))
            return node
        operator = _OPERATORS[type(node.op)]
        return self.hook("operate", node, node.left, node.right, self.site("operate", operator, node))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            node.operand = self.truth(node.operand)
        else:
            node.operand = self.whole(node.operand, name=_UNARY[type(node.op)])
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        node.values = [self.expression(value) for value in node.values]
        node.values[:-1] = [self.truth(value) for value in node.values[:-1]]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self.truth(self.expression(node.test))
        node.body, node.orelse = self.expression(node.body), self.expression(node.orelse)
        return node

    # ------------------------------------------------ stores

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        node.value = self.expression(node.value)
        if key := self.shared(node.target):
            node.value = self.store(node.value, node.target, key)
        return node

    def store(self, value: ast.expr, target: ast.AST, key: tuple[int, str]) -> ast.expr:
        return self.hook("store", target, value, self.site("store", key[1], target, key[0]))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        value = self.expression(node.value)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            value = self.whole(value, name="iter")
        first = node.targets[0]
        if len(node.targets) == 1 and (key := self.shared(first)):
            node.value = self.store(value, first, key)
            return node
        if not self.shared_in(*node.targets):
            for target in node.targets:
                value = self.unpacked(value, target)
            node.value, node.targets = value, [self.expression(target) for target in node.targets]
            return node
        # Stores that another thread may see one after the other need an instant between them each.
        names: list[str] = []
        statements = [self.assign(self.temporary(names, node, _STORE), value, node)]
        source = names[0]
        for target in node.targets:
            statements += self.assign_parts(target, source, node, names)
        deleted: list[ast.expr] = [_placed(ast.Name(name, ast.Del()), node) for name in names]
        return [*statements, _placed(ast.Delete(deleted), node)]

    def temporary(self, names: list[str], node: ast.AST, context: ast.expr_context) -> ast.expr:
        self.temporaries += 1
        names.append(f"__tl_{self.temporaries}__")
        return _placed(ast.Name(names[-1], context), node)

    def assign(self, target: ast.expr, value: ast.expr, node: ast.AST) -> ast.stmt:
        return _placed(ast.Assign([target], value), node)

    def assign_parts(self, target: ast.expr, source: str, node: ast.AST, names: list[str]) -> list[ast.stmt]:
        value: ast.expr = _placed(ast.Name(source, _LOAD), node)
        if key := self.shared(target):
            return [self.assign(target, self.store(value, target, key), node)]
        if not isinstance(target, ast.Tuple | ast.List) or not self.shared_in(target):
            return [self.assign(self.expression(target), self.unpacked(value, target), node)]
        parts: list[ast.expr] = []
        rest: list[tuple[ast.expr, str]] = []
        for element in target.elts:
            starred = isinstance(element, ast.Starred)
            inner = element.value if isinstance(element, ast.Starred) else element
            part = self.temporary(names, element, _STORE)
            rest.append((inner, names[-1]))
            parts.append(_placed(ast.Starred(part, _STORE), element) if starred else part)
        unpack = _placed(ast.Tuple(parts, _STORE), target)
        statements = [self.assign(unpack, value, node)]
        for inner, name in rest:
            if isinstance(inner, ast.Tuple | ast.List):
                read = self.whole(_placed(ast.Name(name, _LOAD), inner), name="iter")
                statements.append(self.statement(read, node))
            statements += self.assign_parts(inner, name, node, names)
        return statements

    def unpacked(self, value: ast.expr, target: ast.expr) -> ast.expr:
        """`value`, whose parts are about to be unpacked if the target is nested."""
        shape = _shape(target)
        return self.hook("unpack", value, value, self.site("read", "iter", value, unpacks=shape)) if shape else value

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return node
        node.value = self.expression(node.value)
        if key := self.shared(node.target):
            node.value = self.store(node.value, node.target, key)
        elif not isinstance(node.target, ast.Name):
            node.target = self.expression(node.target)  # type: ignore[assignment]
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        value = self.expression(node.value)
        operator = _OPERATORS[type(node.op)] + "="
        target = node.target
        if isinstance(target, ast.Name):
            key = self.shared(target)
            load: ast.expr = _placed(ast.Name(target.id, _LOAD), target)
            if key is None and _is_number(value) and not isinstance(node.op, ast.Mult | ast.Mod):
                node.value = value
                return node
            if key:
                point = self.hook("point", target, self.site("load", key[1], target, key[0]))
                load = _placed(ast.BoolOp(ast.Or(), [point, load]), target)
            result = self.hook("update", node, load, value, self.site("operate", operator, node))
            return self.assign(target, self.store(result, target, key) if key else result, node)
        if isinstance(target, ast.Attribute):
            name = self.mangle(target.attr)
            part: ast.expr = _placed(ast.Constant(name), target)
            self.stores_in(target)
        else:
            name, part = "[]", target.slice
        owner = self.expression(target.value)
        if isinstance(target, ast.Subscript):
            part = self.key(target.slice)
        pair = self.hook("augment", target, owner, part, self.site("load", name, target))
        end = self.hook(
            "augmented", node, pair, value, self.site("operate", operator, node), self.site("store", name, target)
        )
        return self.statement(end, node)

    def visit_Delete(self, node: ast.Delete) -> ast.stmt | list[ast.stmt]:
        statements: list[ast.stmt] = []
        for target in node.targets:
            if key := self.shared(target):
                point = self.hook("point", target, self.site("delete", key[1], target, key[0]))
                statements.append(self.statement(point, node))
                deleted: ast.expr = target
            elif isinstance(target, ast.Tuple | ast.List):
                inner = self.visit_Delete(_placed(ast.Delete(list(target.elts)), node))
                statements += inner if isinstance(inner, list) else [inner]
                continue
            else:
                deleted = self.expression(target)
            statements.append(_placed(ast.Delete([deleted]), node))
        return statements

    def stored_before(self, body: list[ast.stmt], node: ast.AST, how: str, *targets: ast.AST | None) -> None:
        """Says, at the start of `body`, that shared variables have just been stored by the statement around it."""
        if names := self.shared_in(*targets):
            site = self.site("store", names[0][1], node, names[0][0], also=names[1:])
            body.insert(0, self.statement(self.hook("stored", node, site, _text(how, node)), node))

    def visit_With(self, node: ast.With | ast.AsyncWith) -> ast.stmt:
        if len(node.items) > 1 and self.shared_in(*[item.optional_vars for item in node.items]):
            inner = _placed(type(node)(node.items[1:], node.body), node)
            node.items, node.body = node.items[:1], [inner]
        stores: list[ast.stmt] = []
        for item in node.items:
            context = self.expression(item.context_expr)
            if isinstance(node, ast.With):
                context = self.hook("context", context, context, self.site("call", "with", context))
            item.context_expr, target = context, item.optional_vars
            if target is not None and self.shared_in(target):
                item.optional_vars, later = self.stored_later(target)
                stores += later
            elif target is not None:
                item.optional_vars = self.expression(target)
        node.body = [*stores, *self.block(node.body)]
        return node

    visit_AsyncWith = visit_With

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        key = self.shared(node)
        self.generic_visit(node)
        if key:
            hook = self.hook("stored", node, self.site("store", key[1], node, key[0]), _text("except", node))
            node.body.insert(0, self.statement(hook, node))
        node.body.insert(0, self.statement(self.hook("caught", node), node))
        return node

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        if not self.shared_in(*node.names):
            return node
        statements: list[ast.stmt] = []
        for alias in node.names:
            one: ast.stmt = ast.Import([alias])
            if isinstance(node, ast.ImportFrom):
                one = ast.ImportFrom(node.module, [alias], node.level)
            statements.append(_placed(one, node))
            if key := self.shared(alias):
                site = self.site("store", key[1], node, key[0])
                statements.insert(-1, self.statement(self.hook("storing", node, site), node))
                statements.append(self.statement(self.hook("stored", node, site, _text("", node)), node))
        return statements

    visit_ImportFrom = visit_Import

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        levels = max(_levels(case.pattern) for case in node.cases)
        node.subject = self.whole(self.expression(node.subject), name="match", levels=levels)
        for case in node.cases:
            if case.guard is not None:
                case.guard = self.truth(self.expression(case.guard))
            case.body = self.block(case.body)
            self.stored_before(case.body, case.body[0], "match", case.pattern)
        return node

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            result += new if isinstance(new, list) else [new]
        return result

    # ------------------------------------------------ tests and loops

    def visit_If(self, node: ast.If) -> ast.stmt:
        node.test = self.truth(self.expression(node.test))
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        node.test = self.truth(self.expression(node.test))
        if node.msg is not None:
            node.msg = self.expression(node.msg)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        round_ = self.hook("loop", node, self.site("loop", "while", node, spin=_stores_nothing(node)))
        test = self.truth(self.expression(node.test))
        node.test = _placed(ast.BoolOp(ast.Or(), [round_, test]), node.test)
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        self.goes_through(node.target)
        also = self.shared_in(node.target)
        iterable = self.expression(node.iter)
        stores: list[ast.stmt] = []
        if len(also) > 1:  # an instant between the stores
            node.target, stores, also = *self.stored_later(node.target), ()
        node.iter = self.iteration(iterable, node.target, also)
        node.target = self.expression(node.target)
        round_ = self.hook("loop", node, self.site("loop", "for", node))
        node.body = [*stores, self.statement(round_, node), *self.block(node.body)]
        node.orelse = self.block(node.orelse)
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.stmt:
        self.goes_through(node.target)
        node.iter = self.expression(node.iter)
        stores: list[ast.stmt] = []
        if self.shared_in(node.target):
            node.target, stores = self.stored_later(node.target)
        else:
            node.target = self.expression(node.target)
        node.body, node.orelse = [*stores, *self.block(node.body)], self.block(node.orelse)
        return node

    def goes_through(self, target: ast.expr) -> None:
        """Notes the variables of a loop."""
        if isinstance(target, ast.Name):
            self.loop_variables.add(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self.goes_through(each)

    def stored_later(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """What to store to instead of `target`, and the statements that then store to its parts one by one."""
        names: list[str] = []
        instead = self.temporary(names, target, _STORE)
        stores = self.assign_parts(target, names[0], target, names)
        deleted: list[ast.expr] = [_placed(ast.Name(name, ast.Del()), target) for name in names]
        return instead, [*stores, _placed(ast.Delete(deleted), target)]

    def iteration(self, node: ast.expr, target: ast.expr, also: tuple[tuple[int, str], ...] = ()) -> ast.expr:
        site = self.site("iterate", "", node, also=also, unpacks=_shape(target))
        return self.hook("iterate", node, node, site)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.iter = self.expression(node.iter)
        if not node.is_async:
            node.iter = self.iteration(node.iter, node.target, self.shared_in(node.target))
        node.target = self.expression(node.target)
        node.ifs = [self.truth(self.expression(test)) for test in node.ifs]
        if node.is_async and (names := self.shared_in(node.target)):
            site = self.site("store", names[0][1], node.target, names[0][0], also=names[1:])
            stored = self.hook("stored", node.target, site, _text("async for", node.target))
            node.ifs.insert(0, _placed(ast.UnaryOp(ast.Not(), stored), node.target))
        return node

    # ------------------------------------------------ scopes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
        decorators, parameters = decorator_names(node), [*node.args.posonlyargs, *node.args.args]
        node.decorator_list = [self.decorator(each) for each in node.decorator_list]
        self.visit_arguments(node.args)
        cached = isinstance(node, ast.FunctionDef) and not decorators.isdisjoint(_CACHES) and not _yields(node)
        holder = parameters[0].arg if "cached_property" in decorators and parameters else ""
        self.caches.append((node.name, holder) if cached else None)
        self.gives_iterator.append(node.name in ("__iter__", "__reversed__") and not _yields(node))
        node.body = self.block(node.body)
        if cached:
            last = _placed(ast.Return(None), node.body[-1])
            node.body.append(self.visit_Return(last))
        self.caches.pop()
        self.gives_iterator.pop()
        self.decorate(node)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def decorator(self, node: ast.expr) -> ast.expr:
        """A decorator, which is called later."""
        function = node.func if isinstance(node, ast.Call) else node
        name, is_name = name_of(function), isinstance(function, ast.Name)
        harmless = self.is_harmless(function) if is_name else name in ("getter", "setter", "deleter")
        decorator = self.expression(node)
        return decorator if harmless else self.hook("call", node, decorator, self.site("call", name, node))

    def decorate(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """Where the name is shared, what is called last, right before the store, is a hook."""
        if key := self.shared(node):
            place = node.decorator_list[0] if node.decorator_list else node
            node.decorator_list.insert(0, self.hook("storer", place, self.site("store", key[1], node, key[0])))

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        value = None if node.value is None else self.expression(node.value)
        if value is not None and self.gives_iterator and self.gives_iterator[-1]:
            value = self.hook("iterator", value, value, self.site("iterate", "", value))
        if self.caches and (cache := self.caches[-1]):
            name, holder = cache
            thing = ast.Name(holder, _LOAD) if holder else ast.Constant(None)
            value = value or _placed(ast.Constant(None), node)
            value = self.hook("leave", node, value, _placed(thing, node), self.site("store", name, node))
        node.value = value
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.defaults = [self.expression(each) for each in node.defaults]
        node.kw_defaults = [each and self.expression(each) for each in node.kw_defaults]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        node.decorator_list = [self.decorator(each) for each in node.decorator_list]
        node.bases = [self.expression(each) for each in node.bases]
        for keyword in node.keywords:
            keyword.value = self.expression(keyword.value)
        self.classes.append(node.name)
        node.body = self.block(node.body)
        self.classes.pop()
        self.decorate(node)
        return node

    def visit_TypeAlias(self, node: ast.TypeAlias) -> ast.stmt:
        return node


_VISITORS = visitors(_Transformer)


def _placed[New: ast.expr | ast.stmt](new: New, node: ast.AST) -> New:
    """`new` where `node` stands: what ast.copy_location does, for thousands of nodes in a fraction of its time."""
    old: Any = node
    new.lineno, new.end_lineno = old.lineno, old.end_lineno
    new.col_offset, new.end_col_offset = old.col_offset, old.end_col_offset
    return new


def _shape(target: ast.expr) -> Shape | None:
    """Which parts of the target's value are unpacked in turn; None if the target is no list of targets."""
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    starred = [isinstance(each, ast.Starred) for each in target.elts]
    found: list[tuple[int, Shape]] = []
    for index, each in enumerate(target.elts):
        inner = _shape(each)
        if inner is not None:
            found.append((index - len(starred) if any(starred[:index]) else index, inner))
    return tuple(found)


def _levels(pattern: ast.pattern) -> int:
    """How far into what is matched a pattern looks."""
    if isinstance(pattern, ast.MatchValue):
        return 0 if _is_settled(pattern.value) else EVERY  # it is compared
    inner = [each for each in ast.iter_child_nodes(pattern) if isinstance(each, ast.pattern)]
    deepest = max(map(_levels, inner), default=0)
    looks = isinstance(pattern, ast.MatchSequence | ast.MatchMapping) or (isinstance(pattern, ast.MatchClass) and inner)
    return min(deepest + bool(looks), EVERY)


def _text(text: str, node: ast.AST) -> ast.expr:
    return _placed(ast.Constant(text), node)


def _yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function.body))


def _is_settled(node: ast.expr) -> bool:
    """Whether it is a constant that is compared to, or joined with, nothing that can change, as bytes may be."""
    return isinstance(node, ast.Constant) and not isinstance(node.value, bytes)


def _has_generator_alone(node: ast.Call) -> bool:
    """Whether a generator that is made for it is all that is given."""
    return len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.GeneratorExp)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex)


def _stores_nothing(loop: ast.While) -> bool:
    """Whether a round of this loop can leave no trace but in what threads share (which is watched as it runs)."""
    allowed = (
        ast.Pass, ast.Continue, ast.Break, ast.Expr, ast.If, ast.Call, ast.Attribute, ast.Name, ast.Constant,
        ast.Subscript, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.cmpop, ast.boolop, ast.unaryop, ast.expr_context,
        ast.With, ast.withitem, ast.Return, ast.BinOp, ast.operator, ast.IfExp, ast.GeneratorExp, ast.comprehension,
    )  # fmt: skip
    calls = {"sleep", "is_set", "locked", "is_alive", "done", "empty", "full", "qsize", "len", "bool", "get_ident"}
    calls |= {"any", "all"}
    own = [n for g in ast.walk(loop) if isinstance(g, ast.comprehension) for n in ast.walk(g.target)]
    for node in ast.walk(loop):
        if node is loop or any(node is each for each in own):
            continue
        if not isinstance(node, allowed) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return False
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name not in calls:
                return False
    return True


def instrument(source: str, filename: str, more: ast.NodeTransformer | None = None) -> Program:
    """The program `source` with hooks, and with what `more` adds to them: no switch points.

    Raises SyntaxError as `compile` does, with the reader's lines, and where the program is nested too deeply.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEPEST))
    try:
        return _instrument(source, filename, more)
    except RecursionError:
        why = "its expressions or statements are nested too deeply for the lab"
        raise SyntaxError(why, (filename, None, None, None)) from None
    finally:
        sys.setrecursionlimit(limit)


def _instrument(source: str, filename: str, more: ast.NodeTransformer | None) -> Program:
    tree = ast.parse(source, filename)
    transformer = _Transformer(Scopes(tree))
    tree.body = transformer.block(tree.body)
    if more is not None:
        more.visit(tree)
    code = compile(tree, filename, "exec", dont_inherit=True)
    return Program(
        code,
        transformer.sites,
        transformer.shared_globals,
        source.splitlines(keepends=True),
        frozenset(transformer.attribute_stores),
        frozenset(transformer.module_stores),
        transformer.attributes is None,
        frozenset(transformer.loop_variables),
    )
