"""Programs run in the page as they do natively: in a real Chromium, from the built site's own files."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from browser import DESKTOP
from places import ROOT
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from programs_lab import SMALL
from server import Server

from threadlab.api import outcomes_of, run_file

pytestmark = pytest.mark.xdist_group("site")

WEB = ROOT / "threadlab/web"
STOP_MS = 2_000
"""Longer than a stop takes on a busy machine: benchmarks/web.py has the figure."""
ASK = """
async ([request, options]) => {
    const { runtime } = await import(new URL("assets/lab/runtime.js", options.origin));
    const said = [], asked = [], found = [], progress = [];
    let waiting = "stopAfter" in options, stopping = null, longest = 0, last = performance.now();
    const watch = setInterval(() => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
    });
    const stop = () => { stopping = performance.now(); runtime.stop(); };
    const handlers = {
        onOutput(stream, text) {
            said.push([stream, text]);
            if (waiting && said.map(([, text]) => text).join("").includes(options.stopAfter)) {
                waiting = false;
                setTimeout(stop, options.pause ?? 0);
            }
        },
        onChoose(question) {
            asked.push(question);
            const { enabled } = question;
            return options.choices === "last" ? enabled.at(-1) : options.choices[asked.length - 1] ?? enabled[0];
        },
        onFound: outcome => found.push(outcome),
        onProgress: each => progress.push(each),
    };
    let result = null, rejected = null;
    try {
        result = await runtime.run(request, handlers);
    } catch (error) {
        rejected = error.name;
    }
    clearInterval(watch);
    return { result, rejected, said, asked, found, progress, longest, stop: stopping && performance.now() - stopping };
}
"""


class Lab:
    """The runtime of one tab."""

    def __init__(self, tab: Tab, site: Server) -> None:
        self.tab, self.site = tab, site
        tab.goto(site.origin, wait_until="load")

    def ask(self, request: dict[str, Any], **options: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.tab.evaluate(ASK, [request, {"origin": self.site.origin, **options}])
        return answer

    def run(self, source: str, *, options: dict[str, object] | None = None, **request: object) -> dict[str, Any]:
        defaults = {"policy": "first", "schedule": "0.", "record": False, "max_steps": 1_000_000}
        return self.ask(
            {"do": "run", "filename": "program.py", "source": source, **defaults, **request}, **(options or {})
        )

    def explore(self, source: str, **request: object) -> dict[str, Any]:
        defaults = {"preemptions": 2, "limit": 10_000, "any_time": True, "seed": 0, "max_steps": 20_000}
        return self.ask({"do": "outcomes", "filename": "program.py", "source": source, **defaults, **request})


@pytest.fixture
def new_lab(browser: Browser, site: Server) -> Iterator[Callable[..., Lab]]:
    contexts = []

    def new_lab(prepare: Callable[[Tab], object] = lambda tab: None) -> Lab:
        context = browser.new_context(viewport=DESKTOP)
        contexts.append(context)
        tab = context.new_page()
        prepare(tab)
        return Lab(tab, site)

    yield new_lab
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def lab(browser: Browser, site: Server) -> Iterator[Lab]:
    """One that the tests share: each run has an interpreter of its own."""
    context = browser.new_context(viewport=DESKTOP)
    lab = Lab(context.new_page(), site)
    yield lab
    context.close()


def output(answer: dict[str, Any], stream: str = "stdout") -> str:
    return "".join(text for name, text in answer["said"] if name == stream)


# ---------------------------------------------------------------- a run


def test_frame_allows_its_script_and_no_network() -> None:
    html = (WEB / "frame.html").read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    rules = {name: sources for name, *sources in map(str.split, policy.split(";"))}
    assert rules == {
        "default-src": ["'none'"],
        "script-src": [f"'sha256-{digest}'", "blob:", "'wasm-unsafe-eval'"],
        "worker-src": ["blob:"],
    }


def test_finished(lab: Lab) -> None:
    answer = lab.run("import sys\nprint('Guten Tag, 🐍')\nprint('oh', file=sys.stderr)")
    assert (output(answer), output(answer, "stderr")) == ("Guten Tag, 🐍\n", "oh\n")
    assert answer["result"]["outcome"] == {"kind": "finished", "ending": "finished", "waits": []}
    assert answer["result"]["output"] == "Guten Tag, 🐍\n"


def test_output_comes_as_it_is_printed(lab: Lab) -> None:
    answer = lab.run("print('one')\nwhile True: pass", options={"stopAfter": "one"}, max_steps=10**9)
    assert (answer["rejected"], output(answer)) == ("Stopped", "one\n")


def test_much_output_leaves_the_page_its_time(lab: Lab) -> None:
    answer = lab.run("for number in range(20_000): print(number)")
    assert output(answer) == "".join(f"{number}\n" for number in range(20_000))
    assert len(answer["said"]) < 2_000


def test_exception(lab: Lab) -> None:
    answer = lab.run("def work():\n    raise ValueError('no')\nwork()")
    assert answer["result"]["outcome"]["ending"] == "exception: ValueError: no, in MainThread at line 2"
    assert 'File "program.py", line 2, in work' in output(answer, "stderr")
    assert "threadlab" not in output(answer, "stderr")


def test_syntax_error(lab: Lab) -> None:
    assert lab.run("print(")["result"]["error"] == "syntax"


def test_unsupported(lab: Lab) -> None:
    assert lab.run("import os\nos.system('ls')")["result"]["error"] == "unsupported"


def test_deadlock(lab: Lab) -> None:
    result = lab.run("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()")["result"]
    assert result["outcome"]["kind"] == "deadlock"
    assert result["outcome"]["waits"] == [{"thread": "MainThread", "awaits": "lock", "line": 4, "holder": "MainThread"}]


def test_step_limit(lab: Lab) -> None:
    assert lab.run("while True: pass", max_steps=1_000)["result"]["outcome"]["kind"] == "step limit"


def test_each_run_has_a_fresh_interpreter(lab: Lab) -> None:
    source = "import builtins, os\nprint(hasattr(builtins, 'mark'), os.path.exists('mark'))\n"
    leave = "builtins.mark = open('mark', 'w')\n"
    assert [output(lab.run(source + leave)) for _ in range(3)] == ["False False\n"] * 3


def test_a_run_takes_the_place_of_another(lab: Lab) -> None:
    outcomes = lab.tab.evaluate(
        """async ([origin, request]) => {
            const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
            const first = runtime.run({ ...request, source: "while True: pass" }).catch(error => error.name);
            const second = await runtime.run({ ...request, source: "print(2)" });
            return [await first, second.output];
        }""",
        [
            lab.site.origin,
            {"do": "run", "filename": "p.py", "policy": "first", "schedule": "0.", "record": False, "max_steps": 10**9},
        ],
    )
    assert outcomes == ["Stopped", "2\n"]


# ---------------------------------------------------------------- the same as natively

SAME = {
    **{name: SMALL[name] for name in ("LOST_UPDATE", "CHECK_THEN_ACT", "LOCK_ORDER", "LOST_WAKEUP")},
    **{
        name: (ROOT / f"snippets/threading/{name}.py").read_text()
        for name in ("lock_forced", "tools/barrier", "tools/condition", "tools/semaphore", "thread_pool_executor_map")
    },
}


@pytest.mark.parametrize("name", SAME)
def test_same_events_as_natively(name: str, lab: Lab, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(SAME[name])
    there = lab.run(SAME[name], policy="random", policy_seed=3, record=True)["result"]
    here = run_file(program, schedule=there["schedule"], record=True)
    assert here.recording is not None
    assert there["recording"]["events"] == here.recording["events"]
    assert there["recording"]["outcome"] == here.recording["outcome"]
    assert there["recording"]["output"] == here.output
    assert there["recording"]["events"]


def test_presented(lab: Lab) -> None:
    result = lab.run(SMALL["LOST_UPDATE"], record=True, present=True)["result"]
    assert "recording" not in result
    presented = result["presented"]
    assert len(presented["sentences"]) >= len(presented["recording"]["events"])
    assert presented["picture"].startswith("<svg")


def test_policy_seed_changes_the_schedule_only(lab: Lab) -> None:
    source = "import random\nprint(random.random(), hash('a'))\n" + SMALL["CHECK_THEN_ACT"]
    answers = [lab.run(source, policy="random", policy_seed=seed)["result"] for seed in (1, 2, 1)]
    first, second, third = (answer["schedule"] for answer in answers)
    assert first == third != second
    assert first.startswith("0.")
    assert second.startswith("0.")
    assert len({answer["output"].partition("\n")[0] for answer in answers}) == 1


def test_another_seed(lab: Lab, tmp_path: Path) -> None:
    """String hashes are of the seed, so no interpreter that was started with another one will do."""
    program = tmp_path / "program.py"
    program.write_text("import random, sys\nprint(random.random(), sys.flags.hash_randomization)\n")
    hashes = "print(*map(hash, 'abc'))"
    of_7 = [output(lab.run(hashes, schedule="7.")) for _ in range(2)]
    of_0 = output(lab.run(hashes))
    assert of_7[0] == of_7[1] != of_0
    assert output(lab.run(program.read_text(), schedule="7.")) == run_file(program, schedule="7.").output


# ---------------------------------------------------------------- asking and exploring


def test_ask(lab: Lab, tmp_path: Path) -> None:
    answer = lab.run(SMALL["LOST_UPDATE"], policy="ask", record=True, options={"choices": "last"})
    recording = answer["result"]["recording"]
    events, steps = [], []
    for question in answer["asked"]:
        assert len(question["enabled"]) > 1
        assert question["threads"] == recording["threads"][: len(question["threads"])]
        events += question["events"]
        steps.append([question["step"], question["enabled"][-1]])
    assert events
    assert events == recording["events"][: len(events)]
    assert [[d["step"], d["chosen"]] for d in recording["decisions"] if len(d["enabled"]) > 1] == steps
    program = tmp_path / "program.py"
    program.write_text(SMALL["LOST_UPDATE"])
    replayed = run_file(program, schedule=answer["result"]["schedule"], record=True)
    assert replayed.recording is not None
    assert replayed.recording["events"] == recording["events"]


def test_stop_while_asked(lab: Lab) -> None:
    rejected = lab.tab.evaluate(
        """async ([origin, request]) => {
            const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
            const onChoose = () => new Promise(() => setTimeout(() => runtime.stop()));
            return await runtime.run(request, { onChoose }).catch(error => error.name);
        }""",
        [
            lab.site.origin,
            {"do": "run", "filename": "p.py", "source": SMALL["LOST_UPDATE"], "policy": "ask", "schedule": "0.",
             "record": True, "max_steps": 1000},
        ],
    )  # fmt: skip
    assert rejected == "Stopped"


@pytest.mark.parametrize("name", ["LOST_UPDATE", "LOCK_ORDER", "LOST_WAKEUP"])
def test_outcomes(name: str, lab: Lab, tmp_path: Path) -> None:
    answer = lab.explore(SMALL[name])
    program = tmp_path / "program.py"
    program.write_text(SMALL[name])
    native = outcomes_of(program)
    result = answer["result"]
    assert (result["exhaustive"], result["schedules"]) == (True, native.schedules)
    fields = ("ending", "output", "count", "schedule", "preemptions", "label")
    assert result["outcomes"] == [{field: getattr(each, field) for field in fields} for each in native.outcomes]
    assert {(each["ending"], each["output"]) for each in answer["found"]} == {
        (each["ending"], each["output"]) for each in result["outcomes"]
    }
    assert answer["progress"]


# ---------------------------------------------------------------- stopping, and what breaks

HARD = {
    "an endless loop": "while True: pass",
    "a call into C": "sum(range(10**12))",
    "a regular expression": "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')",
    "exceptions swallowed": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "1,000 threads": "import threading\nevent = threading.Event()\nfor _ in range(1_000): "
    "threading.Thread(target=event.wait).start()\nwhile True: pass",
    "endless output": "while True: print('x' * 50)",
}


@pytest.mark.parametrize("name", HARD)
def test_stop(name: str, lab: Lab) -> None:
    source = "print('begun')\n" + HARD[name]
    answer = lab.run(source, options={"stopAfter": "begun", "pause": 300}, max_steps=10**9)
    assert answer["rejected"] == "Stopped"
    assert answer["stop"] < STOP_MS
    assert answer["longest"] < STOP_MS
    assert output(lab.run("print('and on')")) == "and on\n"
    assert_workers(1, lab)  # the one that waits for the next run


def test_stop_while_loading(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    rejected = lab.tab.evaluate(
        """async ([origin, request]) => {
            const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
            let stopped;
            const onBytes = (done, total) => {
                if (done < total / 2) return;
                stopped ??= performance.now();
                runtime.stop();
            };
            const rejected = await runtime.run(request, { onBytes }).catch(error => error.name);
            return [rejected, performance.now() - stopped < 2_000];
        }""",
        [lab.site.origin, {"do": "run", "source": "print(1)", "schedule": "0."}],
    )
    assert rejected == ["Stopped", True]
    assert output(lab.run("print('and on')")) == "and on\n"


@pytest.mark.parametrize(
    "source", ["import os\nos.abort()", "import ctypes\nctypes.string_at(0xFFFFFFF0)"], ids=["abort", "bad address"]
)
def test_interpreter_that_breaks(source: str, lab: Lab) -> None:
    answer = lab.run("print('before')\n" + source)
    result = answer["result"]
    assert result["outcome"]["kind"] == "exception"
    assert result["outcome"]["ending"].startswith("exception: the interpreter ended: RuntimeError: ")
    assert result["output"] == "before\n"
    assert output(lab.run("print('and on')")) == "and on\n"


def test_memory_ends(lab: Lab) -> None:
    """Long before a tab's does."""
    take = "blocks = []\ntry:\n    while True: blocks.append(bytearray(10**7))\nexcept MemoryError:\n"
    answer = lab.run(take + "    print(len(blocks))\n    raise")
    assert answer["result"]["outcome"]["ending"] == "exception: MemoryError, in MainThread at line 3"
    assert 20 <= int(output(answer)) <= 60


