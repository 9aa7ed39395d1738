"""What a program prints, and its standard streams."""

import builtins
import codecs
import functools
import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from threadlab.refusals import TYPED
from threadlab.scheduler import Scheduler
from threadlab.threads import OUTPUT

if TYPE_CHECKING:
    from threadlab.hooks import Hooks
    from threadlab.world import World

_print = builtins.print
"""The interpreter's own, whatever a program has put in its place."""


class Streams:
    """Where what the runs of a world print goes."""

    scheduler: Scheduler
    hooks: "Hooks"
    errors: list[str]
    on_output: Callable[[str, str], None] | None

    def print(self, *values: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: bool = False) -> None:
        """`print`: one operation, unless a value's own __str__ does more."""
        scheduler, hooks = self.scheduler, self.hooks
        target = sys.stdout if file is None else file
        own = isinstance(target, Stream)
        plain = [value if hooks.is_plain_text(type(value)) else str(value) for value in values]
        scheduler.current.checked = True  # a real one may have to empty its buffer first, and lets go of the GIL then
        scheduler.switch()
        found = [each for value in plain for each in hooks.sources(value, True)]
        written = [] if own else hooks.sources(target)
        if own or written:
            text, point = io.StringIO(), scheduler.points
            _print(*plain, sep=sep, end=end, file=text)
            if scheduler.points != point:  # code of the program has made a part of the text
                scheduler.switch()
        if scheduler.tracking:
            for thing in found + written:
                for access in hooks.touches(thing, any(thing is each for each in written)):
                    scheduler.touch(*access)
            line = scheduler.line(sys._getframe(1))
            hooks.tear_generated(found, line)
            hooks.tear_special("print", plain, found, False, line)
        if isinstance(target, Stream):
            target.put(text.getvalue())
        elif written:
            _print(text.getvalue(), end="", file=target, flush=flush)
        else:
            _print(*plain, sep=sep, end=end, file=target, flush=flush)

    def write(self, name: str, text: str) -> None:
        """The program has printed on stdout or stderr."""
        scheduler = self.scheduler
        if scheduler.ended:
            return
        if name == "stderr":
            self.write_error(text)
            return
        scheduler.write(text)
        if scheduler.tracking:
            scheduler.touch(OUTPUT, True)
            if scheduler.events is not None:
                scheduler.emit("print", None, "output")
                scheduler.changed("output", text)
        if self.on_output:
            self.on_output("stdout", text)

    def write_error(self, text: str) -> None:
        self.errors.append(text)
        if self.on_output:
            self.on_output("stderr", text)


class Input(io.TextIOBase):
    """sys.stdin of a program."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        self._world.unsupported("sys.stdin.read", TYPED)
        return ""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        self._world.unsupported("sys.stdin.readline", TYPED)
        return ""


class Stream(io.TextIOBase):
    """sys.stdout and sys.stderr of a program."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, world: "World", name: str) -> None:
        self._world = world
        self._name = name
        self.called = f"sys.{name}"
        """What a program calls it."""

    def __del__(self) -> None:
        """Nothing to close."""

    @functools.cached_property
    def buffer(self) -> "_Bytes":
        return _Bytes(self)

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def reconfigure(self, **options: object) -> None:
        """Nothing is buffered or encoded here."""

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._switch()
        self.put(text)
        return len(text)

    def put(self, text: str) -> None:
        """Raises ValueError if the program has closed it."""
        if self.closed:
            self._world.scheduler.touch(OUTPUT, False)
            raise ValueError("I/O operation on closed file.")
        self._world.write(self._name, text)

    def close(self) -> None:
        self._switch()
        self._world.scheduler.touch(OUTPUT, True)
        super().close()

    def _switch(self) -> None:
        scheduler = self._world.scheduler
        if not scheduler.ended:
            scheduler.current.checked = True  # as for print
            scheduler.switch()


class _Bytes(io.BufferedIOBase):
    """The same stream for bytes: what is no UTF-8 is shown escaped."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.called = f"{stream.called}.buffer"
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def __del__(self) -> None:
        """Nothing to close."""

    @property
    def name(self) -> str:
        return self._stream.name

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        whole = bytes(memoryview(data))
        self._stream.write(self._decoder.decode(whole))
        return len(whole)
