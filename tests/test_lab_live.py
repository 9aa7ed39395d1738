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
from browser import DESKTOP, HIDE_FOOTER, IS_DARK, PHONE, until
from controls import BY, KEYBOARD, press, reach
from places import SNIPPETS
from playwright.sync_api import Browser, Locator, Route, expect
from playwright.sync_api import Page as Tab
from server import Server

from authoring.snippets import load_snippets

# One worker builds the site and runs the browser.
pytestmark = pytest.mark.xdist_group("lab")

LOCK = "/threading/lock/"
WORKBENCH = "/lab/"
EXERCISE = "/lab/exercises/lost_update/"
LONG = 60_000
"""Milliseconds that a busy machine may take to load Python."""
ENDLESS = "while True:\n    pass\n"
ENDLESS_IN_C = "sum(iter(int, 1))\n"
"""The step limit does not end it: no step is counted."""
LARGE = (
    "from threading import Thread\nn = 0\ndef f():\n    global n\n    for _ in range(9):\n        n += 1\n"
    "ts = [Thread(target=f) for _ in range(5)]\n[t.start() for t in ts]\n[t.join() for t in ts]\nprint(n)\n"
)
"""More schedules than can be explored."""
LONG_PROGRAM = "".join(f"x{n * 7919 % 10007} = {n * n * 104729 % 1000003}\n" for n in range(300))
TAKE_JSPI_AWAY = "delete WebAssembly.Suspending; delete WebAssembly.promising;"

RUN = re.compile("Run (in|with) |Random order ")
"""What the status line says after a run."""

WHERE_THREADS_ARE = """lab => {
    const editor = lab.querySelector(".cm-scroller").getBoundingClientRect();
    const lines = [...lab.querySelectorAll(".cm-line")].map(line => line.getBoundingClientRect());
    const margin = [...lab.querySelectorAll(".lab-margin .lab-badge")].map(badge => {
        const { left, right, top, bottom } = badge.getBoundingClientRect(), middle = (top + bottom) / 2;
        if (left < editor.left || right > editor.right) return [0, "out of sight"];
        return [1 + lines.findIndex(line => line.top < middle && middle < line.bottom), badge.textContent];
    });
    const table = [...lab.querySelector(".lab-threads").tBodies[0].rows].map(row =>
        [Number(row.cells[1].textContent), row.querySelector(".lab-badge").textContent]);
    return { margin: margin.sort(), table: table.filter(([line]) => line).sort() };
}"""
"""The line and number of each thread: in the editor's margin, and in the player's table."""

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
    click(bench(tab), "Run")
    expect(said(bench(tab))).to_contain_text("finished")
    yield tab
    assert not tab.messages
    context.close()


def bench(tab: Tab) -> Locator:
    return tab.locator("thread-lab").first


def follow_edited(tab: Tab) -> None:
    """Follows an address that brings a program of the reader's own to the Lock page."""
    edited = tab.evaluate(
        """async () => {
            const { encode } = await import(new URL("../../assets/lab/address.js", location));
            const name = "threading/lock_lost_update.py";
            return (await encode("", { name, program: "print('mine')\\n", schedule: "0." }));
        }"""
    )
    tab.evaluate(f"location.hash = {json.dumps(edited)}")


def said(lab: Locator) -> Locator:
    """The status line."""
    return lab.locator(".lab-live .lab-said")


def shared(lab: Locator) -> Locator:
    """What is said beside the buttons that pass a run on."""
    return lab.locator(".lab-share .lab-said")


def control(lab: Locator, name: str) -> Locator:
    return lab.get_by_role("button", name=name, exact=True)


def click(lab: Locator, name: str) -> None:
    control(lab, name).click()


def write(tab: Tab, program: str, lab: Locator | None = None) -> None:
    """Puts a program into the editor of a lab, or of the workbench, as if it was pasted over what is there."""
    lab = lab or bench(tab)
    editor = lab.locator(".cm-content")
    if not editor.count():
        (lab.locator("textarea") if lab.locator("textarea").count() else control(lab, "Edit")).click()
    editor.focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.press("Delete")
    text = program.removesuffix("\n")
    tab.keyboard.insert_text(text)
    assert program_in(lab) == (f"{text}\n" if text else "")


def start_empty(tab: Tab) -> None:
    """The workbench as it was at first, with a program of no page."""
    bench(tab).locator(".lab-programs select").select_option("")
    click(bench(tab), "Open program")
    expect(said(bench(tab))).to_contain_text("program.py is in the editor")


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
    click(lab, "Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive: these are all outcomes")
    found = lab.locator(".lab-found > li")
    assert [each.locator("pre").inner_text() for each in found.all()] == ["counter = 2", "counter = 1"]
    assert [each.locator(".lab-label").count() for each in found.all()] == [0, 1]
    expect(found.nth(1).locator(".lab-label")).to_contain_text("not seen on GIL builds since 3.10")
    found.nth(1).get_by_role("button").click()
    expect(lab.locator(".lab-title")).to_contain_text("lost: counter = 1")
    shown = recording(lab)
    assert shown["output"] == "counter = 1\n"

    click(lab, "Copy address")
    expect(shared(lab)).to_contain_text("clipboard")
    address = tab.evaluate("navigator.clipboard.readText()")
    assert address.endswith(f"#lab=threading/lock_lost_update.py~{lab.get_attribute('data-hash')}~{shown['schedule']}")
    site.sent.clear()
    other = open_tab(address.removeprefix(site.origin))
    lab = other.locator("thread-lab").first
    expect(said(lab)).to_contain_text(f"“{shown['schedule']}”. The player shows the recorded run.")
    assert lab.locator(".lab-choice input").nth(1).is_checked()
    assert not [path for path, _ in site.sent if "pyodide" in path], "an address loads nothing to run"
    click(lab, "Run")
    expect(said(lab)).to_contain_text(f"Run with the schedule “{shown['schedule']}”: finished.")
    expect(lab.locator(".lab-label")).to_have_text(f"This run is {shown['label']}.")
    assert recording(lab)["events"] == shown["events"]
    assert not other.messages + tab.messages

    click(tab.locator("thread-lab").first, "Copy command")
    until(tab, "document.querySelector('.lab-share .lab-said').textContent.startsWith('The command')")
    command = shlex.split(tab.evaluate("navigator.clipboard.readText()"))
    assert command[:3] == ["python", "threadlab.pyz", "run"]
    pyz = tab.locator("thread-lab").first.get_by_role("link", name="threadlab.pyz").evaluate("link => link.href")
    (tmp_path / "threadlab.pyz").write_bytes(tab.request.get(pyz).body())
    program = tab.locator("thread-lab").first.locator("a.snippet-file").evaluate("link => link.href")
    (tmp_path / "lock_lost_update.py").write_bytes(tab.request.get(program).body())
    run = subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "counter = 1\n"), run.stderr
    assert "which do not switch right before such a step of line 8" in run.stderr  # the line that the page numbers so


@pytest.mark.parametrize("page", [LOCK, "/threading/thread/", EXERCISE])
def test_downloads_are_what_the_page_shows(open_tab: Callable[..., Tab], page: str) -> None:
    """With the numbers of its lines: of a section of a snippet, of a whole one, of an exercise and its check."""
    tab = open_tab(page)
    blocks = tab.locator(":is(thread-lab, thread-exercise) > .snippet:has(pre)")
    link = tab.locator(":is(thread-lab, thread-exercise) a.snippet-file").first.evaluate("link => link.href")
    text = tab.request.get(link).text().split("\n")
    shown = blocks.evaluate_all(
        """blocks => blocks.map(block => {
            const pre = block.querySelector("pre"), code = pre.querySelector("code");
            return [pre.dataset.lines.split("\\n").map(Number), code.textContent.trimEnd().split("\\n")];
        })"""
    )
    of_first = shown if page == EXERCISE else shown[:1]
    for numbers, lines in of_first:
        assert [text[number - 1] for number in numbers] == lines
    if page != EXERCISE:
        assert len(text) == len(shown[0][1]) + 1


