"""What people change on their own page, after a fresh link was mailed to them: lists, language, pause, address.

The page's link is a request of its own (`ask_access`) that lives for an hour, so that a forwarded mail shows
and changes nothing of its owner's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from newsletter.audience.address import Address, address_key, normalise
from newsletter.audience.consent import Consent, ConsentKind, latest_consent, proof, withdraw
from newsletter.audience.directory import ensure_list, find_by_key
from newsletter.audience.forgetting import empty_person
from newsletter.audience.names import clean_name
from newsletter.audience.signup import INTERVAL, LIFETIME, Pending, drop_pending, pending_of, take_pending
from newsletter.audience.subscriptions import activate, is_barred, let_back, lists_of
from newsletter.audience.suppression import Reason, add_suppression, end_subscriptions
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.subscriber import Subscriber
    from newsletter.store.database import Store

#: seconds that a fresh link to one's own page is good for
ACCESS_LIFETIME = 3600.0
#: and how often one is mailed at most
_ACCESS_INTERVAL = 300.0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which lists somebody wants, of those that the page offered them."""

    #: list name -> the words of its box; all that were shown
    offered: Mapping[str, str]
    wanted: frozenset[str]
    source: str


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What somebody corrects about themselves; None leaves it as it is."""

    name: str | None = field(repr=False, default=None)
    lang: str | None = None
    tz: str | None = None
    fields: Mapping[str, object] | None = field(repr=False, default=None)


def ask_access(store: Store, subscriber_key: str, *, new_key: Callable[[], str], at: float) -> Pending | None:
    """Note that the owner of a link wants their page: one mail to them; None when one was just sent."""
    with store.write() as connection:
        person = find_by_key(connection, subscriber_key)
        if person is None or _recently(connection, subscriber_key, "access", at - _ACCESS_INTERVAL):
            return None
        return _ask(connection, person, "access", person.address, key=new_key(), at=at, lifetime=ACCESS_LIFETIME)


def open_access(store: Store, key: str, *, at: float) -> Subscriber | None:
    """Return whose page a fresh link opens; None when its hour is over."""
    with store.read() as connection:
        pending = take_pending(connection, key, at)
        if pending is None or pending.purpose != "access":
            return None
        return find_by_key(connection, pending.subscriber_key)


def paused_until(store: Store, subscriber_key: str) -> float | None:
    """Return when somebody's pause ends; None without one."""
    table = people.subscriber
    with store.read() as connection:
        return connection.scalar(select(table.c.paused_until).where(table.c.key == subscriber_key))


