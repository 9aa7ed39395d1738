"""What a run in the page costs, in Chromium: against Pyodide's own loadPyodide() in the same browser, in turn.

Usage: uv run python benchmarks/web.py [ROUNDS]. CHROMIUM in the environment names the browser.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import CHROMIUM_FLAGS  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from server import compressed, listening, serving  # noqa: E402

PROGRAM = (
    "from threading import Thread\nthread = Thread(target=print, args=('Hello',))\nthread.start()\nthread.join()\n"
)
COUNTER = ROOT / "snippets/threading/lock_broken.py"
BUDGET = {
    "first": 1.3,
    "later": 0.8,
    "later, of the bare load": 0.25,
    "schedules a second": 150,
    "first bad": 1.0,
    "stop": 0.2,
}
BARE = """
const { loadPyodide } = await import(new URL("assets/lab/pyodide/pyodide.mjs", ORIGIN));
await loadPyodide();
postMessage("loaded");
"""
LOAD_BARE = """name => new Promise((resolve, reject) => {
    const start = performance.now();
    const worker = new Worker(name, { type: "module" });
    worker.onmessage = () => resolve((performance.now() - start) / 1000);
    worker.onerror = reject;
})"""
RUN = """async ([origin, request]) => {
    const start = performance.now(), since = () => (performance.now() - start) / 1000;
    const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
    let first = null;
    const found = [];
    const onOutput = () => first ??= since();
    const result = await runtime.run(request, { onOutput, onFound: outcome => found.push([since(), outcome]) });
    return { first, end: since(), result, found };
}"""
STOP = """async ([origin, request]) => {
    const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
    let stopped;
    const onOutput = () => setTimeout(() => { stopped = performance.now(); runtime.stop(); }, 300);
    await runtime.run(request, { onOutput }).catch(() => {});
    return (performance.now() - stopped) / 1000;
}"""
REQUEST = {"do": "run", "filename": "p.py", "source": PROGRAM, "policy": "first", "schedule": "0.", "record": False,
           "max_steps": 1_000_000}  # fmt: skip


def counter() -> dict[str, Any]:
    """The exploration of the Lock page's broken counter, with short loops."""
    source = COUNTER.read_text().replace("100_000", "2")
    return {"do": "outcomes", "filename": COUNTER.name, "source": source, "preemptions": 2, "limit": 2_000,
            "any_time": True, "seed": 0, "max_steps": 20_000}  # fmt: skip


def bare(browser: Browser, origin: str) -> float:
    """Seconds from nothing to a Python in a worker, without the lab and its policy."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(origin + "bare.html")
    seconds: float = tab.evaluate(LOAD_BARE, "bare.js")
    context.close()
    return seconds


def session(browser: Browser, origin: str) -> dict[str, float]:
    """What a reader waits for: the first run, those after it, and every outcome of the counter."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(origin)
    first = tab.evaluate(RUN, [origin, REQUEST])["first"]
    at_once = tab.evaluate(RUN, [origin, REQUEST])["first"]
    tab.wait_for_timeout(2_000)
    warm = tab.evaluate(RUN, [origin, REQUEST])["first"]
    tab.wait_for_timeout(2_000)
    explored = tab.evaluate(RUN, [origin, counter()])
    endless = {**REQUEST, "source": "print('begun')\nwhile True: pass", "max_steps": 10**9}
    stop = tab.evaluate(STOP, [origin, endless])
    context.close()
    good = "counter = 8\n"
    bad = next(seconds for seconds, outcome in explored["found"] if outcome["output"] != good)
    rate = explored["result"]["schedules"] / explored["end"]
    return {"first": first, "at once": at_once, "warm": warm, "bad": bad, "rate": rate, "stop": stop}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    with tempfile.TemporaryDirectory() as folder, listening() as (server, record), sync_playwright() as playwright:
        site = Path(folder)
        environment = os.environ | {"SITE_URL": record.origin, "EDIT_URI": ""}
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        (site / "bare.html").write_text("<!doctype html><meta charset=utf-8><title>Bare</title>")
        (site / "bare.js").write_text(f"const ORIGIN = {json.dumps(record.origin)};{BARE}")
        for file in site.glob("assets/lab/**/*.*"):
            compressed(file)  # compressing is the server's affair
        with serving(server, record, site):
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            loads, sessions = [], []
            for _ in range(rounds):
                loads.append(bare(browser, record.origin))
                sessions.append(session(browser, record.origin))
            browser.close()
    report(loads, sessions)


def report(loads: list[float], sessions: list[dict[str, float]]) -> None:
    load = statistics.median(loads)
    of = {name: statistics.median(each[name] for each in sessions) for name in sessions[0]}
    ratio = statistics.median(each["first"] / load for each, load in zip(sessions, loads, strict=True))
    later = max(BUDGET["later"], BUDGET["later, of the bare load"] * load)

    def line(what: str, value: str, budget: str, ok: bool) -> None:
        print(f"{what:50}{value:>12}   budget {budget}{'' if ok else ': MISSED'}")

    print(f"medians of {len(loads)} rounds; loadPyodide() alone takes {load:.2f} s")
    line("first click to first output, times that", f"{ratio:.2f}", f"{BUDGET['first']}", ratio <= BUDGET["first"])
    for name, what in (("at once", "the next run, clicked at once"), ("warm", "a run, clicked two seconds later")):
        line(what, f"{of[name]:.2f} s", f"{later:.2f} s", of[name] <= later)
    rate, bad = of["rate"], of["bad"]
    line("broken counter, schedules a second", f"{rate:.0f}", f"{BUDGET['schedules a second']}",
         rate >= BUDGET["schedules a second"])  # fmt: skip
    line("broken counter, first bad schedule, warm", f"{bad:.2f} s", f"{BUDGET['first bad']} s",
         bad <= BUDGET["first bad"])  # fmt: skip
    line("Stop, in an endless loop", f"{of['stop']:.3f} s", f"{BUDGET['stop']} s", of["stop"] <= BUDGET["stop"])


if __name__ == "__main__":
    main()
