"""What a build with the GIL cannot show of a program.

The lab switches wherever the language allows it. An interpreter with a GIL switches only where its evaluation loop
checks whether another thread waits for the GIL. In CPython's sources these are the uses of CHECK_EVAL_BREAKER and
_CHECK_PERIODIC in Python/bytecodes.c (3.12 to 3.14) and Python/ceval.c (3.10, 3.11). All these versions together check

- after a call, in some of them or in all, whatever is called;
- as the body of a Python function begins, and as a generator goes on (RESUME; in 3.10 as a frame is entered);
- on a backward jump, which in 3.10 to 3.13 stands after the test of a `while`, in 3.14 before it;
- in 3.10 as an exception is handled, in 3.11 on the way back from where it is handled.

C code lets go of the GIL where it waits: in calls, `with`, `for` and `import`. So where none of this lies between a
thread's last access and a switch point, no such build switches there. What may be a check counts as one, so that
nothing is called out of reach that is not.
"""

import ast
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from threadlab.frames import OWN
from threadlab.instrument import Program, instrument
from threadlab.policies import Replay
from threadlab.schedule import Schedule
from threadlab.scheduler import Scheduler
from threadlab.search import Found, Search
from threadlab.threads import Access, LabThread
from threadlab.world import Options

LABEL = "allowed by the language; not seen on GIL builds since 3.10"

_ANY = 100
"""More preemptions than a program needs whose exploration comes to an end."""

_CALLED_ONLY = frozenset(
    "__future__ _thread asyncio atexit concurrent contextlib contextvars gc heapq itertools math os queue random "
    "sched sys threading time traceback typing".split()
)
"""Modules that programs use by calls: what they give has no operators in Python that a thread of a program uses."""


_NAMES_CALLED_ONLY = {
    "functools": frozenset(("cache", "lru_cache", "partial", "reduce", "wraps")),
    "collections": frozenset(("defaultdict", "deque")),
}
"""Of other modules, by name, what is in C or has no operators either."""


class GilScheduler(Scheduler):
    """A run that knows at which switch points a build with the GIL could switch."""

    only = False
    """Whether it switches at those only."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._unchecked = False

    def hooks(self) -> dict[str, object]:
        return {"__tl_check__": self.check}

    def check(self, value: object = None) -> object:
        """Says that such a build may check here. Gives `value` on."""
        self.current.checked = True
        return value

    def switch(self, accesses: Callable[[], list[Access]] | None = None) -> None:
        me = self.current
        me.checked = me.checked or self._is_in_library(sys._getframe(1))
        self._unchecked = not me.checked
        if self.only and self._unchecked and not self.ended:
            self.points += 1
            if self._interleaved is not None:
                self._interleaved.arrive(me)
            return
        super().switch(accesses)
        self._unchecked = me.checked = False

    def _is_in_library(self, frame: FrameType | None) -> bool:
        """Whether the library's Python code uses a lock or a queue here: since the last use it has come from a call."""
        while frame is not None and frame.f_code.co_filename.startswith(OWN):
            frame = frame.f_back
        return frame is not None and frame.f_globals is not self.namespace

    def wait(self, *args: Any, **keywords: Any) -> bool:
        result = super().wait(*args, **keywords)
        self.current.checked = True
        return result

    def _pass(self, me: LabThread, chosen: LabThread) -> None:
        if self._unchecked:
            self._unchecked = False
            self.unseen.append(self.line(sys._getframe(1)))
        super()._pass(me, chosen)


class _OnlyWhereItChecks(GilScheduler):
    only = True


class Checks(ast.NodeTransformer):
    """Puts a call of `check` where the loop may check, in a tree that has its hooks already.

    It is enough to do so in the program: see `is_known`.
    """

    def _check(self, node: ast.expr) -> ast.expr:
        function = ast.copy_location(ast.Name("__tl_check__", ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node], []), node)

    def _constant(self, value: object, node: ast.AST) -> ast.expr:
        return self._check(ast.copy_location(ast.Constant(value), node))  # type: ignore[arg-type]

    def _statement(self, node: Any) -> ast.stmt:
        return ast.copy_location(ast.Expr(self._constant(None, node)), node)

    def _begin(self, body: list[ast.stmt]) -> None:
        """Puts one before a body, but after its docstring."""
        first = body[0]
        docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        body.insert(int(docstring), self._statement(first))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        hook = isinstance(node.func, ast.Name) and node.func.id.startswith("__tl_")
        return node if hook else self._check(node)

    def value(self, node: Any) -> ast.expr:
        """After a generator or coroutine has gone on."""
        self.generic_visit(node)
        return self._check(node)

    visit_Yield = visit_YieldFrom = visit_Await = value

    def comprehension(self, node: Any) -> ast.expr:
        """In 3.10 and 3.11 a function that is called with its first iterable; a loop in all."""
        self.generic_visit(node)
        node.generators[0].iter = self._check(node.generators[0].iter)
        if isinstance(node, ast.DictComp):
            node.key = self._check(node.key)
        else:
            node.elt = self._check(node.elt)
        return self._check(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self.generic_visit(node)
        nothing = ast.copy_location(ast.Constant(None), node)
        node.body = ast.copy_location(ast.IfExp(self._constant(True, node), node.body, nothing), node)
        return node

    def within(self, node: Any) -> list[ast.stmt]:
        """As a function begins, a loop goes on, a `while` has tested, a `with` has entered; and after the whole."""
        self.generic_visit(node)
        self._begin(node.body)
        return [node, self._statement(node)]

    visit_With = visit_AsyncWith = visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = within

    def loop(self, node: Any) -> list[ast.stmt]:
        """On the backward jump at the end of the body, too: before the next item is taken, or the test is made."""
        result = self.within(node)
        node.body.append(self._statement(node.body[-1]))
        return result

    visit_While = visit_For = visit_AsyncFor = loop

    def visit_Continue(self, node: ast.Continue) -> list[ast.stmt]:
        return [self._statement(node), node]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        self._begin(node.body)
        return node

    def visit_Try(self, node: Any) -> list[ast.stmt]:
        if node.finalbody:
            self._begin(node.finalbody)
        return self.after(node)

    visit_TryStar = visit_Try

    def after(self, node: Any) -> list[ast.stmt]:
        self.generic_visit(node)
        return [node, self._statement(node)]

    visit_Import = after

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        return node if node.module == "__future__" else self.after(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_arg(self, node: ast.AST) -> ast.AST:
        return node

    visit_TypeAlias = visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = visit_arg


def is_known(source: str) -> bool:
    """Whether all Python code that a program calls without a call stands in the program.

    An operator, an attribute or a subscript of an object of some other module may be Python code, and so have checks
    that no syntax of the program shows.
    """
    for node in ast.walk(ast.parse(source)):
        names: list[str | None] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            known = _NAMES_CALLED_ONLY.get(node.module or "", frozenset())
            names = [] if known.issuperset(alias.name for alias in node.names) else [node.module]
        elif isinstance(node, ast.Name) and node.id in ("__import__", "exec", "eval"):
            return False
        if any((name or "").partition(".")[0] not in _CALLED_ONLY for name in names):
            return False
    return True


def label_of_run(unseen: list[int], source: str) -> str:
    """What to say of a run with these switches that no build with the GIL makes; "" if there are none."""
    lines = sorted({line for line in unseen if line})
    if not unseen or not is_known(source):
        return ""
    if not lines:
        return LABEL
    where = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}"
    return f"{LABEL}, which do not switch right before such a step of {where}"


class _Enough(Exception):
    """The second exploration need not, or must not, go on."""


def label_outcomes(search: Search, source: str) -> None:
    """Labels the outcomes of an exhaustive exploration that no build with the GIL can show.

    A second exploration, which switches only where such a build does, has to come to its end without them, at any
    number of preemptions; a bound could hide a longer way there. It is given up, and nothing labelled, where it needs
    more than twice as many executions as the first, and more than a thousand. What it does find at the same number of
    preemptions, it finds on a schedule that such a build can follow: that one is shown then.
    """
    if not search.exhaustive or not is_known(source):
        return
    world, filename = search.world, search.filename
    program = instrument(source, filename, Checks())
    options = Options(
        seed=search.seed, max_steps=search.max_steps, any_time=search.any_time, scheduler=GilScheduler
    )  # fmt: skip
    missing = {
        key
        for key, found in search.outcomes.items()
        if found.preemptions and world.run(program, filename, Replay(found.schedule), options).unseen
    }
    if missing and _explore_again(search, program, missing):
        for key in missing:
            search.outcomes[key].label = LABEL


def _explore_again(search: Search, program: Program, missing: set[tuple[str, str]]) -> bool:
    """Removes from `missing` what a build with the GIL can come to. Returns whether it came to its end."""

    def on_found(found: Found) -> None:
        key = (found.ending, found.output)
        if key in missing:
            missing.remove(key)
            if search.outcomes[key].preemptions == found.preemptions:
                search.outcomes[key].schedule = found.schedule
        if not missing:
            raise _Enough

    def on_execution(_: Schedule) -> None:
        if second.executions >= max(1000, 2 * search.executions):
            raise _Enough

    def on_progress(_: Search) -> None:
        if search.on_progress:
            search.on_progress(search)

    second = Search(
        search.world, program, search.filename, preemptions=_ANY, limit=1 << 30, any_time=search.any_time,
        max_steps=search.max_steps, seed=search.seed, scheduler=_OnlyWhereItChecks, on_found=on_found,
        on_progress=on_progress, on_execution=on_execution,
    )  # fmt: skip
    try:
        second.run()
    except _Enough:
        return False
    return second.exhaustive and not second.cut
