"""The player of recorded runs, in the built site: by mouse, by keyboard, without JavaScript, on paper, on a phone."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import HIDE_FOOTER, PHONE, until
from controls import BY, KEYBOARD, MOUSE, press, reach
from places import DOCS
from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab
from server import Server

from authoring.pages import load_pages
from threadlab.picture import PAPER

# One worker builds the site and runs the browser.
pytestmark = pytest.mark.xdist_group("site")

PATH = "threading/lock/"
LOST = 0
"""Of the page's labs: the lost update, with two runs."""
DEADLOCK = 1
MAX_KB = 16
"""Of script, style and the player's markup before the first click, gzipped; 25 are allowed with the live part's."""


CONTRASTS = """() => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).map((part) => linear(part / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (one, other) => {
        const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    };
    return [1, 2, 3, 4, 5, 6, 7, 8].map((number) => {
        const badge = document.createElement("span");
        badge.className = `lab-badge t${number}`;
        document.querySelector("thread-lab").append(badge);
        const { color, backgroundColor } = getComputedStyle(badge);
        badge.remove();
        const ground = getComputedStyle(document.body).backgroundColor;
        return Math.min(ratio(color, backgroundColor), ratio(backgroundColor, ground));
    });
}"""
"""The contrast of each thread's number with its colour, and of that colour with the page's ground: the lower one."""


def lab(tab: Tab, index: int = LOST) -> Locator:
    return tab.locator("thread-lab").nth(index)


def step(tab: Tab, index: int = LOST) -> int:
    return lab(tab, index).evaluate("lab => lab.player.step")


def said(tab: Tab, index: int = LOST) -> str:
    return lab(tab, index).locator(".lab-player .lab-said").inner_text()


def rows(tab: Tab, table: str, index: int = LOST) -> list[list[str]]:
    """What is seen of a table's body, without the numbers of the threads."""
    return lab(tab, index).evaluate(
        """(lab, table) => [...lab.querySelector(table).tBodies[0].rows].map((row) => [...row.cells].map((cell) => {
            const seen = (cell.querySelector(".lab-now") ?? cell).cloneNode(true);
            for (const badge of seen.querySelectorAll(".lab-badge")) badge.remove();
            return seen.textContent.trim();
        }))""",
        table,
    )


@pytest.fixture
def tab(open_tab: Callable[..., Tab]) -> Tab:
    return open_tab(PATH)


@BY
def test_each_control(tab: Tab, by: str) -> None:
    player = lab(tab).locator(".lab-player")
    end = lab(tab).evaluate("lab => lab.player.end")
    buttons = player.locator("button[data-to]")
    used = []

    def use(name: str, key: str = "Enter") -> None:
        control = player.get_by_role("button", name=name, exact=True)
        used.append(control.get_attribute("data-to"))
        press(control, by, key)

    assert (step(tab), said(tab)) == (0, "Before the first step.")
    use("Step forward")
    assert (step(tab), said(tab)) == (1, "The main thread writes 0 to counter at line 3.")
    use("Step forward", "Space")
    assert step(tab) == 2
    use("Last step")
    assert (step(tab), said(tab)) == (end, "The program has finished.")
    assert rows(tab, ".lab-threads")[0] == ["Main thread", "\N{EN DASH}", "has ended"]
    use("Step back")
    assert step(tab) == end - 1
    use("First step", "Space")
    assert step(tab) == 0
    first = player.get_by_role("button", name="First step")
    assert first.get_attribute("aria-disabled") == "true"
    if by == KEYBOARD:
        assert first.evaluate("button => button === document.activeElement"), "a button that is off keeps the focus"
    use("Play")
    assert lab(tab).evaluate("lab => lab.player.playing")
    press(player.get_by_role("button", name="Pause"), by, "Space")
    assert not lab(tab).evaluate("lab => lab.player.playing")
    assert set(used) == {button.get_attribute("data-to") for button in buttons.all()}, "a control that is not tried"

    slider = player.get_by_role("slider")
    if by == MOUSE:
        box = slider.bounding_box()
        slider.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        assert abs(step(tab) - end / 2) <= 1
        picture = player.locator(".lab-picture")
        picture.click(position={"x": float(picture.get_attribute("data-stops").split()[7]) - 8, "y": 20})
        assert step(tab) == 7
    else:
        press(slider, by, "Home")
        for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
            tab.keyboard.press(key)
        assert step(tab) == 2
    assert slider.get_attribute("aria-valuetext") == f"Step {step(tab)} of {end}"

    words = lab(tab).locator(".lab-words")
    for opened in (True, False):
        press(words.locator("summary"), by)
        assert words.evaluate("words => words.open") is opened
    assert tab.messages == []


