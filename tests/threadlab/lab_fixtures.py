"""What the tests of the engine share."""

from collections.abc import Callable, Iterator

import pytest

from threadlab.instrument import instrument
from threadlab.policies import First, Policy
from threadlab.search import Search
from threadlab.world import Options, Run, World

FILENAME = "/program.py"


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.install()
    yield world
    world.remove()


@pytest.fixture
def run(world: World) -> Callable[..., Run]:
    """Runs a source in this process: for programs that do no harm."""

    def call(source: str, policy: Policy | None = None, **options: object) -> Run:
        return world.run(instrument(source, FILENAME), FILENAME, policy or First(), Options(**options))  # type: ignore

    return call


@pytest.fixture
def explore(world: World) -> Callable[..., Search]:
    def call(source: str, **options: object) -> Search:
        search = Search(world, instrument(source, FILENAME), FILENAME, **options)  # type: ignore[arg-type]
        search.run()
        assert search.error is None
        return search

    return call


def preemptions_of(search: Search) -> dict[tuple[str, str], int]:
    """The fewest preemptions that lead to each outcome."""
    return {key: found.preemptions for key, found in search.outcomes.items()}
