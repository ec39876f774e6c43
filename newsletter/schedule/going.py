"""Turns that are due go: each is worked at by one clock at a time, until what became of it is known.

A clock that dies in the middle leaves its turn due; another one takes it up when the lease has ended.
That is safe because whoever fires it makes one send for a (booking, wall time), however often it is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from newsletter.errors import NewsletterError, TransientError
from newsletter.schedule.booking import (
    Booking,
    Decision,
    Kind,
    Outcome,
    State,
    Turn,
    bookings_by_id,
    clock,
    turn_of,
)
from newsletter.schedule.notices import About, note
from newsletter.schedule.reason import Because, fault_of, written
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.schedule.policy import Policy
    from newsletter.store.database import Store

log = logging.getLogger(__name__)

#: seconds a clock has a turn for itself
LEASE = 120.0
#: seconds until a turn that could not go is tried again, doubled each time up to the lease
RETRY = 5.0
#: turns of one tick
AT_ONCE = 20
#: seconds after which a send counts as late, and somebody is told
LATE = 60.0


@dataclass(frozen=True, kw_only=True)
class Fired:
    """What came of firing a turn; `reason` is for a person, as `reason.written` gives it."""

    outcome: Outcome
    #: number of the send
    send_id: int | None = None
    #: the issue that went
    issue: str = ""
    reason: str = ""


#: makes the send of a turn, once however often it is asked. Raises TransientError when it may work later;
#: any other NewsletterError holds the turn with the error's text, for a person to decide.
Fire = Callable[[Booking, Turn], Fired]


def go(store: Store, fire: Fire, policy: Policy, *, now: datetime | None = None) -> list[tuple[Booking, Turn, Fired]]:
    """Fire every turn that is due and nobody works at; return what became of each."""
    with store.read() as connection:
        found = _waiting(connection, clock(connection, now))
    results = []
    for booking, turn in found:
        if _lease(store, turn, now):
            fired = _fire(booking, turn, fire, policy, _moment(store, now))
            _record(store, booking, turn, fired, now)
            results.append((booking, turn, fired))
    return results


def release(store: Store) -> int:
    """End every lease at once: for a process that knows that no other clock lives (SQLite's one sender)."""
    rows = tables.occurrence
    with store.write() as connection:
        ended = connection.execute(update(rows).where(rows.c.state == Outcome.DUE).values(lease_until=0))
        return ended.rowcount


def _moment(store: Store, now: datetime | None) -> datetime:
    with store.read() as connection:
        return clock(connection, now)


def _waiting(connection: Connection, now: datetime) -> list[tuple[Booking, Turn]]:
    rows = tables.occurrence
    query = select(rows).where(rows.c.state == Outcome.DUE, rows.c.lease_until <= now.timestamp())
    turns = [turn_of(row) for row in connection.execute(query.order_by(rows.c.at, rows.c.id).limit(AT_ONCE))]
    known = bookings_by_id(connection, {turn.schedule_id for turn in turns})
    return [(known[turn.schedule_id], turn) for turn in turns]


def _lease(store: Store, turn: Turn, now: datetime | None) -> bool:
    """Take a turn by compare-and-set; False when another clock has it."""
    rows = tables.occurrence
    with store.write() as connection:
        moment = clock(connection, now).timestamp()
        taken = connection.execute(
            update(rows)
            .where(rows.c.id == turn.id, rows.c.state == Outcome.DUE, rows.c.tries == turn.tries)
            .values(lease_until=moment + LEASE, tries=turn.tries + 1)
        )
        return taken.rowcount == 1


def _fire(booking: Booking, turn: Turn, fire: Fire, policy: Policy, now: datetime) -> Fired:
    try:
        return fire(booking, turn)
    except TransientError as error:
        log.warning("turn put off", extra={"turn": turn.id, "code": error.code})
        if turn.decision is Decision.NONE and now - turn.at > policy.late_limit:
            return Fired(outcome=Outcome.HELD, reason=fault_of(error))
        return Fired(outcome=Outcome.DUE, reason=fault_of(error))
    except NewsletterError as error:
        log.warning("turn held", extra={"turn": turn.id, "code": error.code})
        return Fired(outcome=Outcome.HELD, reason=fault_of(error))


def _record(store: Store, booking: Booking, turn: Turn, fired: Fired, now: datetime | None) -> None:
    rows = tables.occurrence
    values: dict[str, object] = {"state": fired.outcome, "reason": fired.reason, "send_id": fired.send_id}
    if fired.issue:
        values["issue"] = fired.issue
    with store.write() as connection:
        if fired.outcome is Outcome.DUE:
            later = min(RETRY * 2**turn.tries, LEASE)
            values["lease_until"] = clock(connection, now).timestamp() + later
        # a send is a fact: it is recorded even when another clock held or cancelled the turn meanwhile
        unsettled = rows.c.state != Outcome.SENT if fired.outcome is Outcome.SENT else rows.c.state == Outcome.DUE
        changed = connection.execute(update(rows).where(rows.c.id == turn.id, unsettled).values(**values))
        if changed.rowcount:
            _follow(connection, booking, turn, fired)


def _follow(connection: Connection, booking: Booking, turn: Turn, fired: Fired) -> None:
    """Settle the booking of a one-off, and have people told."""
    if booking.kind is Kind.ONCE and fired.outcome is not Outcome.DUE:
        state = State.HELD if fired.outcome is Outcome.HELD else State.DONE
        values: dict[str, object] = {"state": state, "reason": fired.reason}
        if state is State.DONE:
            values["frozen"] = None  # the send has its editions
        connection.execute(update(tables.schedule).where(tables.schedule.c.id == booking.id).values(**values))
    if fired.outcome is Outcome.HELD:
        note(connection, booking, turn.wall, About.HELD, detail=turn.decision, reason=fired.reason)
    elif fired.outcome is Outcome.NOTHING and booking.kind is not Kind.SEQUENCE:
        note(connection, booking, turn.wall, About.NOTHING, reason=fired.reason)
    elif fired.outcome is Outcome.SENT and turn.late > LATE:
        late = written(Because.LATE, minutes=round(turn.late / 60))
        note(connection, booking, turn.wall, About.LATE, reason=late)
