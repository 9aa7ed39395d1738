# --8<-- [start:build]
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
    time.sleep(0.05)  # stands for a server's answer


def cpu_bound(_):
    total = 0
    for n in range(100_000):
        total += n * n
    return total


# --8<-- [end:work]
# --8<-- [start:timing]
WORKERS = (1, 2, 4, 8, 16)


def sequential(job, jobs):
    for n in range(jobs):
        job(n)


def pooled(job, jobs, workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(job, range(jobs)))


def shortest(runs, function, *args):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return min(times)


def measure(job, jobs=16, runs=3):
    times = {"none": shortest(runs, sequential, job, jobs)}
    for workers in WORKERS:
        times[workers] = shortest(runs, pooled, job, jobs, workers)
    return times


# --8<-- [end:timing]
# --8<-- [start:table]
def table(io, cpu):
    lines = [
        "| Workers | I/O-bound | CPU-bound |",
        "|---|---:|---:|",
    ]
    for workers in io:
        i, c = io[workers], cpu[workers]
        lines.append(f"| {workers} | {i:.2f} s | {c:.2f} s |")
    return "\n".join(lines)


# --8<-- [end:table]
# --8<-- [start:plot]
def plot(io, cpu):
    import io as files
    import re

    from matplotlib import rc_context
    from matplotlib.figure import Figure

    ink = "#010203"  # becomes the colour of the page's text
    style = {"svg.fonttype": "none", "svg.hashsalt": "measuring"}
    for part in ("text", "axes.label", "xtick", "ytick"):
        style[f"{part}.color"] = style.get(part, ink)
    style.pop("axes.label.color")
    style |= {"axes.labelcolor": ink, "axes.edgecolor": ink}
    return files, re, rc_context, Figure, style


# --8<-- [end:plot]
