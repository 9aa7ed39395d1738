"""Loads the fixtures. (The tests one folder up import from a module that is called conftest, too.)"""

from lab_fixtures import explore, run, world

__all__ = ["explore", "run", "world"]
