"""Files that the build makes, kept in .cache/ under names that tell what they were made from."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"
UNUSED = 30 * 24 * 3600
"""Seconds after which a file that a build has not used is dropped: until then, another branch may want it again."""
_used: set[Path] = set()


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
    _used.add(file)
    return file


def drop_unused(folder: str) -> None:
    """Removes what is in .cache/FOLDER, is older than UNUSED, and was not asked for in this process."""
    oldest = time.time() - UNUSED
    # What is in a folder comes before it.
    for path in sorted((CACHE / folder).rglob("*"), reverse=True):
        with suppress(FileNotFoundError):  # another build was faster
            if path.is_dir() and not path.is_symlink():
                if path.stat().st_mtime < oldest and not any(path.iterdir()):
                    path.rmdir()
            elif path not in _used and path.lstat().st_mtime < oldest:
                path.unlink()
