"""What people are told by mail: noted in the transaction of the change it tells of, sent afterwards, once.

To the sender's own address, or for reminders to the contributors named in the configuration. A notice
that was handed over just before a kill may be told twice; an issue never goes twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import insert, select, update

from newsletter.errors import NewsletterError
from newsletter.language import _
from newsletter.schedule.booking import Booking, Kind, bookings_by_id, clock, instant_of, wall_text
from newsletter.schedule.reason import said
from newsletter.schedule.saying import say_wall
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store

#: seconds until a notice that could not be sent is tried again, doubled each time
RETRY = 60.0
MOST_TRIES = 8
#: notices told in one tick
AT_ONCE = 20


class About(StrEnum):
    """What a notice tells of."""

    #: a person has to decide
    HELD = "held"
    #: no issue was ready
    NOTHING = "nothing"
    MISSED = "missed"
    #: quiet hours or a day without mail
    MOVED = "moved"
    #: sent, but late
    LATE = "late"
    #: to the contributors, before a turn
    REMIND = "remind"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing to tell, in words."""

    id: int
    about: About
    #: the series or the issue
    ref: str
    #: which contributors: those of this series; empty: the sender's own address
    series: str
    subject: str
    text: str
    noted_at: datetime
    #: how often it was tried to tell it
    tries: int = 0


class Tell(Protocol):
    """Sends a notice through the project's transport, to whom it is for."""

    def __call__(self, notice: Notice, /) -> None:
        """Hand it over; raises NewsletterError when it can not be."""
        ...


def note(
    connection: Connection, booking: Booking, wall: datetime, about: About, *, detail: str = "", reason: str = ""
) -> None:
    """Write down that something is to be told; the same thing of the same turn is told once."""
    rows = tables.notice
    key = f"{about}:{detail}" if detail else str(about)
    same = select(rows.c.id).where(
        rows.c.schedule_id == booking.id, rows.c.wall == wall_text(wall), rows.c.about == key
    )
    if connection.scalar(same) is None:
        connection.execute(
            insert(rows).values(
                schedule_id=booking.id,
                wall=wall_text(wall),
                about=key,
                facts={"reason": reason},
                noted_at=clock(connection, None).timestamp(),
            )
        )


def untold(store: Store, *, limit: int = 100) -> list[Notice]:
    """Return what was not told by mail yet, the oldest first, for `status`."""
    with store.read() as connection:
        return _read(connection, limit=limit)


def tell_all(store: Store, tell: Tell) -> int:
    """Send what is to be told; what can not be sent is tried again later. Return how many were told."""
    with store.read() as connection:
        found = _read(connection, limit=AT_ONCE, at=clock(connection, None))
    return sum(_tell_one(store, tell, notice) for notice in found)


def _tell_one(store: Store, tell: Tell, notice: Notice) -> bool:
    if not _reserve(store, notice):
        return False
    try:
        tell(notice)
    except NewsletterError:
        return False
    rows = tables.notice
    with store.write() as connection:
        told = clock(connection, None).timestamp()
        connection.execute(update(rows).where(rows.c.id == notice.id).values(told_at=told))
    return True


def _reserve(store: Store, notice: Notice) -> bool:
    """Take a notice for this clock alone: another one sees it again only when it is to be tried again."""
    rows = tables.notice
    with store.write() as connection:
        later = clock(connection, None).timestamp() + RETRY * 2**notice.tries
        changed = connection.execute(
            update(rows)
            .where(rows.c.id == notice.id, rows.c.told_at.is_(None), rows.c.tries == notice.tries)
            .values(not_before=later, tries=notice.tries + 1)
        )
        return changed.rowcount == 1


def _read(connection: Connection, *, limit: int, at: datetime | None = None) -> list[Notice]:
    rows = tables.notice.c
    waiting = select(rows.id, rows.wall, rows.about, rows.facts, rows.noted_at, rows.tries).where(
        rows.told_at.is_(None)
    )
    if at is not None:
        waiting = waiting.where(rows.not_before <= at.timestamp(), rows.tries < MOST_TRIES)
    query = waiting.add_columns(rows.schedule_id).order_by(rows.id).limit(limit)
    found = connection.execute(query).all()
    known = bookings_by_id(connection, {row.schedule_id for row in found})
    return [_notice(row, known[row.schedule_id]) for row in found]


def _notice(row: Row[tuple[object, ...]], booking: Booking) -> Notice:
    values = row._mapping
    name, _colon, detail = values["about"].partition(":")
    about = About(name)
    wall = datetime.fromisoformat(values["wall"])
    return Notice(
        id=values["id"],
        about=about,
        ref=booking.ref,
        series=booking.name if about is About.REMIND else "",
        subject=_subject(about, booking.ref),
        text=_text(about, booking, wall, reason=said(values["facts"].get("reason", "")), detail=detail),
        noted_at=instant_of(values["noted_at"]),
        tries=values["tries"],
    )


def _subject(about: About, ref: str) -> str:
    match about:
        case About.HELD:
            text = _("{ref} waits for your decision")
        case About.NOTHING:
            text = _("{ref}: nothing was sent")
        case About.MISSED:
            text = _("{ref}: a time was missed")
        case About.MOVED:
            text = _("{ref} goes at another time")
        case About.LATE:
            text = _("{ref} was sent late")
        case About.REMIND:
            text = _("{ref}: the next issue is near")
    return text.format(ref=ref)


def _text(about: About, booking: Booking, wall: datetime, *, reason: str, detail: str) -> str:
    when = _("Planned for {moment} ({zone}).").format(moment=say_wall(wall), zone=booking.zone.key)
    if about is About.REMIND:
        reason = _("Contributions are welcome until then; this reminder goes out {ahead} before.").format(ahead=detail)
    return "\n\n".join(filter(None, [when, reason, _advice(about, booking)])) + "\n"


def _advice(about: About, booking: Booking) -> str:
    """Return what a person can do about it: the commands, ready to be copied."""
    if about is About.HELD:
        lines = [
            _("To send it as it was confirmed: newsletter schedule keep {ref}"),
            _("To send it as the file is now: newsletter schedule renew {ref}") if booking.kind is Kind.ONCE else "",
            _("To send nothing this time: newsletter schedule cancel {ref} --held"),
        ]
        return "\n".join(line.format(ref=booking.ref) for line in lines if line)
    if about is About.NOTHING:
        return _("An issue goes when its head says: status: ready")
    return ""
