"""Breaks a copy of the tree in every way that a contributor may, runs the real checks on it, and sees them fail.

Each failure must name the file and the line, and say what to do. What does not hide other failures is broken in one
copy and checked in one run: a message stands only in the report of a test that failed.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.xdist_group("bad input")

TREE = ["authoring", "docs", "snippets", "tests", "theme", "mkdocs.yml", "pyproject.toml", "CONTRIBUTING.md"]
PAGE = "docs/threading/lock.md"
OTHER_PAGE = "docs/threading/subclassing.md"
Sabotage = Callable[[Path, str], str]
"""Breaks the tree (its folder, a name free for a variant of a snippet); gives the place, FILE:LINE, to be named."""


def copy_tree(target: Path) -> Path:
    """A copy of all that the checks read."""
    for name in TREE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".ruff_cache"))
        else:
            shutil.copyfile(ROOT / name, target / name)
    return target


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_tree(tmp_path)


def run_checks(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the copy's own tests on the copy; snippets that hang are killed after 3 s."""
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses=0", "-p", "no:cacheprovider"]
    return run_in(tree, [*command, "-o", "snippet_time_limit=3", *arguments])


def run_in(tree: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    # The copy's own package, not the one that is installed.
    environment = {
        "PYTHONPATH": str(tree),
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(tree),
        "NO_COLOR": "1",
    }
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=200)


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    """Builds the copy strictly, without executing its notebook."""
    config = tree / "mkdocs.yml"
    config.write_text(config.read_text().replace("execute: true", "execute: false"))
    return run_in(tree, [sys.executable, "-m", "mkdocs", "build", "--strict"])


# ------------------------------------------------------------------ sabotage


def append(text: str, page: str = PAGE) -> Sabotage:
    """Appends text to a page; the place is its first line that is not empty, or the one that holds `culprit`."""

    def sabotage(tree: Path, _free: str) -> str:
        before = (tree / page).read_text()
        (tree / page).write_text(before + text)
        added = text.split("\n")
        first = next((n for n, line in enumerate(added) if "culprit" in line), None)
        first = next(n for n, line in enumerate(added) if line) if first is None else first
        return f"{page}:{before.count(chr(10)) + 1 + first}"

    return sabotage


def snippet(source: str, line: int, *, embedded: bool = True) -> Sabotage:
    """Adds a snippet, embedded in its page; the place is its line number `line`."""

    def sabotage(tree: Path, free: str) -> str:
        name = f"threading/lock_{free}.py"
        (tree / "snippets" / name).write_text(source)
        if embedded:
            append(f'\n```python\n--8<-- "{name}"\n```\n')(tree, free)
        return f"snippets/{name}:{line}"

    return sabotage


def page_without_nav(tree: Path, _free: str) -> str:
    (tree / "docs/threading/stray.md").write_text("---\ndescription: None.\n---\n\n# Stray\n")
    return "docs/threading/stray.md:1"


def nav_without_page(tree: Path, _free: str) -> str:
    config = tree / "mkdocs.yml"
    lines = config.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "threading/lock.md" in line)
    lines.insert(at, lines[at].replace("lock.md", "none.md"))
    config.write_text("".join(lines))
    return f"mkdocs.yml:{at + 1}"


def code_in_notebook(tree: Path, _free: str) -> str:
    file = tree / "docs/measure/measuring.ipynb"
    notebook = json.loads(file.read_text())
    cell = {"cell_type": "code", "execution_count": None, "id": "bad", "metadata": {}, "outputs": []}
    notebook["cells"].append(cell | {"source": ["def smuggled():\n", "    return 1"]})
    file.write_text(json.dumps(notebook, indent=1))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "smuggled" in text)
    return f"docs/measure/measuring.ipynb:{line}"


DIRECTIVE = """\
# /// script
# [tool.snippet]
# {}
# ///
# --8<-- [start:program]
print(1)
#> 1
# --8<-- [end:program]
"""
THREAD = """\
from threading import Thread


def work():
    {}


thread = Thread(target=work)
thread.start()
thread.join()
"""
HANG = "from threading import Event\n\nEvent().wait()\n"
MISSING = {
    "missing snippet": (append('\n--8<-- "threading/subclassing_none.py"\n', OTHER_PAGE), "Write that file"),
    "missing section": (append('\n--8<-- "threading/subclassing.py:nowhere"\n', OTHER_PAGE), "[start:nowhere]"),
}
LINKS_AND_NAV = {
    "inline Python": (append("\n```python\nculprit_1 = 1\n```\n"), "Write it to"),
    "broken link": (append("\n[culprit](nowhere.md)\n"), "Correct it"),
    "broken anchor": (append("\n[culprit](thread.md#nowhere)\n"), "It has:"),
    "page not in nav": (page_without_nav, "Add a line"),
}
TOGETHER = LINKS_AND_NAV | {
    "inline Python, untagged": (append("\n```\nculprit_2 = 1\n```\n"), "Write it to"),
    "inline Python, tildes": (append("\n~~~\nculprit_3 = 1\n~~~\n"), "Write it to"),
    "inline Python, indented": (append("\ntext\n\n    culprit_4 = 1\n"), "Write it to"),
    "inline Python, pre": (append("\n<pre>\nculprit_5 = 1\n</pre>\n"), "Write it to"),
    "inline Python, as text": (append("\n```text\nculprit_6 = 1\n```\n"), "Write it to"),
    "inline Python, as console": (append("\n```console\nculprit_7 = 1\n```\n"), "Write it to"),
    "inline Python, as JSON": (append("\n```json\nculprit_8 = 1\n```\n"), "Write it to"),
    "block without a language": (append("\n```\nculprit, in words\n```\n"), "a fence with one"),
    "absolute link": (append("\n[culprit](/threading/thread/)\n"), "write it relative"),
    "nav without page": (nav_without_page, "Correct it, or write the page"),
    "code in a notebook": (code_in_notebook, "Define it in"),
    "orphan": (snippet("print(1)\n#> 1\n", 1, embedded=False), "Add a fence"),
    "wrong output": (snippet('print("new")\n#> old\n', 2), "--update-examples"),
    "output that is missing": (snippet('print("new")\n', 1), "--update-examples"),
    "output too many": (snippet('print("new")\n#> new\n#> newer\n', 3), "--update-examples"),
    "exception": (snippet("print(1)\n#> 1\n1 / 0\n", 3), "Mend it"),
    "exception in a thread": (snippet(THREAD.format("raise ValueError"), 5), "Mend it"),
    "print in a thread": (snippet(THREAD.format("print(1)\n    #> 1"), 5), "from the main thread"),
    "hang": (snippet(HANG, 3), "most recent call first"),
    "too wide": (snippet(f"print({'1' * 70}) # wide\n", 1), "break it"),
    "unknown directive": (snippet(DIRECTIVE.format('flaky = "yes"'), 3), "there are any_order"),
    "unknown ending": (snippet(DIRECTIVE.format('ending = ["slow"]'), 3), "there are finished"),
    "no reason": (snippet(DIRECTIVE.format('any_order = ""'), 3), "not empty"),
    "does not raise": (snippet(DIRECTIVE.format('raises = "KeyError"'), 1), "was to end with KeyError"),
    "does not deadlock": (snippet(DIRECTIVE.format('ending = ["deadlock"]'), 1), "declared as"),
}


