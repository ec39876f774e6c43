"""What became of a send, in numbers only: no person can be told from it.

A receiving domain with fewer than five recipients could name one of them; it is counted among the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, distinct, func, select

from newsletter.delivery.counts import counts
from newsletter.delivery.lanes import provider_of
from newsletter.delivery.send import Send, sends
from newsletter.delivery.states import Counts
from newsletter.feedback.event import EventKind
from newsletter.feedback.verdict import Verdict
from newsletter.store.tables import ledger, people
from newsletter.store.tables.events import event as event_table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

#: recipients below which a domain is not named
FEW = 5
#: domains that are named
NAMED = 12
#: earlier sends that are shown beside this one
EARLIER = 11
#: unsubscriptions are counted for so many seconds after a send, or until the next one to the same list
AFTERMATH = 14 * 86_400.0
#: complaints for each mail sent at which providers look closer, and at which they refuse (Gmail's and
#: Yahoo's sender guidelines, 2024)
WATCHED, REFUSED = 0.001, 0.003
OTHERS = ""


class Alarm(StrEnum):
    """How the share of complaints stands to what providers bear."""

    NONE = "none"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Returns:
    """What came back of a number of mails; each mail counts once in each."""

    delivered: int = 0
    hard: int = 0
    soft: int = 0
    blocked: int = 0
    complained: int = 0

    @property
    def bounced(self) -> int:
        """Bounces for the address's sake; policy blocks are none."""
        return self.hard + self.soft


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainLine:
    """One receiving domain; an empty name stands for all the others."""

    domain: str
    recipients: int
    sent: int
    refused: int
    returns: Returns


@dataclass(frozen=True, kw_only=True, slots=True)
class SendLine:
    """One send in a row of several."""

    ref: str
    issue: str
    date: datetime
    sent: int
    bounced: int
    complained: int
    unsubscribed: int

    def share(self, measure: str) -> float:
        """Return a measure (bounced, complained, unsubscribed) for each mail sent."""
        return float(getattr(self, measure)) / self.sent if self.sent else 0.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """One send and what became of it."""

    send: Send = field(repr=False)
    counts: Counts
    returns: Returns
    unsubscribed: int
    #: reason -> how many bounces and blocks
    reasons: Mapping[str, int]
    domains: tuple[DomainLine, ...]
    #: earlier sends to any of the same lists, the oldest first, and this one
    series: tuple[SendLine, ...]

    @property
    def complaint_share(self) -> float:
        """Complaints for each mail sent."""
        return self.returns.complained / self.counts.sent if self.counts.sent else 0.0

    @property
    def alarm(self) -> Alarm:
        """What the share of complaints calls for."""
        if self.complaint_share >= REFUSED:
            return Alarm.STOP
        return Alarm.WARNING if self.complaint_share >= WATCHED else Alarm.NONE


def report(store: Store, send: Send) -> Report:
    """Count what became of a send; a million deliveries take about two seconds."""
    row = [*_earlier(store, send), send]
    with store.read() as connection:
        returned = _returns(connection, [each.id for each in row])
        domains = _domains(connection, send.id)
        reasons = _reasons(connection, send.id)
        left = {each.id: _unsubscribed(connection, each, row) for each in row}
    return Report(
        send=send,
        counts=counts(store, send.id),
        returns=returned.get(send.id, Returns()),
        unsubscribed=left[send.id],
        reasons=reasons,
        domains=domains,
        series=tuple(_line(store, each, returned.get(each.id, Returns()), left[each.id]) for each in row),
    )


def _earlier(store: Store, send: Send) -> list[Send]:
    before = [
        each
        for each in sends(store)
        if each.kind == send.kind and each.date < send.date and set(each.lists) & set(send.lists)
    ]
    return sorted(before, key=lambda each: each.date)[-EARLIER:]


def _line(store: Store, send: Send, returned: Returns, left: int) -> SendLine:
    return SendLine(
        ref=send.ref,
        issue=send.issue,
        date=send.date,
        sent=counts(store, send.id).sent,
        bounced=returned.bounced,
        complained=returned.complained,
        unsubscribed=left,
    )


