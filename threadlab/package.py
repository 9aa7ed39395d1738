"""The lab as one file, `threadlab.pyz`, that any Python 3.13 or newer runs without an installation."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

_MAIN = "import sys\nfrom threadlab.__main__ import main\nsys.exit(main())\n"
_UNIX = 3


def contents() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in the archive, sorted by name: the package without what only a page loads.

    Raises OSError within an archive, where the package is no folder.
    """
    source = Path(__file__).parent
    if not source.is_dir():
        raise OSError("already within an archive: copy that file instead")
    yield "__main__.py", _MAIN.encode()
    for file in sorted(source.rglob("*")):
        path = file.relative_to(source.parent)
        if file.is_file() and not {"__pycache__", "web"}.intersection(path.parts):
            yield path.as_posix(), file.read_bytes()


def build(target: Path) -> None:
    """Writes the archive: the same bytes for the same contents, whenever and wherever it is built."""
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents():
                entry = zipfile.ZipInfo(name)  # dated 1980
                entry.create_system = _UNIX
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