@dataclass(frozen=True)
class Report:
    """What the checks said of a copy in which several things are broken, and the place of each."""

    places: dict[str, str]
    run: subprocess.CompletedProcess[str]


def report(
    tree: Path, cases: dict[str, tuple[Sabotage, str]], run: Callable[[Path], subprocess.CompletedProcess[str]]
) -> Report:
    places = {name: case[0](tree, f"bad_{number}") for number, (name, case) in enumerate(cases.items())}
    return Report(places, run(tree))


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    """Runs the checks of what the cases above break."""
    return run_checks(
        tree, "tests/test_pages.py", "tests/test_snippets.py", "-k", "lock or subclassing or nav or every or notebook"
    )


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(copy_tree(tmp_path_factory.mktemp("checked")), TOGETHER | MISSING, check)


@pytest.mark.parametrize("name", TOGETHER | MISSING)
def test_check_fails(name: str, checked: Report) -> None:
    assert checked.run.returncode == 1, checked.run.stdout + checked.run.stderr
    place, remedy = checked.places[name], (TOGETHER | MISSING)[name][1]
    messages = [text for text in checked.run.stdout.split(f"{place}:")[1:] if remedy in text[:3000]]
    assert messages, f"{name}: no message names {place} and says what to do ({remedy}):\n{checked.run.stdout}"


def test_section_that_is_left_open(tree: Path) -> None:
    place = snippet("# --8<-- [start:part]\nprint(1)\n#> 1\n", 1)(tree, "open")
    run = check(tree)
    assert run.returncode == 1
    assert f"{place}: section 'part' does not end; add '# --8<-- [end:part]'" in run.stdout


def test_unharmed_copy_passes(tree: Path) -> None:
    """What the cases above find is what they did, not what the copying did."""
    run = check(tree)
    assert run.returncode == 0, run.stdout + run.stderr
    run = build(tree)
    assert run.returncode == 0, run.stderr


# ------------------------------------------------------------------ the build alone


@pytest.mark.parametrize("cases", [MISSING, LINKS_AND_NAV], ids=["missing", "links and nav"])
def test_strict_build_fails(cases: dict[str, tuple[Sabotage, str]], tree: Path) -> None:
    """Whoever only builds the site is told, too; for links and nav in MkDocs's own words, which name no line."""
    built = report(tree, cases, build)
    assert built.run.returncode == 1, built.run.stderr
    complaints = [line for line in built.run.stderr.splitlines() if line.startswith(("WARNING", "ERROR", "docs/"))]
    if cases is MISSING:
        text = "\n".join(complaints) + built.run.stdout
        assert all(f"{place}:" in text for place in built.places.values()), built.run.stderr
    else:
        needles = ["culprit_1", "nowhere.md", "#nowhere", "stray.md"]
        found = [sum(needle in line for line in complaints) or "stray.md" in built.run.stderr for needle in needles]
        assert all(found), built.run.stderr


# ------------------------------------------------------------------ --update-examples


def test_update_writes_the_output(tree: Path) -> None:
    source = 'for n in range(2):\n    print("square", n * n)\nprint("end")\n#> old\n'
    place = snippet(source, 1)(tree, "update").split(":")[0]
    run_checks(tree, "tests/test_snippets.py", "--update-examples", "-k", "lock_update")
    assert (tree / place).read_text() == (
        'for n in range(2):\n    print("square", n * n)\n    #> square 0\n    #> square 1\nprint("end")\n#> end\n'
    )
    assert run_checks(tree, "tests/test_snippets.py", "-k", "lock_update").returncode == 0


def test_update_writes_nothing_that_a_real_run_does_not_print(tree: Path) -> None:
    """pytest-examples does not see this output; it would write a file that passes its own check."""
    source = "import sys\n\nsys.stdout.write('unseen\\n')\n"
    place = snippet(source, 1)(tree, "update").split(":")[0]
    run = run_checks(tree, "tests/test_snippets.py", "--update-examples", "-k", "lock_update")
    assert run.returncode == 1
    assert "not updated" in run.stdout
    assert (tree / place).read_text() == source
