"""Exercises as a reader meets them: in a real Chromium, from the built site's own files."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import PHONE, until
from controls import BY, KEYBOARD, press
from exercise_answers import CHEATS, RIGHT
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from server import Server
from test_exercises import EXERCISES, SOLUTIONS, edited

from authoring.exercises import compose, first_line_of_check, is_right, passes
from authoring.pages import Page, misplaced_exercises

pytestmark = pytest.mark.xdist_group("site")

LOST = "lab/exercises/lost_update/"
LONG = 120_000
"""Milliseconds: the first check loads Python."""
NO_JSPI = "delete WebAssembly.Suspending; delete WebAssembly.promising;"


def button(tab: Tab, name: str):
    return tab.locator(".lab-live").get_by_role("button", name=name, exact=True)


def said(tab: Tab):
    return tab.locator(".lab-live .lab-said")


def write(tab: Tab, program: str) -> None:
    """Pastes over what is in the editor. (It would indent what is typed.)"""
    if button(tab, "Edit").count():
        button(tab, "Edit").click()
    tab.locator(".cm-content").focus()
    tab.keyboard.press("ControlOrMeta+A")
    tab.keyboard.insert_text(program)


def check(tab: Tab) -> None:
    button(tab, "Check").click()
    expect(button(tab, "Stop")).to_have_attribute("aria-disabled", "true", timeout=LONG)


def lines_of_check(tab: Tab) -> dict[str, str]:
    """The check's lines by the number beside them."""
    return tab.evaluate(
        """() => {
            const pre = document.querySelectorAll("thread-exercise .snippet")[1].querySelector("pre");
            const lines = pre.textContent.split("\\n");
            return Object.fromEntries(pre.dataset.lines.split("\\n").map((number, index) => [number, lines[index]]));
        }"""
    )


def test_lines_of_the_check_are_numbered_as_messages_count_them(open_tab: Callable[..., Tab]) -> None:
    """After the program as it stands: also while it is edited, and after a reload."""
    tab = open_tab(LOST)
    check = EXERCISES["lost_update"].check.split("\n")

    def numbered(program: str) -> dict[str, str]:
        return {str(number): line for number, line in enumerate(check, first_line_of_check(program))}

    program = EXERCISES["lost_update"].program
    assert lines_of_check(tab) == numbered(program)
    program = "# one more\n" * 100 + program
    write(tab, program)
    assert lines_of_check(tab) == numbered(program)
    tab.reload()
    expect(said(tab)).to_contain_text("as you had left it")
    assert lines_of_check(tab) == numbered(program)
    button(tab, "Reset").click()
    assert lines_of_check(tab) == numbered(EXERCISES["lost_update"].program)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_numbers_stand_beside_their_lines(open_tab: Callable[..., Tab], options: dict) -> None:
    """They are drawn beside the code, so they need its size, its height of a line, and its start."""
    tab = open_tab(LOST, **options)
    for code, numbers in tab.evaluate(
        """() => [...document.querySelectorAll("pre[data-lines]")].map(pre => {
            const of = ({ fontSize, lineHeight, paddingTop }) => [fontSize, lineHeight, paddingTop].map(parseFloat);
            return [of(getComputedStyle(pre.firstElementChild.matches("code") ? pre.firstElementChild
                : pre.querySelector("code"))), of(getComputedStyle(pre, "::before"))];
        })"""
    ):
        assert numbers == pytest.approx(code, abs=0.1)


