"""Other interpreters to compare with."""

import os
import shutil
import subprocess
import sys


def other_pythons() -> list[str]:
    """Interpreters of other supported versions on this machine, if any: THREADLAB_PYTHONS lists more."""
    found = os.environ.get("THREADLAB_PYTHONS", "").split(os.pathsep)
    found += [shutil.which(f"python3.{minor}") or "" for minor in (13, 14)]
    return [each for each in dict.fromkeys(found) if each and _works(each)]


def _works(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 13))"
    return subprocess.run([python, "-c", check], capture_output=True).returncode == 0 and python != sys.executable