def adds_up(lab: Locator) -> tuple[int, int, int]:
    """Executions, those to an ending, those stopped early: as the panel says, in whose items the second is shared."""
    text = lab.locator(".lab-panel > .lab-hint").inner_text()
    found = re.search(r"has run the program (\d+) times\. (\d+) of these runs (?:was|were) stopped early, at", text)
    assert found, text
    items = lab.locator(".lab-found > li .lab-hint").all_inner_texts()
    shares = [int(re.match(r"Seen in (\d+) runs?\. ", item)[1]) for item in items]
    return int(found[1]), sum(shares), int(found[2])


def test_every_outcome_in_a_learners_words(open_tab: Callable[..., Tab], site: Server) -> None:
    """The figures add up, the terms lead to where they are defined, and what is not exhaustive has not passed."""
    tab = open_tab(LOCK)
    lab = bench(tab)
    click(lab, "Every outcome")
    expect(said(lab)).to_have_text("2 outcomes, and no schedule leads to another one.")
    executions, ended, early = adds_up(lab)
    assert (executions, early > 0) == (ended + early, True)
    hints = lab.locator(".lab-found > li .lab-hint").all_inner_texts()
    rest = [hint.partition(". ")[2] for hint in hints]
    assert rest == ["The run to open has no preemption.", "The run to open has 1 preemption."]
    assert lab.locator(".lab-found .lab-label").inner_text() == (
        "This outcome is allowed by the language; not seen on GIL builds since 3.10."
    )
    for link in lab.locator(".lab-panel > .lab-hint a").all():
        address = link.evaluate("link => link.href")
        other = tab.context.new_page()
        other.goto(address)
        assert other.locator(f"#{urlsplit(address).fragment}").count() == 1
        other.close()
    text = tab.request.get(f"{site.origin}lab/").text()
    assert "<em>preemption</em>" in text and "<em>switch points</em>" in text

    write(tab, "x = 0\nwhile True:\n    x += 1\n", lab)
    click(lab, "Every outcome")
    expect(said(lab)).to_have_text("NOT exhaustive: 1 outcome so far.")
    expect(lab.locator(".lab-verdict")).to_have_text(
        "NOT exhaustive: a run was cut off after 10,000 switch points and rounds of loops. "
        "There may be other outcomes: this does not show that the program is right."
    )
    expect(lab.locator(".lab-found strong")).to_have_text("cut off after 10,000 switch points and rounds of loops")
    assert lab.locator(".lab-player .lab-title").inner_text() == "Cut off"


OLD = "This is a run of the original program, not of the one that is in the editor now."


def test_the_player_never_passes_an_old_run_off_as_new(open_tab: Callable[..., Tab]) -> None:
    """Whose run it shows is said beside it; "Every outcome" puts one of the program as it stands there."""
    tab = open_tab(LOCK)
    lab = bench(tab)
    mended = (
        counter().replace("counter = 0\n", "counter = 0\nlock = Lock()\n", 1).replace("import ", "import Lock, ", 1)
    )
    mended = mended.replace("    counter += 1", "    with lock:\n        counter += 1")
    note, legend = lab.locator(".lab-player .lab-stale"), lab.locator(".lab-choice legend")
    lab.locator(".lab-choice label").nth(1).click()
    assert (note.count(), legend.inner_text()) == (0, "Recorded runs")
    write(tab, mended, lab)
    expect(note).to_be_visible()
    expect(note).to_have_text(OLD)
    assert legend.inner_text() == "Recorded runs of the original program"
    click(lab, "Every outcome")
    expect(said(lab)).to_have_text("1 outcome, and no schedule leads to another one.")
    assert recording(lab)["program"]["source"] == mended
    assert recording(lab)["output"] == "counter = 2\n"
    assert not lab.locator(".lab-printed").is_visible(), "it would look as if every outcome printed that"
    assert lab.locator(".lab-output .lab-now").inner_text().strip() == "counter = 2"
    expect(note).to_be_hidden()
    assert control(lab, "Open outcome 1 in the player").get_attribute("aria-current") == "true"
    assert not lab.locator(".lab-choice :checked").count()

    lab.locator(".lab-choice label").nth(1).click()
    expect(note).to_be_visible()
    expect(note).to_have_text(OLD)
    assert said(lab).inner_text() == ""
    assert not lab.locator(".lab-found [aria-current]").count()
    assert not lab.locator(".lab-marks > *, .lab-margin .lab-badge").count()
    click(lab, "Run")
    expect(said(lab)).to_contain_text(RUN)
    expect(note).to_be_hidden()
    write(tab, mended + "x = (\n", lab)
    click(lab, "Run")
    expect(said(lab)).to_contain_text("Python cannot read this program")
    expect(note).to_have_text("This is a run of an earlier program, not of the one that is in the editor now.")
    assert not lab.locator(".lab-printed").is_visible()
    tab.reload(wait_until="networkidle")
    expect(said(bench(tab))).to_contain_text("as you had left it")
    expect(bench(tab).locator(".lab-stale")).to_be_visible()
    expect(bench(tab).locator(".lab-stale")).to_have_text(OLD)
    click(bench(tab), "Reset")
    expect(bench(tab).locator(".lab-stale")).to_be_hidden()
    assert bench(tab).locator(".lab-choice legend").inner_text() == "Recorded runs"
    assert not tab.messages


def test_two_labs_share_the_runtime(open_tab: Callable[..., Tab]) -> None:
    """The second lab names its deadlock, and ends what the first one runs."""
    tab = open_tab(LOCK)
    first, second = tab.locator("thread-lab").all()[:2]
    write(tab, ENDLESS, first)
    click(first, "Run")
    click(second, "Run")
    expect(said(first)).to_have_text("Stopped: another program of this page was started, and one runs at a time.")
    expect(said(second)).to_contain_text("deadlock: ")
    assert "lock_b" in said(second).inner_text() and "lock_a" in said(second).inner_text()
    assert second.locator(".lab-title").inner_text() or second.locator(".lab-choice :checked").count()
    assert tab.locator("iframe").count() == 1
    assert not tab.messages


