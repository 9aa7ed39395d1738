"""Starts and ends the child: the interpreter of its own in which a program runs.

It imports little, so that a child can start before whoever talks to it is imported.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False  # as typing's
if TYPE_CHECKING:
    from typing import IO, Protocol

    class Child(Protocol):
        """What is used of a `subprocess.Popen`."""

        @property
        def stdin(self) -> IO[str] | None: ...

        @property
        def stdout(self) -> IO[str] | None: ...

        def kill(self) -> None: ...

        def wait(self) -> int: ...


_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_SPAWNS = hasattr(os, "posix_spawn")
_CHILD = "import sys; sys.path.insert(0, sys.argv.pop()); from threadlab.child import main; main()"


def start(seed: int) -> Child:
    """A child that waits for a request on its stdin. `seed` fixes string hashes."""
    arguments = [sys.executable, "-P", "-c", _CHILD, _ROOT]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    if _SPAWNS:  # importing subprocess takes longer than a third of the child's own imports
        return _Spawned(arguments, environment)
    import subprocess

    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, encoding="utf-8")


class _Spawned:
    """A child by `os.posix_spawn`."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        requests, stdin = os.pipe()
        stdout, answers = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, requests, 0), (os.POSIX_SPAWN_DUP2, answers, 1)]
        self._pid = os.posix_spawn(arguments[0], arguments, environment, file_actions=actions)
        for descriptor in (requests, answers):
            os.close(descriptor)
        self.stdin: IO[str] = os.fdopen(stdin, "w", encoding="utf-8")
        self.stdout: IO[str] = os.fdopen(stdout, encoding="utf-8")
        self._status: int | None = None

    def kill(self) -> None:
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, 9)

    def wait(self) -> int:
        """The exit status; of one that a signal ended the signal, negative."""
        if self._status is None:
            try:
                self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
            except ChildProcessError:  # the caller ignores SIGCHLD: the system has taken it away
                self._status = 0
        return self._status


def end(child: Child) -> None:
    """Kills it, if it still runs, and closes the pipes."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        assert pipe is not None
        with suppress(BrokenPipeError):
            pipe.close()
