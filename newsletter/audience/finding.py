"""Looking for people by a part of a name or an address, as a coordinator does on the telephone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.audience.lists import SubscriptionStatus
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Select

    from newsletter.store.database import Store

_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Search:
    """Whom somebody looks for; everything given must fit."""

    #: a part of a name or an address, without regard to case and accents
    text: str = field(repr=False, default="")
    #: only of this list
    list: str = ""
    #: only subscriptions that stand so
    status: SubscriptionStatus | None = None
    most: int = 50


@dataclass(frozen=True, kw_only=True)
class Found:
    """Somebody who fits."""

    key: str
    address: str = field(repr=False)
    name: str = field(repr=False)
    lang: str
    #: list -> where the subscription stands
    lists: dict[str, str]


def find_people(store: Store, search: Search) -> tuple[Found, ...]:
    """Return the first who fit, in the order in which they came.

    Every row is looked at: names and addresses may be sealed, so that the database can not search them.
    """
    with store.read() as connection, connection.execute(_query(search)) as rows:
        wanted = _plain(search.text)
        fitting = (row for row in rows if wanted in _plain(row.address) or wanted in _plain(row.name))
        found = list(islice(fitting, search.most))
    lists: dict[int, dict[str, str]] = {}
    with store.read() as connection:
        for person, name, status in connection.execute(_subscriptions([row.id for row in found])):
            lists.setdefault(person, {})[name] = status
    return tuple(
        Found(key=row.key, address=row.address, name=row.name, lang=row.lang, lists=lists.get(row.id, {}))
        for row in found
    )


def masked(address: str) -> str:
    """Return enough of an address to tell people apart, and too little to write to: `z…@example.org`."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _query(search: Search) -> Select[int, str, str, str, str]:
    person, on, lists = people.subscriber.c, people.subscription.c, people.mailing_list.c
    query = select(person.id, person.key, person.address, person.name, person.lang).where(person.address.is_not(None))
    if search.list or search.status is not None:
        which = select(on.subscriber_id).join_from(people.subscription, people.mailing_list)
        which = which.where(lists.name == search.list) if search.list else which
        which = which.where(on.status == search.status.value) if search.status is not None else which
        query = query.where(person.id.in_(which))
    return query.order_by(person.id).execution_options(yield_per=_AT_ONCE)


def _subscriptions(ids: list[int]) -> Select[int, str, str]:
    on, lists = people.subscription.c, people.mailing_list.c
    query = select(on.subscriber_id, lists.name, on.status).join_from(people.subscription, people.mailing_list)
    return query.where(on.subscriber_id.in_(ids)).order_by(on.subscriber_id, lists.id)


def _plain(text: str) -> str:
    """Return a text without case and accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
