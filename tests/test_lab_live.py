"""The live part of the labs, in a real Chromium, as a reader uses it: by mouse, by keyboard, from an address."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import DESKTOP, IS_DARK, PHONE, until
from places import SNIPPETS
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Tab
from server import Server

from authoring.snippets import load_snippets

# One worker builds the site and runs the browser.
pytestmark = pytest.mark.xdist_group("lab")

LOCK = "/threading/lock/"
WORKBENCH = "/lab/"
LONG = 60_000
"""Milliseconds that a busy machine may take to load Python."""
ENDLESS = "while True:\n    pass\n"
LONG_PROGRAM = "".join(f"x{n * 7919 % 10007} = {n * n * 104729 % 1000003}\n" for n in range(300))
TAKE_JSPI_AWAY = "delete WebAssembly.Suspending; delete WebAssembly.promising;"

expect.set_options(timeout=LONG)


@pytest.fixture(scope="module")
def warm(browser: Browser, site: Server) -> Iterator[Tab]:
    """The workbench in a tab that has loaded Python: for what does not depend on how a page is opened."""
    context = browser.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.set_default_timeout(LONG)
    tab.messages = []
    tab.on("console", lambda message: tab.messages.append(message.text))
    tab.on("pageerror", lambda error: tab.messages.append(str(error)))
    tab.goto(site.origin + WORKBENCH.removeprefix("/"), wait_until="networkidle")
    write(tab, "print('warm')\n")
    press(bench(tab), "Run")
    expect(said(bench(tab))).to_contain_text("finished")
    yield tab
    assert not tab.messages
    context.close()


def bench(tab: Tab) -> Locator:
    return tab.locator("thread-lab").first


def said(lab: Locator) -> Locator:
    """The status line."""
    return lab.locator(".lab-live .lab-said")


def press(lab: Locator, name: str) -> None:
    lab.get_by_role("button", name=name, exact=True).click()


def write(tab: Tab, program: str) -> None:
    """Puts a program into the workbench's editor, as if it was pasted."""
    box = bench(tab).get_by_role("textbox", name=re.compile("^Program"))
    box.first.focus()
    editor = bench(tab).locator(".cm-content")
    editor.focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(program)
    assert program_in(bench(tab)) == program


def program_in(lab: Locator) -> str:
    """As it stands, in the editor or not; the editor itself shows only the lines that are in view."""
    return lab.evaluate("lab => lab.controls.live().then(live => live.program)")


def recording(lab: Locator) -> dict:
    """Of the run that the player shows."""
    return lab.evaluate("lab => lab.player.recording")


def counter() -> str:
    """The program of the Lock page that loses an update."""
    snippet = next(each for each in load_snippets(SNIPPETS) if each.name == "threading/lock_lost_update.py")
    return snippet.sections["program"].strip("\n") + "\n"


# ------------------------------------------------ on the Lock page


def test_lost_update_found_opened_and_passed_on(open_tab: Callable[..., Tab], site: Server, tmp_path: Path) -> None:
    """From "Every outcome" to a new browser, and to a terminal: the same run."""
    tab = open_tab(LOCK, permissions=["clipboard-read", "clipboard-write"])
    site.sent.clear()
    lab = tab.locator("thread-lab").first
    press(lab, "Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive up to 2 preemptions")
    found = lab.locator(".lab-found > li")
    assert [each.locator("pre").inner_text() for each in found.all()] == ["counter = 2", "counter = 1"]
    assert [each.locator(".lab-label").count() for each in found.all()] == [0, 1]
    expect(found.nth(1).locator(".lab-label")).to_contain_text("not seen on GIL builds since 3.10")
    found.nth(1).get_by_role("button").click()
    expect(lab.locator(".lab-title")).to_contain_text("lost: counter = 1")
    shown = recording(lab)
    assert shown["output"] == "counter = 1\n"

    press(lab, "Copy address")
    expect(said(lab)).to_contain_text("clipboard")
    address = tab.evaluate("navigator.clipboard.readText()")
    assert address.endswith(f"#lab=threading/lock_lost_update.py~{lab.get_attribute('data-hash')}~{shown['schedule']}")
    site.sent.clear()
    other = open_tab(address.removeprefix(site.origin))
    lab = other.locator("thread-lab").first
    expect(said(lab)).to_contain_text("Nothing has run yet")
    assert not [path for path, _ in site.sent if "pyodide" in path], "an address loads nothing to run"
    press(lab, "Run")
    expect(said(lab)).to_contain_text(f"schedule {shown['schedule']}: finished (allowed by the language")
    assert recording(lab)["events"] == shown["events"]
    assert not other.messages + tab.messages

    press(tab.locator("thread-lab").first, "Copy command")
    until(tab, "document.querySelector('.lab-live .lab-said').textContent.startsWith('The command')")
    command = shlex.split(tab.evaluate("navigator.clipboard.readText()"))
    assert command[:3] == ["python", "threadlab.pyz", "run"]
    pyz = tab.locator("thread-lab").first.get_by_role("link", name="threadlab.pyz").evaluate("link => link.href")
    (tmp_path / "threadlab.pyz").write_bytes(tab.request.get(pyz).body())
    (tmp_path / "lock_lost_update.py").write_text(counter())
    run = subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "counter = 1\n"), run.stderr


