"""Run every section: `python -m benchmarks.scale`; each is also a module with a `main()` of its own."""

from __future__ import annotations

import subprocess
import sys

#: in the order of the issue's table
SECTIONS = ("making", "jobs", "hosts", "simulation")


def main() -> int:
    """Run them as processes of their own; return how many failed."""
    return sum(
        subprocess.run([sys.executable, "-m", f"benchmarks.scale.{name}"], check=False).returncode != 0
        for name in SECTIONS
    )


if __name__ == "__main__":
    sys.exit(main())
