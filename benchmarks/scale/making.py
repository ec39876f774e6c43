"""Making a send for a million recipients on PostgreSQL, and its status."""

from __future__ import annotations

import argparse
import sys

from benchmarks.ledger import database, fill, plan, status_seconds
from benchmarks.scale.claims import Claim, Table, machine, say
from newsletter.store.database import open_store
from newsletter.store.schema import ensure

PEOPLE = 1_000_000


def main(argv: list[str] | None = None) -> int:
    """Print the table; return how many claims do not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    people = parser.parse_args(argv).people
    say(f"\n{machine()}\n")
    with database("postgres") as url:
        store = open_store(url)
        ensure(store)
        fill(store, people)
        send, seconds = plan(store, people)
        look = status_seconds(store, send) * 1000
        store.close()
    share = people / PEOPLE
    table = Table(f"A send to {people:,} on PostgreSQL, jobs included")
    table.claims += [
        Claim(name="making it", floor=20 * share, aim=7 * share, measured=seconds, unit="s", least=True),
        Claim(name="its status", floor=50, aim=5, measured=look, unit="ms", least=True),
    ]
    return table.print()


if __name__ == "__main__":
    sys.exit(main())
