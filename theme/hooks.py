"""What MkDocs does not do by itself. The only code of the build that knows MkDocs.

Each function is a MkDocs event (https://www.mkdocs.org/dev-guide/plugins/#events).
"""

import hashlib
import html as escapes
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache as once
from importlib.metadata import version
from pathlib import Path

import bundle
import cache
import click
import lab
import packages
import policy
import social
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.meta import get_data
from mkdocs_jupyter.config import settings as notebook_settings

from authoring import exercises, pages, snippets

ROOT = Path(__file__).parents[1]
SNIPPETS = ROOT / "snippets"
NOTEBOOK_SNIPPETS = SNIPPETS / "measure"
NOTEBOOK_THEME = ROOT / "theme/notebook"
CACHE = ROOT / ".cache"

log = logging.getLogger("mkdocs.hooks")
_by_name: dict[str, snippets.Snippet] = {}
_by_content: dict[str, tuple[snippets.Snippet, str | None]] = {}
_programs: dict[str, list[lab.Lab]] = {}
"""What the editor without a program offers to start from, by the title of the page that shows it."""
_serves = _refuses_less = False
_runs_live = False
"""Whether the site has what a page needs to run programs."""

# What pymdownx.highlight and Pygments write for a block, and for a line of it that is expected output.
_BLOCK = re.compile(
    r'<div class="language-python(?P<classes>[^"]*) highlight">.*?<code>(?P<code>.*?)</code></pre></div>', re.DOTALL
)
_OUTPUT_LINE = re.compile(r'(?m)^( *<span class="c1">#&gt;.*</span>\n)')
# In what theme/notebook wraps the Markdown of a notebook.
_NOTEBOOK = re.compile(r'<script type="text/markdown">(.*)</script>', re.DOTALL)
_WORKBENCH = '<div id="workbench"></div>'
"""What a page writes where the editor without a program goes."""
_PROGRESS = '<div id="exercise-progress"></div>'
"""What a page writes where it says how many exercises are solved."""
_EXERCISE = "</thread-exercise>"
_SOLUTION = '<details class="success">'
"""What pymdownx.details writes for `??? success`: on the page of an exercise, what a search must not give away."""
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"Doc file '(?P<page>[^']+)' contains an? .*?link '(?P<link>[^']+)'")
"""How MkDocs begins what it says of a link."""


def on_startup(command: str, **_: object) -> None:
    """Remembers whether this is `mkdocs serve`, which puts a script of its own into each page, and whether --strict
    stands on the command line: mkdocs.yml says it too, also to those who are offline."""
    global _serves, _refuses_less
    _serves = command == "serve"
    asked = click.get_current_context(silent=True)
    _refuses_less = bool(asked and asked.params.get("strict"))
    logging.getLogger("mkdocs.structure.pages").addFilter(_with_line)


def _with_line(record: logging.LogRecord) -> bool:
    """Puts file and line before what MkDocs says of a link. Keeps every record."""
    text = record.getMessage()
    if found := _LINK.match(text):
        page = pages.Page(found["page"], ROOT / "docs" / found["page"])
        record.msg, record.args = f"docs/{page.name}:{page.line_of_link(found['link'])}: {text} Correct it.", ()
    return True


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lets notebooks import what they call, and has them executed again only when that has changed."""
    _prepend("PYTHONPATH", NOTEBOOK_SNIPPETS)
    _prepend("JUPYTER_PATH", NOTEBOOK_THEME)
    # Its option custom_template does the same, but switches its cache off.
    notebook_settings.templates_dir = str(NOTEBOOK_THEME)
    # Its own key covers the notebook, not what the notebook runs, nor the template.
    key = hashlib.sha256(f"{sys.version} matplotlib {version('matplotlib')}".encode())
    for file in sorted([*NOTEBOOK_SNIPPETS.glob("*.py"), *NOTEBOOK_THEME.rglob("*.j2")]):
        key.update(file.read_bytes())
    config.plugins["mkdocs-jupyter"].config["cache_dir"] = str(CACHE / "notebooks" / key.hexdigest()[:16])
    if not config.site_url:
        # It reads sitemap.xml, which is empty where MkDocs does not know the address of the site.
        config.theme["features"].remove("navigation.instant")
    return config


def _prepend(variable: str, folder: Path) -> None:
    """Puts a folder before the others in an environment variable that holds a search path, once."""
    paths = [path for path in os.environ.get(variable, "").split(os.pathsep) if path and path != str(folder)]
    os.environ[variable] = os.pathsep.join([str(folder), *paths])


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Makes the snippet files, the Thread Lab, and the picture for links to the site, part of it."""
    _by_name.clear()
    _by_content.clear()
    try:
        loaded = snippets.load_snippets(SNIPPETS)
        _by_name.update({snippet.name: snippet for snippet in loaded})
        _by_content.update(snippets.by_content(loaded))
        for snippet in loaded:
            _ = snippet.directive
    except snippets.SnippetError as error:
        raise PluginError(str(error)) from None
    for name, snippet in _by_name.items():
        source, inclusion = str(snippet.file), InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, f"snippets/{name}", abs_src_path=source, inclusion=inclusion))
    for name, file in (_lab_files() | {"assets/social.png": _social_picture(config)}).items():
        files.append(File.generated(config, name, abs_src_path=str(file)))
    _programs.clear()
    _programs.update(_offered(config))
    files.append(File.generated(config, "assets/lab/programs.json", content=lab.listed(_programs)))
    for name, program in _downloads().items():
        files.append(File.generated(config, f"{lab.PROGRAMS}/{name}", content=program))
    return files


