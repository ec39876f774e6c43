"""One program of the benchmarks, in a process of its own: `python -m benchmarks.delivery.run NAME … PORT COUNT`.

Prints one line of JSON: seconds, processor seconds (children included), greatest resident size in MB.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import whole_path
from benchmarks.delivery import peers, product

Work = Callable[[], None]


def main() -> None:
    """Prepare the program, run it, and print what it took."""
    name, *options, port, count = sys.argv[1:]
    prepare = {**peers.PROGRAMS, **product.PROGRAMS, **whole_path.PROGRAMS}[name]
    work = prepare(int(port), int(count), *options)
    before, began = _cpu(), time.perf_counter()
    work()
    seconds, cpu = time.perf_counter() - began, _cpu() - before
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": cpu, "memory": _memory()}))


def _memory() -> float:
    """Return the greatest resident size in MB; Linux counts a parent's own into `ru_maxrss` (man 2 getrusage)."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii")) if status.exists() else None
    own = int(told[1]) if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, children) / 1024


def _cpu() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


if __name__ == "__main__":
    main()
