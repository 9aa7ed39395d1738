"""asyncio on the program's clock: an event loop that waits at the scheduler instead of a selector.

The library's BaseEventLoop does everything but the waiting; without sockets, that is a deadline or another thread's
call_soon_threadsafe.
"""

import itertools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from threadlab.scheduler import Scheduler
from threadlab.threads import CLOCK, Access

if TYPE_CHECKING:
    from threadlab.world import World

POLLS = 10_000
"""Rounds of a loop at one instant after which time passes: one that is always busy would never come to its timers."""

_OUTSIDE = (
    "add_reader add_writer add_signal_handler connect_accepted_socket connect_read_pipe connect_write_pipe "
    "create_connection create_datagram_endpoint create_server create_unix_connection create_unix_server getaddrinfo "
    "getnameinfo sendfile sock_accept sock_connect sock_recv sock_recv_into sock_recvfrom sock_recvfrom_into "
    "sock_sendall sock_sendfile sock_sendto start_tls subprocess_exec subprocess_shell"
).split()
"""Methods of a loop that need sockets, pipes, processes or signals."""


class Waiting:
    """What the loop takes for its selector."""

    def __init__(self, world: "World", tasks: Callable[[], Iterable[Any]]) -> None:
        """`tasks` gives those of the loop that have not come to their end."""
        self._world = world
        self._tasks = tasks
        self._woken = False

    def _is_woken(self) -> bool:
        return self._woken

    def select(self, timeout: float | None = None) -> list[object]:
        """Waits until the loop is woken, or for `timeout` seconds on the program's clock."""
        scheduler = self._world.scheduler
        if timeout is None or timeout > 0:
            scheduler.touch(CLOCK, False)
            deadline = None if timeout is None else scheduler.now + timeout
            thread = scheduler.current
            thread.detail = self._waits
            scheduler.wait(self._is_woken, deadline, "the event loop", accesses=self._accesses, late=self._accesses)
            thread.detail = None
            self.touch()
        else:
            self.come()
        self._woken = False
        return []

    def _waits(self) -> str:
        """Where in the program each task waits."""
        namespace = self._world.scheduler.namespace
        found = []
        for task in sorted(self._tasks(), key=lambda task: (len(task.get_name()), task.get_name())):
            line = _line(task.get_coro(), namespace)
            found.append(task.get_name() + (f" at line {line}" if line else ""))
        return f" ({', '.join(found)})" if found else ""

    def wake(self) -> None:
        self._woken = True
        self.touch()

    def come(self) -> None:
        """A switch point, if there are other threads, before the loop's queue of callbacks is read or written."""
        scheduler = self._world.scheduler
        if len(scheduler.alive) > 1:
            scheduler.switch(self._accesses)
        self.touch()

    def touch(self) -> None:
        """The loop's queue of callbacks, which this stands for, is read or written."""
        scheduler = self._world.scheduler
        if scheduler.tracking:
            for access in self._accesses():
                scheduler.touch(*access)

    def _accesses(self) -> list[Access]:
        return [(("callbacks", self._world.scheduler.number(self)), True)]

    def close(self) -> None: ...


def _line(coroutine: object, namespace: dict[str, Any]) -> int:
    """The innermost line of the program at which a coroutine waits; 0 for none."""
    line = 0
    while True:
        match coroutine:
            case types.CoroutineType():
                frame, coroutine = coroutine.cr_frame, coroutine.cr_await
            case types.GeneratorType():
                frame, coroutine = coroutine.gi_frame, coroutine.gi_yieldfrom
            case _:
                return line
        if frame is not None and frame.f_globals is namespace:
            line = frame.f_lineno


