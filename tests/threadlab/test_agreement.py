"""The same schedule gives the same normalised events on CPython 3.13, 3.14 and in Pyodide.

Compared over the small programs, fifty generated ones, and every snippet that the lab runs and that needs no package.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest_lab import other_pythons
from deadlocks import DEADLOCKS
from generated import generated
from programs_lab import SMALL
from pyodide_fixtures import run_in_node
from stacks import ALONE, COLLECTING, LOOKING, STACKS
from test_snippets_in_the_lab import EXPLORED, source_in_the_lab

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SNIPPETS = {each.name: source_in_the_lab(each) for each in EXPLORED if not each.directive.dependencies}
PROGRAMS = {**SMALL, **generated(), **SNIPPETS}


def native(python: str, module: str = "fingerprints", programs: dict[str, str] = PROGRAMS) -> dict[str, object]:
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [python, HERE / f"{module}.py"], input=json.dumps(programs), capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@cache
def here() -> dict[str, object]:
    return native(sys.executable)


def compare(found: dict[str, object]) -> None:
    assert not {key: (here()[key], found[key]) for key in found if found[key] != here()[key]}


def in_pyodide(node: str, pyodide: Path, module: str, programs: dict[str, str], folder: Path) -> dict[str, object]:
    file = folder / "programs.json"
    file.write_text(json.dumps(programs))
    output = run_in_node(node, HERE / "jspi.mjs", pyodide, ROOT, module, file)
    return json.loads(output.splitlines()[-1])


def test_another_process_gives_the_same_events() -> None:
    assert len(PROGRAMS) > 100
    empty = [key for key, (_, events, *_) in here().items() if not events]
    assert not empty, "nothing to compare"
    found = native(sys.executable)
    assert found.keys() == here().keys()
    compare(found)


def test_every_version_gives_the_same_events() -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other CPython 3.13 or 3.14 here; THREADLAB_PYTHONS may name some")
    for python in pythons:
        compare(native(python))


def test_pyodide_gives_the_same_events(node: str, pyodide: Path, tmp_path: Path) -> None:
    found = in_pyodide(node, pyodide, "fingerprints", PROGRAMS, tmp_path)
    assert {key.rpartition(" ")[0] for key in found} == PROGRAMS.keys() | {"TWO_LOOPS"}
    compare(found)


def test_pyodide_can_leave_threads_waiting_over_and_over(node: str, pyodide: Path, tmp_path: Path) -> None:
    found = in_pyodide(node, pyodide, "deadlocks", DEADLOCKS, tmp_path)
    expected = native(sys.executable, "deadlocks", DEADLOCKS)
    for name in DEADLOCKS:
        assert all(ending.startswith("deadlock: ") for ending, _ in expected[name])  # type: ignore[attr-defined]
    more = found.pop("objects")
    del expected["objects"]
    assert found == expected
    assert more < 100, "each of these hundreds of threads leaves something"


def test_nothing_looks_through_stacks_that_pyodide_may_have_moved(node: str, pyodide: Path, tmp_path: Path) -> None:
    programs = STACKS | ALONE
    finished = [["finished", "all\n"]]
    assert native(sys.executable, "stacks", programs) == dict.fromkeys(programs, finished)
    found = in_pyodide(node, pyodide, "stacks", programs, tmp_path)
    assert {name: found[name] for name in (*COLLECTING, *ALONE)} == dict.fromkeys((*COLLECTING, *ALONE), finished)
    for name in LOOKING:
        assert {text.partition(" looks")[0] for text, _ in found[name]} == {f"/program.py:9: {name}"}  # type: ignore[attr-defined]
