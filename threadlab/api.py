"""Running and exploring a file, as functions: what the command line does, with types."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from threadlab.events import EXCEPTION, FINISHED, STEP_LIMIT, Outcome
from threadlab.limits import MAX_STEPS, MAX_STEPS_EXPLORED, MOST_STATES
from threadlab.recording import outcome_from_json
from threadlab.sandbox import ChildLost, Sandbox
from threadlab.schedule import Schedule

INTERRUPTED = "interrupted"

type Message = dict[str, Any]
PolicyName = Literal["first", "random", "pct"]
POLICIES = get_args(PolicyName)


class LabError(Exception):
    """The lab cannot run the program: its syntax, a call that cannot be scheduled, a schedule that does not fit."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        """syntax, unsupported, diverged or internal."""


@dataclass(frozen=True)
class RunResult:
    """How one run ended."""

    outcome: Outcome
    output: str
    schedule: str
    """Runs it again."""
    steps: int
    """Switch points."""
    time: float
    """Seconds on the program's clock."""
    recording: dict[str, Any] | None = None
    label: str = ""
    """What a reader has to know of it: that the language allows it, but builds with the GIL do not show it."""


@dataclass
class FoundOutcome:
    """An outcome, and how to see it."""

    ending: str
    output: str
    count: int
    """Executions that gave it."""
    schedule: str
    preemptions: int = -1
    """Of that schedule; -1 if a random one found it."""
    label: str = ""
    """As that of a run, if there is no other way to this outcome."""


@dataclass
class Exploration:
    """Every outcome that was found."""

    exhaustive: bool
    """Whether no schedule up to the bound can give another one."""
    schedules: int
    """Executions: those that gave an outcome, and those that were pruned."""
    outcomes: list[FoundOutcome] = field(default_factory=list)
    why_not: str = ""
    """Why it is not exhaustive."""
    cut: bool = True
    """Whether there are schedules with more preemptions than the bound that may lead elsewhere."""
    pruned: int = 0
    """Executions that were cut short in a state that another one had been in: what comes then is known."""
    covered: int = 0
    """Schedules with fewer preemptions than this can lead to no other outcome."""
    random: bool = False
    """While it goes on: whether it has come to random schedules."""

    @property
    def interrupted(self) -> bool:
        return self.why_not == INTERRUPTED

    @property
    def passed(self) -> bool:
        """Whether there is one outcome and it finished. Says nothing of what was not explored."""
        return len(self.outcomes) == 1 and self.outcomes[0].ending.startswith(FINISHED)


def _source(path: Path) -> str:
    import tokenize

    with tokenize.open(path) as file:
        return file.read()


def run_file(
    path: str | Path,
    *,
    seed: int = 0,
    schedule: str | None = None,
    policy: PolicyName = "first",
    record: bool = False,
    max_steps: int = MAX_STEPS,
    silence: float = 60.0,
    on_output: Callable[[str, str], None] | None = None,
    ask: Callable[[Message], int] | None = None,
    sandbox: Sandbox | None = None,
) -> RunResult:
    """Runs a program once in a process of its own.

    `on_output` gets "stdout" or "stderr" and a text as they come. `ask` chooses at each switch point: it gets
    {"step", "enabled", "goes_on"} and gives a thread's number. `silence` is in seconds of real time: a child that says
    nothing for so long is killed. `sandbox` is one that was started ahead, with the same seed and silence; it is
    closed.
    Raises LabError, ScheduleError, OSError, ValueError.
    """
    if policy not in POLICIES:
        raise ValueError(f"there is no policy {policy!r}; there are {', '.join(POLICIES)}")
    path = Path(path)
    chosen = Schedule.parse(schedule) if schedule is not None else Schedule(seed)
    with sandbox or Sandbox(chosen.seed, silence) as sandbox:
        return _run_in(sandbox, path, chosen, policy, record, max_steps, on_output, ask)


def _run_in(
    sandbox: Sandbox,
    path: Path,
    chosen: Schedule,
    policy: PolicyName,
    record: bool,
    max_steps: int,
    on_output: Callable[[str, str], None] | None,
    ask: Callable[[Message], int] | None,
) -> RunResult:
    output: list[str] = []

    def on_message(message: Message) -> Message | None:
        if "output" in message:
            stream, text = message["output"]
            if stream == "stdout":
                output.append(text)
            if on_output:
                on_output(stream, text)
        elif "choose" in message and ask:
            return {"chosen": ask(message["choose"])}
        return None

    request: Message = {
        "do": "run",
        "filename": str(path),
        "source": _source(path),
        "policy": "ask" if ask else policy,
        "schedule": str(chosen),
        "record": record,
        "max_steps": max_steps,
    }
    try:
        result = sandbox.ask(request, on_message)
    except ChildLost as lost:
        kind = STEP_LIMIT if lost.timed_out else EXCEPTION
        return RunResult(Outcome(kind, f"{kind}: {lost}"), "".join(output), str(chosen), 0, 0.0)
    if "error" in result:
        raise LabError(result["error"], result["text"])
    return RunResult(
        outcome_from_json(result["outcome"]),
        result["output"],
        result["schedule"],
        result["steps"],
        result["time"],
        result.get("recording"),
        result["label"],
    )


def outcomes_of(
    path: str | Path,
    *,
    preemptions: int = 2,
    limit: int = 10_000,
    states: int = MOST_STATES,
    clock: Literal["any", "exact"] = "any",
    seed: int = 0,
    max_steps: int = MAX_STEPS_EXPLORED,
    silence: float = 30.0,
    reduce: bool = True,
    on_progress: Callable[[Exploration], None] | None = None,
) -> Exploration:
    """Explores a program's schedules in a process of its own, fewest preemptions first.

    At most `limit` executions, and `states` that are remembered, about 0.4 KB each; then random schedules.
    Raises LabError, OSError. On KeyboardInterrupt it gives what it has, marked as not exhaustive.
    """
    path = Path(path)
    found: dict[tuple[str, str], FoundOutcome] = {}
    so_far = Exploration(False, 0, why_not=INTERRUPTED)

    def on_message(message: Message) -> None:
        if "found" in message:
            each = FoundOutcome(**message["found"])
            found[each.ending, each.output] = each
        elif "progress" in message:
            for name in ("schedules", "pruned", "covered", "random"):
                setattr(so_far, name, message["progress"][name])
        so_far.outcomes = list(found.values())
        if on_progress:
            on_progress(so_far)

    request: Message = {
        "do": "outcomes",
        "filename": str(path),
        "source": _source(path),
        "preemptions": preemptions,
        "limit": limit,
        "states": states,
        "any_time": clock == "any",
        "seed": seed,
        "max_steps": max_steps,
        "reduce": reduce,
    }
    with Sandbox(seed, silence) as sandbox:
        try:
            result = sandbox.ask(request, on_message)
        except ChildLost as lost:
            so_far.why_not = str(lost)
            return so_far
        except KeyboardInterrupt:
            return so_far
    if "error" in result:
        raise LabError(result["error"], result["text"])
    outcomes = [FoundOutcome(**each) for each in result["outcomes"]]
    del result["outcomes"]
    return Exploration(outcomes=outcomes, **result)
