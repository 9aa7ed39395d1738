"""Other interpreters to compare with."""

import os
import shutil
import subprocess
import sys

VERSIONS = ("3.13", "3.14")


def other_pythons() -> list[str]:
    """Interpreters of the supported versions on this machine, beside this one; THREADLAB_PYTHONS may name more."""
    found = os.environ.get("THREADLAB_PYTHONS", "").split(os.pathsep)
    found += [shutil.which(f"python{version}") or "" for version in VERSIONS]
    if uv := shutil.which("uv"):
        command = [uv, "python", "find", "--no-project", "--no-python-downloads"]
        found += [subprocess.run([*command, v], capture_output=True, text=True).stdout.strip() for v in VERSIONS]
    return [each for each in dict.fromkeys(found) if each and _works(each)]


def _works(python: str) -> bool:
    """Whether it is a build with the GIL, new enough, and another file than the running one."""
    check = "import sys; sys.exit(sys.version_info < (3, 13) or not sys._is_gil_enabled())"
    return subprocess.run([python, "-c", check], capture_output=True).returncode == 0 and python != sys.executable
