"""The program with hooks does what the program without them does."""

import subprocess
import sys

import pytest
from language_lab import PROGRAMS

FILENAME = "/program.py"


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("source", PROGRAMS, ids=range(len(PROGRAMS)))
def test_same(source: str, record: bool, run, tmp_path) -> None:
    file = tmp_path / "program.py"
    file.write_text(source)
    plain = subprocess.run([sys.executable, file], capture_output=True, text=True)
    lab = run(source, record=record)
    assert lab.error is None
    assert lab.output == plain.stdout
    assert lab.errors == plain.stderr.replace(str(file), FILENAME)


TRACEBACK = """
import threading
class A:
    def __init__(self): self.items = {}
    def get(self, key):
        return self.items[key]
def work():
    global a
    a = A()
    a.items["x"] = 1
    a.items["x"] += len(a.get("y"))
thread = threading.Thread(target=work)
thread.start()
thread.join()
a.missing.b += 1
"""


def test_tracebacks_are_the_reader_s(run) -> None:
    errors = run(TRACEBACK).errors
    assert "threadlab" not in errors.replace(FILENAME, "")
    for line in ('line 11, in work\n    a.items["x"] += len(a.get("y"))', "line 6, in get\n    return self.items[key]",
                 "KeyError: 'y'", "line 15, in <module>\n    a.missing.b += 1", "AttributeError"):  # fmt: skip
        assert line in errors


def test_namespace_shows_no_hooks(run) -> None:
    assert run("x = 1\ndef f():\n  global x\n  x = y = 2\nf()\nx = y = 3\nprint(sorted(globals()))").output == (
        "['__builtins__', '__doc__', '__file__', '__loader__', '__name__', '__package__', '__spec__', 'f', 'x', 'y']\n"
    )
