"""A browser's worker, on Python's side: what child.py is to the sandbox, on top of what worker.js hands in.

`js.threadlab` has `send(text)`, and `receive()`, which gives a promise of a text. Once this module is imported, a
snapshot of the interpreter's memory can be taken: what it keeps of JavaScript can be found again by its name.
"""

import gc
import json
import traceback  # noqa: F401 (no run need wait for it later)
from typing import Any

import js  # type: ignore[import-not-found]
from pyodide.ffi import run_sync  # type: ignore[import-not-found]

from threadlab import gil, present, service  # noqa: F401 (nor for these)

_WORLD = service.ready()
gc.collect()
gc.freeze()  # what is there now stays: collecting need not look at it


class _Channel:
    """The worker's messages, as the service uses them."""

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(run_sync(js.threadlab.receive()))
        return message

    def send(self, message: dict[str, Any]) -> None:
        js.threadlab.send(json.dumps(message))


def main() -> None:
    """Serves one request."""
    service.serve(_Channel(), _WORLD)
