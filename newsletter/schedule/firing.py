"""A turn that is due becomes a send: the frozen editions, to the audience as it is now, within what was confirmed.

Whatever is not as it was when a person confirmed it holds the turn and asks: a changed file, another
transport, many more or fewer people. `keep` sends what was confirmed, `renew` what the file says now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import func, select

from newsletter.delivery.confirm import Terms, confirm
from newsletter.errors import NewsletterError, RefusedError, TransientError
from newsletter.schedule.booking import Booking, Decision, Kind, Outcome, Turn, frozen_of, wall_text
from newsletter.schedule.going import Fired
from newsletter.schedule.reason import Because, fault_in_each_language, written
from newsletter.schedule.series import Candidate, next_issue
from newsletter.store.tables import clock as tables
from newsletter.store.tables import ledger

if TYPE_CHECKING:
    from newsletter.config import Sender
    from newsletter.delivery.confirm import Order
    from newsletter.delivery.plan import Plan
    from newsletter.edition.edition import Edition
    from newsletter.issue.document import AudienceWish
    from newsletter.store.database import Store

#: the audience may change between the count and the send: then it is counted again
COUNTS = 3


class Maker(Protocol):
    """What a project brings so that a turn can go; every call may raise NewsletterError."""

    @property
    def transport(self) -> str:
        """Return the name of the transport that is configured now."""
        ...

    @property
    def kind(self) -> str:
        """Return `real` or `rehearsal`, as sends of that transport are."""
        ...

    def editions(self, issue: str, wish: AudienceWish, /) -> tuple[Edition, ...]:
        """Render the issue as its files are now; raises NewsletterError when it may not go: gone, faulty, a draft."""
        ...

    def thaw(self, frozen: bytes, /) -> tuple[Edition, ...]:
        """Give back editions that were frozen when they were confirmed."""
        ...

    def candidates(self, series: str, /) -> Iterable[Candidate]:
        """Return the issues that the files of a series are."""
        ...

    def order(self, editions: tuple[Edition, ...], wish: AudienceWish, sender: Sender | None, /) -> Order:
        """Resolve the audience now and put the order together; without a sender it is the one the issue names."""
        ...

    def plan(self, order: Order, /) -> Plan:
        """Count who would get it; raises RefusedError when the lists hold nobody."""
        ...


@dataclass(frozen=True, kw_only=True)
class Firing:
    """Makes the send of a turn; calling it again for the same turn gives the same send."""

    store: Store
    maker: Maker

    def __call__(self, booking: Booking, turn: Turn, /) -> Fired:
        """Make the send, or say why not; raises TransientError when it may work later."""
        if (known := _known(self.store, booking, turn)) is not None:
            return Fired(outcome=Outcome.SENT, send_id=known[0], issue=known[1])
        match booking.kind:
            case Kind.ONCE:
                return self._once(booking, turn)
            case Kind.SERIES:
                return self._series(booking, turn)
            case Kind.SEQUENCE:
                return self._step(booking, turn)

    def _once(self, booking: Booking, turn: Turn) -> Fired:
        if turn.decision is Decision.NONE and (fault := self._changed(booking)):
            return Fired(outcome=Outcome.HELD, reason=fault)
        frozen = frozen_of(self.store, booking)
        assert frozen is not None, "a one-off is booked with its editions"
        order = self.maker.order(self.maker.thaw(frozen), booking.audience, booking.sender)
        return self._send(booking, turn, order)

    def _changed(self, booking: Booking) -> str:
        """Return what is not as it was confirmed, as rows hold it; empty when nothing changed."""
        if self.maker.transport != booking.transport:
            return written(Because.TRANSPORT, old=booking.transport, new=self.maker.transport)
        now = self._editions(booking, booking.issue)
        if isinstance(now, str):
            return now
        return "" if digest_of(now) == booking.digest else written(Because.CHANGED)

    def _editions(self, booking: Booking, issue: str) -> tuple[Edition, ...] | str:
        """Return an issue's editions as its files are now, or why it could not go, in every language."""
        ask = partial(self.maker.editions, issue, booking.audience)
        try:
            return ask()
        except TransientError:
            raise
        except NewsletterError as error:
            return written(Because.UNFIT, fault=fault_in_each_language(ask, error))

    def _series(self, booking: Booking, turn: Turn) -> Fired:
        issue = next_issue(self.maker.candidates(booking.name), sent=sent_issues(self.store, self.maker.kind))
        if issue is None:
            return Fired(outcome=Outcome.NOTHING, reason=written(Because.NONE_READY))
        editions = self._editions(booking, issue)
        if isinstance(editions, str):
            return Fired(outcome=Outcome.HELD, reason=editions)
        return self._send(booking, turn, self.maker.order(editions, booking.audience, booking.sender))

    def _step(self, booking: Booking, turn: Turn) -> Fired:
        """Send a step of a sequence to those it is due for and who are still there."""
        editions = self._editions(booking, turn.issue)
        if isinstance(editions, str):
            return Fired(outcome=Outcome.HELD, reason=editions)
        order = _of_this_turn(self.store, self.maker.order(editions, booking.audience, booking.sender), turn)
        if not order.audience.total:
            return Fired(outcome=Outcome.NOTHING, reason=written(Because.NOBODY_DUE))
        return self._send(booking, turn, order)

    def _send(self, booking: Booking, turn: Turn, order: Order) -> Fired:
        for count in range(COUNTS):
            plan = self.maker.plan(order)
            if not plan.recipients:
                return Fired(outcome=Outcome.NOTHING, issue=plan.issue, reason=written(Because.NOBODY_LEFT))
            if turn.decision is Decision.NONE and (fault := out_of_bounds(booking, plan.recipients)):
                return Fired(outcome=Outcome.HELD, issue=plan.issue, reason=fault)
            try:
                return self._confirm(booking, turn, order, plan)
            except RefusedError:
                if count + 1 == COUNTS or self.maker.plan(order).recipients == plan.recipients:
                    raise
        raise AssertionError("the loop returns or raises")

    def _confirm(self, booking: Booking, turn: Turn, order: Order, plan: Plan) -> Fired:
        send = confirm(
            self.store,
            order,
            plan=plan.id,
            expect=plan.recipients,
            record=plan.as_dict(),
            terms=Terms(schedule=booking.id, occurrence=wall_text(turn.wall)),
        )
        return Fired(outcome=Outcome.SENT, send_id=send.id, issue=send.issue)


