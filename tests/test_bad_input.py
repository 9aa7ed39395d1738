"""Breaks a copy of the tree in every way that a contributor may, runs the real checks on it, and sees them fail.

Each failure must name the file and the line, and say what to do. What does not hide other failures is broken in one
copy and checked in one run: a message stands only in the report of a test that failed.
"""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from trees import build, copy_tree, run_checks

pytestmark = pytest.mark.xdist_group("bad input")

PAGE = "docs/threading/lock.md"
OTHER_PAGE = "docs/threading/subclassing.md"
Sabotage = Callable[[Path, str], str]
"""Breaks the tree (its folder, a name free for a variant of a snippet); gives the place, FILE:LINE, to be named."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_tree(tmp_path)


# ------------------------------------------------------------------ sabotage


def append(text: str, page: str = PAGE) -> Sabotage:
    """Appends text to a page; the place is its first line that is not empty, or the one with `culprit` or an embed."""

    def sabotage(tree: Path, _free: str) -> str:
        before = (tree / page).read_text()
        (tree / page).write_text(before + text)
        added = text.split("\n")
        first = next((n for n, line in enumerate(added) if "culprit" in line or "8<--" in line), None)
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


def page_without_front_matter(tree: Path, _free: str) -> str:
    (tree / "docs/threading/lock_bare.md").write_text("# Bare\n")
    return "docs/threading/lock_bare.md:1"


def nav_without_page(tree: Path, _free: str) -> str:
    config = tree / "mkdocs.yml"
    lines = config.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "threading/lock.md" in line)
    lines.insert(at, lines[at].replace("lock.md", "none.md"))
    config.write_text("".join(lines))
    return f"mkdocs.yml:{at + 1}"


def page_twice_in_nav(tree: Path, _free: str) -> str:
    config = tree / "mkdocs.yml"
    lines = config.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "threading/subclassing.md" in line)
    lines.insert(at, lines[at].replace("Subclassing", "Again"))
    config.write_text("".join(lines))
    return f"mkdocs.yml:{at + 2}"


def code_in_notebook(tree: Path, _free: str) -> str:
    file = tree / "docs/measure/measuring.ipynb"
    notebook = json.loads(file.read_text())
    cell = {"cell_type": "code", "execution_count": None, "id": "bad", "metadata": {}, "outputs": []}
    notebook["cells"].append(cell | {"source": ["def smuggled():\n", "    return 1"]})
    file.write_text(json.dumps(notebook, indent=1))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "smuggled" in text)
    return f"docs/measure/measuring.ipynb:{line}"


def in_notebook(kind: str) -> Sabotage:
    """A fence of a class that a notebook cannot have."""

    def sabotage(tree: Path, _free: str) -> str:
        file = tree / "docs/measure/measuring.ipynb"
        notebook = json.loads(file.read_text())
        source = [f"``` {{ .python .{kind} }}\n", '--8<-- "measure/measuring.py"\n', "```"]
        notebook["cells"].append({"cell_type": "markdown", "id": kind, "metadata": {}, "source": source})
        file.write_text(json.dumps(notebook, indent=1))
        lines = file.read_text().splitlines()
        shown = next(n for n, text in enumerate(lines, 1) if f".python .{kind}" in text)
        embedded = next(n for n, text in enumerate(lines, 1) if "measure/measuring.py" + r"\"" in text)
        return f"docs/measure/measuring.ipynb:{embedded if kind == 'exercise' else shown}"

    return sabotage


def exercise(place: str, old: str, new: str, *, solution: bool = True) -> Sabotage:
    """Adds an exercise, with `old` made `new` in the broken program and the solution; the place is that of `place`."""

    def sabotage(tree: Path, free: str) -> str:
        assert old in MUSEUM
        faulty = MUSEUM.replace(old, new)
        name = f"threading/lock_{free}"
        (tree / f"snippets/{name}_broken.py").write_text(faulty)
        (tree / f"snippets/{name}.py").write_text(faulty if solution else MUSEUM)
        append(pair_of(name))(tree, free)
        line = next((n for n, text in enumerate(faulty.splitlines(), 1) if place in text), 1)
        return f"snippets/{name}_broken.py:{line}"

    return sabotage


def pair_of(name: str) -> str:
    """The fences of an exercise."""
    return (
        f'\n``` {{ .python .exercise }}\n--8<-- "{name}_broken.py:program"\n```\n'
        f'\n``` {{ .python .check }}\n--8<-- "{name}.py:check"\n```\n'
    )


MUSEUM = """\
# --8<-- [start:program]
def add(counter):
    counter[0] += 1
