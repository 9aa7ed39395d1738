"""In stock Pyodide the same schedules give the same events.

Needs Node 24 and Pyodide's npm package: THREADLAB_NODE is the program, THREADLAB_PYODIDE the package's folder.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.skipif("THREADLAB_PYODIDE" not in os.environ, reason="THREADLAB_PYODIDE says where Pyodide is, if it is")
def test_pyodide() -> None:
    node = os.environ.get("THREADLAB_NODE", "node")
    command = [node, "--experimental-wasm-jspi", HERE / "jspi.mjs", os.environ["THREADLAB_PYODIDE"], ROOT]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    native = subprocess.run(
        [sys.executable, HERE / "fingerprints.py"], capture_output=True, text=True, env=environment, check=True
    )
    assert json.loads(run.stdout.splitlines()[-1]) == json.loads(native.stdout)
