"""Starts a page: `uv run new-page threading/tools/queue "Queue"` writes the page, its snippet and its line in the nav.

Uses the standard library only, and edits mkdocs.yml as text: a YAML library would lose its comments and its !ENV tags.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_TITLE = 40
"""Characters of a title: what the nav shows in one line on a phone."""

EXERCISES = "lab/exercises"

_PATH = re.compile(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)+")
_NAV_PAGE = re.compile(r"""^(?P<indent> +)- (?:.*?: +)?["']?(?P<page>[\w./-]+\.(?:md|ipynb))["']?\s*(?:#.*)?$""")
_PLAIN_IN_YAML = re.compile(r"(?!(?i:yes|no|on|off|true|false|null)$)[A-Za-z][A-Za-z0-9_()., -]*")

PAGE = """\
---
description: "TODO: in one sentence of 70 to 155 characters, what a reader finds on the page {title}."
---

# {title}

TODO: what it is, in two or three sentences.

!!! analogy "TODO: a scene from daily life"

    TODO: the scene, then what stands for what.

## The shortest correct program

```python
--8<-- "{snippet}"
```

TODO: what happens, then why.

## What goes wrong without it

TODO: the same program without it, as `snippets/{folder}/{topic}_broken.py`.

## When not to use it

- TODO: the case, and what to use instead.

## In CPython's documentation

- TODO: a link to the object's own anchor. [`threading`](https://docs.python.org/3/library/threading.html)
"""

SNIPPET = """\
from threading import Thread

results = []


def work():
    results.append("{title}")


thread = Thread(target=work)
thread.start()
thread.join()

print("TODO:", results[0])
#> TODO: {title}
"""


class Refusal(Exception):
    """Why nothing is written: names the file and says what to do."""


@dataclass(frozen=True)
class NavLine:
    """A page in the nav of mkdocs.yml: the index of its line, its indentation, and its path without the ending."""

    index: int
    indent: str
    topic: str


def find_root() -> Path:
    """The repository that the current folder is in."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "mkdocs.yml").is_file() and (folder / "snippets").is_dir():
            return folder
    raise Refusal(f"mkdocs.yml: not found in {here} or above it. Change to the folder of this repository.")


def read_nav(lines: list[str]) -> list[NavLine]:
    """The pages in the nav, from top to bottom."""
    start = next((n for n, line in enumerate(lines) if line.startswith("nav:")), None)
    if start is None:
        raise Refusal("mkdocs.yml: has no line 'nav:'. Add the nav.")
    pages = []
    for index in range(start + 1, len(lines)):
        line = lines[index].rstrip("\r\n")
        if line and line[0] not in " #":
            break
        if match := _NAV_PAGE.match(line):
            pages.append(NavLine(index, match["indent"], str(PurePosixPath(match["page"]).with_suffix(""))))
    return pages


def folder_of(topic: str) -> str:
    return topic.rpartition("/")[0]


def place(nav: list[NavLine], topic: str, after: str | None) -> NavLine:
    """The line of the nav that the new one follows."""
    siblings = [line for line in nav if folder_of(line.topic) == folder_of(topic)]
    if not siblings:
        raise Refusal(
            f"mkdocs.yml: the nav has no page in {folder_of(topic)}/. Use one of its sections "
            f"({', '.join(sorted({folder_of(line.topic) for line in nav} - {''}))}), or add the new section and its "
            "first page there by hand."
        )
    if after is None:
        return siblings[-1]
    for line in nav:
        if line.topic == re.sub(r"\.(md|ipynb)$", "", after):
            return line
    raise Refusal(f"mkdocs.yml: the nav has no page {after!r}. Give --after as one of its pages, without the ending.")


def check_title(title: str) -> str:
    title = title.strip()
    if not title or len(title) > MAX_TITLE or not title.isprintable() or set(title) & set('"\\'):
        raise Refusal(f'the title {title!r}: give 1 to {MAX_TITLE} printable characters, no " and no backslash')
    return title


def snippet_name(topic: str) -> str:
    """The path of its first snippet below snippets/.

    A program finds the modules beside it first: a file queue.py would hide the standard library's from its neighbours.
    """
    hides = topic.rpartition("/")[2] in sys.stdlib_module_names
    return f"{topic}_basic.py" if hides else f"{topic}.py"


def scaffold(root: Path, topic: str, title: str, after: str | None = None) -> list[str]:
    """Writes page, snippet and line in the nav; gives their paths. Raises Refusal, having written nothing."""
    if not _PATH.fullmatch(topic):
        raise Refusal(
            f"docs/{topic}: not a path of a page. Write it as section/topic, without an ending: lower-case letters, "
            "digits and _, each part beginning with a letter."
        )
    if folder_of(topic) == EXERCISES:
        raise Refusal(
            f"docs/{topic}.md: an exercise is more than a page with a snippet. Copy one as CONTRIBUTING.md says: "
            "Add an exercise."
        )
    title = check_title(title)
    config = root / "mkdocs.yml"
    lines = config.read_bytes().decode("utf-8").splitlines(keepends=True)
    nav = read_nav(lines)
    if topic in {line.topic for line in nav}:
        raise Refusal(f"mkdocs.yml: {topic} is in the nav already. Choose another path, or edit that page.")
    neighbour = place(nav, topic, after)
    page, snippet = f"docs/{topic}.md", f"snippets/{snippet_name(topic)}"
    for name in (page, f"docs/{topic}.ipynb", snippet):
        if (root / name).exists():
            raise Refusal(f"{name}: exists already. Choose another path, or edit that file.")
    if (root / "docs" / topic).is_dir():
        raise Refusal(f"docs/{topic}/: is a section, and would get the same address. Choose another path.")

    folder, _, name = topic.rpartition("/")
    words = {"title": title, "snippet": snippet_name(topic), "folder": folder, "topic": name}
    for path, text in ((page, PAGE), (snippet, SNIPPET)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(**words), encoding="utf-8", newline="\n")
    key = title if _PLAIN_IN_YAML.fullmatch(title) else json.dumps(title, ensure_ascii=False)
    before = lines[neighbour.index]
    end = before[len(before.rstrip("\r\n")) :] or "\n"
    lines[neighbour.index] = before.rstrip("\r\n") + end
    lines.insert(neighbour.index + 1, f"{neighbour.indent}- {key}: {topic}.md{end}")
    config.write_bytes("".join(lines).encode("utf-8"))
    return [page, snippet, "mkdocs.yml"]


def main(argv: list[str] | None = None) -> int:
    """The command `new-page`. Exit status 2, and nothing written, if it refuses."""
    parser = argparse.ArgumentParser(
        prog="new-page", description="Start a page: its text, its snippet, its line in the nav."
    )
    parser.add_argument("path", help="where, below docs/, without the ending: threading/tools/queue")
    parser.add_argument("title", help='its title: "Queue"')
    parser.add_argument(
        "--after", metavar="PATH", help="the page that it follows in the nav (default: the folder's last)"
    )
    arguments = parser.parse_args(argv)
    try:
        written = scaffold(find_root(), arguments.path, arguments.title, arguments.after)
    except Refusal as refusal:
        print(f"new-page: {refusal}", file=sys.stderr)
        return 2
    print("Wrote", ", ".join(written))
    update = f"uv run pytest tests/test_snippets.py --update-examples -k {written[1].removeprefix('snippets/')}"
    print(f"Next: write {written[1]}, then have its output and its format written: {update}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