def test_navigation_ends_a_run(open_tab: Callable[..., Tab]) -> None:
    """Instant navigation during a run; the next page's lab then runs on the same runtime."""
    tab = open_tab(LOCK)
    lab = tab.locator("thread-lab").first
    click(lab, "You choose")
    expect(lab.locator(".lab-thread").first).to_be_visible()
    tab.evaluate("window.sameDocument = true; window.left = document.querySelector('thread-lab')")
    tab.locator("nav a[href$='tools/barrier/']").first.evaluate("link => link.click()")
    until(tab, "document.querySelector('h1').textContent.startsWith('Barrier')")
    assert tab.evaluate("window.sameDocument")
    until(tab, "window.left.querySelector('.lab-said').isConnected === false")
    lab = tab.locator("thread-lab").first
    click(lab, "Run")
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
            location.hash = `#lab=${name}~${hash}~0.8t2`;
        }"""
    )
    expect(said(lab)).to_contain_text("0.8t2")
    assert tab.evaluate("window.sameDocument")


@pytest.mark.parametrize("width", [1280, 900, 640, 360])
def test_without_jspi_nothing_moves(open_tab: Callable[..., Tab], width: int) -> None:
    """One line says what is missing and what has it, in the room of the buttons."""
    whole = {"viewport": {"width": width, "height": 6000}}  # only what is in view counts as moved
    for path in (LOCK, WORKBENCH, EXERCISE):
        tab = open_tab(path, script=TAKE_JSPI_AWAY + HIDE_FOOTER, **whole)
        missing = tab.locator(".lab-missing")
        labs = tab.locator("thread-lab, thread-exercise").count()
        assert labs > 0
        expect(missing).to_have_count(labs)  # what puts them there may come after the page
        for each in missing.all():
            expect(each).to_contain_text("JSPI")
            expect(each).to_contain_text("137")
            assert each.evaluate("line => line.scrollHeight <= line.clientHeight"), "the line is cut off"
        assert tab.evaluate("layoutShifts") == []
        assert not tab.locator(".lab-runs").get_by_role("button").count()
        assert not tab.messages


def test_without_jspi(open_tab: Callable[..., Tab]) -> None:
    """Recorded runs, also those that an address names; an edited program of an address can be read."""
    tab = open_tab(LOCK, script=TAKE_JSPI_AWAY)
    lab = bench(tab)
    click(lab, "Step forward")
    assert recording(lab)["output"] == "counter = 2\n"
    address = lab.evaluate("({ dataset, runs }) => [dataset.name, dataset.hash, runs[1].recording.schedule].join('~')")
    tab.evaluate(f"location.hash = {json.dumps('#lab=' + address)}")
    expect(lab.locator(".lab-choice input").nth(1)).to_be_checked()
    assert recording(lab)["output"] == "counter = 1\n"
    follow_edited(tab)
    expect(said(lab)).to_contain_text("an edited lock_lost_update.py")
    assert program_in(lab) == "print('mine')\n"
    assert "Run" not in said(lab).inner_text()
    assert not tab.messages


def test_without_javascript(open_tab: Callable[..., Tab]) -> None:
    """No control that does nothing."""
    for path in (LOCK, WORKBENCH):
        tab = open_tab(path, java_script_enabled=False)
        for part in (".lab-live", ".lab-share", ".lab-programs", "thread-lab button", "thread-lab textarea"):
            assert not [each for each in tab.locator(part).all() if each.is_visible()], (path, part)


@pytest.mark.parametrize(("path", "script"), [(LOCK, "lab.js"), (EXERCISE, "exercise.js")])
def test_controls_before_their_script(browser: Browser, site: Server, path: str, script: str) -> None:
    """On a slow connection they are there before what they do: they are dim until then, and take no click."""
    context = browser.new_context(viewport=DESKTOP)
    tab = context.new_page()
    held: list[Route] = []
    tab.route(f"**/{script}", lambda route: held.append(route))
    with tab.expect_request(f"**/{script}"):
        tab.goto(site.origin + path.removeprefix("/"), wait_until="commit")
    edit = control(tab.locator("thread-lab, thread-exercise").first, "Edit")
    expect(edit).to_have_css("pointer-events", "none")
    expect(edit).to_have_css("opacity", "0.4")
    held[0].continue_()
    edit.click()
    tab.locator(".cm-content").wait_for()
    context.close()


def test_module_that_cannot_be_read(open_tab: Callable[..., Tab]) -> None:
    """The reader is told, and the console says more."""
    tab = open_tab(LOCK)
    tab.route("**/live.js", lambda route: route.fulfill(body="const two = 2 2;", content_type="text/javascript"))
    with tab.expect_event("pageerror"):
        click(bench(tab), "Run")
    expect(said(bench(tab))).to_have_text("Unexpected number")
    assert tab.messages == ["Unexpected number"]


# ------------------------------------------------ each control, by mouse and by keyboard


@BY
def test_each_control(open_tab: Callable[..., Tab], by: str) -> None:
    tab = open_tab(LOCK, permissions=["clipboard-read", "clipboard-write"])
    lab = bench(tab)
    used = set()

    def use(name: str, key: str = "Enter") -> None:
        used.add(control(lab, name).get_attribute("data-action"))
        press(control(lab, name), by, key)

    def copied(what: str) -> str:
        expect(shared(lab)).to_contain_text(f"The {what}")
        return tab.evaluate("navigator.clipboard.readText()")

    use("Edit")
    editor = lab.locator(".cm-content")
    expect(editor).to_be_focused()
    tab.keyboard.press("Control+End")
    tab.keyboard.type("\n# mine")
    assert program_in(lab) == f"{counter()}# mine\n"
    expect(said(lab)).to_contain_text("has changed")
    tab.keyboard.press("Control+z")
    assert program_in(lab) == counter()
    leave(tab, lab, by)
    press(editor, by, "End")
    tab.keyboard.insert_text("  # mine")
    use("Reset", "Space")
    assert program_in(lab) == counter()
    expect(control(lab, "Reset")).to_be_hidden()

    use("Run")
    expect(said(lab)).to_contain_text("Run in the default order: finished.")
    use("Another schedule", "Space")
    expect(said(lab)).to_contain_text("Random order 1 (schedule “")
    use("Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive: these are all outcomes")
    for number, output in ((1, "counter = 2\n"), (2, "counter = 1\n")):
        press(control(lab, f"Open outcome {number} in the player"), by)
        expect(said(lab)).to_contain_text(RUN)
        assert recording(lab)["output"] == output
    shown = recording(lab)["schedule"]
    use("Copy address")
    assert copied("address").endswith(f"~{shown}")
    use("Copy command", "Space")
    assert copied("command").endswith(f"lock_lost_update.py --schedule {shown}")
    with tab.expect_download() as saved:
        use("Download program")
    assert Path(saved.value.path()).read_text() == counter()
    with tab.expect_download() as saved:
        press(lab.get_by_role("link", name="threadlab.pyz"), by)
    assert saved.value.suggested_filename == "threadlab.pyz"

    use("You choose")
    question = lab.locator(".lab-question")
    expect(question).to_contain_text("Choice 1, at switch point 3 ")
    press(lab.locator(".lab-thread[data-thread='1']"), by)
    expect(question).to_contain_text("Choice 2, at switch point 4 ")
    press(control(lab, "Take a choice back"), by, "Space")
    expect(question).to_contain_text("switch point 3 ")
    press(control(lab, "Let the rest run by itself"), by)
    expect(question).to_have_text("The run is over. Finishes: counter = 2.")

    write(tab, ENDLESS_IN_C, lab)
    use("Run")
    expect(control(lab, "Stop")).to_have_attribute("aria-disabled", "false")
    use("Stop")
    expect(said(lab)).to_have_text("Stopped.")
    write(tab, LARGE, lab)
    use("Every outcome")
    expect(lab.locator(".lab-figures")).to_contain_text("schedules")
    use("Stop", "Space")
    expect(lab.locator(".lab-verdict")).to_contain_text("NOT exhaustive: stopped")

    actions = lab.locator("[data-action]").evaluate_all("all => all.map(each => each.dataset.action)")
    assert used == set(actions), "a control that is not tried"
    assert not tab.messages


def leave(tab: Tab, lab: Locator, by: str) -> None:
    """Out of the editor."""
    if by == KEYBOARD:
        tab.keyboard.press("Escape")
        tab.keyboard.press("Tab")
    else:
        lab.locator(".lab-status").click()
    assert tab.evaluate("document.activeElement.closest('.cm-editor')") is None


@BY
def test_choice_of_programs(warm: Tab, by: str) -> None:
    lab = bench(warm)
    select = lab.locator(".lab-programs select")
    if by == KEYBOARD:
        reach(select)
        warm.keyboard.type("lock_lost")
    else:
        select.select_option("threading/lock_lost_update.py")
    press(control(lab, "Open program"), by)
    expect(said(lab)).to_contain_text("threading/lock_lost_update.py is in the editor")
    assert program_in(lab) == counter()


# ------------------------------------------------ on the workbench


def test_programs_of_the_site_print_what_they_show(warm: Tab) -> None:
    """Every program that the site offers, each lab's among them, live."""
    snippets = {each.name: each for each in load_snippets(SNIPPETS)}
    lab = bench(warm)
    names = lab.locator(".lab-programs option").evaluate_all("options => options.map(option => option.value)")
    names.remove("")
    for name in names:
        lab.locator(".lab-programs select").select_option(name)
        click(lab, "Open program")
        expect(said(lab)).to_contain_text(f"{name} is in the editor")
        click(lab, "Run")
        expect(said(lab)).to_contain_text(RUN)
        ran = recording(lab)
        snippet = snippets[name]
        directive = snippet.directive
        assert ran["program"]["filename"] == snippet.file.name
        failing = ("exception",) if directive.raises or directive.thread_raises else ()
        assert ran["outcome"]["kind"] in (*directive.ending, *failing), (name, ran["outcome"])
        assert directive.accepts(ran["output"].splitlines(), snippet.shown_output), (name, ran["output"])


