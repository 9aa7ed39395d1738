"""Files that the build makes, kept in .cache/ under names that tell what they were made from."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"


def key(*parts: str | bytes) -> str:
    """16 hexadecimal digits that are the same for the same parts, and for no others."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(content) + content)
    return digest.hexdigest()[:16]


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The file .cache/NAME. If there is none, `make` writes it, to a path of the same name that it is given.

    Nobody sees a part of it: it comes to its place by being renamed. Of two builds at the same time both may make it.
    """
    file = CACHE / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix="making-") as folder:
            new = Path(folder, file.name)
            make(new)
            new.replace(file)
    return file
