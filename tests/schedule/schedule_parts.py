"""Parts that several tests of the clock share."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from newsletter.schedule.booking import Booking, Outcome, Turn, wall_text
from newsletter.schedule.going import Fired
from newsletter.store.database import Store
from newsletter.store.tables import clock as tables
from newsletter.store.tables import ledger, people


class Ledger:
    """Fires by writing a row of `send`: the same turn gives the same row, as confirming a plan does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, booking: Booking, turn: Turn) -> Fired:
        number = self.known(booking, turn)
        if number is None:
            try:
                with self._store.write() as connection:
                    connection.execute(insert(ledger.send).values(**_row(booking, turn)))
            except IntegrityError:
                pass  # another clock made it between our look and our row
            number = self.known(booking, turn)
        return Fired(outcome=Outcome.SENT, send_id=number, issue=booking.ref)

    def known(self, booking: Booking, turn: Turn) -> int | None:
        send = ledger.send.c
        same = select(send.id).where(send.schedule_id == booking.id, send.occurrence == wall_text(turn.wall))
        with self._store.read() as connection:
            return connection.scalar(same)

    def made(self) -> list[str]:
        """Return the wall times that were sent, in order."""
        with self._store.read() as connection:
            return list(connection.scalars(select(ledger.send.c.occurrence).order_by(ledger.send.c.id)))


def _row(booking: Booking, turn: Turn) -> dict[str, object]:
    empty = {column.name: {} for column in ledger.send.c if column.name in ("plan_record", "sender", "imprint")}
    return {
        **empty,
        "issue": booking.ref,
        "kind": "rehearsal",
        "transport": "files",
        "state": "running",
        "lists": [],
        "total": 1,
        "schedule_id": booking.id,
        "occurrence": wall_text(turn.wall),
        "date": 0,
        "created_at": 0,
        "starts_at": 0,
    }


def turns_of(store: Store) -> list[tuple[str, str]]:
    """Return every turn's wall time and what became of it, in order."""
    rows = tables.occurrence.c
    with store.read() as connection:
        found: Iterable = connection.execute(select(rows.wall, rows.state).order_by(rows.wall))
        return [(row.wall, row.state) for row in found]


def notices_of(store: Store) -> list[tuple[str, str]]:
    """Return what was noted about which turn."""
    rows = tables.notice.c
    with store.read() as connection:
        return [(row.about, row.wall) for row in connection.execute(select(rows.about, rows.wall).order_by(rows.id))]


def make_list(store: Store) -> None:
    """Make the list `membres`."""
    with store.write() as connection:
        connection.execute(insert(people.mailing_list).values(id=1, name="membres"))


def join_list(store: Store, count: int, *, first: int = 1, started: float = 0.0) -> None:
    """Let so many people join the list `membres`."""
    with store.write() as connection:
        for n in range(first, first + count):
            connection.execute(
                insert(people.subscriber).values(
                    id=n, key=f"{n:032}", address=f"p{n}@example.org", address_key=f"{n:032}",
                    domain="example.org", lang="fr-CA", fields={}, created_at=0,
                )
            )  # fmt: skip
            connection.execute(
                insert(people.subscription).values(
                    subscriber_id=n, list_id=1, status="active", started_at=started, consented=True
                )
            )