def test_programs_are_those_that_the_lab_can_run(warm: Tab) -> None:
    """By page, in the navigation's order; not those that say why not, nor exercises."""
    groups = (
        bench(warm)
        .locator("optgroup")
        .evaluate_all("groups => groups.map(({ label, children }) => [label, [...children].map(({ value }) => value)])")
    )
    labels = [label for label, _ in groups]
    assert labels.index("Lock") < labels.index("Daemon Threads") < labels.index("Barrier") < labels.index("Thread Lab")
    offered = {name for _, names in groups for name in names}
    left_out = {each.name for each in load_snippets(SNIPPETS)} - offered
    assert "threading/lock_lost_update.py" in dict(groups)["Lock"]
    assert not [name for name in offered if "exercises" in name]
    assert {name for name in left_out if "exercises" not in name} == {
        "index_gil.py",
        "measure/measuring.py",
        "measure/measuring_plot.py",
        "threading/daemon_lost_finally.py",
        "threading/lock.py",
        "threading/lock_broken.py",
        "threading/lock_broken_call.py",
        "threading/tools/condition_busy.py",
    }


def test_output_comes_as_it_is_printed(warm: Tab) -> None:
    """Before the run is over; Stop ends it within 200 ms, whatever it does."""
    write(warm, "print('first')\n" + ENDLESS)
    lab = bench(warm)
    click(lab, "Run")
    write(warm, "print('first')\n" + ENDLESS_IN_C)
    click(lab, "Run")
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
    click(lab, "Run")
    expect(lab.locator(".lab-printed")).to_have_text("again\n")


def test_choosing_by_keyboard(warm: Tab) -> None:
    """Digits choose, Backspace takes a choice back, and the rest runs by itself: the update is lost."""
    write(warm, counter())
    lab = bench(warm)
    lab.get_by_role("button", name="You choose", exact=True).focus()
    warm.keyboard.press("Enter")
    question = lab.locator(".lab-question")
    expect(question).to_contain_text("switch point 3 ")
    for key, point in (("0", 4), ("0", 5), ("1", 6), ("1", 7)):
        warm.keyboard.press(key)
        expect(question).to_contain_text(f"switch point {point} ")
    choice = lab.locator(".lab-thread[data-thread='1']")
    assert choice.locator(".lab-where").inner_text() == "line 8: counter += 1"
    assert choice.locator(".lab-does").inner_text() == "next: writes counter, having read 0"
    assert choice.locator(".lab-does code").inner_text() == "counter"
    assert choice.locator(".lab-badge.t2").inner_text() == "1"
    chose, news = "You chose Thread-1 (next: reads counter).", "Thread-1 reads counter, which is 0, at line 8."
    assert said(lab).inner_text() == f"{chose} {news} Choose the thread that goes on."
    assert said(lab).locator("code").inner_text() == "counter"
    assert lab.locator(".lab-panel").get_by_text("Now counter is 0.", exact=True).count() == 1
    expect(lab.locator(".lab-sentence .lab-now")).to_contain_text("Thread-1 reads counter, which is 0")
    before = recording(lab)["events"]
    warm.keyboard.press("1")
    expect(question).to_contain_text("switch point 8 ")
    warm.keyboard.press("Backspace")
    expect(question).to_contain_text("switch point 7 ")
    assert recording(lab)["events"] == before
    for key, point in (("2", 8), ("2", 9)):
        warm.keyboard.press(key)
        expect(question).to_contain_text(f"switch point {point} ")
    lab.get_by_role("button", name="Let the rest run by itself").focus()
    warm.keyboard.press("Enter")
    expect(question).to_have_text("The run is over. An update of counter is lost: counter = 1.")
    assert recording(lab)["output"] == "counter = 1\n"


ONE_LOCK = """\
from threading import Lock, Thread
lock, total = Lock(), 0
def add():
    global total
    with lock:
        total += 1
threads = [Thread(target=add, name=name) for name in ("Ann", "Bob")]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_what_comes_of_a_choice_is_said_and_who_cannot_be_chosen_waits(warm: Tab) -> None:
    """Also where others do more before the next choice: Ann has to release the lock first."""
    write(warm, ONE_LOCK)
    lab = bench(warm)
    click(lab, "You choose")
    question = lab.locator(".lab-question")
    expect(question).to_contain_text("which thread goes on?")

    def choose(thread: int) -> None:
        asked = question.inner_text()
        lab.locator(f".lab-thread[data-thread='{thread}']").click()
        expect(question).not_to_have_text(asked)

    while lab.locator(".lab-thread[data-thread='0']").count():
        choose(0)
    while "Ann acquires lock" not in said(lab).inner_text():
        choose(1)
    choose(2)
    text = said(lab).inner_text()
    assert text.startswith("You chose Bob. Bob begins. Bob waits for lock, which Ann holds, at line 5. "), text
    assert "Ann releases lock at line 5. Choose" in text
    assert "The main thread waits for the end of Ann." in lab.locator(".lab-panel").inner_text()


MANY_STEPS = """\
from threading import Thread
n = 0
def work():
    global n
    n += 1