def test_two_labs_share_the_runtime(open_tab: Callable[..., Tab]) -> None:
    """The second lab names its deadlock, and ends what the first one runs."""
    tab = open_tab(LOCK)
    first, second = tab.locator("thread-lab").all()[:2]
    press(first, "Edit")
    first.locator(".cm-content").focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(ENDLESS)
    press(first, "Run")
    press(second, "Run")
    expect(said(first)).to_have_text("Stopped.")
    expect(said(second)).to_contain_text("deadlock: ")
    assert "lock_b" in said(second).inner_text() and "lock_a" in said(second).inner_text()
    assert second.locator(".lab-title").inner_text() or second.locator(".lab-choice :checked").count()
    assert tab.locator("iframe").count() == 1
    assert not tab.messages


def test_navigation_ends_a_run(open_tab: Callable[..., Tab]) -> None:
    """Instant navigation during a run; the next page's lab then runs on the same runtime."""
    tab = open_tab(LOCK)
    lab = tab.locator("thread-lab").first
    press(lab, "You choose")
    expect(lab.locator(".lab-thread").first).to_be_visible()
    tab.evaluate("window.sameDocument = true; window.left = document.querySelector('thread-lab')")
    tab.locator("nav a[href$='tools/barrier/']").first.evaluate("link => link.click()")
    until(tab, "document.querySelector('h1').textContent.startsWith('Barrier')")
    assert tab.evaluate("window.sameDocument")
    until(tab, "window.left.querySelector('.lab-said').isConnected === false")
    lab = tab.locator("thread-lab").first
    press(lab, "Run")
    expect(said(lab)).to_contain_text("finished")
    assert tab.locator("iframe").count() == 1
    assert not tab.messages


def test_address_by_instant_navigation(open_tab: Callable[..., Tab]) -> None:
    """A link on a page to a run on the same page: nothing is loaded anew."""
    tab = open_tab(LOCK)
    lab = tab.locator("thread-lab").first
    tab.evaluate(
        """() => {
            window.sameDocument = true;
            const { name, hash } = document.querySelector("thread-lab").dataset;
            location.hash = `#lab=${name}~${hash}~0.8t3`;
        }"""
    )
    expect(said(lab)).to_contain_text("0.8t3")
    assert tab.evaluate("window.sameDocument")


def test_without_jspi(open_tab: Callable[..., Tab], browser: Browser, site: Server) -> None:
    """Recorded runs, and one line that says what is missing and what has it."""
    context = browser.new_context()
    context.add_init_script(TAKE_JSPI_AWAY)
    tab = context.new_page()
    tab.goto(site.origin + LOCK.removeprefix("/"), wait_until="networkidle")
    lab = tab.locator("thread-lab").first
    expect(lab.locator(".lab-missing")).to_contain_text("JSPI")
    expect(lab.locator(".lab-missing")).to_contain_text("137")
    assert not lab.get_by_role("button", name="Run", exact=True).count()
    lab.get_by_role("button", name="Step forward").click()
    assert recording(lab)["output"] == "counter = 2\n"
    address = lab.evaluate("({ dataset, runs }) => [dataset.name, dataset.hash, runs[1].recording.schedule].join('~')")
    tab.evaluate(f"location.hash = {json.dumps('#lab=' + address)}")
    expect(lab.locator(".lab-choice input").nth(1)).to_be_checked()
    assert recording(lab)["output"] == "counter = 1\n"
    context.close()


def test_without_javascript(open_tab: Callable[..., Tab]) -> None:
    """No control that does nothing."""
    for path in (LOCK, WORKBENCH):
        tab = open_tab(path, java_script_enabled=False)
        for part in (".lab-live", ".lab-share", ".lab-programs", "thread-lab button", "thread-lab textarea"):
            assert not [each for each in tab.locator(part).all() if each.is_visible()], (path, part)


# ------------------------------------------------ on the workbench


