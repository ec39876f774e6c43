"""Events meet what was sent: whose delivery each is about, looked up a few hundred at a time.

A provider's event without our arguments (an asynchronous bounce) is found by address and time: it is about
the last mail that went to that address before it happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from sqlalchemy import Row, Select, select

from newsletter.audience.address import AddressError, address_key, normalise
from newsletter.delivery.sql import Statement, among
from newsletter.feedback.event import Event
from newsletter.message.headers import message_id
from newsletter.message.links import list_key, read_return_path
from newsletter.store.tables import ledger, people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config import Keys

#: an event tells of a mail that was sent at most this long before it
MEMORY = 30 * 86_400.0
#: clocks differ, and a provider's event may be dated before our send
LENIENCE = 3_600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """An event and whose it is; `send` 0: the person is known, the mail is not."""

    event: Event
    send: int = 0
    n: int = 0
    attempt: int = 0
    #: the ledger's state of the delivery
    state: str = ""
    subscriber_id: int
    subscriber_key: str = field(repr=False, default="")
    #: the key of the address that was written to
    address_key: str = field(repr=False)
    #: the person's address is no longer the one that was written to
    moved: bool = False
    #: the list that was written to or left; 0: not known
    list_id: int = 0
    domain: str = ""


_DELIVERY = (
    ledger.delivery.c.send_id,
    ledger.delivery.c.n,
    ledger.delivery.c.attempt,
    ledger.delivery.c.state,
    ledger.delivery.c.subscriber_id,
    ledger.delivery.c.address_key,
    ledger.delivery.c.list_id,
    people.subscriber.c.key.label("subscriber_key"),
    people.subscriber.c.address_key.label("present_key"),
    people.subscriber.c.domain,
)
#: the same by numbers, as the driver gives them: most events come this way, and SQLAlchemy's rows cost as much again
_NUMBERED = Statement("""
    SELECT d.send_id, d.n, d.attempt, d.state, d.subscriber_id, d.address_key, d.list_id, s.key, s.address_key, s.domain
    FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id
    WHERE d.send_id = :send AND d.n {among :numbers}""")

_Delivery = tuple[int, int, int, str, int, str, int, str, str | None, str]


def match(connection: Connection, events: Sequence[Event], keys: Keys) -> list[Match]:
    """Return the events that are about somebody we wrote to; the others are about nobody we know."""
    events = [_with_delivery(event, keys) for event in events]
    named = [event for event in events if event.send]
    linked = [event for event in events if not event.send and event.subscriber_key]
    addressed = [event for event in events if not event.send and not event.subscriber_key and event.address]
    return [
        *_by_delivery(connection, named),
        *_by_link(connection, linked, keys),
        *_by_address(connection, addressed, keys),
    ]


def _with_delivery(event: Event, keys: Keys) -> Event:
    """Read the return path of an event that has one: it names the delivery, if we signed it."""
    path = read_return_path(event.return_path, keys) if event.return_path and not event.send else None
    return replace(event, send=path.send, key=path.key) if path else event


def _by_delivery(connection: Connection, events: Iterable[Event]) -> list[Match]:
    numbers: defaultdict[int, set[int]] = defaultdict(set)
    waiting = list(events)
    for event in waiting:
        numbers[event.send].add(event.key)
    rows = {
        (send, row[1]): row
        for send, keys in numbers.items()
        for row in _NUMBERED.rows(connection, {"send": send, "numbers": among(connection, sorted(keys))})
    }
    found = ((event, rows.get((event.send, event.key))) for event in waiting)
    return [_made(event, row) for event, row in found if row]


def _by_address(connection: Connection, events: Sequence[Event], keys: Keys) -> list[Match]:
    """Find the last mail to each address before the event."""
    keyed = [(event, key) for event in events if (key := _key(event.address, keys))]
    found: dict[str, list[tuple[float, Row[tuple[object, ...]]]]] = defaultdict(list)
    for send, date in _recent_sends(connection, [event.at for event, _ in keyed]):
        column = ledger.delivery.c
        wanted = {key for _, key in keyed}
        for row in connection.execute(_deliveries().where(column.send_id == send, column.address_key.in_(wanted))):
            found[row.address_key].append((date, row))
    matches = []
    for event, key in keyed:
        before = [
            (date, row)
            for date, row in found[key]
            if event.at - MEMORY <= date <= event.at + LENIENCE and _is_same_mail(event, row, keys)
        ]
        if before:
            matches.append(_made(event, max(before, key=lambda one: one[0])[1]))
    return matches


def _is_same_mail(event: Event, row: Row[tuple[object, ...]], keys: Keys) -> bool:
    """Tell whether a delivery's Message-ID is the event's, made with any of our keys; True when it names none."""
    if not event.message_id:
        return True
    domain = event.message_id.rpartition("@")[2].rstrip("> ")
    values = row._mapping
    made = (
        message_id(
            replace(keys, signing=(one,)).derive("message-id"),
            send=f"S{values['send_id']}",
            number=values["n"],
            domain=domain,
        )
        for one in keys.signing
    )
    return event.message_id in made


def _by_link(connection: Connection, events: Sequence[Event], keys: Keys) -> list[Match]:
    """Find the person whom a signed link stands for, and the list it was made for."""
    column = people.subscriber.c
    wanted = {event.subscriber_key for event in events}
    rows = connection.execute(
        select(column.id, column.key, column.address_key, column.domain).where(column.key.in_(wanted))
    )
    person = {row.key: row for row in rows if row.address_key}
    lists = _list_numbers(connection, keys) if events else {}
    return [
        Match(
            event=event,
            subscriber_id=person[event.subscriber_key].id,
            subscriber_key=event.subscriber_key,
            address_key=person[event.subscriber_key].address_key,
            list_id=next(
                (number for key, number in lists.items() if event.list_key and key.startswith(event.list_key)), 0
            ),
            domain=person[event.subscriber_key].domain,
        )
        for event in events
        if event.subscriber_key in person
    ]


def _deliveries() -> Select[tuple[object, ...]]:
    return select(*_DELIVERY).join(people.subscriber, people.subscriber.c.id == ledger.delivery.c.subscriber_id)


def _recent_sends(connection: Connection, moments: Sequence[float]) -> list[tuple[int, float]]:
    if not moments:
        return []
    date = ledger.send.c.date
    query = select(ledger.send.c.id, date).where(date.between(min(moments) - MEMORY, max(moments) + LENIENCE))
    return [(row.id, row.date) for row in connection.execute(query)]


def _list_numbers(connection: Connection, keys: Keys) -> dict[str, int]:
    rows = connection.execute(select(people.mailing_list.c.name, people.mailing_list.c.id))
    return {list_key(row.name, keys): row.id for row in rows}


def _key(address: str, keys: Keys) -> str:
    try:
        return address_key(normalise(address.strip()), keys.suppression)
    except AddressError:
        return ""


def _made(event: Event, row: Sequence[object]) -> Match:
    send, n, attempt, state, subscriber, address_key, list_id, subscriber_key, present_key, domain = cast(
        "_Delivery", row
    )
    return Match(
        event=event,
        send=send,
        n=n,
        attempt=attempt,
        state=state,
        subscriber_id=subscriber,
        subscriber_key=subscriber_key,
        address_key=address_key,
        moved=address_key != present_key,
        list_id=list_id,
        domain=domain,
    )
