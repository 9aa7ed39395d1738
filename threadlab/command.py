"""The command line: `threadlab run FILE`, `threadlab outcomes FILE`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from threadlab.limits import LARGEST_SEED, MAX_STEPS, MAX_STEPS_EXPLORED, MOST_STATES
from threadlab.sandbox import Sandbox

TYPE_CHECKING = False  # as typing's
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from threadlab.api import Exploration
    from threadlab.launch import Child

BAD_USAGE = 2
INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""
SILENCE = 60.0
"""Seconds of real time after which a run that says nothing is killed."""
NOW_AND_THEN = 10.0
"""Seconds of real time between two lines on progress, where there is no terminal."""


class _CannotWrite(Exception):
    """A file that was to be written: names it, and says why not."""


def main(arguments: list[str], child: Child | None) -> int:
    """Runs the command line and gives its exit status.

    `child` has been started for a run with the seed 0, if at all.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    options.child = child
    try:
        status: int = options.function(options)
    except KeyboardInterrupt:
        print("threadlab: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who reads the output has seen enough; what is left must not fail at the end either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from threadlab.api import LabError
        from threadlab.schedule import ScheduleError

        if isinstance(error, (ScheduleError, LabError, _CannotWrite)):
            print(f"threadlab: {error}", file=sys.stderr)
        elif isinstance(error, (OSError, UnicodeError, SyntaxError)):
            print(f"threadlab: cannot read {options.file}: {error}", file=sys.stderr)
        else:
            raise
        return BAD_USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="threadlab", description="Run a program with threads under a schedule that you choose."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    statuses = "Exit status: 0 finished (also by sys.exit(7)), 1 exception, 2 bad usage, 3 deadlock, 4 step limit."
    run = commands.add_parser(
        "run", help="run a program once", description=f"Run a program once. It gets no arguments. {statuses}"
    )
    run.add_argument("file", metavar="FILE")
    which = run.add_mutually_exclusive_group()
    which.add_argument("--seed", type=_seed, metavar="N", help="of random, string hashes and the policy")
    which.add_argument("--schedule", metavar="S", help="run this schedule again, e.g. 0.12t2-4t0")
    run.add_argument("--policy", choices=["first", "random", "pct"], default="first", help="who runs next")
    run.add_argument("--record", metavar="OUT.json", help="write what happened")
    run.add_argument("--max-steps", type=_count, default=MAX_STEPS, metavar="N", help="at most so many switch points")
    run.set_defaults(function=_run)

    outcomes = commands.add_parser("outcomes", help="find every outcome of a program", description="Explore the "
                                   "program's schedules, fewest preemptions first. Exit status: 0 if there is one "
                                   "outcome and it finished, 130 after Ctrl-C, otherwise 1.")  # fmt: skip
    outcomes.add_argument("file", metavar="FILE")
    outcomes.add_argument("--preemptions", type=_number, default=2, metavar="K", help="at most so many (default 2)")
    outcomes.add_argument("--limit", type=_count, default=10_000, metavar="N", help="at most so many executions")
    outcomes.add_argument("--states", type=_count, default=MOST_STATES, metavar="N",
                          help=f"remember at most so many states, 0.4 KB each (default {MOST_STATES})")  # fmt: skip
    outcomes.add_argument("--clock", choices=["any", "exact"], default="any",
                          help="any: a sleep orders nothing; exact: time passes only when all wait")  # fmt: skip
    outcomes.add_argument("--max-steps", type=_count, default=MAX_STEPS_EXPLORED, metavar="N",
                          help="at most so many switch points in each execution")  # fmt: skip
    outcomes.add_argument("--json", action="store_true")
    outcomes.set_defaults(function=_outcomes)

    package = commands.add_parser("pyz", help="write the lab as one file that Python 3.13 or newer runs")
    package.add_argument("file", metavar="OUT.pyz")
    package.set_defaults(function=_package)
    return parser


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def _count(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


def _seed(text: str) -> int:
    number = _number(text)
    if number > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text} is above {LARGEST_SEED}")
    return number


def _show(stream: str, text: str) -> None:
    target = sys.stdout if stream == "stdout" else sys.stderr
    target.write(text)
    target.flush()


def _run(options: argparse.Namespace) -> int:
    if options.schedule is not None and options.policy != "first":
        print("threadlab: --schedule says who runs; it does not go with --policy", file=sys.stderr)
        return BAD_USAGE
    sandbox = Sandbox(0, SILENCE, options.child) if options.child is not None else None
    from threadlab.api import run_file
    from threadlab.events import EXIT_STATUS

    result = run_file(
        options.file,
        seed=options.seed or 0,
        schedule=options.schedule,
        policy=options.policy,
        record=options.record is not None,
        max_steps=options.max_steps,
        silence=SILENCE,
        on_output=_show,
        sandbox=sandbox,
    )
    if options.record is not None and result.recording is not None:
        try:
            with open(options.record, "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(json.dumps(result.recording, indent=1) + "\n")
        except OSError as error:
            raise _CannotWrite(f"cannot write {options.record}: {error}") from None
    print(f"threadlab: {result.outcome.ending}", file=sys.stderr)
    if result.label:
        print(f"threadlab: {result.label}", file=sys.stderr)
    again = _again(result.schedule, result.outcome.ending, options.max_steps)
    print(f"threadlab: again with {again}", file=sys.stderr)
    return EXIT_STATUS[result.outcome.kind]


def _again(schedule: str, ending: str, max_steps: int) -> str:
    """The options that run it again: the limit belongs to them where it is what ended the run."""
    limited = ending.startswith("step limit") and max_steps != MAX_STEPS
    return f"--schedule {schedule}" + (f" --max-steps {max_steps}" if limited else "")


def progress(out: TextIO, now: Callable[[], float]) -> Callable[[Exploration], None]:
    """What says on `out` how far an exploration is: in a line that changes, or, if that is no terminal, now and then.

    `now` gives seconds.
    """
    shows, said = out.isatty(), now()

    def say(so_far: Exploration) -> None:
        nonlocal said
        text = f"{so_far.schedules} schedules, {len(so_far.outcomes)} outcomes"
        random = "; now random schedules" if so_far.random else ""
        if shows:
            print(f"\r{text}{random}", end="", file=out, flush=True)
        elif (time := now()) >= said + NOW_AND_THEN:
            said = time
            print(f"threadlab: {text} so far{random}", file=out, flush=True)

    return say


def _outcomes(options: argparse.Namespace) -> int:
    import time

    from threadlab.api import outcomes_of

    found = outcomes_of(
        options.file,
        preemptions=options.preemptions,
        limit=options.limit,
        states=options.states,
        clock=options.clock,
        max_steps=options.max_steps,
        on_progress=progress(sys.stderr, time.monotonic),
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        keys = ("ending", "output", "count", "schedule", "preemptions")
        outcomes = [
            {key: getattr(each, key) for key in keys} | ({"label": each.label} if each.label else {})
            for each in found.outcomes
        ]
        keys = ("exhaustive", "why_not", "cut", "schedules", "pruned")
        print(json.dumps({**{key: getattr(found, key) for key in keys}, "outcomes": outcomes}, indent=1))
    else:
        _print_outcomes(found, options)
    if found.interrupted:
        return INTERRUPTED
    return 0 if found.passed else 1


def _print_outcomes(found: Exploration, options: argparse.Namespace) -> None:
    import shlex

    executions = _counted(found.schedules, "execution")
    for number, each in enumerate(found.outcomes, 1):
        print(f"{number}. {each.ending}")
        for line in each.output.splitlines():
            print(f"     {line}")
        if each.label:
            print(f"   {each.label}")
        print(f"   {each.count:,} of {executions}; ", end="")
        again = _again(each.schedule, each.ending, options.max_steps)
        print(f"{_started_by()} run {shlex.quote(options.file)} {again}")
    if found.pruned:
        print(f"{found.pruned:,} of {executions} cut short where others had been before.")
    bound = _counted(options.preemptions, "preemption")
    if found.exhaustive:
        more = "" if found.cut else "; more of them lead to nothing else"
        print(f"Exhaustive up to {bound}{more}: {executions}, {_counted(len(found.outcomes), 'outcome')}.")
    else:
        fewer = _counted(found.covered, "preemption")
        covered = f" All schedules with fewer than {fewer} are covered." if found.covered else ""
        print(f"NOT exhaustive: {found.why_not}. {executions}; there may be other outcomes.{covered}")


def _started_by() -> str:
    """How the command line was started: the archive, the module, or the script that its installation has made."""
    import shlex

    name = sys.argv[0].rpartition(os.sep)[2]
    if name == "__main__.py":
        return "python -m threadlab"
    return f"python {shlex.quote(sys.argv[0])}" if name.endswith(".pyz") else "threadlab"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _package(options: argparse.Namespace) -> int:
    from pathlib import Path

    from threadlab.package import build

    try:
        build(Path(options.file))
    except OSError as error:
        raise _CannotWrite(f"cannot write {options.file}: {error}") from None
    return 0
