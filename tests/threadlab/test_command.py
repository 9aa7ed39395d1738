"""The command line, the sandbox, recordings, the archive: from outside."""

import ast
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import psutil
import pytest
from programs_lab import SMALL

from threadlab import launch
from threadlab.__main__ import main
from threadlab.api import Exploration, LabError, outcomes_of, run_file
from threadlab.command import progress
from threadlab.events import fold
from threadlab.package import build
from threadlab.recording import events_from_json, schema

ROOT = Path(__file__).parents[2]


def lab(*arguments: object, python: str = sys.executable, module: tuple[str, ...] = ("-m", "threadlab")):
    return subprocess.run([python, *module, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture
def program(tmp_path):
    def write(source: str) -> Path:
        file = tmp_path / "program.py"
        file.write_text(source)
        return file

    return write


@pytest.mark.parametrize(
    ("source", "status", "ending"),
    [
        ("print(1)", 0, "finished"),
        ("print(1); 1 / 0", 1, "exception: ZeroDivisionError"),
        ("print(1); import threading; threading.Event().wait()", 3, "deadlock: MainThread waits for"),
        ("print(1)\nwhile True: pass", 4, "step limit"),
    ],
)
def test_run(source: str, status: int, ending: str, program) -> None:
    run = lab("run", program(source), "--max-steps", 5000)
    assert (run.returncode, run.stdout) == (status, "1\n")
    assert f"threadlab: {ending}" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["run"], ["run", "missing.py"], ["run", "P", "--schedule", "x"], ["run", "P", "--schedule", "0.9t9"],
     ["run", "P", "--seed", "-1"], ["outcomes", "P", "--limit", "0"], ["run", "P", "--max-steps", "x"],
     ["outcomes", "P", "--max-steps", "0"],
     ["run", "P", "--schedule", "0.", "--policy", "pct"]],
)  # fmt: skip
def test_bad_usage(arguments: list[str], program) -> None:
    file = program("print(1)")
    run = lab(*[file if each == "P" else each for each in arguments])
    assert run.returncode == 2
    assert run.stderr and "Traceback" not in run.stderr


def test_what_is_wrong_is_named(program, tmp_path) -> None:
    file = program("print(1)")
    nowhere = tmp_path / "none" / "out"
    for arguments in (["run", file, "--record", nowhere], ["pyz", nowhere]):
        run = lab(*arguments)
        assert run.returncode == 2
        assert f"threadlab: cannot write {nowhere}: " in run.stderr
    for option in ("--max-steps", "--seed"):
        assert "'abc' is not a whole number" in lab("run", file, option, "abc").stderr


def test_what_help_says_of_exit_and_arguments(program) -> None:
    said = " ".join(lab("run", "--help").stdout.split())
    assert "It gets no arguments. Exit status: 0 finished (also by sys.exit(7))" in said
    run = lab("run", program("import sys; print(sys.argv[1:]); sys.exit(7)"))
    assert (run.returncode, run.stdout) == (0, "[]\n")


def test_printed_commands_run_as_they_are(tmp_path) -> None:
    """Also where the name has a space, and where it is the limit that ended the run."""
    file = tmp_path / "an endless loop.py"
    file.write_text("while True: pass")
    found = lab("outcomes", file).stdout
    command = re.search(r"threadlab (run .*)", found)[1]
    assert shlex.split(command) == ["run", str(file), "--schedule", "0.", "--max-steps", "20000"]
    assert lab(*shlex.split(command)).returncode == 4
    assert "again with --schedule 0. --max-steps 500\n" in lab("run", file, "--max-steps", 500).stderr
    assert "--schedule 0. --max-steps 500\n" in lab("outcomes", file, "--max-steps", 500, "--limit", 1).stdout


