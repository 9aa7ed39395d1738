"""Proves of every page that its Python comes from snippets/, and that its names, links and headings hold."""

import ast
import json
import re
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

import markdown
import pytest
import yaml
from mkdocs.config import load_config
from mkdocs.utils.meta import get_data
from places import DOCS, ROOT, SNIPPETS

from authoring.exercises import BROKEN, pair
from authoring.pages import (
    EXERCISE,
    Page,
    faulty_description,
    load_pages,
    misplaced_exercises,
    misplaced_labs,
    missing_snippets,
)
from authoring.snippets import Snippet, SnippetError, by_content, load_snippets

PAGES = load_pages(DOCS)
LOADED = load_snippets(SNIPPETS)
OF_EACH_SNIPPET = pytest.mark.parametrize("snippet", LOADED, ids=lambda snippet: snippet.name)
TOPICS = [page for page in PAGES if page.name.startswith("threading/") and page.name != "threading/tools/index.md"]
EXERCISES = {
    snippet.name.removesuffix(BROKEN)
    for snippet in LOADED
    if snippet.name.startswith("lab/exercises/") and snippet.name.endswith(BROKEN)
}
"""Their topics. tests/threadlab/test_exercises.py says where each of them has to stand, and what is wrong with it."""
HEADINGS = [
    "The shortest correct program",
    "What goes wrong without it",
    "When not to use it",
    "In CPython's documentation",
]
PYTHON = ("python", "py", "python3", "py3", "pyi", "pycon", "ipython", "ipython3")
DATA = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
"""Blocks that only look like Python: each must be what its label says."""


class Rendered(HTMLParser):
    """What the tests ask of a page's HTML: its blocks as (language, text), links, anchors and h2 headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[str] = []
        self._language = ""
        self._in_block = self._in_heading = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if values.get("id"):
            self.anchors.add(values["id"])
        if tag == "div":
            language = re.search(r"language-(\w+)", values.get("class") or "")
            self._language = language[1] if language else ""
        elif tag == "pre":
            self._in_block = True
            self.blocks.append((self._language, ""))
        elif tag == "a" and values.get("href") and values.get("class") != "headerlink":
            self.links.append(values["href"])
        elif tag == "h2":
            self._in_heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._in_block, self._language = False, ""
        elif tag in ("h2", "a"):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._in_block:
            language, text = self.blocks[-1]
            self.blocks[-1] = (language, text + data)
        elif self._in_heading and data != "¶":
            self.headings[-1] += data


@cache
def configuration():
    return load_config(str(ROOT / "mkdocs.yml"))


@cache
def snippets() -> list[Snippet]:
    """All snippets, for a test that looks at their sections."""
    if unreadable := [snippet.name for snippet in LOADED if fault_of_sections(snippet)]:
        pytest.skip(f"sections of snippets/{unreadable[0]} cannot be read; test_sections_can_be_read says why")
    return LOADED


def fault_of_sections(snippet: Snippet) -> list[str]:
    try:
        _ = snippet.sections
    except SnippetError as error:
        return [f"{error}"]
    return []


@cache
def by_name() -> dict[str, Snippet]:
    return {snippet.name: snippet for snippet in snippets()}


@cache
def rendered(page: Page) -> Rendered:
    """The page in HTML, by the extensions of mkdocs.yml and their settings; for a test that looks at it."""
    if is_torn(page):
        pytest.skip(f"docs/{page.name} embeds what there is not; test_embedded_snippets_exist says where")
    config = configuration()
    text, _meta = get_data(page.markdown)
    return Rendered(
        markdown.markdown(text, extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
    )


def is_torn(page: Page) -> bool:
    """Whether it embeds what there is not, so that nothing else can be said of it."""
    return bool(missing_snippets(page, by_name()))


def all_of(messages: Iterator[str] | list[str]) -> None:
    """Fails with every message, not only with the first."""
    messages = list(messages)
    if messages:
        pytest.fail("\n".join(messages), pytrace=False)


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Page:
    return request.param


def test_there_are_pages() -> None:
    assert PAGES, "docs/ is empty: nothing would be checked"


@OF_EACH_SNIPPET
def test_sections_can_be_read(snippet: Snippet) -> None:
    all_of(fault_of_sections(snippet))


def test_embedded_snippets_exist(page: Page) -> None:
    all_of(missing_snippets(page, by_name()))


def test_labs_embed_snippets(page: Page) -> None:
    all_of(misplaced_labs(page))


def test_exercises_are_whole(page: Page) -> None:
    """Each stands with its check; its snippets have all that is explored, and the solution's check is the same."""

    def problems() -> Iterator[str]:
        yield from misplaced_exercises(page)
        for embed in page.embeds:
            solution = embed.name.removesuffix(BROKEN) + ".py"
            known = embed.name.removesuffix(BROKEN) in EXERCISES
            if EXERCISE in embed.classes and not known and {embed.name, solution} <= by_name().keys():
                try:
                    pair(by_name()[embed.name], by_name()[solution])
                except SnippetError as error:
                    yield str(error)

    all_of(problems())


