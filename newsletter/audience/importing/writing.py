"""What an import decided becomes rows: people, subscriptions, consents, suppressions; many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, select

from newsletter.audience.consent import Consent, Entry, append, grant, outlasts, withdraw
from newsletter.audience.importing.judging import Candidate
from newsletter.audience.importing.known import Person
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.standing import Standing
from newsletter.audience.suppression import EVERY_LIST, Reason, add_suppression, end_subscriptions
from newsletter.store.bulk import Value, insert_many, late_indexes, take_ids
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PERSON = (
    *("id", "key", "address", "address_key", "domain"),
    *("name", "lang", "tz", "fields", "paused_until", "import_id", "created_at"),
)
_ON = (
    *("subscriber_id", "list_id", "status", "started_at", "ended_at"),
    *("ended_reason", "consent_until", "consented", "import_id"),
)
_STOP = ("address_key", "list_id", "reason", "source", "import_id", "at")
#: why a subscription of an undone import ended: the person never said so, it may be imported again
UNDONE = "undone"
_OTHERS = frozenset({Why.NEW, Why.ROW_UNSUBSCRIBED})
_OURS = _OTHERS | {Why.ROW_BOUNCED, Why.ROW_COMPLAINED}
_REASONS = {
    Standing.UNSUBSCRIBED: Reason.UNSUBSCRIBED,
    Standing.BOUNCED: Reason.BOUNCED,
    Standing.COMPLAINED: Reason.COMPLAINED,
}


class Decision(NamedTuple):
    """What was decided about one candidate."""

    candidate: Candidate
    why: Why
    person: Person | None
    #: neither the store nor an earlier row knew anything of the address
    fresh: bool


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What all rows of one import share."""

    list_id: int
    import_id: int
    consent: Consent
    source: str
    at: float
    new_key: Callable[[], str]
    #: the file is our own export
    ours: bool = False


class Writer:
    """Writes the decisions of one import."""

    def __init__(self, connection: Connection, terms: Terms) -> None:
        self._connection = connection
        self._terms = terms
        self._late: list[Decision] | None = None

    @contextmanager
    def deferring(self, first: bool) -> Iterator[None]:
        """Build indexes at the end of a first import; what needs them to find people is then done last."""
        if not first:
            yield
            return
        self._late = []
        with late_indexes(self._connection, people.subscriber, people.subscription, people.consent):
            yield
        late, self._late = self._late, None
        for one in late:
            self._stop(one)

    def write(self, decisions: Sequence[Decision]) -> None:
        """Write a window of decisions."""
        self._write_new([one for one in decisions if _makes_person(one, ours=self._terms.ours)])
        self._write_known([one for one in decisions if one.person is not None])
        self._write_stops([one for one in decisions if one.candidate.standing >= Standing.UNSUBSCRIBED])

    def _write_new(self, decisions: Sequence[Decision]) -> None:
        """Write people nobody knew: subscribed, or kept as having left."""
        if not decisions:
            return
        terms = self._terms
        shared = (terms.import_id, float(terms.at))
        numbers = take_ids(self._connection, people.subscriber, len(decisions))
        rows: list[tuple[Value, ...]] = []
        subscriptions: list[tuple[Value, ...]] = []
        consents: list[Entry] = []
        for number, (one, why, _person, _fresh) in zip(numbers, decisions, strict=True):
            key = terms.new_key()
            person = (number, key, one.address, one.key, one.domain, one.name, one.lang, one.tz, one.fields)
            rows.append((*person, one.paused_until, *shared))
            subscriptions.append(self._subscription(number, one))
            if why is Why.NEW:
                consents.append(self._entry(key, one))
        insert_many(self._connection, people.subscriber, _PERSON, rows)
        insert_many(self._connection, people.subscription, _ON, subscriptions)
        append(self._connection, consents, at=terms.at)

    def _write_known(self, decisions: Sequence[Decision]) -> None:
        """Put known people on the list, or record a consent that is better than what is known of theirs."""
        terms = self._terms
        subscriptions, consents = [], []
        for one, why, person, _fresh in decisions:
            if person is None:
                continue
            if why is Why.NEW_ON_LIST:
                if person.status:  # pending, or undone
                    self._drop_subscription(person.id)
                subscriptions.append(self._subscription(person.id, one))
                consents.append(self._entry(person.key, one))
            elif why is Why.ALREADY_SUBSCRIBED and (
                not person.consented or outlasts(one.consent or terms.consent, person.consent_until)
            ):
                consents.append(self._entry(person.key, one))
        insert_many(self._connection, people.subscription, _ON, subscriptions)
        grant(self._connection, consents, at=terms.at)

    def _write_stops(self, decisions: Sequence[Decision]) -> None:
        """Suppress who left, bounced or complained by the file's own word; many at once where nothing was known."""
        terms = self._terms
        rows: list[tuple[Value, ...]] = []
        for one in decisions:
            if one.fresh:
                reason = _REASONS[one.candidate.standing]
                key, scope = one.candidate.key, self._scope(reason)
                rows.append((key, scope, reason.value, terms.source, terms.import_id, terms.at))
            elif self._late is not None:
                self._late.append(one)
            else:
                self._stop(one)
        insert_many(self._connection, people.suppression, _STOP, rows)

    def _stop(self, one: Decision) -> None:
        """Suppress an address of which something was known, and end what was active."""
        connection, terms = self._connection, self._terms
        reason = _REASONS[one.candidate.standing]
        scope = self._scope(reason)
        add_suppression(
            connection,
            one.candidate.key,
            list_id=scope,
            reason=reason,
            source=terms.source,
            at=terms.at,
            import_id=terms.import_id,
        )
        columns = people.subscriber.c
        who = select(columns.id, columns.key).where(columns.address_key == one.candidate.key)
        person = connection.execute(who).one_or_none()
        if person is not None:
            lists = (scope,) if scope else ()
            ended = end_subscriptions(connection, person.id, reason=reason, at=terms.at, list_ids=lists)
            withdraw(connection, person.key, ended, source=terms.source, at=terms.at)

    def _scope(self, reason: Reason) -> int:
        """Return what a suppression holds for: leaving is for the list, the rest for every list."""
        return self._terms.list_id if reason is Reason.UNSUBSCRIBED else EVERY_LIST

    def _drop_subscription(self, person: int) -> None:
        table = people.subscription
        same = and_(table.c.subscriber_id == person, table.c.list_id == self._terms.list_id)
        self._connection.execute(delete(table).where(same))

    def _subscription(self, person: int, one: Candidate) -> tuple[Value, ...]:
        terms, who = self._terms, (person, self._terms.list_id)
        if one.standing == Standing.ACTIVE:
            until = (one.consent or terms.consent).expires_at
            return (*who, "active", terms.at, None, "", until, True, terms.import_id)
        return (*who, "ended", terms.at, terms.at, _REASONS[one.standing].value, None, False, terms.import_id)

    def _entry(self, key: str, one: Candidate) -> Entry:
        terms = self._terms
        facts = f'{{"import": {terms.import_id}, "row": {one.row}}}'
        return Entry(key, terms.list_id, one.consent or terms.consent, facts)


def _makes_person(one: Decision, *, ours: bool) -> bool:
    """Tell whether a person nobody knew is kept.

    Somebody who bounced or complained elsewhere is not: their hash is enough. Our own export comes back whole.
    """
    kept = _OURS if ours else _OTHERS
    return one.fresh and one.why in kept
