"""CPython's own tests pass on the lab, but for those that the table leaves out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = {
    "test.test_threading": 160,
    "test.test_queue": 140,
    "test.test_concurrent_futures.test_thread_pool": 14,
}
"""The modules, and how many of their tests pass at least: so that none of them goes missing unseen."""


@pytest.mark.parametrize("module", MODULES)
def test_cpython(module: str) -> None:
    pytest.importorskip("test.lock_tests", reason="this Python is installed without its tests")
    command = [sys.executable, str(HERE / "cpython.py"), module]
    run = subprocess.run(command, capture_output=True, text=True, timeout=200)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    failed = [f"{test}: {text}" for test, status, text in results if status == "failed"]
    assert not failed, "\n".join(failed)
    passed = sum(status == "ok" for _, status, _ in results)
    assert passed >= MODULES[module], run.stderr[-2000:]
