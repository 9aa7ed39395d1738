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
import os
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, Concatenate

from threadlab.instrument import Program, instrument
from threadlab.policies import Replay
from threadlab.schedule import Schedule
from threadlab.scheduler import LabThread, Scheduler
from threadlab.search import Found, Search
from threadlab.world import Options, World

LABEL = "allowed by the language; not seen on GIL builds since 3.10"

_ANY = 100
"""More preemptions than a program needs whose exploration comes to an end."""

_TOOL = 4
"""The number under which the lab asks for the interpreter's events; debuggers, profilers and coverage have others."""

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH120, PTH100


def _aside[**P](method: Callable[Concatenate[Scheduler, P], None]) -> Callable[Concatenate[Scheduler, P], None]:
    """A method that makes named tuples: Python code, but not the program's."""

    def call(scheduler: Scheduler, /, *args: P.args, **keywords: P.kwargs) -> None:
        me = scheduler.current
        before = me.checked
        method(scheduler, *args, **keywords)
        me.checked = before

    return call


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

    def switch(self) -> None:
        me = self.current
        self._unchecked = not me.checked
        if self.only and self._unchecked and not self.ended:
            self.points += 1
            if self.history is not None:
                self.history.arrive(me)
            return
        super().switch()
        self._unchecked = me.checked = False

    def wait(self, *args: Any, **keywords: Any) -> bool:
        result = super().wait(*args, **keywords)
        self.current.checked = True
        return result

    def _pass(self, me: LabThread, chosen: LabThread) -> None:
        if self._unchecked:
            self._unchecked = False
            self.unseen.append(self.line(sys._getframe(1)))
        super()._pass(me, chosen)

    emit = _aside(Scheduler.emit)
    add_value = _aside(Scheduler.add_value)
    changed = _aside(Scheduler.changed)
    tell_state = _aside(Scheduler.tell_state)
    flush = _aside(Scheduler.flush)


class _OnlyWhereItChecks(GilScheduler):
    only = True


class Watch:
    """Has the interpreter tell the world's scheduler of checks that no syntax shows. A context manager.

    Functions that operators, attributes and truth tests call, generators, backward jumps, exceptions.
    """

    def __init__(self, world: World) -> None:
        monitoring = sys.monitoring
        events = monitoring.events
        # In Pyodide 314, to disable an event while stacks are switched away ends the interpreter with a fatal error.
        never_again = None if sys.platform == "emscripten" else monitoring.DISABLE

        def begins(code: CodeType, _: int) -> object:
            return never_again if code.co_filename.startswith(_OWN) else checks()

        def jumps(code: CodeType, start: int, end: int) -> object:
            return never_again if end > start or code.co_filename.startswith(_OWN) else checks()

        def handles(code: CodeType, _: int, __: BaseException) -> object:
            return None if code.co_filename.startswith(_OWN) else checks()

        def checks() -> object:
            world.scheduler.current.checked = True
            return None

        self._callbacks: dict[int, Callable[..., object]] = {
            events.PY_START: begins, events.PY_RESUME: begins, events.PY_THROW: handles, events.JUMP: jumps,
            events.EXCEPTION_HANDLED: handles,
        }  # fmt: skip

    def __enter__(self) -> None:
        monitoring = sys.monitoring
        monitoring.use_tool_id(_TOOL, "threadlab")
        for event, callback in self._callbacks.items():
            monitoring.register_callback(_TOOL, event, callback)
        monitoring.set_events(_TOOL, sum(self._callbacks))

    def __exit__(self, *exception: object) -> None:
        monitoring = sys.monitoring
        monitoring.set_events(_TOOL, 0)
        for event in self._callbacks:
            monitoring.register_callback(_TOOL, event, None)
        monitoring.free_tool_id(_TOOL)


class Checks(ast.NodeTransformer):
    """Puts a call of `check` after what the syntax shows to be one, in a tree that has its hooks already."""

    def _check(self, node: ast.expr) -> ast.expr:
        function = ast.copy_location(ast.Name("__tl_check__", ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node], []), node)

    def _statement(self, node: ast.stmt) -> ast.stmt:
        return ast.copy_location(ast.Expr(self._check(ast.copy_location(ast.Constant(None), node))), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        hook = isinstance(node.func, ast.Name) and node.func.id.startswith("__tl_")
        return node if hook else self._check(node)

    def comprehension(self, node: Any) -> ast.expr:
        """In 3.10 and 3.11 a function that is called with its first iterable."""
        self.generic_visit(node)
        node.generators[0].iter = self._check(node.generators[0].iter)
        return self._check(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def within(self, node: Any) -> list[ast.stmt]:
        """After a `while` has tested and a `with` has entered, and after the whole of it."""
        self.generic_visit(node)
        node.body.insert(0, self._statement(node))
        return [node, self._statement(node)]

    visit_While = visit_With = visit_AsyncWith = within

    def after(self, node: Any) -> list[ast.stmt]:
        self.generic_visit(node)
        return [node, self._statement(node)]

    visit_For = visit_AsyncFor = visit_Try = visit_TryStar = visit_Import = visit_ClassDef = after
    visit_FunctionDef = visit_AsyncFunctionDef = after

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        return node if node.module == "__future__" else self.after(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_arg(self, node: ast.AST) -> ast.AST:
        return node

    visit_TypeAlias = visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = visit_arg


def label_of_run(unseen: list[int]) -> str:
    """What to say of a run with these switches that no build with the GIL makes; "" if there are none."""
    lines = sorted({line for line in unseen if line})
    if not unseen:
        return ""
    where = f", which do not switch at line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}" if lines else ""
    return LABEL + where


class _Enough(Exception):
    """The second exploration need not, or must not, go on."""


def label_outcomes(search: Search, source: str) -> None:
    """Labels the outcomes of an exhaustive exploration that no build with the GIL can show.

    A second exploration, which switches only where such a build does, has to come to its end without them, at any
    number of preemptions; a bound could hide a longer way there. It is given up, and nothing labelled, where it needs
    more than twice as many executions as the first, and more than a thousand. What it does find at the same number of
    preemptions, it finds on a schedule that such a build can follow: that one is shown then.
    """
    if not search.exhaustive:
        return
    world, filename = search.world, search.filename
    program = instrument(source, filename, Checks())
    options = Options(
        seed=search.seed, max_steps=search.max_steps, any_time=search.any_time, scheduler=GilScheduler
    )  # fmt: skip
    with Watch(world):
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
