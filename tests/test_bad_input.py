"""Breaks a copy of the tree in every way that a contributor may, runs the real checks on it, and sees them fail.

Each failure must name the file and the line, and say what to do.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

TREE = [
    "authoring",
    "docs",
    "snippets",
    "tests",
    "theme",
    "mkdocs.yml",
    "pyproject.toml",
    "CONTRIBUTING.md",
    "README.md",
]
PAGE = "docs/threading/lock.md"
SNIPPET = "snippets/threading/lock_sabotage.py"
EMBED = '\n```python\n--8<-- "threading/lock_sabotage.py"\n```\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that the checks read."""
    for name in TREE:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return tmp_path


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
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=120)


def add_to_page(text: str) -> Callable[[Path], str]:
    """Appends text to the Lock page; gives the place of its first line that is not empty, as FILE:LINE."""

    def sabotage(tree: Path) -> str:
        page = tree / PAGE
        before = page.read_text()
        page.write_text(before + text)
        blank = len(text) - len(text.lstrip("\n"))
        return f"{PAGE}:{before.count(chr(10)) + blank + 1}"

    return sabotage


def block(text: str) -> Callable[[Path], str]:
    """Appends a block; gives the place of the line `counter_x = 1`, with which its code begins."""

    def sabotage(tree: Path) -> str:
        add_to_page(text)(tree)
        lines = (tree / PAGE).read_text().splitlines()
        return f"{PAGE}:{next(n for n, line in enumerate(lines, 1) if 'counter_x' in line)}"

    return sabotage


def snippet(source: str, line: int, *, embedded: bool = True) -> Callable[[Path], str]:
    """Adds a snippet, embedded in its page; gives the place of its line number `line`."""

    def sabotage(tree: Path) -> str:
        (tree / SNIPPET).write_text(source)
        if embedded:
            add_to_page(EMBED)(tree)
        return f"{SNIPPET}:{line}"

    return sabotage


def page_without_nav(tree: Path) -> str:
    (tree / "docs/threading/stray.md").write_text("---\ndescription: None.\n---\n\n# Stray\n")
    return "docs/threading/stray.md:1"


def nav_without_page(tree: Path) -> str:
    config = tree / "mkdocs.yml"
    lines = config.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "threading/lock.md" in line)
    lines.insert(at, lines[at].replace("lock.md", "stray.md"))
    config.write_text("".join(lines))
    return f"mkdocs.yml:{at + 1}"


def notebook_with_code(tree: Path) -> str:
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
PAGES, SNIPPETS = "tests/test_pages.py", "tests/test_snippets.py"
CASES = {
    "missing snippet": (add_to_page('\n--8<-- "threading/lock_none.py"\n'), PAGES, "Write that file"),
    "missing section": (add_to_page('\n--8<-- "threading/lock.py:nowhere"\n'), PAGES, "[start:nowhere]"),
    "inline Python": (block("\n```python\ncounter_x = 1\n```\n"), PAGES, "Write it to"),
    "inline Python, untagged": (block("\n```\ncounter_x = 1\n```\n"), PAGES, "Write it to"),
    "inline Python, tildes": (block("\n~~~\ncounter_x = 1\n~~~\n"), PAGES, "Write it to"),
    "inline Python, indented": (block("\ntext\n\n    counter_x = 1\n"), PAGES, "Write it to"),
    "inline Python, pre": (block("\n<pre>\ncounter_x = 1\n</pre>\n"), PAGES, "Write it to"),
    "inline Python, as text": (block("\n```text\ncounter_x = 1\n```\n"), PAGES, "Write it to"),
    "inline Python, as console": (block("\n```console\ncounter_x = 1\n```\n"), PAGES, "Write it to"),
    "inline Python, as JSON": (block("\n```json\ncounter_x = 1\n```\n"), PAGES, "Write it to"),
    "block without a language": (block("\n```\ncounter_x, in words\n```\n"), PAGES, "a fence with one"),
    "orphan": (snippet("print(1)\n#> 1\n", 1, embedded=False), PAGES, "Add a fence"),
    "broken link": (add_to_page("\n[there](nowhere.md)\n"), PAGES, "Correct it"),
    "broken anchor": (add_to_page("\n[there](thread.md#nowhere)\n"), PAGES, "It has:"),
    "absolute link": (add_to_page("\n[there](/threading/thread/)\n"), PAGES, "write it relative"),
    "page not in nav": (page_without_nav, PAGES, "Add a line"),
    "nav without page": (nav_without_page, PAGES, "Correct it, or write the page"),
    "code in a notebook": (notebook_with_code, PAGES, "Define it in"),
    "wrong output": (snippet('print("new")\n#> old\n', 2), SNIPPETS, "--update-examples"),
    "output that is missing": (snippet('print("new")\n', 1), SNIPPETS, "--update-examples"),
    "output too many": (snippet('print("new")\n#> new\n#> newer\n', 3), SNIPPETS, "--update-examples"),
    "exception": (snippet("print(1)\n#> 1\n1 / 0\n", 3), SNIPPETS, "Mend it"),
    "exception in a thread": (snippet(THREAD.format("raise ValueError"), 5), SNIPPETS, "Mend it"),
    "print in a thread": (snippet(THREAD.format("print(1)\n    #> 1"), 5), SNIPPETS, "from the main thread"),
    "hang": (snippet(HANG, 3), SNIPPETS, "most recent call first"),
    "too wide": (snippet(f"print({'1' * 70}) # wide\n", 1), SNIPPETS, "break it"),
    "unknown directive": (snippet(DIRECTIVE.format('flaky = "yes"'), 3), SNIPPETS, "there are any_order"),
    "unknown ending": (snippet(DIRECTIVE.format('ending = ["slow"]'), 3), SNIPPETS, "there are finished"),
    "no reason": (snippet(DIRECTIVE.format('any_order = ""'), 3), SNIPPETS, "not empty"),
    "does not raise": (snippet(DIRECTIVE.format('raises = "KeyError"'), 1), SNIPPETS, "was to end with KeyError"),
    "does not deadlock": (snippet(DIRECTIVE.format('ending = ["deadlock"]'), 1), SNIPPETS, "declared as"),
    "open section": (snippet("# --8<-- [start:part]\nprint(1)\n#> 1\n", 1), PAGES, "[end:part]"),
}


