"""CPython's own tests pass on the lab, but for those that the tables leave out: natively, and in stock Pyodide."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from cpython import TABLES
from places import ROOT
from server import listening, serving

HERE = Path(__file__).parent
PASS = {
    "test.test_threading": (160, 170, 155),
    "test.test_queue": (140, 140, 140),
    "test.test_concurrent_futures.test_thread_pool": (14, 24, 14),
    "test.test_asyncio.test_base_events": (46, 44, 44),
    "test.test_asyncio.test_context": (1, 1, 1),
    "test.test_asyncio.test_eager_task_factory": (39, 45, 34),
    "test.test_asyncio.test_events": (22, 33, 20),
    "test.test_asyncio.test_free_threading": (0, 20, 0),
    "test.test_asyncio.test_futures": (160, 175, 160),
    "test.test_asyncio.test_futures2": (7, 7, 7),
    "test.test_asyncio.test_graph": (0, 16, 0),
    "test.test_asyncio.test_locks": (75, 75, 71),
    "test.test_asyncio.test_pep492": (11, 11, 10),
    "test.test_asyncio.test_protocols": (5, 5, 5),
    "test.test_asyncio.test_queues": (59, 59, 59),
    "test.test_asyncio.test_runners": (24, 25, 21),
    "test.test_asyncio.test_staggered": (5, 7, 5),
    "test.test_asyncio.test_taskgroups": (39, 93, 39),
    "test.test_asyncio.test_tasks": (960, 1030, 930),
    "test.test_asyncio.test_threads": (6, 6, 6),
    "test.test_asyncio.test_timeouts": (34, 34, 34),
    "test.test_asyncio.test_tools": (0, 19, 0),
    "test.test_asyncio.test_transports": (7, 7, 7),
    "test.test_asyncio.test_waitfor": (19, 19, 19),
}
"""The modules, and how many of their tests pass at least: on 3.13, on 3.14, and of 3.13's tests in Pyodide.

None goes missing unseen. 0 is for a module that only 3.14 has.
"""
IN_PYODIDE = 2
SUITES = {
    "threads": [module for module in PASS if "asyncio" not in module],
    "tasks": ["test.test_asyncio.test_tasks"],
    "loops": ["test.test_asyncio.test_base_events", "test.test_asyncio.test_events", "test.test_asyncio.test_runners"],
    "futures": ["test.test_asyncio.test_futures", "test.test_asyncio.test_futures2", "test.test_asyncio.test_pep492"],
    "asyncio": [],
}
"""What shares one interpreter in Pyodide."""
SUITES["asyncio"] = [
    module
    for module, passing in PASS.items()
    if passing[IN_PYODIDE] and not any(module in suite for suite in SUITES.values())
]
Result = tuple[str, str, str]


@pytest.fixture(autouse=True)
def tests_are_installed() -> None:
    pytest.importorskip("test.lock_tests", reason="this Python is installed without its tests")


@pytest.fixture
def only_3_13() -> None:
    if sys.version_info[:2] != (3, 13):
        pytest.skip("what Pyodide leaves out is listed for the tests of Python 3.13")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cpython_archive import archive

    file = tmp_path_factory.mktemp("conformance") / "archive.zip"
    file.write_bytes(archive())
    return file


def check(results: Iterable[Result], modules: list[str], place: int, log: str) -> None:
    """`place` is the index of what PASS has for it."""
    ended = {test: (status, text) for test, status, text in results}
    wrong = [f"{test}: {status} {text}" for test, (status, text) in ended.items() if status in ("failed", "started")]
    assert not wrong, "\n".join(wrong) + log
    listed = TABLES["unsupported"]
    for test, (status, text) in ended.items():
        if status == "unsupported" or (place == IN_PYODIDE and status == "skipped"):
            assert test.split(".", test.count(".") - 1)[-1] in listed, f"{test}: {status}, {text}: list it"
    for module in modules:
        passed = sum(status == "ok" for test, (status, _) in ended.items() if test.startswith(f"{module}."))
        assert passed >= PASS[module][place], f"{module}: {passed} pass\n{log}"


def lines(output: str) -> list[Result]:
    return [tuple(json.loads(line)) for line in output.splitlines()]


@pytest.mark.parametrize("module", PASS)
def test_natively(module: str) -> None:
    place = int(sys.version_info >= (3, 14))
    if not PASS[module][place]:
        pytest.skip("only 3.14 has this module")
    command = [sys.executable, str(HERE / "cpython.py"), module]
    run = subprocess.run(command, capture_output=True, text=True, timeout=200)
    check(lines(run.stdout), [module], place, run.stderr[-2000:])


IN_WORKER = """
([modules]) => new Promise(resolve => {
    const results = [];
    const worker = new Worker("cpython_worker.mjs", { type: "module" });
    const end = text => { worker.terminate(); resolve([results, text]); };
    worker.onmessage = ({ data }) => typeof data === "string" ? end(data) : results.push(data);
    worker.onerror = event => end(event.message);
    worker.postMessage({ pyodide: new URL("pyodide/", location).href, archive: "archive.zip", modules });
})
"""


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.xdist_group("conformance in Chromium")
@pytest.mark.usefixtures("only_3_13")
def test_in_chromium(suite: str, browser, pyodide: Path, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "pyodide").symlink_to(pyodide, target_is_directory=True)
    (tmp_path / "index.html").write_text("<!doctype html><title>Conformance</title>")
    for file in (archive, HERE / "cpython_worker.mjs"):
        shutil.copy(file, tmp_path)
    shutil.copy(ROOT / "threadlab/web/switching.js", tmp_path / "switching.mjs")
    with listening() as (server, record), serving(server, record, tmp_path):
        tab = browser.new_page()
        tab.goto(record.origin)
        results, end = tab.evaluate(IN_WORKER, [SUITES[suite]])
        tab.close()
    assert end == "over"
    check(results, SUITES[suite], IN_PYODIDE, end)


def test_the_page_lists_what_is_left_out() -> None:
    page = (ROOT / "docs/lab/conformance.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", page, flags=re.M)
    for heading, table in (
        ("Left out", "left out"),
        ("Not supported", "unsupported"),
        ("Pyodide", "left out in Pyodide"),
    ):
        section = next(each for each in sections if each.startswith(f"{heading}\n"))
        rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, flags=re.M))
        assert rows == TABLES[table], f"the table of {heading!r} is not that of cpython_excluded.json"


def test_no_module_of_asyncio_is_left_out_unsaid() -> None:
    there = {
        f"test_asyncio.{file.stem}"
        for file in Path(importlib.import_module("test.test_asyncio").__file__).parent.glob("test_*.py")
    }
    run = {module.removeprefix("test.") for module in PASS}
    assert there - run <= TABLES["left out"].keys()
    assert not run & TABLES["left out"].keys(), "it runs"
