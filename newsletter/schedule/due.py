"""Bookings whose time has come become turns, and the booking moves on to its next time: each turn once.

A booking's `next_at` moves only by compare-and-set, and a turn's (booking, wall time) is unique: any
number of clocks may look at once. On PostgreSQL they skip what another one has locked; SQLite has one writer.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from newsletter.errors import UsageError
from newsletter.schedule.ahead import Planned, ahead
from newsletter.schedule.booking import Booking, Kind, Outcome, State, booked, booking_of, clock, wall_text
from newsletter.schedule.notices import About, note
from newsletter.schedule.reason import Because, fault_of, written
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.wallclock import instant, wall_of
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.schedule.policy import Policy
    from newsletter.store.database import Store

log = logging.getLogger(__name__)

#: bookings taken in one transaction
AT_ONCE = 50
#: of the times missed by one booking, the newest are recorded one by one
MOST_MISSED = 100


def claim(store: Store, policy: Policy, *, now: datetime | None = None) -> int:
    """Turn what is due into turns; return how many bookings were taken. One transaction, nothing is sent here."""
    with store.read() as connection:
        # looked at first: a clock that ticks every second must not ask for the right to write every second
        if not _due(connection, clock(connection, now), lock=False):
            return 0
    with store.write() as connection:
        moment = clock(connection, now)
        found = _due(connection, moment, lock=True)
        for booking in found:
            _take(connection, booking, policy, moment)
    return len(found)


def _due(connection: Connection, now: datetime, *, lock: bool) -> list[Booking]:
    rows = tables.schedule
    query = (
        booked()
        .where(rows.c.state == State.WAITING, rows.c.next_at <= now.timestamp(), rows.c.kind != Kind.SEQUENCE)
        .order_by(rows.c.next_at)
        .limit(AT_ONCE)
    )
    if lock:
        query = query.with_for_update(skip_locked=True)
    return [booking_of(row) for row in connection.execute(query)]


def _take(connection: Connection, booking: Booking, policy: Policy, now: datetime) -> None:
    later, why = policy.moved(now)
    if why is not None:
        _advance(connection, booking, booking.next_wall, later)
        note_move(connection, booking, Planned(_wall(booking), later, why))
        return
    try:
        due, coming = _split(booking, policy, now)
    except UsageError as error:
        # the rule was read when it was booked: only another version of this program can mean it otherwise
        _set_state(connection, booking, State.HELD, reason=fault_of(error))
        return
    if not _advance(connection, booking, coming.local if coming else None, coming.at if coming else None):
        return
    if coming is not None:
        note_move(connection, booking, coming)
    elif booking.kind is Kind.SERIES:
        _set_state(connection, booking, State.DONE)
    *missed, newest = due
    _record_missed(connection, booking, [*(each.local for each in missed), *_dropped([*due[1:], coming])], now)
    _record_due(connection, booking, newest, policy, now)


def note_move(connection: Connection, booking: Booking, planned: Planned) -> None:
    """Have people told that quiet hours or a day without mail move a time to come."""
    if planned.why is not None:
        to = wall_text(wall_of(planned.at, booking.zone))
        note(connection, booking, planned.local, About.MOVED, reason=written(Because.MOVED, why=planned.why, to=to))


def _wall(booking: Booking) -> datetime:
    assert booking.next_wall is not None, "a booking that is due has a next time"
    return booking.next_wall


def _split(booking: Booking, policy: Policy, now: datetime) -> tuple[list[Planned], Planned | None]:
    """Return the times that have come, oldest first, and the first that has not."""
    wall = _wall(booking)
    assert booking.next_at is not None, "a booking that is due has a next time"
    due = [Planned(wall, booking.next_at, None)]
    if booking.kind is Kind.ONCE:
        return due, None
    for planned in ahead(parse_rule(booking.rule), instant(wall, booking.zone), booking.zone, policy):
        if planned.at > now:
            return due, planned
        due.append(planned)
    return due, None


def _dropped(planned: Sequence[Planned | None]) -> list[datetime]:
    return [wall for each in planned if each is not None for wall in each.dropped]


def _advance(connection: Connection, booking: Booking, wall: datetime | None, at: datetime | None) -> bool:
    """Move the booking on by compare-and-set; False when another clock did."""
    assert booking.next_at is not None, "a booking that is due has a next time"
    rows = tables.schedule
    changed = connection.execute(
        update(rows)
        .where(rows.c.id == booking.id, rows.c.state == State.WAITING, rows.c.next_at == booking.next_at.timestamp())
        .values(next_wall=wall_text(wall) if wall else None, next_at=at.timestamp() if at else None)
    )
    return changed.rowcount == 1


def _record_missed(connection: Connection, booking: Booking, walls: list[datetime], now: datetime) -> None:
    for wall in sorted(walls)[-MOST_MISSED:]:
        _insert(connection, booking, wall, instant(wall, booking.zone), Outcome.MISSED, now=now)
    if walls:
        note(connection, booking, max(walls), About.MISSED, reason=written(Because.MISSED, count=len(walls)))


def _record_due(connection: Connection, booking: Booking, planned: Planned, policy: Policy, now: datetime) -> None:
    if now - planned.at <= policy.late_limit:
        _insert(connection, booking, planned.local, planned.at, Outcome.DUE, now=now)
        return
    reason = written(Because.TOO_LATE)
    _insert(connection, booking, planned.local, planned.at, Outcome.HELD, now=now, reason=reason)
    if booking.kind is Kind.ONCE:
        _set_state(connection, booking, State.HELD, reason=reason)
    note(connection, booking, planned.local, About.HELD, reason=reason)


def _insert(
    connection: Connection,
    booking: Booking,
    wall: datetime,
    at: datetime,
    outcome: Outcome,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    rows = tables.occurrence
    known = select(rows.c.id).where(rows.c.schedule_id == booking.id, rows.c.wall == wall_text(wall))
    if connection.scalar(known) is not None:
        # zone data that moved the instant brings the same wall time again: it had its turn
        log.info("turn known already", extra={"schedule": booking.id})
        return
    connection.execute(
        insert(rows).values(
            schedule_id=booking.id,
            wall=wall_text(wall),
            at=at.timestamp(),
            state=outcome,
            issue=booking.issue,
            late=max(0.0, (now - at).total_seconds()),
            reason=reason,
            noted_at=now.timestamp(),
        )
    )


def _set_state(connection: Connection, booking: Booking, state: State, *, reason: str = "") -> None:
    connection.execute(
        update(tables.schedule).where(tables.schedule.c.id == booking.id).values(state=state, reason=reason)
    )
