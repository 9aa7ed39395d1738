"""Starts and ends the child: the interpreter of its own in which a program runs.

It imports little, so that a child can start before whoever talks to it is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_CHILD = "import sys; sys.path.insert(0, sys.argv.pop()); from threadlab.child import main; main()"


def start(seed: int) -> subprocess.Popen[str]:
    """A child that waits for a request on its stdin. `seed` fixes string hashes."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _CHILD, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        encoding="utf-8",
    )


def end(child: subprocess.Popen[str]) -> None:
    """Kills it, if it still runs, and closes the pipes."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        assert pipe is not None
        with suppress(BrokenPipeError):
            pipe.close()
