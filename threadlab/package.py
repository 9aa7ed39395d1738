"""The lab as one file, `threadlab.pyz`, that any Python 3.13 or newer runs without an installation."""

import shutil
import tempfile
import zipapp
from pathlib import Path


def build(target: Path) -> None:
    """Writes the archive. Needs the package as a folder, not from within an archive."""
    source = Path(__file__).parent
    if not source.is_dir():
        raise OSError("already within an archive: copy that file instead")
    with tempfile.TemporaryDirectory() as folder:
        ignored = shutil.ignore_patterns("__pycache__", "web")
        shutil.copytree(source, Path(folder, "threadlab"), ignore=ignored)
        main = "import sys\nfrom threadlab.__main__ import main\nsys.exit(main())\n"
        Path(folder, "__main__.py").write_text(main, encoding="utf-8")
        zipapp.create_archive(folder, target, interpreter="/usr/bin/env python3", compressed=True)
