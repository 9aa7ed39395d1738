"""Bounds that several modules name."""

MAX_STEPS = 1_000_000
"""Switch points, and rounds of loops, after which a run is ended."""
MAX_STEPS_EXPLORED = 20_000
"""The same for each execution of an exploration."""
LARGEST_SEED = (1 << 32) - 1
"""What PYTHONHASHSEED takes."""