def test_embeds_are_spelled_alike_and_fenced(page: Page) -> None:
    """pymdownx.snippets takes more spellings, and embeds anywhere; the checks would not see those."""

    def problems() -> Iterator[str]:
        fenced = Counter(python_on(page))
        for embed in page.embeds:
            if embed.name not in by_name():
                continue
            snippet = by_name()[embed.name]
            code = (snippet.sections[embed.section] if embed.section else snippet.whole).strip("\n")
            fenced[code] -= 1
            if fenced[code] < 0:
                yield f"docs/{page.name}:{embed.line}: {embed.name} stands outside a ```python fence. Put it into one."
        spelled = {embed.line for embed in page.embeds}
        for number, line in enumerate(page.source.splitlines(), 1):
            if re.match(r"\W*-+8<-", line) and number not in spelled and not page.is_notebook:
                yield f'docs/{page.name}:{number}: {line.strip()} is another spelling. Write it as --8<-- "FILE".'

    all_of(problems())


def shown(page: Page) -> list[Snippet]:
    """The snippets that the Python blocks of the page show."""
    known = by_content(snippets())
    return [known[code][0] for code in python_on(page) if code in known]


def python_on(page: Page) -> list[str]:
    """The text of each Python block of the page."""
    return [textwrap.dedent(text).strip("\n") for language, text in rendered(page).blocks if language == "python"]


def test_python_comes_from_snippets(page: Page) -> None:
    known = by_content(snippets())

    def problems() -> Iterator[str]:
        for language, text in rendered(page).blocks:
            code = textwrap.dedent(text).strip("\n")
            line = page.line_of(code.split("\n")[0].strip())
            where = f"docs/{page.name}:{line}"
            if language in PYTHON and "# /// script" in code:
                yield f"{where}: shows a snippet's directive. Embed a section that begins after it."
            elif code in known and language == "python":
                continue
            elif language in PYTHON or is_python(language, code):
                yield (
                    f"{where}: this block is Python, but no file and no section of snippets/: {code[:60]!r}. "
                    f"Write it to snippets/{page.topic}.py (or {page.topic}_….py) and embed it in a ```python fence."
                )
            elif language in ("", "text") and not is_fenced(page, code):
                yield f"{where}: this block has no language. Put it in a fence with one (```console, ```toml, …)."

    all_of(problems())


def is_fenced(page: Page, code: str) -> bool:
    """Whether the block comes from a fence that names its language."""
    first = code.split("\n")[0].strip()
    return re.search(rf"(?m)^\s*(```|~~~)\s*\{{?\s*\.?text\b.*\n\s*{re.escape(first)}", page.markdown) is not None


def is_python(language: str, code: str) -> bool:
    """Whether a block that is not labelled as Python is Python all the same."""
    if language in DATA:
        try:
            # A lone string is YAML, too.
            return not isinstance(DATA[language](code), dict | list)
        except (ValueError, yaml.YAMLError):
            return True
    if re.search(r"(?m)^\s*(>>> |import \w|from [\w.]+ import |def \w+\(|class \w+.*:$|with .+:$|print\()", code):
        return True
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    # Words that happen to parse are names, literals, or "word: word".
    return any(isinstance(node, ast.Call) for node in ast.walk(tree)) or not all(
        isinstance(node, ast.Expr) or (isinstance(node, ast.AnnAssign) and node.value is None) for node in tree.body
    )


