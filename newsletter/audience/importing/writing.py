"""What an import decided becomes rows: people, subscriptions, consents, suppressions; many at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from newsletter.audience.consent import Consent, Entry, append, grant, outlasts, withdraw
from newsletter.audience.importing.judging import Candidate
from newsletter.audience.importing.known import Person
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.standing import Standing
from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.suppression import EVERY_LIST, Reason, add_suppression, end_subscriptions
from newsletter.store.bulk import Value, insert_many, take_ids
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PERSON = ("id", "key", "address", "address_key", "domain", "name", "lang", "tz", "fields", "import_id", "created_at")
_ON = (
    "subscriber_id",
    "list_id",
    "status",
    "started_at",
    "ended_at",
    "ended_reason",
    "consent_until",
    "consented",
    "import_id",
)
_STOP = ("address_key", "list_id", "reason", "source", "import_id", "at")
#: why a subscription of an undone import ended: the person never said so, it may be imported again
UNDONE = "undone"
_REASONS = {
    Standing.UNSUBSCRIBED: Reason.UNSUBSCRIBED,
    Standing.BOUNCED: Reason.BOUNCED,
    Standing.COMPLAINED: Reason.COMPLAINED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What was decided about one candidate."""

    candidate: Candidate
    key: str
    why: Why
    person: Person | None
    #: neither the store nor an earlier row knew anything of the address
    fresh: bool


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What all rows of one import share."""

    list_id: int
    import_id: int
    consent: Consent
    source: str
    at: float
    new_key: Callable[[], str]


@dataclass(kw_only=True)
class _Rows:
    """Rows on their way into the store."""

    people: list[tuple[Value, ...]] = field(default_factory=list)
    subscriptions: list[tuple[Value, ...]] = field(default_factory=list)
    consents: list[Entry] = field(default_factory=list)


def write(connection: Connection, decisions: list[Decision], terms: Terms) -> None:
    """Write a window of decisions."""
    new = [one for one in decisions if _makes_person(one)]
    numbers = take_ids(connection, people.subscriber, len(new)) if new else ()
    rows = _Rows()
    for number, one in zip(numbers, new, strict=True):
        _new_person(rows, one, number, terms)
    for one in decisions:
        if one.why is Why.NEW_ON_LIST and one.person is not None:
            _new_on_list(connection, rows, one, one.person, terms)
        elif one.why is Why.ALREADY_SUBSCRIBED and one.person is not None:
            _renewed(rows, one, one.person, terms)
    insert_many(connection, people.subscriber, _PERSON, rows.people)
    insert_many(connection, people.subscription, _ON, rows.subscriptions)
    _consents(connection, rows, terms)
    _stops(connection, [one for one in decisions if one.candidate.standing >= Standing.UNSUBSCRIBED], terms)


def _makes_person(one: Decision) -> bool:
    """Tell whether a person nobody knew is kept: somebody who bounced or complained is not, their hash is enough."""
    return one.fresh and one.why in (Why.NEW, Why.ROW_UNSUBSCRIBED)


def _new_person(rows: _Rows, one: Decision, number: int, terms: Terms) -> None:
    candidate, key = one.candidate, terms.new_key()
    address = candidate.address
    fields = json.dumps(candidate.fields) if candidate.fields else "{}"
    rows.people.append(
        (
            number,
            key,
            address.text,
            one.key,
            address.ascii_domain,
            candidate.name,
            candidate.lang,
            candidate.tz,
            fields,
            terms.import_id,
            terms.at,
        )
    )
    if one.why is Why.NEW:
        rows.subscriptions.append(_active(number, terms))
        rows.consents.append(_entry(key, candidate.row, terms))
    else:
        rows.subscriptions.append(_ended(number, terms))


def _new_on_list(connection: Connection, rows: _Rows, one: Decision, person: Person, terms: Terms) -> None:
    """Put somebody known on the list; a pending or undone subscription gives way."""
    if person.status:
        _forget_subscription(connection, person.id, terms.list_id)
    rows.subscriptions.append(_active(person.id, terms))
    rows.consents.append(_entry(person.key, one.candidate.row, terms))


def _renewed(rows: _Rows, one: Decision, person: Person, terms: Terms) -> None:
    """Record a consent that is better than what is known; else the import changes nothing."""
    if not person.consented or outlasts(terms.consent, person.consent_until):
        rows.consents.append(_entry(person.key, one.candidate.row, terms))


def _consents(connection: Connection, rows: _Rows, terms: Terms) -> None:
    fresh = {row[1] for row in rows.people}
    append(connection, [entry for entry in rows.consents if entry.subscriber_key in fresh], at=terms.at)
    grant(connection, [entry for entry in rows.consents if entry.subscriber_key not in fresh], at=terms.at)


def _stops(connection: Connection, decisions: list[Decision], terms: Terms) -> None:
    """Suppress who left, bounced or complained by the file's own word; many at once where nothing was known."""
    rows: list[tuple[Value, ...]] = []
    for one in decisions:
        if one.fresh:
            reason = _REASONS[one.candidate.standing]
            rows.append((one.key, _scope(reason, terms), reason.value, terms.source, terms.import_id, terms.at))
    insert_many(connection, people.suppression, _STOP, rows)
    for one in decisions:
        if not one.fresh:
            _stop(connection, one.key, one.candidate.standing, terms)


def _scope(reason: Reason, terms: Terms) -> int:
    """Return what a suppression holds for: leaving is for the list, the rest for every list."""
    return terms.list_id if reason is Reason.UNSUBSCRIBED else EVERY_LIST


def _stop(connection: Connection, key: str, standing: Standing, terms: Terms) -> None:
    """Suppress an address of which something was known, and end what was active."""
    reason = _REASONS[standing]
    scope = _scope(reason, terms)
    add_suppression(
        connection,
        key,
        list_id=scope,
        reason=reason,
        source=terms.source,
        at=terms.at,
        import_id=terms.import_id,
    )
    person = connection.execute(
        select(people.subscriber.c.id, people.subscriber.c.key).where(people.subscriber.c.address_key == key)
    ).one_or_none()
    if person is not None:
        lists = (scope,) if scope else ()
        ended = end_subscriptions(connection, person.id, reason=reason, at=terms.at, list_ids=lists)
        withdraw(connection, person.key, ended, source=terms.source, at=terms.at)


def _forget_subscription(connection: Connection, person: int, list_id: int) -> None:
    table = people.subscription
    connection.execute(delete(table).where(and_(table.c.subscriber_id == person, table.c.list_id == list_id)))


def _active(person: int, terms: Terms) -> tuple[Value, ...]:
    until = terms.consent.expires_at
    return (
        person,
        terms.list_id,
        SubscriptionStatus.ACTIVE.value,
        terms.at,
        None,
        "",
        until,
        True,
        terms.import_id,
    )


def _ended(person: int, terms: Terms) -> tuple[Value, ...]:
    return (
        person,
        terms.list_id,
        SubscriptionStatus.ENDED.value,
        terms.at,
        terms.at,
        Reason.UNSUBSCRIBED.value,
        None,
        False,
        terms.import_id,
    )


def _entry(key: str, row: int, terms: Terms) -> Entry:
    proof: dict[str, str | int] = {"import": terms.import_id, "row": row}
    return Entry(subscriber_key=key, list_id=terms.list_id, consent=terms.consent, proof=proof)
