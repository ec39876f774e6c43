"""Booking and unbooking: one issue at one moment, and what a person decides about it later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.errors import RefusedError
from newsletter.language import _
from newsletter.schedule.booking import (
    Booking,
    Decision,
    Kind,
    Outcome,
    State,
    clock,
    find_booking,
    wall_text,
    wish_row,
)
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config import Sender
    from newsletter.issue.document import AudienceWish
    from newsletter.schedule.moment import Moment
    from newsletter.schedule.policy import Policy
    from newsletter.store.database import Store

#: an audience may grow by this share, or by as many people, before a person is asked
GROWTH, GROWTH_PEOPLE = 0.2, 10
#: and shrink to this share
SHRINKAGE = 0.5
#: rendering an issue and typing its name may take that long: the moment was still to come when it was asked for
CONFIRMING = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What a person confirmed when they scheduled an issue."""

    #: the slug
    issue: str
    #: resolved again when it is due
    audience: AudienceWish
    sender: Sender = field(repr=False)
    #: its name: another transport at the time asks a person
    transport: str
    #: of all editions: tells whether the file has changed since
    digest: str
    #: the editions, frozen
    frozen: bytes = field(repr=False)
    #: how many people would get it now
    expect: int

    @property
    def bounds(self) -> tuple[int, int]:
        """Return how few and how many people it may have become without asking: people come and go."""
        return int(self.expect * SHRINKAGE), self.expect + max(GROWTH_PEOPLE, int(self.expect * GROWTH))

    def row(self) -> dict[str, object]:
        """Return what its row holds of it."""
        least, most = self.bounds
        return {
            "issue": self.issue,
            "audience": wish_row(self.audience),
            "sender": self.sender.model_dump(by_alias=True, mode="json"),
            "transport": self.transport,
            "digest": self.digest,
            "frozen": self.frozen,
            "expect": self.expect,
            "least": least,
            "most": most,
        }


def book_once(
    store: Store, confirmed: Confirmed, moment: Moment, *, policy: Policy, now: datetime | None = None
) -> Booking:
    """Book an issue for a moment to come; raises RefusedError when it is booked already, or the moment is past."""
    try:
        with store.write() as connection:
            _insert(connection, confirmed, moment, policy, clock(connection, now))
    except IntegrityError:
        # another process scheduled the same issue between our look and our row
        raise _booked_already(confirmed.issue) from None
    return find_booking(store, confirmed.issue)


def _insert(connection: Connection, confirmed: Confirmed, moment: Moment, policy: Policy, now: datetime) -> None:
    _refuse_past(moment, now)
    _refuse_second(connection, confirmed.issue)
    connection.execute(
        insert(tables.schedule).values(
            kind=Kind.ONCE,
            zone=moment.zone.key,
            state=State.WAITING,
            created_at=now.timestamp(),
            **_next(moment, policy),
            **confirmed.row(),
        )
    )


def _next(moment: Moment, policy: Policy) -> dict[str, object]:
    return {"next_wall": wall_text(moment.local), "next_at": policy.moved(moment.utc)[0].timestamp()}


def _refuse_past(moment: Moment, now: datetime) -> None:
    if moment.utc <= now - CONFIRMING:
        raise RefusedError(_("The time has passed in the meantime: nothing was scheduled."))


def _refuse_second(connection: Connection, issue: str) -> None:
    rows = tables.schedule.c
    open_states = [State.WAITING, State.HELD]
    same = select(rows.id).where(rows.issue == issue, rows.kind == Kind.ONCE, rows.state.in_(open_states))
    if connection.scalar(same.limit(1)) is not None:
        raise _booked_already(issue)


def _booked_already(issue: str) -> RefusedError:
    return RefusedError(
        _("{issue} is scheduled already.").format(issue=issue),
        hint=_("Give it another time: newsletter schedule renew {issue} --at …").format(issue=issue),
        page_hint=_("See it under “Sends”."),
    )


def cancel(store: Store, ref: str) -> Booking:
    """Cancel a booking and what waits for a decision; raises RefusedError for one that has ended or is going out."""
    booking = find_booking(store, ref)
    with store.write() as connection:
        _refuse_going(connection, booking)
        changed = connection.execute(
            update(tables.schedule)
            .where(tables.schedule.c.id == booking.id, tables.schedule.c.state.in_([State.WAITING, State.HELD]))
            .values(state=State.CANCELLED, next_wall=None, next_at=None, reason="")
        )
        if not changed.rowcount:
            raise RefusedError(_("{ref} is not scheduled any more.").format(ref=ref))
        _settle_held(connection, booking)
    return find_booking(store, ref)


