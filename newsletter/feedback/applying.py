"""What an event changes: a delivery in doubt, a person's score, a suppression. Each event once, always downwards.

Nothing here can subscribe or re-activate anybody (RFC 8058 and every provider's rules ask for leaving, never
for coming back). Policy blocks change nobody: they are ours to mend, and stop the lane that they came from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.audience.departures import Leaving, end_all
from newsletter.audience.suppression import EVERY_LIST, Reason
from newsletter.delivery.control import stop_lane
from newsletter.delivery.lanes import provider_of
from newsletter.delivery.results import Result, record
from newsletter.delivery.sql import Statement, Value
from newsletter.delivery.states import State
from newsletter.feedback import verdict as verdicts
from newsletter.feedback.event import EventKind
from newsletter.feedback.matching import Match, match
from newsletter.feedback.score import Terms, add_soft_bounces
from newsletter.feedback.verdict import Verdict
from newsletter.store.database import now
from newsletter.store.tables import ledger
from newsletter.store.tables.events import event as event_table
from newsletter.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config import Keys
    from newsletter.feedback.event import Event
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: events in one transaction
CHUNK = 1_000
_KNOWN = Statement("SELECT dedupe FROM event WHERE dedupe IN (SELECT value FROM json_each(:asked))")
_KEEP = Statement("""
    INSERT INTO event (dedupe, kind, verdict, source, send_id, n, subscriber_id, list_id, domain, at, received_at,
                       status, reason)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)""")


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


def apply(
    store: Store,
    events: Iterable[Event],
    *,
    keys: Keys,
    terms: Terms,
    finish: Callable[[Connection], None] = lambda _connection: None,
) -> Applied:
    """Let events take effect, each once however often it comes; return what changed.

    `finish` is called in the transaction of the last of them.
    """
    total, waiting = Applied(), iter(events)
    following = list(islice(waiting, CHUNK))
    while True:
        chunk, following = following, list(islice(waiting, CHUNK))
        with store.write() as connection:
            total += _apply(connection, chunk, keys, terms)
            if not following:
                finish(connection)
                return total


def _apply(connection: Connection, chunk: Sequence[Event], keys: Keys, terms: Terms) -> Applied:
    once = list({event.dedupe: event for event in chunk}.values())
    found = match(connection, once, keys)
    settled = _settle(connection, found)
    kept = [one for one in found if one.event.kind is not EventKind.ACCEPTED]
    fresh = _insert(connection, kept)
    suppressed, warned = _take_effect(connection, [one for one in kept if one.event.dedupe in fresh], terms)
    return Applied(
        new=len(fresh),
        known=len(chunk) - len(once) + len(kept) - len(fresh),
        unmatched=len(once) - len(found),
        settled=settled,
        suppressed=suppressed,
        warned=warned,
    )


def _insert(connection: Connection, found: Sequence[Match]) -> set[str]:
    """Keep the events that are not kept yet; return their fingerprints."""
    if not found:
        return set()
    moment = now(connection)
    if connection.dialect.name == "sqlite":
        return _insert_alone(connection, found, moment)
    made = insert_new(connection, event_table, key=("dedupe",)).returning(event_table.c.dedupe)
    rows = connection.execute(made, [_row(one, moment) for one in found])
    return set(rows.scalars())


def _insert_alone(connection: Connection, found: Sequence[Match], moment: float) -> set[str]:
    """Do the same where nobody else can write meanwhile: a fifth of the time."""
    asked = json.dumps([one.event.dedupe for one in found])
    known = {row[0] for row in _KNOWN.rows(connection, {"asked": asked})}
    fresh = {one.event.dedupe: tuple(_row(one, moment).values()) for one in found if one.event.dedupe not in known}
    if fresh:
        _KEEP.change_each(connection, list(fresh.values()))
    return set(fresh)


def _row(one: Match, received_at: float) -> dict[str, Value]:
    """Return the columns of an event, in the order of `_KEEP`."""
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


def _take_effect(connection: Connection, fresh: Sequence[Match], terms: Terms) -> tuple[int, int]:
    """Change what new events change; return how many people get nothing any more, and how many nearly so."""
    softs = [one for one in fresh if one.event.kind is EventKind.BOUNCED and one.event.verdict is Verdict.SOFT]
    counted = [(one.subscriber_id, one.event.at) for one in softs if not one.moved]
    scores = add_soft_bounces(connection, counted, terms=terms)
    over = {person for person, score in scores.items() if terms.is_over(score)}
    for one in fresh:
        if one.event.kind is EventKind.BLOCKED:
            _stop_lane(connection, one)
    leavings = [_leaving(one, reason) for one in fresh if (reason := _reason(one, over))]
    return end_all(connection, leavings), sum(map(terms.is_near, scores.values()))


def _reason(one: Match, over: Collection[int]) -> Reason | None:
    """Return why an event ends the writing; None when it does not."""
    kind, found = one.event.kind, one.event.verdict
    if kind is EventKind.COMPLAINED:
        return Reason.COMPLAINED
    if kind is EventKind.UNSUBSCRIBED:
        return Reason.UNSUBSCRIBED
    too_many = found is Verdict.SOFT and one.subscriber_id in over
    return Reason.BOUNCED if kind is EventKind.BOUNCED and (found is Verdict.HARD or too_many) else None


def _leaving(one: Match, reason: Reason) -> Leaving:
    """Return what ends: a bounce is about the address that was written to, the rest about the person."""
    stale = reason is Reason.BOUNCED and one.moved
    return Leaving(
        subscriber_id=0 if stale else one.subscriber_id,
        subscriber_key=one.subscriber_key,
        address_key=one.address_key,
        list_id=one.list_id if reason is Reason.UNSUBSCRIBED else EVERY_LIST,
        reason=reason,
        source=one.event.source.value,
        at=one.event.at,
    )


def _stop_lane(connection: Connection, one: Match) -> None:
    """Stop writing to a domain that does not believe who we are, for as long as the send runs."""
    authentication = one.event.reason == verdicts.Reason.AUTHENTICATION.value
    if one.send and one.domain and authentication and _runs(connection, one.send):
        stop_lane(connection, one.send, provider_of(one.domain), reason=one.event.status or one.event.reason)
        log.warning("a domain refuses our authentication", extra={"send": one.send, "status": one.event.status})


def _runs(connection: Connection, send: int) -> bool:
    column = ledger.send.c
    return connection.scalar(select(column.id).where(column.id == send, column.state == "running")) is not None
