"""Builds the site strictly and opens every page in a real Chromium: what a reader gets stays within its budget."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import IS_DARK, PHONE, run_build, until
from places import DOCS, ROOT
from playwright.sync_api import Page as Tab
from server import Server

from authoring.pages import EXERCISE, LAB, Page, load_pages

# One worker builds the site and runs the browser.
pytestmark = pytest.mark.xdist_group("site")

MAX_KB = 90
MAX_NOTEBOOK_KB = 150
MAX_LAB_KB = 115
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until then, a page's script has not heard how wide anything is."""
PAGES = load_pages(DOCS)


def address(page: Page) -> str:
    """The path of a page in the site."""
    topic = page.topic.removesuffix("index")
    return f"/{topic}" if not topic or topic.endswith("/") else f"/{topic}/"


@pytest.fixture(params=[*PAGES, None], ids=lambda page: page.name if page else "404")
def page(request: pytest.FixtureRequest) -> Page | None:
    return request.param


def test_build_is_silent(site: Server) -> None:
    assert not re.findall(r"(?m)^(?:WARNING|ERROR).*", site.build_log)


@pytest.mark.usefixtures("site")  # if it cannot be built, that is told once
def test_build_without_addresses(tmp_path: Path) -> None:
    """Nothing is made up where the environment does not say where the site and its sources are."""
    build = run_build(tmp_path, SITE_URL="", EDIT_URI="")
    assert build.returncode == 0, build.stderr
    html = (tmp_path / "threading/lock/index.html").read_text()
    assert 'rel="canonical"' not in html
    assert 'rel="edit"' not in html


def test_page_within_budget(page: Page | None, site: Server, open_tab: Callable[..., Tab]) -> None:
    """Bytes, foreign hosts, console, layout shift, sideways scroll and accessibility of a first view."""
    path = address(page) if page else "/there/is/no/such/page/"
    has_lab = page is not None and any({LAB, EXERCISE} & {*embed.classes} for embed in page.embeds)
    max_kb = MAX_NOTEBOOK_KB if page and page.is_notebook else MAX_LAB_KB if has_lab else MAX_KB
    problems = []

    def check(figure: str, value: object, budget: object, ok: bool) -> None:
        if not ok:
            problems.append(f"{path} at {screen} px: {figure} is {value}, the budget is {budget}")

    for device in ({}, PHONE):
        site.sent.clear()
        tab = open_tab(path, **device)
        screen = tab.viewport_size["width"]
        kb = sum(size for _, size in site.sent) / 1024
        check("kB transferred", f"{kb:.1f} {site.sent}", max_kb, kb <= max_kb)
        check("layout shift", shifts := tab.evaluate("window.layoutShifts"), [], not shifts)
        messages = [m for m in tab.messages if page or "404" not in m]
        check("console", messages, [], not messages)
        check("foreign requests", tab.foreign, [], not tab.foreign)
        width = tab.evaluate("document.scrollingElement.scrollWidth")
        check("width", width, screen, width <= screen)
        for scheme in ("light", "dark"):
            # Reduced motion: axe must not measure colours in the middle of their transition.
            tab.emulate_media(color_scheme=scheme)
            until(tab, f"{IS_DARK} === {str(scheme == 'dark').lower()}")
            tab.evaluate(TWO_FRAMES)
            violations = Axe().run(tab).response["violations"]
            found = [(v["id"], v["impact"], v["nodes"][0]["target"]) for v in violations]
            check(f"axe, {scheme}", found, [], not found)
    assert not problems, "\n".join(problems)


def test_search_is_fetched_on_first_use(site: Server, open_tab: Callable[..., Tab]) -> None:
    site.sent.clear()
    tab = open_tab("/threading/lock/")
    assert not [path for path, _ in site.sent if "search" in path]
    tab.keyboard.press("/")
    tab.keyboard.type("semaphore")
    first = tab.locator(".md-search-result__item a").first
    first.wait_for()
    assert "semaphore" in first.get_attribute("href")
    tab.keyboard.press("Escape")


