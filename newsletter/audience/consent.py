"""The consent ledger: who agreed to what, in which words, and when; append-only and chained by hashes.

Canada's anti-spam law puts the proof on the sender (CASL s. 13). Express consent holds until it is
withdrawn; implied consent ends by itself, after six months (an inquiry) or two years (CASL s. 10(9)-(14)),
at midnight in the project's zone. A withdrawal wins over everything before it.
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text, update

from newsletter.store.bulk import insert_many, take_ids
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

PURPOSE = "newsletter"
#: what the first entry of a chain points at
_ORIGIN = "0" * 64
#: one writer of the chain at a time (PostgreSQL's advisory lock: any constant)
_CHAIN_LOCK = 0x636F6E73656E74
#: what is hashed: previous hash, key, list, ground's digest, obtained, expires, recorded, proof
_COLUMNS = (
    *("id", "subscriber_key", "list_id", "ground_id"),
    *("obtained_at", "expires_at", "proof", "recorded_at", "hash"),
)


class ConsentKind(StrEnum):
    """What somebody said, or did."""

    EXPRESS = "express"
    IMPLIED = "implied"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """What an implied consent follows from (CASL s. 10(9)-(13))."""

    INQUIRY = "inquiry"
    PURCHASE = "purchase"
    DONATION = "donation"
    VOLUNTEERING = "volunteering"
    MEETING = "meeting"
    #: counted from the day the membership is last known to have held
    MEMBERSHIP = "membership"


_MONTHS = {basis: 6 if basis is Basis.INQUIRY else 24 for basis in Basis}


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One consent, or its withdrawal, before it is recorded."""

    kind: ConsentKind
    #: where it was given: a form, an event, a paper, another tool's export
    source: str
    obtained_at: float
    basis: Basis | None = None
    #: the exact words that were agreed to; empty: not known
    wording: str = ""
    purpose: str = PURPOSE
    expires_at: float | None = None


class Entry(NamedTuple):
    """A consent of one person for one list (a tuple: an import makes a million)."""

    subscriber_key: str
    list_id: int
    consent: Consent
    #: what would convince a third person, as JSON; never an address (see `proof`)
    proof: str = "{}"


def implied(basis: Basis, *, obtained_at: float, source: str, zone: str, wording: str = "") -> Consent:
    """Return an implied consent with the moment at which the law ends it."""
    return Consent(
        kind=ConsentKind.IMPLIED,
        basis=basis,
        source=source,
        obtained_at=obtained_at,
        wording=wording,
        expires_at=expiry(basis, obtained_at=obtained_at, zone=zone),
    )


def expiry(basis: Basis, *, obtained_at: float, zone: str) -> float:
    """Return the midnight that begins the day on which an implied consent is over, in the project's zone."""
    place = ZoneInfo(zone)
    began = datetime.fromtimestamp(obtained_at, place)
    months = began.year * 12 + began.month - 1 + _MONTHS[basis]
    year, month = divmod(months, 12)
    day = min(began.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, tzinfo=place).timestamp()


def proof(facts: Mapping[str, str | int]) -> str:
    """Return the facts that would convince a third person as the ledger keeps them; never an address among them."""
    return json.dumps(facts, sort_keys=True)


def append(connection: Connection, entries: Sequence[Entry], *, at: float) -> None:
    """Add entries to the end of the chain, in this transaction; it is locked for others until that ends."""
    if not entries:
        return
    at = float(at)
    _lock(connection)
    ids = take_ids(connection, people.consent, len(entries))
    mark = _last_hash(connection)
    rows = []
    last: Consent | None = None
    on = 0
    for number, (key, list_id, consent, facts) in zip(ids, entries, strict=True):
        if consent is not last or list_id != on:
            last, on, (ground, digest) = consent, list_id, _ground(connection, consent)
            obtained, expires = float(consent.obtained_at), _float(consent.expires_at)
            shared = _shared(list_id, digest, obtained, expires, at)
        mark = _hash(mark, key, shared, facts)
        rows.append((number, key, list_id, ground, obtained, expires, facts, at, mark))
    insert_many(connection, people.consent, _COLUMNS, rows)


def grant(connection: Connection, entries: Sequence[Entry], *, at: float) -> None:
    """Record consents and let the subscriptions they are for live by them."""
    append(connection, entries, at=at)
    on, person = people.subscription, people.subscriber
    for entry in entries:
        who = select(person.c.id).where(person.c.key == entry.subscriber_key).scalar_subquery()
        withdrawn = entry.consent.kind is ConsentKind.WITHDRAWN
        connection.execute(
            update(on)
            .where(on.c.subscriber_id == who, on.c.list_id == entry.list_id)
            .values(consented=not withdrawn, consent_until=entry.consent.expires_at)
        )


