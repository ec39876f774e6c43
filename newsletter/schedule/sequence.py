"""Sequences: issues that follow a confirmation, each person at their own time, ended at once by unsubscribing.

People enter by confirming a subscription after the sequence was first seen; an import enters nobody. Each
person is in a sequence once in a life: who comes back does not begin again. A step is due its delay after
the step before it went, so that a clock that stood still does not send two steps on one day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.issue.document import AudienceWish
from newsletter.schedule.booking import (
    Booking,
    Kind,
    Outcome,
    State,
    booked,
    booking_of,
    clock,
    instant_of,
    wall_text,
    wish_row,
)
from newsletter.schedule.duration import parse_duration
from newsletter.schedule.wallclock import wall_of
from newsletter.store.tables import clock as tables
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config.model import Sequence
    from newsletter.schedule.policy import Policy
    from newsletter.store.database import Store

WAITING, GOING, DONE, ENDED = "waiting", "going", "done", "ended"
_entry = tables.sequence_entry


def book_sequences(
    store: Store, sequences: Mapping[str, Sequence], *, policy: Policy, now: datetime | None = None
) -> None:
    """Make the bookings what the configuration says; whoever confirms from now on enters a new one."""
    try:
        _book(store, sequences, policy=policy, now=now)
    except IntegrityError:
        # another process booked the same new sequence between our look and our row: now it is known
        _book(store, sequences, policy=policy, now=now)


def _book(store: Store, sequences: Mapping[str, Sequence], *, policy: Policy, now: datetime | None) -> None:
    with store.write() as connection:
        moment = clock(connection, now)
        known = _known(connection)
        for name, sequence in sequences.items():
            values = {"audience": wish_row(AudienceWish(lists=sequence.lists)), "zone": policy.zone.key}
            if name in known:
                mine = tables.schedule.c.id == known[name][0].id
                connection.execute(update(tables.schedule).where(mine).values(**values))
            else:
                state = {"kind": Kind.SEQUENCE, "name": name, "state": State.WAITING}
                connection.execute(insert(tables.schedule).values(created_at=moment.timestamp(), **state, **values))


def follow(store: Store, sequences: Mapping[str, Sequence], policy: Policy, *, now: datetime | None = None) -> int:
    """Take every sequence on: who confirmed enters, who left is out, what is due becomes a turn. Return the turns.

    Nothing is due in quiet hours and on days without mail: it waits for their end.
    """
    if not sequences:
        return 0
    with store.read() as connection:
        moment = clock(connection, now)
        wanted = [each for each in _running(connection, sequences) if _stirs(connection, *each, moment)]
    if not wanted:
        return 0
    with store.write() as connection:
        return sum(
            _follow_one(connection, booking, since, sequences[booking.name], policy, moment)
            for booking, since in wanted
        )


def _known(connection: Connection) -> dict[str, tuple[Booking, datetime]]:
    """Return each sequence's booking and when it was first seen, by name."""
    rows = connection.execute(booked().where(tables.schedule.c.kind == Kind.SEQUENCE))
    return {row.name: (booking_of(row), instant_of(row.created_at)) for row in rows}


def _running(connection: Connection, sequences: Mapping[str, Sequence]) -> list[tuple[Booking, datetime]]:
    known = _known(connection)
    return [known[name] for name in sequences if name in known and known[name][0].state is State.WAITING]


def _stirs(connection: Connection, booking: Booking, since: datetime, now: datetime) -> bool:
    """Tell whether there is anything to write: a clock that ticks every second must not lock every second."""
    mine = _entry.c.schedule_id == booking.id
    due = select(_entry.c.step).where(mine, _entry.c.state == WAITING, _entry.c.due_at <= now.timestamp())
    gone = select(_entry.c.step).where(mine, _entry.c.state == WAITING, ~_active(booking))
    went = select(_entry.c.step).where(mine, _entry.c.state == GOING, _settled())
    return any(connection.execute(each.limit(1)).first() for each in (due, gone, went, _newcomers(booking, since)))


def _follow_one(
    connection: Connection, booking: Booking, since: datetime, sequence: Sequence, policy: Policy, now: datetime
) -> int:
    if not _locked(connection, booking):
        return 0
    _enter(connection, booking, since, sequence)
    _leave(connection, booking)
    _advance(connection, booking, sequence, now)
    if policy.moved(now)[1] is not None:
        return 0
    return sum(_begin(connection, booking, sequence, step, now) for step in range(len(sequence.steps)))


