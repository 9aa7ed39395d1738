"""Run a Python program with threads under a schedule that is chosen, recorded and repeatable.

Standard library only, CPython 3.13 or newer. `python -m threadlab --help` is the command line; `run_file` and
`outcomes_of` are the same as functions. Data flows one way: program, instrument, scheduler (asks a policy), events,
recording.
"""

from threadlab.api import Exploration, RunResult, outcomes_of, run_file

__all__ = ["Exploration", "RunResult", "outcomes_of", "run_file"]
__version__ = "0.1.0"
