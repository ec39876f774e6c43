"""A confirmed order becomes a send: editions frozen, deliveries and batches written, in one transaction.

Under a lock on the issue, so that two confirmations at once make one send: the second finds that everybody
has it, or that its plan was confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, select, text

from newsletter.config import Sender, Site
from newsletter.delivery.cluster import hand_out
from newsletter.delivery.draw import count_anew, draw
from newsletter.delivery.frozen import keep_editions
from newsletter.delivery.send import Send, as_row, find_send
from newsletter.delivery.states import SendState, State
from newsletter.errors import RefusedError
from newsletter.language import _, number
from newsletter.store.database import now
from newsletter.store.tables import ledger as tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from newsletter.audience.audience import Audience
    from newsletter.audience.lists import MailingList
    from newsletter.edition.edition import Edition
    from newsletter.store.database import Store

REAL = "real"
REHEARSAL = "rehearsal"
#: with one of these a person does not have the issue, and will not get it by that send
WITHOUT_IT = (State.SKIPPED, State.FAILED)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be sent to whom, and how: what a plan is made of and a send is confirmed from."""

    #: one for each language, all of one slug
    editions: tuple[Edition, ...]
    audience: Audience
    #: the lists' definitions by their id in the store
    mailing_lists: Mapping[int, MailingList]
    sender: Sender = field(repr=False)
    site: Site = field(repr=False)
    transport: str
    #: mails reach people
    real: bool
    #: where the links of its mails lead
    pages: str = ""
    #: recipients in one batch of the ledger
    batch: int = 500
    #: why those who have it get it again; empty: they do not
    again: str = ""

    @property
    def issue(self) -> str:
        """The slug."""
        return self.editions[0].slug

    @property
    def kind(self) -> str:
        """`real` or `rehearsal`: nobody gets an issue twice within a kind."""
        return REAL if self.real else REHEARSAL


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How a send begins: `hold` seconds before its first mail, `canary` people in its first, watched batch."""

    date: datetime | None = None
    hold: float = 0
    canary: int = 0
    schedule: int | None = None
    #: local wall time of the occurrence: with `schedule`, one send for each due time
    occurrence: str | None = None


def people_of(connection: Connection, order: Order) -> Select[tuple[int, str, int, str, str]]:
    """Return the query for who gets it: the audience without those who have it, or will have it by an earlier send."""
    earlier = _earlier(connection, order)
    if order.again or not earlier:
        return order.audience.query
    found = order.audience.query.subquery()
    had = tables.delivery.c
    # asked apart: for the two together SQLite uses neither index, and reads all of an earlier send for each person
    has_it = (
        exists().where(
            had.send_id.in_(earlier), one == another, had.state.not_in([state.value for state in WITHOUT_IT])
        )
        for one, another in ((had.address_key, found.c.address_key), (had.subscriber_id, found.c.subscriber_id))
    )
    return select(found).where(*(~each for each in has_it))


def confirm(store: Store, order: Order, *, plan: str, expect: int, record: Mapping[str, object], terms: Terms) -> Send:
    """Make the send: everything or nothing.

    Raises RefusedError when the plan was confirmed before, when not exactly `expect` people would get it,
    or when nobody would. A scheduled occurrence that has its send already returns that one.
    """
    with store.write() as connection:
        _lock(connection, order.issue)
        if (known := _known(connection, terms)) is not None:
            return find_send(store, f"S{known}")
        _refuse_twice(connection, plan)
        number = _insert(connection, order, plan=plan, expect=expect, record=record, terms=terms)
        keep_editions(connection, number, order.editions)
        drawn = draw(connection, number, people_of(connection, order), batch=order.batch, canary=terms.canary)
        _refuse_unexpected(drawn, expect)
        if not store.is_sqlite:
            hand_out(connection, send=number)
    count_anew(store, drawn)
    return find_send(store, f"S{number}")


def _lock(connection: Connection, issue: str) -> None:
    """Let nobody else confirm this issue until we are done; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:issue))"), {"issue": f"issue:{issue}"})


def _earlier(connection: Connection, order: Order) -> Sequence[int]:
    send = tables.send.c
    return connection.scalars(select(send.id).where(send.issue == order.issue, send.kind == order.kind)).all()


def _known(connection: Connection, terms: Terms) -> int | None:
    if terms.schedule is None:
        return None
    send = tables.send.c
    return connection.scalar(
        select(send.id).where(send.schedule_id == terms.schedule, send.occurrence == terms.occurrence)
    )


def _refuse_twice(connection: Connection, plan: str) -> None:
    send = tables.send.c
    found = connection.scalar(select(send.id).where(send.plan == plan, send.state != SendState.CANCELLED.value))
    if plan and found is not None:
        raise RefusedError(
            _("This plan was confirmed already: it is the send S{number}.").format(number=found),
            hint=_("See it with: newsletter status S{number}").format(number=found),
            page_hint=_("See it under “Sends”."),
        )


def _refuse_unexpected(drawn: int, expect: int) -> None:
    if drawn != expect:
        raise RefusedError(
            _("{drawn} people would get it, not {expect}: nothing was sent.").format(
                drawn=number(drawn), expect=number(expect)
            ),
            hint=_("Look at a new plan: newsletter send ISSUE --dry-run"),
            page_hint=_("Look at the plan again."),
        )
    if not drawn:
        raise RefusedError(_("Nobody would get it: nothing was sent."))


def _insert(
    connection: Connection, order: Order, *, plan: str, expect: int, record: Mapping[str, object], terms: Terms
) -> int:
    moment = datetime.fromtimestamp(now(connection), UTC)
    send = Send(
        id=0,
        issue=order.issue,
        kind=order.kind,
        transport=order.transport,
        state=SendState.RUNNING,
        plan=plan,
        lists=order.audience.lists,
        sender=order.sender,
        site=order.site,
        pages=order.pages,
        mailing_lists=order.mailing_lists,
        total=expect,
        canary=terms.canary,
        again=order.again,
        date=terms.date or moment,
        created_at=moment,
        starts_at=moment + timedelta(seconds=terms.hold),
    )
    values = {**as_row(send), "plan_record": dict(record)}
    values |= {"schedule_id": terms.schedule, "occurrence": terms.occurrence}
    return int(connection.execute(insert(tables.send).values(**values).returning(tables.send.c.id)).scalar_one())
