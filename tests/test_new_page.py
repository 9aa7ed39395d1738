"""The command `new-page`: what it writes passes every check, and what it refuses leaves the tree as it was."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from trees import build, copy_tree, run_checks

from authoring import new_page
from authoring.snippets import MAX_WIDTH

CONFIG = """\
site_name: Example
site_url: !ENV [SITE_URL, ""]

nav:
  # What comes first.
  - Home: index.md
  - Threading:
      - threading/index.md
      - Lock: threading/lock.md  # the first one to read

      - "Daemon: why not": "threading/daemon.md"
      - Tools:
          - threading/tools/index.md
          - Timer: threading/tools/timer.md
  - Measuring: measure/measuring.ipynb

plugins: [search]
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository, which is the current folder."""
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    for folder in ("snippets/threading/tools", "docs/threading/tools"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs/threading/lock.md").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(tree: Path) -> dict[str, bytes]:
    return {str(file.relative_to(tree)): file.read_bytes() for file in tree.rglob("*") if file.is_file()}


def with_line(after: str, line: str) -> str:
    """The configuration with one more line."""
    at = CONFIG.index(after) + len(after)
    at = CONFIG.index("\n", at) + 1
    return CONFIG[:at] + line + "\n" + CONFIG[at:]


@pytest.mark.parametrize(
    ("path", "title", "options", "expected"),
    [
        (
            "threading/tools/rlock",
            "RLock",
            [],
            with_line("tools/timer.md", "          - RLock: threading/tools/rlock.md"),
        ),
        ("threading/pool", "Pool", [], with_line("daemon.md", "      - Pool: threading/pool.md")),
        (
            "threading/pool",
            "Pool",
            ["--after", "threading/lock"],
            with_line("lock.md", "      - Pool: threading/pool.md"),
        ),
        ("measure/cost", "Cost", [], with_line("measuring.ipynb", "  - Cost: measure/cost.md")),
        (
            "threading/gil",
            "What's new: GIL",
            [],
            with_line("daemon.md", '      - "What\'s new: GIL": threading/gil.md'),
        ),
        ("threading/off", "Off", [], with_line("daemon.md", '      - "Off": threading/off.md')),
    ],
)
def test_nav(tree: Path, path: str, title: str, options: list[str], expected: str) -> None:
    """One line is new, at its place; every other byte stays."""
    assert new_page.main([path, title, *options]) == 0
    assert (tree / "mkdocs.yml").read_text() == expected
    yaml.safe_load(expected.replace("!ENV ", ""))


def test_nav_at_the_end_of_the_file(tree: Path) -> None:
    (tree / "mkdocs.yml").write_text(CONFIG[: CONFIG.index("\n\nplugins")])
    assert new_page.main(["measure/cost", "Cost"]) == 0
    assert (tree / "mkdocs.yml").read_text().endswith("measuring.ipynb\n  - Cost: measure/cost.md\n")


def test_files(tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "docs")
    assert new_page.main(["threading/tools/rlock", "RLock"]) == 0
    page = (tree / "docs/threading/tools/rlock.md").read_text()
    assert "\n# RLock\n" in page
    assert '\n```python\n--8<-- "threading/tools/rlock.py"\n```\n' in page
    assert "snippets/threading/tools/rlock_broken.py" in page
    assert (tree / "snippets/threading/tools/rlock.py").is_file()
    printed = capsys.readouterr().out
    assert "docs/threading/tools/rlock.md" in printed
    update = "uv run pytest tests/test_snippets.py --update-examples -k threading/tools/rlock.py\n"
    assert printed.endswith(update)


def test_snippet_hides_no_module(tree: Path) -> None:
    """Programs beside a file queue.py would import it instead of the standard library's."""
    assert new_page.main(["threading/tools/queue", "Queue"]) == 0
    assert (tree / "snippets/threading/tools/queue_basic.py").is_file()
    assert not (tree / "snippets/threading/tools/queue.py").exists()
    assert '--8<-- "threading/tools/queue_basic.py"' in (tree / "docs/threading/tools/queue.md").read_text()


