"""A page: a Markdown file or a notebook under docs/, the snippets that it embeds, and which names go together."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from authoring.snippets import Snippet

LAB = "lab"
"""The class of a fence whose program the page takes apart."""

EXERCISE, CHECK = "exercise", "check"
"""The classes of the fence whose program the reader mends, and of the one right after it, with what checks that."""

_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})(?P<header>.*)$")
_TITLE = re.compile(r"(?m)^# (.+?) *$")
_CLASS = re.compile(r"(?<![-\w])\.([a-z][-\w]*)")
_EMBED = re.compile(r'^\s*-+8<-+ "(?P<name>[^":]+)(?::(?P<section>[^"]+))?"\s*$')


@dataclass(frozen=True)
class Embed:
    """One `--8<-- "name:section"` line, at a line of its page counted from 1; no section: the whole file."""

    line: int
    name: str
    section: str | None
    classes: tuple[str, ...] = ()
    """Of the fence that it is the first line of: ("python", "lab") for `{ .python .lab }`."""


@dataclass(frozen=True)
class Page:
    """One page. `name` is its path below docs/, with slashes, as mkdocs.yml writes it."""

    name: str
    file: Path

    @cached_property
    def source(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def is_notebook(self) -> bool:
        return self.file.suffix == ".ipynb"

    @cached_property
    def cells(self) -> list[dict]:
        """The cells of a notebook."""
        return json.loads(self.source)["cells"]

    @cached_property
    def markdown(self) -> str:
        """Its Markdown; for a notebook, that of its Markdown cells."""
        if not self.is_notebook:
            return self.source
        return "\n\n".join("".join(cell["source"]) for cell in self.cells if cell["cell_type"] == "markdown")

    @property
    def title(self) -> str:
        """Its first heading; its name if it has none."""
        heading = _TITLE.search(self.markdown)
        return heading[1] if heading else self.name

    @property
    def topic(self) -> str:
        """With what the names of its snippets begin: its own path without the ending."""
        return self.name.removesuffix(self.file.suffix)

    def owns(self, snippet: Snippet) -> bool:
        """Whether a snippet is named after this page: same folder, and the page's topic, alone or with a variant."""
        name = snippet.name.removesuffix(".py")
        return name == self.topic or name.startswith(f"{self.topic}_")

    def line_of(self, text: str) -> int:
        """The first line of the file, counted from 1, that contains `text`; 1 if none does."""
        needle = json.dumps(text)[1:-1] if self.is_notebook else text
        return next((n for n, line in enumerate(self.source.splitlines(), 1) if needle in line), 1)

    def line_of_link(self, link: str) -> int:
        """The first line of the file that links there; or that contains the address at all."""
        inline = f"]({link}"
        return self.line_of(inline if inline in self.markdown else link)

    @cached_property
    def embeds(self) -> list[Embed]:
        """What it embeds, from top to bottom."""
        return list(self._find_embeds())

    def _find_embeds(self) -> Iterator[Embed]:
        above = ""
        for number, line in enumerate(self.markdown.splitlines(), 1):
            if match := _EMBED.match(line):
                place = self.line_of(line.strip()) if self.is_notebook else number
                yield Embed(place, match["name"], match["section"], _classes(above))
            above = line


def _classes(line: str) -> tuple[str, ...]:
    """The classes of the fence that a line opens; none if it opens none, or one that has only a language."""
    fence = _FENCE.match(line)
    return tuple(_CLASS.findall(fence["header"])) if fence else ()


def load_pages(root: Path) -> list[Page]:
    """All pages below the folder `root`, sorted by name."""
    files = sorted(file for file in root.rglob("*") if file.suffix in (".md", ".ipynb"))
    return [Page(file.relative_to(root).as_posix(), file) for file in files]


def missing_snippets(page: Page, snippets: dict[str, Snippet]) -> list[str]:
    """A message, with file, line and remedy, for each embedded snippet or section that there is not.

    `snippets` are the snippets by name; names without `.py` (CONTRIBUTING.md) are not snippets.
    """
    messages = []
    for embed in page.embeds:
        where = f"docs/{page.name}:{embed.line}"
        snippet = snippets.get(embed.name)
        if not embed.name.endswith(".py"):
            continue
        if snippet is None:
            messages.append(f"{where}: there is no snippets/{embed.name}. Write that file, or correct the name.")
        elif embed.section and embed.section not in snippet.sections:
            there = ", ".join(snippet.sections) or "none"
            messages.append(
                f"{where}: snippets/{embed.name} has no section {embed.section!r} (there are: {there}). "
                f"Add '# --8<-- [start:{embed.section}]' and '[end:{embed.section}]' to it, or correct the name."
            )
    return messages


