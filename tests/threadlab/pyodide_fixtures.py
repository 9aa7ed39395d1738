"""Where Pyodide and Node are: fixtures for every test that runs the engine in stock Pyodide."""

import importlib
import importlib.util
import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def pyodide() -> Path:
    """The folder of npm's package pyodide. Where it cannot be had, only CI insists on it."""
    return Path(
        _found("THREADLAB_PYODIDE", lambda packages: (packages.installed() or Path()) / "pyodide", "pyodide.mjs")
    )


@pytest.fixture(scope="session")
def node() -> str:
    """Node 24 or newer, whose WebAssembly can wait for promises."""
    return str(_found("THREADLAB_NODE", lambda packages: packages.node() or "", ""))


def _found(variable: str, ask, inside: str) -> str | Path:
    """What the environment variable names, else what the site's packages say."""
    found = os.environ.get(variable, "")
    if not found and importlib.util.find_spec("packages"):
        found = ask(importlib.import_module("packages"))
    if str(found) and Path(found, inside).exists():
        return found
    reason = f"no {inside or 'Node'}: {variable} names where it is, unless the site's npm packages are installed"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run_in_node(node: str, script: Path, *arguments: object, seconds: float = 280) -> str:
    """What the script prints. Raises AssertionError with what it said on stderr."""
    command = [node, "--experimental-wasm-jspi", str(script), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout
