"""What this project adds to the time that plain Material for MkDocs takes for the same pages.

Builds the site in turn with mkdocs.yml as it is, and without our hooks and our changes of the theme; notebooks are
cached for both.
Prints the wall-clock seconds of each, and the median of the ratios of neighbours.

    uv run python benchmarks/build_time.py [--runs 7]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def plain_configuration() -> str:
    """mkdocs.yml without what is ours: hooks, templates, styles, pictures."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return re.sub(r"(?m)^ *(hooks|custom_dir|extra_css|logo|favicon):.*\n", "", text)


def build(configuration: Path, folder: str) -> float:
    """Builds once into `folder`; returns seconds of wall-clock time."""
    environment = os.environ | {
        "SITE_URL": "http://127.0.0.1/",
        # What our hooks set for the notebook.
        "PYTHONPATH": str(ROOT / "snippets/measure"),
        "JUPYTER_PATH": str(ROOT / "theme/notebook"),
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--no-strict", "--quiet"]
    start = time.perf_counter()
    subprocess.run([*command, "-f", configuration, "-d", folder], cwd=ROOT, env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=7, help="builds of each kind that are counted (default: 7)")
    runs = parser.parse_args().runs
    # Beside mkdocs.yml, because its paths are relative to it.
    plain = ROOT / "mkdocs-plain.yml"
    plain.write_text(plain_configuration(), encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours = ROOT / "mkdocs.yml"
            build(ours, folder), build(plain, folder)  # fills the notebooks' caches
            times = [(build(ours, folder), build(plain, folder)) for _ in range(runs)]
    finally:
        plain.unlink()
    with_ours, without = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(a / b for a, b in times)
    print(f"with hooks and theme {with_ours:.2f} s, plain {without:.2f} s, ratio {ratio:.3f} (medians of {runs})")


if __name__ == "__main__":
    main()
