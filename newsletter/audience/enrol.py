"""How people leave, by themselves: from one list or from all, at once, without a reason asked; and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.audience.consent import latest_consent, proof, withdraw
from newsletter.audience.subscriptions import activate
from newsletter.audience.suppression import (
    EVERY_LIST,
    Reason,
    add_suppression,
    end_subscriptions,
    lift_suppression,
)
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store


#: seconds in which a departure can be taken back
UNDO_WITHIN = 86_400.0


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


def undo_unsubscribe(
    store: Store, key: str, *, list_ids: Sequence[int], at: float, within: float = UNDO_WITHIN
) -> tuple[int, ...]:
    """Take a departure back at its person's own word, shortly after it; return the lists they are on again.

    Only what they left themselves, and only `within` so many seconds: it rests on the consent that it
    rested on before. What bounced, complained or was forgotten stays as it is.
    """
    on = people.subscription
    with store.write() as connection:
        person = _person(connection, key)
        if person is None or not person.address_key:
            return ()
        left = select(on.c.list_id).where(
            on.c.subscriber_id == person.id,
            on.c.list_id.in_(list(list_ids)),
            on.c.ended_reason == Reason.UNSUBSCRIBED.value,
            on.c.ended_at > at - within,
        )
        back = []
        for number in connection.scalars(left).all():
            consent = latest_consent(connection, key, number)
            if consent is not None and (consent.expires_at is None or consent.expires_at > at):
                facts = proof({"undone": 1, "at": int(at)})
                activate(connection, person.id, key, list_id=number, consent=consent, proof=facts, at=at)
                back.append(number)
        for scope in {EVERY_LIST, *back} if back else ():
            lift_suppression(connection, person.address_key, list_id=scope, only=Reason.UNSUBSCRIBED)
        return tuple(back)


def _person(connection: Connection, key: str) -> Row[int, str | None] | None:
    person = people.subscriber.c
    return connection.execute(select(person.id, person.address_key).where(person.key == key)).one_or_none()