def test_syntax_error_and_unsupported_calls(program) -> None:
    with pytest.raises(LabError, match=r"/program.py:2: invalid syntax$"):
        run_file(program("x = 1\nx ="))
    with pytest.raises(LabError, match=r"program.py:2: subprocess.Popen .* python .*program.py"):
        run_file(program("import subprocess\nsubprocess.run(['ls'])"))
    with pytest.raises(LabError, match=r"program.py:1: input waits for what somebody types.* Run the file for real"):
        run_file(program("input()"))
    with pytest.raises(LabError, match=r"program.py:2: signal.alarm is about signals, .* Run the file for real"):
        run_file(program("import signal\nsignal.alarm(1)\nsignal.pause()"))
    with pytest.raises(LabError, match=r"program.py:3: signal.signal is about signals"):
        run_file(program("import signal\nprint(signal.getsignal(2))\nsignal.signal(2, print)"))
    for source in ("import socket; socket.socket()", "import os; os.fork()", "import os; os.system('ls')"):
        with pytest.raises(LabError, match="Run the file for real"):
            run_file(program(source))


def test_a_policy_that_does_not_exist(program) -> None:
    with pytest.raises(ValueError, match=r"^there is no policy 'fast'; there are first, random, pct$"):
        run_file(program("pass"), policy="fast")


def test_the_command_for_an_unsupported_program_is_quoted(tmp_path: Path) -> None:
    """It can be pasted: a shell reads the file's name as one word, and runs nothing in it."""
    file = tmp_path / "my $(echo program).py"
    file.write_text("import subprocess\nsubprocess.run(['ls'])\n")
    command = lab("run", file).stderr.partition("for real: ")[2]
    assert shlex.split(command) == ["python", str(file)]
    assert "'" in command


def test_outcomes(program) -> None:
    run = lab("outcomes", program(SMALL["LOST_UPDATE"]), "--json")
    result = json.loads(run.stdout)
    assert run.returncode == 1
    assert result["exhaustive"] is True
    assert {(o["ending"], o["output"]) for o in result["outcomes"]} == {("finished", "2\n"), ("finished", "1\n")}
    assert list(result["outcomes"][0]) == ["ending", "output", "count", "schedule", "preemptions"]
    assert [outcome["preemptions"] for outcome in result["outcomes"]] == [0, 1]
    assert (result["why_not"], result["cut"]) == ("", False)
    assert result["pruned"] > 0
    assert result["schedules"] == result["pruned"] + sum(o["count"] for o in result["outcomes"])
    for outcome in result["outcomes"]:
        assert lab("run", program(SMALL["LOST_UPDATE"]), "--schedule", outcome["schedule"]).stdout == outcome["output"]
    label = "allowed by the language; not seen on GIL builds since 3.10"
    assert [outcome.get("label") for outcome in result["outcomes"]] == [None, label]
    file = program(SMALL["LOST_UPDATE"])
    assert lab("outcomes", file).stdout.count(label) == 1
    said = lab("run", file, "--schedule", outcome["schedule"]).stderr
    assert f"{label}, which do not switch right before such a step of line 6" in said
    assert label not in lab("run", file, "--schedule", "0.").stderr
    assert lab("outcomes", program(SMALL["SPIN"])).returncode == 0
    limited = lab("outcomes", program(SMALL["LOST_UPDATE"]), "--limit", 2)
    assert "NOT exhaustive: stopped at the limit of 2 executions. 2 executions; there may be" in limited.stdout
    assert "covered" not in limited.stdout
    limited = lab("outcomes", program(SMALL["LOST_UPDATE"]), "--limit", 8)
    assert "limit of 8 executions; the last executions followed random schedules. 8 executions; there" in limited.stdout
    assert limited.stdout.endswith("other outcomes. All schedules with fewer than 1 preemption are covered.\n")
    unseen = lab("outcomes", program("import threading\nt = threading.Thread(target=exec, args=('',))\nt.start()\n"))
    assert "NOT exhaustive: " in unseen.stdout and "covered" not in unseen.stdout
    limited = lab("outcomes", program(SMALL["LOST_UPDATE"]), "--limit", 2, "--json")
    assert json.loads(limited.stdout)["why_not"] == "stopped at the limit of 2 executions"


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    out, times = io.StringIO(), iter([0, 9, 10, 19, 20])
    say = progress(out, lambda: next(times))
    for executions in (100, 1000, 2000, 3000):
        say(Exploration(False, executions, random=executions == 3000))
    lines = [
        "threadlab: 1000 schedules, 0 outcomes so far",
        "threadlab: 3000 schedules, 0 outcomes so far; now random schedules",
    ]
    assert out.getvalue().splitlines() == lines


