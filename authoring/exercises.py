"""An exercise: a broken program that a reader mends, the check that stands outside the editor, and the check's cases.

What is explored is one program for each case: the reader's text, the check, the case, and a last print of a nonce,
so that only a run which has come to the end of the check counts. threadlab/web/judge.js composes and judges in the
same way; a test compares the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authoring.snippets import Snippet, SnippetError

BROKEN = "_broken.py"
PREEMPTIONS = 2
"""The bound up to which every schedule is explored."""
_BETWEEN = "\n\n\n"


@dataclass(frozen=True)
class Exercise:
    """What an exercise's snippet holds, in the sections of the same names."""

    name: str
    """The snippet's, of the broken program."""
    program: str
    check: str
    cases: tuple[str, ...]
    """Calls of the check, each explored on its own."""

    @property
    def topic(self) -> str:
        """Its name without the folder: that of its page, too."""
        return self.name.removesuffix(BROKEN).rpartition("/")[2]


def is_one(snippet: Snippet) -> bool:
    """Whether a snippet is an exercise's, or its solution."""
    return "check" in snippet.sections


def exercise(snippet: Snippet) -> Exercise:
    """The exercise of a snippet (or, of a solution, what it is the solution of). Raises SnippetError."""
    for section in ("program", "check", "cases"):
        if section not in snippet.sections:
            raise SnippetError(f"snippets/{snippet.name}", 1, f"an exercise has a section {section!r}: mark it")
    parts = {name: text.strip("\n") for name, text in snippet.sections.items()}
    cases = tuple(line for line in parts["cases"].splitlines() if line)
    return Exercise(snippet.name, parts["program"], parts["check"], cases)


def compose(program: str, check: str, case: str, nonce: str) -> str:
    """The program that is explored for one case. The reader's lines keep their numbers."""
    return _BETWEEN.join([program.rstrip("\n"), check, f'{case}\nprint("{nonce}")\n'])


def first_line_of_check(program: str) -> int:
    """The line, counted from 1, at which the check begins in what `compose` gives."""
    return program.rstrip("\n").count("\n") + 1 + len(_BETWEEN)


def is_right(ending: str, output: str, nonce: str) -> bool:
    """Whether an outcome is one in which the check came to its end."""
    return ending == "finished" and output.splitlines()[-1:] == [nonce]


def passes(exhaustive: bool, outcomes: Iterable[tuple[str, str]], nonce: str) -> bool:
    """Whether an exploration shows that a case holds: there is nothing else that could have been found."""
    found = list(outcomes)
    return exhaustive and bool(found) and all(is_right(ending, output, nonce) for ending, output in found)
