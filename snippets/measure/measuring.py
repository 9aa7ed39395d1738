# /// script
# requires-python = ">=3.13"
#
# [tool.snippet]
# not_in_lab = "measures the machine"
# ///
# --8<-- [start:build]
import math
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def build():
    gil = "enabled" if sys._is_gil_enabled() else "disabled"
    return (
        f"- Python {sys.version}\n"
        f"- The GIL is {gil}\n"
        f"- CPUs that the process may use: {os.process_cpu_count()}\n"
    )


# --8<-- [end:build]
# --8<-- [start:work]
def io_bound(_):
    # Stands for a server's answer
    time.sleep(0.02)


def cpu_bound(_):
    total = 0
    for n in range(100_000):
        total += n * n
    return total


# --8<-- [end:work]
# --8<-- [start:timing]
WORKERS = (1, 2, 4, 8, 16)


def run(job, jobs, workers):
    if workers == "none":
        for n in range(jobs):
            job(n)
    else:
        with ThreadPoolExecutor(workers) as executor:
            list(executor.map(job, range(jobs)))


def measure(job, jobs=16, rounds=5):
    shortest = dict.fromkeys(("none", *WORKERS), math.inf)
    for _ in range(rounds):
        for workers in shortest:
            start = time.perf_counter()
            run(job, jobs, workers)
            elapsed = 1000 * (time.perf_counter() - start)
            shortest[workers] = min(shortest[workers], elapsed)
    return shortest


# --8<-- [end:timing]
# --8<-- [start:table]
def table(io, cpu):
    lines = [
        "| Workers | I/O-bound | CPU-bound |",
        "|---|---:|---:|",
    ]
    for workers in io:
        i, c = io[workers], cpu[workers]
        lines.append(f"| {workers} | {i:.0f} ms | {c:.0f} ms |")
    return "\n".join(lines)


# --8<-- [end:table]
# --8<-- [start:check]
if __name__ == "__main__":
    times = measure(io_bound, jobs=4, rounds=1)
    assert times["none"] >= 4 * 20
    assert cpu_bound(0) == 333328333350000
    print("measured:", list(times))
    #> measured: ['none', 1, 2, 4, 8, 16]
    print("lines of the table:", len(table(times, times).splitlines()))
    #> lines of the table: 8
# --8<-- [end:check]
