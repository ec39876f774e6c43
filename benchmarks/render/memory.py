"""Render many issues in one process and print how much memory that takes, as it goes.

python -m benchmarks.render.memory [COUNT]     COUNT: 1,000 issues, each with words of its own
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.render.sample import issue
from newsletter import open_project
from newsletter.issue import read_text

TOML = '[site]\nname = "Coalition"\npostal_address = "1, rue X"\ncontact = "contact@example.org"\n'


def resident() -> int:
    """Return the process's memory in kB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").split("\n")
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def climb(count: int, every: int) -> Iterator[tuple[int, int]]:
    """Read, render and check `count` issues; yield how many are done and the memory, now and then."""
    source = issue()
    with tempfile.TemporaryDirectory() as place:
        Path(place, "newsletter.toml").write_text(TOML, encoding="utf-8")
        project = open_project(place)
        for number in range(1, count + 1):
            text = source.replace("e", f"e{number}", 40)
            path = project.root / "issues" / f"x{number}.md"
            read = read_text(text, path=path, folder=None, root=project.root, options=project.reading)
            project.findings(read, project.render(read))
            if number % every == 0:
                yield number, resident()


def main(count: int) -> None:
    """Print the memory after each tenth."""
    for number, kilobytes in climb(count, max(1, count // 10)):
        print(f"- {number} issues: {kilobytes / 1024:.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
