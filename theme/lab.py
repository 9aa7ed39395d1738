"""A program that a page takes apart: its runs, recorded once, and the markup that shows them. Knows no MkDocs."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import bundle
import cache
import jinja2
from markupsafe import Markup

from authoring.exercises import PREEMPTIONS, Exercise
from authoring.snippets import Snippet

RECORDER = Path(__file__).with_name("record.py")
MARKUP = Path(__file__).with_name("markup")
PROGRAMS = "assets/lab/programs"
"""The folder of the site that has the programs as the pages show them."""
MAX_BYTES = 8 * 1024
"""Of the recordings of one lab, gzipped."""

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(MARKUP), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_templates.globals["programs"] = PROGRAMS


class LabFault(Exception):
    """A program that cannot be a lab: says why, and what to do."""


@dataclass(frozen=True)
class Lab:
    """A program with its recorded runs; or with the reason why the lab cannot run it, and no runs."""

    name: str
    """The snippet's."""
    program: str
    runs: list[dict]
    """The default one first. Each is what threadlab.present makes of a recording."""
    unsupported: str = ""

    @property
    def filename(self) -> str:
        return PurePosixPath(self.name).name

    @property
    def hash(self) -> str:
        """Of the program as addresses name it."""
        return hashlib.sha256(self.program.encode()).hexdigest()[:16]


def lab(snippet: Snippet, section: str | None, code: str) -> Lab:
    """The lab of the code that a page shows of a snippet: a section, or all of it. Raises LabFault."""
    name, directive = snippet.name, snippet.directive
    if directive.dependencies:
        raise LabFault(
            f"snippets/{name} has dependencies, and the Thread Lab has the standard library only. Show it without .lab."
        )
    text = program(code)
    try:
        found = _recorded(name, text)
    except LabFault as fault:
        raise LabFault(located(f"{fault}", snippet, section)) from None
    if "error" in found:
        return Lab(name, text, [], _why_not(found["text"], text))
    runs = found["runs"]
    outcome = runs[0]["recording"]["outcome"]
    if outcome["kind"] == "exception" and not (directive.raises or directive.thread_raises):
        raise LabFault(
            f"this part of snippets/{name} does not run by itself ({located(outcome['ending'], snippet, section)}). "
            "A lab runs what its block shows: embed the whole file, or a section that has all that it uses."
        )
    recordings = json.dumps([run["recording"] for run in runs], separators=(",", ":"))
    size = len(gzip.compress(recordings.encode(), mtime=0))
    if size > MAX_BYTES:
        raise LabFault(
            f"the recordings of snippets/{name} take {size / 1024:.1f} KB, gzipped; {MAX_BYTES // 1024} are allowed. "
            "Let its loops and threads be fewer, or show it without .lab."
        )
    return Lab(name, text, runs)


def _why_not(text: str, program: str) -> str:
    """What the engine says of a program that it cannot run, with the line's text, and without the command: the page
    has that."""
    text = text.partition(" Run the file for real")[0]
    found = re.match(r"(\S+:(\d+)): ", text)
    if not found:
        return text
    return f"{found[1]}, {program.splitlines()[int(found[2]) - 1].strip()!r}: {text[found.end() :]}"


def remark(lab: Lab, snippet: Snippet, section: str | None) -> str:
    """What the author of a page has to know of its lab, with what to do; empty if there is nothing."""
    if lab.unsupported:
        return (
            f"this lab has no Run; it tells readers to run the program on their machine. "
            f"{located(lab.unsupported, snippet, section)} If that is not what you mean, show it without .lab."
        )
    outcome = lab.runs[0]["recording"]["outcome"]
    if outcome["kind"] == "step limit":
        ending = outcome["ending"]
        return f"the lab shows only the first steps of snippets/{snippet.name} ({ending}). Let it end, or say so."
    return ""


