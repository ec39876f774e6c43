"""What is kept no longer than it is needed: requests that nobody confirmed, ended consents, who got what long ago.

A dry run counts what a purge would do. It reaches into the ledger and the events on purpose: those hold no
names, and yet tell who got what. Old deliveries stay as rows without a person, so that their sums still hold.
The consent ledger and the suppressions stay: they are the proof, and what keeps people from being written to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, and_, delete, false, func, or_, select, update

from newsletter.audience.lists import SubscriptionStatus
from newsletter.config.model import Retention
from newsletter.store.cleaning import scrub
from newsletter.store.tables import events, ledger, people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from newsletter.store.database import Store

DAY = 86_400.0
#: why a subscription ended whose implied consent ran out
EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Purged:
    """How many rows a purge deals with, or would deal with, by name."""

    #: requests, expired (consents), deliveries, attempts, events
    counts: Mapping[str, int]
    dry_run: bool
    #: no freed page of the database holds a byte of them; False: it was in use, purge again
    scrubbed: bool = True


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """What is over in one table, and what is done about it."""

    table: Table
    over: ColumnElement[bool]
    deal: Callable[[Connection, _Rule], int]


def purge(store: Store, retention: Retention, *, at: float, dry_run: bool = False) -> Purged:
    """Deal with what is over, in one transaction, or count it; 0 days keep for ever."""
    if dry_run:
        with store.read() as connection:
            rules = _rules(retention, at, dialect=connection.dialect.name)
            return Purged(counts={name: _count(connection, rule) for name, rule in rules.items()}, dry_run=True)
    with store.write() as connection:
        rules = _rules(retention, at, dialect=connection.dialect.name)
        counts = {name: rule.deal(connection, rule) for name, rule in rules.items()}
    return Purged(counts=counts, dry_run=False, scrubbed=scrub(store, people.pending_signup, ledger.delivery))


def _rules(retention: Retention, at: float, *, dialect: str) -> dict[str, _Rule]:
    asked, on = people.pending_signup.c, people.subscription.c
    stale = or_(asked.expires_at <= at, asked.created_at <= at - retention.pending * DAY)
    ended = and_(on.status == SubscriptionStatus.ACTIVE.value, on.consent_until <= at)
    sends = _old_sends(retention.deliveries, at)
    named = and_(ledger.delivery.c.send_id.in_(sends), ledger.delivery.c.subscriber_id > 0)
    event = events.event.c
    return {
        "requests": _Rule(table=people.pending_signup, over=stale, deal=_delete),
        "expired": _Rule(table=people.subscription, over=ended, deal=_expire(at)),
        "attempts": _Rule(table=ledger.attempt_event, over=ledger.attempt_event.c.send_id.in_(sends), deal=_delete),
        "deliveries": _Rule(table=ledger.delivery, over=named, deal=_unlink(dialect)),
        "events": _Rule(table=events.event, over=_before(event.at, retention.events, at), deal=_delete),
    }


def _old_sends(days: int, at: float) -> list[int] | Select[int]:
    """Return the sends that ended before the time that their deliveries are kept."""
    if not days:
        return []
    send = ledger.send.c
    return select(send.id).where(send.finished_at.is_not(None), send.finished_at <= at - days * DAY)


def _before(column: ColumnElement[float], days: int, at: float) -> ColumnElement[bool]:
    return column <= at - days * DAY if days else false()


def _count(connection: Connection, rule: _Rule) -> int:
    return int(connection.scalar(select(func.count()).select_from(rule.table).where(rule.over)) or 0)


def _delete(connection: Connection, rule: _Rule) -> int:
    return connection.execute(delete(rule.table).where(rule.over)).rowcount


def _expire(at: float) -> Callable[[Connection, _Rule], int]:
    """End the subscriptions whose implied consent is over: the ledger says itself when that was."""

    def deal(connection: Connection, rule: _Rule) -> int:
        values = {"status": SubscriptionStatus.ENDED.value, "ended_at": at, "ended_reason": EXPIRED}
        return connection.execute(update(rule.table).where(rule.over).values(**values, consented=False)).rowcount

    return deal


def _unlink(dialect: str) -> Callable[[Connection, _Rule], int]:
    """Take the person out of deliveries: their number and key become the row's own, the answer goes."""
    n = ledger.delivery.c.n
    digits = func.printf("%032x", n) if dialect == "sqlite" else func.lpad(func.to_hex(n), 32, "0")

    def deal(connection: Connection, rule: _Rule) -> int:
        values = {"subscriber_id": -n, "address_key": digits, "answer": ""}
        return connection.execute(update(rule.table).where(rule.over).values(**values)).rowcount

    return deal