def test_frame_that_is_gone(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    lab.run("print(1)")
    result = lab.tab.evaluate(
        """async ([origin, request]) => {
            const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
            const onOutput = () => document.querySelector("iframe[sandbox]").remove();
            return await runtime.run(request, { onOutput });
        }""",
        [
            lab.site.origin,
            {"do": "run", "filename": "p.py", "source": "print(1)\nwhile True: pass", "policy": "first",
             "schedule": "0.", "record": False, "max_steps": 10**9},
        ],
    )  # fmt: skip
    assert "the browser has ended the frame" in result["outcome"]["ending"]
    assert output(lab.run("print('and on')")) == "and on\n"


# ---------------------------------------------------------------- the snapshot

RESTORED = "import pyodide_js\nprint(hasattr(pyodide_js._api.config._loadSnapshot, 'byteLength'))"


def test_later_runs_start_from_a_snapshot(new_lab: Callable[..., Lab]) -> None:
    """It is no documented interface of Pyodide: this is what notices a version that has lost it."""
    lab = new_lab()
    assert [output(lab.run(RESTORED)) for _ in range(3)] == ["False\n", "True\n", "True\n"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("const { buffer } = python.makeMemorySnapshot();", "const { buffer } = python.noSuchMethod();"),
        ("const { buffer } = python.makeMemorySnapshot();", "const { buffer } = new Uint8Array(2 ** 20);"),
    ],
    ids=["that cannot be made", "that cannot be used"],
)
def test_snapshot(old: str, new: str, new_lab: Callable[..., Lab]) -> None:
    def prepare(tab: Tab) -> None:
        script = (WEB / "worker.js").read_text()
        assert old in script
        tab.route("**/worker.js", lambda route: route.fulfill(body=script.replace(old, new)))

    lab = new_lab(prepare)
    assert [output(lab.run(RESTORED)) for _ in range(3)] == ["False\n"] * 3


