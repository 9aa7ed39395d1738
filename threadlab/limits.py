"""Bounds that several modules name."""

MAX_STEPS = 1_000_000
"""Switch points, and rounds of loops, after which a run is ended."""
MAX_STEPS_EXPLORED = 20_000
"""The same for each execution of an exploration."""
MOST_STATES = 100_000
"""States that an exploration remembers, about 0.4 KB each: more than 10,000 executions of most programs come to."""
LARGEST_SEED = (1 << 32) - 1
"""What PYTHONHASHSEED takes."""
