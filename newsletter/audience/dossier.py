"""Everything that is held about one person, for themselves: access and portability (Law 25; GDPR 15 and 20).

As data for JSON, as rows for a spreadsheet, and as a history in the order of time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from newsletter.audience.address import Address, address_key
from newsletter.audience.formulas import guarded
from newsletter.audience.suppression import EVERY_LIST
from newsletter.store.tables import events, ledger, people

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from newsletter.store.database import Store

Fact = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What is held, by kind; times are ISO texts in UTC."""

    profile: Fact = field(repr=False)
    subscriptions: tuple[Fact, ...] = ()
    consents: tuple[Fact, ...] = ()
    suppressions: tuple[Fact, ...] = ()
    requests: tuple[Fact, ...] = field(repr=False, default=())
    deliveries: tuple[Fact, ...] = ()
    events: tuple[Fact, ...] = ()

    def as_data(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "profile": self.profile,
            "subscriptions": list(self.subscriptions),
            "consents": list(self.consents),
            "suppressions": list(self.suppressions),
            "requests": list(self.requests),
            "deliveries": list(self.deliveries),
            "events": list(self.events),
        }

    def as_csv(self) -> str:
        """Return it for a spreadsheet: part, number, what, value; no cell can be run."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["part", "number", "what", "value"])
        for part, number, fact in self._facts():
            for name, value in fact.items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                writer.writerow([part, number, name, guarded(text)])
        return out.getvalue()

    def _facts(self) -> Iterator[tuple[str, int, Fact]]:
        yield "profile", 1, self.profile
        for part, facts in self.as_data().items():
            if isinstance(facts, list):
                yield from ((part, number, fact) for number, fact in enumerate(facts, start=1))


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of somebody's history."""

    at: str
    #: subscribed, ended, consent, withdrawn, delivery, event, suppressed
    what: str
    facts: Fact = field(repr=False)


def dossier(store: Store, subscriber_key: str) -> Dossier | None:
    """Return everything held about the owner of a key; None when there is nobody (any more)."""
    with store.read() as connection:
        table = people.subscriber
        where = (table.c.key == subscriber_key, table.c.address.is_not(None))
        person = connection.execute(select(table).where(*where)).one_or_none()
        return None if person is None else _held(connection, person)


def find_dossier(store: Store, address: Address, *, secret: bytes) -> Dossier | None:
    """Return everything held about whoever has an address: of strangers only what keeps mail from them."""
    digest = address_key(address, secret)
    with store.read() as connection:
        table = people.subscriber
        person = connection.execute(select(table).where(table.c.address_key == digest)).one_or_none()
        if person is not None:
            return _held(connection, person)
        stops = _suppressions(connection, digest)
        asked = _requests(connection, people.pending_signup.c.address_key == digest)
        return Dossier(profile={}, suppressions=stops, requests=asked) if stops or asked else None


def history(found: Dossier) -> tuple[Happening, ...]:
    """Return what happened to somebody, the oldest first."""
    lines = [
        Happening(at=str(one["since"]), what="subscribed", facts={"list": one["list"]}) for one in found.subscriptions
    ]
    lines += [
        Happening(at=str(one["ended"]), what="ended", facts={"list": one["list"], "reason": one["ended_reason"]})
        for one in found.subscriptions
        if one["ended"]
    ]
    for what, facts in (("consent", found.consents), ("suppressed", found.suppressions), ("event", found.events)):
        lines += [Happening(at=str(one["at"]), what=what, facts=one) for one in facts]
    lines += [Happening(at=str(one["sent"]), what="delivery", facts=one) for one in found.deliveries]
    return tuple(sorted(lines, key=lambda line: (line.at, line.what)))


