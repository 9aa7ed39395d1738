"""What a snippet declares about its run is read and judged as CONTRIBUTING.md says."""

from pathlib import Path

import pytest

from authoring.snippets import Directive, Snippet, SnippetError, by_content, load_snippets


def snippet(source: str, name: str = "threading/lock.py") -> Snippet:
    return Snippet(name, Path("snippets") / name, source)


def directive(*lines: str) -> Directive:
    return snippet("\n".join(["# /// script", *lines, "# ///", ""])).directive


def test_a_file_without_a_directive_has_the_defaults() -> None:
    assert snippet("print(1)\n").directive == Directive()
    assert Directive().accepts(["a", "b"], ["a", "b"])
    assert not Directive().accepts(["b", "a"], ["a", "b"])
    assert not Directive().accepts(["a"], ["a", "a"])


def test_any_order_compares_multisets() -> None:
    any_order = directive("# [tool.snippet]", '# any_order = "workers print"')
    assert any_order.accepts(["b", "a", "a"], ["a", "a", "b"])
    assert not any_order.accepts(["a", "b"], ["a", "a", "b"])


def test_outputs_are_a_set_and_ranges_are_bounds() -> None:
    outputs = directive("# [tool.snippet]", '# outputs = ["n = {2..400}", "none"]')
    accepted = [["n = 2"], ["n = 400"], ["none"]]
    refused = [["n = 1"], ["n = 401"], ["n = "], ["n = -3"], ["n = 2x"], ["none", "none"], []]
    assert all(outputs.accepts(lines, ["none"]) for lines in accepted)
    assert not any(outputs.accepts(lines, ["none"]) for lines in refused)


def test_outputs_in_any_order() -> None:
    both = directive("# [tool.snippet]", '# any_order = "workers print"', r'# outputs = ["a\nb\nin {4..9} s"]')
    assert both.accepts(["in 4 s", "b", "a"], [])
    assert not both.accepts(["in 3 s", "b", "a"], [])
    assert not both.accepts(["in 4 s", "a", "a"], [])


@pytest.mark.parametrize(
    ("line", "version", "free_threaded", "reason"),
    [
        ('# requires-python = ">=3.14"', (3, 13, 5), False, "needs Python >=3.14, this is 3.13.5"),
        ('# requires-python = ">=3.14"', (3, 14, 0), False, None),
        ('# [tool.snippet]\n# build = "free-threaded"', (3, 14, 0), False, "needs the free-threaded build"),
        ('# [tool.snippet]\n# build = "free-threaded"', (3, 14, 0), True, None),
        ('# [tool.snippet]\n# build = "default"', (3, 14, 0), True, "needs the default build"),
    ],
)
def test_a_skip_carries_its_reason(
    line: str, version: tuple[int, int, int], free_threaded: bool, reason: str | None
) -> None:
    why = directive(line).why_skipped(version, free_threaded)
    assert why is None if reason is None else reason in (why or "")


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        ("# flaky = true", 2, "unknown key 'flaky'"),
        ('# [tool.snippet]\n# sometimes = "yes"', 3, "unknown directive 'sometimes'; there are any_order, "),
        ('# [tool.snippet]\n# output = ["x"]', 3, "unknown directive 'output'; did you mean 'outputs'?"),
        ('# [tool.snippet]\n# build = "fast"', 3, "there are default, free-threaded"),
        ('# [tool.snippet]\n# ending = "deadlock"', 3, "a list of strings"),
        ("# [tool.snippet]\n# outputs = []", 3, "a list of strings"),
        ('# requires-python = "new"', 2, "new"),
        ("# requires-python = 3", 2, "is a string"),
        ("# dependencies = 3", 2, "is a list of strings"),
        ("# tool = 3", 2, "write [tool.snippet]"),
        ("# [tool]\n# snippet = 3", 3, "write [tool.snippet]"),
        ("# [tool.snippet", 2, "not TOML"),
        ('# [tool.snippet]\n# raises = = "A"', 3, "not TOML"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(line: str, place: int, says: str) -> None:
    with pytest.raises(SnippetError) as error:
        directive(line)
    assert str(error.value).startswith(f"snippets/threading/lock.py:{place}: ")
    assert says in str(error.value)


def test_a_file_that_is_not_utf_8_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes("x = 1\n# für\n".encode("latin-1"))
    with pytest.raises(SnippetError, match=r"snippets/latin\.py:2: is not UTF-8"):
        load_snippets(tmp_path)


def test_a_directive_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(SnippetError, match=r"lock\.py:1: .* not closed"):
        _ = snippet("# /// script\n# [tool.snippet]\nprint(1)\n").directive


def test_sections_are_cut_out_and_dedented() -> None:
    source = "if True:\n    # --8<-- [start:inner]\n    print(1)\n\n    print(2)\n    # --8<-- [end:inner]\n"
    part = snippet(source)
    assert part.sections == {"inner": "print(1)\n\nprint(2)"}
    assert part.whole == "if True:\n    print(1)\n\n    print(2)"
    assert by_content([part]) == {part.whole: (part, None), part.sections["inner"]: (part, "inner")}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("# --8<-- [start:a]\n", 1),
        ("\n# --8<-- [end:a]\n", 2),
        ("# --8<-- [start:a]\n# --8<-- [end:a]\n# --8<-- [start:a]\n# --8<-- [end:a]\n", 3),
    ],
)
def test_sections_that_do_not_pair_are_an_error(source: str, line: int) -> None:
    with pytest.raises(SnippetError, match=rf"lock\.py:{line}: "):
        _ = snippet(source).sections