def digest_of(editions: Iterable[Edition]) -> str:
    """Return one digest for all languages of an issue: what a booking remembers of its files."""
    texts = sorted(f"{edition.lang} {edition.digest}" for edition in editions)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def out_of_bounds(booking: Booking, people: int) -> str:
    """Return that many more or fewer people would get it than was confirmed, as rows hold it; empty when not."""
    if people >= booking.least and (not booking.most or people <= booking.most):
        return ""
    return written(Because.PEOPLE, people=people, least=booking.least, most=booking.most)


def sent_issues(store: Store, kind: str) -> list[str]:
    """Return the issues that have gone, or are going, by transports of that kind."""
    send = ledger.send.c
    with store.read() as connection:
        found = connection.scalars(select(send.issue).distinct().where(send.kind == kind, send.state != "cancelled"))
        return list(found)


def _known(store: Store, booking: Booking, turn: Turn) -> tuple[int, str] | None:
    """Return the send that this turn became already: a clock may have died right after making it."""
    send = ledger.send.c
    same = select(send.id, send.issue).where(send.schedule_id == booking.id, send.occurrence == wall_text(turn.wall))
    with store.read() as connection:
        row = connection.execute(same).first()
    return (row[0], row[1]) if row else None


def _of_this_turn(store: Store, order: Order, turn: Turn) -> Order:
    """Restrict an order to the people whose step of a sequence this turn takes to them."""
    entry = tables.sequence_entry.c
    everybody = order.audience.query.subquery()
    theirs = select(entry.subscriber_id).where(entry.occurrence_id == turn.id)
    query = select(everybody).where(everybody.c.subscriber_id.in_(theirs))
    with store.read() as connection:
        total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    digest = hashlib.sha256(f"{order.audience.digest} {turn.id}".encode()).hexdigest()
    return replace(order, audience=replace(order.audience, query=query, total=total, digest=digest))
