"""What the store already knows of a window of addresses, asked in three queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from newsletter.audience.importing.outcomes import Why
from newsletter.audience.suppression import EVERY_LIST, Reason
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SUPPRESSED = {
    Reason.UNSUBSCRIBED: Why.KNOWN_UNSUBSCRIBED,
    Reason.BOUNCED: Why.KNOWN_BOUNCED,
    Reason.COMPLAINED: Why.KNOWN_COMPLAINED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody the store has: their number, key, and subscription to the list, if any."""

    id: int
    key: str
    #: pending, active, ended; empty: never on this list
    status: str = ""
    ended_reason: str = ""
    consented: bool = False
    consent_until: float | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """People and suppressions by address key."""

    people: Mapping[str, Person] = field(default_factory=dict)
    suppressed: Mapping[str, Why] = field(default_factory=dict)


def is_empty(connection: Connection) -> bool:
    """Tell whether nobody is known at all: then nobody needs to be looked for."""
    tables = (people.subscriber, people.suppression)
    return all(connection.scalar(select(table.c.id).limit(1)) is None for table in tables)


def known(connection: Connection, keys: Sequence[str], list_id: int) -> Known:
    """Return what is known of these address keys with regard to a list."""
    person, on, blocked = people.subscriber.c, people.subscription.c, people.suppression.c
    query = (
        select(person.address_key, person.id, person.key, on.status, on.ended_reason, on.consented, on.consent_until)
        .join_from(
            people.subscriber,
            people.subscription,
            and_(on.subscriber_id == person.id, on.list_id == list_id),
            isouter=True,
        )
        .where(person.address_key.in_(keys))
    )
    found = {
        row.address_key: Person(
            id=row.id,
            key=row.key,
            status=row.status or "",
            ended_reason=row.ended_reason or "",
            consented=bool(row.consented),
            consent_until=row.consent_until,
        )
        for row in connection.execute(query)
    }
    stops = select(blocked.address_key, blocked.reason).where(
        blocked.address_key.in_(keys), or_(blocked.list_id == EVERY_LIST, blocked.list_id == list_id)
    )
    suppressed = {key: why_of(reason) for key, reason in connection.execute(stops.order_by(blocked.list_id.desc()))}
    return Known(people=found, suppressed=suppressed)


def why_of(reason: str) -> Why:
    """Return how an import says that somebody left or was stopped before."""
    return _SUPPRESSED.get(Reason(reason), Why.KNOWN_SUPPRESSED) if reason in set(Reason) else Why.KNOWN_SUPPRESSED
