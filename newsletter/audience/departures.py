"""Many people at once who get nothing any more, for what came back: bounces, complaints, unsubscriptions.

The same as doing it one by one, in six statements however many they are: a provider's calls tell of
hundreds at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from newsletter.audience.consent import Consent, ConsentKind, Entry, append
from newsletter.audience.suppression import EVERY_LIST, Reason, outweighs
from newsletter.store.tables import people
from newsletter.store.upsert import insert_or_change

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """Somebody who shall get nothing any more, from one list or from all."""

    #: 0: only the address gets nothing more, its owner has another one by now
    subscriber_id: int
    #: what links and consents refer to
    subscriber_key: str = field(repr=False)
    #: of the address that was written to
    address_key: str = field(repr=False)
    list_id: int = EVERY_LIST
    reason: Reason
    #: by which way we know
    source: str
    #: seconds since 1970
    at: float


def end_all(connection: Connection, leavings: Sequence[Leaving]) -> int:
    """Suppress the addresses, end the subscriptions, withdraw the consents of those who chose it themselves.

    Returns how many people got something until now.
    """
    if not leavings:
        return 0
    _suppress(connection, leavings)
    ended = _end(connection, leavings)
    chosen = [(one, list_id) for one, list_id in ended if one.reason is not Reason.BOUNCED]
    append(connection, [_withdrawal(one, list_id) for one, list_id in chosen], at=max(one.at for one in leavings))
    return len({one.subscriber_id for one, _ in ended})


def _suppress(connection: Connection, leavings: Sequence[Leaving]) -> None:
    """Add what is not there; a reason that says more replaces one that says less."""
    known = _known(connection, {one.address_key for one in leavings})
    new: dict[tuple[str, int], Leaving] = {}
    for one in leavings:
        place = (one.address_key, one.list_id)
        before = new[place].reason if place in new else known.get(place)
        if before is None or outweighs(one.reason, before):
            new[place] = one
    if new:
        made = insert_or_change(
            connection, people.suppression, key=("address_key", "list_id"), change=("reason", "source", "at")
        )
        connection.execute(made, [_suppression(one) for one in new.values()])


def _known(connection: Connection, keys: Collection[str]) -> dict[tuple[str, int], Reason]:
    column = people.suppression.c
    query = select(column.address_key, column.list_id, column.reason).where(column.address_key.in_(keys))
    return {(row.address_key, row.list_id): Reason(row.reason) for row in connection.execute(query)}


def _suppression(one: Leaving) -> dict[str, object]:
    return {
        "address_key": one.address_key,
        "list_id": one.list_id,
        "reason": one.reason.value,
        "source": one.source,
        "at": one.at,
    }


def _end(connection: Connection, leavings: Sequence[Leaving]) -> list[tuple[Leaving, int]]:
    """End the subscriptions that are not ended; return each with the list that it was for."""
    on = people.subscription.c
    query = select(on.subscriber_id, on.list_id).where(
        on.subscriber_id.in_({one.subscriber_id for one in leavings}), on.status != "ended"
    )
    open_lists: dict[int, set[int]] = {}
    for row in connection.execute(query):
        open_lists.setdefault(row.subscriber_id, set()).add(row.list_id)
    ended: list[tuple[Leaving, int]] = []
    for one in leavings:
        mine = open_lists.get(one.subscriber_id, set())
        gone = set(mine) if one.list_id == EVERY_LIST else mine & {one.list_id}
        mine -= gone
        ended += [(one, list_id) for list_id in sorted(gone)]
    if ended:
        connection.execute(_ENDED, [_subscription(one, list_id) for one, list_id in ended])
    return ended


_ENDED = (
    update(people.subscription)
    .where(people.subscription.c.subscriber_id == bindparam("who"), people.subscription.c.list_id == bindparam("which"))
    .values(status="ended", ended_at=bindparam("when"), ended_reason=bindparam("why"), consented=False)
)


def _subscription(one: Leaving, list_id: int) -> dict[str, object]:
    return {"who": one.subscriber_id, "which": list_id, "when": one.at, "why": one.reason.value}


def _withdrawal(one: Leaving, list_id: int) -> Entry:
    gone = Consent(kind=ConsentKind.WITHDRAWN, source=one.source, obtained_at=one.at)
    return Entry(subscriber_key=one.subscriber_key, list_id=list_id, consent=gone)
