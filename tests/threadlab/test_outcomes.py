"""What may come of small programs: every outcome, and no other one."""

import pytest
from generated import generated
from lab_fixtures import preemptions_of
from programs_lab import SMALL

from threadlab.events import DEADLOCK, EXCEPTION, FINISHED, STEP_LIMIT
from threadlab.policies import Replay
from threadlab.search import _Explorer

EXPECTED = {
    "LOST_UPDATE": {(FINISHED, "2\n"), (FINISHED, "1\n")},
    "CHECK_THEN_ACT": {(FINISHED, "[]\n"), (EXCEPTION, "[]\n")},
    "LOCK_ORDER": {(FINISHED, ""), (DEADLOCK, "")},
    "LOST_WAKEUP": {(FINISHED, ""), (DEADLOCK, "")},
    "SPIN": {(FINISHED, "seen\n")},
    "SPIN_GLOBAL": {(FINISHED, "seen\n")},
    "SPIN_COUNTING": {(FINISHED, "over\n")},
    "SLEEPS": {(FINISHED, "[1, 2]\n"), (FINISHED, "[2, 1]\n")},
    "ENDLESS": {(STEP_LIMIT, "")},
    "THREAD_EXCEPTION": {(EXCEPTION, "main goes on\n")},
    "DAEMON": {(FINISHED, "main\n"), (FINISHED, "main\ndaemon\n"), (FINISHED, "daemon\nmain\n")},
    "TIMER": {(FINISHED, "over\n"), (FINISHED, "ding\nover\n")},
    "QUEUE": {(FINISHED, "[0, 1]\n")},
    "EVENT_IS_SET": {(FINISHED, "False\nTrue\n"), (FINISHED, "True\nTrue\n")},
    "TRY_LOCK": {(FINISHED, f"{x} {got}\n") for x in (0, 1) for got in (False, True)},
    "CLOSURE": {(FINISHED, "2\n"), (FINISHED, "1\n")},
    "ATTRIBUTE": {(FINISHED, "3\n"), (FINISHED, "-4\n")},
    "CLASS_ATTRIBUTE": {(FINISHED, "2\n"), (FINISHED, "1\n")},
    "DICTIONARY": {(FINISHED, "{'a': -1}\n"), (FINISHED, "{'a': 0}\n")},
    "PRINTS": {
        (FINISHED, "".join(f"{each}\n" for each in order.split(",")))
        for order in (
            "a 1,a 2,b 1,b 2", "b 1,b 2,a 1,a 2", "a 1,b 1,a 2,b 2",
            "a 1,b 1,b 2,a 2", "b 1,a 1,b 2,a 2", "b 1,a 1,a 2,b 2",
        )
    },
    "SEMAPHORE": {(FINISHED, "[1, 2]\n"), (FINISHED, "[2, 1]\n")},
    "TIMEOUT": {(FINISHED, "False\nin\n")},
    "POOL_DONE": {(FINISHED, "False\n8\n"), (FINISHED, "True\n8\n")},
    "POLLING": {(FINISHED, "done\n")},
    "RLOCK": {(FINISHED, "[1, 1, 2, 2]\n"), (FINISHED, "[2, 2, 1, 1]\n")},
    "ALIVE": {(FINISHED, "True 2\nFalse\n"), (FINISHED, "True 1\nFalse\n"), (FINISHED, "False 1\nFalse\n")},
    "RETRIES": {(FINISHED, ""), (FINISHED, "gave up\n")},
    "LOCALS": {(FINISHED, "[True, True]\n")},
    "GENERATOR": {(FINISHED, "[0, 1]\n")},
}  # fmt: skip

UNSEEN = {
    "SPIN_COUNTING": (1, "a loop at line 6 was made to let other threads run"),
    "GENERATOR": (0, "line 10 does an iteration as one step, which a switch can split"),
}
"""From which bound on an exploration is not exhaustive, and why.

A loop that others have to stop, and that changes something itself, could go on for as long as it likes. Two threads in
one generator can meet there.
"""


@pytest.mark.parametrize("name", EXPECTED)
def test_outcomes(name: str, explore) -> None:
    search = explore(SMALL[name], preemptions=2)
    assert {(ending.partition(":")[0], output) for ending, output in search.outcomes} == EXPECTED[name]
    assert search.exhaustive == (name not in UNSEEN)
    for found in search.outcomes.values():
        run = search.world.run(search.program, search.filename, Replay(found.schedule), search._options(None))
        assert (run.outcome.ending, run.output) == (found.ending, found.output)


