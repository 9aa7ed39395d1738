"""Copies of this repository, on which the real checks can be run after something in them was changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from places import ROOT

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "site", "benchmarks", "node_modules")


def copy_tree(target: Path) -> Path:
    """Copies all that the checks read to the folder `target`; its notebook is not executed at build."""
    shutil.copytree(ROOT, target, ignore=NOT_COPIED, dirs_exist_ok=True)
    config = target / "mkdocs.yml"
    text = config.read_text()
    assert "execute: true" in text
    config.write_text(text.replace("execute: true", "execute: false"))
    return target


def run_in(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `python -m ARGUMENTS` in a copy, with the copy's own package instead of the one that is installed."""
    environment = os.environ | {"PYTHONPATH": str(tree), "NO_COLOR": "1", "SITE_URL": "", "EDIT_URI": ""}
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=200)


def run_checks(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the copy's own tests on the copy; snippets that hang are killed after 3 s."""
    fixed = ["pytest", "-q", "--numprocesses=0", "-p", "no:cacheprovider", "-o", "snippet_time_limit=3"]
    return run_in(tree, *fixed, *arguments)


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    """Builds the copy strictly."""
    return run_in(tree, "mkdocs", "build", "--strict")