# --8<-- [end:program]
# --8<-- [start:check]
def check(times):
    counter = [0]
    add(counter)
    assert counter == [times]
# --8<-- [end:check]
# --8<-- [start:cases]
check(1)
# --8<-- [end:cases]
"""
"""The file of an exercise."""
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
THREAD_RAISES = (
    '# /// script\n# [tool.snippet]\n# thread_raises = "ValueError"\n# ///\n# --8<-- [start:program]\n'
    + THREAD.format("raise ValueError")
    + "# --8<-- [end:program]\n"
)
MUST_HANG = '# /// script\n# [tool.snippet]\n# ending = ["deadlock"]\n# ///\nimport time\n{}\nprint(time)\n'
NOWHERE = '# /// script\n# requires-python = ">=4"\n# ///\n'
DECLARED = {
    "raises": DIRECTIVE.format('raises = "ValueError"').replace("#> 1\n", "#> 1\nraise ValueError\n"),
    "thread_raises": THREAD_RAISES,
    "killed": DIRECTIVE.format('ending = ["killed"]')
    .replace("print(1)", "import os\n\nprint(1)")
    .replace("#> 1\n", "#> 1\nos._exit(3)\n"),
    "hangs": DIRECTIVE.format('ending = ["deadlock"]')
    .replace("print(1)", "from threading import Lock\n\nlock = Lock()\nlock.acquire()\nprint(1)")
    .replace("#> 1\n", "#> 1\nlock.acquire()\n"),
    "build": DIRECTIVE.format('build = "free-threaded"'),
}
"""Snippets that do what they declare."""
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
EXERCISE_FENCES = {
    "check without its exercise": (
        append('\n``` { .python .check }\n--8<-- "lab/exercises/lost_update.py:check"\n```\n', OTHER_PAGE),
        "Write a fence ``` { .python .exercise } before it",
    ),
    "exercise without its check": (
        append('\n``` { .python .exercise }\n--8<-- "lab/exercises/lost_update_broken.py:program"\n```\n', OTHER_PAGE),
        'Let the next fence be ``` { .python .check } with --8<-- "lab/exercises/lost_update.py:check"',
    ),
    "exercise with another check": (
        append(pair_of("lab/exercises/torn_read").replace("torn_read.py", "lock_order.py"), OTHER_PAGE),
        'with --8<-- "lab/exercises/torn_read.py:check"',
    ),
    "exercise of an unknown snippet": (append(pair_of("lab/exercises/none"), OTHER_PAGE), "Write that file"),
    "exercise without a snippet": (
        append('\n``` { .python .exercise title="culprit" }\nprint(1)\n```\n', OTHER_PAGE),
        'Write one line --8<-- "FILE_broken.py:program"',
    ),
    "exercise of a solution": (
        append('\n``` { .python .exercise }\n--8<-- "lab/exercises/lost_update.py:program"\n```\n', OTHER_PAGE),
        'Write one line --8<-- "FILE_broken.py:program"',
    ),
    "exercise of a whole file": (
        append('\n``` { .python .exercise }\n--8<-- "lab/exercises/lost_update_broken.py"\n```\n', OTHER_PAGE),
        'Write one line --8<-- "FILE_broken.py:program"',
    ),
    "exercise that is no Python": (
        append('\n``` { .text .exercise title="culprit" }\nwords\n```\n', OTHER_PAGE),
        "Write the fence as ``` { .python .exercise }",
    ),
}
EXERCISE_SNIPPETS = {
    "exercise without a section": (
        exercise("", "# --8<-- [start:cases]\ncheck(1)\n# --8<-- [end:cases]\n", "check(1)\n"),
        "Put '# --8<-- [start:cases]' before it",
    ),
    "exercise without a case": (exercise("[start:cases]", "\ncheck(1)", ""), "Write calls of the check"),
    "check that does not parse": (exercise("def check", "check(times):", "check(times:"), "Python cannot read this"),
    "program that does not parse": (exercise("counter[0]", "+= 1", "+= = 1"), "Python cannot read this"),
    "case of several lines": (exercise("check(", "check(1)", "check(\n    1\n)"), "Each case is one line"),
    "check that is not the solution's": (
        exercise("[start:check]", "[times]", "[times + 1]", solution=False),
        "Copy it from there",
    ),
}
EXERCISES = (
    EXERCISE_FENCES
    | EXERCISE_SNIPPETS
    | {
        "exercise in a notebook": (in_notebook("exercise"), "Drop .exercise"),
    }
)
TOGETHER = (
    LINKS_AND_NAV
    | EXERCISES
    | {
        "inline Python, untagged": (append("\n```\nculprit_2 = 1\n```\n"), "Write it to"),
        "inline Python, tildes": (append("\n~~~\nculprit_3 = 1\n~~~\n"), "Write it to"),
        "inline Python, indented": (append("\ntext\n\n    culprit_4 = 1\n"), "Write it to"),
        "inline Python, pre": (append("\n<pre>\nculprit_5 = 1\n</pre>\n"), "Write it to"),
        "inline Python, as text": (append("\n```text\nculprit_6 = 1\n```\n"), "Write it to"),
        "inline Python, as console": (append("\n```console\nculprit_7 = 1\n```\n"), "Write it to"),
        "inline Python, as JSON": (append("\n```json\nculprit_8 = 1\n```\n"), "Write it to"),
        "block without a language": (append("\n```\nculprit, in words\n```\n"), "a fence with one"),
        "absolute link": (append("\n[culprit](/threading/thread/)\n"), "write it relative"),
        "foreign link without a scheme": (append("\n[culprit](//example.org/)\n"), "https://"),
        "no front matter": (page_without_front_matter, "Let the page begin with three lines"),
        "space at the end of a line": (append("\nculprit, and a space \n"), "Delete that"),
        "unfinished page": (append("\nculprit TODO: more\n"), "Write it"),
        "nav without page": (nav_without_page, "Correct it, or write the page"),
        "page twice in nav": (page_twice_in_nav, "Keep one"),
        "code in a notebook": (code_in_notebook, "Define it in"),
        "orphan": (snippet("print(1)\n#> 1\n", 1, embedded=False), "Add a fence"),
        "wrong output": (snippet('print("new")\n#> old\n', 2), "--update-examples"),
        "output that is missing": (snippet('print("new")\n', 1), "--update-examples"),
        "output too many": (snippet('print("new")\n#> new\n#> newer\n', 3), "--update-examples"),
        "exception": (snippet("print(1)\n#> 1\n1 / 0\n", 3), "declare raises"),
        "warning": (snippet('import warnings\n\nwarnings.warn("careful")\n', 3), "UserWarning"),
        "text on stderr": (snippet('import sys\n\nsys.stderr.write("careful\\n")\n', 1), "wrote to stderr"),
        "exception in a thread": (snippet(THREAD.format("raise ValueError"), 5), "declare thread_raises"),
        "print in a thread": (snippet(THREAD.format("print(1)\n    #> 1"), 5), "from the main thread"),
        "print in finally": (
            snippet("try:\n    print(1)\n    #> 1\nfinally:\n    print(2)\n    #> 2\n", 6),
            "in finally, match",
        ),
        "misplaced output": (snippet("try:\n    pass\nfinally:\n    print(2)\n#> 2\n", 5), "like the line above"),
        "output under the wrong print": (snippet("print(1)\nprint(2)\n#> 1\n#> 2\n", 2), "right below its print"),
        "exit": (snippet("import sys\n\nprint(1)\n#> 1\nsys.exit(0)\n", 1), "Let it end by itself"),
        "exit at once": (snippet("import os\n\nprint(1)\n#> 1\nos._exit(0)\n", 5), 'declare ending = ["killed"]'),
        "package": (snippet("import yaml\n\nprint(yaml)\n", 1), 'dependencies = ["yaml"]'),
        "endless output": (snippet('for n in range(900):\n    print("n", n)\n', 1), "860 more lines"),
        "hang": (snippet(HANG, 3), "most recent call first"),
        "too wide": (snippet(f"print({'1' * 70}) # wide\n", 1), "break it"),
        "format": (snippet("print( 1 )\n#> 1\n", 1), "--update-examples -k threading/lock_bad"),
        "import that is not used": (snippet("import os\n\nprint(1)\n#> 1\n", 1), "uv run ruff check --fix"),
        "unknown directive": (snippet(DIRECTIVE.format('flaky = "yes"'), 3), "there are any_order"),
        "unknown ending": (snippet(DIRECTIVE.format('ending = ["slow"]'), 3), "there are finished"),
        "no reason": (snippet(DIRECTIVE.format('any_order = ""'), 3), "not empty"),
        "does not raise": (snippet(DIRECTIVE.format('raises = "KeyError"'), 1), "was to end with KeyError"),
        "does not deadlock": (snippet(DIRECTIVE.format('ending = ["deadlock"]'), 1), "declared as"),
        "sleeps only": (snippet(MUST_HANG.format("time.sleep(60)"), 6), "does not wait"),
        "computes only": (snippet(MUST_HANG.format("while True: pass"), 6), "does not wait"),
        "runs nowhere": (snippet(NOWHERE, 2), "never runs"),
        "unknown tool": (snippet(DIRECTIVE.format("x = 1").replace("tool.snippet", "tool.snippt"), 2), "unknown table"),
        "none of its outputs": (
            snippet(DIRECTIVE.format('outputs = ["1", "2"]').replace("#> 1", "#> 3"), 7),
            "none of the",
        ),
        "embedded outside a fence": (append('\n--8<-- "threading/lock.py"  \n'), "Put it into one"),
        "embedded with other quotes": (
            append("\n```python\n--8<-- 'threading/thread.py'\n```\n"),
            'Write it as --8<-- "',
        ),
        "another page's snippet": (
            append('\n```python\n--8<-- "threading/thread.py"\n```\n'),
            "not named after this page",
        ),
        "lab without a snippet": (append('\n``` { .python .lab title="culprit" }\nprint(1)\n```\n'), "Write one line"),
        "lab that is no Python": (
            append('\n``` { .text .lab title="culprit" }\nwords\n```\n'),
            "Write the fence as ``` { .python .lab }",
        ),
        "lab in a notebook": (in_notebook("lab"), "Drop .lab"),
        "Python as YAML": (append("\n```yaml\nimport culprit_9 / print(1)\n```\n"), "Write it to"),
        "Python as text, a condition": (
            append("\n```text\nif culprit_10:\n    raise SystemExit\n```\n"),
            "Write it to",
        ),
    }
)


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
        tree,
        "tests/test_pages.py",
        "tests/test_snippets.py",
        "-k",
        "lock or subclassing or nav or every or notebook or labs or exercises",
    )


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(copy_tree(tmp_path_factory.mktemp("checked")), TOGETHER | MISSING, check)


@pytest.mark.parametrize("name", TOGETHER | MISSING)
def test_check_fails(name: str, checked: Report) -> None:
    assert checked.run.returncode == 1, checked.run.stdout + checked.run.stderr
    place, remedy = checked.places[name], (TOGETHER | MISSING)[name][1]
    # A message ends where the next one begins.
    messages = [
        re.split(r"(?m)^(?:docs/|snippets/|mkdocs)", text)[0] for text in checked.run.stdout.split(f"{place}:")[1:]
    ]
    messages = [text for text in messages if remedy in text]
    assert messages, f"{name}: no message names {place} and says what to do ({remedy}):\n{checked.run.stdout}"


ONE_CAUSE = {name: case for name, (case, _) in MISSING.items()} | {
    "section that is left open": snippet("# --8<-- [start:part]\nprint(1)\n#> 1\n", 1),
    "page without front matter": lambda tree, _free: without_front_matter(tree / PAGE),
}


def without_front_matter(file: Path) -> str:
    file.write_text(file.read_text().split("---\n", 2)[2])
    return f"{PAGE}:1"


@pytest.mark.parametrize("fault", ONE_CAUSE)
def test_one_cause_is_one_failure(fault: str, tree: Path) -> None:
    """What cannot be checked because of it is skipped."""
    place = ONE_CAUSE[fault](tree, "one")
    run = run_checks(tree, "tests/test_pages.py", "tests/test_javascript.py")
    assert re.search(r"(?m)^1 failed, \d+ passed", run.stdout), run.stdout
    assert re.search(rf"(?m)^{re.escape(place)}: ", run.stdout), run.stdout


def test_what_is_declared_passes(tree: Path) -> None:
    """What the cases above find is what they did, not what copying did; and each directive has a program that fits."""
    for name, source in DECLARED.items():
        (tree / f"snippets/threading/lock_{name}.py").write_text(source)
        append(f'\n```python\n--8<-- "threading/lock_{name}.py:program"\n```\n')(tree, name)
    run = check(tree)
    assert run.returncode == 0, run.stdout + run.stderr
    before = {file: file.read_text() for file in (tree / "snippets").rglob("*.py")}
    run = run_checks(tree, "tests/test_snippets.py", "--update-examples", "-k", "lock_ and test_snippet")
    assert run.returncode == 0, run.stdout + run.stderr
    assert before == {file: file.read_text() for file in before}, "an update changes what is right"
    run = build(tree)
    assert run.returncode == 0, run.stderr


def test_own_code(tree: Path) -> None:
    """What the format puts right is told once."""
    (tree / "authoring/one.py").write_text("import os\nos.sep \n")
    (tree / "theme/other.py").write_text("import sys\nimport os\n\nos.kill(sys.maxsize, 0)\n")
    run = run_checks(tree, "tests/test_snippets.py", "-k", "ruff")
    failures, _, _ = run.stdout.partition("short test summary info")  # which has them once more where CI is set
    told = [line for line in failures.splitlines() if line.startswith(("authoring/", "theme/"))]
    assert [line.split(": ")[0] for line in told] == ["authoring/one.py:2", "theme/other.py:1"], run.stdout
    assert told[0].endswith(" Have it written: uv run ruff format")
    assert told[1].endswith(" Mend it, or have it mended: uv run ruff check --fix")


# ------------------------------------------------------------------ the build alone


@pytest.mark.parametrize("cases", [MISSING, LINKS_AND_NAV], ids=["missing", "links and nav"])
def test_strict_build_fails(cases: dict[str, tuple[Sabotage, str]], tree: Path) -> None:
    """Whoever only builds the site is told, too; for links and nav in MkDocs's own words."""
    built = report(tree, cases, build)
    assert built.run.returncode == 1, built.run.stderr
    complaints = [
        line for line in built.run.stderr.splitlines() if line.startswith(("WARNING", "ERROR", "docs/", "  - "))
    ]
    if cases is MISSING:
        text = "\n".join(complaints) + built.run.stdout
        assert all(f"{place}:" in text for place in built.places.values()), built.run.stderr
    else:
        needles = ["culprit_1", "nowhere.md", "#nowhere", "stray.md"]
        needles += [built.places[name] for name in ("broken link", "broken anchor")]
        missed = [needle for needle in needles if not any(needle in line for line in complaints)]
        assert not missed, built.run.stderr