def test_programs_of_the_site_print_what_they_show(warm: Tab) -> None:
    """Every program that is marked as a lab, live."""
    snippets = {each.name: each for each in load_snippets(SNIPPETS)}
    lab = bench(warm)
    names = lab.locator(".lab-programs option").evaluate_all("options => options.map(option => option.value)")
    names.remove("")
    assert "threading/lock_lost_update.py" in names
    for name in names:
        lab.locator(".lab-programs select").select_option(name)
        press(lab, "Open program")
        expect(said(lab)).to_contain_text(f"{name} is in the editor")
        press(lab, "Run")
        expect(said(lab)).to_contain_text("Run with the schedule 0.")
        ran = recording(lab)
        snippet = snippets[name]
        assert ran["program"]["filename"] == snippet.file.name
        assert ran["outcome"]["kind"] in (*snippet.directive.ending, "exception"), (name, ran["outcome"])
        assert snippet.directive.accepts(ran["output"].splitlines(), snippet.shown_output), (name, ran["output"])


def test_output_comes_as_it_is_printed(warm: Tab) -> None:
    """Before the run is over; Stop ends it within 200 ms, whatever it does."""
    write(warm, "print('first')\n" + ENDLESS)
    lab = bench(warm)
    press(lab, "Run")
    # The step limit would end it, too; no step is counted in a loop of C.
    write(warm, "print('first')\nsum(iter(int, 1))\n")
    press(lab, "Run")
    expect(lab.locator(".lab-printed")).to_have_text("first\n")
    milliseconds = warm.evaluate(
        """() => new Promise(resolve => {
            const lab = document.querySelector("thread-lab");
            const start = performance.now();
            const status = lab.querySelector(".lab-live .lab-said");
            new MutationObserver(() => {
                if (status.textContent === "Stopped.") resolve(performance.now() - start);
            }).observe(status, { childList: true });
            lab.querySelector("[data-action=stop]").click();
        })"""
    )
    print(f"Stop took {milliseconds:.1f} ms")
    expect(lab.get_by_role("button", name="Stop", exact=True)).to_have_attribute("aria-disabled", "true")
    write(warm, "print('again')\n")
    press(lab, "Run")
    expect(lab.locator(".lab-printed")).to_have_text("again\n")


def test_choosing_by_keyboard(warm: Tab) -> None:
    """Digits choose, Backspace takes a choice back, and the rest runs by itself: the update is lost."""
    write(warm, counter())
    lab = bench(warm)
    lab.get_by_role("button", name="You choose", exact=True).focus()
    warm.keyboard.press("Enter")
    question = lab.locator(".lab-question")
    expect(question).to_contain_text("Switch point 3")
    for key, point in (("1", 4), ("1", 5), ("2", 6), ("2", 7)):
        warm.keyboard.press(key)
        expect(question).to_contain_text(f"Switch point {point}:")
    assert lab.locator(".lab-thread[data-thread='2'] code").inner_text() == "line 8: counter += 1"
    expect(lab.locator(".lab-sentence .lab-now")).to_contain_text("Thread-1 reads counter, which is 0")
    before = recording(lab)["events"]
    warm.keyboard.press("2")
    expect(question).to_contain_text("Switch point 8:")
    warm.keyboard.press("Backspace")
    expect(question).to_contain_text("Switch point 7:")
    assert recording(lab)["events"] == before
    for key, point in (("3", 8), ("3", 9)):
        warm.keyboard.press(key)
        expect(question).to_contain_text(f"Switch point {point}:")
    lab.get_by_role("button", name="Let the rest run by itself").focus()
    warm.keyboard.press("Enter")
    expect(question).to_have_text("The run is over.")
    assert recording(lab)["output"] == "counter = 1\n"


def test_editor_does_not_trap_the_keyboard(warm: Tab) -> None:
    write(warm, "x = 1")
    warm.keyboard.press("End")
    warm.keyboard.press("Enter")
    warm.keyboard.press("Tab")
    assert program_in(bench(warm)) == "x = 1\n    "
    described = bench(warm).locator(".cm-content").get_attribute("aria-describedby")
    assert "Escape, then Tab" in warm.locator(f"#{described}").inner_text()
    warm.keyboard.press("Escape")
    warm.keyboard.press("Tab")
    assert warm.evaluate("document.activeElement.closest('.cm-editor')") is None
    warm.keyboard.press("Shift+Tab")
    assert warm.evaluate("document.activeElement.closest('.cm-editor')") is not None