def withdraw(connection: Connection, subscriber_key: str, list_ids: Iterable[int], *, source: str, at: float) -> None:
    """Record that somebody took back their consent for these lists; `source` says how."""
    gone = Consent(kind=ConsentKind.WITHDRAWN, source=source, obtained_at=at)
    entries = [Entry(subscriber_key=subscriber_key, list_id=number, consent=gone) for number in list_ids]
    grant(connection, entries, at=at)


def latest_consent(connection: Connection, subscriber_key: str, list_id: int) -> Consent | None:
    """Return the last consent somebody gave for a list, withdrawn since or not; None when there never was one."""
    given, ground = people.consent, people.consent_ground
    query = (
        select(ground, given.c.obtained_at, given.c.expires_at)
        .join_from(given, ground)
        .where(
            given.c.subscriber_key == subscriber_key,
            given.c.list_id == list_id,
            ground.c.kind != ConsentKind.WITHDRAWN.value,
        )
        .order_by(given.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Consent(
        kind=ConsentKind(row.kind),
        basis=Basis(row.basis) if row.basis else None,
        purpose=row.purpose,
        wording=row.wording,
        source=row.source,
        obtained_at=row.obtained_at,
        expires_at=row.expires_at,
    )


def outlasts(new: Consent, until: float | None) -> bool:
    """Tell whether a consent holds longer than one that ends at `until` (None: never)."""
    return until is not None and (new.expires_at is None or new.expires_at > until)


def verify_chain(store: Store) -> int | None:
    """Return the number of the first entry that was changed, removed or added out of turn; None: the chain holds."""
    table = people.consent
    with store.read() as connection:
        digests = {
            row.id: row.digest
            if _digest(row.kind, row.basis, row.purpose, row.wording, row.source) == row.digest
            else ""
            for row in connection.execute(select(people.consent_ground))
        }
        mark = _ORIGIN
        query = select(table).order_by(table.c.id).execution_options(yield_per=5000)
        with connection.execute(query) as rows:
            for row in rows:
                times = (row.obtained_at, row.expires_at, row.recorded_at)
                mark = _hash(mark, row.subscriber_key, _shared(row.list_id, digests[row.ground_id], *times), row.proof)
                if mark != row.hash:
                    return int(row.id)
    return None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How many consents for one list end within a time."""

    list: str
    days: int
    people: int


def ending(store: Store, *, at: float, ahead: Sequence[int] = (60, 30)) -> tuple[Ending, ...]:
    """Count the implied consents that end within so many days, list by list: there is time to ask again."""
    on, lists = people.subscription.c, people.mailing_list.c
    found = []
    with store.read() as connection:
        for days in ahead:
            until = at + timedelta(days=days).total_seconds()
            query = (
                select(lists.name, text("count(*)"))
                .join_from(people.mailing_list, people.subscription)
                .where(on.status == "active", on.consented, on.consent_until > at, on.consent_until <= until)
                .group_by(lists.name)
                .order_by(lists.name)
            )
            found += [Ending(list=name, days=days, people=count) for name, count in connection.execute(query)]
    return tuple(found)


def wording_version(wording: str) -> str:
    """Return what names a wording: the beginning of its SHA-256; empty for none."""
    return hashlib.sha256(wording.encode()).hexdigest()[:16] if wording else ""


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})


def _last_hash(connection: Connection) -> str:
    table = people.consent
    return connection.scalar(select(table.c.hash).order_by(table.c.id.desc()).limit(1)) or _ORIGIN


def _ground(connection: Connection, consent: Consent) -> tuple[int, str]:
    """Keep what a consent rests on once; return its number and digest."""
    table = people.consent_ground
    basis = consent.basis.value if consent.basis else ""
    digest = _digest(consent.kind.value, basis, consent.purpose, consent.wording, consent.source)
    number = connection.scalar(select(table.c.id).where(table.c.digest == digest))
    if number is None:
        values = {"kind": consent.kind.value, "basis": basis, "purpose": consent.purpose}
        values |= {"wording": consent.wording, "source": consent.source, "digest": digest}
        number = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return int(number), digest


def _digest(kind: str, basis: str, purpose: str, wording: str, source: str) -> str:
    return hashlib.sha256(json.dumps([kind, basis, purpose, wording, source]).encode()).hexdigest()


def _shared(list_id: int, ground: str, obtained: float, expires: float | None, recorded: float) -> str:
    """Return what the entries of one import have in common, as it is hashed."""
    return f"{list_id}:{ground}:{obtained}:{expires}:{recorded}"


def _hash(previous: str, subscriber_key: str, shared: str, facts: str) -> str:
    """Return an entry's hash; of what it is made of only the last, the proof, can hold a colon."""
    return hashlib.sha256(f"{previous}:{subscriber_key}:{shared}:{facts}".encode()).hexdigest()


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)
