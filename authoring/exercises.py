"""An exercise: a broken program that a reader mends, the check that stands outside the editor, and the check's cases.

What is explored is one program for each case: the reader's text, the check, the case, and a last print of a nonce,
so that only a run which has come to the end of the check counts. threadlab/web/judge.js composes and judges in the
same way; a test compares the two.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from authoring.snippets import Snippet, SnippetError

BROKEN = "_broken.py"
CHECK = "check"
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
    return CHECK in snippet.sections


def exercise(snippet: Snippet) -> Exercise:
    """The exercise of a snippet (or, of a solution, what it is the solution of). Raises SnippetError."""
    for section in ("program", CHECK, "cases"):
        if section not in snippet.sections:
            raise SnippetError(
                f"snippets/{snippet.name}",
                1,
                f"an exercise has a section {section!r}, which is missing. Put '# --8<-- [start:{section}]' before it "
                f"and '# --8<-- [end:{section}]' after it.",
            )
    parts = {name: text.strip("\n") for name, text in snippet.sections.items()}
    cases = tuple(line for line in parts["cases"].splitlines() if line)
    if not cases:
        raise _fault(snippet, "[start:cases]", "an exercise has cases. Write calls of the check here, one a line.")
    for section, texts in (("program", [parts["program"]]), (CHECK, [parts[CHECK]]), ("cases", cases)):
        for text in texts:
            try:
                ast.parse(text)
            except SyntaxError as error:
                more = " Each case is one line." if section == "cases" else ""
                raise _fault(
                    snippet, (error.text or text).strip(), f"Python cannot read this: {error.msg}. Mend it.{more}"
                ) from None
    return Exercise(snippet.name, parts["program"], parts[CHECK], cases)


def pair(broken: Snippet, solution: Snippet) -> Exercise:
    """The exercise of a broken program and its solution: they have the same check and cases. Raises SnippetError."""
    given, solved = exercise(broken), exercise(solution)
    for section in (CHECK, "cases"):
        if getattr(given, section) != getattr(solved, section):
            message = f"its {section} is not that of snippets/{solution.name}. Copy it from there."
            raise _fault(broken, f"[start:{section}]", message)
    return given


def _fault(snippet: Snippet, text: str, message: str) -> SnippetError:
    """Names the first line that has `text`."""
    line = next((n for n, line in enumerate(snippet.source.splitlines(), 1) if text in line), 1)
    return SnippetError(f"snippets/{snippet.name}", line, message)


def compose(program: str, check: str, case: str, nonce: str) -> str:
    """The program that is explored for one case. The reader's lines keep their numbers."""
    return _BETWEEN.join([program.rstrip("\n"), check, f'{case}\nprint("{nonce}")\n'])


def whole(exercise: Exercise) -> str:
    """The broken program as it runs in a terminal: with the same numbers of lines, and all cases one after another."""
    return _BETWEEN.join([exercise.program, exercise.check, "\n".join(exercise.cases) + "\n"])


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