n += 1
n += 1
threads = [Thread(target=work)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_what_was_chosen_is_said_first(warm: Tab) -> None:
    """Also where that step is not told; and that sentences are left out. Who is about to end stands nowhere."""
    write(warm, MANY_STEPS)
    lab = bench(warm)
    click(lab, "You choose")
    question = lab.locator(".lab-question")
    expect(question).to_contain_text("Choice 1,")
    last = ["reads n, which is 1, at line 7.", "writes 2 to n at line 7.", "starts Thread-1 at line 10."]
    news = " ".join(f"The main thread {each}" for each in last)
    assert said(lab).inner_text() == f"… {news} Choose the thread that goes on."
    lab.locator(".lab-thread[data-thread='0']").click()
    expect(question).to_contain_text("Choice 2,")
    assert said(lab).inner_text() == "You chose Main thread (next: reads threads). Choose the thread that goes on."
    for number in range(3, 9):
        if lab.locator(".lab-thread[data-thread='1'] .lab-does", has_text="ends").count():
            break
        lab.locator(".lab-thread[data-thread='1']").click()
        expect(question).to_contain_text(f"Choice {number},")
    ending = lab.locator(".lab-thread[data-thread='1']")
    assert ending.inner_text().split("\n")[1:3] == ["Thread-1", "next: ends"]


def test_choices_that_are_taken_back_fast_all_count(warm: Tab) -> None:
    """Each key, also while the run is made again; the panel stays, and the focus with it."""
    write(warm, counter())
    lab = bench(warm)
    lab.get_by_role("button", name="You choose", exact=True).focus()
    warm.keyboard.press("Enter")
    question = lab.locator(".lab-question")
    for number in range(1, 6):
        expect(question).to_contain_text(f"Choice {number},")
        warm.keyboard.press(lab.locator(".lab-thread").first.get_attribute("data-thread"))
    expect(question).to_contain_text("Choice 6,")
    panel = lab.locator(".lab-panel").element_handle()
    inside = "panel => panel.isConnected && panel.contains(document.activeElement)"
    assert panel.evaluate(inside)
    for _ in range(4):
        warm.keyboard.press("Backspace")
        assert panel.evaluate(inside)
    expect(question).to_contain_text("Choice 2,")
    assert panel.evaluate(inside)
    warm.keyboard.press("Backspace")
    warm.keyboard.press("Backspace")
    warm.keyboard.press("Backspace")
    expect(question).to_contain_text("Choice 1,")
    assert panel.evaluate(inside)
    assert control(lab, "Take a choice back").get_attribute("aria-disabled") == "true"
    click(lab, "Stop")
    expect(question).to_have_text("Stopped.")


def test_one_live_region_tells_of_a_choice(warm: Tab) -> None:
    """The status line; the player says aloud what the reader steps to."""
    write(warm, counter())
    lab = bench(warm)
    click(lab, "You choose")
    expect(lab.locator(".lab-thread").first).to_be_visible()
    told = lab.locator(".lab-player .lab-said")
    assert told.get_attribute("aria-live") == "off"
    click(lab, "Let the rest run by itself")
    expect(said(lab)).to_contain_text(RUN)
    assert told.get_attribute("aria-live") == "off"
    click(lab, "Step back")
    assert told.get_attribute("aria-live") == "polite"


def test_an_opened_outcome_has_the_focus(open_tab: Callable[..., Tab]) -> None:
    """The next key is the player's, in view, and step 0 is not announced; not if the reader has gone on."""
    tab = open_tab(LOCK)
    lab = bench(tab)
    click(lab, "Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive")
    opens = control(lab, "Open outcome 2 in the player")
    reach(opens)
    tab.keyboard.press("Enter")
    play = lab.get_by_role("button", name="Play", exact=True)
    expect(play).to_be_focused()
    expect(play).to_be_in_viewport()
    assert lab.locator(".lab-player .lab-said").get_attribute("aria-live") == "off"
    assert recording(lab)["output"] == "counter = 1\n"
    tab.keyboard.press("ArrowRight")
    assert lab.evaluate("lab => lab.player.step") == 1
    lab.evaluate(
        """lab => {
            lab.querySelector(".lab-found button").click();
            lab.querySelector("[data-action=run]").focus();
        }"""
    )
    expect(lab.locator(".lab-title")).to_have_text("Finishes: counter = 2")
    expect(said(lab)).to_contain_text(RUN)
    expect(control(lab, "Run")).to_be_focused()


def test_every_outcome_ends_a_choice(warm: Tab) -> None:
    """It says so, and the player does not keep the run that was broken off."""
    write(warm, counter())
    lab = bench(warm)
    click(lab, "You choose")
    choice = lab.locator(".lab-thread[data-thread='1']")
    expect(choice).to_be_visible()
    while recording(lab)["threads"][1:] == [] or not choice.locator(".lab-does", has_text="writes").count():
        step = lab.locator(".lab-question").inner_text()
        warm.keyboard.press("1" if choice.count() else "0")
        expect(lab.locator(".lab-question")).not_to_have_text(step)
    assert lab.locator(".lab-title").inner_text() == "So far"
    warm.evaluate(
        """() => {
            window.sayings = [];
            const status = document.querySelector(".lab-live .lab-said");
            new MutationObserver(() => window.sayings.push(status.textContent)).observe(status, { childList: true });
        }"""
    )
    click(lab, "Every outcome")
    expect(said(lab)).to_have_text("2 outcomes, and no schedule leads to another one.")
    assert warm.evaluate("sayings[0]") == "The run that you chose has ended. Exploring schedules …"
    assert lab.locator(".lab-title").inner_text() == "Finishes: counter = 2"


def test_editor_does_not_trap_the_keyboard(warm: Tab) -> None:
    write(warm, "x = 1")
    warm.keyboard.press("End")
    warm.keyboard.press("Enter")
    warm.keyboard.press("Tab")
    assert program_in(bench(warm)) == "x = 1\n    \n"
    described = bench(warm).locator(".cm-content").get_attribute("aria-describedby")
    assert "Escape, then Tab" in warm.locator(f"#{described}").inner_text()
    warm.keyboard.press("Escape")
    warm.keyboard.press("Tab")
    assert warm.evaluate("document.activeElement.closest('.cm-editor')") is None
    warm.keyboard.press("Shift+Tab")
    assert warm.evaluate("document.activeElement.closest('.cm-editor')") is not None


CURSOR = """(() => {
    const cursor = document.querySelector(".cm-cursor-primary")?.getBoundingClientRect();
    const header = document.querySelector(".md-header").getBoundingClientRect();
    return cursor?.height > 0 && cursor.top >= header.bottom && cursor.bottom <= innerHeight;
})()"""
"""Whether the editor's cursor is to be seen: below the page's header, which lies over what is scrolled under it."""


@pytest.mark.parametrize("page", [LOCK, WORKBENCH, EXERCISE])
def test_edit_shows_the_cursor_on_a_phone(open_tab: Callable[..., Tab], page: str) -> None:
    """In the first line, far above the button; and typing there does not bring it under the header."""
    tab = open_tab(page, **PHONE)
    edit = tab.get_by_role("button", name="Edit", exact=True).first
    edit.evaluate("edit => window.scrollTo(0, edit.getBoundingClientRect().top + scrollY - 100)")
    edit.tap()
    until(tab, CURSOR)
    for key in ("#", "x", "Enter", "ArrowUp"):
        tab.keyboard.press(key)
        tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert tab.evaluate(CURSOR), key
    assert tab.locator(".cm-line").first.inner_text() == "#x"
    tab.evaluate("window.scrollBy(0, document.querySelector('.cm-editor').getBoundingClientRect().top - 20)")
    box = tab.locator(".md-header").bounding_box()
    clip = {"x": 0, "y": box["height"] - 20, "width": 12, "height": 16}
    framed = tab.screenshot(clip=clip, caret="hide")
    tab.locator(".cm-content").evaluate("content => content.blur()")
    assert tab.screenshot(clip=clip, caret="hide") == framed, "the editor's frame lies over the header"


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_editor_shows_where_threads_are(open_tab: Callable[..., Tab], device: dict) -> None:
    """Their numbers are in the margin, in sight also where a long line is scrolled; no line follows the last one."""
    tab = open_tab(LOCK, **device)
    lab = bench(tab)
    lines = counter().splitlines()
    long = counter().replace("counter += 1", "counter += 1  # " + "long " * 80)
    write(tab, long, lab)
    assert lab.locator(".cm-line").all_inner_texts()[-1] == lines[-1]
    click(lab, "Run")
    expect(said(lab)).to_contain_text("finished")
    lab.locator(".cm-scroller").evaluate("scroller => scroller.scrollLeft = 500")
    seen = set()
    for step in range(lab.evaluate("lab => lab.player.end")):
        lab.evaluate("(lab, step) => lab.player.goTo(step)", step)
        shown = lab.evaluate(WHERE_THREADS_ARE)
        assert shown["margin"] == shown["table"], step
        seen |= {line for line, _ in shown["margin"]}
    assert 8 in seen, "the long line"
    boxes = [lab.locator(part).first.bounding_box() for part in (".lab-editor", ".snippet > .lab-hint")]
    if boxes[1]:  # where there are keys
        assert (boxes[0]["x"], boxes[0]["width"]) == (boxes[1]["x"], boxes[1]["width"])
    assert bool(boxes[1]) is (device != PHONE)


def test_another_schedule(warm: Tab) -> None:
    """Each shows another run, of a later order, and names its schedule."""
    write(warm, counter())
    lab = bench(warm)
    click(lab, "Run")
    expect(said(lab)).to_contain_text("Run in the default order")
    schedules, orders = ["0."], []
    for _ in range(6):
        orders.append(another(lab))
        schedules.append(recording(lab)["schedule"])
        assert said(lab).inner_text() == f"Random order {orders[-1]} (schedule “{schedules[-1]}”): finished."
    assert len(set(schedules)) == 7
    assert orders == sorted(set(orders))


def test_another_schedule_where_there_are_few(warm: Tab) -> None:
    """Says so where the run is one that was shown: after some tries, or at once where no thread can be chosen."""
    lab = bench(warm)
    write(warm, "from threading import Thread\nfor name in 'ab':\n    Thread(target=print, args=(name,)).start()\n")
    shown, order, same = set(), None, False
    while not same:
        before, order = order, another(lab)
        same = recording(lab)["schedule"] in shown
        assert same == ("), the same run as one before: finished." in said(lab).inner_text())
        shown.add(recording(lab)["schedule"])
    assert len(shown) > 1
    assert order == before + 8
    # Once the thread has started, it and the main thread are ready.
    write(warm, "from threading import Thread\nt = Thread(target=print, args=('alone',))\nt.start()\nt.join()\n")
    order = another(lab)
    assert another(lab) == order + 1
    nothing = (
        "There was nothing to choose: wherever two threads could go on, the order of their steps makes no difference."
    )
    assert said(lab).inner_text() == f"Random order {order + 1} (schedule “0.”): finished. {nothing}"
    click(lab, "You choose")
    expect(lab.locator(".lab-question")).to_have_text(f"{nothing} Finishes: alone.")


def another(lab: Locator) -> int:
    """Runs another schedule; gives the number of its random order."""
    click(lab, "Another schedule")
    expect(control(lab, "Stop")).to_have_attribute("aria-disabled", "true")
    return int(re.match(r"Random order (\d+) \(schedule “", said(lab).inner_text())[1])


def test_no_more_preemptions_are_named_than_are_explored(warm: Tab, open_tab: Callable[..., Tab]) -> None:
    """The random schedules that follow have no number of them. (Here the program speaks in the engine's place.)"""
    progress = json.dumps({"progress": {"schedules": 7, "pruned": 0, "level": 3, "random": False}})
    source = f"import js\njs.threadlab.send({progress!r})\n" + ENDLESS_IN_C
    lab = bench(warm)
    write(warm, source)
    click(lab, "Every outcome")
    expect(lab.locator(".lab-figures")).to_have_text("7 schedules; now those with 2 preemptions")
    click(lab, "Stop")
    write(warm, source.replace("false", "true"))
    click(lab, "Every outcome")
    expect(lab.locator(".lab-figures")).to_have_text("7 schedules; now random schedules")
    click(lab, "Stop")
    tab = open_tab(EXERCISE)
    exercise = tab.locator("thread-exercise")
    click(exercise, "Edit")
    exercise.locator(".cm-content").focus()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(source)
    click(exercise, "Check")
    expect(exercise.locator(".lab-figures")).to_have_text("7 executions; now those with 2 preemptions")
    click(exercise, "Stop")


def test_the_outcome_in_the_player_is_marked(warm: Tab) -> None:
    """However its run has come there; none while another run is shown."""
    write(warm, counter() + "# Of this program no other test has left a run in the player.\n")
    lab = bench(warm)
    click(lab, "Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive")
    first, second = (control(lab, f"Open outcome {number} in the player") for number in (1, 2))
    expect(first).to_have_attribute("aria-current", "true")
    second.click()
    expect(second).to_have_attribute("aria-current", "true")
    assert lab.locator(".lab-found [aria-current]").count() == 1
    another(lab)
    assert not lab.locator(".lab-found [aria-current]").count()
    click(lab, "Run")
    expect(first).to_have_attribute("aria-current", "true")


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
    click(lab, "Every outcome")
    stuck = lab.locator(".lab-found > li", has_text="deadlock").first
    expect(stuck).to_contain_text("Thread-1 (both) waits for b held by Thread-2 (both) at line 4")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive")
    assert stuck.locator(".lab-hint").inner_text().startswith("Seen in "), "a deadlock does not come to an end"
    stuck.get_by_role("button").click()
    expect(lab.locator(".lab-title")).to_have_text("Deadlock")


def test_not_exhaustive_is_said(warm: Tab) -> None:
    """Also where the reader stops it: what was found stays."""
    write(warm, LARGE)
    lab = bench(warm)
    click(lab, "Every outcome")
    expect(lab.locator(".lab-figures")).to_contain_text("schedules")
    expect(lab.locator(".lab-found > li").first).to_be_visible()
    click(lab, "Stop")
    expect(lab.locator(".lab-verdict")).to_contain_text("NOT exhaustive: stopped after the program had run at least ")
    assert lab.locator(".lab-found > li").count()


def test_a_stop_does_not_deny_what_was_found(warm: Tab) -> None:
    """Also where it comes before the figures: as soon as there is an outcome, and before there is one."""
    write(warm, LARGE)
    lab = bench(warm)
    verdict = lab.locator(".lab-verdict")
    lab.evaluate(
        """lab => {
            const press = (name) => lab.querySelector(`[data-action=${name}]`).click();
            new MutationObserver((_, observer) => {
                if (!lab.querySelector(".lab-found > li")) return;
                observer.disconnect();
                press("stop");
            }).observe(lab, { childList: true, subtree: true });
            press("outcomes");
        }"""
    )
    expect(verdict).to_contain_text(
        re.compile("^NOT exhaustive: stopped after the program had run at least (once|\\d+ times)")
    )
    click(lab, "Every outcome")
    click(lab, "Stop")
    expect(verdict).to_contain_text("NOT exhaustive: stopped before a run of the program had come to its end.")


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("x = 1\ny = = 2\n", "Python cannot read this program: line 2: invalid syntax"),
        ("import subprocess\nsubprocess.run(['ls'])\n", "Run it on your machine: line 2: "),
        ("import subprocess\nsubprocess.run(['ls'])\n", "python program.py"),
        ("\n", "There is no program yet"),
        ("import os\nos._exit(3)\n", "finished with os._exit(3)"),
        (
            "x = 0\nwhile True:\n    x += 1\n",
            "cut off after 10,000 switch points and rounds of loops. Without that limit",
        ),
    ],
)
def test_what_cannot_run_is_said(warm: Tab, program: str, says: str) -> None:
    start_empty(warm)
    write(warm, program)
    lab = bench(warm)
    click(lab, "Run")
    expect(said(lab)).to_contain_text(says)
    if "line 2" in said(lab).inner_text() or ":2:" in said(lab).inner_text():
        assert lab.locator(".cm-line.lab-wrong").inner_text() == program.splitlines()[1]
    write(warm, "print('well')\n")
    click(lab, "Run")
    expect(lab.locator(".lab-printed")).to_have_text("well\n")


