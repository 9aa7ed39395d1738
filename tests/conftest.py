"""Options of this project's tests, and how they end when a snippet has left a thread behind."""

import os
import sys
import threading

import pytest

pytest_plugins = ["browser"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("snippet_time_limit", "Seconds after which a snippet that still runs is killed.", default="30")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.option.update_examples:
        # One process writes the files, and its summary is the one that is shown.
        config.option.numprocesses = 0


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """A thread that a failed snippet left blocked would keep the interpreter from ending."""
    left = [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    status = config.stash.get(_EXIT_STATUS, None)
    if left and status is not None:
        print(f"Threads left behind, so ending without them: {', '.join(t.name for t in left)}", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A snippet runs twice, each time for at most the limit; the process's own message comes first."""
    limit = float(config.getini("snippet_time_limit"))
    for item in items:
        if "snippet" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(2 * limit + 20, method="signal"))


_EXIT_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_STATUS] = int(exitstatus)