def test_threads_have_their_numbers_before_the_script(open_tab: Callable[..., Tab]) -> None:
    """In the markup as it comes: the same as the script writes there."""
    badges = ".lab-player .lab-threads .lab-badge"
    before, after = open_tab(PATH, java_script_enabled=False), open_tab(PATH)
    assert lab(before).locator(badges).all_text_contents() == ["0", "1", "2"]
    assert lab(after).locator(badges).all_text_contents() == ["0", "1", "2"]


def test_keys(tab: Tab) -> None:
    """Arrow keys, Home, End and the space bar, wherever the focus is in the player."""
    player = lab(tab).locator(".lab-player")
    end = lab(tab).evaluate("lab => lab.player.end")
    places = player.get_by_role("slider"), player.get_by_role("button", name="Last step"), player.locator(".lab-scroll")
    for place in places:
        reach(place)
        for key, expected in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", end), ("Home", 0)]:
            tab.keyboard.press(key)
            assert step(tab) == expected, key
    tab.keyboard.press("Space")
    assert lab(tab).evaluate("lab => lab.player.playing")
    tab.keyboard.press("Space")
    assert not lab(tab).evaluate("lab => lab.player.playing")
    # Keys with a modifier are the browser's.
    before = step(tab)
    tab.keyboard.press("Shift+ArrowRight")
    assert step(tab) == before


def test_play(tab: Tab) -> None:
    """It ends by itself; meanwhile nothing is said aloud, and then the sentence at which it stops."""
    lab(tab).evaluate("lab => lab.player.goTo(lab.player.end - 1)")
    live = lab(tab).locator(".lab-player .lab-said")
    play = lab(tab).get_by_role("button", name="Play")
    play.click()
    pause = lab(tab).get_by_role("button", name="Pause")
    assert pause.count() == 1 and live.get_attribute("aria-live") == "off"
    until(tab, "!document.querySelector('thread-lab').player.playing")
    assert said(tab) == "The program has finished."
    assert play.count() == 1 and live.get_attribute("aria-live") == "polite"
    play.click()
    assert step(tab) == 0
    until(tab, "document.querySelector('thread-lab').player.step === 2")
    pause.click()
    assert step(tab) == 2


@BY
def test_choice_of_runs(tab: Tab, by: str) -> None:
    choice = lab(tab).get_by_role("group", name="Recorded runs")
    titles = choice.locator("label").all_inner_texts()
    assert titles == ["Finishes: counter = 2", "An update of counter is lost: counter = 1"]
    label = lab(tab).locator(".lab-label")
    assert not label.is_visible()
    radios = choice.get_by_role("radio")
    if by == MOUSE:
        choice.get_by_text(titles[1]).click()
    else:
        press(radios.nth(0), by, "ArrowRight")
    assert label.inner_text().startswith("This run is allowed by the language; not seen on GIL builds since 3.10")
    lab(tab).evaluate("lab => lab.player.goTo(lab.player.end - 1)")
    assert rows(tab, ".lab-values") == [["counter", "1"]]
    assert lab(tab).locator(".lab-output .lab-now").inner_text().strip() == "counter = 1"
    assert any("that update is lost" in words for words in lab(tab).locator(".lab-words li").all_text_contents())
    if by == MOUSE:
        choice.get_by_text(titles[0]).click()
    else:
        press(radios.nth(1), by, "ArrowLeft")
    assert (step(tab), radios.nth(0).is_checked()) == (0, True)
    assert lab(tab, DEADLOCK).get_by_role("group", name="Recorded runs").count() == 0