def test_edited_program_goes_into_its_address(warm: Tab, open_tab: Callable[..., Tab], site: Server) -> None:
    program = counter().replace("range(2)", "range(3)") + "# größer ✓\n"
    start_empty(warm)
    write(warm, program)
    lab = bench(warm)
    click(lab, "Another schedule")
    expect(said(lab)).to_contain_text(RUN)
    click(lab, "Copy address")
    expect(shared(lab)).to_contain_text("clipboard")
    address = warm.evaluate("navigator.clipboard.readText()")
    assert len(address) <= 2000
    shown = recording(lab)
    with warm.expect_download() as saved:
        click(lab, "Copy command")
    assert Path(saved.value.path()).read_text() == program
    assert warm.evaluate("navigator.clipboard.readText()").endswith(f".py --schedule {shown['schedule']}")

    other = open_tab(address.removeprefix(site.origin))
    lab = bench(other)
    expect(said(lab)).to_contain_text(shown["schedule"])
    assert program_in(lab) == program
    click(lab, "Run")
    expect(said(lab)).to_contain_text(RUN)
    assert recording(lab)["events"] == shown["events"]
    assert not other.messages


def test_too_long_for_an_address(warm: Tab) -> None:
    write(warm, LONG_PROGRAM)
    lab = bench(warm)
    warm.evaluate("navigator.clipboard.writeText('untouched')")
    click(lab, "Copy address")
    expect(shared(lab)).to_contain_text(re.compile(r"an address of \d,\d{3} characters; at most 2,000 are"))
    assert warm.evaluate("navigator.clipboard.readText()") == "untouched"
    with warm.expect_download() as saved:
        shared(lab).get_by_role("button", name="Download").click()
    assert Path(saved.value.path()).read_text() == LONG_PROGRAM