def test_another_schedule(warm: Tab) -> None:
    """Seeds follow each other; the schedule that was drawn is named."""
    write(warm, counter())
    lab = bench(warm)
    schedules = set()
    press(lab, "Another schedule")
    expect(said(lab)).to_contain_text("finished")
    first = int(re.search(r"seed (\d+)", said(lab).inner_text())[1])
    for seed in range(first + 1, first + 7):
        press(lab, "Another schedule")
        expect(said(lab)).to_contain_text(f"seed {seed}: Run with the schedule 0.")
        schedules.add(recording(lab)["schedule"])
    assert len(schedules) > 1
    assert said(lab).inner_text().count(recording(lab)["schedule"])


def test_deadlock_is_named_and_listed(warm: Tab) -> None:
    program = (
        "from threading import Lock, Thread\n"
        "a, b = Lock(), Lock()\n"
        "def both(first, second):\n"
        "    with first, second:\n"
        "        print('both')\n"
        "Thread(target=both, args=(a, b)).start()\n"
        "Thread(target=both, args=(b, a)).start()\n"
    )
    write(warm, program)
    lab = bench(warm)
    press(lab, "Every outcome")
    stuck = lab.locator(".lab-found > li", has_text="deadlock").first
    expect(stuck).to_contain_text("Thread-1 (both) awaits b held by Thread-2 (both) at line 4")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive")
    stuck.get_by_role("button").click()
    expect(lab.locator(".lab-title")).to_have_text("Deadlock")


def test_not_exhaustive_is_said(warm: Tab) -> None:
    """Also where the reader stops it: what was found stays."""
    loop = "from threading import Thread\nn = 0\ndef f():\n    global n\n    for _ in range(9):\n        n += 1\n"
    write(
        warm,
        loop + "ts = [Thread(target=f) for _ in range(5)]\n[t.start() for t in ts]\n[t.join() for t in ts]\nprint(n)\n",
    )
    lab = bench(warm)
    press(lab, "Every outcome")
    expect(lab.locator(".lab-figures")).to_contain_text("schedules")
    expect(lab.locator(".lab-found > li").first).to_be_visible()
    press(lab, "Stop")
    expect(lab.locator(".lab-verdict")).to_contain_text("NOT exhaustive: stopped")
    assert lab.locator(".lab-found > li").count()


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("x = 1\ny = = 2\n", "Python cannot read this program: invalid syntax"),
        ("import subprocess\nsubprocess.run(['ls'])\n", "Run it on your machine: "),
        ("\n", "There is no program yet"),
        ("import os\nos._exit(3)\n", "finished with os._exit(3)"),
        ("x = 0\nwhile True:\n    x += 1\n", "step limit: "),
    ],
)
def test_what_cannot_run_is_said(warm: Tab, program: str, says: str) -> None:
    write(warm, program)
    lab = bench(warm)
    press(lab, "Run")
    expect(said(lab)).to_contain_text(says)
    if "line 2" in said(lab).inner_text() or ":2:" in said(lab).inner_text():
        assert lab.locator(".cm-line.lab-wrong").inner_text() == program.splitlines()[1]
    write(warm, "print('well')\n")
    press(lab, "Run")
    expect(lab.locator(".lab-printed")).to_have_text("well\n")


def test_edited_program_goes_into_its_address(warm: Tab, open_tab: Callable[..., Tab], site: Server) -> None:
    program = counter().replace("range(2)", "range(3)") + "# größer ✓\n"
    write(warm, program)
    lab = bench(warm)
    press(lab, "Another schedule")
    expect(said(lab)).to_contain_text("Run with")
    press(lab, "Copy address")
    expect(said(lab)).to_contain_text("clipboard")
    address = warm.evaluate("navigator.clipboard.readText()")
    assert len(address) <= 2000
    shown = recording(lab)
    with warm.expect_download() as saved:
        press(lab, "Copy command")
    assert Path(saved.value.path()).read_text() == program
    assert warm.evaluate("navigator.clipboard.readText()").endswith(f".py --schedule {shown['schedule']}")

    other = open_tab(address.removeprefix(site.origin))
    lab = bench(other)
    expect(said(lab)).to_contain_text(shown["schedule"])
    assert program_in(lab) == program
    press(lab, "Run")
    expect(said(lab)).to_contain_text("Run with")
    assert recording(lab)["events"] == shown["events"]
    assert not other.messages


def test_too_long_for_an_address(warm: Tab) -> None:
    write(warm, LONG_PROGRAM)
    lab = bench(warm)
    warm.evaluate("navigator.clipboard.writeText('untouched')")
    press(lab, "Copy address")
    expect(said(lab)).to_contain_text("at most 2000")
    assert warm.evaluate("navigator.clipboard.readText()") == "untouched"
    with warm.expect_download() as saved:
        said(lab).get_by_role("button", name="Download").click()
    assert Path(saved.value.path()).read_text() == LONG_PROGRAM


