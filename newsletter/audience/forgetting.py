"""Forgetting somebody: nothing that names them stays, but the keyed hash that keeps them from coming back.

Rows that sums rest on stay without a name (deliveries refer to a number). On SQLite the file is rewritten and
its log cut, so that no freed page still holds a byte; on PostgreSQL the tables are vacuumed, and its own log
and backups keep what they hold until their time ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from newsletter.audience.address import Address, address_key
from newsletter.audience.consent import withdraw
from newsletter.audience.suppression import EVERY_LIST, Reason, add_suppression
from newsletter.store.cleaning import scrub
from newsletter.store.tables import events, people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

SOURCE = "forgotten"
_TABLES = (people.subscriber, people.pending_signup, people.subscription)


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was erased."""

    #: there was somebody with this address or key
    known: bool
    #: number of the emptied row: whoever keeps files by it (an outbox) erases them, too; 0: there is none
    subscriber_id: int = 0
    #: their keyed hash, for the same reason
    address_key: str = field(repr=False, default="")
    #: no freed page of the database holds a byte of them; False: it was in use, purge later
    scrubbed: bool = True


def forget(store: Store, address: Address, *, secret: bytes, at: float) -> Forgotten:
    """Forget whoever has an address, known or not: what is left is a suppression for every list."""
    digest = address_key(address, secret)
    with store.write() as connection:
        table = people.subscriber
        person = connection.execute(select(table.c.id, table.c.key).where(table.c.address_key == digest)).one_or_none()
        _erase(connection, digest, at=at)
        if person is not None:
            empty_person(connection, person.id, at=at)
    return Forgotten(
        known=person is not None,
        subscriber_id=person.id if person else 0,
        address_key=digest,
        scrubbed=scrub(store, *_TABLES),
    )


def forget_by_key(store: Store, subscriber_key: str, *, at: float) -> Forgotten:
    """Forget the owner of a link, at their own word."""
    with store.write() as connection:
        table = people.subscriber
        where = (table.c.key == subscriber_key, table.c.address.is_not(None))
        person = connection.execute(select(table.c.id, table.c.address_key).where(*where)).one_or_none()
        if person is None:
            return Forgotten(known=False)
        _erase(connection, person.address_key, at=at)
        empty_person(connection, person.id, at=at)
    digest = person.address_key
    return Forgotten(known=True, subscriber_id=person.id, address_key=digest, scrubbed=scrub(store, *_TABLES))


def empty_person(connection: Connection, number: int, *, at: float) -> None:
    """Take everything personal out of somebody's row; their consents end, and stay under a random key."""
    person, on = people.subscriber, people.subscription
    key = connection.scalar(select(person.c.key).where(person.c.id == number)) or ""
    live = select(on.c.list_id).where(on.c.subscriber_id == number, on.c.consented)
    withdraw(connection, key, connection.scalars(live).all(), source=SOURCE, at=at)
    connection.execute(delete(on).where(on.c.subscriber_id == number))
    connection.execute(delete(people.pending_signup).where(people.pending_signup.c.subscriber_key == key))
    connection.execute(delete(events.bounce_score).where(events.bounce_score.c.subscriber_id == number))
    connection.execute(update(events.event).where(events.event.c.subscriber_id == number).values(domain=""))
    blank: dict[str, object] = {"address": None, "address_key": None, "domain": "", "name": "", "tz": "", "fields": {}}
    connection.execute(update(person).where(person.c.id == number).values(**blank, paused_until=None, forgotten_at=at))


def _erase(connection: Connection, digest: str, *, at: float) -> None:
    """Leave of an address only the suppression for every list."""
    pending, stops = people.pending_signup, people.suppression
    connection.execute(delete(pending).where(pending.c.address_key == digest))
    connection.execute(delete(stops).where(stops.c.address_key == digest, stops.c.list_id != EVERY_LIST))
    add_suppression(connection, digest, reason=Reason.FORGOTTEN, source=SOURCE, at=at)
