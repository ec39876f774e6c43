"""Series: what `[series.NAME]` in the configuration says, booked; and which issue goes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from newsletter.errors import UsageError
from newsletter.issue.document import AudienceWish
from newsletter.language import _
from newsletter.schedule.ahead import Planned, ahead
from newsletter.schedule.booking import Booking, Kind, State, booked, booking_of, clock, wall_text, wish_row
from newsletter.schedule.due import note_move
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.wallclock import zone_named
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config.model import Series
    from newsletter.schedule.policy import Policy
    from newsletter.store.database import Store

#: why a series is cancelled that stands in newsletter.toml no more; one that a person cancelled has no reason
_GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An issue that a series may send."""

    slug: str
    #: its head says `status: ready`
    ready: bool
    #: what it is sorted by, oldest first: its date, its number, its file's name
    age: tuple[str, int, str]


def next_issue(candidates: Iterable[Candidate], *, sent: Iterable[str]) -> str | None:
    """Return the oldest issue that is ready and was not sent; None when there is none."""
    gone = set(sent)
    ready = [each for each in candidates if each.ready and each.slug not in gone]
    return min(ready, key=lambda each: each.age).slug if ready else None


def book_series(
    store: Store, series: Mapping[str, Series], *, policy: Policy, transport: str, now: datetime | None = None
) -> None:
    """Make the bookings what the configuration says: new ones begin now, changed rules go on from now.

    A series taken out is cancelled, and goes on when it comes back; one that a person cancelled stays so
    until its rule changes. Raises UsageError, naming the series, for a rule that can not be read.
    """
    wanted = {name: _wanted(name, each, policy) for name, each in series.items()}
    try:
        _book(store, wanted, policy=policy, transport=transport, now=now)
    except IntegrityError:
        # another process booked the same new series between our look and our row: now it is known
        _book(store, wanted, policy=policy, transport=transport, now=now)


def _book(
    store: Store, wanted: Mapping[str, dict[str, object]], *, policy: Policy, transport: str, now: datetime | None
) -> None:
    with store.write() as connection:
        moment = clock(connection, now)
        rows = tables.schedule
        found = connection.execute(booked().where(rows.c.kind == Kind.SERIES).with_for_update())
        known = {booking.name: booking for booking in map(booking_of, found)}
        for name, booking in known.items():
            if name not in wanted and booking.state is State.WAITING:
                _change(connection, booking, {"state": State.CANCELLED, "reason": _GONE, **_nothing()})
        for name, values in wanted.items():
            _book_one(connection, known.get(name), {**values, "transport": transport}, policy, moment)


def _wanted(name: str, series: Series, policy: Policy) -> dict[str, object]:
    try:
        parse_rule(series.rule)
        zone = zone_named(series.tz or policy.zone.key)
    except UsageError as error:
        raise UsageError(
            _("Series “{name}”: {fault}").format(name=name, fault=error.message), hint=error.hint
        ) from error
    return {
        "kind": Kind.SERIES,
        "name": name,
        "rule": series.rule,
        "zone": zone.key,
        "audience": wish_row(AudienceWish(lists=series.lists)),
        "most": series.max_recipients,
    }


def _book_one(
    connection: Connection, booking: Booking | None, values: dict[str, object], policy: Policy, now: datetime
) -> None:
    if booking is None:
        first = _first(values, policy, now)
        made = {**values, **_state(first), "created_at": now.timestamp()}
        row = connection.execute(insert(tables.schedule).values(**made).returning(tables.schedule)).one()
        _note_first(connection, booking_of(row), first)
    elif (booking.rule, booking.zone.key) != (values["rule"], values["zone"]) or booking.reason == _GONE:
        first = _first(values, policy, now)
        _change(connection, booking, {**values, **_state(first), "reason": ""})
        _note_first(connection, booking, first)
    else:
        _change(connection, booking, values)


def _first(values: Mapping[str, object], policy: Policy, now: datetime) -> Planned | None:
    return next(ahead(parse_rule(str(values["rule"])), now, zone_named(str(values["zone"])), policy), None)


def _state(first: Planned | None) -> dict[str, object]:
    if first is None:
        return {"state": State.DONE, **_nothing()}
    return {"state": State.WAITING, "next_wall": wall_text(first.local), "next_at": first.at.timestamp()}


def _nothing() -> dict[str, object]:
    return {"next_wall": None, "next_at": None}


def _note_first(connection: Connection, booking: Booking, first: Planned | None) -> None:
    if first is not None:
        note_move(connection, booking, first)


def _change(connection: Connection, booking: Booking, values: Mapping[str, object]) -> None:
    connection.execute(update(tables.schedule).where(tables.schedule.c.id == booking.id).values(**values))