def test_search_from_the_address(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("/?q=barrier")
    tab.locator(".md-search-result__item a[href*=barrier]").first.wait_for()


def test_copy_leaves_the_output_out(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("/threading/lock/", permissions=["clipboard-read", "clipboard-write"])
    block = tab.locator(".snippet", has_text="lock.py").first
    assert "#>" in block.locator("code").inner_text()
    block.hover()
    block.locator("[data-clipboard-target], .md-clipboard, .md-code__button").first.click()
    tab.locator(".md-dialog--active").wait_for()
    copied = tab.evaluate("navigator.clipboard.readText()")
    shown = [line for line in block.locator("code").inner_text().splitlines() if not line.lstrip().startswith("#>")]
    assert copied.splitlines() == "\n".join(shown).rstrip().splitlines()


def test_block_links_to_its_file(open_tab: Callable[..., Tab], site: Server) -> None:
    tab = open_tab("/threading/lock/")
    links = tab.locator("a.snippet-file:not(thread-lab *)")
    for index in range(links.count()):
        address = links.nth(index).evaluate("link => link.href")
        file = ROOT / urlsplit(address).path.lstrip("/")
        answer = tab.request.get(address)
        assert answer.text() == file.read_text(), address
    assert links.count() >= 2


def test_snippet_runs_from_its_address(site: Server) -> None:
    """`uv run ADDRESS` is what the pages tell the reader."""
    # `uv run` says where it is.
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("no uv: the tests were not started with `uv run`, and it is not on the PATH")
    address = f"{site.origin}snippets/threading/lock.py"
    options = ["--no-project", "--python", sys.executable]
    run = subprocess.run([uv, "run", *options, address], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    shown = re.findall(r"#> (.*)", (ROOT / "snippets/threading/lock.py").read_text())
    assert run.stdout.splitlines() == shown


def test_instant_navigation(open_tab: Callable[..., Tab]) -> None:
    """Another page comes without a new document."""
    tab = open_tab("/threading/lock/")
    tab.evaluate("window.sameDocument = true")
    tab.locator(".md-footer__link--next").click()
    until(tab, "document.querySelector('h1').textContent.startsWith('ThreadPool')")
    assert tab.evaluate("window.sameDocument")
    assert tab.url.endswith("/threading/thread_pool_executor/")


def test_instant_navigation_to_a_lab(open_tab: Callable[..., Tab], site: Server) -> None:
    """From a page without one: its script comes with it, nothing is refused, and what it has been given is whole."""
    site.sent.clear()
    tab = open_tab("/threading/")
    assert not [path for path, _ in site.sent if path.endswith("/lab.js")]
    tab.evaluate("window.sameDocument = true")
    tab.locator(".md-nav--primary a[href*='threading/lock/']").first.evaluate("link => link.click()")
    until(tab, "document.querySelector('thread-lab')?.matches(':defined')")
    assert tab.evaluate("window.sameDocument")
    runs = tab.evaluate(
        "JSON.parse(document.querySelector('thread-lab template.lab-data').content.textContent).runs.length"
    )
    assert runs == 2
    assert not tab.messages


def test_readable_without_javascript(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("/threading/lock/", java_script_enabled=False)
    assert tab.locator("h1").is_visible()
    assert tab.locator(".snippet code").first.is_visible()
    assert tab.locator(".snippet-file").first.is_visible()
    assert tab.get_by_role("link", name="Barrier", exact=True).count()


def test_keyboard(open_tab: Callable[..., Tab]) -> None:
    """The skip link comes first; `.` and `,` turn the page."""
    tab = open_tab("/threading/lock/")
    tab.keyboard.press("Tab")
    assert "md-skip" in tab.evaluate("document.activeElement.className")
    title = tab.title()
    tab.keyboard.press(".")
    until(tab, f"document.title !== {json.dumps(title)}")
    tab.keyboard.press(",")
    until(tab, f"document.title === {json.dumps(title)}")


def test_runs_only_what_the_build_wrote(open_tab: Callable[..., Tab]) -> None:
    """The Content-Security-Policy: no script that is put into the page, no eval, nothing from another host."""
    tab = open_tab("/threading/lock/")
    tab.evaluate(
        """() => {
            window.refused = [];
            addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
            document.body.append(Object.assign(new Image(), { src: "https://example.org/picture.png" }));
            // By a timer, because a debugger's own code may use eval.
            setTimeout(() => { try { eval("window.smuggled = true"); } catch { } });
            fetch("https://example.org/").catch(() => { });
        }"""
    )
    until(tab, "refused.length === 4")
    assert sorted(tab.evaluate("refused")) == ["connect-src", "img-src", "script-src", "script-src-elem"]
    assert tab.evaluate("window.smuggled") is None


def test_prints_the_whole_code(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("/threading/lock/", color_scheme="dark")
    tab.emulate_media(media="print")
    assert not tab.locator(".md-header").is_visible()
    assert not tab.locator(".md-sidebar--primary").is_visible()
    cut = tab.evaluate(
        "[...document.querySelectorAll('pre code')].filter(c => c.scrollWidth > c.clientWidth + 1).length"
    )
    assert cut == 0
    assert not tab.evaluate(IS_DARK)


def test_meta(open_tab: Callable[..., Tab], site: Server) -> None:
    tab = open_tab("/threading/lock/")
    meta = tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('meta[property], meta[name]')]"
        ".map(m => [m.getAttribute('property') || m.name, m.content]))"
    )
    assert meta["og:url"] == f"{site.origin}threading/lock/"
    assert meta["og:description"] == meta["description"]
    picture = tab.request.get(meta["og:image"])
    assert picture.ok and picture.body().startswith(b"\x89PNG")
    assert tab.locator("link[rel=canonical]").get_attribute("href") == meta["og:url"]
    assert tab.locator("a[rel=edit]").get_attribute("href") == "https://example.org/edit/main/docs/threading/lock.md"
    assert tab.locator("link[rel=prev], link[rel=next]").count() == 2