@BY
def test_an_opened_program_gives_the_readers_own_back(warm: Tab, by: str) -> None:
    """By a button, and by undo in the editor; an address and Reset, too."""
    mine = "print('mine')\n"
    lab = bench(warm)
    start_empty(warm)
    write(warm, mine)
    lab.locator(".lab-programs select").select_option("threading/lock_lost_update.py")
    click(lab, "Open program")
    expect(said(lab)).to_contain_text("threading/lock_lost_update.py is in the editor")
    assert program_in(lab) == counter()
    press(control(lab, "Bring back my program"), by)
    expect(said(lab)).to_have_text("Your program is back.")
    assert program_in(lab) == mine
    expect(lab.locator(".cm-content")).to_be_focused()
    click(lab, "Open program")
    expect(said(lab)).to_contain_text("is in the editor")
    lab.locator(".cm-content").focus()
    warm.keyboard.press("Control+z")
    assert program_in(lab) == mine
    start_empty(warm)
    write(warm, mine)
    warm.evaluate("location.hash = ''")
    warm.evaluate("location.hash = '#lab=threading/lock_lost_update.py~0123456789abcdef~0.'")
    expect(said(lab)).to_contain_text("An address has brought threading/lock_lost_update.py, to be run ")
    press(control(lab, "Bring back my program"), by)
    expect(said(lab)).to_have_text("Your program is back.")
    assert program_in(lab) == mine
    click(lab, "Reset")
    expect(said(lab)).to_contain_text("as published")
    press(control(lab, "Bring back my program"), by)
    expect(said(lab)).to_have_text("Your program is back.")
    assert program_in(lab) == mine


def test_a_program_of_the_readers_own_takes_no_name_of_another(warm: Tab) -> None:
    """It has the name while it is an edit of the program that was opened. The list says which one is in the editor."""
    lab = bench(warm)
    select = lab.locator(".lab-programs select")
    start_empty(warm)
    expect(select).to_have_value("")
    select.select_option("threading/lock_lost_update.py")
    click(lab, "Open program")
    expect(said(lab)).to_contain_text("is in the editor")
    for program, name in (
        (counter() + "# mine\n", "lock_lost_update.py"),
        ("print('mine')\n", "program.py"),
        (counter(), "lock_lost_update.py"),
    ):
        write(warm, program)
        expect(select).to_have_value("" if name == "program.py" else f"threading/{name}")
        click(lab, "Copy command")
        expect(shared(lab)).to_contain_text(f"threadlab.pyz and {name}")
        assert f" run {name} " in warm.evaluate("navigator.clipboard.readText()")
        with warm.expect_download() as saved:
            click(lab, "Download program")
        assert saved.value.suggested_filename == name
    write(warm, "print('mine')\n")
    click(lab, "Run")
    expect(said(lab)).to_contain_text("finished")
    assert recording(lab)["program"]["filename"] == "program.py"
    select.select_option("threading/lock_deadlock.py")
    click(lab, "Open program")
    expect(said(lab)).to_contain_text("threading/lock_deadlock.py is in the editor")
    click(lab, "Bring back my program")
    expect(select).to_have_value("")


def test_nothing_to_pass_on(warm: Tab) -> None:
    lab = bench(warm)
    start_empty(warm)
    write(warm, "")
    warm.evaluate("navigator.clipboard.writeText('untouched')")
    for name in ("Copy address", "Copy command", "Download program"):
        write(warm, "")
        click(lab, name)
        expect(shared(lab)).to_contain_text("There is nothing to pass on.")
    assert warm.evaluate("navigator.clipboard.readText()") == "untouched"


def test_stop_ends_choosing(warm: Tab) -> None:
    write(warm, counter())
    lab = bench(warm)
    click(lab, "You choose")
    thread = lab.locator(".lab-thread").first
    expect(thread).to_be_visible()
    click(lab, "Stop")
    expect(said(lab)).to_have_text("Stopped.")
    expect(lab.locator(".lab-question")).to_have_text("Stopped.")
    expect(thread).to_have_count(0)


def test_an_outcome_is_brought_into_view_on_a_phone(open_tab: Callable[..., Tab]) -> None:
    """What is said of a copy, too; and the player shows the line that its sentence is about."""
    tab = open_tab(LOCK, **PHONE)
    lab = bench(tab)
    click(lab, "Every outcome")
    expect(lab.locator(".lab-verdict")).to_contain_text("Exhaustive")
    control(lab, "Open outcome 2 in the player").tap()
    until(
        tab,
        """(() => {
            const { top } = document.querySelector(".lab-player").getBoundingClientRect();
            return top >= 0 && top < innerHeight / 2;
        })()""",
    )
    click(lab, "Step forward")
    assert lab.locator(".lab-at").inner_text() == "3: counter = 0"
    expect(lab.locator(".lab-at")).to_be_in_viewport()
    expect(lab.locator(".lab-controls")).to_be_in_viewport()
    click(lab, "Copy address")
    expect(shared(lab)).to_contain_text("The address")
    expect(shared(lab)).to_be_in_viewport()