# ---------------------------------------------------------------- what a program cannot reach

REACHES = """
import js
from pyodide.ffi import run_sync, to_js

def settled(thing):
    return js.Promise.new(lambda resolve, reject: (
        setattr(thing, "onerror", lambda event: reject(js.Error.new("error"))),
        *(setattr(thing, name, lambda event: resolve(event)) for name in ("onopen", "onload", "onsuccess")),
    ))

def request():
    request = js.XMLHttpRequest.new()
    request.open("GET", SITE, False)
    request.send(None)

def worker(text):
    address = js.URL.createObjectURL(js.Blob.new(to_js([text])))
    worker = js.Worker.new(address)
    return js.Promise.new(lambda resolve, reject: (
        setattr(worker, "onmessage", lambda event: resolve(event.data) if event.data == "through"
                else reject(js.Error.new(event.data))),
        setattr(worker, "onerror", lambda event: reject(js.Error.new("error")))))

def package():
    import pyodide_js
    return pyodide_js.loadPackage("numpy")

def evaluate():
    from pyodide.code import run_js
    run_js("1 + 1")

TRIES = {
    "fetch": lambda: js.fetch(SITE),
    "fetch data:": lambda: js.fetch("data:,text"),
    "XMLHttpRequest": request,
    "importScripts": lambda: js.importScripts(SITE + "assets/lab/switching.js"),
    "WebSocket": lambda: settled(js.WebSocket.new(SITE.replace("http", "ws"))),
    "EventSource": lambda: settled(js.EventSource.new(SITE)),
    "WebTransport": lambda: js.WebTransport.new(SITE.replace("http:", "https:")).ready,
    "font": lambda: js.FontFace.new("font", f"url({SITE}font.woff2)").load(),
    "Worker": lambda: settled(js.Worker.new(SITE + "assets/lab/worker.js")),
    "fetch in a worker": lambda: worker(f"fetch('{SITE}').then(() => postMessage('through'), () => postMessage('no'))"),
    "importScripts in a worker": lambda: worker(
        f"try {{ importScripts('{SITE}assets/lab/switching.js'); postMessage('through') }}"
        "catch { postMessage('no') }"
    ),
    "import in a worker": lambda: worker(
        f"import('{SITE}assets/lab/switching.js').then(() => postMessage('through'), () => postMessage('no'))"
    ),
    "sendBeacon": lambda: js.navigator.sendBeacon(SITE, "x"),
    "RTCPeerConnection": lambda: js.RTCPeerConnection.new(),
    "loadPackage": package,
    "eval": evaluate,
    "caches": lambda: js.caches.open("cache"),
    "indexedDB": lambda: settled(js.indexedDB.open("database")),
    "localStorage": lambda: js.localStorage.length,
    "files": lambda: js.navigator.storage.getDirectory(),
    "cookies": lambda: js.cookieStore.getAll(),
    "service worker": lambda: js.navigator.serviceWorker.register(SITE),
    "document": lambda: js.document.title,
    "page": lambda: js.parent.location,
}
for name, attempt in TRIES.items():
    try:
        result = attempt()
        if hasattr(result, "then"):
            run_sync(result)
        print(name, "went through")
    except Exception:
        print(name, "was refused")
"""


