"""The lab beside its peers: frontrun and interleave-test, on the same five programs, in turn, in one run.

Each program is there twice: broken, for the time to the first schedule that fails, and mended, for the time until the
tool has explored every schedule with at most two preemptions and says that none fails. benchmarks/programs/ has them in
the form that is natural for each tool: files for the lab, a function for interleave-test, a state and workers for
frontrun. Each measurement is a process of its own. Its time is that of the call that explores, the first one in the
process; the start of the interpreter and the imports are not in it, for none of them, but are printed at the end.

Usage: uv run --group bench python benchmarks/peers.py [ROUNDS]
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROGRAMS = Path(__file__).with_name("programs")
NAMES = ["lost_update", "check_then_act", "two_locks", "bounded_queue", "timer_and_subclass"]
TIME_LIMIT = 60
"""Seconds after which a measurement is given up."""
AT_MOST = {"frontrun": 1 / 10, "interleave-test": 1 / 3}
"""What the lab's time may be of the peer's, where that gives a verdict that is right."""
COMMANDS = {
    "threadlab": [sys.executable, PROGRAMS / "in_threadlab.py"],
    # Without its own command, which preloads a library, frontrun does not explore.
    "frontrun": [sys.executable, "-m", "frontrun.cli", sys.executable, PROGRAMS / "in_frontrun.py"],
    "interleave-test": [sys.executable, PROGRAMS / "in_interleave_test.py"],
}
ITS_OWN = "Thread.__init__() not called"
"""What interleave-test reports where it fails itself, at a threading.Timer."""


def measure(tool: str, program: str, what: str) -> dict[str, object]:
    """{"seconds", "executions", "verdict"} of one exploration, and "all": the seconds of its whole process."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    start = time.perf_counter()
    try:
        run = subprocess.run(
            [*COMMANDS[tool], program, what], capture_output=True, text=True, timeout=TIME_LIMIT, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"seconds": None, "executions": None, "verdict": f"none within {TIME_LIMIT} s", "all": TIME_LIMIT}
    if run.returncode:
        sys.exit(f"{tool} {program}: {run.stderr}")
    return {**json.loads(run.stdout.splitlines()[-1]), "all": time.perf_counter() - start}


def what_is_wrong(verdict: str, broken: bool) -> str:
    """A remark on a verdict that is wrong, else ""."""
    kind = verdict.partition(":")[0]
    if kind == "passes" and broken:
        return "WRONG: there is a schedule that fails"
    if kind == "fails" and not broken:
        return "WRONG: no schedule fails"
    if kind == "fails" and ITS_OWN in verdict:
        return "WRONG: the program does not fail in this way"
    return ""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    missed = []
    starts: dict[str, list[float]] = {tool: [] for tool in COMMANDS}
    print(f"medians of {rounds} processes; ratio: the lab's time in the tool's\n")
    for name in NAMES:
        for broken in (True, False):
            program = f"{name}_broken" if broken else name
            print(f"{program}: {'the first schedule that fails' if broken else 'all schedules'}")
            results: dict[str, list[dict]] = {tool: [] for tool in COMMANDS}
            for _ in range(rounds):
                for tool, found in results.items():
                    if not found or found[0]["seconds"] is not None:  # one that has timed out will do so again
                        found.append(measure(tool, program, "first" if broken else "all"))
            own = statistics.median(each["seconds"] for each in results["threadlab"])
            for tool, found in results.items():
                verdict = found[0]["verdict"]
                wrong = what_is_wrong(verdict, broken)
                if found[0]["seconds"] is None:
                    print(f"  {tool:16} {'':>10} {'':>9} {'':>8}  {verdict}", flush=True)
                    continue
                seconds = statistics.median(each["seconds"] for each in found)
                starts[tool] += [each["all"] - each["seconds"] for each in found]
                ratio = own / seconds
                executions = found[0]["executions"] or "?"
                print(f"  {tool:16} {seconds * 1000:7.0f} ms {executions:>9} {ratio:8.3f}  {verdict}", flush=True)
                if wrong:
                    print(f"  {'':48}{wrong}")
                elif tool in AT_MOST and not verdict.startswith("none") and ratio > AT_MOST[tool]:
                    missed.append(f"{program}: {ratio:.2f} of {tool}'s time")
    print("\nbefore and after that, for the interpreter and the imports:")
    for tool, seconds in starts.items():
        print(f"  {tool:16} {statistics.median(seconds) * 1000:7.0f} ms")
    limits = ", ".join(f"{limit:.2f} of {tool}'s" for tool, limit in AT_MOST.items())
    print(f"\nThe lab should need at most {limits}, where a verdict is right.")
    print("\n".join(["MISSED:", *missed]) if missed else "It does.")


if __name__ == "__main__":
    main()
