"""Refusals in the SMTP session itself count like those that come back later as mail.

The ledger keeps the server's answer of each delivery that failed, addresses taken out. A delivery that was
given up after days of « try again » counts only where the words are about this mailbox: a relay that was
down for a week is nobody's fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, select

from newsletter.feedback.event import Event, Source, fingerprint, kind_of
from newsletter.feedback.verdict import Reason, judge
from newsletter.store.tables.events import event as event_table
from newsletter.store.tables.ledger import attempt_event

if TYPE_CHECKING:
    from sqlalchemy import Row

    from newsletter.store.database import Store

#: reasons that are about the mailbox, also when the answer was only « try again »
OF_THE_MAILBOX = frozenset({Reason.FULL, Reason.DISABLED, Reason.FILTERED})
#: rows looked at in one go
MANY = 50_000


def refused(store: Store, *, since: float) -> list[Event]:
    """Return the refusals recorded since then (seconds since 1970) that are not counted yet."""
    attempt, event = attempt_event.c, event_table.c
    counted = exists().where(
        and_(event.send_id == attempt.send_id, event.n == attempt.n, event.source == Source.SMTP.value)
    )
    query = (
        select(attempt.send_id, attempt.n, attempt.at, attempt.code, attempt.status, attempt.text)
        .where(attempt.what == "failed", attempt.at >= since, attempt.code >= 400, ~counted)
        .order_by(attempt.id)
        .limit(MANY)
    )
    with store.read() as connection:
        found = [_event(row) for row in connection.execute(query)]
    return [one for one in found if one is not None]


def _event(row: Row[int, int, float, int, str, str]) -> Event | None:
    found = judge(text=f"{row.code} {row.status} {row.text}", status=row.status)
    if row.code < 500 and found.reason not in OF_THE_MAILBOX:
        return None
    return Event(
        kind=kind_of(found),
        source=Source.SMTP,
        dedupe=fingerprint("smtp", row.send_id, row.n),
        at=row.at,
        verdict=found.verdict,
        status=found.status,
        reason=found.reason.value,
        send=row.send_id,
        key=row.n,
    )