def _held(connection: Connection, person: Row[*tuple[object, ...]]) -> Dossier:
    profile = {
        "key": person.key,
        "address": person.address,
        "name": person.name,
        "lang": person.lang,
        "tz": person.tz,
        "fields": person.fields,
        "since": _time(person.created_at),
        "paused_until": _time(person.paused_until),
    }
    mine = or_(
        people.pending_signup.c.address_key == person.address_key, people.pending_signup.c.subscriber_key == person.key
    )
    return Dossier(
        profile=profile,
        subscriptions=_subscriptions(connection, person.id),
        consents=_consents(connection, person.key),
        suppressions=_suppressions(connection, person.address_key),
        requests=_requests(connection, mine),
        deliveries=_deliveries(connection, person.id),
        events=_events(connection, person.id),
    )


def _facts(connection: Connection, query: Select[object], *times: str) -> tuple[Fact, ...]:
    """Return the rows of a query as facts, with these columns as times."""
    rows = [dict(row._mapping) for row in connection.execute(query)]
    return tuple({name: _time(value) if name in times else value for name, value in row.items()} for row in rows)


def _subscriptions(connection: Connection, number: int) -> tuple[Fact, ...]:
    on, lists = people.subscription.c, people.mailing_list.c
    query = (
        select(
            lists.name.label("list"),
            on.status,
            on.started_at.label("since"),
            on.ended_at.label("ended"),
            on.ended_reason,
            on.consent_until,
        )
        .join_from(people.subscription, people.mailing_list)
        .where(on.subscriber_id == number)
        .order_by(lists.id)
    )
    return _facts(connection, query, "since", "ended", "consent_until")


def _consents(connection: Connection, key: str) -> tuple[Fact, ...]:
    given, ground, lists = people.consent.c, people.consent_ground.c, people.mailing_list.c
    query = (
        select(
            given.recorded_at.label("at"),
            lists.name.label("list"),
            ground.kind,
            ground.basis,
            ground.purpose,
            ground.wording,
            ground.source,
            given.obtained_at,
            given.expires_at,
            given.proof,
            given.hash,
        )
        .join_from(people.consent, people.consent_ground)
        .join(people.mailing_list, lists.id == given.list_id)
        .where(given.subscriber_key == key)
        .order_by(given.id)
    )
    return _facts(connection, query, "at", "obtained_at", "expires_at")


def _suppressions(connection: Connection, digest: str) -> tuple[Fact, ...]:
    stop, lists = people.suppression.c, people.mailing_list.c
    query = (
        select(stop.at, lists.name.label("list"), stop.reason, stop.source)
        .join_from(people.suppression, people.mailing_list, lists.id == stop.list_id, isouter=True)
        .where(stop.address_key == digest, or_(stop.list_id == EVERY_LIST, lists.id.is_not(None)))
        .order_by(stop.id)
    )
    return _facts(connection, query, "at")


def _requests(connection: Connection, which: ColumnElement[bool]) -> tuple[Fact, ...]:
    asked = people.pending_signup.c
    columns = (asked.purpose, asked.address, asked.name, asked.lang, asked.lists, asked.created_at, asked.expires_at)
    return _facts(connection, select(*columns).where(which).order_by(asked.id), "created_at", "expires_at")


def _deliveries(connection: Connection, number: int) -> tuple[Fact, ...]:
    one, send = ledger.delivery.c, ledger.send.c
    query = (
        select(send.id.label("send"), send.issue, send.kind, send.date.label("sent"), one.lang, one.state, one.status)
        .join_from(ledger.delivery, ledger.send)
        .where(one.subscriber_id == number)
        .order_by(send.id)
    )
    return _facts(connection, query, "sent")


def _events(connection: Connection, number: int) -> tuple[Fact, ...]:
    event = events.event.c
    columns = (event.at, event.kind, event.verdict, event.source, event.send_id, event.status, event.reason)
    return _facts(connection, select(*columns).where(event.subscriber_id == number).order_by(event.id), "at")


def _time(moment: object) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat() if isinstance(moment, int | float) else ""