def _offered(config: MkDocsConfig) -> dict[str, list[lab.Lab]]:
    """The programs that the lab can run, by page, in the order of the navigation."""
    order = {name: place for place, name in enumerate(_files_of(config.nav))}
    shown = pages.load_pages(Path(config.docs_dir))
    shown.sort(key=lambda page: order.get(page.name, len(order)))
    return {page.title: programs for page in shown if (programs := list(_programs_of(page)))}


def _downloads() -> dict[str, str]:
    """By name, the programs as the page shows and runs them: with its line numbers, and without what it leaves out."""
    offered = {each.name: each.program for programs in _programs.values() for each in programs}
    broken = {}
    for name, snippet in _by_name.items():
        if name.endswith(exercises.BROKEN) and exercises.is_one(snippet):
            with suppress(snippets.SnippetError):  # its page will say so
                broken[name] = exercises.whole(exercises.exercise(snippet))
    return offered | broken


def _programs_of(page: pages.Page) -> Iterator[lab.Lab]:
    """Those of its snippets that the lab can run, whole; of its labs what they show."""
    labs = {embed.name: embed.section for embed in page.embeds if pages.LAB in embed.classes}
    for name in dict.fromkeys(embed.name for embed in page.embeds):
        snippet = _by_name.get(name)
        if snippet and name in labs:
            section = labs[name]
            code = snippet.sections.get(section, "") if section else snippet.whole
            yield lab.Lab(name, lab.program(code), [])
        elif snippet and _can_be_offered(snippet):
            yield lab.Lab(name, snippet.program, [])


def _can_be_offered(snippet: snippets.Snippet) -> bool:
    """Whether the lab can run it. (It can run exercises, too; but each has a page where it is run.)"""
    directive = snippet.directive
    return not (directive.not_in_lab or directive.dependencies or exercises.is_one(snippet))


def _files_of(nav: object) -> Iterator[str]:
    """The files that mkdocs.yml's navigation names, from top to bottom."""
    if isinstance(nav, str):
        yield nav
    else:
        for each in nav.values() if isinstance(nav, dict) else nav:
            yield from _files_of(each)


def _lab_files() -> dict[str, Path]:
    """The files of the lab by name; without packages those that recorded runs need, which --strict refuses."""
    global _runs_live
    try:
        files = bundle.own_files()
    except bundle.BundleError as error:
        raise PluginError(str(error)) from None
    if not packages.folder().is_dir():
        _say_once(
            "The first build fetches packages from npm and records the programs: a minute or two. Later ones do not."
        )
    try:
        files |= bundle.package_files()
        _runs_live = True
    except bundle.BundleError as error:
        raise PluginError(str(error)) from None
    except packages.Unavailable as why:
        _runs_live = False
        if _refuses_less:
            raise PluginError(f"{why} Or build without --strict: the labs then show recorded runs only.") from None
        _say_once(f"The labs show recorded runs only; no program runs in the page. {why}")
    return files


@once
def _say_once(message: str) -> None:
    """Says it in the first build of `mkdocs serve` only; not as a warning, which mkdocs.yml makes an error."""
    log.info(message)


