"""The engine is fully typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_types(tmp_path: Path) -> None:
    if faults := faults_of_types(ROOT, tmp_path):
        pytest.fail("\n".join(faults), pytrace=False)


def faults_of_types(root: Path, cache: Path) -> list[str]:
    """What mypy says, with file, line and remedy."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), "--no-pretty", "--no-error-summary"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    told = re.findall(r"(?m)^(.+?:\d+): (?:error|note): (.*)", run.stdout)
    faults = [f"{place}: {what}. Mend the type: uv run mypy shows it." for place, what in told]
    if run.returncode and not faults:
        return [f"pyproject.toml:1: mypy cannot check the engine. Mend what it says:\n{run.stdout}{run.stderr}"]
    return faults


def test_what_a_contributor_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.mypy]\npackages = ["threadlab"]\nstrict = true\n')
    (tmp_path / "threadlab").mkdir()
    (tmp_path / "threadlab/__init__.py").write_text("\n\ndef double(x: int) -> str:\n    return x * 2\n")
    assert faults_of_types(tmp_path, tmp_path / "cache") == [
        'threadlab/__init__.py:4: Incompatible return value type (got "int", expected "str")  [return-value]. '
        "Mend the type: uv run mypy shows it."
    ]