@pytest.mark.parametrize("title", ["x", "W" * new_page.MAX_TITLE])
def test_snippet_runs(tree: Path, title: str) -> None:
    assert new_page.main(["threading/pool", title]) == 0
    file = tree / "snippets/threading/pool.py"
    run = subprocess.run([sys.executable, "-W", "error", file], capture_output=True, text=True, check=True)
    assert run.stdout == f"TODO: {title}\n"
    assert run.stdout in file.read_text().replace("#> ", "")
    assert max(map(len, file.read_text().splitlines())) <= MAX_WIDTH
    page = (tree / "docs/threading/pool.md").read_text()
    description = next(yaml.safe_load_all(page))["description"]
    assert 70 <= len(description) <= 155


@pytest.mark.parametrize(
    ("arguments", "file", "remedy"),
    [
        (["queue", "Queue"], "docs/queue:", "section/topic"),
        (["threading/Queue", "Queue"], "docs/threading/Queue:", "lower-case"),
        (["threading/queue.md", "Queue"], "docs/threading/queue.md:", "without an ending"),
        (["../threading/queue", "Queue"], "docs/../threading/queue:", "lower-case"),
        (["/threading/queue", "Queue"], "docs//threading/queue:", "lower-case"),
        (["threading/queue\n", "Queue"], "docs/threading/queue", "lower-case"),
        (["threading/lock", "Lock"], "mkdocs.yml:", "edit that page"),
        (["threading/stray", "Stray"], "docs/threading/stray.md:", "edit that file"),
        (["threading/stray_notebook", "Stray"], "docs/threading/stray_notebook.ipynb:", "edit that file"),
        (["threading/stray_snippet", "Stray"], "snippets/threading/stray_snippet.py:", "edit that file"),
        (["threading/tools", "Tools"], "docs/threading/tools/:", "another path"),
        (["lab/exercises/ring", "Ring"], "docs/lab/exercises/ring.md:", "Add an exercise"),
        (["asyncio/task", "Task"], "mkdocs.yml:", "measure, threading, threading/tools"),
        (["asyncio/task", "Task", "--after", "threading/lock"], "mkdocs.yml:", "by hand"),
        (["threading/pool", "Pool", "--after", "threading/none"], "mkdocs.yml:", "one of its pages"),
        (["threading/pool", " "], "title", "1 to 40"),
        (["threading/pool", "W" * 41], "title", "1 to 40"),
        (["threading/pool", 'The "pool"'], "title", "backslash"),
        (["threading/pool", "two\nlines"], "title", "printable"),
    ],
)
def test_refuses(tree: Path, arguments: list[str], file: str, remedy: str, capsys: pytest.CaptureFixture[str]) -> None:
    for stray in ("docs/threading/stray.md", "docs/threading/stray_notebook.ipynb"):
        (tree / stray).touch()
    (tree / "snippets/threading/stray_snippet.py").touch()
    before = contents(tree)
    assert new_page.main(arguments) == 2
    printed = capsys.readouterr()
    assert file in printed.err
    assert remedy in printed.err
    assert printed.out == ""
    assert contents(tree) == before


def test_refuses_outside_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert new_page.main(["threading/pool", "Pool"]) == 2
    assert "mkdocs.yml: not found" in capsys.readouterr().err
    assert not contents(tmp_path)


def test_new_page_passes_the_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a copy of this repository, by the copy's own checks and a strict build.

    The topics are ones that nobody will write: one has the name of a module of the standard library.
    """
    monkeypatch.chdir(copy_tree(tmp_path))
    assert new_page.main(["threading/tools/sched", "Scheduler"]) == 0
    assert new_page.main(["threading/a_pool", "Pool: it's new", "--after", "threading/lock"]) == 0
    chosen = "(sched or a_pool.md or a_pool.py or nav or every or format) and not finished"
    checks = run_checks(tmp_path, "tests/test_pages.py", "tests/test_snippets.py", "-k", chosen)
    assert checks.returncode == 0, checks.stdout + checks.stderr
    built = build(tmp_path)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site/threading/tools/sched/index.html").is_file()