ENDLESSLY = """
from threading import Thread
log = []
def work():
    for n in range(30): log.append(n)
threads = [Thread(target=work) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_interrupted(arguments: list[str], program) -> None:
    """Ctrl-C, which the terminal sends to the whole group, once there is progress to be seen."""
    command = [sys.executable, "-m", "threadlab", "outcomes", program(ENDLESSLY), "--limit", "1000000", *arguments]
    ours, terminal = os.openpty()
    # Tests that a shell runs in the background ignore Ctrl-C, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=terminal, text=True, cwd=ROOT, start_new_session=True
    )
    signal.signal(signal.SIGINT, before)
    os.close(terminal)
    seen = ""
    while not re.search(r"\d{4} schedules, 1 outcomes", seen):  # more than those without a preemption
        seen += os.read(ours, 1000).decode()
    # The child has it first: it must not take it for an exception of the program.
    (child,) = psutil.Process(process.pid).children()
    child.send_signal(signal.SIGINT)
    length = len(seen)
    while "schedules, " not in seen[length:]:
        seen += os.read(ours, 1000).decode()
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 130
    if arguments:
        result = json.loads(output)
        assert result["exhaustive"] is False
        assert result["schedules"] > 0 and result["outcomes"][0]["ending"] == "finished"
        assert len(result["outcomes"]) == 1, "the interruption is not the program's"
    else:
        assert "1. finished" in output
        assert re.search(r"NOT exhaustive: interrupted\. [1-9][\d,]* executions; there may be other outcomes\.", output)
        assert "All schedules with fewer than 1 preemption are covered." in output
    assert "Traceback" not in seen


def test_the_sandbox_outlives_nothing(program) -> None:
    loop = "print('before')\nsum(iter(int, 1))"
    run = run_file(program(loop), silence=1.5)
    assert run.outcome.ending.startswith("step limit: killed after 1.5 s")
    crash = "import ctypes; print('before'); ctypes.string_at(0)"
    run = run_file(program(crash))
    assert run.outcome.kind == "exception"
    assert run.outcome.ending == "exception: the interpreter ended with status -11"
    deleted = "import sys\nfor name in list(sys.modules): del sys.modules[name]\nprint('gone')"
    assert run_file(program(deleted)).output == "gone\n"
    found = outcomes_of(program(loop), silence=1.5)
    assert not found.exhaustive
    assert "killed" in found.why_not


def test_what_a_program_does_to_its_process(program) -> None:
    closed = "import os\nos.closerange(0, 3)\nprint('closed')"
    assert run_file(program(closed)).output == "closed\n"
    everything = "import os\nprint('before', flush=True)\nos.closerange(0, 256)\nprint('after')"
    run = run_file(program(everything), silence=20)
    assert (run.outcome.kind, run.output) == ("exception", "before\n")
    assert run.outcome.ending.startswith("exception: the interpreter ended")
    assert run_file(program("import os\nprint('x')\nos._exit(5)")).outcome.ending == "finished with os._exit(5)"
    real = "import os, posix\nprint('x')\nposix._exit(5)"
    assert run_file(program(real)).outcome.ending == "exception: the interpreter ended with status 5"


def test_a_child_without_posix_spawn(program, monkeypatch) -> None:
    """As on Windows."""
    monkeypatch.setattr(launch, "_SPAWNS", False)
    assert run_file(program("print(1)")).output == "1\n"
    crash = run_file(program("import os, posix\nposix._exit(5)"))
    assert crash.outcome.ending == "exception: the interpreter ended with status 5"


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-"])
def test_a_caller_without_standard_streams(closed: str, program) -> None:
    """Descriptors that are opened then get the numbers of the closed ones."""
    command = shlex.join([sys.executable, "-m", "threadlab", "run", str(program("print(1)"))])
    run = subprocess.run(["sh", "-c", f"exec {command} {closed}"], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0
    assert run.stdout.startswith("1\n")


def test_a_caller_that_ignores_the_end_of_its_children(program) -> None:
    """Then the system takes away a child that has ended, and there is no status to be had."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run_file(program("print(1)")).output == "1\n"
        assert run_file(program("import posix\nposix._exit(5)")).outcome.kind == "exception"
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize("verb", ["run", "outcomes"])
def test_an_error_of_the_lab_itself(verb: str, program, tmp_path) -> None:
    """It is told with its place, and never as the program's."""
    shutil.copytree(ROOT / "threadlab", tmp_path / "threadlab", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "threadlab/naming.py").open("a") as module:
        module.write("def (:\n")
    arguments = [sys.executable, "-m", "threadlab", verb, program("print(1)")]
    run = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "the Thread Lab itself fails" in run.stderr
    assert "naming.py" in run.stderr and "SyntaxError" in run.stderr


