"""The files of the Thread Lab in the site: what threadlab/web/ has, the editor, Pyodide, and the engine as one file."""

import json
import os
import re
import subprocess
from pathlib import Path

import cache
import packages

from threadlab import package

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "threadlab"
WEB = ENGINE / "web"
EDITOR = WEB / "editor.js"
PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]
"""What Pyodide loads before it can run Python; its package has more, such as source maps."""
WORKER = ["worker.js", "switching.js"]
"""What the workers of runtime.js are made from, besides Pyodide and the engine."""


class BundleError(Exception):
    """A module that no browser can read, or an editor that cannot be bundled: has file and line."""


def engine_key() -> str:
    """Changes with the engine: its own files, without those for the page."""
    return cache.key(*(part for name, content in package.contents() for part in (name, content)))


def own_files() -> dict[str, Path]:
    """What needs no package, by its address in the site. Raises BundleError."""
    for file in sorted(WEB.glob("*.js")):
        cache.kept(f"lab/{cache.key(file.name, file.read_bytes())}.read", lambda made, file=file: _read(file, made))
    files = {f"assets/lab/{file.name}": file for file in sorted(WEB.iterdir()) if file.is_file() and file != EDITOR}
    files["threadlab.pyz"] = cache.kept(f"lab/{engine_key()}/threadlab.pyz", package.build)
    return files


def _read(module: Path, made: Path) -> None:
    """Writes the empty file `made` if a module can be read, or if there is no Node to tell."""
    if fault := syntax_fault(module):
        raise BundleError(fault)
    made.touch()


def syntax_fault(module: Path) -> str | None:
    """Why JavaScript cannot be read, with file, line and remedy; None if it can. A browser would tell readers only.

    From stdin, because Node does not know that a file .js is a module, and then lets most faults pass.
    """
    node = packages.node()
    if node is None:
        return None
    run = subprocess.run(
        [node, "--check", "--input-type=module"], input=module.read_bytes(), capture_output=True, check=False
    )
    if run.returncode == 0:
        return None
    told = run.stderr.decode()
    name = module.relative_to(ROOT) if module.is_relative_to(ROOT) else module.name
    line = re.search(r"(?m)^\[stdin\]:(?P<number>\d+)\n(?P<text>.*)", told)
    what = re.search(r"(?m)^SyntaxError: (.*)", told)
    if line is None or what is None:
        return f"{name}:1: Node cannot read this file. Mend it:\n{told}"
    shown = f": {text!r}" if (text := line["text"].strip()) else ""
    return (
        f"{name}:{line['number']}: JavaScript that cannot be read, {what[1]}{shown}. "
        "Mend this line, or the one before it."
    )


def package_files() -> dict[str, Path]:
    """What the npm packages give, by its address in the site. Raises packages.Unavailable, BundleError."""
    modules = packages.fetched()
    made = f"lab/{cache.key(packages.LOCK.read_bytes(), *(file.read_bytes() for file in sorted(WEB.glob('*.js'))))}"
    files = {f"assets/lab/pyodide/{name}": modules / "pyodide" / name for name in PYODIDE}
    files["assets/lab/runtime.json"] = cache.kept(
        f"{made}/{engine_key()}/runtime.json", lambda file: _describe(modules, file)
    )
    files["assets/lab/licences.txt"] = cache.kept(f"{made}/licences.txt", lambda file: _licences(modules, file))
    files["assets/lab/editor.js"] = cache.kept(f"{made}/editor.js", lambda file: _bundle(modules, file))
    return files


def _describe(modules: Path, target: Path) -> None:
    """What a reader's first click fetches: addresses relative to assets/lab/, sizes in bytes; and versions."""
    folder = modules / "pyodide"
    files = {f"pyodide/{name}": folder / name for name in PYODIDE} | {name: WEB / name for name in WORKER}
    files["../../threadlab.pyz"] = own_files()["threadlab.pyz"]
    description = {
        "files": [{"name": name, "bytes": file.stat().st_size} for name, file in files.items()],
        "pyodide": json.loads((folder / "package.json").read_bytes())["version"],
        "python": json.loads((folder / "pyodide-lock.json").read_bytes())["info"]["python"],
    }
    target.write_text(json.dumps(description), encoding="utf-8")


def _bundle(modules: Path, target: Path) -> None:
    """The editor and all that it imports as one module."""
    program = packages.node()
    if program is None:
        raise packages.Unavailable("there is no Node that can run esbuild. Install the project's dependencies: uv sync")
    options = [
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        "--log-level=warning",
    ]
    command = [program, modules / "esbuild/bin/esbuild", EDITOR, *options, f"--outfile={target}"]
    # The editor's file is not in the folder that has the packages.
    run = subprocess.run(command, env=os.environ | {"NODE_PATH": str(modules)}, capture_output=True, text=True)
    if run.returncode:
        raise BundleError(f"esbuild cannot bundle threadlab/web/editor.js. Mend it:\n{run.stderr}")


def _licences(modules: Path, target: Path) -> None:
    """Under which licences the packages are that the site serves, or that are in the editor; they ask to be named."""
    texts = []
    for file in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        about = json.loads(file.read_bytes())
        if "esbuild" in about["name"]:
            continue
        texts.append(f"{about['name']} {about['version']}: {about.get('license', 'no licence named')}")
        texts += [text.read_text(encoding="utf-8").strip() for text in sorted(file.parent.glob("LICEN[CS]E*"))]
    target.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
