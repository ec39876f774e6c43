"""How people leave, by themselves: from one list or from all, at once, without a reason asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.audience.consent import withdraw
from newsletter.audience.suppression import EVERY_LIST, Reason, add_suppression, end_subscriptions
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What an unsubscription did."""

    #: nobody has this key: forgotten, or never there
    known: bool
    #: lists that the person was on until now
    ended: tuple[int, ...] = ()


def unsubscribe(store: Store, key: str, *, list_id: int | None, source: str, at: float) -> Departure:
    """Take somebody off one list, or off every list when `list_id` is None; doing it again changes nothing.

    `source` says by which way (one-click, page, mail, command): it goes into the ledger. After the return
    it is on disk.
    """
    with store.write() as connection:
        person = _person(connection, key)
        if person is None:
            return Departure(known=False)
        lists = () if list_id is None else (list_id,)
        ended = end_subscriptions(connection, person.id, reason=Reason.UNSUBSCRIBED, at=at, list_ids=lists)
        withdraw(connection, key, ended, source=source, at=at)
        scope = EVERY_LIST if list_id is None else list_id
        if person.address_key:
            add_suppression(
                connection, person.address_key, list_id=scope, reason=Reason.UNSUBSCRIBED, source=source, at=at
            )
        return Departure(known=True, ended=tuple(ended))


def _person(connection: Connection, key: str) -> Row[int, str | None] | None:
    person = people.subscriber.c
    return connection.execute(select(person.id, person.address_key).where(person.key == key)).one_or_none()
