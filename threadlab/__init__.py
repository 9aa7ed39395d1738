"""Run a Python program with threads under a schedule that is chosen, recorded and repeatable.

Standard library only, CPython 3.13 or newer. `python -m threadlab --help` is the command line; `run_file` and
`outcomes_of` are the same as functions. Data flows one way: program, instrument, scheduler (asks a policy), events,
recording.
"""

TYPE_CHECKING = False  # as typing's, whose import every run of a program would wait for
if TYPE_CHECKING:
    from threadlab.api import Exploration, LabError, RunResult, outcomes_of, run_file

__all__ = ["Exploration", "LabError", "RunResult", "outcomes_of", "run_file"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Loads what asks only when it is asked for: the place where programs run has no need of it."""
    if name in __all__:
        from threadlab import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