def test_the_run_of_another_program_is_not_shown(open_tab: Callable[..., Tab]) -> None:
    """Where an address brings an edited program: nothing of it has run yet."""
    tab = open_tab(LOCK)
    lab = bench(tab)
    follow_edited(tab)
    expect(said(lab)).to_contain_text(
        "has brought an edited lock_lost_update.py, to be run in the default order. Nothing has run yet"
    )
    expect(lab.locator(".lab-player")).to_be_hidden()
    click(lab, "Run")
    expect(lab.locator(".lab-player")).to_be_visible()
    assert recording(lab)["output"] == "mine\n"
    click(lab, "Reset")
    expect(lab.locator(".lab-choice input").first).to_be_checked()


def test_what_the_engine_does_not_send_does_no_harm(warm: Tab) -> None:
    """A program can send in its place; a schedule would go into the command that is copied."""
    lab = bench(warm)
    outcome = {"kind": "finished", "ending": "finished"}
    bad = [
        "null",
        "5",
        json.dumps({"output": 5}),
        json.dumps({"output": ["stdout"]}),
        json.dumps({"choose": {"step": 1}}),
        json.dumps({"result": 5}),
        json.dumps({"result": {"outcome": outcome, "output": "", "schedule": "0.; rm -rf ~"}}),
        json.dumps({"result": {"outcome": outcome, "output": "", "schedule": "0.", "presented": {"picture": 1}}}),
    ]
    for text in bad:
        write(warm, f"import js\njs.threadlab.send({text!r})\n")
        click(lab, "Run")
        expect(control(lab, "Stop")).to_have_attribute("aria-disabled", "true")
        expect(said(lab)).to_contain_text(re.compile("has sent what is no|Run in the default order: finished"))
        assert "rm -rf" not in said(lab).inner_text()


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
    click(lab, "Run")
    expect(said(lab)).to_have_text(
        "The lab cannot run this: the schedule does not fit the program: at switch point 7, thread 9 cannot run there. "
        "Press Another schedule or You choose for another run; Run is in the default order now."
    )
    note = lab.locator(".lab-player .lab-stale")
    expect(note).to_have_text("This is an earlier run: of the last one there is nothing to show.")
    expect(note).to_be_visible()
    lab.locator(".lab-choice label").nth(1).click()
    expect(note).to_be_hidden()
    click(lab, "Run")
    expect(said(lab)).to_have_text("Run in the default order: finished.")


def test_a_recorded_run_that_is_chosen_is_the_one_to_pass_on(open_tab: Callable[..., Tab]) -> None:
    """Not the one that an address has brought before."""
    mine = {"permissions": ["clipboard-read", "clipboard-write"]}
    hash_ = open_tab(LOCK).locator("thread-lab").first.get_attribute("data-hash")
    tab = open_tab(f"{LOCK}#lab=threading/lock_lost_update.py~{hash_}~0.1t9", **mine)
    lab = bench(tab)
    expect(said(lab)).to_contain_text("with the schedule “0.1t9”. Nothing has run yet")
    lab.locator(".lab-choice label").nth(1).click()
    shown = recording(lab)["schedule"]
    assert shown not in ("0.", "0.1t9")
    click(lab, "Copy address")
    expect(shared(lab)).to_contain_text("The address is on the clipboard")
    assert tab.evaluate("navigator.clipboard.readText()").endswith(f"~{hash_}~{shown}")
    click(lab, "Copy command")
    expect(shared(lab)).to_contain_text("The command")
    assert tab.evaluate("navigator.clipboard.readText()").endswith(f" --schedule {shown}")
    click(lab, "Run")
    expect(said(lab)).to_have_text("Run in the default order: finished.")


def test_after_an_address_the_keyboard_is_at_the_lab(open_tab: Callable[..., Tab]) -> None:
    """The next Tab is at Run, not at the top of the page; on the workbench, too."""
    for page, says in ((LOCK, "The player shows the recorded run."), (WORKBENCH, "Nothing has run yet: press Run.")):
        tab = open_tab(f"{page}#lab=threading/lock_lost_update.py~0123456789abcdef~0.")
        expect(said(bench(tab))).to_contain_text(says)
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.dataset.action") == "run"
        tab.close()


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


def test_edits_outlive_a_reload_until_reset(open_tab: Callable[..., Tab]) -> None:
    """In a lab and on the workbench, whose program is still that of the site it was; and another page has its own."""
    tab = open_tab(LOCK)
    write(tab, "print('mine')\n")
    tab.reload()
    expect(said(bench(tab))).to_contain_text("This is the program as you had left it.")
    assert program_in(bench(tab)) == "print('mine')\n"
    click(bench(tab), "Reset")
    tab.reload(wait_until="networkidle")
    assert said(bench(tab)).inner_text() == ""
    assert program_in(bench(tab)) == counter()

    tab.goto(tab.url.replace(LOCK, WORKBENCH), wait_until="networkidle")
    bench(tab).locator(".lab-programs select").select_option("threading/lock_lost_update.py")
    click(bench(tab), "Open program")
    expect(said(bench(tab))).to_contain_text("is in the editor")
    write(tab, counter() + "# mine\n")
    tab.reload()
    expect(said(bench(tab))).to_contain_text("as you had left it")
    click(bench(tab), "Reset")
    expect(said(bench(tab))).to_contain_text("This is threading/lock_lost_update.py as published")
    assert program_in(bench(tab)) == counter()
    assert not tab.messages


def test_where_storage_is_refused_edits_outlive_instant_navigation(open_tab: Callable[..., Tab]) -> None:
    refuse = """Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no"); } });"""
    tab = open_tab(WORKBENCH, script=refuse)
    write(tab, "print('mine')\n")
    tab.locator("nav a[href$='threading/lock/']").first.evaluate("link => link.click()")
    until(tab, "document.querySelector('h1').textContent.startsWith('Lock')")
    tab.go_back()
    until(tab, "document.querySelector('h1').textContent.startsWith('Thread Lab')")
    expect(said(bench(tab))).to_contain_text("as you had left it")
    assert not [each for each in tab.messages if "sessionStorage" in each and "ThreadLab" in each]


def test_without_a_network_a_click_says_so_and_the_next_one_works(open_tab: Callable[..., Tab]) -> None:
    """Where the live part cannot be loaded; and where Python cannot."""
    tab = open_tab(LOCK)
    lab = bench(tab)
    no_network = "There is no network: Python could not be loaded. Press the button again when there is."
    tab.context.set_offline(True)
    click(lab, "Run")
    expect(said(lab)).to_have_text(no_network)
    tab.context.set_offline(False)
    tab.context.route("**/runtime.json", lambda route: route.abort("internetdisconnected"))
    click(lab, "Run")
    expect(said(lab)).to_have_text(no_network)
    tab.context.unroute("**/runtime.json")
    click(lab, "Run")
    expect(said(lab)).to_contain_text("finished")
    assert not [each for each in tab.messages if "ERR_INTERNET_DISCONNECTED" not in each]


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_accessible_with_everything_open(open_tab: Callable[..., Tab], device: dict) -> None:
    """Player, editor, choices and outcomes, in light and dark; nothing scrolls sideways."""
    tab = open_tab(LOCK, **device)
    first, second = tab.locator("thread-lab").all()[:2]
    click(first, "Every outcome")
    expect(first.locator(".lab-verdict")).to_contain_text("xhaustive")
    click(second, "You choose")
    expect(second.locator(".lab-thread").first).to_be_visible()
    expect(second.locator(".cm-content")).to_be_visible()
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    assert width <= tab.viewport_size["width"]
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        until(tab, f"{IS_DARK} === {str(scheme == 'dark').lower()}")
        violations = Axe().run(tab).response["violations"]
        assert not [(v["id"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"]) for v in violations], scheme
    assert not tab.messages