@pytest.mark.parametrize("name", SMALL)
def test_the_reduction_loses_nothing(name: str, explore) -> None:
    """Against brute force, at each bound."""
    for preemptions in range(4):
        brute = explore(SMALL[name], preemptions=preemptions, reduce=False, limit=1600)
        reduced = explore(SMALL[name], preemptions=preemptions)
        bound, why = UNSEEN.get(name, (4, ""))
        assert reduced.exhaustive == (preemptions < bound)
        if preemptions >= bound:
            assert why in reduced.why_not
            assert preemptions_of(brute) == preemptions_of(reduced), f"at {preemptions} preemptions"
        elif not brute.exhaustive:
            assert preemptions >= 2, "too large to compare"
            assert set(brute.outcomes) <= set(reduced.outcomes)
            break
        assert preemptions_of(brute) == preemptions_of(reduced), f"at {preemptions} preemptions"
        assert brute.executions >= reduced.executions


@pytest.mark.parametrize(("name", "source"), list(generated().items()), ids=list(generated()))
def test_the_reduction_loses_nothing_of_generated_programs(name: str, source: str, explore) -> None:
    for preemptions in range(2):
        brute = explore(source, preemptions=preemptions, reduce=False, limit=3000)
        reduced = explore(source, preemptions=preemptions, limit=6000)
        if brute.exhaustive:
            assert preemptions_of(brute) == preemptions_of(reduced), f"at {preemptions} preemptions"
        else:
            assert preemptions == 1
        if reduced.exhaustive:
            assert set(brute.outcomes) <= set(reduced.outcomes) or not brute.exhaustive


def test_clock_exact(explore) -> None:
    assert {output for _, output in explore(SMALL["SLEEPS"], any_time=False).outcomes} == {"[1, 2]\n"}


def test_the_limit_is_not_exhaustive(explore) -> None:
    search = explore(SMALL["LOST_UPDATE"], limit=4)
    assert not search.exhaustive
    assert search.why_not == "stopped at the limit of 4 executions; the last executions followed random schedules"
    search = explore(SMALL["LOST_UPDATE"], limit=2)
    assert search.why_not == "stopped at the limit of 2 executions"  # too few for random ones


def test_what_is_to_be_executed_is_bounded(explore) -> None:
    """Of many threads, the first execution alone could have been otherwise in thousands of ways."""
    source = "from threading import Thread\nts = [Thread(target=print) for _ in range(40)]\nfor t in ts: t.start()\n"
    search = explore(source, states=40, limit=4)
    assert search.why_not.startswith("stopped at the limit of 40 states (points that runs have come to); the last ")
    assert search.forgets and search.covered == 0
    assert search.kept <= 40 * 10 + 40  # what one switch point adds is kept whole


def test_what_is_remembered_is_bounded(explore) -> None:
    search = explore(SMALL["LOST_UPDATE"], states=20, limit=60)
    assert search.why_not.startswith("stopped at the limit of 20 states (points that runs have come to); the last ")
    assert search.executions == 60
    at_most = 20 + max(30, search.longest)  # the execution that comes to the bound is finished
    assert not search.forgets
    assert 20 <= len(search.seen) <= at_most < len(explore(SMALL["QUEUE"]).seen)


def test_the_step_limit_is_not_exhaustive(explore) -> None:
    search = explore("from threading import Thread\nx = [0]\nwhile True: x[0] += 1\n", max_steps=1000)
    assert not search.exhaustive
    assert [ending for ending, _ in search.outcomes] == ["step limit: more than 1000 steps"]


def test_a_loop_that_waits_for_what_any_thread_does_is_a_wait(explore) -> None:
    source = "from threading import Thread\nts = [Thread(target=int) for _ in range(2)]\nfor t in ts: t.start()\n"
    search = explore(source + "while any(t.is_alive() for t in ts): pass\nprint('done')\n", limit=100)
    assert search.exhaustive, search.why_not
    assert {output for _, output in search.outcomes} == {"done\n"}


LONG = """
import threading
x = y = 0
def a():
    global x, y
    i = 0
    while i < {rounds}:
        i += 1
        {more}
    x = 1
def b(): print(x)
ts = [threading.Thread(target=a), threading.Thread(target=b)]
for t in ts: t.start()
for t in ts: t.join()
"""


def test_what_the_class_of_a_local_holds_is_shared(explore) -> None:
    source = "import threading\nclass Own(threading.local): n = 0\nown = Own()\ndef work(): Own.n = 5\n"
    search = explore(source + "threading.Thread(target=work).start()\nprint(own.n)\n", preemptions=2)
    assert {output for _, output in search.outcomes} == {"0\n", "5\n"}


