"""Signing up: a request waits with one confirmation mail, and becomes a subscription when its owner confirms.

Nothing here tells whether an address is known: every request takes the same path and writes a row; the mail
is somebody else's to send (`waiting`, `mark_mailed`). A request that nobody confirms is purged after a week.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from newsletter.audience.address import Address, address_key, normalise
from newsletter.audience.consent import Consent, ConsentKind, proof
from newsletter.audience.directory import ensure_list
from newsletter.audience.names import clean_name
from newsletter.audience.subscriptions import activate, is_barred, let_back
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store

DAY = 86_400.0
#: a request ends after this many seconds
LIFETIME = 7 * DAY
#: an address gets one mail in this many seconds, whatever is asked for it
INTERVAL = DAY


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asks for on a form; whose address it is, is not known yet."""

    address: Address = field(repr=False)
    lang: str
    #: list name -> the exact words of its box that was ticked
    wordings: Mapping[str, str]
    #: the form or page it came by
    source: str
    name: str = field(repr=False, default="")


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A request that waits for its mail, or for its owner."""

    id: int
    #: 32 hexadecimal digits: what its link refers to
    key: str = field(repr=False)
    #: subscribe, address (a new one is to be confirmed), access (a fresh link to one's own page)
    purpose: str
    address: str = field(repr=False)
    lang: str
    lists: tuple[str, ...] = ()
    #: whose change of address or page it is
    subscriber_key: str = field(repr=False, default="")
    name: str = field(repr=False, default="")
    wordings: Mapping[str, str] = field(repr=False, default_factory=dict)
    source: str = ""
    created_at: float = 0
    expires_at: float = 0


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What a confirmation did."""

    subscriber_key: str = field(repr=False)
    lists: tuple[str, ...]


def sign_up(store: Store, request: Request, *, secret: bytes, new_key: Callable[[], str], at: float) -> Pending | None:
    """Note a request; None when it is dropped: its address was mailed within a day, or must never be mailed."""
    digest = address_key(request.address, secret)
    with store.write() as connection:
        if is_barred(connection, digest) or _recent(connection, digest, "subscribe", at):
            return None
        return _note(connection, request, key=new_key(), digest=digest, at=at)


def waiting(store: Store, *, limit: int = 100) -> tuple[Pending, ...]:
    """Return the requests whose one mail has not been handed over yet, the oldest first."""
    table = people.pending_signup
    query = select(table).where(table.c.mailed_at.is_(None)).order_by(table.c.id).limit(limit)
    with store.read() as connection:
        return tuple(map(pending_of, connection.execute(query)))


def mark_mailed(store: Store, number: int, *, at: float) -> None:
    """Note that a request's one mail was handed over: it is never sent twice."""
    table = people.pending_signup
    with store.write() as connection:
        connection.execute(update(table).where(table.c.id == number).values(mailed_at=at))


def find_pending(store: Store, key: str, *, at: float) -> Pending | None:
    """Return the request that a link's key stands for; None when there is none, or its time is over."""
    with store.read() as connection:
        return take_pending(connection, key, at)


def confirm(store: Store, key: str, *, secret: bytes, at: float) -> Confirmed | None:
    """Make a request real, as its owner confirms it; None when it is over. Confirming twice changes nothing."""
    with store.write() as connection:
        pending = take_pending(connection, key, at)
        if pending is None or pending.purpose != "subscribe":
            return _confirmed_before(connection, key)
        digest = address_key(normalise(pending.address), secret)
        person, person_key = _person(connection, pending, digest, at)
        numbers = {name: ensure_list(connection, name) for name in pending.lists}
        let_back(connection, digest, numbers.values())
        facts = proof({"asked_at": int(pending.created_at), "confirmed_at": int(at), "double_opt_in": 1})
        for name, number in numbers.items():
            consent = Consent(
                kind=ConsentKind.EXPRESS,
                source=pending.source,
                obtained_at=at,
                wording=pending.wordings.get(name, ""),
            )
            activate(connection, person, person_key, list_id=number, consent=consent, proof=facts, at=at)
        drop_pending(connection, pending.id)
        return Confirmed(subscriber_key=person_key, lists=pending.lists)


def take_pending(connection: Connection, key: str, at: float) -> Pending | None:
    """Return a request by its key while it lives."""
    table = people.pending_signup
    row = connection.execute(select(table).where(table.c.key == key, table.c.expires_at > at)).one_or_none()
    return None if row is None else pending_of(row)


def drop_pending(connection: Connection, number: int) -> None:
    """Delete a request: it is done."""
    table = people.pending_signup
    connection.execute(delete(table).where(table.c.id == number))


def pending_of(row: Row[*tuple[object, ...]]) -> Pending:
    """Return a stored request as a value."""
    return Pending(
        id=row.id,
        key=row.key,
        purpose=row.purpose,
        address=row.address,
        lang=row.lang,
        lists=tuple(row.lists),
        subscriber_key=row.subscriber_key,
        name=row.name,
        wordings=dict(row.wording),
        source=str(row.proof.get("source", "")),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _note(connection: Connection, request: Request, *, key: str, digest: str, at: float) -> Pending:
    table = people.pending_signup
    values = {
        "key": key,
        "address": request.address.text,
        "address_key": digest,
        "purpose": "subscribe",
        "subscriber_key": "",
        "name": clean_name(request.name),
        "lang": request.lang,
        "lists": list(request.wordings),
        "wording": dict(request.wordings),
        "proof": {"source": request.source},
        "created_at": at,
        "expires_at": at + LIFETIME,
    }
    row = connection.execute(insert(table).values(**values).returning(*table.c)).one()
    return pending_of(row)


def _recent(connection: Connection, digest: str, purpose: str, at: float) -> bool:
    """Tell whether an address was asked for within the interval: it gets no second mail."""
    table = people.pending_signup
    where = (table.c.address_key == digest, table.c.purpose == purpose, table.c.created_at > at - INTERVAL)
    return connection.scalar(select(table.c.id).where(*where).limit(1)) is not None


def _confirmed_before(connection: Connection, key: str) -> Confirmed | None:
    """A new person keeps the key of their request, so that a second press of the button finds them."""
    from newsletter.audience.directory import find_by_key

    person = find_by_key(connection, key)
    return None if person is None else Confirmed(subscriber_key=key, lists=person.lists)


def _person(connection: Connection, pending: Pending, digest: str, at: float) -> tuple[int, str]:
    """Return the number and key of the request's owner, who may be new; what they wrote now is what counts."""
    table = people.subscriber
    known = connection.execute(select(table.c.id, table.c.key).where(table.c.address_key == digest)).one_or_none()
    if known is not None:
        changes = {"lang": pending.lang} | ({"name": pending.name} if pending.name else {})
        connection.execute(update(table).where(table.c.id == known.id).values(**changes))
        return known.id, known.key
    address = normalise(pending.address)
    values = {
        "key": pending.key,
        "address": address.text,
        "address_key": digest,
        "domain": address.ascii_domain,
        "name": pending.name,
        "lang": pending.lang,
        "fields": {},
        "created_at": at,
    }
    number = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return int(number), pending.key