def test_interrupted_before_the_command_line_is_there(program, monkeypatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("threadlab.command.main", interrupted)
    assert main(["run", str(program("print(1)"))]) == 130


def test_whoever_reads_the_output_stops(program) -> None:
    """As `head` does: that is no fault of the file."""
    command = shlex.join([sys.executable, "-m", "threadlab", "run", str(program("for n in range(30000): print(n)"))])
    run = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True, cwd=ROOT)
    assert (run.stdout, run.stderr) == ("0\n", "")


def test_thousands_of_threads(program) -> None:
    many = "from threading import Thread\nts = [Thread(target=int) for _ in range(2000)]\n"
    many += "for t in ts: t.start()\nfor t in ts: t.join()\nprint(len(ts))"
    assert run_file(program(many)).output == "2000\n"


@pytest.mark.parametrize("name", ["LOST_UPDATE", "LOCK_ORDER", "POOL_DONE", "CHECK_THEN_ACT", "SLEEPS"])
def test_recordings_follow_the_schema(name: str, program) -> None:
    for policy in ("first", "random", "pct"):
        result = run_file(program(SMALL[name]), seed=4, policy=policy, record=True)
        jsonschema.validate(result.recording, schema())
        events = events_from_json(result.recording)
        assert fold(events).output == result.output
        again = run_file(program(SMALL[name]), schedule=result.schedule, record=True)
        assert {**again.recording} == {**result.recording}


def test_the_archive(program, tmp_path) -> None:
    archive = tmp_path / "threadlab.pyz"
    build(archive)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-I", archive, "run", program(SMALL["LOST_UPDATE"]), "--schedule", "0.9t2"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (run.returncode, run.stdout) == (0, "1\n"), run.stderr


def test_the_archive_on_an_older_python(tmp_path) -> None:
    archive = tmp_path / "threadlab.pyz"
    build(archive)
    with zipfile.ZipFile(archive) as opened:
        for name in ("__main__.py", "threadlab/__init__.py", "threadlab/__main__.py"):
            ast.parse(opened.read(name), feature_version=(3, 8))
    # A shim of pyenv may be there for a Python that is not.
    paths = filter(None, (shutil.which(f"python3.{n}") for n in range(8, 13)))
    older = next((path for path in paths if not subprocess.run([path, "-V"], capture_output=True).returncode), None)
    if older is None:
        pytest.skip("there is no Python older than 3.13 here")
    for command in ([archive, "--help"], ["-m", "threadlab", "--help"]):
        run = subprocess.run([older, *command], capture_output=True, text=True, cwd=ROOT)
        assert run.returncode == 2
        assert re.fullmatch(r"threadlab needs Python 3\.13 or newer; this is 3\.\d+\n", run.stderr), run.stderr