def test_a_loop_that_awaits_nothing_is_not_made_to_wait(explore) -> None:
    search = explore(LONG.format(rounds=1000, more="pass"))
    assert search.exhaustive
    assert {output: found.preemptions for (_, output), found in search.outcomes.items()} == {"0\n": 0, "1\n": 0}


@pytest.mark.parametrize(("rounds", "more"), [(300, "y = i"), (15_000, "pass")])
def test_a_loop_that_was_made_to_let_others_run_is_not_exhaustive(rounds: int, more: str, explore) -> None:
    search = explore(LONG.format(rounds=rounds, more=more), preemptions=0)
    assert not search.exhaustive
    assert search.why_not == "a loop at line 7 was made to let other threads run, which it need not"


def test_a_loop_that_awaits_nothing_lets_others_run_after_all(run) -> None:
    source = "import threading\ndef f():\n    n = 0\n    while True: n += 1\n"
    source += "threading.Thread(target=f, daemon=True).start()\nimport time; time.sleep(1)\nprint('over')"
    assert run(source).output == "over\n"


def test_what_a_loop_reads_is_not_kept(run, world) -> None:
    source = "x = [False]\nwhile x[0]: pass\nfor i in range(5000):\n    if x[0]: break\n"
    run(source, record=True)
    assert len(world.scheduler.main.reads) <= 1000


def test_deadlock_names_the_cycle(explore) -> None:
    found = [e for e, _ in explore(SMALL["LOCK_ORDER"]).outcomes if e.startswith(DEADLOCK)]
    assert found == [
        "deadlock: Thread-1 (work) waits for b held by Thread-2 (work) at line 6; "
        "Thread-2 (work) waits for a held by Thread-1 (work) at line 6"
    ]


def test_a_lost_wakeup_has_no_cycle(explore) -> None:
    (found,) = [e for e, _ in explore(SMALL["LOST_WAKEUP"]).outcomes if e.startswith(DEADLOCK)]
    assert "Thread-1 (wait) waits for a notify of condition at line 5" in found


def test_pct_samples_what_is_too_large(explore) -> None:
    many = SMALL["LOST_UPDATE"].replace("range(2)", "range(4)")
    many = many.replace("    counter += 1", "    counter += 1\n    counter += 1\n    counter += 1")
    search = explore(many, preemptions=3, limit=200)
    assert not search.exhaustive
    sampled = [found for found in search.outcomes.values() if found.preemptions == -1]
    assert search.executions == 200
    for found in sampled[:3]:
        run = search.world.run(search.program, search.filename, Replay(found.schedule), search._options(None))
        assert (run.outcome.ending, run.output) == (found.ending, found.output)


def test_nothing_is_executed_that_is_known_to_lead_where_others_have_been(explore, monkeypatch) -> None:
    told = explore(SMALL["LOST_UPDATE"])
    monkeypatch.setattr(_Explorer, "_node_after", lambda *_: None)
    tried = explore(SMALL["LOST_UPDATE"])
    assert told.executions < tried.executions
    assert told.seen == tried.seen


@pytest.mark.parametrize("source", [*SMALL.values(), *generated().values()], ids=[*SMALL, *generated()])
def test_what_is_known_beforehand_is_what_happens(source: str, explore, monkeypatch) -> None:
    """The node to which a choice leads, against that to which it has led when it is executed."""
    known: dict[tuple[int, int, int], tuple[int, ...]] = {}
    compared = 0
    node_after, choose = _Explorer._node_after, _Explorer.choose

    def remember(self: _Explorer, number: int) -> None:
        node = node_after(self, number)
        if node is not None:
            known[id(self.prefix), self.search.world.scheduler.points - 1, number] = node

    def compare(self: _Explorer, step: int, enabled: list[int], goes_on: bool) -> int:
        nonlocal compared
        prefix, scheduler = self.prefix, self.search.world.scheduler
        if step > self._end and (node := known.pop((id(prefix.parent), prefix.step, prefix.thread), None)):
            assert node == (scheduler.current.number, *[thread.past for thread in scheduler.threads])
            compared += 1
        return choose(self, step, enabled, goes_on)

    monkeypatch.setattr(_Explorer, "_node_after", remember)
    monkeypatch.setattr(_Explorer, "choose", compare)
    search = explore(source, limit=2000)
    assert compared or search.executions < 20


TICKS = """
from threading import Thread
def tick():
    while True: print("tick")
Thread(target=tick).start()
print("main")
"""


def test_runs_that_are_cut_off_are_one_outcome_however_far_they_came(explore) -> None:
    search = explore(TICKS, max_steps=60, limit=40)
    (found,) = search.outcomes.values()
    assert found.ending == "step limit: more than 60 steps" and found.count > 1
    assert set(found.output.split()) == {"main", "tick"} and not search.exhaustive
