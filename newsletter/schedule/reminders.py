"""Reminders to a series' contributors, some days before it goes: each once, the nearest one only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.schedule.booking import Booking, Kind, State, booked, booking_of, clock, wall_text
from newsletter.schedule.duration import parse_duration
from newsletter.schedule.notices import About, note
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config.model import Series
    from newsletter.store.database import Store


def remind(store: Store, series: Mapping[str, Series], *, now: datetime | None = None) -> int:
    """Note every reminder whose time has come; return how many were noted.

    Of several that have come, only the nearest is noted: whoever booked ten days ahead is not reminded
    of fourteen and of twelve at once.
    """
    if not any(each.remind for each in series.values()):
        return 0
    with store.read() as connection:
        due = _due(connection, series, clock(connection, now))
    if not due:
        return 0
    with store.write() as connection:
        for booking, ahead in due:
            if booking.next_wall is not None and _locked(connection, booking):
                note(connection, booking, booking.next_wall, About.REMIND, detail=ahead)
    return len(due)


def _locked(connection: Connection, booking: Booking) -> bool:
    """Take a booking for this transaction; False when another clock has it, and notes the same."""
    row = tables.schedule.c
    return (
        connection.execute(select(row.id).where(row.id == booking.id).with_for_update(skip_locked=True)).first()
        is not None
    )


def _due(connection: Connection, series: Mapping[str, Series], now: datetime) -> list[tuple[Booking, str]]:
    rows = tables.schedule
    waiting = booked().where(rows.c.kind == Kind.SERIES, rows.c.state == State.WAITING)
    found = []
    for booking in map(booking_of, connection.execute(waiting)):
        if booking.name not in series or booking.next_at is None:
            continue
        ahead = _nearest(series[booking.name].remind, booking.next_at - now)
        if ahead and not _noted(connection, booking, ahead):
            found.append((booking, ahead))
    return found


def _nearest(aheads: tuple[str, ...], left: timedelta) -> str | None:
    """Return the shortest reminder whose time has come; None when none has, or the turn itself has."""
    reached = [ahead for ahead in aheads if timedelta(0) < left <= parse_duration(ahead)]
    return min(reached, key=parse_duration, default=None)


def _noted(connection: Connection, booking: Booking, ahead: str) -> bool:
    rows = tables.notice.c
    assert booking.next_wall is not None, "whoever has a next instant has a next wall time"
    same = select(rows.id).where(
        rows.schedule_id == booking.id,
        rows.wall == wall_text(booking.next_wall),
        rows.about == f"{About.REMIND}:{ahead}",
    )
    return connection.scalar(same) is not None
