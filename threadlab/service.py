"""What a place where programs run does with a request: the same in a child process and in a browser's worker."""

import sys
from pathlib import PurePath
from typing import Any, Protocol

from threadlab.instrument import instrument
from threadlab.policies import PCT, Ask, First, Policy, Random, Recorded, Replay
from threadlab.recording import outcome_to_json, to_json
from threadlab.schedule import Diverged, Schedule
from threadlab.search import Found, Search
from threadlab.world import Options, Unsupported, World

Message = dict[str, Any]


class Channel(Protocol):
    """Messages to and from whoever asks."""

    def receive(self) -> Message: ...

    def send(self, message: Message) -> None: ...


def serve(channel: Channel) -> None:
    """Answers one request."""
    request = channel.receive()
    try:
        program = instrument(request["source"], request["filename"])
    except SyntaxError as error:
        channel.send({"result": {"error": "syntax", "text": f"{error}"}})
        return
    world = World()
    world.install()
    sys.addaudithook(world.audit)
    answer = _run if request["do"] == "run" else _outcomes
    channel.send({"result": answer(world, program, request, channel)})


def _policy(request: Message, schedule: Schedule, channel: Channel) -> Policy:
    name = request["policy"]
    if name == "random":
        return Recorded(Random(schedule.seed))
    if name == "pct":
        return Recorded(PCT(schedule.seed, request.get("length", 200)))
    if name == "ask":

        def ask(step: int, enabled: list[int], goes_on: bool) -> int:
            if len(enabled) == 1:
                return enabled[0]
            channel.send({"choose": {"step": step, "enabled": enabled, "goes_on": goes_on}})
            chosen = int(channel.receive()["chosen"])
            if chosen not in enabled:
                raise Diverged(step, chosen, "cannot run there")
            return chosen

        return Recorded(Ask(ask))
    return Replay(schedule) if schedule.deviations else First()


def _run(world: World, program: Any, request: Message, channel: Channel) -> Message:
    schedule = Schedule.parse(request["schedule"])
    policy = _policy(request, schedule, channel)
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
        from threadlab.gil import Checks, GilScheduler, Watch, label_of_run

        program = instrument(request["source"], request["filename"], Checks())
        options.scheduler = GilScheduler
        with Watch(world):
            run = world.run(program, request["filename"], policy, options)
        label = label_of_run(run.unseen)
    if run.error is not None or run.outcome is None:
        return _error(run.error)
    if isinstance(policy, Recorded):
        schedule = Schedule(schedule.seed, tuple(policy.deviations))
    result: Message = {
        "outcome": outcome_to_json(run.outcome),
        "label": label,
        "output": run.output,
        "schedule": str(schedule),
        "steps": run.steps,
        "time": run.time,
    }
    if request["record"]:
        result["recording"] = to_json(
            filename=PurePath(request["filename"]).name,
            source=request["source"],
            python=sys.version.partition(" ")[0],
            schedule=str(schedule),
            outcome=run.outcome,
            label=label,
            output=run.output,
            threads=run.threads,
            events=run.events,
            decisions=run.decisions,
        )
    return result


def _error(error: BaseException | None) -> Message:
    if isinstance(error, Diverged):
        return {"error": "diverged", "text": str(error), "step": error.step}
    if isinstance(error, Unsupported):
        return {"error": "unsupported", "text": str(error)}
    return {"error": "internal", "text": f"{type(error).__name__}: {error}"}


def _outcomes(world: World, program: Any, request: Message, channel: Channel) -> Message:
    def found(outcome: Found) -> None:
        channel.send({"found": _found(outcome)})

    def progress(search: Search) -> None:
        channel.send({"progress": {"schedules": search.executions, "pruned": search.pruned, "level": search.level}})

    search = Search(
        world,
        program,
        request["filename"],
        preemptions=request["preemptions"],
        limit=request["limit"],
        any_time=request["any_time"],
        max_steps=request["max_steps"],
        seed=request["seed"],
        reduce=request.get("reduce", True),
        on_found=found,
        on_progress=progress,
    )
    search.run()
    from threadlab.gil import label_outcomes

    label_outcomes(search, request["source"])
    result: Message = {
        "exhaustive": search.exhaustive,
        "why_not": search.why_not,
        "schedules": search.executions,
        "pruned": search.pruned,
        "cut": search.cut,
        "outcomes": [_found(each) for each in search.outcomes.values()],
    }
    if search.error is not None:
        result |= _error(search.error)
    return result


def _found(found: Found) -> Message:
    return {
        "ending": found.ending,
        "output": found.output,
        "count": found.count,
        "schedule": str(found.schedule),
        "preemptions": found.preemptions,
        "label": found.label,
    }
