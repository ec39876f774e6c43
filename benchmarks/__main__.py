"""Run every benchmark, one after the other: `python -m benchmarks`. Nothing else should run on the machine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

#: each is a module with a command line of its own
BENCHMARKS = (
    "benchmarks.render",
    "benchmarks.preview",
    "benchmarks.ledger",
    "benchmarks.delivery",
    "benchmarks.feedback",
    "benchmarks.people",
)


def main() -> int:
    """Run them as processes of their own, so that one's memory is not another's; return how many failed."""
    failed = 0
    for name in BENCHMARKS:
        if importlib.util.find_spec(name) is None:
            continue
        print(f"\n== {name}\n", flush=True)
        failed += subprocess.run([sys.executable, "-m", name], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