def test_another_run_is_none_of_the_recorded(tab: Tab) -> None:
    """A run that the live part shows has its own title; one that is recorded, too, is checked as such."""
    show = """(lab, changed) => {
        const run = structuredClone(lab.runs[1]);
        Object.assign(run.recording, changed);
        lab.player.show({ ...run, title: "Another" }, Infinity);
    }"""
    radios = lab(tab).locator(".lab-choice input")
    title = lab(tab).locator(".lab-title")
    lab(tab).evaluate(show, {"schedule": "0.1t1"})
    assert [radio.is_checked() for radio in radios.all()] == [False, False]
    assert (title.is_visible(), title.inner_text()) == (True, "Another")
    assert said(tab).startswith("The program has finished. This run is allowed by the language;")
    lab(tab).evaluate(show, {})
    assert [radio.is_checked() for radio in radios.all()] == [False, True]
    assert not title.is_visible()


def test_deadlock_is_told(tab: Tab) -> None:
    lab(tab, DEADLOCK).get_by_role("button", name="Last step").click()
    assert said(tab, DEADLOCK) == (
        "Deadlock: each thread waits for the next one. Thread-1 waits for lock_b, which Thread-2 holds (line 12); "
        "Thread-2 waits for lock_a, which Thread-1 holds (line 12)."
    )
    assert [row[1:] for row in rows(tab, ".lab-threads", DEADLOCK)] == [
        ["27", "waits for the end of Thread-1"],
        ["12", "waits for lock_b, held by Thread-2"],
        ["12", "waits for lock_a, held by Thread-1"],
    ]
    assert rows(tab, ".lab-locks", DEADLOCK) == [["lock_a", "Thread-1"], ["lock_b", "Thread-2"]]
    current = lab(tab, DEADLOCK).locator(".lab-words [aria-current=step]")
    assert current.text_content() == said(tab, DEADLOCK)


def test_lines_are_marked(tab: Tab) -> None:
    """Each thread's number stands beside the line that its row names, that of its last step, at each step."""
    heads = lab(tab, DEADLOCK).locator(".lab-threads thead th")
    assert heads.all_inner_texts() == ["Thread", "Last line", "What it does"]
    problems = lab(tab, DEADLOCK).evaluate(
        """(lab) => {
            const code = lab.querySelector("pre > code"), problems = [];
            const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
            const tops = [];
            for (let line = 1, fresh = true, node; (node = walker.nextNode()); )
                for (let at = 0; at < node.length; at++) {
                    if (node.data[at] === "\\n") { line += 1; fresh = true; continue; }
                    if (!fresh || node.data[at] === " ") continue;
                    const range = new Range(); range.setStart(node, at); range.setEnd(node, at + 1);
                    const box = range.getBoundingClientRect();
                    tops[line] = box.top + box.height / 2; fresh = false;
                }
            for (let step = 0; step <= lab.player.end; step++) {
                lab.player.goTo(step);
                const wanted = {}, found = {};
                for (const row of lab.querySelector(".lab-threads").tBodies[0].rows) {
                    const line = Number(row.cells[1].textContent);
                    if (line) wanted[row.cells[0].querySelector(".lab-badge").textContent] = line;
                }
                for (const mark of lab.querySelectorAll(".lab-marks > *")) {
                    const box = mark.getBoundingClientRect(), middle = box.top + box.height / 2;
                    const line = tops.findIndex((top) => top && Math.abs(top - middle) < 3);
                    for (const badge of mark.querySelectorAll(".lab-badge")) found[badge.textContent] = line;
                }
                if (JSON.stringify(wanted) !== JSON.stringify(found)) problems.push([step, wanted, found]);
            }
            return problems;
        }"""
    )
    assert problems == []


