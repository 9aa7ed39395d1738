"""A real Chromium, and the built site that it opens: fixtures for every test that looks at pages as readers do.

A module that uses them runs in one worker: `pytestmark = pytest.mark.xdist_group("…")`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from places import ROOT
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from playwright.sync_api import Page as Tab
from server import Server, listening, serving
from trees import needs_the_gil

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
# Records layout shifts as they happen: value, time, and what moved; https://web.dev/articles/cls. Not those within a
# table of a Markdown page: its columns find their width as its rows arrive, which a busy machine shows, and nothing
# else moves. Nor those within a picture's legend: an entry of which half has arrived may fit into the line before.
OBSERVE_SHIFTS = """
    window.layoutShifts = [];
    const settles = ({ node }) => node?.parentElement?.closest("table:not([class]), .lab-legend");
    const at = ({ x, y }) => `${x}, ${y}`;
    const told = ({ node, previousRect, currentRect }) =>
        `${node?.nodeName}.${node?.className} from ${at(previousRect)} to ${at(currentRect)}`;
    new PerformanceObserver(list => {
        for (const { value, startTime, hadRecentInput, sources } of list.getEntries())
            if (!hadRecentInput && !(sources.length && sources.every(settles)))
                window.layoutShifts.push([value, startTime, ...sources.map(told)]);
    }).observe({ type: "layout-shift", buffered: true });
"""
# For windows higher than the page: there the theme holds the footer at the lower edge, and it moves up with each part
# of it that arrives. No reader's window shows that.
HIDE_FOOTER = """
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".md-footer { display: none }");
    document.adoptedStyleSheets = [sheet];
"""
IS_DARK = "(getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every(part => part < 100))"
"""Whether the page's ground is dark."""


_NOT_BUILT = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Of the tests of a site that cannot be built the first one fails, and says why."""
    if item.config.stash.get(_NOT_BUILT, False) and "site" in getattr(item, "fixturenames", ()):
        pytest.skip("the site cannot be built; the first of its tests says why")


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[tuple[ThreadingHTTPServer, Server, Path]]:
    """The site, built as it is published: once for all modules that a worker runs."""
    folder = tmp_path_factory.mktemp("site")
    with listening() as (server, record):
        build = run_build(folder, SITE_URL=record.origin, EDIT_URI="https://example.org/edit/main/docs/")
        needs_packages(build)
        if build.returncode:
            pytestconfig.stash[_NOT_BUILT] = True
            pytest.fail(faults_of(build), pytrace=False)
        record.build_log = build.stderr
        yield server, record, folder


@pytest.fixture(scope="module")
def site(built: tuple[ThreadingHTTPServer, Server, Path]) -> Iterator[Server]:
    """The built site, served. The server's thread ends with this module: others run snippets that fork."""
    with serving(*built) as record:
        yield record


def run_build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    needs_the_gil()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)


def faults_of(build: subprocess.CompletedProcess[str]) -> str:
    """What a build that failed names as faults, each with its file and line; all that it said if it names none."""
    faults = re.findall(r"(?m)^(?:ERROR|WARNING) +- +(.*)", build.stderr)
    stopped = build.stderr.strip().rpartition("\n")[2]
    return "\n".join(faults or [stopped if re.match(r"\S+:\d+: ", stopped) else build.stderr])


def needs_packages(build: subprocess.CompletedProcess[str]) -> None:
    """Skips a test whose build got no packages from npm, with the reason; CI insists on them."""
    why = next((line for line in build.stderr.splitlines() if "Or build without --strict" in line), None)
    if build.returncode and why and not os.environ.get("CI"):
        pytest.skip(f"the site was not built: {why}")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """It keeps an event loop running in this thread, so it ends with this module: others run asyncio programs."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real Chromium: the one that CHROMIUM names, or one on the PATH. Where there is none, only CI insists on it."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    if names[0] and shutil.which(names[0]) is None:
        pytest.fail(f"CHROMIUM names {names[0]!r}, which cannot be run")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        reason = "no Chromium: install it, or name it in the environment variable CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def open_tab(browser: Browser, site: Server) -> Iterator[Callable[..., Tab]]:
    """Opens a path of the site in a new browser context, with a script before those of each page, if one is given.

    It collects `tab.foreign` and `tab.messages`. Where it is not asked to move, it scrolls at once: a test that looks
    while a page still scrolls sees now this, now that.
    """
    contexts: list[BrowserContext] = []

    def open_tab(path: str, script: str = "", **options: object) -> Tab:
        context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.set_default_timeout(120_000)  # milliseconds: a machine that runs tests is busy
        context.add_init_script(OBSERVE_SHIFTS + script)
        tab = context.new_page()
        tab.foreign, tab.messages = [], []
        context.on(
            "request",
            lambda r: None if r.url.startswith((site.origin, "data:", "blob:")) else tab.foreign.append(r.url),
        )
        tab.on("console", lambda message: tab.messages.append(message.text))
        tab.on("pageerror", lambda error: tab.messages.append(str(error)))
        tab.goto(site.origin + path.removeprefix("/"), wait_until="networkidle")
        return tab

    yield open_tab
    for context in contexts:
        context.close()


def until(tab: Tab, condition: str) -> None:
    """Waits until a condition in JavaScript holds.

    Playwright's wait_for_function needs eval, which the pages forbid.
    """
    tab.evaluate(
        f"""new Promise((resolve, reject) => {{
            const end = performance.now() + 120_000;
            const look = () => {{
                if ({condition}) resolve();
                else if (performance.now() > end) reject(new Error("never came true"));
                else requestAnimationFrame(look);
            }};
            look();
        }})"""
    )
