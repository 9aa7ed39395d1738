"""Loads the fixtures, and says where the engine is not tested."""

import sysconfig
from pathlib import Path

import pytest
from lab_fixtures import explore, run, world
from pyodide_fixtures import node, pyodide

__all__ = ["explore", "node", "pyodide", "run", "world"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return
    reason = "the engine runs on builds with the GIL: on free-threaded 3.14 two programs with pools did not replay"
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))