@pytest.mark.parametrize(("sabotage", "checks", "remedy"), CASES.values(), ids=CASES)
def test_check_fails(sabotage: Callable[[Path], str], checks: str, remedy: str, tree: Path) -> None:
    place = sabotage(tree)
    run = run_checks(tree, checks, "-k", "lock or nav or every or notebook")
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{place}:" in run.stdout, f"does not name {place}:\n{run.stdout}"
    assert remedy in run.stdout, f"does not say what to do ({remedy}):\n{run.stdout}"


def test_unharmed_copy_passes(tree: Path) -> None:
    """What the cases above find is what they did, not what the copying did."""
    run = run_checks(tree, PAGES, SNIPPETS, "-k", "lock or nav or every or notebook")
    assert run.returncode == 0, run.stdout + run.stderr


BUILD_CASES = {
    name: CASES[name][0]
    for name in (
        "missing snippet",
        "missing section",
        "inline Python",
        "broken link",
        "broken anchor",
        "page not in nav",
    )
}


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    """Builds the copy strictly, without executing its notebook."""
    config = tree / "mkdocs.yml"
    config.write_text(config.read_text().replace("execute: true", "execute: false"))
    return run_in(tree, [sys.executable, "-m", "mkdocs", "build", "--strict"])


@pytest.mark.parametrize("sabotage", BUILD_CASES.values(), ids=BUILD_CASES)
def test_strict_build_fails(sabotage: Callable[[Path], str], tree: Path) -> None:
    """Whoever only builds the site is told, too; MkDocs's own messages name the file, but no line."""
    file = sabotage(tree).split(":")[0].removeprefix("docs/")
    run = build(tree)
    assert run.returncode == 1, run.stderr
    assert file in run.stderr


def test_unharmed_copy_builds(tree: Path) -> None:
    run = build(tree)
    assert run.returncode == 0, run.stderr


def test_update_writes_the_output(tree: Path) -> None:
    source = 'for n in range(2):\n    print("square", n * n)\nprint("end")\n#> old\n'
    place = snippet(source, 1)(tree).split(":")[0]
    run_checks(tree, SNIPPETS, "--update-examples", "-k", "lock_sabotage")
    assert (tree / place).read_text() == (
        'for n in range(2):\n    print("square", n * n)\n    #> square 0\n    #> square 1\nprint("end")\n#> end\n'
    )
    assert run_checks(tree, SNIPPETS, "-k", "lock_sabotage").returncode == 0


def test_update_writes_nothing_that_a_real_run_does_not_print(tree: Path) -> None:
    """pytest-examples does not see this output; it would write a file that passes its own check."""
    source = "import sys\n\nsys.stdout.write('unseen\\n')\n"
    place = snippet(source, 1)(tree).split(":")[0]
    run = run_checks(tree, SNIPPETS, "--update-examples", "-k", "lock_sabotage")
    assert run.returncode == 1
    assert "not updated" in run.stdout
    assert (tree / place).read_text() == source