def test_directive_that_cannot_be_read(tree: Path) -> None:
    place = TOGETHER["unknown directive"][0](tree, "directive")
    run = build(tree)
    assert run.returncode == 1
    assert f"{place}: unknown directive 'flaky'" in run.stderr and "Traceback" not in run.stderr, run.stderr


@pytest.mark.parametrize(
    "cases",
    [EXERCISE_FENCES, {"check that does not parse": EXERCISE_SNIPPETS["check that does not parse"]}],
    ids=["fences", "snippets"],
)
def test_exercise_that_cannot_be_built(cases: dict[str, tuple[Sabotage, str]], tree: Path) -> None:
    """The build names place and remedy, too; it stops at the first page, or the first snippet."""
    built = report(tree, cases, build)
    assert built.run.returncode == 1, built.run.stderr
    assert "Traceback" not in built.run.stderr
    for name, (_, remedy) in cases.items():
        lines = [line for line in built.run.stderr.splitlines() if f"{built.places[name]}:" in line]
        assert any(remedy in line for line in lines), f"{name}: {built.run.stderr}"


LABS = {
    "does not run by itself": (
        "# --8<-- [start:program]\nname = 1\n# --8<-- [end:program]\n# --8<-- [start:rest]\nprint(name)\n#> 1\n"
        "# --8<-- [end:rest]\n",
        "embed the whole file, or a section that has all that it uses",
    ),
    "8 are allowed": (
        THREAD.format("for n in range(3000):\n        squares.append(n * n)").replace(
            "\n\n\ndef", "\n\nsquares = []\n\n\ndef"
        ),
        "Let its loops and threads be fewer",
    ),
    "cannot record": (
        "# --8<-- [start:rest]\nif True:\n# --8<-- [end:rest]\n    pass\n",
        "snippets/threading/lock_lab.py:2",
    ),
    "has dependencies": (DIRECTIVE.format("").replace("[tool", 'dependencies = ["numpy"]\n# [tool'), "without .lab"),
}


