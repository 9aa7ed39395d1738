"""Executes every snippet, twice, and compares what it prints with its `#>` lines.

Two oracles, because each misses what the other finds. As a process of its own a snippet meets the real interpreter,
warnings as errors, whatever its threads, callbacks and children print, and the interpreter's exit; pytest-examples
knows which line printed what.
"""

import linecache
import os
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import psutil
import pytest
from places import ROOT, SNIPPETS
from pytest_examples import CodeExample, EvalExample

from authoring.snippets import MAX_WIDTH, Snippet, SnippetError, load_snippets, shown_output

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LOADED = load_snippets(SNIPPETS)
OF_EACH_SNIPPET = pytest.mark.parametrize("snippet", LOADED, ids=lambda snippet: snippet.name)
CHECKED_BUILDS = [((3, 13, 99), False), ((3, 14, 99), False), ((3, 14, 99), True)]
"""The builds of .github/workflows/check.yml, as (version, free-threaded)."""
DEADLOCK_AFTER = 2.0
"""Seconds for which a program that may deadlock must neither print nor compute, after it has printed what it should."""
PLACES = (
    "Each #> stands right below its print. Print at the left margin, in an if, for, while, with, def, try or except; "
    "pytest-examples does not find a print in finally, match, or the else of a loop or try."
)
WAITS = re.compile(r"\b(acquire|wait|wait_for|join|get|put|result|_thread_shutdown|recv)\(|^with ")
"""A line of Python whose call waits for another thread."""


@dataclass(frozen=True)
class Run:
    """How a snippet ended as a process of its own."""

    ending: str
    status: int
    output: list[str]
    errors: str


def test_there_are_snippets() -> None:
    assert LOADED, "snippets/ is empty: nothing would be executed"


@pytest.fixture(params=LOADED, ids=lambda snippet: snippet.name)
def snippet(request: pytest.FixtureRequest) -> Snippet:
    """Each snippet that runs here."""
    if fault_of_directive(request.param):
        pytest.skip(
            f"the directive of snippets/{request.param.name} cannot be read; test_directive_makes_sense says why"
        )
    if why := request.param.directive.why_skipped(sys.version_info[:3], FREE_THREADED):
        pytest.skip(why)
    return request.param


def fault_of_directive(snippet: Snippet) -> str | None:
    try:
        _ = snippet.directive
    except SnippetError as error:
        return f"{error}"
    return None


@OF_EACH_SNIPPET
def test_directive_makes_sense(snippet: Snippet) -> None:
    """It can be read; and it may skip a snippet here, but not on each of the checked builds."""
    if fault := fault_of_directive(snippet):
        fail(fault)
    reasons = [snippet.directive.why_skipped(version, free_threaded) for version, free_threaded in CHECKED_BUILDS]
    if all(reasons):
        fail(f"snippets/{snippet.name}:2: never runs: {'; '.join(map(str, reasons))}. Relax its directive.")