def put_in_place(asyncio: Any, world: "World") -> None:
    """Has the freshly imported package make such loops."""

    class LabEventLoop(asyncio.base_events.BaseEventLoop):  # type: ignore[misc]
        def __init__(self, selector: object = None) -> None:
            """`selector` is ignored: there is nothing to select from."""
            super().__init__()
            self._selector = Waiting(world, lambda: asyncio.all_tasks(self))
            self._run = world.scheduler

        def _process_events(self, events: list[object]) -> None: ...

        def _write_to_self(self) -> None:
            self._selector.wake()

        def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return self._calls(super().call_soon, callback, *args, context=context)

        def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
            return self._calls(super().call_soon_threadsafe, callback, *args, context=context)

        def _calls(self, method: Any, *args: Any, context: Any) -> Any:
            self._selector.come()
            handle = method(*args, context=context)
            if handle._source_traceback:
                del handle._source_traceback[-2:]  # the frames of these methods
            return handle

        def close(self) -> None:
            self._selector.come()
            super().close()

        def call_exception_handler(self, context: dict[str, Any]) -> None:
            if not self._run.ended:  # else a task is unwound, or is gone before it has come to its end
                super().call_exception_handler(context)

    class InOrder(set[Any]):
        """A set of tasks or coroutines, which hash by their address, in the order in which they have come."""

        def __init__(self, items: Iterable[Any] = ()) -> None:
            super().__init__()
            self._order: dict[Any, None] = {}
            for item in items:
                self.add(item)

        def __iter__(self) -> Iterator[Any]:
            return iter(self._order)

        def __repr__(self) -> str:
            return f"{{{', '.join(map(repr, self))}}}" if self else "set()"

        def add(self, item: Any) -> None:
            super().add(item)
            self._order[item] = None

        def discard(self, item: Any) -> None:
            super().discard(item)
            self._order.pop(item, None)

        def remove(self, item: Any) -> None:
            super().remove(item)
            del self._order[item]

        def pop(self) -> Any:
            if not self:
                raise KeyError("pop from an empty set")
            item = next(iter(self))
            self.remove(item)
            return item

        def clear(self) -> None:
            super().clear()
            self._order.clear()

    class TimerHandle(asyncio.events.TimerHandle):  # type: ignore[misc]
        """Of two timers of one instant the one that was made first is first: elsewhere, no two are of one instant."""

        __slots__ = ("_serial",)

        def __new__(cls, *_: Any) -> Any:  # where a traceback of its source is kept, no frame of __init__ may be in it
            handle = super().__new__(cls)
            handle._serial = next(serials)
            return handle

        def __lt__(self, other: object) -> bool:
            if isinstance(other, TimerHandle) and self._when == other._when and type(self._loop) is LabEventLoop:
                return bool(self._serial < other._serial)
            return super().__lt__(other)  # type: ignore[no-any-return]

    serials = itertools.count()
    asyncio.events.TimerHandle = asyncio.TimerHandle = TimerHandle
    InOrder.__name__ = InOrder.__qualname__ = "set"
    InOrder.__module__ = "builtins"
    asyncio.tasks.set = asyncio.taskgroups.set = InOrder

    def outside(name: str) -> Any:
        return lambda *_, **__: world.unsupported(f"loop.{name}")

    for name in _OUTSIDE:
        setattr(LabEventLoop, name, outside(name))
    run_once = asyncio.base_events.BaseEventLoop._run_once

    def counted(loop: Any) -> None:
        _count_round(loop, world.scheduler)
        run_once(loop)

    asyncio.base_events.BaseEventLoop._run_once = counted
    asyncio.SelectorEventLoop = asyncio.EventLoop = LabEventLoop
    events = asyncio.events  # whose policies 3.14 deprecates: their names start with an underscore there
    base = getattr(events, "_BaseDefaultEventLoopPolicy", None) or events.BaseDefaultEventLoopPolicy
    for policy in base.__subclasses__():
        policy._loop_factory = LabEventLoop


def _count_round(loop: Any, scheduler: Scheduler) -> None:
    """A round of any loop, also of a program's own that polls: lets others run, and time pass, after POLLS of them."""
    scheduler.round(0, False, False)
    instant, polls = getattr(loop, "_lab_polls", (0.0, 0))
    polls = polls + 1 if instant == scheduler.now else 1
    loop._lab_polls = scheduler.now, polls
    if polls % POLLS:
        return
    times = [handle._when for handle in loop._scheduled[:1]]
    times += [thread.deadline for thread in scheduler.alive if thread.deadline is not None]
    if not times:
        scheduler.let_others()
        return
    next_time = min(times)
    scheduler.touch(CLOCK, False)
    scheduler.wait(lambda: scheduler.now >= next_time, next_time, "the clock", yields=True)