def test_page_embeds_its_own_snippets_only(page: Page) -> None:
    all_of(
        f"docs/{page.name}:{embed.line}: {embed.name} is not named after this page. Name it {page.topic}.py or "
        f"{page.topic}_….py, or embed it in the page that it is named after."
        for embed in page.embeds
        if embed.name in by_name() and not page.owns(by_name()[embed.name])
    )


@cache
def embedded() -> set[str]:
    """The names of the snippets that some page shows; of a page that cannot be rendered, of those that it owns."""
    torn = [page for page in PAGES if is_torn(page)]
    names = {snippet.name for page in PAGES if page not in torn for snippet in shown(page)}
    names |= {embed.name for page in torn for embed in page.embeds}
    return names | {snippet.name for page in torn for snippet in snippets() if page.owns(snippet)}


@OF_EACH_SNIPPET
def test_every_snippet_is_embedded(snippet: Snippet) -> None:
    name = snippet.name
    if name not in embedded() and name.removesuffix(".py").removesuffix("_broken") not in EXERCISES:
        all_of(
            [
                f"snippets/{name}:1: no page shows it. Add a fence with '--8<-- \"{name}\"' to the page that it is "
                "named after, or delete it."
            ]
        )


@OF_EACH_SNIPPET
def test_snippet_does_not_hide_the_standard_library(snippet: Snippet) -> None:
    """A program's own folder comes first when it imports: queue.py would break its neighbours."""
    stem = snippet.file.stem
    if stem in sys.stdlib_module_names:
        all_of([f"snippets/{snippet.name}:1: the standard library has this module. Rename it: {stem}_….py."])


def test_links(page: Page) -> None:
    """Every link to a page, an anchor or a file of the site leads somewhere."""
    pages = {other.name: other for other in PAGES}

    def problems() -> Iterator[str]:
        for link in rendered(page).links:
            parts = urlsplit(link)
            where = f'docs/{page.name}:{page.line_of_link(link)}: the link "{link}"'
            if parts.netloc and not parts.scheme:
                yield f"{where} names a host without a scheme; begin it with https://."
            if parts.scheme or parts.netloc:
                continue
            target = normpath(PurePosixPath(page.name).parent / unquote(parts.path)) if parts.path else page.name
            if parts.path.startswith("/"):
                yield f"{where} is absolute; write it relative to this page."
            elif target not in pages and not (DOCS / target).is_file() and not is_snippet(target):
                yield f"{where} leads to docs/{target}, which there is not. Correct it."
            elif (
                parts.fragment
                and target in pages
                and not is_torn(pages[target])
                and parts.fragment not in rendered(pages[target]).anchors
            ):
                there = ", ".join(sorted(rendered(pages[target]).anchors))
                yield f"{where} leads to an anchor that docs/{target} does not have. It has: {there}."

    all_of(problems())


def is_snippet(target: str) -> bool:
    return target.startswith("snippets/") and (ROOT / target).is_file()


def test_page_is_in_the_nav(page: Page) -> None:
    if page.name not in pages_in(configuration().nav) and page.topic not in EXERCISES:
        all_of([f"docs/{page.name}:1: not in the nav of mkdocs.yml. Add a line '- {page.title}: {page.name}' there."])


def test_nav_lists_pages_once() -> None:
    lines = (ROOT / "mkdocs.yml").read_text().splitlines()
    listed = list(pages_in(configuration().nav))
    there = [page.name for page in PAGES]
    all_of(
        [
            f"mkdocs.yml:{next(n for n, line in enumerate(lines, 1) if name in line)}: there is no docs/{name}. "
            "Correct it, or write the page."
            for name in listed
            if name not in there
        ]
        + [
            f"mkdocs.yml:{max(n for n, line in enumerate(lines, 1) if name in line)}: the nav lists docs/{name} "
            f"{times} times. Keep one."
            for name, times in Counter(listed).items()
            if times > 1
        ]
    )


def test_page_is_finished(page: Page) -> None:
    """What new-page writes says TODO where its author has something to write."""
    all_of(unfinished(f"docs/{page.name}", page.source))


@OF_EACH_SNIPPET
def test_snippet_is_finished(snippet: Snippet) -> None:
    all_of(unfinished(f"snippets/{snippet.name}", snippet.source))


def unfinished(name: str, source: str) -> Iterator[str]:
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"\bTODO\b", line):
            yield f"{name}:{number}: says TODO. Write it."


