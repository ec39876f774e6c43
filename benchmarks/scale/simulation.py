"""Many hosts by simulation: the real claims and the real ledger, and transports that take 300 ms for each message.

A worker here holds as many messages in flight as a host with that many connections would; it is a process of its
own, on the same database as the others. What it hands over goes nowhere, and each answer comes 300 ms later. So
the figures say what the database and the bookkeeping can keep up with, and nothing of any network.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass

from benchmarks.ledger import database, fill, plan
from benchmarks.scale.claims import Claim, Table, machine, say
from newsletter.config.model import TransportSection
from newsletter.delivery.cluster import Work, work
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.one_batch import BatchRun, look_after
from newsletter.delivery.run import Means
from newsletter.delivery.send import load_send
from newsletter.delivery.states import SendState
from newsletter.delivery.stopping import Stop
from newsletter.delivery.transports.base import Outcome, Parcels, Pause, Receipt, Report
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure

#: seconds from a message's leaving to its answer
ANSWER = 0.3
#: messages in flight of one batch: all of it, as with as many connections
IN_FLIGHT = 500


class NoLetter:
    """Never made out: nothing leaves."""


@dataclass
class Distant:
    """A transport whose answers come after a while, `in_flight` at a time."""

    name: str = "memory"
    real: bool = False
    in_flight: int = IN_FLIGHT
    window: int | None = None

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Hold each message for as long as an answer takes."""
        flying: deque[tuple[float, int]] = deque()
        for parcel in parcels:
            if isinstance(parcel, Pause):
                time.sleep(parcel.seconds)
                continue
            flying.append((time.monotonic() + ANSWER, parcel.key))
            self._answer(flying, report, at_most=self.in_flight - 1)
        self._answer(flying, report, at_most=0)

    def _answer(self, flying: deque[tuple[float, int]], report: Report, *, at_most: int) -> None:
        while flying and (len(flying) > at_most or flying[0][0] <= time.monotonic()):
            due, key = flying.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            report(Receipt(key=key, outcome=Outcome.ACCEPTED, code=250, text="2.0.0 Ok"))

    def check(self) -> None:
        """Nobody is there."""

    def close(self) -> None:
        """Nothing is open."""


def host(url: str, at_once: int) -> None:
    """Be one worker with so many batches in flight."""
    store, stop, settings = open_store(url), Stop(), TransportSection(window=100)
    threads = threading.local()

    def batch(send: int, seq: int) -> float:
        runs = threads.__dict__.setdefault("runs", {})
        if send not in runs:
            letters = lambda _lang, _list: NoLetter()  # noqa: E731
            runs[send] = BatchRun(
                store, send, Means(transport=Distant(), letters=letters, settings=settings, stop=stop)
            )
        return float(runs[send].batch(seq))

    def care() -> None:
        look_after(store, "memory", settings)
        if load_send(store, newest(store)).state is SendState.DONE:
            stop.ask()

    work(store, Work(batch=batch, care=care, at_once=at_once), stop=stop)
    store.close()


def newest(store: Store) -> int:
    """Return the number of the send under way."""
    from sqlalchemy import func, select

    from newsletter.store.tables import ledger

    with store.read() as connection:
        return int(connection.scalar(select(func.max(ledger.send.c.id))) or 0)


def measured(url: str, store: Store, people: int, hosts: int, at_once: int) -> float:
    """Return recipients a second, from the first tenth to the last."""
    send, _seconds = plan(store, people)
    team = [multiprocessing.Process(target=host, args=(url, at_once)) for _ in range(hosts)]
    for one in team:
        one.start()
    marks: list[tuple[float, int]] = []
    while (sent := counts(store, send.id).sent) < people * 9 // 10:
        if sent >= people // 10:
            marks.append((time.perf_counter(), sent))
        time.sleep(0.1)
    marks.append((time.perf_counter(), sent))
    for one in team:
        one.join()
    if load_send(store, send.id).state is not SendState.DONE or not verify(store, send).ok:
        sys.exit("the books do not add up: this row is void")
    (began, first), (ended, last) = marks[0], marks[-1]
    return (last - first) / (ended - began)


def main(argv: list[str] | None = None) -> int:
    """Print the table; return how many claims do not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--hosts", default="1,2,4")
    parser.add_argument("--at-once", type=int, default=2)
    asked = parser.parse_args(argv)
    say(f"\n{machine()}\n")
    table = Table(
        f"{ANSWER * 1000:.0f} ms a message, {asked.at_once * IN_FLIGHT:,} in flight on each host: share of the possible"
    )
    with database("postgres") as url:
        store = open_store(url)
        ensure(store)
        fill(store, asked.people)
        for hosts in map(int, asked.hosts.split(",")):
            possible = hosts * asked.at_once * IN_FLIGHT / ANSWER
            rate = measured(url, store, asked.people, hosts, asked.at_once)
            name = f"{hosts} host(s): {rate:,.0f} of {possible:,.0f}/s"
            table.claims.append(Claim(name=name, floor=0.2, aim=0.5, measured=rate / possible))
        store.close()
    return table.print()


if __name__ == "__main__":
    sys.exit(main())
