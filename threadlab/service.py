"""What a place where programs run does with a request: the same in a child process and in a browser's worker."""

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from threadlab.events import RUNNING, Event, Outcome
from threadlab.instrument import Program, instrument
from threadlab.labels import plain
from threadlab.limits import MOST_STATES
from threadlab.policies import PCT, Ask, First, Policy, Random, Recorded, Replay
from threadlab.recording import event_to_json, outcome_to_json, to_json
from threadlab.refusals import Unsupported
from threadlab.schedule import Diverged, Schedule
from threadlab.world import Options, World

if TYPE_CHECKING:
    from threadlab.search import Found, Search
    from threadlab.threads import LabThread

Message = dict[str, Any]

PAUSE = 0.5
"""Seconds of real time between two messages on progress."""


class Channel(Protocol):
    """Messages to and from whoever asks."""

    def receive(self) -> Message: ...

    def send(self, message: Message) -> None: ...


def ready() -> World:
    """The stand-ins in place: what a worker does before it has a request."""
    world = World()
    world.install()
    sys.addaudithook(world.audit)
    return world


def serve(channel: Channel, world: World | None = None) -> None:
    """Answers one request, in `world` if that is ready."""
    request = channel.receive()
    try:
        program = instrument(request["source"], request["filename"])
    except SyntaxError as error:
        where = request["filename"] + (f":{error.lineno}" if error.lineno else "")
        channel.send({"result": {"error": "syntax", "text": f"{where}: {error.msg}"}})
        return
    world = world or ready()
    answer = _run if request["do"] == "run" else _outcomes
    channel.send({"result": answer(world, program, request, channel)})


def _policy(world: World, request: Message, schedule: Schedule, channel: Channel) -> Policy:
    name = request["policy"]
    seed = request.get("policy_seed", schedule.seed)
    if name == "random":
        return Recorded(Random(seed))
    if name == "pct":
        return Recorded(PCT(seed, request.get("length", 200)))
    if name == "ask":
        asking = _Asking(world, request, channel)
        asking.policy = Recorded(Ask(asking))
        return asking.policy
    return Replay(schedule) if schedule.deviations else First()


class _Asking:
    """Asks whoever has sent the request at each switch point at which more than one thread can run.

    The question says at which line of the program each thread stands (0: at none), what each that could run does next
    there ("": not known), and what the run has recorded since the last question, or all of it as a player shows it.
    """

    policy: Recorded
    """What has been chosen so far."""

    def __init__(self, world: World, request: Message, channel: Channel) -> None:
        self._world, self._request, self._channel = world, request, channel
        self._seed = Schedule.parse(request["schedule"]).seed
        self._lines: dict[int, int] = {}
        self._told = 0
        self._text = request["source"].split("\n")

    def __call__(self, step: int, enabled: list[int], goes_on: bool) -> int:
        scheduler = self._world.scheduler
        self._lines[scheduler.current.number] = scheduler.line(sys._getframe())
        if len(enabled) == 1:
            return enabled[0]
        question: Message = {"step": step, "enabled": enabled, "goes_on": goes_on}
        if scheduler.events is not None:
            scheduler.flush()
            question |= {
                "threads": [scheduler.thread_name(thread) for thread in scheduler.threads],
                "lines": [self._lines.get(thread.number, 0) for thread in scheduler.threads],
                "next": [self._next(thread) if thread.number in enabled else "" for thread in scheduler.threads],
                "time": scheduler.now,
            }
            if self._request.get("present"):
                question["presented"] = self._presented(question["threads"], scheduler.events)
            else:
                question["events"] = [event_to_json(event) for event in scheduler.events[self._told :]]
                self._told = len(scheduler.events)
        self._channel.send({"choose": question})
        chosen = int(self._channel.receive()["chosen"])
        if chosen not in enabled:
            raise Diverged(step, chosen, "cannot run there")
        return chosen

    def _next(self, thread: "LabThread") -> str:
        from threadlab.upcoming import upcoming

        line = self._lines.get(thread.number, 0)
        return upcoming(self._world.scheduler, thread, self._text[line - 1] if line else "")

    def _presented(self, threads: list[str], events: list[Event]) -> Message:
        from threadlab.present import presented

        return presented(
            _recording(
                self._request,
                schedule=str(Schedule(self._seed, tuple(self.policy.deviations))),
                outcome=Outcome(RUNNING, RUNNING),
                output="".join(self._world.scheduler.output),
                threads=threads,
                events=events,
                decisions=[],
            )
        )


