"""The nouns of what was booked: a booking says when something is to go, a turn is one time that came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, exists, or_, select

from newsletter.config import Sender
from newsletter.errors import UsageError
from newsletter.issue.document import AudienceWish
from newsletter.language import _, nearest
from newsletter.schedule.reason import said
from newsletter.schedule.wallclock import wall_of
from newsletter.store.database import now as database_clock
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store


class Kind(StrEnum):
    """What is booked."""

    #: one issue at one moment
    ONCE = "once"
    #: the oldest ready issue, whenever a rule says
    SERIES = "series"
    #: issues that follow a confirmation, each person at their own time
    SEQUENCE = "sequence"


class State(StrEnum):
    """Where a booking stands."""

    WAITING = "waiting"
    #: a person has to decide
    HELD = "held"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What became of a turn."""

    #: nothing yet: somebody works at it, or will again
    DUE = "due"
    SENT = "sent"
    #: a person has to decide
    HELD = "held"
    #: recorded only: a later turn took its place
    MISSED = "missed"
    #: no issue was ready, or nobody was to get it
    NOTHING = "nothing"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What a person said about a held turn."""

    NONE = ""
    #: send what was confirmed, although it is late or the file changed
    KEEP = "keep"
    #: send what the file says now
    RENEW = "renew"


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A row of `schedule`, without the frozen editions."""

    id: int
    kind: Kind
    #: of a series or sequence
    name: str
    #: slug of a one-off's issue
    issue: str
    rule: str
    zone: ZoneInfo
    #: naive: the identity of what comes next; None when nothing does
    next_wall: datetime | None
    #: the instant when it may go
    next_at: datetime | None
    state: State
    #: why it is held, as rows hold it; `why` says it
    reason: str
    #: whom it is for, resolved when it is due
    audience: AudienceWish
    #: whom it is from; None: as the issue says when it is due
    sender: Sender | None = field(repr=False)
    transport: str
    digest: str
    expect: int
    least: int
    most: int

    @property
    def ref(self) -> str:
        """What people call it: the series' name, or the issue's slug."""
        return self.name or self.issue

    @property
    def why(self) -> str:
        """Say why it is held, in the current language."""
        return said(self.reason)

    @property
    def moved(self) -> bool:
        """Tell whether quiet hours or blackout days put off what comes next."""
        if self.next_wall is None or self.next_at is None:
            return False
        return wall_of(self.next_at, self.zone) != self.next_wall


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A row of `occurrence`: one time that came, and what became of it."""

    id: int
    schedule_id: int
    #: naive: its identity
    wall: datetime
    #: when it should have gone
    at: datetime
    outcome: Outcome
    decision: Decision
    issue: str
    #: number of the send it became
    send_id: int | None
    #: seconds after `at` when it was found due
    late: float
    #: as rows hold it; `why` says it
    reason: str
    tries: int

    @property
    def why(self) -> str:
        """Say why it is held or came to nothing, in the current language."""
        return said(self.reason)


def instant_of(seconds: float) -> datetime:
    """Return a time of the database, seconds since 1970, as an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)


def clock(connection: Connection, now: datetime | None) -> datetime:
    """Return the time it is: `now` when given, else the database's, so that several hosts agree."""
    return now if now is not None else instant_of(database_clock(connection))


def wall_text(wall: datetime) -> str:
    """Write a wall time as rows hold it."""
    return wall.isoformat()


def wish_row(wish: AudienceWish) -> dict[str, object]:
    """Write whom a booking is for as rows hold it."""
    return {"lists": list(wish.lists), "exclude": list(wish.exclude), "segment": wish.segment}


def wish_of(values: Mapping[str, object]) -> AudienceWish:
    """Read whom a booking is for; raises KeyError for what `wish_row` did not write."""
    lists, exclude = (tuple(str(name) for name in _names(values[key])) for key in ("lists", "exclude"))
    return AudienceWish(lists=lists, exclude=exclude, segment=str(values["segment"]))


