"""Pyodide in Node: where both are, and a script run there.

Not named after Pyodide: within it, this folder comes first on the path.
"""

import os
import shutil
import subprocess
from pathlib import Path


def node_and_pyodide() -> tuple[str, Path] | str:
    """Node (24 or newer) and the folder of Pyodide's npm package, or why there is none.

    THREADLAB_NODE and THREADLAB_PYODIDE name them where the site's own packages are not meant.
    """
    if "THREADLAB_PYODIDE" in os.environ:
        return os.environ.get("THREADLAB_NODE") or shutil.which("node") or "node", Path(os.environ["THREADLAB_PYODIDE"])
    try:
        import packages  # theme/packages.py
    except ImportError:
        return "the site's npm packages cannot be fetched here: there is no theme/packages.py"
    node, folder = packages.node(), packages.installed()
    if node is None:
        return "there is no Node of version 24 or newer"
    if folder is None or not (folder / "pyodide").is_dir():
        return "Pyodide's npm package could not be fetched"
    return node, folder / "pyodide"


def run_in_pyodide(node: str, script: Path, *arguments: object, seconds: float = 280) -> str:
    """What the script prints. Raises AssertionError with what it said on stderr."""
    command = [node, "--experimental-wasm-jspi", str(script), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout
