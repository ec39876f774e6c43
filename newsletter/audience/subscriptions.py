"""A subscription begins: by its person's own act, with the consent it lives by, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, or_, select

from newsletter.audience.consent import Consent, Entry, grant
from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.suppression import EVERY_LIST, Reason
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: suppressions that a person's own confirmed act ends; a complaint or the organisation's own word stay
_OWN = (Reason.UNSUBSCRIBED.value, Reason.FORGOTTEN.value, Reason.BOUNCED.value)


def activate(
    connection: Connection, person: int, key: str, *, list_id: int, consent: Consent, proof: str, at: float
) -> None:
    """Put a person on a list by their own act; what ended or waited before gives way to it."""
    table = people.subscription
    same = and_(table.c.subscriber_id == person, table.c.list_id == list_id)
    connection.execute(delete(table).where(same))
    values = {"subscriber_id": person, "list_id": list_id, "started_at": at, "consented": True}
    connection.execute(insert(table).values(**values, status=SubscriptionStatus.ACTIVE.value))
    grant(connection, [Entry(key, list_id, consent, proof)], at=at)


def let_back(connection: Connection, address_key: str, list_ids: Iterable[int]) -> None:
    """Take back what kept an address from these lists, because its owner asked and confirmed."""
    table = people.suppression
    scopes = [EVERY_LIST, *list_ids]
    where = and_(table.c.address_key == address_key, table.c.list_id.in_(scopes), table.c.reason.in_(_OWN))
    connection.execute(delete(table).where(where))


def is_barred(connection: Connection, address_key: str) -> bool:
    """Tell whether an address gets nothing at all, not even a confirmation: it complained, or was barred by hand."""
    table = people.suppression
    final = or_(table.c.reason == Reason.COMPLAINED.value, table.c.reason == Reason.MANUAL.value)
    where = and_(table.c.address_key == address_key, table.c.list_id == EVERY_LIST, final)
    return connection.scalar(select(table.c.id).where(where).limit(1)) is not None


def lists_of(connection: Connection, person: int) -> dict[str, int]:
    """Return the names and numbers of the lists that somebody is on."""
    on, lists = people.subscription.c, people.mailing_list.c
    query = (
        select(lists.name, lists.id)
        .join_from(people.subscription, people.mailing_list)
        .where(on.subscriber_id == person, on.status == SubscriptionStatus.ACTIVE.value)
        .order_by(lists.id)
    )
    return dict(connection.execute(query).all())
