"""A thread of the program, and the names of what threads share."""

from collections.abc import Callable
from types import FrameType
from typing import Any

from threadlab.switching import Gate

Key = tuple[object, ...]
"""Names something that threads share: (object number, attribute or ""), ("variable", scope, name), ("clock",), …"""

Access = tuple[Key, bool]
"""What is read, or written (True)."""

CLOCK: Key = ("clock",)
OUTPUT: Key = ("output",)
THREADS: Key = ("threads",)
"""Which threads there are. Who starts or ends one reads it, so that these commute; who lists them writes it."""
END: Key = ("end",)
"""That a run ends although threads could go on."""


class Unwind(BaseException):
    """Ends a thread of a run that is over. The program is not meant to see it."""


class LabThread:
    """One thread of the program."""

    # On the class, what most threads never change: up to 30 attributes of its own, an object has them at hand.
    detail: Callable[[], str] | None = None
    """What more there is to say of what it awaits, if it is for ever."""
    ends = False
    """Whether what it does next is its end."""
    spinning = False
    """Whether it waits for a change of what its loop reads."""
    unwound = 0
    """How often it has been told to end."""
    made = 0
    """How many futures it has made."""

    def __init__(self, number: int, function: Callable[[], object] | None, gate: Gate, daemon: bool) -> None:
        self.number = number
        """0 for the main thread, then in the order in which they start: Thread-1 is 1 where a program names none."""
        self.ident = number + 1
        """What the program sees, where 0 would be none."""
        self.function = function
        self.gate = gate
        self.daemon = daemon
        self.begun = function is None
        self.done = False
        self.guard: Callable[[], bool] | None = None
        self.deadline: float | None = None
        self.awaits: Any = None
        """The object that it waits for."""
        self.frame: FrameType | None = None
        """Where it waits, as long as its own stack runs."""
        self.waits_at: tuple[FrameType, ...] = ()
        """The frames that its `frame` leads to, once another stack runs."""
        self.rounds = 0
        """Of its `while` loops, with a switch point each."""
        self.own_rounds = 0
        """Those since its last switch point."""
        self.round_at = -1
        """The number of the switch point to come, as its last round began."""
        self.reads: list[tuple[Key, int]] = []
        self.wrote = False
        self.last_round: tuple[int, list[tuple[Key, int]]] | None = None
        self.accesses: Callable[[], list[Access]] | None = None
        """At a switch point, what the thread does first when it goes on; None where that is not told."""
        self.late: Callable[[], list[Access]] | None = None
        """The same where it goes on because its time is up, after the clock has moved."""
        self.holds: frozenset[Key] = frozenset((("thread", number),))
        """What no other thread can have meanwhile: the locks that it has acquired, and its own end."""
        self.quiet = 0
        """How many locks of the library's own bookkeeping it holds."""
        self.locals: dict[int, dict[str, Any]] = {}
        """Its dictionary of each threading.local, by the local's id."""
        self.contexts: list[Any] = []
        """The contexts that the program has entered, the innermost last."""
        self.past = 0
        """The event that it did last, as the history numbers it."""
        self.clock: dict[int, int] = {}
        """By thread, how many events have happened before that one, itself included: a vector clock (Mattern, 1989)."""
        self.python: Any = None
        """The threading.Thread, if it has one."""
        self.checked = True
        """Whether a build with the GIL may have looked for a switch since its last switch point (see gil.py)."""
