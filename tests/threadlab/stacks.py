"""Programs that ask CPython to look through the stacks of all threads while some wait, deep in calls, and others start.

In Pyodide those that wait may have been moved away: looking through them can end the interpreter.
"""

import json
import sys

from threadlab.instrument import instrument
from threadlab.policies import First, Random
from threadlab.world import Options, World

_PROGRAM = """
import faulthandler, gc, os, sys, threading
event = threading.Event()
def nested(depth):
    if depth: return max([depth], key=lambda _: nested(depth - 1))
    return event.wait()
def look():
    for _ in range(3):
        {look}
def target(number):
    pairs = [[[] for _ in range(3000)] for _ in range(3)]
    if number % 2: return nested(8 + number)
    look()
    threading.Thread(target=nested, args=(3,)).start()
    look()
{before}
threads = [threading.Thread(target=target, args=(number,)) for number in range(6)]
for thread in threads: thread.start()
look()
event.set()
for thread in threads: thread.join()
print("all")
"""
COLLECTING = {
    "gc.collect": "gc.collect(); gc.collect(0); gc.collect(1); gc.collect(generation=2)",
    "gc.set_threshold": "gc.enable(); gc.set_threshold(9); [[[]] for _ in [0] * 99]; assert gc.get_threshold()[0] == 9",
}
LOOKING = {
    "sys._current_frames": "sys._current_frames()",
    "sys._current_exceptions": "sys._current_exceptions()",
    "sys.settrace": "sys.settrace(lambda *_: None); sys.settrace(None)",
    "sys.setprofile": "sys.setprofile(lambda *_: None); sys.setprofile(None)",
    "sys.monitoring.set_events": "for events in (1, 0): sys.monitoring.set_events(3, events)",
    "faulthandler.dump_traceback": "faulthandler.dump_traceback(open(os.devnull, 'w'))",
}
_BEFORE = "sys.monitoring.get_tool(3) or sys.monitoring.use_tool_id(3, 'stacks')"
STACKS = {name: _PROGRAM.format(look=look, before=_BEFORE) for name, look in (COLLECTING | LOOKING).items()}
ALONE = {
    f"{name} alone": f"import faulthandler, os, sys\n{_BEFORE}\n{look}\nprint('all')" for name, look in LOOKING.items()
}


def stacks(programs: dict[str, str]) -> str:
    """What each program gives under twelve schedules."""
    world = World()
    world.install()
    sys.addaudithook(world.audit)
    found = {}
    for name, source in programs.items():
        program = instrument(source, "/program.py")
        runs = [world.run(program, "/program.py", Random(n) if n else First(), Options()) for n in range(12)]
        found[name] = sorted({(str(run.error or run.outcome.ending), run.output) for run in runs})
    world.remove()
    return json.dumps(found)


if __name__ == "__main__":
    print(stacks(json.load(sys.stdin)))
    sys.stdout.flush()