def located(text: str, snippet: Snippet, section: str | None) -> str:
    """A message about what a block shows, with the lines of the snippet's file in place of the block's."""
    lines = snippet.lines_of(section)

    def place(found: re.Match) -> str:
        line = int(found["line"])
        where = lines[line - 1] if 0 < line <= len(lines) else line
        return f"snippets/{snippet.name}:{where}" if found["file"] else f"at line {where} of snippets/{snippet.name}"

    file = re.escape(PurePosixPath(snippet.name).name)
    return re.sub(rf"(?:(?P<file>{file})(?::|, line )|at line )(?P<line>\d+)", place, text)


def program(code: str) -> str:
    """The program that a lab makes of what its block shows."""
    return code.strip("\n") + "\n"


def _recorded(name: str, program: str) -> dict:
    """What record.py says of a program; it is asked once for each state of the program, the engine and Python."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise LabFault("the Thread Lab records on builds of Python with the GIL only. Build the site with one.")
    filename = PurePosixPath(name).name
    key = cache.key(filename, program, bundle.engine_key(), RECORDER.read_bytes(), sys.version)
    return json.loads(cache.kept(f"lab/{key}.json", lambda file: _record(name, program, file)).read_bytes())


def _record(name: str, program: str, target: Path) -> None:
    filename = PurePosixPath(name).name
    # Where tracebacks name the file, they name no folder of this machine.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, filename).write_text(program, encoding="utf-8")
        run = subprocess.run([sys.executable, "-P", RECORDER, filename], cwd=folder, capture_output=True, text=True)
    if run.returncode:
        raise LabFault(
            f"recording snippets/{name} failed. That is a fault of the engine; please report it.\n{run.stderr}"
        )
    found = json.loads(run.stdout)
    if "error" in found and found["error"] != "unsupported":
        raise LabFault(
            f"the Thread Lab cannot record snippets/{name}: {found['text']}. Mend it, or show it without .lab."
        )
    target.write_text(run.stdout, encoding="utf-8")


def html(lab: Lab, block: str, base: str, runs_live: bool, address: str = "") -> str:
    """The element for a lab around its code block. `base` is the site's root, relative to the page; `runs_live` says
    whether the site has what the page needs to run programs; `address` is the page's, if it is known, for paper."""
    data = {"program": lab.program, "filename": lab.filename, "runs": lab.runs}
    return _templates.get_template("lab.html.j2").render(
        lab=lab, block=Markup(block), base=base, data=data, runs_live=runs_live, address=address
    )


def workbench(programs: dict[str, list[Lab]], base: str, runs_live: bool) -> str:
    """A lab without a program of its own: an editor, and programs to start from, by page."""
    block = _templates.get_template("workbench.html.j2").render(programs=programs)
    return html(Lab("program.py", "", []), block, base, runs_live)


def exercise(exercise: Exercise, program: str, check: str, base: str, runs_live: bool) -> str:
    """The element for an exercise around the blocks of its program and of its check."""
    lab = Lab(exercise.name, exercise.program, [])
    data = {
        "filename": lab.filename,
        "program": exercise.program,
        "check": exercise.check,
        "cases": exercise.cases,
        "preemptions": PREEMPTIONS,
    }
    return _templates.get_template("exercise.html.j2").render(
        lab=lab,
        exercise=exercise,
        program=Markup(program),
        check=Markup(check),
        base=base,
        data=data,
        preemptions=PREEMPTIONS,
        runs_live=runs_live,
    )


def progress(count: int) -> str:
    """What says how many of so many exercises are solved."""
    return _templates.get_template("progress.html.j2").render(count=count)


def listed(programs: dict[str, list[Lab]]) -> str:
    """The programs as JSON, for the workbench."""
    keys = ("name", "hash", "filename", "program")
    return json.dumps([{key: getattr(each, key) for key in keys} for page in programs.values() for each in page])


def numbered(block: str, code: str, first: int = 1) -> str:
    """A block with the numbers of its lines beside it: those that the player names. They are no part of the text."""
    numbers = "\n".join(str(first + line) for line in range(code.count("\n") + 1))
    return block.replace("<pre>", f'<pre data-lines="{numbers}">', 1)


def script(base: str, module: str) -> str:
    """What a page with a lab loads. In the page's content, where instant navigation runs scripts, too."""
    return f'<script type="module" src="{base}assets/lab/{module}"></script>'