def _names(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def booking_of(row: Row[tuple[object, ...]]) -> Booking:
    """Make the value from its row."""
    values = row._mapping
    return Booking(
        id=values["id"],
        kind=Kind(values["kind"]),
        name=values["name"],
        issue=values["issue"],
        rule=values["rule"],
        zone=ZoneInfo(values["zone"]),
        next_wall=datetime.fromisoformat(values["next_wall"]) if values["next_wall"] else None,
        next_at=instant_of(values["next_at"]) if values["next_at"] is not None else None,
        state=State(values["state"]),
        reason=values["reason"],
        audience=wish_of(values["audience"]),
        sender=Sender.model_validate(values["sender"]) if values["sender"] else None,
        transport=values["transport"],
        digest=values["digest"],
        expect=values["expect"],
        least=values["least"],
        most=values["most"],
    )


def turn_of(row: Row[tuple[object, ...]]) -> Turn:
    """Make the value from its row."""
    values = row._mapping
    return Turn(
        id=values["id"],
        schedule_id=values["schedule_id"],
        wall=datetime.fromisoformat(values["wall"]),
        at=instant_of(values["at"]),
        outcome=Outcome(values["state"]),
        decision=Decision(values["decision"]),
        issue=values["issue"],
        send_id=values["send_id"],
        late=values["late"],
        reason=values["reason"],
        tries=values["tries"],
    )


def bookings(store: Store, *, ended: bool = False) -> list[Booking]:
    """Return what is booked, the next first; `ended`: also what is done or cancelled, the latest last."""
    query = _bookings()
    if not ended:
        query = query.where(tables.schedule.c.state.in_([State.WAITING, State.HELD]))
    with store.read() as connection:
        return [booking_of(row) for row in connection.execute(query)]


def find_booking(store: Store, ref: str) -> Booking:
    """Return the booking of that series or issue, one that is not ended first; raises UsageError when there is none."""
    with store.read() as connection:
        found = [booking_of(row) for row in connection.execute(_bookings())]
    named = [booking for booking in found if booking.ref == ref]
    if not named:
        raise UsageError(
            _("Nothing is scheduled as “{ref}”.").format(ref=ref),
            hint=_hint(ref, [each.ref for each in found]),
            page_hint=_("What is scheduled is listed under “Sends”."),
        )
    return next((each for each in named if each.state in (State.WAITING, State.HELD)), named[-1])


def _hint(ref: str, known: list[str]) -> str:
    near = nearest(ref, known)
    return _("Did you mean “{near}”?").format(near=near) if near else _("List them with: newsletter schedule list")


def turns(store: Store, booking: Booking, *, limit: int = 20) -> list[Turn]:
    """Return a booking's latest turns, the newest first."""
    rows = tables.occurrence
    query = select(rows).where(rows.c.schedule_id == booking.id).order_by(rows.c.at.desc(), rows.c.id.desc())
    with store.read() as connection:
        return [turn_of(row) for row in connection.execute(query.limit(limit))]


def held_turns(store: Store) -> list[tuple[Booking, Turn]]:
    """Return every turn that waits for a person's decision, for `status`."""
    rows = tables.occurrence
    query = select(rows).where(rows.c.state == Outcome.HELD).order_by(rows.c.at)
    with store.read() as connection:
        held = [turn_of(row) for row in connection.execute(query)]
        known = bookings_by_id(connection, {turn.schedule_id for turn in held})
    return [(known[turn.schedule_id], turn) for turn in held]


def noteworthy(store: Store) -> list[tuple[Booking, Turn]]:
    """Return what the coordinator must know, for `status`: what is held, and series of which nothing went last."""
    rows, later = tables.occurrence, tables.occurrence.alias()
    last = ~exists().where(later.c.schedule_id == rows.c.schedule_id, later.c.at > rows.c.at)
    of_series = exists().where(
        tables.schedule.c.id == rows.c.schedule_id,
        tables.schedule.c.kind == Kind.SERIES,
        tables.schedule.c.state == State.WAITING,
    )
    empty = and_(rows.c.state == Outcome.NOTHING, last, of_series)
    query = select(rows).where(or_(rows.c.state == Outcome.HELD, empty)).order_by(rows.c.at)
    with store.read() as connection:
        found = [turn_of(row) for row in connection.execute(query)]
        known = bookings_by_id(connection, {turn.schedule_id for turn in found})
    return [(known[turn.schedule_id], turn) for turn in found]


def frozen_of(store: Store, booking: Booking) -> bytes | None:
    """Return the editions as they were confirmed, in the form they were given in."""
    with store.read() as connection:
        return connection.scalar(select(tables.schedule.c.frozen).where(tables.schedule.c.id == booking.id))


def booked() -> Select[tuple[object, ...]]:
    """Ask for bookings, without their frozen editions: a clock that ticks every second must not carry them about."""
    return select(*(column for column in tables.schedule.c if column.name != "frozen"))


def bookings_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Booking]:
    """Return the bookings with these numbers."""
    rows = connection.execute(booked().where(tables.schedule.c.id.in_(list(ids))))
    return {booking.id: booking for booking in map(booking_of, rows)}


def _bookings() -> Select[tuple[object, ...]]:
    return booked().order_by(tables.schedule.c.next_at.is_(None), tables.schedule.c.next_at, tables.schedule.c.id)