def _returns(connection: Connection, numbers: Sequence[int]) -> dict[int, Returns]:
    column = event_table.c
    query = (
        select(column.send_id, column.kind, column.verdict, func.count(distinct(column.n)))
        .where(column.send_id.in_(numbers))
        .group_by(column.send_id, column.kind, column.verdict)
    )
    found: dict[int, dict[str, int]] = {}
    for number, kind, verdict, count in connection.execute(query):
        _add(found.setdefault(number, {}), kind, verdict, count)
    return {number: Returns(**tally) for number, tally in found.items()}


def _add(tally: dict[str, int], kind: str, verdict: str, count: int) -> None:
    """Add a count to the measure that it belongs to."""
    names = {
        (EventKind.BOUNCED.value, Verdict.HARD.value): "hard",
        (EventKind.BOUNCED.value, Verdict.SOFT.value): "soft",
    }
    name = names.get((kind, verdict), kind)
    if name in ("hard", "soft", "delivered", "blocked", "complained"):
        tally[name] = tally.get(name, 0) + count


def _reasons(connection: Connection, number: int) -> dict[str, int]:
    column = event_table.c
    query = (
        select(column.reason, func.count(distinct(column.n)))
        .where(column.send_id == number, column.kind.in_([EventKind.BOUNCED.value, EventKind.BLOCKED.value]))
        .group_by(column.reason)
    )
    rows = sorted(connection.execute(query), key=lambda row: (-row[1], row[0]))
    return {row[0]: row[1] for row in rows}


def _domains(connection: Connection, number: int) -> tuple[DomainLine, ...]:
    """Return the receiving domains with the most recipients, providers' domains taken together, and the others."""
    delivery, person = ledger.delivery.c, people.subscriber.c
    query = (
        select(person.domain, delivery.state, func.count())
        .select_from(ledger.delivery.join(people.subscriber, person.id == delivery.subscriber_id))
        .where(delivery.send_id == number)
        .group_by(person.domain, delivery.state)
    )
    states: dict[str, dict[str, int]] = {}
    for domain, state, count in connection.execute(query):
        states.setdefault(provider_of(domain), {}).setdefault(state, 0)
        states[provider_of(domain)][state] += count
    sizes = {domain: sum(tally.values()) for domain, tally in states.items() if domain}
    ordered = sorted((domain for domain, size in sizes.items() if size >= FEW), key=lambda one: (-sizes[one], one))
    named = ordered[:NAMED]
    returned = _returns_by_domain(connection, number, named)
    lines = [_domain_line(domain, [states[domain]], returned) for domain in named]
    rest = [tally for domain, tally in states.items() if domain not in named]
    return tuple([*lines, _domain_line(OTHERS, rest, returned)] if rest else lines)


def _domain_line(domain: str, tallies: Sequence[Mapping[str, int]], returned: Mapping[str, Returns]) -> DomainLine:
    def of(state: str) -> int:
        return sum(tally.get(state, 0) for tally in tallies)

    return DomainLine(
        domain=domain,
        recipients=sum(sum(tally.values()) for tally in tallies),
        sent=of("sent"),
        refused=of("failed"),
        returns=returned.get(domain, Returns()),
    )


def _returns_by_domain(connection: Connection, number: int, named: Sequence[str]) -> dict[str, Returns]:
    column = event_table.c
    query = (
        select(column.domain, column.kind, column.verdict, func.count(distinct(column.n)))
        .where(column.send_id == number)
        .group_by(column.domain, column.kind, column.verdict)
    )
    found: dict[str, dict[str, int]] = {}
    for domain, kind, verdict, count in connection.execute(query):
        provider = provider_of(domain)
        _add(found.setdefault(provider if provider in named else OTHERS, {}), kind, verdict, count)
    return {domain: Returns(**tally) for domain, tally in found.items()}


def _unsubscribed(connection: Connection, send: Send, row: Sequence[Send]) -> int:
    """Count those who left a list after a send to it: by its page, by mail, through their provider."""
    start = send.date.timestamp()
    following = [each.date.timestamp() for each in row if each.date > send.date and set(each.lists) & set(send.lists)]
    end = min([start + AFTERMATH, *following])
    delivery, on = ledger.delivery.c, people.subscription.c
    same = and_(on.subscriber_id == delivery.subscriber_id, on.list_id == delivery.list_id)
    query = (
        select(func.count())
        .select_from(ledger.delivery.join(people.subscription, same))
        .where(delivery.send_id == send.id, on.ended_reason == "unsubscribed", on.ended_at.between(start, end))
    )
    return int(connection.scalar(query) or 0)