def _locked(connection: Connection, booking: Booking) -> bool:
    """Take a sequence for this transaction; False when another clock has it."""
    row = tables.schedule.c
    mine = select(row.id).where(row.id == booking.id, row.state == State.WAITING).with_for_update(skip_locked=True)
    return connection.execute(mine).first() is not None


def _newcomers(booking: Booking, since: datetime) -> Select[tuple[int, float]]:
    """Ask for who confirmed since then, not by an import, and was never in the sequence; and when."""
    row, named = people.subscription.c, people.mailing_list.c
    known = exists().where(_entry.c.schedule_id == booking.id, _entry.c.subscriber_id == row.subscriber_id)
    return (
        select(row.subscriber_id, func.min(row.started_at).label("entered"))
        .join(people.mailing_list, named.id == row.list_id)
        .where(
            named.name.in_(booking.audience.lists),
            row.status == "active",
            row.consented,
            row.import_id.is_(None),
            row.started_at >= since.timestamp(),
            ~known,
        )
        .group_by(row.subscriber_id)
    )


def _active(booking: Booking) -> ColumnElement[bool]:
    """Say that a person of an entry is still on one of the sequence's lists."""
    row, named = people.subscription.c, people.mailing_list.c
    return exists().where(
        row.subscriber_id == _entry.c.subscriber_id,
        row.list_id == named.id,
        named.name.in_(booking.audience.lists),
        row.status == "active",
    )


def _settled() -> ColumnElement[bool]:
    """Say that what became of an entry's turn is known."""
    turn = tables.occurrence.c
    over = (Outcome.SENT, Outcome.NOTHING, Outcome.CANCELLED)
    return exists().where(turn.id == _entry.c.occurrence_id, turn.state.in_(over))


def _enter(connection: Connection, booking: Booking, since: datetime, sequence: Sequence) -> None:
    first = _delay(sequence, 0).total_seconds()
    entries = [
        {
            "schedule_id": booking.id,
            "subscriber_id": row.subscriber_id,
            "step": 0,
            "due_at": row.entered + first,
            "state": WAITING,
        }
        for row in connection.execute(_newcomers(booking, since))
    ]
    if entries:
        connection.execute(insert(_entry), entries)


def _leave(connection: Connection, booking: Booking) -> None:
    gone = update(_entry).where(_entry.c.schedule_id == booking.id, _entry.c.state == WAITING, ~_active(booking))
    connection.execute(gone.values(state=ENDED))


def _advance(connection: Connection, booking: Booking, sequence: Sequence, now: datetime) -> None:
    """Take on everybody whose step went: to the next one after its delay, or to the end."""
    for step in range(len(sequence.steps)):
        following = step + 1
        last = following == len(sequence.steps)
        due = now if last else now + _delay(sequence, following)
        connection.execute(
            update(_entry)
            .where(_entry.c.schedule_id == booking.id, _entry.c.state == GOING, _entry.c.step == step, _settled())
            .values(step=following, state=DONE if last else WAITING, due_at=due.timestamp(), occurrence_id=None)
        )


def _delay(sequence: Sequence, step: int) -> timedelta:
    return parse_duration(sequence.steps[step].after)


def _begin(connection: Connection, booking: Booking, sequence: Sequence, step: int, now: datetime) -> bool:
    """Make a turn of everybody who is due with a step; False when nobody is."""
    due = (
        _entry.c.schedule_id == booking.id,
        _entry.c.state == WAITING,
        _entry.c.step == step,
        _entry.c.due_at <= now.timestamp(),
    )
    if connection.execute(select(_entry.c.step).where(*due).limit(1)).first() is None:
        return False
    # steps that are due at the same moment are turns of their own
    wall = wall_of(now, booking.zone) + timedelta(microseconds=step)
    turn = insert(tables.occurrence).values(
        schedule_id=booking.id,
        wall=wall_text(wall),
        at=now.timestamp(),
        state=Outcome.DUE,
        issue=sequence.steps[step].issue,
        noted_at=now.timestamp(),
    )
    number = connection.execute(turn.returning(tables.occurrence.c.id)).scalar_one()
    connection.execute(update(_entry).where(*due).values(state=GOING, occurrence_id=number))
    return True