def correct(store: Store, subscriber_key: str, corrections: Corrections) -> None:
    """Correct what is known of somebody; consents and history stay as they are."""
    given = {
        "name": None if corrections.name is None else clean_name(corrections.name),
        "lang": corrections.lang,
        "tz": corrections.tz,
        "fields": None if corrections.fields is None else dict(corrections.fields),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        table = people.subscriber
        with store.write() as connection:
            connection.execute(update(table).where(table.c.key == subscriber_key).values(**changes))


def pause(store: Store, subscriber_key: str, *, until: float | None) -> None:
    """Stop every mail until then; None ends a pause."""
    table = people.subscriber
    with store.write() as connection:
        connection.execute(update(table).where(table.c.key == subscriber_key).values(paused_until=until))


def choose_lists(store: Store, subscriber_key: str, choice: Choice, *, at: float) -> tuple[set[str], set[str]]:
    """Put somebody on the lists they want and off the offered ones they do not; return the joined and the left."""
    with store.write() as connection:
        table = people.subscriber
        person = connection.execute(
            select(table.c.id, table.c.address_key).where(table.c.key == subscriber_key, table.c.address.is_not(None))
        ).one_or_none()
        if person is None:
            return set(), set()
        now = lists_of(connection, person.id)
        joined = choice.wanted & choice.offered.keys() - now.keys()
        left = (choice.offered.keys() & now.keys()) - choice.wanted
        for name in sorted(joined):
            number = ensure_list(connection, name)
            let_back(connection, person.address_key, [number])
            consent = Consent(
                kind=ConsentKind.EXPRESS, source=choice.source, obtained_at=at, wording=choice.offered[name]
            )
            facts = proof({"own_page": 1, "at": int(at)})
            activate(connection, person.id, subscriber_key, list_id=number, consent=consent, proof=facts, at=at)
        _leave(connection, person.id, subscriber_key, person.address_key, [now[name] for name in left], choice, at)
        return set(joined), set(left)


def ask_address(
    store: Store, subscriber_key: str, address: Address, *, secret: bytes, new_key: Callable[[], str], at: float
) -> Pending | None:
    """Note a change of address: it waits until a mail to the new address is confirmed; None when it is dropped."""
    digest = address_key(address, secret)
    with store.write() as connection:
        person = find_by_key(connection, subscriber_key)
        if person is None or is_barred(connection, digest):
            return None
        if _recently(connection, subscriber_key, "address", at - INTERVAL, digest=digest):
            return None
        return _ask(connection, person, "address", address.text, key=new_key(), at=at, lifetime=LIFETIME, digest=digest)


def confirm_address(store: Store, key: str, *, secret: bytes, at: float) -> str | None:
    """Give somebody their new address, as its owner confirms it; return their key, None when it is over.

    Their consents stay. When the new address is already somebody's, that is
    the same person: they keep that entry, with the lists of both.
    """
    with store.write() as connection:
        pending = take_pending(connection, key, at)
        if pending is None or pending.purpose != "address":
            return None
        drop_pending(connection, pending.id)
        person = find_by_key(connection, pending.subscriber_key)
        if person is None:
            return None
        address = normalise(pending.address)
        digest = address_key(address, secret)
        table = people.subscriber
        let_back(connection, digest, lists_of(connection, person.id).values())
        other = connection.execute(select(table.c.id, table.c.key).where(table.c.address_key == digest)).one_or_none()
        if other is not None and other.id != person.id:
            _join(connection, person, other.id, other.key, at)
            return str(other.key)
        values = {"address": address.text, "address_key": digest, "domain": address.ascii_domain}
        connection.execute(update(table).where(table.c.id == person.id).values(**values))
        return person.key


def _join(connection: Connection, person: Subscriber, other: int, other_key: str, at: float) -> None:
    """Make one person of two entries: the other one takes over the lists, with the consents they rest on."""
    there = lists_of(connection, other)
    for name, number in lists_of(connection, person.id).items():
        consent = latest_consent(connection, person.key, number)
        if name not in there and consent is not None:
            facts = proof({"taken_over": 1, "at": int(at)})
            activate(connection, other, other_key, list_id=number, consent=consent, proof=facts, at=at)
    empty_person(connection, person.id, at=at)


def _leave(
    connection: Connection, person: int, key: str, digest: str, numbers: list[int], choice: Choice, at: float
) -> None:
    """Take somebody off the lists they unticked."""
    if not numbers:
        return
    ended = end_subscriptions(connection, person, reason=Reason.UNSUBSCRIBED, at=at, list_ids=numbers)
    withdraw(connection, key, ended, source=choice.source, at=at)
    for number in ended:
        add_suppression(connection, digest, list_id=number, reason=Reason.UNSUBSCRIBED, source=choice.source, at=at)


def _recently(
    connection: Connection, subscriber_key: str, purpose: str, since: float, *, digest: str | None = None
) -> bool:
    """Tell whether the same was asked a short while ago."""
    table = people.pending_signup
    where = [table.c.purpose == purpose, table.c.created_at > since]
    where.append(table.c.subscriber_key == subscriber_key if digest is None else table.c.address_key == digest)
    return connection.scalar(select(table.c.id).where(*where).limit(1)) is not None


def _ask(
    connection: Connection,
    person: Subscriber,
    purpose: str,
    address: str,
    *,
    key: str,
    at: float,
    lifetime: float,
    digest: str | None = None,
) -> Pending:
    """Write a request of somebody known."""
    table = people.pending_signup
    own = select(people.subscriber.c.address_key).where(people.subscriber.c.id == person.id)
    values: dict[str, object] = {
        "key": key,
        "address": address,
        "address_key": digest or connection.scalar(own),
        "purpose": purpose,
        "subscriber_key": person.key,
        "name": "",
        "lang": person.lang,
        "lists": [],
        "wording": {},
        "proof": {},
        "created_at": at,
        "expires_at": at + lifetime,
    }
    return pending_of(connection.execute(insert(table).values(**values).returning(*table.c)).one())
