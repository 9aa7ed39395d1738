"""The child's side of the sandbox. It imports little: each run of a program waits for it."""

import gc
import json
import os
import signal
import sys
from typing import IO, Any


def main() -> None:
    """Serves one request, then ends at once, whatever threads are left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both; the caller decides
    source, sink = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
    exit_now = os._exit
    gc.disable()  # what is imported now stays: collecting meanwhile finds nothing
    channel = _Channel(source, sink)
    try:
        from threadlab.service import serve
        from threadlab.switching import keep_to_one_processor

        keep_to_one_processor()
        gc.enable()
        serve(channel)
    except Exception:
        import traceback  # what a program raises is a result: this is the lab's own

        channel.send(
            {"result": {"error": "internal", "text": f"the Thread Lab itself fails:\n{traceback.format_exc()}"}}
        )
    finally:
        try:
            sink.flush()
        finally:
            exit_now(0)


class _Channel:
    """The pipes, as the service uses them."""

    def __init__(self, source: IO[str], sink: IO[str]) -> None:
        self._source, self._sink = source, sink

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._source.readline() or "{}")
        return message

    def send(self, message: dict[str, Any]) -> None:
        self._sink.write(json.dumps(message) + "\n")
        self._sink.flush()