@pytest.mark.parametrize("fault", LABS)
def test_lab_that_cannot_be_recorded(fault: str, tree: Path) -> None:
    """Page and line of the fence are named, and what to do; the build ends."""
    source, remedy = LABS[fault]
    (tree / "snippets/threading/lock_lab.py").write_text(source)
    section = ":rest" if "[start:rest]" in source else ""
    place = append(f'\n``` {{ .python .lab }}\n--8<-- "threading/lock_lab.py{section}"\n```\n')(tree, "lab")
    run = build(tree)
    assert run.returncode == 1, run.stderr
    message = next(line for line in run.stderr.splitlines() if f"{place}:" in line)
    assert fault in message, message
    assert remedy in message, message
    assert not re.search(r"(?<!threading/)lock_lab\.py|(?<!snippets/)threading/lock_lab\.py", message), message


def test_lab_that_runs_little(tree: Path) -> None:
    """The site is built; page and line of the fence are named, and why."""
    sources = {"process": "import subprocess\n\nsubprocess.run(['true'])\n", "loop": "while True:\n    pass\n"}
    places = {}
    for name, source in sources.items():
        (tree / f"snippets/threading/lock_{name}.py").write_text(source)
        places[name] = append(f'\n``` {{ .python .lab }}\n--8<-- "threading/lock_{name}.py"\n```\n')(tree, name)
    run = build(tree)
    assert run.returncode == 0, run.stderr
    told = next(line for line in run.stderr.splitlines() if f"{places['process']}: this lab has no Run" in line)
    line = """snippets/threading/lock_process.py:3, "subprocess.run(['true'])": subprocess.Popen leaves"""
    assert line in told and told.endswith("show it without .lab."), told
    assert f"{places['loop']}: the lab shows only the first steps of snippets/threading/lock_loop.py" in run.stderr


