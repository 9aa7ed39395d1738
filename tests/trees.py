"""Copies of this repository, on which the real checks can be run after something in them was changed."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from places import ROOT

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "site", "benchmarks", "node_modules")


def copy_tree(target: Path, *, own_cache: bool = False) -> Path:
    """Copies all that the checks read to the folder `target`; its notebook is not executed at build.

    Builds of the copy take what earlier ones have recorded, bundled and fetched, unless it has a cache of its own.
    """
    shutil.copytree(ROOT, target, ignore=NOT_COPIED, dirs_exist_ok=True)
    if not own_cache:
        cache = ROOT / ".cache"
        cache.mkdir(exist_ok=True)
        (target / ".cache").symlink_to(cache)
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


def build(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Builds the copy, strictly if not told otherwise."""
    needs_the_gil()
    return run_in(tree, "mkdocs", "build", *(options or ["--strict"]))


def needs_the_gil() -> None:
    """Skips a test that builds the site where the labs cannot be recorded."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("the site is built on builds of Python with the GIL, which the Thread Lab needs")
