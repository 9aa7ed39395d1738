"""The program with hooks does what the program without them does."""

import ast
import doctest
import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from language_lab import PROGRAMS

from threadlab.instrument import instrument

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


CAUGHT = """
import sys, threading, traceback
from collections import namedtuple
P = namedtuple("P", "x y")
class Bad:
    def __getitem__(self, key): return [][key]
def show(error):
    print([(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)])
for do in (lambda: {}["k"], lambda: [].pop(), lambda: [] + 3, lambda: Bad()[1], lambda: None.x, lambda: P([])):
    try: do()
    except Exception as error: show(error)
d, items = {}, []
try: d["k"] += 1
except* KeyError as group: show(group.exceptions[0])
try:
    try: d["k"] += 1
    except KeyError: items.remove(1)
except ValueError as error:
    show(error)
    show(error.__context__)
sys.excepthook = lambda kind, error, trace: show(error)
items.pop()
"""


def test_a_caught_exception_has_no_frames_of_the_lab(run, tmp_path) -> None:
    file = tmp_path / "program.py"
    file.write_text(CAUGHT)
    plain = subprocess.run([sys.executable, file], capture_output=True, text=True)
    assert plain.stdout.count("\n") == 10
    for record in (False, True):
        assert run(CAUGHT, record=record).output == plain.stdout


def test_what_a_function_of_the_library_makes_is_the_program_s(run) -> None:
    source = "import collections, pickle\nP = collections.namedtuple('P', ['x'])\nprint(P.__module__)\n"
    assert run(source + "print(pickle.loads(pickle.dumps(P([1]))))").output == "__main__\nP(x=[1])\n"


def test_namespace_shows_no_hooks(run) -> None:
    assert run("x = 1\ndef f():\n  global x\n  x = y = 2\nf()\nx = y = 3\nprint(sorted(globals()))").output == (
        "['__builtins__', '__doc__', '__file__', '__loader__', '__name__', '__package__', '__spec__', 'f', 'x', 'y']\n"
    )


REFUSED_IN = "syntax unpack_ex named_expressions patma scope exceptions type_params coroutines except_star generators"


def only_the_compiler_refuses() -> dict[str, SyntaxError]:
    """Programs in CPython's own tests that have a syntax tree and yet cannot be compiled, each with why."""
    found: dict[str, SyntaxError] = {}
    for name in REFUSED_IN.split():
        spec = importlib.util.find_spec(f"test.test_{name}")
        if spec is None or spec.origin is None:
            pytest.skip(f"this Python comes without test.test_{name}")
        texts = [
            node.value for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]  # fmt: skip
        for text in texts:
            examples = [each.source for each in doctest.DocTestParser().get_examples(text)] if ">>>" in text else []
            for program in [textwrap.dedent(text), *examples]:
                try:
                    ast.parse(program)
                except (SyntaxError, ValueError):
                    continue
                try:
                    compile(program, FILENAME, "exec", dont_inherit=True)
                except SyntaxError as error:
                    found[program] = error
    return found


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_what_the_compiler_refuses_is_refused_at_the_readers_line() -> None:
    programs = only_the_compiler_refuses()
    assert len(programs) > 250
    for program, error in programs.items():
        with pytest.raises(SyntaxError) as caught:
            instrument(program, FILENAME)
        assert (caught.value.msg, caught.value.lineno) == (error.msg, error.lineno), program
