"""The engine is fully typed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_types(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
