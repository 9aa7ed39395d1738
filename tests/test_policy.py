"""The Content-Security-Policy names what the pages run, and nothing else. tests/test_site.py tries it, too."""

import base64
import hashlib
from pathlib import Path

import pytest
from policy import add_policy

PAGE = '<head><meta charset="utf-8"><script>{}</script><script type="application/json">{{}}</script></head>'


def source(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_each_page_has_the_hashes_of_all(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE.format("one()"))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/index.html").write_text(PAGE.format("two()"))
    add_policy(tmp_path)
    for page in (tmp_path / "index.html", tmp_path / "deeper/index.html"):
        text = page.read_text()
        assert text.startswith('<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="')
        policy = text.partition('content="')[2].partition('"')[0]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert sorted(rules["script-src"].split()) == sorted(["'self'", source("one()"), source("two()")])


def test_a_page_without_the_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<head></head>")
    with pytest.raises(ValueError, match=r"index\.html: has no <meta charset>"):
        add_policy(tmp_path)


def test_what_is_under_assets_has_a_policy_of_its_own(tmp_path: Path) -> None:
    """It is kept as it is, and its scripts are none of the pages'."""
    (tmp_path / "index.html").write_text(PAGE.format("one()"))
    (tmp_path / "assets/lab").mkdir(parents=True)
    frame = tmp_path / "assets/lab/frame.html"
    own = '<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    frame.write_text(f"{own}<script>two()</script>")
    add_policy(tmp_path)
    assert frame.read_text() == f"{own}<script>two()</script>"
    assert source("two()") not in (tmp_path / "index.html").read_text()
    frame.write_text("<script>two()</script>")
    with pytest.raises(ValueError, match=r"frame\.html: is no page, and has no <meta>"):
        add_policy(tmp_path)