LAST_BEFORE_NUMBER = """(lab) => {
    const pre = lab.querySelector("pre[data-lines]"), problems = [];
    const { width, fontSize, fontFamily } = getComputedStyle(pre, "::before");
    const digit = pre.appendChild(document.createElement("span"));
    Object.assign(digit.style, { fontSize, fontFamily, position: "absolute" });
    digit.textContent = "8";
    for (let step = 0; step <= lab.player.end; step++) {
        lab.player.goTo(step);
        for (const mark of lab.querySelectorAll(".lab-marks > *")) {
            const range = new Range();
            range.selectNodeContents(mark);
            const top = mark.getBoundingClientRect().top - pre.getBoundingClientRect().top;
            const line = Math.round(top / mark.offsetHeight);
            const number = digit.getBoundingClientRect().width * `${Math.max(line, 10)}`.length;
            const left = pre.getBoundingClientRect().left + parseFloat(width) - number;
            const room = left - range.getBoundingClientRect().right;
            if (room < 2) problems.push([step, mark.textContent, room]);
        }
    }
    digit.remove();
    return problems;
}"""
"""Where the threads at a line come nearer than two pixels to its number, at any step."""


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_threads_stand_clear_of_the_lines_number(device: dict, open_tab: Callable[..., Tab]) -> None:
    """Also where there are more than are shown: "1 +2"."""
    tab = open_tab("threading/tools/semaphore/", **device)
    assert lab(tab).evaluate("lab => [lab.player.goTo(59), lab.querySelector('.lab-marks').textContent]")[1].count("+2")
    assert lab(tab).evaluate(LAST_BEFORE_NUMBER) == []


@pytest.mark.parametrize("page", ["threading/tools/barrier/", "lab/exercises/lost_update/"])
@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_the_copy_button_covers_no_code(device: dict, page: str, open_tab: Callable[..., Tab]) -> None:
    """It is in the bar below the program, or above the check, and nothing covers it."""
    tab = open_tab(page, **device)
    blocks = tab.locator(":is(thread-lab, thread-exercise) .snippet").all()
    assert blocks
    for block in blocks:
        code, button = block.locator("pre > code"), block.locator(".md-code__nav")
        lines, place = code.bounding_box(), button.bounding_box()
        assert place["y"] >= lines["y"] + lines["height"] or place["y"] + place["height"] <= lines["y"]
        button.locator("[data-md-type=copy]").click(trial=True)


