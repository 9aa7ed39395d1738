"""A snippet: a program under snippets/, what it declares about its run, its sections and its expected output.

A snippet that does anything but finish and print exactly its ``#>`` lines says so in a ``[tool.snippet]`` table of its
inline script metadata (https://packaging.python.org/en/latest/specifications/inline-script-metadata/), so that
``uv run`` reads the same file.
"""

import re
import textwrap
import tomllib
from collections import Counter
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

BUILDS = ("default", "free-threaded")
ENDINGS = ("finished", "deadlock", "killed")
MAX_WIDTH = 72
"""Columns of a line of code or of output: what a code block shows on a laptop without scrolling."""

_METADATA = re.compile(r"(?m)^# /// script\n(?P<toml>(?:#(?: .*)?\n)*?)# ///\n")
_MARKER = re.compile(r"^\s*# --8<-- \[(?P<kind>start|end):(?P<name>[a-z][-_0-9a-z]*)\]$")
_OUTPUT = re.compile(r"^\s*#> ?(?P<text>.*)$")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


class SnippetError(ValueError):
    """A snippet that cannot be read as one: names the file, the line (counted from 1) and what to do."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True)
class Directive:
    """What a snippet declares about its run. The defaults are those of a file without a directive."""

    requires_python: SpecifierSet = field(default_factory=SpecifierSet)
    """The versions of CPython that it runs on."""
    build: str | None = None
    """One of BUILDS, if it runs on that build only."""
    raises: str | None = None
    """The uncaught exception, by its class's name, with which the main thread must end."""
    thread_raises: str | None = None
    """The uncaught exception, by its class's name, with which another thread must end."""
    ending: tuple[str, ...] = ("finished",)
    """The ENDINGS that it may have; more than one means that each of them may occur."""
    outputs: tuple[str, ...] = ()
    """The whole outputs that it may have, where there is more than one; `{lo..hi}` stands for any integer between."""
    dependencies: tuple[str, ...] = ()
    """What it imports beside the standard library, as packages to install."""
    any_order: str | None = None
    """Why its lines come in any order, if they do; then other threads than the main one may print, too."""
    not_in_lab: str | None = None
    """Why the Thread Lab does not offer it, if it does not: it needs processes, sockets, or too many steps."""

    def why_skipped(self, version: tuple[int, int, int], free_threaded: bool) -> str | None:
        """The reason why it does not run on this interpreter, or None if it does."""
        running = ".".join(map(str, version))
        if not self.requires_python.contains(running):
            return f"needs Python {self.requires_python}, this is {running}"
        if self.build and self.build != BUILDS[free_threaded]:
            return f"needs the {self.build} build, this is the {BUILDS[free_threaded]} one"
        return None

    def accepts(self, output: list[str], shown: list[str]) -> bool:
        """Whether a program that shows the lines `shown` may print the lines `output`."""
        if not self.outputs:
            return Counter(output) == Counter(shown) if self.any_order else output == shown
        return any(self._matches(output, expected.split("\n")) for expected in self.outputs)

    def _matches(self, output: list[str], expected: list[str]) -> bool:
        if len(output) != len(expected):
            return False
        if not self.any_order:
            return all(map(_line_matches, output, expected))
        # Lines without a range first: each of them can be taken by one line only.
        left = list(output)
        for pattern in sorted(expected, key=lambda line: len(_RANGE.findall(line))):
            match = next((line for line in left if _line_matches(line, pattern)), None)
            if match is None:
                return False
            left.remove(match)
        return True


def _line_matches(line: str, pattern: str) -> bool:
    """Whether `line` is `pattern` with an integer within its bounds for each `{lo..hi}`."""
    bounds = [(int(low), int(high)) for low, high in _RANGE.findall(pattern)]
    literal = _RANGE.split(pattern)[::3]
    match = re.fullmatch(r"(\d+)".join(map(re.escape, literal)), line)
    return match is not None and all(
        low <= int(found) <= high for found, (low, high) in zip(match.groups(), bounds, strict=True)
    )


