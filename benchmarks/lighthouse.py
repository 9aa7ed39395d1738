"""Lighthouse's four scores (mobile) for pages of the built site; medians, because they vary between runs.

Needs Chromium and Node with npx, which fetches Lighthouse.

    uv run python benchmarks/lighthouse.py [--runs 3] [/threading/lock/ …]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from places import DOCS  # noqa: E402
from server import listening, serving  # noqa: E402
from test_site import CHROMIUM_FLAGS, address, run_build  # noqa: E402

from authoring.pages import load_pages  # noqa: E402

# The newest that runs on Node 20.
LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]


def scores(url: str) -> list[float]:
    """One run of Lighthouse: a score from 0 to 100 for each of CATEGORIES."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    # Lighthouse splits the flags at spaces.
    flags = " ".join(["--headless=new", *(flag for flag in CHROMIUM_FLAGS if " " not in flag)])
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    run = subprocess.run(
        [*command, f"--only-categories={','.join(CATEGORIES)}"],
        env=os.environ | {"CHROME_PATH": chromium or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    categories = json.loads(run.stdout)["categories"]
    return [100 * categories[name]["score"] for name in CATEGORIES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="runs for each page (default: 3)")
    parser.add_argument("paths", nargs="*", help="paths of pages (default: all but notebooks)")
    arguments = parser.parse_args()
    paths = arguments.paths or [address(page) for page in load_pages(DOCS) if not page.is_notebook]
    print("  ".join(CATEGORIES), "page", sep="  ")
    with tempfile.TemporaryDirectory() as folder, listening() as (server, record):
        build = run_build(Path(folder), SITE_URL=record.origin)
        if build.returncode:
            sys.exit(build.stderr)
        with serving(server, record, Path(folder)):
            for path in paths:
                runs = [scores(record.origin + path.lstrip("/")) for _ in range(arguments.runs)]
                medians = [statistics.median(column) for column in zip(*runs, strict=True)]
                cells = (f"{value:>{len(name)}.0f}" for name, value in zip(CATEGORIES, medians, strict=True))
                print("  ".join(cells), path, sep="  ", flush=True)


if __name__ == "__main__":
    main()
