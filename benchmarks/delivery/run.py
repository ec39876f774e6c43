"""One program of the benchmarks, in a process of its own: `python -m benchmarks.delivery.run NAME … PORT COUNT`.

Prints one line of JSON: seconds, processor seconds (children included), greatest resident size in MB.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

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
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory}))


def _cpu() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


if __name__ == "__main__":
    main()