# ------------------------------------------------------------------ --update-examples


def test_update_writes_the_output_and_the_format(tree: Path) -> None:
    source = 'for n in range(2):\n    print("square", n * n)\nprint("end")\n#> old\n'
    place = snippet(source.replace("n * n", "n*n"), 1)(tree, "update").split(":")[0]
    run = run_checks(tree, "tests/test_snippets.py", "--update-examples", "-k", "lock_update")
    assert run.returncode == 0 and "updated" in run.stdout, run.stdout + run.stderr
    assert (tree / place).read_text() == (
        'for n in range(2):\n    print("square", n * n)\n    #> square 0\n    #> square 1\nprint("end")\n#> end\n'
    )
    assert run_checks(tree, "tests/test_snippets.py", "-k", "lock_update").returncode == 0


def test_update_writes_nothing_that_a_real_run_does_not_print(tree: Path) -> None:
    """pytest-examples does not see this output; it would write a file that passes its own check."""
    source = "import sys\n\nprint('seen')\nsys.stdout.write('unseen\\n')\n"
    place = snippet(source, 1)(tree, "update").split(":")[0]
    run = run_checks(tree, "tests/test_snippets.py", "--update-examples", "-k", "lock_update")
    assert run.returncode == 1
    assert "not updated" in run.stdout
    assert (tree / place).read_text() == source