def test_no_network_no_storage_no_page(lab: Lab) -> None:
    lab.run("print('warm')")
    lab.site.sent.clear()
    answer = lab.run(f"SITE = {lab.site.origin!r}\n{REACHES}")
    tried = re.findall(r'^    "(.+)": ', REACHES, re.MULTILINE)
    assert output(answer).splitlines() == [f"{name} was refused" for name in tried]
    assert len(tried) > 20
    assert lab.site.sent == []


def test_frame_cannot_reach_the_page(lab: Lab) -> None:
    """Its origin is one of its own, and it cannot lead the tab elsewhere or open another."""
    assert lab.tab.evaluate("[...document.querySelector('iframe[sandbox]').sandbox]") == ["allow-scripts"]
    (frame,) = [frame for frame in lab.tab.frames if frame.url.endswith("frame.html")]
    assert frame.evaluate("origin") == "null"
    assert frame.evaluate("(() => { try { return parent.document.title } catch (error) { return error.name } })()") == (
        "SecurityError"
    )
    assert frame.evaluate("fetch(location).then(() => 'through', () => 'refused')") == "refused"


@pytest.mark.parametrize(
    "inside",
    [
        "<a href='https://example.org'><text>Click</text></a>",
        "<script>alert(1)</script>",
        "<rect onclick='alert(1)'/>",
        "<style>body { display: none }</style>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>Hello</p></foreignObject>",
        "<title><b>Hello</b></title>",
        "</svg><p>Hello",
        "<rect style='position: fixed'/>",
        "<rect class='md-dialog'/>",
        "<rect id='workbench'/>",
        "<unclosed>",
        "",
    ],
)
def test_made_up_picture(inside: str, lab: Lab) -> None:
    """The page puts a run's picture into itself, and a program can send one in the engine's place."""
    cursor = "<path class='lab-cursor'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' class='lab-picture' data-stops='1 2'>{cursor}{inside}</svg>"
    outcome, program = {"kind": "finished", "ending": "finished"}, {"filename": "program.py", "source": ""}
    ran = {"outcome": outcome, "output": "", "schedule": "0."}
    presented = {key: [] for key in ("legend", "sentences", "threads", "values", "locks")} | {"title": ""}
    presented |= {"picture": picture, "recording": {**ran, "program": program, "threads": [], "events": []}}
    message = {"result": {**ran, "presented": presented}}
    result = lab.run(f"import js\njs.threadlab.send({json.dumps(message)!r})")["result"]
    if inside:
        assert result["error"] == "internal"
    else:
        assert result["presented"]["picture"].startswith("<svg")