def test_snippet(
    snippet: Snippet,
    eval_example: EvalExample,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    limit = float(pytestconfig.getini("snippet_time_limit"))
    example = CodeExample.create(snippet.source, path=snippet.file)
    run = run_process(snippet, limit, tmp_path)
    check_ending(snippet, run, limit)
    check_errors(snippet, run)
    if eval_example.update_examples:
        update(snippet, example, eval_example, monkeypatch, run, tmp_path)
        update_format(snippet, example, eval_example)
    check_output(snippet, run, shown_output(example.source))
    if snippet.directive.ending == ("finished",):
        # Anything else would take the tests' own process with it.
        run_example(snippet, example, eval_example, capsys, monkeypatch, limit, tmp_path)


# ------------------------------------------------------------------ as a process


def run_process(snippet: Snippet, limit: float, folder: Path) -> Run:
    """Runs the file as its reader would, but stricter: warnings are errors, and what it imports beside the standard
    library must be declared. Kills it after `limit` seconds."""
    options = ["-X", "dev", "-W", "error", "-u", *([] if snippet.directive.dependencies else ["-S"])]
    process = subprocess.Popen(
        [sys.executable, *options, snippet.file],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    try:
        hung = not ends(process, snippet, limit)
        if hung:
            # Development mode enables faulthandler, which answers this signal with the stacks of all threads.
            process.send_signal(signal.SIGABRT)
        output, errors = communicate_or_kill(process)
    finally:
        # Also its children, and also when the test itself is interrupted.
        kill_group(process)
        process.wait()
    ending = "deadlock" if hung else "finished" if process.returncode in (0, 1) else "killed"
    return Run(ending, process.returncode, output.decode().splitlines(), errors.decode(errors="replace"))


def ends(process: subprocess.Popen, snippet: Snippet, limit: float) -> bool:
    """Waits for the process: `limit` seconds, or less if it may deadlock and has been quiet after what it prints."""
    may_deadlock = "deadlock" in snippet.directive.ending
    end = time.monotonic() + limit
    quiet_since, before = time.monotonic(), None
    while time.monotonic() < end:
        try:
            process.communicate(timeout=min(0.2, limit) if may_deadlock else limit)
        except subprocess.TimeoutExpired as waiting:
            if not may_deadlock:
                return False
            printed = waiting.output or b""
            watched = psutil.Process(process.pid)
            state = printed, sum(watched.cpu_times()), watched.status()
            # On a busy machine it may be waiting for a processor only.
            if state != before or psutil.STATUS_RUNNING in state:
                quiet_since, before = time.monotonic(), state
            quiet = time.monotonic() - quiet_since > DEADLOCK_AFTER
            if quiet and snippet.directive.accepts(printed.decode().splitlines(), snippet.shown_output):
                return False
        else:
            return True
    return False


def communicate_or_kill(process: subprocess.Popen) -> tuple[bytes, bytes]:
    """What a process that has ended, or was told to abort, printed; it is killed if it takes over 5 s."""
    try:
        return process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        kill_group(process)
        return process.communicate()


def kill_group(process: subprocess.Popen) -> None:
    """Ends the process and whatever children it has left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def check_ending(snippet: Snippet, run: Run, limit: float) -> None:
    expected = snippet.directive.ending
    where = f"snippets/{snippet.name}:{blocked_line(snippet, run.errors)}"
    if run.ending == "deadlock" and run.ending in expected and (busy := first_busy_line(run.errors)):
        fail(f"{where}: was to deadlock, but a thread does not wait: it is at {busy!r}. The stacks:\n{run.errors}")
    if run.ending in expected:
        return
    if run.ending == "deadlock":
        fail(
            f"{where}: still ran after {limit:g} s and was killed. Let every thread end; or, if it must hang, declare "
            f'ending = ["deadlock"]. It printed {run.output}. The stacks of its threads:\n{run.errors}'
        )
    fail(
        f"{where}: ended as {run.ending!r} (exit status {run.status}), but its ending is declared as {list(expected)}. "
        f"It printed {run.output} and on stderr:\n{run.errors}"
    )


def blocked_line(snippet: Snippet, errors: str) -> int:
    """The line of the snippet that a traceback or a dump of stacks names last (first, for a dump, is the innermost)."""
    lines = re.findall(rf'File "{re.escape(str(snippet.file))}", line (\d+)', errors)
    if not lines:
        return 1
    return int(lines[0] if "most recent call first" in errors else lines[-1])


def first_busy_line(stacks: str) -> str | None:
    """The innermost line of the first thread in a dump of stacks that is not a call that waits for another thread."""
    innermost = re.findall(r'[Tt]hread 0x.*\(most recent call first\):\n  File "(.*)", line (\d+)', stacks)
    lines = (linecache.getline(file, int(number)).strip() for file, number in innermost)
    return next((line for line in lines if not WAITS.search(line)), None)


def check_errors(snippet: Snippet, run: Run) -> None:
    """Nothing on stderr but the exceptions that the snippet declares, and those it must have."""
    directive, where = snippet.directive, f"snippets/{snippet.name}:{blocked_line(snippet, run.errors)}"
    if (
        run.ending == "deadlock"
        and not directive.thread_raises
        and not run.errors.startswith("Fatal Python error: Abort")
    ):
        fail(f"{where}: wrote to stderr before it hung. Mend it:\n{run.errors}")
    if run.ending != "finished":
        return
    if directive.raises:
        if run.status != 1 or not ends_with_exception(run.errors, directive.raises):
            fail(f"{where}: was to end with {directive.raises}, but ended with status {run.status} and:\n{run.errors}")
        return
    if missing := re.search(r"ModuleNotFoundError: No module named '(\w+)", run.errors):
        fail(
            f"{where}: imports {missing[1]!r}, which is not of the standard library. Do without it; or declare "
            f'dependencies = ["{missing[1]}"] in its script block:\n{run.errors}'
        )
    if run.status != 0:
        fail(f'{where}: ended with an exception. Mend it, or declare raises = "…" if that is the point:\n{run.errors}')
    if directive.thread_raises:
        blocks = re.split(r"(?m)^Exception in thread ", run.errors)
        if blocks[0] or not blocks[1:] or not all(ends_with_exception(b, directive.thread_raises) for b in blocks[1:]):
            fail(
                f"{where}: a thread was to end with {directive.thread_raises}, but stderr has:\n"
                f"{run.errors or '(nothing)'}"
            )
    elif run.errors:
        fail(
            f"{where}: wrote to stderr (an exception in a thread, a warning?). Mend it, or declare "
            f"thread_raises if that is the point:\n{run.errors}"
        )


def ends_with_exception(errors: str, name: str) -> bool:
    """Whether the last line at the left margin is the report of the exception `name`, with or without its module."""
    reports = [line for line in errors.splitlines() if line and not line.startswith(" ")]
    return bool(reports) and re.match(rf"([\w.]+\.)?{re.escape(name)}(:|$)", reports[-1]) is not None


def check_output(snippet: Snippet, run: Run, shown: list[str]) -> None:
    directive = snippet.directive
    where = f"snippets/{snippet.name}:{first_difference(snippet, run.output, shown)}"
    if not directive.accepts(run.output, shown):
        fail(
            f"{where}: as a process of its own it printed\n{indented(run.output)}\nand "
            f"{'it declares the outputs' if directive.outputs else 'its #> lines say'}\n"
            f"{indented(list(directive.outputs) or shown)}\n{how_to_update(snippet)}"
        )
    if not directive.accepts(shown, shown):
        fail(f"{where}: its #> lines {shown} are none of the outputs that it declares. {how_to_update(snippet)}")


def how_to_update(snippet: Snippet) -> str:
    if can_be_updated(snippet):
        return f"If the new output is right, write it into the file with: {command_to_update(snippet)}"
    return (
        "If the new output is right, write it into the file: pytest-examples cannot, for a program with such an ending."
    )


def command_to_update(snippet: Snippet) -> str:
    return f"uv run pytest tests/test_snippets.py --update-examples -k {snippet.name}"


def can_be_updated(snippet: Snippet) -> bool:
    """Whether pytest-examples can run it to its end, and so write its output."""
    return snippet.directive.ending == ("finished",) and not snippet.directive.raises


def first_difference(snippet: Snippet, output: list[str], shown: list[str]) -> int:
    """The line of the file whose `#>` is the first that differs (its last `#>` line if there are too few of them)."""
    numbers = [n for n, line in enumerate(snippet.source.splitlines(), 1) if shown_output(line)] or [1]
    same = next((i for i, pair in enumerate(zip(output, shown, strict=False)) if pair[0] != pair[1]), len(shown))
    return numbers[min(same, len(numbers) - 1)]


# ------------------------------------------------------------------ with pytest-examples


def run_example(
    snippet: Snippet,
    example: CodeExample,
    eval_example: EvalExample,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    limit: float,
    folder: Path,
) -> None:
    """Runs the file in this process, so that pytest-examples can say which line printed what."""
    directive = snippet.directive
    compares_text = bool(directive.outputs or directive.any_order)
    strays: list[str] = []

    def include_print(path: Path, frame, _args) -> bool:
        if threading.current_thread() is not threading.main_thread():
            strays.append(f"snippets/{snippet.name}:{frame.lineno}")
        return path.samefile(frame.filename)

    eval_example.include_print = include_print
    eval_example.set_config(line_length=200)
    before = set(threading.enumerate())
    raised_in_threads: list[str] = []
    prepare_interpreter(monkeypatch, folder)
    monkeypatch.setattr(threading, "excepthook", lambda args: raised_in_threads.append(args.exc_type.__name__))
    capsys.readouterr()
    execute = eval_example.run if compares_text else eval_example.run_print_check
    # Without these two, children of multiprocessing could not import the file.
    settings = {"module_globals": {"__spec__": None}, "rewrite_assertions": False}
    if directive.raises:
        with pytest.raises(Exception) as error:
            execute(example, **settings)
        if error.type.__name__ != directive.raises:
            fail(
                f"snippets/{snippet.name}:1: under pytest-examples it raised {error.value!r}, and it declares "
                f"raises = {directive.raises!r}. Does it depend on how it is started?"
            )
    else:
        with named(snippet):
            execute(example, **settings)
    join_threads(snippet, before, limit)
    if compares_text:
        output = capsys.readouterr().out.splitlines()
        if not directive.accepts(output, snippet.shown_output):
            where = f"snippets/{snippet.name}:{first_difference(snippet, output, snippet.shown_output)}"
            fail(f"{where}: under pytest-examples it printed\n{indented(output)}\n{how_to_update(snippet)}")
    if strays and not directive.any_order:
        fail(
            f"{strays[0]}: another thread than the main one prints, so the order is not fixed. Store the result and "
            "print it from the main thread after join(); or declare any_order with its reason."
        )
    unexpected = [name for name in raised_in_threads if name != directive.thread_raises]
    if unexpected:
        fail(
            f"snippets/{snippet.name}:1: under pytest-examples {', '.join(unexpected)} was not caught in a thread. "
            "Mend it, or declare thread_raises if that is the point."
        )


def prepare_interpreter(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Has put back what pytest-examples and snippets replace in this interpreter, and keeps them from ending it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.chdir(folder)
    tests, really_exit = os.getpid(), os._exit

    def exit_unless_tests(status: int) -> None:
        if os.getpid() == tests:
            raise RuntimeError('os._exit() ends the whole process: declare ending = ["killed"]')
        really_exit(status)

    monkeypatch.setattr(os, "_exit", exit_unless_tests)


@contextmanager
def named(snippet: Snippet) -> Iterator[None]:
    """Has whatever goes wrong in it name the snippet, and what to do."""
    try:
        yield
    except pytest.fail.Exception as failure:
        message = (
            f"snippets/{snippet.name}:{changed_line(failure.msg or '')}: pytest-examples says which line printed what, "
            f"and that differs from the #> lines:\n{failure.msg}\n{PLACES} "
            f"{how_to_update(snippet)}"
        )
        raise pytest.fail.Exception(message, pytrace=False) from None
    except SystemExit as error:
        fail(f"snippets/{snippet.name}:1: calls sys.exit({error.code!r}). Let it end by itself.")
    except Exception as error:
        traceback = error.__traceback__
        lines = [t.tb_lineno for t in frames(traceback) if t.tb_frame.f_code.co_filename == str(snippet.file)]
        fail(
            f"snippets/{snippet.name}:{lines[-1] if lines else 1}: as a process of its own it ended well, but under "
            f"pytest-examples with {type(error).__name__}: {error}. Does it depend on how it is started?"
        )


def frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def changed_line(diff: str) -> int:
    """The line at which a unified diff, indented by pytest-examples, begins to differ; 1 if it says none."""
    return first_changed_line([line[2:] for line in diff.splitlines()])


def first_changed_line(diff: list[str]) -> int:
    """The line at which a unified diff begins to differ; 1 if it says none."""
    number = None
    for line in diff:
        if hunk := re.match(r"@@ -(\d+)", line):
            number = int(hunk[1])
        elif number is not None and line[:1] in ("-", "+"):
            return number
        elif number is not None:
            number += 1
    return 1


def join_threads(snippet: Snippet, before: set[threading.Thread], limit: float) -> None:
    """Waits for the snippet's threads, as the interpreter does at its exit."""
    end = time.monotonic() + limit
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                fail(f"snippets/{snippet.name}:1: its thread {thread.name} still runs after its end. Join it.")


def update(
    snippet: Snippet,
    example: CodeExample,
    eval_example: EvalExample,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    folder: Path,
) -> None:
    """Writes the `#>` lines, if pytest-examples and the real process agree about them."""
    directive = snippet.directive
    shown, varies = snippet.shown_output, directive.outputs or directive.any_order
    is_right = directive.accepts(run.output, shown) and directive.accepts(shown, shown)
    if not can_be_updated(snippet) or (varies and is_right):
        return
    eval_example.set_config(line_length=200)
    with monkeypatch.context() as patch:
        prepare_interpreter(patch, folder)
        # The process has shown whether it may.
        patch.setattr(threading, "excepthook", lambda _args: None)
        eval_example.run_print_update(example, module_globals={"__spec__": None}, rewrite_assertions=False)
    if not directive.accepts(run.output, shown_output(example.source)):
        eval_example.to_update.clear()
        fail(
            f"snippets/{snippet.name}:1: not updated: as a process of its own it printed\n{indented(run.output)}\nand "
            f"pytest-examples saw\n{indented(shown_output(example.source))}\n"
            "Print from the main thread only, from top to bottom."
        )


def update_format(snippet: Snippet, example: CodeExample, eval_example: EvalExample) -> None:
    """Has the file written as `ruff format` would, its imports sorted."""
    text = formatted({snippet.name: example.source})[snippet.name]
    if text != example.source:
        example.source = text
        if example not in eval_example.to_update:
            eval_example.to_update.append(example)


# ------------------------------------------------------------------ style


def test_lines_are_narrow(snippet: Snippet) -> None:
    for number, line in enumerate(snippet.source.splitlines(), 1):
        if len(line) > MAX_WIDTH:
            fail(f"snippets/{snippet.name}:{number}: {len(line)} columns, at most {MAX_WIDTH}: break it")


def test_output_is_indented_like_its_print(snippet: Snippet) -> None:
    """pytest-examples writes the output of a print that it cannot place to the left margin."""
    lines = snippet.source.splitlines()
    for number, line in enumerate(lines[1:], 2):
        above = lines[number - 2]
        if shown_output(line) and len(line) - len(line.lstrip()) != len(above) - len(above.lstrip()):
            fail(f"snippets/{snippet.name}:{number}: {line.strip()!r} is not indented like the line above it. {PLACES}")


@OF_EACH_SNIPPET
def test_style(snippet: Snippet, pytestconfig: pytest.Config) -> None:
    """The format first: what it puts right need not be told twice."""
    if pytestconfig.option.update_examples:
        pytest.skip("--update-examples formats what runs here")
    name, text = f"snippets/{snippet.name}", all_formatted()[snippet.name]
    if text != snippet.source:
        diff = list(unified_diff(snippet.source.splitlines(), text.splitlines(), n=1, lineterm=""))[2:]
        line = first_changed_line(diff)
        shown = "\n".join(diff)
        fail(
            f"{name}:{line}: `ruff format` would write this differently:\n{shown}\n"
            f"Write the lines with a +, or have them written: {command_to_update(snippet)}"
        )
    if faults := linted().get(name):
        fail("\n".join(faults))


@cache
def all_formatted() -> dict[str, str]:
    return formatted({snippet.name: snippet.source for snippet in LOADED})


def formatted(sources: dict[str, str]) -> dict[str, str]:
    """Programs by their names, as `ruff format` writes them, with their imports sorted.

    It would write `#> x` as `# > x`, so it sees the expected output as ordinary comments. What cannot be parsed stays.
    """
    with TemporaryDirectory() as folder:
        Path(folder, "ruff.toml").write_text(f'line-length = {MAX_WIDTH}\ntarget-version = "py313"\n')
        files = {name: Path(folder, name) for name in sources}
        for name, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            # As long as it was.
            file.write_text(sources[name].replace("#> ", "# \u203a"), encoding="utf-8")
        ruff(Path(folder), "check", "--select", "I", "--fix", ".")
        ruff(Path(folder), "format", ".")
        return {name: file.read_text(encoding="utf-8").replace("# \u203a", "#> ") for name, file in files.items()}


def test_ruff() -> None:
    """The project's own code."""
    run = ruff(ROOT, "format", "--check", "--output-format", "concise", ".")
    unformatted = {found["file"]: found["line"] for found in REPORTED.finditer(run.stdout)}
    messages = [
        f"{file}:{line}: `ruff format` would write this differently. Have it written: uv run ruff format"
        for file, line in unformatted.items()
    ]
    for file, faults in linted().items():
        if file not in unformatted and not file.startswith("snippets/"):
            messages += faults
    if messages:
        fail("\n".join(messages))


REPORTED = re.compile(r"(?m)^(?P<file>[^:\n]+):(?:cell \d+:)?(?P<line>\d+):\d+: (?P<what>.*)")
"""A fault as ruff's concise output has it."""


@cache
def linted() -> dict[str, list[str]]:
    """What `ruff check` says, by file: messages with file, line and remedy."""
    run = ruff(ROOT, "check", "--output-format", "concise", ".")
    faults: dict[str, list[str]] = {}
    for found in REPORTED.finditer(run.stdout):
        remedy = "Mend it, or have it mended: uv run ruff check --fix" if "[*]" in found["what"] else "Mend it."
        message = f"{found['file']}:{found['line']}: {found['what'].replace('[*] ', '')}. {remedy}"
        faults.setdefault(found["file"], []).append(message)
    if run.returncode and not faults:
        fail(f"pyproject.toml:1: ruff cannot check the tree. Mend what it says:\n{run.stdout}{run.stderr}")
    return faults


def ruff(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def fail(message: str) -> None:
    pytest.fail(message, pytrace=False)


def indented(lines: list[str]) -> str:
    """The lines for a message; of many, the first 40."""
    more = [f"(and {len(lines) - 40} more lines)"] if len(lines) > 40 else []
    return "\n".join(f"    {line[:200]}" for line in [*lines[:40], *more]) or "    (nothing)"
