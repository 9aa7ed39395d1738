"""Loads the fixtures."""

from lab_fixtures import explore, run, world

__all__ = ["explore", "run", "world"]
