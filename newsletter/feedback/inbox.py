"""Calls of providers between their answer and their effect: what was verified is on disk before it is answered.

A call that comes again while it waits is stored once; one that comes again later has no second effect,
because each of its events is known by then.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from newsletter.errors import RefusedError, TransientError
from newsletter.feedback.applying import Applied, apply
from newsletter.feedback.event import Event, Source
from newsletter.feedback.webhooks import generic, sendgrid_events, ses_events
from newsletter.feedback.webhooks.json_body import read, text
from newsletter.store.tables.events import inbox
from newsletter.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config import Keys
    from newsletter.feedback.score import Terms
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: a call at which the program failed so often is put aside: it stays for a person to look at
TRIES = 5
#: calls read at once
TOGETHER = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A verified call that waits."""

    id: int
    provider: Source
    received_at: float
    body: bytes = field(repr=False)
    #: how often the program failed at it
    tries: int


def keep(store: Store, provider: Source, body: bytes, *, at: float) -> bool:
    """Store a verified call; return False when the same one waits already."""
    digest = hashlib.sha256(provider.value.encode() + b"\0" + body).hexdigest()
    with store.write() as connection:
        made = insert_new(connection, inbox, key=("digest",)).returning(inbox.c.id)
        values = made.values(provider=provider.value, received_at=at, digest=digest, body=body, proof={})
        return connection.execute(values).first() is not None


def waiting(store: Store) -> int:
    """Return how many calls wait."""
    with store.read() as connection:
        return len(connection.execute(select(inbox.c.id).where(inbox.c.tries < TRIES)).all())


def work_off(store: Store, *, keys: Keys, terms: Terms) -> Applied:
    """Let every waiting call take effect, the oldest first, and delete it.

    A process that dies in between loses nothing: the call is still there, and what it had changed is known.
    """
    total = Applied()
    last = 0
    while calls := _next_calls(store, after=last):
        _count_try(store, calls, 1)
        total += _work_off(store, calls, keys, terms)
        last = calls[-1].id
    return total


def _work_off(store: Store, calls: Sequence[Call], keys: Keys, terms: Terms) -> Applied:
    """Let calls take effect together: in as few transactions as their events need."""
    try:
        events = chain.from_iterable(map(_events, calls))
        return apply(store, events, keys=keys, terms=terms, finish=partial(_forget, calls))
    except TransientError:  # a database's fault is no call's
        _count_try(store, calls, -1)
        raise
    except Exception:
        if len(calls) == 1:
            raise
        return _one_by_one(store, calls, keys, terms)


def _one_by_one(store: Store, calls: Sequence[Call], keys: Keys, terms: Terms) -> Applied:
    """Find the call at which the program fails: those behind it are spared its fault."""
    total = Applied()
    for place, call in enumerate(calls):
        try:
            total += _work_off(store, [call], keys, terms)
        except Exception:
            _count_try(store, calls[place + 1 :], -1)
            raise
    return total


def _next_calls(store: Store, *, after: int) -> list[Call]:
    """Read the calls that wait, a few at a time; one at which the program failed before comes alone."""
    columns = inbox.c
    query = select(columns.id, columns.provider, columns.received_at, columns.body, columns.tries)
    query = query.where(columns.id > after, columns.tries < TRIES).order_by(columns.id).limit(TOGETHER)
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
    calls = [Call(**{**row, "provider": Source(row["provider"])}) for row in rows]
    return list(takewhile(lambda call: not call.tries, calls)) or calls[:1]


def _count_try(store: Store, calls: Sequence[Call], step: int) -> None:
    if calls:
        chosen = inbox.c.id.in_([call.id for call in calls])
        with store.write() as connection:
            connection.execute(update(inbox).where(chosen).values(tries=inbox.c.tries + step))


def _forget(calls: Sequence[Call], connection: Connection) -> None:
    connection.execute(delete(inbox).where(inbox.c.id.in_([call.id for call in calls])))


def _events(call: Call) -> list[Event]:
    """Parse a call; one of no known shape was signed all the same, and holds nothing for us."""
    try:
        return PARSERS[call.provider](call.body, call.received_at)
    except RefusedError:
        log.warning("a verified call has no known shape", extra={"provider": call.provider.value, "call": call.id})
        return []


def _sendgrid(body: bytes, received_at: float) -> list[Event]:
    return sendgrid_events.parse(body, received_at=received_at)


def _generic(body: bytes, received_at: float) -> list[Event]:
    return generic.parse(body, received_at=received_at)


def _ses(body: bytes, received_at: float) -> list[Event]:
    """Parse what stands in the message of SNS; its other kinds tell of nothing."""
    message = read(body)
    told = isinstance(message, dict) and text(message, "Type") == "Notification"
    content = message.get("Message") if isinstance(message, dict) and told else None
    return ses_events.parse(content, received_at=received_at) if isinstance(content, str) else []


PARSERS: dict[Source, Callable[[bytes, float], list[Event]]] = {
    Source.SENDGRID: _sendgrid,
    Source.SES: _ses,
    Source.GENERIC: _generic,
}