def _run(world: World, program: Program, request: Message, channel: Channel) -> Message:
    schedule = Schedule.parse(request["schedule"])
    policy = _policy(world, request, schedule, channel)
    options = Options(
        seed=schedule.seed,
        max_steps=request["max_steps"],
        record=request["record"],
        on_output=lambda stream, text: channel.send({"output": [stream, text]}),
    )
    label = ""
    if isinstance(policy, First):
        run = world.run(program, request["filename"], policy, options)
    else:
        from threadlab.gil import Checks, GilScheduler, label_of_run

        program = instrument(request["source"], request["filename"], Checks())
        options = options._replace(scheduler=GilScheduler)
        run = world.run(program, request["filename"], policy, options)
        label = label_of_run(run.unseen, request["source"])
    if run.error is not None or run.outcome is None:
        return _error(run.error, request)
    if isinstance(policy, Recorded):
        schedule = Schedule(schedule.seed, tuple(policy.deviations))
    waits = tuple(wait._replace(awaits=plain(wait.awaits)) for wait in run.outcome.waits)
    result: Message = {
        "outcome": outcome_to_json(run.outcome._replace(waits=waits)),
        "label": label,
        "output": run.output,
        "schedule": str(schedule),
        "steps": run.steps,
        "time": run.time,
    }
    if request["record"]:
        recording = _recording(
            request,
            schedule=str(schedule),
            outcome=run.outcome,
            label=label,
            output=run.output,
            threads=run.threads,
            events=run.events,
            decisions=run.decisions,
        )
        if request.get("present"):
            from threadlab.present import presented

            result["presented"] = presented(recording)
        else:
            result["recording"] = recording
    return result


def _recording(request: Message, **what_happened: Any) -> Message:
    return to_json(
        filename=os.path.basename(request["filename"]),  # noqa: PTH119
        source=request["source"],
        python=sys.version.partition(" ")[0],
        **what_happened,
    )


def _error(error: BaseException | None, request: Message) -> Message:
    if isinstance(error, Diverged):
        return {"error": "diverged", "text": str(error), "step": error.step}
    if isinstance(error, Unsupported):
        import shlex

        return {
            "error": "unsupported",
            "text": f"{error}. Run the file for real: python {shlex.quote(request['filename'])}",
        }
    return {"error": "internal", "text": f"{type(error).__name__}: {error}"}


def _outcomes(world: World, program: Program, request: Message, channel: Channel) -> Message:
    from threadlab.gil import label_outcomes
    from threadlab.search import Search

    def found(outcome: "Found") -> None:
        channel.send({"found": _found(outcome)})

    next_progress = 0.0
    random = False

    def progress(search: "Search") -> None:
        nonlocal next_progress, random
        now = time.monotonic()
        if now < next_progress and random == search.sampling:
            return
        next_progress, random = now + PAUSE, search.sampling
        figures = {"schedules": search.executions, "pruned": search.pruned}
        channel.send({"progress": {**figures, "level": search.level, "covered": search.covered, "random": random}})

    search = Search(
        world,
        program,
        request["filename"],
        preemptions=request["preemptions"],
        limit=request["limit"],
        states=request.get("states", MOST_STATES),
        any_time=request["any_time"],
        max_steps=request["max_steps"],
        seed=request["seed"],
        reduce=request.get("reduce", True),
        on_found=found,
        on_progress=progress,
    )
    search.run()
    label_outcomes(search, request["source"])
    result: Message = {
        "exhaustive": search.exhaustive,
        "why_not": search.why_not,
        "schedules": search.executions,
        "pruned": search.pruned,
        "cut": search.cut,
        "covered": search.covered,
        "outcomes": [_found(each) for each in search.outcomes.values()],
    }
    if search.error is not None:
        result |= _error(search.error, request)
    return result


def _found(found: "Found") -> Message:
    return {
        "ending": found.ending,
        "output": found.output,
        "count": found.count,
        "schedule": str(found.schedule),
        "preemptions": found.preemptions,
        "label": found.label,
    }
