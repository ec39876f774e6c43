"""A send: what a confirmed plan became, as its row says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import Select, select

from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.delivery.states import SendState
from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.store.tables import ledger as tables

if TYPE_CHECKING:
    from sqlalchemy import Row

    from newsletter.store.database import Store


@dataclass(frozen=True, kw_only=True)
class Send:
    """One send as it was confirmed, and where it stands."""

    id: int
    #: the issue's slug
    issue: str
    #: `real` or `rehearsal`
    kind: str
    transport: str
    state: SendState
    reason: str = ""
    #: the plan's id
    plan: str = ""
    lists: tuple[str, ...] = ()
    sender: Sender = field(repr=False)
    site: Site = field(repr=False)
    #: where the links of its mails led when it was confirmed; empty: nowhere
    pages: str = ""
    #: the lists' definitions as they were, by the id that deliveries name
    mailing_lists: Mapping[int, MailingList] = field(repr=False, default_factory=dict)
    total: int = 0
    canary: int = 0
    #: why people who had it got it again
    again: str = ""
    #: the Date header of every mail
    date: datetime
    created_at: datetime
    starts_at: datetime
    finished_at: datetime | None = None

    @property
    def ref(self) -> str:
        """What people call it: `S12`."""
        return f"S{self.id}"

    @property
    def ended(self) -> bool:
        """Nothing more will be done."""
        return self.state in (SendState.DONE, SendState.CANCELLED)


def find_send(store: Store, ref: str) -> Send:
    """Return the send named `S12`, or the latest send of that issue; raise UsageError when there is none."""
    with store.read() as connection:
        row = connection.execute(_named(ref)).first()
    if row is None:
        raise UsageError(
            _("There is no send {ref}.").format(ref=ref),
            hint=_("List them with: newsletter status"),
            page_hint=_("They are listed under “Sends”."),
        )
    return send_of(row)


def sends(store: Store, *, unfinished: bool = False) -> list[Send]:
    """Return every send, the latest first; `unfinished`: only those something is still to be done about."""
    query = select(tables.send).order_by(tables.send.c.id.desc())
    if unfinished:
        query = query.where(tables.send.c.state.not_in([SendState.DONE.value, SendState.CANCELLED.value]))
    with store.read() as connection:
        return [send_of(row) for row in connection.execute(query)]


def load_send(store: Store, number: int) -> Send:
    """Return the send with this number."""
    return find_send(store, f"S{number}")


def record_of(store: Store, number: int) -> Mapping[str, object]:
    """Return the plan that a send was confirmed from, as it was shown: numbers and texts, nobody's address."""
    with store.read() as connection:
        found = connection.scalar(select(tables.send.c.plan_record).where(tables.send.c.id == number))
    return found if isinstance(found, dict) else {}


def as_row(send: Send) -> dict[str, object]:
    """Return what a new row of a send holds, but for its number and its plan."""
    return {
        "issue": send.issue,
        "kind": send.kind,
        "transport": send.transport,
        "state": send.state.value,
        "reason": send.reason,
        "plan": send.plan,
        "lists": list(send.lists),
        "sender": send.sender.model_dump(by_alias=True, mode="json"),
        "imprint": {
            "site": send.site.model_dump(mode="json"),
            "pages": send.pages,
            "lists": {str(number): asdict(each) for number, each in send.mailing_lists.items()},
        },
        "total": send.total,
        "canary": send.canary,
        "again": send.again,
        "date": send.date.timestamp(),
        "created_at": send.created_at.timestamp(),
        "starts_at": send.starts_at.timestamp(),
    }


def send_of(row: Row[tuple[object, ...]]) -> Send:
    """Make the value from its row."""
    values = row._mapping
    imprint = values["imprint"]
    return Send(
        id=values["id"],
        issue=values["issue"],
        kind=values["kind"],
        transport=values["transport"],
        state=SendState(values["state"]),
        reason=values["reason"],
        plan=values["plan"],
        lists=tuple(values["lists"]),
        sender=Sender.model_validate(values["sender"]),
        site=Site.model_validate(imprint["site"]),
        pages=imprint.get("pages", ""),
        mailing_lists={int(number): _list_of(each) for number, each in imprint["lists"].items()},
        total=values["total"],
        canary=values["canary"],
        again=values["again"],
        date=_instant(values["date"]),
        created_at=_instant(values["created_at"]),
        starts_at=_instant(values["starts_at"]),
        finished_at=_instant(values["finished_at"]) if values["finished_at"] is not None else None,
    )


def _named(ref: str) -> Select[tuple[object, ...]]:
    if ref[:1] in ("S", "s") and ref[1:].isdecimal():
        return select(tables.send).where(tables.send.c.id == int(ref[1:]))
    return select(tables.send).where(tables.send.c.issue == ref).order_by(tables.send.c.id.desc()).limit(1)


def _list_of(values: Mapping[str, object]) -> MailingList:
    languages = cast("list[str]", values["languages"])
    return MailingList(**{**values, "languages": tuple(languages)})  # type: ignore[arg-type]  # written by as_row


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
