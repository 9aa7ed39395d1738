"""What leaves the interpreter is refused, with the call and the line, natively and in the browser's Python."""

import sys
from pathlib import Path

import pytest
from test_agreement import in_pyodide, native

from threadlab.refusals import Unsupported

LEAVES = "leaves the interpreter, so the lab cannot schedule it"
SIGNALS = "is about signals, which come at any time, so the lab cannot schedule them"
MISSING = "is missing from this build of Python"
PROCESS = "import multiprocessing as m\nm.set_start_method({!r})\nm.Process(target=print).start()"

REFUSED = {
    "a process that is forked": (PROCESS.format("fork"), f"3: os.fork {LEAVES}"),
    "a process that is spawned": (PROCESS.format("spawn"), f"3: a new process {LEAVES}"),
    "a pool of processes": (
        "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor().submit(print)",
        f"2: a lock of multiprocessing {LEAVES}"),
    "a queue of processes": (
        "import multiprocessing\nmultiprocessing.Queue()", f"2: a lock of multiprocessing {LEAVES}"),
    "shared memory": (
        "from multiprocessing.shared_memory import SharedMemory\nSharedMemory(create=True, size=1)",
        f"2: shared memory {LEAVES}"),
    "an alarm": ("import signal\nsignal.alarm(1)", f"2: signal.alarm {SIGNALS}"),
    "a timer of the system": (
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 1)", f"2: signal.setitimer {SIGNALS}"),
    "an alarm, if there are any": (
        "import signal\nif hasattr(signal, 'alarm'): signal.alarm(1)", f"2: signal.alarm {SIGNALS}"),
    "a handler": ("import signal\nsignal.signal(signal.SIGALRM, print)", f"2: signal.signal {SIGNALS}"),
    "an interpreter": ("import _interpreters\n_interpreters.create()", f"2: a new interpreter {LEAVES}"),
}  # fmt: skip
IN_BROWSER = {
    "an interpreter": (REFUSED["an interpreter"][0], f"1: a new interpreter {LEAVES}"),
    "another interpreter": ("from concurrent import interpreters", f"1: a new interpreter {LEAVES}"),
    "a pool of interpreters": (
        "from concurrent.futures import InterpreterPoolExecutor", f"1: a new interpreter {LEAVES}"),
    "a module": ("try: import resource\nexcept ImportError: pass", f"1: resource {MISSING}"),
    "a function": ("import os\nos.getegid()", f"2: os.getegid {MISSING}"),
    "a function by its name": ("from signal import alarm", f"1: signal.alarm {SIGNALS}"),
}  # fmt: skip
ANSWERED = {
    "a module of another system": ("try: import winreg\nexcept ImportError: print('none')", "none\n"),
    "no module": ("try: import alarms\nexcept ImportError: print('none')", "none\n"),
    "no function": ("import signal\ntry: signal.alrm\nexcept AttributeError as error: print(error)",
                    "module 'signal' has no attribute 'alrm'\n"),
    "the library's own question": ("import socket, selectors, multiprocessing.connection\nprint('all')", "all\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, run, world) -> None:
    source, expected = REFUSED[name]
    sys.addaudithook(world.audit)
    error = run(source).error
    assert isinstance(error, Unsupported)
    assert str(error) == f"/program.py:{expected}"


def test_refused_in_the_browser(node: str, pyodide: Path, tmp_path: Path) -> None:
    programs = {name: source for name, (source, _) in (REFUSED | IN_BROWSER | ANSWERED).items()}
    found = in_pyodide(node, pyodide, "stacks", programs, tmp_path)
    for name, (_, expected) in (REFUSED | IN_BROWSER).items():
        assert found[name] == [[f"/program.py:{expected}", ""]]
    for name, (_, expected) in ANSWERED.items():
        assert found[name] == [["finished", expected]]
    assert native(sys.executable, "stacks", {name: programs[name] for name in ANSWERED}) == {
        name: found[name] for name in ANSWERED
    }


def test_the_modules_of_others_are_back(world) -> None:
    import _multiprocessing

    world.remove()
    import _multiprocessing as real

    assert _multiprocessing.SemLock is not real.SemLock
    assert real.SemLock.__flags__ & (1 << 8), "it is the one in C"
    world.install()