def faulty_description(page: Page, description: str | None) -> str | None:
    """A message, with file, line and remedy, if the description in a page's front matter is not there, or not of a
    length that search engines show whole."""
    if description is None:
        what = "its front matter has no description" if page.markdown.startswith("---\n") else "it has no front matter"
        return (
            f"docs/{page.name}:1: {what}. Let the page begin with three lines: '---', "
            "'description: one sentence of 70 to 155 characters', '---'."
        )
    if 70 <= len(description) <= 155:
        return None
    return (
        f"docs/{page.name}:{page.line_of('description:')}: its description has {len(description)} characters. "
        "Write one sentence of 70 to 155."
    )


def misplaced_labs(page: Page) -> list[str]:
    """A message, with file, line and remedy, for each fence of the class lab that cannot be a lab."""
    messages = []
    embeds = {embed.line for embed in page.embeds}
    for number, line in enumerate(page.markdown.splitlines(), 1):
        classes = _classes(line)
        if LAB not in classes:
            continue
        where = f"docs/{page.name}:{page.line_of(line.strip()) if page.is_notebook else number}"
        if page.is_notebook:
            messages.append(f"{where}: a notebook has no labs. Drop .lab, or show the program on a Markdown page.")
        elif "python" not in classes:
            messages.append(f"{where}: a lab runs Python. Write the fence as ``` {{ .python .lab }}.")
        elif number + 1 not in embeds:
            messages.append(
                f'{where}: a lab embeds a snippet, and this one does not. Write one line --8<-- "FILE" or '
                '--8<-- "FILE:section" into the fence, or drop .lab.'
            )
    return messages


def misplaced_exercises(page: Page) -> list[str]:
    """A message, with file, line and remedy, for each exercise without a check, and each check without an exercise.

    An exercise is a fence with FILE_broken.py:program, and the next one its check, with FILE.py:check.
    """
    messages = []
    wanted = ""  # the check of the exercise before, and where that one stands
    place = 0
    for line, classes, embed in [*_fences(page), (0, (), None)]:
        where = f"docs/{page.name}:{embed.line if embed else line}"
        shown = f"{embed.name}:{embed.section}" if embed else ""
        if wanted and not (CHECK in classes and shown == wanted):
            messages.append(
                f"docs/{page.name}:{place}: an exercise needs its check. Let the next fence be ``` "
                f'{{ .python .check }} with --8<-- "{wanted}".'
            )
        elif CHECK in classes and not wanted:
            messages.append(
                f"{where}: a check without its exercise. Write a fence ``` {{ .python .exercise }} before it, "
                "or drop .check."
            )
        wanted = ""
        if EXERCISE not in classes and CHECK not in classes:
            continue
        kind = EXERCISE if EXERCISE in classes else CHECK
        if page.is_notebook:
            messages.append(f"{where}: a notebook has no exercises. Drop .{kind}, or write a Markdown page.")
        elif "python" not in classes:
            messages.append(f"{where}: an exercise is Python. Write the fence as ``` {{ .python .{kind} }}.")
        elif kind == EXERCISE and not shown.endswith("_broken.py:program"):
            messages.append(
                f"{where}: an exercise embeds a broken program. Write one line --8<-- "
                '"FILE_broken.py:program" into the fence, or drop .exercise.'
            )
        elif kind == EXERCISE:
            wanted, place = f"{embed.name.removesuffix('_broken.py')}.py:check", embed.line
    return messages


def _fences(page: Page) -> Iterator[tuple[int, tuple[str, ...], Embed | None]]:
    """Line, classes and embed of each fence that embeds, or that has the class of an exercise or of a check."""
    below = iter(page.embeds)
    lines = page.markdown.splitlines()
    for number, (line, after) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        if _EMBED.match(line) and not _FENCE.match(lines[number - 2]):
            next(below)  # outside of a fence
        if not _FENCE.match(line):
            continue
        embed = next(below) if _EMBED.match(after) else None
        classes = _classes(line)
        if embed or EXERCISE in classes or CHECK in classes:
            yield (page.line_of(line.strip()) if page.is_notebook else number), classes, embed
