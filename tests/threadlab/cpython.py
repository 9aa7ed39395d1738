"""CPython's own tests on the lab: loaded from the installed `test` package, instrumented, run in a world.

Usage: python cpython.py MODULE[:PART OF A TEST'S ID]…, which prints JSON lines: [id, status, text].
A status is started, then ok, failed, skipped (by the test itself) or unsupported (it calls what the lab cannot
schedule). Run as a process of its own: it leaves the interpreter in whatever state the tests do. In Pyodide,
cpython.mjs calls `run` with the host's copy of the tests.
"""

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from threadlab.hooks import Hooks
from threadlab.instrument import instrument
from threadlab.policies import First
from threadlab.refusals import Unsupported
from threadlab.world import Options, Run, World

INSTRUMENTED = ("test.lock_tests", "test.test_queue", "test.test_threading", "test.test_concurrent_futures.executor",
                "test.test_concurrent_futures.test_thread_pool", "test.test_concurrent_futures.util",
                "test.support.threading_helper", "test.test_asyncio")  # fmt: skip
TABLES: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("cpython_excluded.json").read_text())
"""By the heading of docs/lab/conformance.md: tests, and why each is not there."""
IN_PYODIDE = sys.platform == "emscripten"
EXCLUDED = TABLES["left out"] | (TABLES["left out in Pyodide"] if IN_PYODIDE else {})

Say = Callable[[str, str, str], None]


class Instrumenting(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the tests with hooks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hooks: list[Hooks] = []

    def find_spec(self, name, path=None, target=None):
        if not any(name == each or name.startswith(f"{each}.") for each in INSTRUMENTED):
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None or found.origin is None:
            return None
        return importlib.util.spec_from_file_location(
            name, found.origin, loader=self, submodule_search_locations=found.submodule_search_locations
        )

    def exec_module(self, module: types.ModuleType) -> None:
        program = instrument(Path(module.__file__).read_text(encoding="utf-8"), module.__file__)
        self.hooks.append(Hooks(self.world.scheduler, program, module.__dict__))
        module.__dict__["__builtins__"] = {**vars(builtins), **self.hooks[-1].names()}
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


def _bridge_versions() -> None:
    """3.13's tests ask a policy for what 3.14 no longer has, as they close a loop: "not implemented" is an answer."""
    import asyncio

    def get_child_watcher(policy: object) -> None:
        raise NotImplementedError

    if sys.version_info >= (3, 14):
        asyncio.unix_events._DefaultEventLoopPolicy.get_child_watcher = get_child_watcher


class Runner:
    """Runs functions as programs of one world, with the tests' modules in it."""

    def __init__(self) -> None:
        self.world = World()
        self.world.install()
        sys.addaudithook(self.world.audit)
        self.loader = Instrumenting(self.world)
        sys.meta_path.insert(0, self.loader)
        self._called = sys.modules["called"] = types.ModuleType("called")
        # asyncio comes first: its loop is put in place once the import that names it is over.
        self._program = instrument("import asyncio, called; called.function()", "<runner>")
        self.world.keep()

    def execute(self, function: Callable[[], None]) -> Run:
        def call() -> None:
            for hooks in self.loader.hooks:
                hooks.scheduler = self.world.scheduler
            function()

        self._called.function = call
        return self.world.run(self._program, "<runner>", First(), Options(max_steps=300_000))

    def load(self, names: Iterable[str]) -> Iterator:
        """The tests of the modules that are not left out. Raises RuntimeError if there is none."""
        tests = []

        def load() -> None:
            self.world.importing = True
            import unittest

            from test import support
            from test.support import threading_helper

            # What the machine may lack, the lab gives; its loop needs no socket.
            threading_helper.can_start_thread = support.has_socket_support = True
            _bridge_versions()
            for name in names:
                module, _, only = name.partition(":")
                found = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))
                tests.extend(each for each in _flat(found) if only in each.id() and reason(each.id()) is None)

        try:
            run = self.execute(load)
        finally:
            self.world.importing = False
        if not tests:
            raise RuntimeError(f"no tests in {names}: {run.outcome} {run.errors} {run.error!r}")
        self.world.keep()
        return tests

    def test(self, test) -> tuple[str, str]:
        """Runs one test: its status, and what there is to say."""
        said: list[tuple[str, str]] = []
        result = result_type(lambda *what: said.append(what))
        run = self.execute(lambda: test(result()))
        text = "\n".join(text for _, text in said)
        if isinstance(run.error, Unsupported):
            return "unsupported", run.error.call
        if run.outcome is None or run.outcome.kind not in ("finished", "exception"):
            return "failed", f"{run.outcome} {run.error!r} {text}"
        return max((status for status, _ in said), default="failed", key=["ok", "skipped", "failed"].index), text


def run(names: Iterable[str], say: Say) -> None:
    """Runs the tests of the modules; `say` is called with each one's id, status and text."""
    runner = Runner()
    for test in runner.load(names):
        say(test.id(), "started", "")
        say(test.id(), *runner.test(test))


def main() -> None:
    sink = os.fdopen(os.dup(1), "w")
    run(sys.argv[1:], lambda *what: print(json.dumps(what), file=sink, flush=True))
    os._exit(0)


if __name__ == "__main__":
    main()
