"""asyncio on the program's clock: an event loop that waits at the scheduler instead of a selector.

The library's BaseEventLoop does everything but the waiting; without sockets, that is a deadline or another thread's
call_soon_threadsafe.
"""

from typing import TYPE_CHECKING, Any

from threadlab.scheduler import CLOCK

if TYPE_CHECKING:
    from threadlab.world import World


class Waiting:
    """What the loop takes for its selector."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._woken = False

    def _is_woken(self) -> bool:
        return self._woken

    def select(self, timeout: float | None = None) -> list[object]:
        """Waits until the loop is woken, or for `timeout` seconds on the program's clock."""
        scheduler = self._world.scheduler
        if timeout is None or timeout > 0:
            scheduler.touch(CLOCK, False)
            deadline = None if timeout is None else scheduler.now + timeout
            scheduler.wait(self._is_woken, deadline, "the event loop")
        self._woken = False
        self.touch()
        return []

    def wake(self) -> None:
        self._woken = True
        self.touch()

    def touch(self) -> None:
        """The loop's queue of callbacks, which this stands for, is read or written."""
        scheduler = self._world.scheduler
        if scheduler.tracking:
            scheduler.touch((scheduler.number(self), ""), True)

    def close(self) -> None: ...


def put_in_place(asyncio: Any, world: "World") -> None:
    """Has the freshly imported package make such loops."""

    class LabEventLoop(asyncio.base_events.BaseEventLoop):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._selector = Waiting(world)

        def _process_events(self, events: list[object]) -> None: ...

        def _write_to_self(self) -> None:
            self._selector.wake()

        def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
            world.scheduler.switch()
            return super().call_soon_threadsafe(callback, *args, context=context)

    asyncio.new_event_loop = asyncio.events.new_event_loop = LabEventLoop
    asyncio.SelectorEventLoop = asyncio.EventLoop = LabEventLoop
