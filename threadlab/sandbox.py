"""The disposable process in which a program runs, and how it is talked to.

One JSON object a line, over pipes that the program does not see: the child moves them away from its descriptors 0 and 1
before it runs anything. The caller asks with {"do": "run"} or {"do": "outcomes"}; the child answers with "output",
"choose" (which the caller answers with {"chosen": n}), "found", "progress" and at last "result". Whatever the program
does to its interpreter, the caller loses only the child.
"""

from __future__ import annotations

import json
import queue
import threading
from contextlib import suppress

from threadlab import launch

TYPE_CHECKING = False  # as typing's
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    type Message = dict[str, Any]


class ChildLost(Exception):
    """The child ended, or was killed, before its result."""

    def __init__(self, why: str, timed_out: bool) -> None:
        super().__init__(why)
        self.timed_out = timed_out


class Sandbox:
    """A child process. Use it as a context manager; leaving it kills the child."""

    def __init__(self, seed: int, silence: float, child: launch.Child | None = None) -> None:
        """`seed` fixes string hashes; `silence` is the seconds without a message after which the child is killed.

        `child` is one that has been started with this seed.
        """
        self._silence = silence
        self._process = child or launch.start(seed)
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="threadlab sandbox", daemon=True)
        self._reader.start()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        launch.end(self._process)
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._messages.put(json.loads(line))
        except ValueError:  # cut off in the middle of a line, or closed
            pass
        self._messages.put(None)

    def ask(self, request: Message, on_message: Callable[[Message], Message | None]) -> Message:
        """Sends `request` and gives each message to `on_message`, whose answer goes back, until the result.

        Raises ChildLost.
        """
        self._send(request)
        while True:
            try:
                message = self._messages.get(timeout=self._silence)
            except queue.Empty:
                raise ChildLost(f"killed after {self._silence:g} s of real time without a sign of life", True) from None
            if message is None:
                raise ChildLost(f"the interpreter ended with status {self._process.wait()}", False)
            if "result" in message:
                result: Message = message["result"]
                return result
            answer = on_message(message)
            if answer is not None:
                self._send(answer)

    def _send(self, message: Message) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the reader will say so
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
