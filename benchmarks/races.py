"""How often a read-modify-write without a lock loses an update: the figures of the page on locks.

Runs five programs, each --runs times in a fresh process of each interpreter, one process at a time, and prints how many
of those runs lost at least one update. The programs differ in what lies between the read of the counter and its write:

    plain   counter += 1; 4 threads, 100,000 times each
    fast    the same, after sys.setswitchinterval(1e-6)
    call    counter += one(), where one() is a function in Python; 4 threads, 100,000 times each
    sleep   read, time.sleep(0), write; 2 threads, 1,000 times each
    forced  read, Barrier(2).wait(), write; 2 threads, once each

The figures depend on the machine, on the number of its cores and on what else it does. The interpreters may be as old
as Python 3.8.

    python benchmarks/races.py [--runs 100] [--python PATH ...]
"""

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass

TIME_LIMIT = 300
"""Seconds after which a run is given up."""


@dataclass(frozen=True)
class Race:
    """A loop body, in how many threads and how many times in each it runs, and what comes before the function."""

    body: str
    threads: int = 4
    times: int = 100_000
    before: str = ""

    @property
    def program(self) -> str:
        """A whole program, which prints how many updates it has lost."""
        body = self.body.replace("\n", "\n        ")
        return f"""\
import sys
import time
from threading import Barrier, Thread

counter = 0
{self.before}

def function():
    global counter
    for _ in range({self.times}):
        {body}


threads = [Thread(target=function) for _ in range({self.threads})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print({self.threads * self.times} - counter)
"""


RACES = {
    "plain": Race("counter += 1"),
    "fast": Race("counter += 1", before="sys.setswitchinterval(1e-6)\n"),
    "call": Race("counter += one()", before="\ndef one():\n    return 1\n"),
    "sleep": Race("value = counter\ntime.sleep(0)\ncounter = value + 1", threads=2, times=1000),
    "forced": Race(
        "value = counter\nboth_have_read.wait()\ncounter = value + 1",
        threads=2,
        times=1,
        before="both_have_read = Barrier(2)\n",
    ),
}
VERSION = """\
import sys
import sysconfig

print(sys.version.split()[0] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""))
"""


def output(python: str, program: str) -> str:
    """What the program prints when it runs in a new process of that interpreter."""
    # -I: neither the environment nor the current folder has a say.
    command = [python, "-I", "-c", program]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=TIME_LIMIT).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n    python")[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100, help="runs of each program (default: 100)")
    parser.add_argument(
        "--python", nargs="+", default=[sys.executable], metavar="PATH", help="interpreters (default: this one)"
    )
    arguments = parser.parse_args()
    for python in arguments.python:
        if shutil.which(python) is None:
            parser.error(f"there is no interpreter {python}")
    print(f"Of {arguments.runs} runs, so many lost an update:")
    print(f"{'Python':<10}" + "".join(f"{name:>8}" for name in RACES))
    for python in arguments.python:
        print(f"{output(python, VERSION):<10}", end="", flush=True)
        for race in RACES.values():
            lost = sum(int(output(python, race.program)) > 0 for _ in range(arguments.runs))
            print(f"{lost:>8}", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