@dataclass(frozen=True)
class Snippet:
    """One program. `name` is its path below snippets/, with slashes, as pages write it."""

    name: str
    file: Path
    source: str

    @cached_property
    def directive(self) -> Directive:
        """What the file declares. Raises SnippetError where it declares something that there is not."""
        blocks = list(_METADATA.finditer(self.source))
        if not blocks:
            if "# /// script" in self.source:
                raise self._error("# /// script", "this block is not closed; end it with a line '# ///'")
            return Directive()
        if len(blocks) > 1:
            raise self._error("# /// script", "has more than one script block; keep one")
        toml = "".join(line[2:] or "\n" for line in blocks[0]["toml"].splitlines(keepends=True))
        try:
            metadata = tomllib.loads(toml)
        except tomllib.TOMLDecodeError as error:
            first = self.source.count("\n", 0, blocks[0].start()) + 1
            within = re.search(r"at line (\d+)", f"{error}")
            line = first + int(within[1]) if within else first
            what = re.sub(r" \(at [^)]*\)$", "", f"{error}")
            raise SnippetError(f"snippets/{self.name}", line, f"this block is not TOML: {what}") from None
        return self._read_directive(metadata)

    def _read_directive(self, metadata: dict) -> Directive:
        known = {each.name for each in fields(Directive)} - {"requires_python", "dependencies"}
        tools = metadata.get("tool", {})
        self._require(isinstance(tools, dict), "tool", "tool is a table: write [tool.snippet]")
        for key in tools.keys() - {"snippet"}:
            raise self._error(f"tool.{key}", f"unknown table [tool.{key}]; directives stand in [tool.snippet]")
        table = tools.get("snippet", {})
        self._require(isinstance(table, dict), "snippet", "snippet is a table: write [tool.snippet]")
        for key in metadata.keys() - {"requires-python", "dependencies", "tool"}:
            raise self._error(key, f"unknown key {key!r} in the script block")
        for key in table.keys() - known:
            near = "".join(f"; did you mean {name!r}?" for name in get_close_matches(key, known, 1))
            raise self._error(key, f"unknown directive {key!r}{near or '; there are ' + ', '.join(sorted(known))}")
        required = metadata.get("requires-python", "")
        self._require(isinstance(required, str), "requires-python", 'requires-python is a string such as ">=3.14"')
        dependencies = metadata.get("dependencies", [])
        self._require(is_strings(dependencies), "dependencies", "dependencies is a list of strings")
        try:
            required = SpecifierSet(required)
        except InvalidSpecifier as error:
            raise self._error("requires-python", f"{error}") from None
        for key, value in table.items():
            self._check(key, value)
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        return Directive(required, dependencies=tuple(dependencies), **values)

    def _require(self, holds: bool, key: str, message: str) -> None:
        if not holds:
            raise self._error(key, message)

    def _check(self, key: str, value: object) -> None:
        if key in ("outputs", "ending"):
            if not (value and is_strings(value)):
                raise self._error(key, f"{key} is a list of strings, not {value!r}")
            if key == "ending" and (unknown := set(value) - set(ENDINGS)):
                raise self._error(key, f"unknown ending {min(unknown)!r}; there are {', '.join(ENDINGS)}")
        elif not (isinstance(value, str) and value.strip()):
            raise self._error(key, f"{key} is a string that is not empty, not {value!r}")
        elif key == "build" and value not in BUILDS:
            raise self._error(key, f"unknown build {value!r}; there are {', '.join(BUILDS)}")

    def _error(self, text: str, message: str) -> SnippetError:
        line = next((n for n, line in enumerate(self.source.splitlines(), 1) if text in line), 1)
        return SnippetError(f"snippets/{self.name}", line, message)

    @cached_property
    def shown_output(self) -> list[str]:
        """The lines that its `#>` comments say it prints, from top to bottom."""
        return shown_output(self.source)

    @cached_property
    def sections(self) -> dict[str, str]:
        """The text of each named section, dedented, as pymdownx.snippets cuts it out.

        Raises SnippetError for a section that is not closed, closed twice or named twice.
        """
        sections: dict[str, list[str]] = {}
        opened: dict[str, int] = {}
        for number, line in enumerate(self.source.splitlines(), 1):
            marker = _MARKER.match(line)
            if not marker:
                for name in opened:
                    sections[name].append(line)
            elif marker["kind"] == "start":
                if marker["name"] in sections:
                    raise SnippetError(
                        f"snippets/{self.name}", number, f"section {marker['name']!r} starts twice; rename one"
                    )
                sections[marker["name"]] = []
                opened[marker["name"]] = number
            elif opened.pop(marker["name"], None) is None:
                raise SnippetError(
                    f"snippets/{self.name}", number, f"section {marker['name']!r} ends but does not start"
                )
        for name, number in opened.items():
            raise SnippetError(
                f"snippets/{self.name}", number, f"section {name!r} does not end; add '# --8<-- [end:{name}]'"
            )
        return {name: textwrap.dedent("\n".join(lines)) for name, lines in sections.items()}

    def lines_of(self, section: str | None) -> list[int]:
        """The line of the file, counted from 1, of each line of a section (None: of the whole file) as a page shows
        it, from the first that is not empty."""
        inside, numbers = section is None, []
        for number, line in enumerate(self.source.splitlines(), 1):
            if marker := _MARKER.match(line):
                inside = marker["kind"] == "start" if marker["name"] == section else inside
            elif inside and (numbers or line.strip()):
                numbers.append(number)
        return numbers

    @cached_property
    def whole(self) -> str:
        """The text of the file as a page shows it: without the markers of its sections."""
        return "\n".join(line for line in self.source.splitlines() if not _MARKER.match(line))

    @property
    def program(self) -> str:
        """What runs: the file without its metadata and without the markers of its sections."""
        return _METADATA.sub("", f"{self.whole}\n", count=1).strip("\n") + "\n"


def is_strings(value: object) -> bool:
    """Whether a value read from TOML is a list of strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def shown_output(source: str) -> list[str]:
    """The lines that the `#>` comments of a program say it prints, from top to bottom."""
    return [match["text"] for line in source.splitlines() if (match := _OUTPUT.match(line))]


def load_snippets(root: Path) -> list[Snippet]:
    """All snippets below the folder `root`, sorted by name. Raises SnippetError for a file that is not UTF-8."""
    snippets = []
    for file in sorted(root.rglob("*.py")):
        name, content = file.relative_to(root).as_posix(), file.read_bytes()
        try:
            snippets.append(Snippet(name, file, content.decode().replace("\r\n", "\n")))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise SnippetError(f"snippets/{name}", line, "is not UTF-8 here; save the file as UTF-8") from None
    return snippets


def by_content(snippets: list[Snippet]) -> dict[str, tuple[Snippet, str | None]]:
    """Which snippet, and which section of it (None: the whole file), shows a code stripped of outer newlines."""
    contents: dict[str, tuple[Snippet, str | None]] = {}
    for snippet in snippets:
        contents.setdefault(snippet.whole.strip("\n"), (snippet, None))
        for name, text in snippet.sections.items():
            contents.setdefault(text.strip("\n"), (snippet, name))
    return contents
