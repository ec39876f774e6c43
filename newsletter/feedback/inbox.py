"""Calls of providers between their answer and their effect: what was verified is on disk before it is answered.

A call that comes again while it waits is stored once; one that comes again later has no second effect,
because each of its events is known by then.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
    from newsletter.config import Keys
    from newsletter.feedback.score import Terms
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: a call at which the program failed so often is put aside: it stays for a person to look at
TRIES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A verified call that waits."""

    id: int
    provider: Source
    received_at: float
    body: bytes = field(repr=False)


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
    for call in _calls(store):
        _count_try(store, call, 1)
        try:
            total += apply(store, _events(call), keys=keys, terms=terms)
        except TransientError:  # the database's fault, not the call's
            _count_try(store, call, -1)
            raise
        with store.write() as connection:
            connection.execute(delete(inbox).where(inbox.c.id == call.id))
    return total


def _calls(store: Store) -> Iterator[Call]:
    """Yield the calls that wait, one at a time: a flood costs no memory."""
    last = 0
    columns = inbox.c
    query = select(columns.id, columns.provider, columns.received_at, columns.body)
    while True:
        with store.read() as connection:
            row = connection.execute(
                query.where(columns.id > last, columns.tries < TRIES).order_by(columns.id).limit(1)
            ).first()
        if row is None:
            return
        last = row.id
        yield Call(id=row.id, provider=Source(row.provider), received_at=row.received_at, body=row.body)


def _count_try(store: Store, call: Call, step: int) -> None:
    with store.write() as connection:
        connection.execute(update(inbox).where(inbox.c.id == call.id).values(tries=inbox.c.tries + step))


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
