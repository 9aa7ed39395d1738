"""How many times as long two threads take for twice the work of one: the figures of the section on the GIL.

The work is CPU-bound Python. A round times one thread that does the work once, and then two threads that do it once
each; what counts is the ratio of the two times. With perfect parallelism it is 1.00, with none 2.00. Prints, for each
interpreter, the median of the rounds and the ratios that it is the median of.

The figures depend on the machine and on what else it does; with fewer than two idle cores they say nothing. The
interpreters may be as old as Python 3.8.

    python benchmarks/speedup.py [--rounds 7] [--python PATH ...]
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys

PROGRAM = """\
import json
import os
import sys
import sysconfig
import time
from threading import Thread


def work():
    total = 0
    for n in range(5_000_000):
        total += n * n
    return total


def seconds(count):
    threads = [Thread(target=work) for _ in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


seconds(1)  # warms up
version = sys.version.split()[0] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")
pairs = [(seconds(1), seconds(2)) for _ in range(int(sys.argv[1]))]
print(json.dumps([version, os.cpu_count(), [two / one for one, two in pairs]]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n    python")[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds that are timed (default: 7)")
    parser.add_argument(
        "--python", nargs="+", default=[sys.executable], metavar="PATH", help="interpreters (default: this one)"
    )
    arguments = parser.parse_args()
    for python in arguments.python:
        if shutil.which(python) is None:
            parser.error(f"there is no interpreter {python}")
    for python in arguments.python:
        # -I: neither the environment nor the current folder has a say.
        command = [python, "-I", "-c", PROGRAM, str(arguments.rounds)]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        version, cores, ratios = json.loads(run.stdout)
        spread = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        print(f"{version:<10} {cores} cores   {statistics.median(ratios):.2f}   ({spread})", flush=True)


if __name__ == "__main__":
    main()