def drop_held(store: Store, ref: str) -> Booking:
    """Let what is held fall away; a series goes on, a one-off is over. Raises RefusedError when nothing is held."""
    booking = find_booking(store, ref)
    if booking.kind is Kind.ONCE:
        return cancel(store, ref)
    with store.write() as connection:
        if not _settle_held(connection, booking):
            raise _nothing_held(booking)
    return find_booking(store, ref)


def _nothing_held(booking: Booking) -> RefusedError:
    return RefusedError(
        _("Nothing of {ref} waits for a decision.").format(ref=booking.ref),
        hint=_("See what is scheduled: newsletter schedule list"),
        page_hint=_("What is scheduled is listed under “Sends”."),
    )


def _refuse_going(connection: Connection, booking: Booking) -> None:
    rows = tables.occurrence.c
    going = select(rows.id).where(rows.schedule_id == booking.id, rows.state == Outcome.DUE).limit(1)
    if booking.kind is not Kind.SEQUENCE and connection.scalar(going) is not None:
        raise RefusedError(
            _("{ref} is going out at this moment.").format(ref=booking.ref),
            hint=_("Stop the send: newsletter cancel {ref}").format(ref=booking.ref),
            page_hint=_("Stop the send on its own page, under “Sends”."),
        )


def _settle_held(connection: Connection, booking: Booking) -> bool:
    """Let held turns fall away; False when there were none."""
    rows = tables.occurrence
    mine = rows.c.schedule_id == booking.id, rows.c.state == Outcome.HELD
    return connection.execute(update(rows).where(*mine).values(state=Outcome.CANCELLED)).rowcount > 0


def keep(store: Store, ref: str) -> Booking:
    """Let what is held go as it was confirmed; raises RefusedError when nothing is held."""
    booking = find_booking(store, ref)
    with store.write() as connection:
        _decide(connection, booking, Decision.KEEP)
    return find_booking(store, ref)


def _decide(connection: Connection, booking: Booking, decision: Decision) -> None:
    """Make the newest held turn due again, with the decision on it; older ones are left to lie."""
    rows = tables.occurrence
    held = select(rows.c.id).where(rows.c.schedule_id == booking.id, rows.c.state == Outcome.HELD)
    newest = connection.scalar(held.order_by(rows.c.at.desc()).limit(1))
    if newest is None:
        raise _nothing_held(booking)
    again = {"state": Outcome.DUE, "decision": decision, "lease_until": 0, "tries": 0, "reason": ""}
    connection.execute(update(rows).where(rows.c.id == newest).values(**again))
    _settle_held(connection, booking)
    if booking.kind is Kind.ONCE:
        _set_waiting(connection, booking)


def _set_waiting(connection: Connection, booking: Booking) -> None:
    connection.execute(
        update(tables.schedule).where(tables.schedule.c.id == booking.id).values(state=State.WAITING, reason="")
    )


def renew(store: Store, ref: str, confirmed: Confirmed) -> Booking:
    """Confirm a one-off anew, with the file as it is now: it goes at its time, or at once when it was held.

    Raises RefusedError for what has ended, is going out, or is no one-off.
    """
    booking = _renewable(store, ref)
    with store.write() as connection:
        _refuse_going(connection, booking)
        connection.execute(update(tables.schedule).where(tables.schedule.c.id == booking.id).values(**confirmed.row()))
        if booking.state is State.HELD:
            _decide(connection, booking, Decision.RENEW)
    return find_booking(store, ref)


def put_off(
    store: Store, ref: str, confirmed: Confirmed, moment: Moment, *, policy: Policy, now: datetime | None = None
) -> Booking:
    """Confirm a one-off anew for another moment; raises RefusedError as `renew` does, and for a past moment."""
    booking = _renewable(store, ref)
    with store.write() as connection:
        _refuse_past(moment, clock(connection, now))
        _refuse_going(connection, booking)
        _settle_held(connection, booking)
        values = {**confirmed.row(), "zone": moment.zone.key, "state": State.WAITING, "reason": ""}
        mine = tables.schedule.c.id == booking.id
        connection.execute(update(tables.schedule).where(mine).values(**values, **_next(moment, policy)))
    return find_booking(store, ref)


def _renewable(store: Store, ref: str) -> Booking:
    booking = find_booking(store, ref)
    if booking.kind is not Kind.ONCE or booking.state not in (State.WAITING, State.HELD):
        raise RefusedError(_("{ref} can not be renewed.").format(ref=ref), hint=_("Schedule it again."))
    return booking