# ---------------------------------------------------------------- browsers, and a long session


def test_without_jspi(new_lab: Callable[..., Lab]) -> None:
    supported = "import(new URL('assets/lab/runtime.js', location)).then(({ Runtime }) => Runtime.supported())"
    assert new_lab().tab.evaluate(supported) == {"ok": True, "missing": ""}
    lab = new_lab(lambda tab: tab.add_init_script("delete WebAssembly.Suspending"))
    answer = lab.tab.evaluate(supported)
    assert not answer["ok"]
    assert "JSPI" in answer["missing"]


def test_bytes_are_counted(new_lab: Callable[..., Lab], site: Server) -> None:
    lab = new_lab()
    seen = lab.tab.evaluate(
        """async origin => {
            const { runtime } = await import(new URL("assets/lab/runtime.js", origin));
            const seen = [];
            await runtime.load((done, total) => seen.push([done, total]));
            return seen;
        }""",
        site.origin,
    )
    done = [each for each, _ in seen]
    assert len({total for _, total in seen}) == 1
    assert done == sorted(done)
    assert done[0] == 0
    assert seen[-1][0] == seen[-1][1] > 10_000_000


def renderers() -> Iterator[psutil.Process]:
    """The processes of this test's browser in which pages and their frames are."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "--type=renderer" in process.cmdline():
                yield process


def workers() -> int:
    """How many workers there are, by the names of their threads."""
    names = []
    for process in renderers():
        for thread in process.threads():
            with suppress(FileNotFoundError):
                names.append(Path(f"/proc/{process.pid}/task/{thread.id}/comm").read_text())
    return sum(name.startswith("DedicatedWorker") for name in names)


def assert_workers(expected: int, lab: Lab) -> None:
    """How many workers there are when those that were told to end have ended; `lab` is what ran last.

    Chromium gives a worker two seconds before it uses force. The next one starts meanwhile, so first it is waited for:
    from then on there are only fewer.
    """
    (frame,) = [frame for frame in lab.tab.frames if frame.url.endswith("frame.html")]
    frame.evaluate("""new Promise((resolve, reject) => {
        const end = performance.now() + 30_000;
        const look = () => {
            if (ahead && !running) ahead.ready.then(resolve, reject);
            else if (performance.now() > end) reject(new Error("no worker waits for the next run"));
            else setTimeout(look, 10);
        };
        look();
    })""")
    end = time.monotonic() + 120
    while workers() > expected and time.monotonic() < end:
        time.sleep(0.05)
    assert workers() == expected, [page.url for context in lab.tab.context.browser.contexts for page in context.pages]


def test_a_hundred_runs_leave_nothing(lab: Lab, new_lab: Callable[..., Lab]) -> None:
    lab.run("print('warm')")
    assert_workers(1, lab)  # those of the tests before are gone
    lab = new_lab()
    session = lab.tab.context.new_cdp_session(lab.tab)
    sizes = []
    for number in range(100):
        assert output(lab.run(f"print({number})")) == f"{number}\n"
        if number in (9, 99):
            assert_workers(2, lab)
            session.send("HeapProfiler.collectGarbage")
            sizes.append(sum(process.memory_full_info().uss for process in renderers()))
    assert lab.tab.locator("iframe").count() == 1
    # An interpreter that stayed would be 30 MB and more, so ninety of them several times as much as there was.
    assert sizes[1] < sizes[0] * 1.5, sizes
