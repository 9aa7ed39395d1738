"""The Content-Security-Policy of the built site, as a <meta> in each page: static hosting sets no headers.

The Thread Lab's frame, in which a reader's program runs, has a policy of its own in its file; a page may only show it.
So no page needs to allow WebAssembly, eval or blob: addresses.

Scripts are the site's own files, and those inline ones that the build wrote: the policy names each by its hash. All
pages have the same policy, with the hashes of all, because instant navigation runs the scripts of the next page under
the policy of the first.
"""

import base64
import hashlib
import re
from pathlib import Path

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
"""A script in the page itself; those with a type are data."""

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    # The plots of the notebook, and tables that align columns, carry style attributes.
    "style-src": "'self' 'unsafe-inline'",
    # The theme's icons are data: addresses in its style sheets.
    "img-src": "'self' data:",
    # The index of the search, and the pages that instant navigation fetches.
    "connect-src": "'self'",
    # The search's.
    "worker-src": "'self'",
    # The Thread Lab's frame.html.
    "frame-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
}


_META = '<meta http-equiv="Content-Security-Policy" '


def add_policy(site: Path) -> None:
    """Writes the policy into every page of a built site, before anything that it rules. Raises ValueError for a page
    without the place, and for a file under assets/ that has no policy of its own."""
    pages = {file: file.read_text(encoding="utf-8") for file in sorted(site.rglob("*.html"))}
    for file in sorted(site.glob("assets/**/*.html")):
        if _META not in pages.pop(file):
            raise ValueError(f"{file}: is no page, and has no <meta> with a Content-Security-Policy of its own")
    hashes = sorted({_hash(script) for html in pages.values() for script in _INLINE.findall(html)})
    rules = _DIRECTIVES | {"script-src": " ".join([_DIRECTIVES["script-src"], *hashes])}
    policy = "; ".join(f"{name} {sources}" for name, sources in rules.items())
    for file, html in pages.items():
        before, charset, after = html.partition('<meta charset="utf-8">')
        if not charset:
            raise ValueError(f"{file}: has no <meta charset>, after which the Content-Security-Policy goes")
        meta = f'{_META}content="{policy}">'
        file.write_text(before + charset + meta + after, encoding="utf-8")


def _hash(script: str) -> str:
    """A source expression of CSP (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
