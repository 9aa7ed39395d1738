"""CPython's own tests on the lab: loaded from the installed `test` package, instrumented, run in a world.

Usage: python cpython.py MODULE[:PART OF A TEST'S ID]…, which prints one JSON line per test: [id, status, text].
A status is ok, failed, skipped (by the test itself) or unsupported (it calls what the lab cannot schedule).
Run as a process of its own: it leaves the interpreter in whatever state the tests do.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from threadlab.hooks import Hooks
from threadlab.instrument import instrument
from threadlab.policies import First
from threadlab.world import Options, Unsupported, World

INSTRUMENTED = {"test.lock_tests", "test.test_queue", "test.test_threading", "test.test_concurrent_futures.executor",
                "test.test_concurrent_futures.test_thread_pool", "test.test_concurrent_futures.util",
                "test.support.threading_helper"}  # fmt: skip
EXCLUDED: dict[str, str] = json.loads(Path(__file__).with_name("cpython_excluded.json").read_text())

RUNNER = "import unittest; from report import run_test; run_test()"
KEPT = ("test", "report", "unittest")


class Instrumenting(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the tests with hooks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hooks: list[Hooks] = []

    def find_spec(self, name, path=None, target=None):
        if name not in INSTRUMENTED:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None or found.origin is None:
            return None
        return importlib.util.spec_from_file_location(name, found.origin, loader=self)

    def exec_module(self, module: types.ModuleType) -> None:
        program = instrument(Path(module.__file__).read_text(encoding="utf-8"), module.__file__)
        self.hooks.append(Hooks(self.world.scheduler, program, module.__dict__))
        module.__dict__["__builtins__"] = self.hooks[-1].builtins()
        exec(program.code, module.__dict__)


def result_type(say):
    import unittest

    class Result(unittest.TestResult):
        """Says how the one test ended: the worst that it hears."""

        def addSuccess(self, test) -> None:
            say("ok", "")

        def addError(self, test, error) -> None:
            say("failed", self._exc_info_to_string(error, test))

        addFailure = addError

        def addSubTest(self, test, subtest, error) -> None:
            if error is not None:
                say("failed", self._exc_info_to_string(error, test))

        def addSkip(self, test, reason) -> None:
            say("skipped", reason)

        def addExpectedFailure(self, test, error) -> None:
            say("ok", "")

    return Result


def reason(test: str) -> str | None:
    """Why the test is left out, if it is: the table has its id, or a part of it between dots."""
    parts = test.split(".")
    for start in range(len(parts)):
        for end in range(len(parts), start, -1):
            if why := EXCLUDED.get(".".join(parts[start:end])):
                return why
    return None


def _flat(suite):
    for each in suite:
        if hasattr(each, "__iter__"):
            yield from _flat(each)
        else:
            yield each


def main() -> None:
    world = World()
    world.install()
    sys.addaudithook(world.audit)
    loader = Instrumenting(world)
    sys.meta_path.insert(0, loader)
    sink = os.fdopen(os.dup(1), "w")
    report = types.ModuleType("report")
    sys.modules["report"] = report
    original = world._reset

    def reset(options: Options) -> None:
        kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in KEPT}
        original(options)
        sys.modules.update(kept)

    world._reset = reset
    tests, names = [], sys.argv[1:]

    def load() -> None:
        import unittest

        for name in names:
            module, _, only = name.partition(":")
            found = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))
            tests.extend(each for each in _flat(found) if only in each.id() and reason(each.id()) is None)

    program = instrument(RUNNER, "<runner>")

    def execute(function):
        report.run_test = function
        return world.run(program, "<runner>", First(), Options(max_steps=300_000))

    def with_hooks(function):
        def call() -> None:
            for hooks in loader.hooks:
                hooks.scheduler = world.scheduler
            function()

        return call

    loaded = execute(load)
    if not tests:
        print(json.dumps([" ".join(names), "failed", f"{loaded.outcome} {loaded.errors}"]), file=sink, flush=True)
    for test in tests:
        said: list[tuple[str, str]] = []
        result = result_type(lambda *what, said=said: said.append(what))
        run = execute(with_hooks(lambda test=test, result=result: test(result())))
        status = max((status for status, _ in said), default="failed", key=["ok", "skipped", "failed"].index)
        text = "\n".join(text for _, text in said)
        if isinstance(run.error, Unsupported):
            status, text = "unsupported", run.error.call
        elif run.outcome is None or run.outcome.kind not in ("finished", "exception"):
            status, text = "failed", f"{run.outcome} {run.error!r} {text}"
        print(json.dumps([test.id(), status, text]), file=sink, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