@pytest.mark.parametrize(
    "address",
    [
        "",
        "z",
        "zAAAA",
        "z%%%",
        "%E0%A4%A",
        "lock.py~0123456789abcdef~0.;rm -rf",
        "lock.py;rm~0123456789abcdef~0.",
        "../../etc/passwd~0123456789abcdef~0.",
        "no/such.py~0123456789abcdef~0.",
        "z" + "A" * 5000,
    ],
)
def test_damaged_address(warm: Tab, address: str) -> None:
    """A clear message; the program in the editor stays."""
    write(warm, "print('mine')\n")
    warm.evaluate(f"location.hash = {json.dumps('#lab=' + address)}")
    expect(said(bench(warm))).to_contain_text("address")
    expect(said(bench(warm))).to_contain_text(re.compile("damaged|does not have"))
    assert program_in(bench(warm)) == "print('mine')\n"
    assert not [each for each in warm.messages if "lab=" not in each]


def test_address_of_a_changed_program(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(f"{LOCK}#lab=threading/lock_lost_update.py~0123456789abcdef~0.7t9")
    lab = tab.locator("thread-lab").first
    expect(said(lab)).to_contain_text("has changed since then")
    press(lab, "Run")
    expect(said(lab)).to_contain_text("the schedule does not fit the program: at step 7, thread 9 cannot run there")


def test_address_of_another_page(open_tab: Callable[..., Tab], site: Server) -> None:
    """The lab that is there says where the program can be opened; the workbench opens it."""
    workbench = open_tab(WORKBENCH)
    listed = workbench.request.get(f"{site.origin}assets/lab/programs.json").json()
    deadlock = next(each for each in listed if each["name"] == "threading/lock_deadlock.py")
    tab = open_tab(f"/threading/tools/barrier/#lab={deadlock['name']}~{deadlock['hash']}~0.")
    expect(said(bench(tab))).to_contain_text("not on this page")
    said(bench(tab)).get_by_role("link").click()
    until(tab, "document.querySelector('.lab-programs')")
    expect(said(bench(tab))).to_contain_text("Nothing has run yet")
    assert program_in(bench(tab)) == deadlock["program"]
    assert urlsplit(tab.url).path.endswith("/lab/")


def test_edits_outlive_instant_navigation(open_tab: Callable[..., Tab]) -> None:
    """The theme replaces the page's content, the first time also for a link within the page."""
    tab = open_tab(WORKBENCH)
    write(tab, "print('mine')\n")
    tab.evaluate("window.sameDocument = true; window.left = document.querySelector('thread-lab')")
    tab.locator("nav a[href$='threading/lock/']").first.evaluate("link => link.click()")
    until(tab, "document.querySelector('h1').textContent.startsWith('Lock')")
    tab.go_back()
    until(tab, "document.querySelector('h1').textContent.startsWith('Thread Lab')")
    expect(said(bench(tab))).to_contain_text("as you had left it")
    assert tab.evaluate("window.sameDocument && !window.left.isConnected")
    assert program_in(bench(tab)) == "print('mine')\n"


def test_reset(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOCK)
    lab = tab.locator("thread-lab").first
    press(lab, "Edit")
    lab.locator(".cm-content").focus()
    published = program_in(lab)
    tab.keyboard.insert_text("# mine\n")
    expect(said(lab)).to_contain_text("has changed")
    press(lab, "Reset")
    assert program_in(lab) == published == counter()
    expect(lab.get_by_role("button", name="Reset", exact=True)).to_be_hidden()


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_accessible_with_everything_open(open_tab: Callable[..., Tab], device: dict) -> None:
    """Player, editor, choices and outcomes, in light and dark; nothing scrolls sideways."""
    tab = open_tab(LOCK, **device)
    tab.emulate_media(reduced_motion="reduce")
    first, second = tab.locator("thread-lab").all()[:2]
    press(first, "Every outcome")
    expect(first.locator(".lab-verdict")).to_contain_text("xhaustive")
    press(second, "You choose")
    expect(second.locator(".lab-thread").first).to_be_visible()
    expect(second.locator(".cm-content")).to_be_visible()
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    assert width <= tab.viewport_size["width"]
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        until(tab, f"{IS_DARK} === {str(scheme == 'dark').lower()}")
        violations = Axe().run(tab).response["violations"]
        assert not [(v["id"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"]) for v in violations], scheme
    assert not tab.messages
