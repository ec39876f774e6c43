"""What an event changes: a delivery in doubt, a person's score, a suppression. Each event once, always downwards.

Nothing here can subscribe or re-activate anybody (RFC 8058 and every provider's rules ask for leaving, never
for coming back). Policy blocks change nobody: they are ours to mend, and stop the lane that they came from.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from newsletter.audience.consent import withdraw
from newsletter.audience.suppression import EVERY_LIST, Reason, add_suppression, end_subscriptions
from newsletter.delivery.control import stop_lane
from newsletter.delivery.lanes import provider_of
from newsletter.delivery.results import Result, record
from newsletter.delivery.states import State
from newsletter.feedback import verdict as verdicts
from newsletter.feedback.event import EventKind
from newsletter.feedback.matching import Match, match
from newsletter.feedback.score import Terms, add_soft_bounce
from newsletter.feedback.verdict import Verdict
from newsletter.store.database import now
from newsletter.store.tables import ledger
from newsletter.store.tables.events import event as event_table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config import Keys
    from newsletter.feedback.event import Event
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: events in one transaction
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a number of events changed."""

    #: counted for the first time
    new: int = 0
    #: counted before, or a copy of one of these
    known: int = 0
    #: about nobody we wrote to
    unmatched: int = 0
    #: deliveries in doubt that are now known to be sent
    settled: int = 0
    #: people who get nothing any more, or nothing from one list
    suppressed: int = 0
    #: people whom one more soft bounce removes
    warned: int = 0

    def __add__(self, other: Applied) -> Applied:
        """Add up."""
        return Applied(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


def apply(store: Store, events: Iterable[Event], *, keys: Keys, terms: Terms) -> Applied:
    """Let events take effect, each once however often it comes; return what changed."""
    total, waiting = Applied(), iter(events)
    while chunk := list(islice(waiting, CHUNK)):
        with store.write() as connection:
            total += _apply(connection, chunk, keys, terms)
    return total


def _apply(connection: Connection, chunk: Sequence[Event], keys: Keys, terms: Terms) -> Applied:
    once = list({event.dedupe: event for event in chunk}.values())
    found = match(connection, once, keys)
    settled = _settle(connection, found)
    kept = [one for one in found if one.event.kind is not EventKind.ACCEPTED]
    fresh = _insert(connection, kept)
    effects = [_effect(connection, one, terms) for one in kept if one.event.dedupe in fresh]
    return Applied(
        new=len(fresh),
        known=len(chunk) - len(once) + len(kept) - len(fresh),
        unmatched=len(once) - len(found),
        settled=settled,
        suppressed=effects.count("suppressed"),
        warned=effects.count("warned"),
    )


def _insert(connection: Connection, found: Sequence[Match]) -> set[str]:
    """Keep the events that are not kept yet; return their fingerprints."""
    if not found:
        return set()
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    moment = now(connection)
    statement = kind.insert(event_table).on_conflict_do_nothing(index_elements=["dedupe"])
    rows = connection.execute(statement.returning(event_table.c.dedupe), [_row(one, moment) for one in found])
    return set(rows.scalars())


def _row(one: Match, received_at: float) -> dict[str, object]:
    event = one.event
    return {
        "dedupe": event.dedupe,
        "kind": event.kind.value,
        "verdict": event.verdict.value if event.verdict else "",
        "source": event.source.value,
        "send_id": one.send or None,
        "n": one.n or None,
        "subscriber_id": one.subscriber_id,
        "list_id": one.list_id or None,
        "domain": one.domain[:255],
        "at": event.at,
        "received_at": received_at,
        "status": event.status[:12],
        "reason": event.reason,
    }


def _settle(connection: Connection, found: Iterable[Match]) -> int:
    """Any event about a delivery proves that the other side had taken it: what was in doubt is sent."""
    doubtful = {(one.send, one.n): one for one in found if one.state == State.UNKNOWN.value}
    for one in doubtful.values():
        batch = ledger.send_batch.c
        seq = connection.scalar(
            select(batch.seq).where(batch.send_id == one.send, batch.first_n <= one.n, batch.last_n >= one.n)
        )
        result = Result(n=one.n, attempt=one.attempt, seq=seq or 0, state=State.SENT, answer=one.event.source.value)
        record(connection, one.send, [result])
    return len(doubtful)


def _effect(connection: Connection, one: Match, terms: Terms) -> str:
    """Change what a new event changes; return what that was."""
    kind, found = one.event.kind, one.event.verdict
    if kind is EventKind.COMPLAINED:
        return _end(connection, one, Reason.COMPLAINED)
    if kind is EventKind.UNSUBSCRIBED:
        return _end(connection, one, Reason.UNSUBSCRIBED, list_id=one.list_id)
    if kind is EventKind.BLOCKED:
        return _stop_lane(connection, one)
    if kind is not EventKind.BOUNCED:
        return ""
    if found is Verdict.HARD:
        return _end(connection, one, Reason.BOUNCED)
    score = add_soft_bounce(connection, one.subscriber_id, at=one.event.at, terms=terms)
    if terms.is_over(score):
        return _end(connection, one, Reason.BOUNCED)
    return "warned" if terms.is_near(score) else ""


def _end(connection: Connection, one: Match, reason: Reason, *, list_id: int = EVERY_LIST) -> str:
    """Write no more to the address that was written to, and end the subscriptions, of one list or of all."""
    at, source = one.event.at, one.event.source.value
    add_suppression(connection, one.address_key, list_id=list_id, reason=reason, source=source, at=at)
    lists = () if list_id == EVERY_LIST else (list_id,)
    ended = end_subscriptions(connection, one.subscriber_id, reason=reason, at=at, list_ids=lists)
    if reason is not Reason.BOUNCED and one.subscriber_key:
        withdraw(connection, one.subscriber_key, ended, source=source, at=at)
    return "suppressed"


def _stop_lane(connection: Connection, one: Match) -> str:
    """Stop writing to a domain that does not believe who we are, for as long as the send runs."""
    authentication = one.event.reason == verdicts.Reason.AUTHENTICATION.value
    if one.send and one.domain and authentication and _runs(connection, one.send):
        stop_lane(connection, one.send, provider_of(one.domain), reason=one.event.status or one.event.reason)
        log.warning("a domain refuses our authentication", extra={"send": one.send, "status": one.event.status})
    return ""


def _runs(connection: Connection, send: int) -> bool:
    column = ledger.send.c
    return connection.scalar(select(column.id).where(column.id == send, column.state == "running")) is not None
