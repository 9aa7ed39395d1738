"""The engine and the host's copy of CPython's tests, as the archive that Pyodide unpacks."""

import io
import zipfile
from pathlib import Path

import test

ROOT = Path(__file__).parents[2]
TESTS = Path(test.__file__).parent
_PARTS = ("__init__.py", "lock_tests.py", "test_queue.py", "test_threading.py", "support/**/*.py",
          "test_concurrent_futures/*.py", "test_asyncio/*.py", "certdata/*.pem")  # fmt: skip


def archive() -> bytes:
    """The bytes of a zip file."""
    files = {file: file.relative_to(ROOT) for file in (ROOT / "threadlab").glob("*.py")}
    files |= {ROOT / "tests/threadlab" / name: Path("tests/threadlab", name) for name in _OURS}
    files |= {file: Path("lib/test", file.relative_to(TESTS)) for part in _PARTS for file in TESTS.glob(part)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for file, name in files.items():
            target.write(file, name)
    return packed.getvalue()


_OURS = ("cpython.py", "cpython_excluded.json")