MOVES_AS_IT_ARRIVES = """async ([address, width]) => {
    history.replaceState(null, "", address);
    const source = await (await fetch(address)).text();
    const text = source.replace("no-js", "js").replace(/<script\\b.*?<\\/script>/gs, "");
    const [start, ...parts] = text.split(
        /(<header class="md-header.*?<\\/header>|<section class="lab-(?:live|player)".*?<\\/section>)/s);
    const frame = document.createElement("iframe");
    frame.style.cssText = `position: fixed; width: ${width}px; height: 30000px`;
    document.body.append(frame);
    const page = frame.contentDocument;
    page.open();
    page.write(start);
    const waits = [...page.querySelectorAll("link[rel=stylesheet]")].filter((link) => !link.sheet);
    await Promise.all(waits.map((link) => new Promise((resolve) => link.addEventListener("load", resolve))));
    const moved = [];
    let seen = 0;
    for (const [index, part] of parts.entries()) {
        const places = new Map();
        for (const piece of index % 2 ? [part] : part.match(/<svg.*?<\\/svg>|<[^>]*>|[^<]+/gs)) {
            page.write(piece);
            for (const [element, { x, y }] of places) {
                const now = element.getBoundingClientRect();
                const by = Math.max(Math.abs(now.x - x), Math.abs(now.y - y));
                if (by < 3 || !now.width) continue; // what has gone has not moved
                moved.push(`${element.outerHTML} from ${x}, ${y} to ${now.x}, ${now.y} by ${piece}`);
                places.set(element, now);
            }
            const section = [...page.querySelectorAll(".md-header, .lab-live, .lab-player")].at(-1);
            for (const element of section.querySelectorAll(":not(.lab-legend *, svg *)")) {
                if (places.has(element) || getComputedStyle(element).display === "inline") continue;
                if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
                const now = element.getBoundingClientRect();
                if (now.width && now.height) places.set(element, now);
            }
        }
        seen += places.size;
    }
    frame.remove();
    return { seen, moved };
}"""
"""Writes the page into a frame, its header and each lab's parts tag by tag as on a slow network: what moves by three
pixels, as a browser counts. Not words in a text, nor a legend's entries, which wrap as they come."""


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_wherever_a_page_stops_arriving(width: int, open_tab: Callable[..., Tab]) -> None:
    """On every page with a lab or an exercise."""
    tab = open_tab("")
    home = tab.url
    for page in load_pages(DOCS):
        if any({"lab", "exercise"}.intersection(embed.classes) for embed in page.embeds):
            result = tab.evaluate(MOVES_AS_IT_ARRIVES, [f"{home}{page.topic}/".replace("index/", ""), width])
            assert result["seen"] > 10, page.topic
            assert result["moved"] == [], page.topic


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_a_page_loads(width: int, open_tab: Callable[..., Tab]) -> None:
    """On every page with a lab; all of it is in view, because what is not is no layout shift."""
    labs = [page.topic for page in load_pages(DOCS) if any("lab" in embed.classes for embed in page.embeds)]
    assert "threading/lock" in labs
    for topic in labs:
        whole = {"viewport": {"width": width, "height": 30_000}}
        tab = open_tab(f"{topic}/".replace("index/", ""), script=HIDE_FOOTER, **whole)
        assert tab.evaluate("innerHeight >= document.documentElement.scrollHeight"), topic
        assert tab.evaluate("document.querySelector('.md-footer').offsetHeight") == 0, topic
        assert tab.evaluate("layoutShifts") == [], topic
        tab.close()


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_nothing_moves(device: dict, open_tab: Callable[..., Tab]) -> None:
    """Not from step to step; the program and the page keep their width."""
    tab = open_tab(PATH, **device)
    for index in (LOST, DEADLOCK):
        moved = lab(tab, index).evaluate(
            """(lab) => {
                const inside = [...lab.querySelectorAll(".lab-player, .lab-player > *, .lab-state *")];
                const fixed = inside.filter((each) => !each.closest("td, .lab-time, pre"));
                const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
                const places = () => JSON.stringify(fixed.map((each) => place(each.getBoundingClientRect())));
                const before = places(), moved = [];
                for (let step = 0; step <= lab.player.end; step++) {
                    lab.player.goTo(step);
                    if (places() !== before) moved.push(step);
                }
                return moved;
            }"""
        )
        assert moved == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_phone(open_tab: Callable[..., Tab]) -> None:
    """The picture scrolls in its own box, follows the steps, and keeps the threads' numbers in view."""
    tab = open_tab(PATH, **PHONE)
    box = lab(tab).locator(".lab-scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    lab(tab).get_by_role("button", name="Last step").tap()
    until(tab, "document.querySelector('.lab-scroll').scrollLeft > 50")
    for inner in (".lab-cursor", ".lab-names"):
        until(
            tab,
            f"""(() => {{
                const box = document.querySelector(".lab-scroll");
                const outer = box.getBoundingClientRect();
                const {{ left }} = box.querySelector("{inner}").getBoundingClientRect();
                return left >= outer.left - 1 && left <= outer.right;
            }})()""",
        )
    controls = lab(tab).locator(".lab-control")
    assert min(controls.nth(index).bounding_box()["width"] for index in range(controls.count())) >= 24


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_names_are_in_view_where_one_picture_replaces_another(motion: str, open_tab: Callable[..., Tab]) -> None:
    """It may be scrolled as far as the one before it: then nothing scrolls, and the lanes' numbers are there."""
    tab = open_tab(PATH, **PHONE, reduced_motion=motion)
    inside = """(() => {
        const box = document.querySelector(".lab-scroll"), outer = box.getBoundingClientRect();
        const numbers = [...box.querySelectorAll(".lab-names .number")].map((each) => each.getBoundingClientRect());
        const isAtEnd = box.scrollLeft > 50 && box.scrollLeft + box.clientWidth > box.scrollWidth - 2;
        return isAtEnd && numbers.length === 3 && numbers.every(({ left, right }) =>
            left >= outer.left && right <= outer.right);
    })()"""
    show = """(lab) => lab.player.show(structuredClone(lab.runs[0]), Infinity)"""
    for _ in range(3):
        lab(tab).evaluate(show)
        until(tab, inside)


def test_no_line_no_crumb(open_tab: Callable[..., Tab]) -> None:
    """On a phone the line that a sentence is about has a place; before the first step there is none to see."""
    tab = open_tab(PATH, **PHONE)
    line = lab(tab).locator(".lab-at code")
    assert not line.is_visible()
    lab(tab).get_by_role("button", name="Step forward").tap()
    assert line.is_visible() and line.inner_text() == "3: counter = 0"


def test_reduced_motion(open_tab: Callable[..., Tab]) -> None:
    for motion, behavior in (("no-preference", "smooth"), ("reduce", "auto")):
        tab = open_tab(PATH, reduced_motion=motion)
        assert lab(tab).locator(".lab-scroll").evaluate("box => getComputedStyle(box).scrollBehavior") == behavior


@pytest.mark.parametrize("paper", [False, True], ids=["no-js", "print"])
def test_picture_and_words_remain(paper: bool, open_tab: Callable[..., Tab]) -> None:
    """Without JavaScript and on paper there are the picture and the words, and no dead controls."""
    tab = open_tab(PATH, java_script_enabled=paper)
    if paper:
        lab(tab).get_by_role("button", name="Last step").click()
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        tab.emulate_media(media="print")
    assert lab(tab).locator(".lab-picture").first.is_visible()
    titles = ["Finishes: counter = 2", "An update of counter is lost: counter = 1"]
    assert lab(tab).locator(".lab-title").all_inner_texts() == titles
    assert [each.get_by_text("that update is lost").count() for each in lab(tab).locator(".lab-words").all()] == [0, 1]
    if not paper:
        lab(tab).get_by_text("This run in words").click()
        lab(tab).locator("summary").last.click()
        assert lab(tab).locator(".lab-picture").last.is_visible()
    assert all(words.is_visible() for words in lab(tab).locator(".lab-words li").all())
    for hidden in (".lab-controls", ".lab-choice", ".lab-sentence", ".lab-at", ".lab-state", ".lab-cursor"):
        assert not any(each.is_visible() for each in lab(tab).locator(hidden).all()), hidden
    elsewhere = lab(tab).locator(".lab-elsewhere")
    assert elsewhere.is_visible() == paper
    if paper:
        assert elsewhere.inner_text() == f"This lab has 2 recorded runs; the page {tab.url} plays them all."
        tab.set_viewport_size({"width": 500, "height": 700})
        whole = lab(tab).bounding_box()
        for each in lab(tab).locator(".lab-picture").all():
            picture = each.bounding_box()
            assert picture["x"] + picture["width"] <= whole["x"] + whole["width"]


def test_both_runs_are_printed(open_tab: Callable[..., Tab]) -> None:
    """The run in the player, and the first or the last recorded one; afterwards the page is as before."""
    tab = open_tab(PATH)
    lost = lab(tab)
    before = lost.evaluate("lab => lab.innerHTML")
    tab.evaluate(
        """() => {
            window.printed = [];
            addEventListener("beforeprint", () => window.printed.push(
                [...document.querySelectorAll("thread-lab")].map(lab =>
                    [...lab.querySelectorAll(".lab-title")].map(title => title.textContent))));
        }"""
    )
    titles = ["Finishes: counter = 2", "An update of counter is lost: counter = 1"]
    tab.pdf()
    assert lost.evaluate("lab => lab.innerHTML") == before
    lost.locator(".lab-choice label").nth(1).click()
    tab.pdf()
    assert lost.locator(".lab-choice input").nth(1).is_checked()
    assert tab.evaluate("printed") == [[titles, ["Deadlock"]], [titles[::-1], ["Deadlock"]]]
    assert tab.messages == []


def test_a_picture_that_is_too_wide_for_paper_is_left_to_the_words(open_tab: Callable[..., Tab]) -> None:
    """What is printed can be read: no letter is smaller than 6 pixels on A4."""
    tab = open_tab("threading/tools/semaphore/", viewport={"width": 794, "height": 1123})
    parts = [lab(tab).locator(part).first for part in (".lab-scroll", ".lab-legend")]
    assert all(part.is_visible() for part in parts)
    tab.emulate_media(media="print")
    assert not any(part.is_visible() for part in parts)
    assert lab(tab).locator(".lab-words li").first.is_visible()
    assert tab.evaluate("document.querySelector('.lab-player').getBoundingClientRect().width") * 10 / PAPER >= 6


def test_paper_has_no_run_of_another_program(open_tab: Callable[..., Tab]) -> None:
    """Beside a run of the reader's own program no recorded one is printed."""
    tab = open_tab(PATH)
    lab(tab).evaluate(
        """lab => {
            const run = structuredClone(lab.runs[0]);
            run.recording.program.source += "print()\\n";
            lab.player.show({ ...run, title: "Mine" });
        }"""
    )
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert lab(tab).locator(".lab-title").all_text_contents() == ["Mine"]


def test_paper_has_what_words_speak_of(open_tab: Callable[..., Tab]) -> None:
    """The numbers of the lines; and nothing of the workbench that only a click makes use of."""
    tab = open_tab(PATH)
    tab.emulate_media(media="print")
    numbers = "code => getComputedStyle(code, '::before').content"
    shown = lab(tab).locator("pre[data-lines]").evaluate(numbers)
    assert "1\\a 2\\a 3" in shown.lower() or "1\n2\n3" in shown, shown
    assert (
        lab(tab)
        .locator("pre[data-lines]")
        .evaluate(
            """pre => {
            const [numbers, code] = [getComputedStyle(pre, "::before"), getComputedStyle(pre.querySelector("code"))];
            return numbers.fontSize === code.fontSize && numbers.lineHeight === code.lineHeight
                && Math.round(10 * parseFloat(numbers.paddingTop)) === Math.round(10 * parseFloat(code.paddingTop))
                && code.whiteSpace === "pre";
        }"""
        )
    ), "the numbers stand beside their lines"
    tab = open_tab("lab/")
    tab.emulate_media(media="print")
    assert not any(each.is_visible() for each in lab(tab).locator("select, button, textarea").all())
    tab.emulate_media(media="screen")
    lab(tab).get_by_role("button", name="Edit", exact=True).click()
    editor = lab(tab).locator(".cm-editor")
    editor.wait_for()
    tab.emulate_media(media="print")
    assert not editor.is_visible()
    tab.emulate_media(media="screen")
    editor.locator(".cm-content").focus()
    tab.keyboard.insert_text("print()")
    tab.emulate_media(media="print")
    assert editor.is_visible(), "what the reader has typed"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(scheme: str, open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(PATH, color_scheme=scheme, bypass_csp=True)
    for index in (LOST, DEADLOCK):
        lab(tab, index).locator("summary").click()
        lab(tab, index).evaluate("lab => lab.player.goTo(14)")
    found = Axe().run(tab, context="thread-lab")
    assert found.response["violations"] == [], found.generate_report()
    contrasts = tab.evaluate(CONTRASTS)
    assert len(contrasts) == 8 and min(contrasts) >= 4.5, contrasts


@pytest.mark.parametrize("path", ["threading/subclassing/", "lab/"])
def test_what_is_hidden_is_not_there(path: str, open_tab: Callable[..., Tab]) -> None:
    """The table of locks of a program without a lock; the player of a lab without a run."""
    hidden = open_tab(path).evaluate(
        """[...document.querySelectorAll("thread-lab [hidden]")].map(({ className, offsetHeight }) =>
            [className, offsetHeight])"""
    )
    assert ["lab-locks", 0] in hidden and not any(height for _, height in hidden), hidden


def test_size(site: Server, open_tab: Callable[..., Tab]) -> None:
    """Script, style and static markup of the player, gzipped, before the first click."""
    site.sent.clear()
    tab = open_tab(PATH)
    sent = {path: size for path, size in site.sent if "/assets/lab/" in path}
    assert "/assets/lab/player.js" in sent and not any("pyodide" in path or "live" in path for path in sent)
    markup = lab(tab).evaluate("lab => lab.querySelector('.lab-player').outerHTML")
    total = sum(sent.values()) + len(gzip.compress(markup.encode()))
    assert total <= MAX_KB * 1024, f"{total} bytes: {sent}"
