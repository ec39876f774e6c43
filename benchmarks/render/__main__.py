"""Read, render, check and write the text of an issue of 1,500 words, in turn with emailmd where there is Node.

    python -m benchmarks.render

5 warm-up and 20 timed renders each, median of 7 rounds; HTML, text and findings are all used.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.delivery import place
from benchmarks.render.sample import issue
from newsletter import open_project
from newsletter.issue import read_text
from newsletter.project import Project

ROUNDS, WARM, TIMED = 7, 5, 20
PEER = Path(__file__).with_name("emailmd.mjs")
TOML = '[site]\nname = "Coalition"\npostal_address = "1, rue X"\ncontact = "contact@example.org"\n'


def ours(project: Project, source: str) -> float:
    """Return the median milliseconds of one round."""
    times = []
    for number in range(WARM + TIMED):
        start = time.perf_counter()
        used = _once(project, source)
        if number >= WARM:
            times.append((time.perf_counter() - start) * 1000)
        assert used > 10_000
    return statistics.median(times)


def _once(project: Project, source: str) -> int:
    read = read_text(
        source, path=project.root / "issues" / "x.md", folder=None, root=project.root, options=project.reading
    )
    edition = project.render(read)
    values: dict[str, object] = {"subscriber": {"lang": "fr-CA", "lists": ()}, "links": {}, "list": {}}
    return len(edition.html(values)) + len(edition.text(values)) + len(project.findings(read, edition))


def emailmd(folder: Path, source: str) -> float:
    """Return the median milliseconds of one round of emailmd, which makes no findings."""
    done = subprocess.run(["node", PEER, folder], input=source, capture_output=True, text=True, check=True)
    return statistics.median(json.loads(done.stdout)["times"])


def main() -> int:
    """Print the medians and the ratio; 1 when it is above what is allowed."""
    source, missing = issue(), place.why_not("emailmd")
    folder = Path(place.node_modules("emailmd")).parent
    with tempfile.TemporaryDirectory() as root:
        Path(root, "newsletter.toml").write_text(TOML, encoding="utf-8")
        project = open_project(root)
        mine, theirs = [], []
        for _ in range(ROUNDS):
            mine.append(ours(project, source))
            if not missing:
                theirs.append(emailmd(folder, source))
    print("| program | ms |\n| --- | ---: |")
    print(f"| ours: HTML, text, findings | {statistics.median(mine):.1f} |")
    if missing:
        print(f"\nemailmd is left out: {missing}.")
        return 0
    ratio = statistics.median(mine) / statistics.median(theirs)
    print(f"| emailmd: HTML, text | {statistics.median(theirs):.1f} |")
    print(f"\nRatio {ratio:.2f}: at most 1, aimed at 0.5.")
    return int(ratio > 1)


if __name__ == "__main__":
    sys.exit(main())
