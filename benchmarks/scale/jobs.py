"""Batches claimed through procrastinate: each job leases its batch, and sends nothing.

Beside it stands the engine alone, whose jobs do nothing at all: what the machine can hand out.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import secrets
import sys
import time
from dataclasses import replace

from sqlalchemy import text

from benchmarks.ledger import database, fill, order
from benchmarks.scale.claims import Claim, Table, machine, say
from newsletter.delivery import ledger
from newsletter.delivery.cluster import Work, work
from newsletter.delivery.confirm import Terms, confirm
from newsletter.delivery.stopping import Stop
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure

BATCHES, SIZE, AT_ONCE = 2000, 10, 10


def claim_all(url: str, claiming: bool) -> None:
    """Be a worker that claims batches, or only takes their jobs, until no job is left."""
    store, stop = open_store(url), Stop()

    def batch(send: int, seq: int) -> float:
        if claiming:
            with store.write() as connection:
                lease = ledger.lease_batch(connection, send, token=secrets.token_hex(16), seconds=600, seq=seq)
            assert lease is not None, "a batch has one job"
        return 0.0

    def care() -> None:
        if not waiting(store):
            stop.ask()

    work(store, Work(batch=batch, care=care, at_once=AT_ONCE), stop=stop)
    store.close()


def waiting(store: Store) -> int:
    """Return how many jobs of batches are left."""
    with store.read() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'batches'")) or 0)


def measured(url: str, store: Store, workers: int, batches: int, *, claiming: bool) -> float:
    """Return batches a second, from when a tenth of them is through to when a tenth is left."""
    team = [multiprocessing.Process(target=claim_all, args=(url, claiming)) for _ in range(workers)]
    marks: list[tuple[float, int]] = []
    for one in team:
        one.start()
    while (left := waiting(store)) > batches // 10:
        if left <= batches * 9 // 10:
            marks.append((time.perf_counter(), left))
        time.sleep(0.05)
    marks.append((time.perf_counter(), left))
    for one in team:
        one.join()
    (began, first), (ended, last) = marks[0], marks[-1]
    return (first - last) / (ended - began)


def main(argv: list[str] | None = None) -> int:
    """Print the table; return how many claims do not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=BATCHES)
    batches = parser.parse_args(argv).batches
    say(f"\n{machine()}\n")
    table = Table(f"Claims through procrastinate, {batches:,} batches, {AT_ONCE} at once in a worker")
    with database("postgres") as url:
        store = open_store(url)
        ensure(store)
        fill(store, batches * SIZE)
        for workers, claiming in itertools.product((1, 2), (False, True)):
            with store.write() as connection:
                connection.execute(text("DELETE FROM procrastinate_jobs"))
            cut_small = replace(order(batches * SIZE), batch=SIZE)
            confirm(store, cut_small, plan="", expect=batches * SIZE, record={}, terms=Terms())
            rate = measured(url, store, workers, batches, claiming=claiming)
            name = "1 worker" if workers == 1 else f"{workers} workers"
            if claiming:
                floor = 250 if workers == 2 else 150
                table.claims.append(Claim(name=name, floor=floor, aim=250, measured=rate, unit="/s"))
            else:
                say(f"- the engine alone, {name}: {rate:,.0f} empty jobs a second.")
        store.close()
    return table.print()


if __name__ == "__main__":
    sys.exit(main())