@pytest.mark.parametrize(
    "file",
    [file for file in [*sorted(ROOT.glob("*.md")), *(page.file for page in PAGES)] if file.suffix == ".md"],
    ids=lambda file: file.relative_to(ROOT).as_posix(),
)
def test_no_line_ends_with_a_space(file: Path) -> None:
    all_of(
        f"{file.relative_to(ROOT).as_posix()}:{number}: the line ends with white space. Delete that."
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if line != line.rstrip()
    )


def pages_in(nav: object) -> Iterator[str]:
    """The pages of a nav, or of a part of it, as YAML gives it: a name, a list of parts, or parts by their titles."""
    if isinstance(nav, str):
        yield nav
        return
    for part in nav.values() if isinstance(nav, dict) else nav:
        yield from pages_in(part)


def description_of(page: Page) -> str | None:
    return get_data(page.markdown)[1].get("description")


def test_description(page: Page) -> None:
    """Search engines show it; each page has one of its own."""
    if fault := faulty_description(page, description_of(page)):
        all_of([fault])
    same = next(other for other in PAGES if description_of(other) == description_of(page))
    if same is not page:
        where = f"docs/{page.name}:{page.line_of('description:')}"
        all_of([f"{where}: the same description as docs/{same.name}. Write one of its own."])


@pytest.mark.parametrize("page", TOPICS, ids=lambda page: page.name)
def test_topic_has_the_fixed_sections(page: Page) -> None:
    fixed = [heading for heading in rendered(page).headings if heading in HEADINGS]
    wrong = next((i for i, pair in enumerate(zip(fixed, HEADINGS, strict=False)) if pair[0] != pair[1]), len(fixed))
    if fixed != HEADINGS:
        where = f"docs/{page.name}:{page.line_of(f'## {fixed[wrong]}') if wrong < len(fixed) else 1}"
        missing = "".join(f"has no heading {each!r}; " for each in HEADINGS if each not in fixed)
        order = ", ".join(map(repr, HEADINGS))
        all_of([f"{where}: {missing}the headings {order} stand on it in this order. Write them so."])
    if "!!! analogy" not in page.markdown:
        all_of([f"docs/{page.name}:1: has no analogy. Add '!!! analogy \"A scene\"' before the first heading."])


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_notebook], ids=lambda page: page.name)
def test_notebook_only_calls(page: Page) -> None:
    """What a notebook runs is defined in snippets/, where it is executed and checked."""
    importable = {snippet.file.stem for snippet in snippets() if page.owns(snippet)} | {"IPython.display"}
    names: set[str] = set()

    def problems() -> Iterator[str]:
        for cell in page.cells:
            if cell["cell_type"] != "code":
                continue
            code = "".join(cell["source"])
            where = f"docs/{page.name}:{page.line_of(code.split(chr(10))[0])}"
            if cell["outputs"] or cell["execution_count"]:
                yield f"{where}: this cell holds an output. Clear it: the build executes the notebook."
            for statement in ast.parse(code).body:
                if not only_calls(statement, importable, names):
                    yield (
                        f"{where}: {ast.unparse(statement)[:60]!r} is more than a call of what a snippet defines. "
                        f"Define it in snippets/{page.topic}.py and call it here."
                    )

    all_of(problems())


def only_calls(statement: ast.stmt, importable: set[str], names: set[str]) -> bool:
    """Whether a statement imports from `importable`, or calls what was imported; adds what it binds to `names`."""
    match statement:
        case ast.Import(names=imported) if all(alias.name in importable for alias in imported):
            names.update(alias.asname or alias.name for alias in imported)
            return True
        case ast.ImportFrom(module=module, names=imported) if module in importable:
            names.update(alias.asname or alias.name for alias in imported)
            return True
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call()):
            called = is_known_call(statement.value, names)
            names.add(target)
            return called
        case ast.Expr(value=ast.Call()):
            return is_known_call(statement.value, names)
    return False


def is_known_call(call: ast.expr, names: set[str]) -> bool:
    """Whether an expression is made of calls, attributes and constants only, and uses no other names than these."""
    allowed = ast.Call, ast.Attribute, ast.Name, ast.Constant, ast.keyword, ast.Load
    nodes = list(ast.walk(call))
    return all(isinstance(node, allowed) and (not isinstance(node, ast.Name) or node.id in names) for node in nodes)