def test_broken_fails_and_opens_the_shortest_schedule(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    assert tab.locator(".lab-player").is_hidden()
    check(tab)
    expect(said(tab)).to_contain_text("check(1, 1) fails: exception: AssertionError: counter.value=1")
    expect(said(tab)).to_contain_text("The line is assert counter.value == sum(amounts), ")
    expect(said(tab)).to_contain_text("with 1 preemption")
    line = re.search(r"at line (\d+)", said(tab).inner_text())[1]
    assert lines_of_check(tab)[line] == '    assert counter.value == sum(amounts), f"{counter.value=}"'
    composed = compose(EXERCISES["lost_update"].program, EXERCISES["lost_update"].check, "check(1, 1)", "").split("\n")
    expect(said(tab)).to_contain_text(
        f"Line {composed.index('check(1, 1)') + 1}, which is not on the page, is the call check(1, 1)."
    )
    expect(tab.locator(".lab-cases .lab-case").first).to_have_text("✗ fails")
    player = tab.locator(".lab-player")
    expect(player).to_be_visible()
    player.get_by_role("button", name="Last step").click()
    expect(player.locator(".lab-now.lab-said")).to_contain_text("AssertionError")
    assert tab.evaluate("localStorage.length ? localStorage['thread-lab-solved'] ?? null : null") is None
    assert not tab.foreign


def test_lines_are_marked_in_the_program_and_in_the_check(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    check(tab)
    player, seen = tab.locator(".lab-player"), set()
    exercise = EXERCISES["lost_update"]
    first = first_line_of_check(exercise.program)
    lines = [*exercise.program.split("\n"), "", "", *exercise.check.split("\n")]
    slider = player.get_by_role("slider")
    for step in range(int(slider.get_attribute("max") or 0)):
        slider.evaluate("(input, step) => { input.value = step; input.dispatchEvent(new Event('input')); }", step)
        for row in player.locator(".lab-threads tbody tr").all():
            number = row.locator("td").first.inner_text()
            if not number.isdigit():
                continue
            line = int(number)
            if line < first:
                marked = tab.locator(".cm-line.lab-line").all_inner_texts()
                assert lines[line - 1] in marked, (step, line, marked)
                seen.add("program")
            elif line < first + len(exercise.check.split("\n")):
                top = tab.evaluate(
                    """index => {
                        const view = document.querySelectorAll("thread-exercise .snippet")[1];
                        const code = view.querySelector("code"), { top } = code.getBoundingClientRect();
                        const { lineHeight, paddingTop } = getComputedStyle(code);
                        const wanted = top + parseFloat(paddingTop) + index * parseFloat(lineHeight);
                        return [...view.querySelectorAll(".lab-marks .lab-line")].some(
                            each => Math.abs(each.getBoundingClientRect().top - wanted) < 2);
                    }""",
                    line - first,
                )
                assert top, (step, line)
                seen.add("check")
    assert seen == {"program", "check"}


def test_solution_passes_and_is_remembered_until_it_is_forgotten(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    write(tab, SOLUTIONS["lost_update"].program)
    check(tab)
    expect(said(tab)).to_have_text("Solved: in each case every schedule with at most 2 preemptions comes to its end.")
    for case in tab.locator(".lab-cases .lab-case").all():
        assert re.fullmatch(r"✓ [\d,]+ executions", case.inner_text())
    tab.reload()
    expect(said(tab)).to_contain_text("You have solved this exercise before. This is the program as you had left it.")
    tab.goto(tab.url.replace("lost_update/", ""))
    progress = tab.locator("exercise-progress")
    expect(progress).to_contain_text(f"1 of {len(EXERCISES)} solved")
    expect(tab.locator("li", has_text="✓ solved")).to_have_count(1)
    expect(tab.locator("li", has_text="✓ solved")).to_contain_text("Lost Update")
    progress.get_by_role("button", name="Forget my progress").click()
    expect(progress).to_contain_text(f"0 of {len(EXERCISES)} solved")
    tab.reload()
    expect(progress).to_contain_text(f"0 of {len(EXERCISES)} solved")
    assert tab.evaluate("localStorage.getItem('thread-lab-solved')") is None


def test_cheats_fail_and_another_right_answer_passes(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    for cheat in CHEATS["lost_update"][:2]:
        write(tab, edited("lost_update", cheat))
        check(tab)
        expect(said(tab)).to_contain_text("fails: exception: AssertionError")
    write(tab, EXERCISES["lost_update"].program + '\n\nprint("every case holds")\nraise SystemExit\n')
    check(tab)
    expect(said(tab)).to_contain_text("the program ended before its check had come to the end")
    write(tab, "def")
    check(tab)
    expect(said(tab)).to_contain_text("Python cannot read this program")
    write(tab, edited("lost_update", RIGHT["lost_update"][1]))
    check(tab)
    expect(said(tab)).to_contain_text("Solved")


SPINS = """from threading import Lock


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = Lock()

    def add(self, amount):
        while not self.lock.acquire(blocking=False):
            pass
        self.value += amount
        self.lock.release()
"""
ENDLESS = """class Counter:
    def __init__(self):
        self.value = 0

    def add(self, amount):
        self.value += amount
        while self.value < 3:
            pass
"""
GROWS = ENDLESS.replace("self.value < 3", "self.value").replace("pass", "self.value += 1")
WAIT = "Let the thread wait for a lock, a condition or an event instead."


def test_what_cannot_be_judged_has_a_remedy(open_tab: Callable[..., Tab]) -> None:
    """One that the reader can follow: neither the check nor its cases can be made smaller."""
    tab = open_tab(LOST)
    write(tab, SPINS)
    check(tab)
    expect(said(tab)).to_have_text(
        "check(1, 1) is not judged: the loop at line 10 tries again and again, and nobody knows how often. "
        f"The program may be right, and it may be wrong. {WAIT}"
    )
    expect(tab.locator(".lab-cases .lab-case").first).to_have_text("not judged")
    assert tab.locator(".lab-player").is_hidden()


def test_an_endless_loop_is_open_at_its_end(open_tab: Callable[..., Tab]) -> None:
    """Before it there are thousands of steps that are alike."""
    tab = open_tab(LOST)
    now = tab.locator(".lab-player .lab-now.lab-said")
    write(tab, ENDLESS)
    check(tab)
    expect(said(tab)).to_contain_text("check(1, 1) fails: cut off: an endless loop at line 7. ")
    expect(said(tab)).to_contain_text("with no preemption, is open in the player below, at its last step.")
    expect(now).to_contain_text("endless loop")
    write(tab, GROWS)
    check(tab)
    expect(said(tab)).to_contain_text(
        "check(1, 1) is not judged: a run was cut off after 5,000 switch points and rounds of loops. "
        "It is open in the player below, at its end."
    )
    expect(said(tab)).to_contain_text(f"Does a loop try again and again? {WAIT}")
    expect(said(tab)).to_contain_text("Line 31, which is not on the page, is the call check(1, 1).")
    assert said(tab).locator("p").count() == 3
    assert said(tab).locator("code").all_inner_texts() == ["check(1, 1)"] * 2
    expect(tab.locator(".lab-cases .lab-case").first).to_have_text("not judged")
    expect(now).to_contain_text("cut off")


def test_what_the_lab_cannot_run_is_not_to_be_run_elsewhere(open_tab: Callable[..., Tab]) -> None:
    """There nothing would check it."""
    tab = open_tab(LOST)
    write(tab, "import socket\n\nsocket.socket()\n")
    check(tab)
    expect(said(tab)).to_contain_text("The lab cannot run this: line 3: ")
    expect(said(tab)).not_to_contain_text("python lost_update_broken.py")


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("stopped at the limit of 10000 executions", "10,000 executions did not fail"),
        ("stopped at the limit of 100000 states", "A loop that tries again and again"),
        ("line 3 changes variables through globals()", "line 3 changes variables through globals().\n"),
    ],
)
def test_why_it_is_not_judged(open_tab: Callable[..., Tab], site: Server, why: str, says: str) -> None:
    told = open_tab(LOST).evaluate(
        "async ([address, why]) => (await import(address)).notJudged({ why_not: why, schedules: 10000 })",
        [f"{site.origin}assets/lab/judge.js", why],
    )
    assert says in told
    assert "states" not in told and "10000" not in told, "a word that no reader has met, or a figure without a comma"


def test_a_run_that_was_cut_off_comes_after_those_that_ended(open_tab: Callable[..., Tab], site: Server) -> None:
    endings = ["step limit: more than 5000 steps", "deadlock: of all", "step limit: an endless loop at line 7"]
    order = open_tab(LOST).evaluate(
        """async ([address, endings]) => {
            const { shortestWrong } = await import(address);
            const all = endings.map((ending, preemptions) => ({ ending, output: "", schedule: "0.", preemptions }));
            return [all, all.slice(0, 1), all.slice(2)].map(each => shortestWrong(each, "n").ending);
        }""",
        [f"{site.origin}assets/lab/judge.js", endings],
    )
    assert order == [endings[1], endings[0], endings[2]]


def test_deadlock_is_named(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("lab/exercises/dining/")
    check(tab)
    told = "each thread waits for the next one. Thread-1 waits for table.forks[1], which Thread-2 holds (line 11)"
    expect(said(tab)).to_contain_text(f"check(seats=2, hungry=[0, 1], at_once=1) fails: deadlock: {told}")
    player = tab.locator(".lab-player")
    player.get_by_role("button", name="Last step").click()
    expect(player.locator(".lab-now.lab-said")).to_contain_text(told)


def test_stop(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    write(tab, EXERCISES["lost_update"].program + "\n\nmax(range(10**12))\n")
    button(tab, "Check").click()
    until(tab, "document.querySelector('.lab-figures').textContent.includes('executions')")
    tab.evaluate("document.querySelector('[data-action=stop]').click()")
    expect(said(tab)).to_contain_text("Stopped.")
    expect(tab.locator(".lab-cases .lab-case").first).to_have_text("stopped")
    button(tab, "Check").click()
    until(tab, "document.querySelector('.lab-figures').textContent.includes('executions')")
    write(tab, "# another")
    expect(button(tab, "Stop")).to_have_attribute("aria-disabled", "true")
    expect(said(tab)).to_have_text("The program has changed: check it again.")
    write(tab, SOLUTIONS["lost_update"].program)
    check(tab)
    expect(said(tab)).to_contain_text("Solved")


def test_edits_outlive_a_reload_until_reset(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    write(tab, "# mine")
    tab.reload()
    expect(said(tab)).to_have_text("This is the program as you had left it. Reset brings back the broken one.")
    expect(tab.locator(".cm-content")).to_have_text("# mine")
    button(tab, "Reset").click()
    tab.reload(wait_until="networkidle")
    assert said(tab).inner_text() == ""
    expect(tab.locator(".cm-content")).to_have_count(0)


def test_without_a_network_nothing_was_stopped(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    tab.context.set_offline(True)
    check(tab)
    expect(said(tab)).to_have_text(
        "There is no network: Python could not be loaded. Press the button again when there is."
    )
    assert set(tab.locator(".lab-cases .lab-case").all_inner_texts()) == {""}
    tab.context.set_offline(False)
    check(tab)
    expect(said(tab)).to_contain_text("check(1, 1) fails")


def test_the_failing_run_is_shown_only_of_the_program_that_fails(open_tab: Callable[..., Tab]) -> None:
    """Not of one that is edited, reset, refused, or passes."""
    tab = open_tab(LOST)
    player = tab.locator(".lab-player")
    broken, right = EXERCISES["lost_update"].program, SOLUTIONS["lost_update"].program

    def fail() -> None:
        write(tab, broken)
        check(tab)
        expect(player).to_be_visible()

    fail()
    expect(tab.locator(".lab-words")).to_be_visible()
    write(tab, right)
    expect(player).to_be_hidden()
    expect(tab.locator(".lab-words")).to_be_hidden()
    check(tab)
    expect(said(tab)).to_contain_text("Solved")
    expect(player).to_be_hidden()
    button(tab, "Reset").click()
    fail()
    write(tab, "def")
    check(tab)
    expect(said(tab)).to_contain_text("Python cannot read this program")
    expect(player).to_be_hidden()
    assert not tab.messages


def test_an_edit_ends_the_check_and_takes_the_marks_away(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST)
    check(tab)
    tab.locator(".lab-player").get_by_role("button", name="Step forward").click()
    marks = tab.locator("thread-exercise .lab-line")
    assert marks.count()
    tab.locator(".cm-content").focus()
    tab.keyboard.press("ControlOrMeta+End")
    tab.keyboard.insert_text("\n# edited")
    expect(marks).to_have_count(0)
    expect(said(tab)).to_have_text("The program has changed: check it again.")
    button(tab, "Reset").click()
    expect(tab.locator(".cm-content")).not_to_contain_text("edited")
    expect(tab.locator(".lab-player")).to_be_hidden()


@BY
def test_each_control(open_tab: Callable[..., Tab], by: str) -> None:
    tab = open_tab(LOST)
    program = EXERCISES["lost_update"].program
    used = set()

    def use(name: str, key: str = "Enter") -> None:
        used.add(button(tab, name).get_attribute("data-action"))
        press(button(tab, name), by, key)

    def in_editor() -> str:
        return tab.locator(".cm-content").inner_text().replace("\n\n\n", "\n\n")

    use("Edit")
    editor = tab.locator(".cm-content")
    expect(editor).to_be_focused()
    before = in_editor()
    assert before.split() == program.split()
    tab.keyboard.press("ControlOrMeta+End")
    tab.keyboard.insert_text("  # mine")
    assert in_editor() != before
    use("Reset", "Space")
    assert in_editor() == before
    expect(button(tab, "Reset")).to_have_attribute("aria-disabled", "true")
    tab.keyboard.press("ControlOrMeta+End")
    tab.keyboard.insert_text("\n\nmax(range(10**12))")
    use("Check")
    until(tab, "document.querySelector('.lab-figures').textContent.includes('executions')")
    use("Stop", "Space")
    expect(said(tab)).to_contain_text("Stopped.")
    use("Reset")
    use("Check", "Space")
    expect(said(tab)).to_contain_text("fails", timeout=LONG)
    if by == KEYBOARD:
        expect(button(tab, "Check")).to_be_focused()
    press(tab.locator(".lab-player").get_by_role("button", name="Step forward"), by)
    expect(tab.locator(".lab-step")).to_contain_text("Step 1 of")
    actions = tab.locator("[data-action]").evaluate_all("all => all.map(each => each.dataset.action)")
    assert used == set(actions), "a control that is not tried"

    folds = tab.locator(".md-content details:not(.lab-words)")
    assert folds.count() == 2
    for fold in folds.all():
        assert not fold.evaluate("fold => fold.open")
        press(fold.locator("summary"), by)
        assert fold.evaluate("fold => fold.open")
    assert not tab.messages


@BY
def test_progress_is_forgotten(open_tab: Callable[..., Tab], by: str) -> None:
    tab = open_tab("lab/exercises/", script="""localStorage["thread-lab-solved"] = '["lost_update"]';""")
    progress = tab.locator("exercise-progress")
    expect(progress).to_contain_text(f"1 of {len(EXERCISES)} solved")
    press(progress.get_by_role("button", name="Forget my progress"), by)
    expect(progress).to_contain_text(f"0 of {len(EXERCISES)} solved")


def test_a_browser_without_jspi_is_told_the_command(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST, script=NO_JSPI)
    expect(tab.locator(".lab-missing")).to_contain_text("lacks WebAssembly JSPI")
    expect(button(tab, "Check")).to_have_count(0)
    machine = tab.locator(".lab-machine")
    expect(machine).to_contain_text("python threadlab.pyz outcomes lost_update_broken.py")
    for link in machine.get_by_role("link").all():
        response = tab.request.get(tab.evaluate("link => link.href", link.element_handle()))
        assert response.ok


def test_no_download_is_the_solution(open_tab: Callable[..., Tab]) -> None:
    links = open_tab(LOST).locator("thread-exercise a[download]")
    names = {link.get_attribute("href").rpartition("/")[2] for link in links.all()}
    assert names == {"lost_update_broken.py", "threadlab.pyz"}


def test_without_javascript_all_is_there_to_read(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST, java_script_enabled=False)
    expect(tab.locator(".lab-machine")).to_be_visible()
    expect(tab.get_by_text("It passes if each of these cases")).to_be_visible()
    assert tab.locator(".lab-runs").is_hidden()
    assert tab.locator(".lab-player").is_hidden()
    tab.get_by_text("A solution").click()
    expect(tab.get_by_text("self.lock = Lock()").first).to_be_visible()


def test_instant_navigation_during_a_check(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab("lab/exercises/")
    tab.evaluate("window.sameDocument = true")
    tab.get_by_role("link", name="Dining Philosophers").last.click()
    button(tab, "Check").click()
    tab.locator(".md-footer").get_by_role("link", name="Previous").click()
    expect(tab.locator("h1")).to_contain_text("Bounded Buffer")
    check(tab)
    expect(said(tab)).to_contain_text("check(size=1, items=2, putters=1, getters=2) fails: deadlock")
    assert tab.evaluate("window.sameDocument")
    assert not tab.messages


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_with_the_player_open(open_tab: Callable[..., Tab], scheme: str) -> None:
    tab = open_tab(LOST, color_scheme=scheme, bypass_csp=True)
    for fold in tab.locator(".md-content details:not(.lab-words) > summary").all():
        fold.click()
    check(tab)
    results = Axe().run(tab)
    assert results.violations_count == 0, results.generate_report()
    tab.goto(tab.url.replace("lost_update/", ""))
    results = Axe().run(tab)
    assert results.violations_count == 0, results.generate_report()


def test_fits_a_phone(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(LOST, **PHONE)
    assert not tab.evaluate("layoutShifts")
    check(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.querySelector('.lab-player').getBoundingClientRect().right <= innerWidth")


def test_python_and_javascript_compose_and_judge_alike(open_tab: Callable[..., Tab], site: Server) -> None:
    tab = open_tab(LOST)
    parts = [
        [e.program + end, e.check, case, "done 1"]
        for e in EXERCISES.values()
        for case in e.cases
        for end in ("", "\n\n")
    ]
    outcomes = [
        ["finished", "n\n"],
        ["finished", "n\nm\n"],
        ["finished", ""],
        ["finished", "m\nn"],
        ["deadlock", "n\n"],
    ]
    composed, lines, right, verdicts = tab.evaluate(
        """async ([address, parts, outcomes]) => {
            const { compose, firstLineOfCheck, isRight, passes } = await import(address);
            const each = outcomes.map(([ending, output]) => ({ ending, output }));
            return [
                parts.map(part => compose(...part)),
                parts.map(([program]) => firstLineOfCheck(program)),
                each.map(outcome => isRight(outcome, "n")),
                [true, false].flatMap(exhaustive => [[], each.slice(0, 1), each.slice(0, 2), each].map(
                    outcomes => passes({ exhaustive, outcomes }, "n"))),
            ];
        }""",
        [f"{site.origin}assets/lab/judge.js", parts, outcomes],
    )
    assert composed == [compose(*part) for part in parts]
    assert lines == [first_line_of_check(part[0]) for part in parts]
    assert right == [is_right(*each, "n") for each in outcomes]
    some = [[], outcomes[:1], outcomes[:2], outcomes]
    assert verdicts == [passes(exhaustive, each, "n") for exhaustive in (True, False) for each in some]
    assert True in right and False in right and True in verdicts


@pytest.mark.parametrize("topic", EXERCISES)
def test_every_solution_passes_in_the_page(open_tab: Callable[..., Tab], topic: str) -> None:
    tab = open_tab(f"lab/exercises/{topic}/")
    write(tab, SOLUTIONS[topic].program)
    check(tab)
    expect(said(tab)).to_contain_text("Solved")
    assert json.loads(tab.evaluate("localStorage.getItem('thread-lab-solved')")) == [topic]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('``` { .python .exercise }\n--8<-- "a_broken.py:program"\n```\n', 2, 'with --8<-- "a.py:check"'),
        ('``` { .python .check }\n--8<-- "a.py:check"\n```\n', 2, "a check without its exercise"),
        (
            '``` { .python .exercise }\n--8<-- "a_broken.py:program"\n```\n\n'
            '``` { .python .check }\n--8<-- "b.py:check"\n```\n',
            2,
            'with --8<-- "a.py:check"',
        ),
    ],
)
def test_an_exercise_and_its_check_stand_together(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = tmp_path / "a.md"
    file.write_text(text)
    (message,) = misplaced_exercises(Page("a.md", file))
    assert message.startswith(f"docs/a.md:{line}: ") and says in message
    file.write_text(
        '``` { .python .exercise }\n--8<-- "a_broken.py:program"\n```\n\n'
        '``` { .python .check }\n--8<-- "a.py:check"\n```\n'
    )
    assert misplaced_exercises(Page("b.md", file)) == []