def _social_picture(config: MkDocsConfig) -> Path:
    """The picture, drawn anew only when its words or the way it is drawn have changed."""
    words = config.site_name, config.site_description or ""
    key = hashlib.sha256("\0".join([*words, Path(social.__file__).read_text(encoding="utf-8")]).encode())
    picture = CACHE / f"social-{key.hexdigest()[:16]}.png"
    if not picture.exists():
        social.social_picture(picture, *words)
    return picture


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Names file, line and remedy where a page embeds what there is not; pymdownx.snippets would name neither."""
    if (
        messages := pages.missing_snippets(_source(page), _by_name)
        + pages.misplaced_labs(_source(page))
        + pages.misplaced_exercises(_source(page))
    ):
        # MkDocs would print an error that it has printed before, in an earlier build of `mkdocs serve`, only once.
        for message in messages:
            log.error(message)
        raise PluginError(f"docs/{page.file.src_uri} embeds what it cannot")
    if message := pages.faulty_description(_source(page), get_data(_source(page).markdown)[1].get("description")):
        log.warning(message)
    notebook = _NOTEBOOK.search(markdown) if page.file.src_uri.endswith(".ipynb") else None
    return notebook[1] if notebook else markdown


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Links each Python block to its file, and marks the output in it, so that it is not copied with the code. Makes
    the blocks of the class lab labs."""
    base = get_relative_url("x", page.url).removesuffix("x")
    broken = ""  # the block of an exercise's program, until that of its check comes
    broken_names = (embed.name for embed in _source(page).embeds if pages.EXERCISE in embed.classes)

    def finish(block: re.Match) -> str:
        nonlocal broken
        code = escapes.unescape(_TAG.sub("", block["code"])).strip("\n")
        if code not in _by_content:
            first = code.split("\n")[0]
            line = _source(page).line_of(first)
            log.warning(
                f"docs/{page.file.src_uri}:{line}: {first!r} begins Python that is no snippet. Move it to snippets/."
            )
            return block[0]
        snippet, section = _by_content[code]
        marked = _OUTPUT_LINE.sub(r'<span class="output">\1</span>', block["code"])
        classes = block["classes"].split()
        text = block[0].replace(block["code"], marked)
        if pages.CHECK in classes:
            exercise, program = _exercise(next(broken_names)), broken
            check = lab.numbered(text, code, exercises.first_line_of_check(exercise.program))
            broken = ""
            # Without a link: the snippet's file is the solution.
            return lab.exercise(exercise, program, f'<div class="snippet">{check}</div>', base, _runs_live)
        runs = pages.LAB in classes or pages.EXERCISE in classes
        # What runs here is what the block shows, which can be less than the snippet's file.
        folder, text = (lab.PROGRAMS, lab.numbered(text, code)) if runs else ("snippets", text)
        link = f'<a class="snippet-file" download href="{base}{folder}/{snippet.name}">{snippet.name}</a>'
        shown = f'<div class="snippet">{text}{link}</div>'
        if pages.EXERCISE in classes:
            broken = shown
            return ""
        if pages.LAB not in classes:
            return shown
        embeds = [embed for embed in _source(page).embeds if pages.LAB in embed.classes]
        line = next((e.line for e in embeds if (e.name, e.section) == (snippet.name, section)), 1)
        place = f"docs/{page.file.src_uri}:{line}"
        try:
            made = lab.lab(snippet, section, code)
            if remark := lab.remark(made, snippet, section):
                log.info(f"{place}: {remark}")
            return lab.html(made, shown, base, _runs_live, page.canonical_url or "")
        except lab.LabFault as fault:
            log.error(f"{place}: {fault}")
            raise PluginError(f"docs/{page.file.src_uri} has a lab that cannot be recorded") from None

    finished = _BLOCK.sub(finish, html)
    if _WORKBENCH in finished:
        finished = finished.replace(_WORKBENCH, lab.workbench(_programs, base, _runs_live))
    if _PROGRESS in finished:
        count = sum(name.endswith(exercises.BROKEN) and exercises.is_one(each) for name, each in _by_name.items())
        finished = finished.replace(_PROGRESS, lab.progress(count))
    if _EXERCISE in finished:
        finished = finished.replace(_SOLUTION, f"{_SOLUTION[:-1]} data-search-exclude>")
    modules = {"</thread-lab>": "lab.js", _EXERCISE: "exercise.js", "</exercise-progress>": "progress.js"}
    return finished + "".join(lab.script(base, module) for tag, module in modules.items() if tag in finished)


def _exercise(broken: str) -> exercises.Exercise:
    """The exercise whose broken program is the snippet of this name."""
    try:
        return exercises.pair(_by_name[broken], _by_name[broken.removesuffix(exercises.BROKEN) + ".py"])
    except snippets.SnippetError as error:
        log.error(error)
        raise PluginError("an exercise cannot be made of its snippets") from None


def _source(page: Page) -> pages.Page:
    return pages.Page(page.file.src_uri, Path(page.file.abs_src_path))


def on_post_build(config: MkDocsConfig) -> None:
    """Tells browsers what the pages may load and run. (The script of `mkdocs serve` would not be among it.) Drops what
    the lab's builds have not used for long."""
    if not _serves:
        policy.add_policy(Path(config.site_dir))
    cache.drop_unused("lab")
