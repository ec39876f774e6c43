"""Lists and a segment become an audience: one query for who gets it, one count of who does not and why.

Nobody is in it without an active subscription, a live consent, and an address that no suppression names.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select, true

from newsletter.audience.audience import Audience, Exclusion
from newsletter.audience.directory import list_ids
from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.segment import parse_segment
from newsletter.audience.segment_sql import to_sql
from newsletter.audience.suppression import EVERY_LIST
from newsletter.errors import UsageError
from newsletter.language import _, nearest
from newsletter.store.bulk import Value, raw_parts
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.lists import MailingList
    from newsletter.config.model import AttributeField
    from newsletter.issue.document import AudienceWish
    from newsletter.store.database import Store

T = TypeVar("T")
#: people judged at a time
_AT_ONCE = 2_000
Members = Select[tuple[int, str, int, str, str]]
_on, _person, _blocked = people.subscription.c, people.subscriber.c, people.suppression.c


def resolve(
    store: Store,
    wish: AudienceWish,
    *,
    lists: Mapping[str, MailingList],
    fields: Mapping[str, AttributeField],
    at: float,
) -> Audience:
    """Return who a wish means at a moment; raises UsageError for a list or a segment that makes no sense."""
    _check_lists(wish, lists)
    with store.read() as connection:
        numbers = list_ids(connection, wish.lists)
        excluded = list_ids(connection, wish.exclude) if wish.exclude else {}
        fits = _segment(wish.segment, fields, dialect=connection.dialect.name)
        left_out = _on_lists(excluded.values())
        verdict = _verdict(at, left_out=left_out, fits=fits)
        tally = _Tally(several=len(numbers) > 1)
        for name, number in numbers.items():
            for part in raw_parts(connection, _judged(number, verdict), size=_AT_ONCE):
                tally.add(name, part)
    return Audience(
        lists=wish.lists,
        query=_members(list(numbers.values()), and_(_may_get(at), ~left_out, fits)),
        total=tally.languages.total(),
        by_language=dict(sorted(tally.languages.items())),
        by_list={name: count for name, count in tally.lists.items() if count},
        exclusions={Exclusion(reason): count for reason, count in sorted(tally.reasons.items())},
        digest=tally.digest.hexdigest(),
    )


def wanted(
    subscriber_id: ColumnElement[int], list_id: ColumnElement[int], at: float, *, until: float | None = None
) -> ColumnElement[bool]:
    """Return the condition « this person may still be written to for this list », for a query over deliveries.

    With `until`: by the clock alone nothing changes that before then.
    """
    return (
        select(literal(1))
        .select_from(people.subscription)
        .join(people.subscriber, _person.id == _on.subscriber_id)
        .where(_on.subscriber_id == subscriber_id, _on.list_id == list_id, _may_get(at, until))
        .exists()
    )


def still_wanted(connection: Connection, ids: Collection[int], at: float, *, lists: Collection[int] = ()) -> set[int]:
    """Return those of these people who may still be written to, for one of the lists (all lists when none is given).

    Asked just before a window is claimed: who left or was suppressed since the plan is not in it.
    """
    query = (
        select(_on.subscriber_id)
        .join_from(people.subscription, people.subscriber)
        .where(_on.subscriber_id.in_(list(ids)), _may_get(at))
    )
    if lists:
        query = query.where(_on.list_id.in_(list(lists)))
    return set(connection.scalars(query))


def still_wanted_for(connection: Connection, pairs: Collection[tuple[int, int]], at: float) -> set[tuple[int, int]]:
    """Return those of these (person, list) pairs for which a mail may still leave."""
    query = (
        select(_on.subscriber_id, _on.list_id)
        .join_from(people.subscription, people.subscriber)
        .where(_on.subscriber_id.in_({person for person, _list in pairs}), _may_get(at))
    )
    return {(person, number) for person, number in connection.execute(query)} & set(pairs)


def _check_lists(wish: AudienceWish, lists: Mapping[str, MailingList]) -> None:
    for name in (*wish.lists, *wish.exclude):
        if name not in lists:
            near = nearest(name, lists)
            raise UsageError(
                _("There is no list named {name}.").format(name=name),
                hint=_("Did you mean {near}?").format(near=near)
                if near
                else _("Make it with: newsletter lists create {name}").format(name=name),
            )


def _segment(source: str, fields: Mapping[str, AttributeField], *, dialect: str) -> ColumnElement[bool]:
    if not source.strip():
        return true()
    return to_sql(parse_segment(source, fields), dialect=dialect)


def _may_get(at: float, until: float | None = None) -> ColumnElement[bool]:
    """Return the condition on a subscription and its person that the law and the person's word set."""
    return and_(
        _on.status == SubscriptionStatus.ACTIVE.value,
        _consented(at if until is None else until),
        _person.address.is_not(None),
        ~_paused(at),
        ~_suppressed(),
    )


def _consented(at: float) -> ColumnElement[bool]:
    return and_(_on.consented, or_(_on.consent_until.is_(None), _on.consent_until > at))


def _paused(at: float) -> ColumnElement[bool]:
    return func.coalesce(_person.paused_until, 0) > at


def _suppressed() -> ColumnElement[bool]:
    return _suppressions(literal(1)).exists()


def _suppressions(what: ColumnElement[T]) -> Select[T]:
    """Return what is known about suppressions of the person, for the subscription's list or for every list."""
    return (
        select(what)
        .where(
            _blocked.address_key == _person.address_key,
            or_(_blocked.list_id == EVERY_LIST, _blocked.list_id == _on.list_id),
        )
        .correlate(people.subscriber, people.subscription)
    )


def _on_lists(numbers: Collection[int]) -> ColumnElement[bool]:
    """Return the condition « the person is on one of these lists »."""
    if not numbers:
        return false()
    other = people.subscription.alias("other")
    return (
        select(literal(1))
        .select_from(other)
        .where(
            other.c.subscriber_id == _person.id,
            other.c.list_id.in_(list(numbers)),
            other.c.status == SubscriptionStatus.ACTIVE.value,
        )
        .correlate(people.subscriber)
        .exists()
    )


def _members(numbers: Sequence[int], condition: ColumnElement[bool]) -> Members:
    """Return one row a person; of several lists the first one named owns it."""
    joined = select(_person.id.label("subscriber_id"), _person.address_key)
    joined = joined.join_from(people.subscription, people.subscriber).where(_on.list_id.in_(numbers), condition)
    if len(numbers) <= 1:
        owner: ColumnElement[int] = _on.list_id
    else:
        rank = func.min(case({number: place for place, number in enumerate(numbers)}, value=_on.list_id))
        owner = case(dict(enumerate(numbers)), value=rank)
        joined = joined.group_by(_person.id)
    return joined.add_columns(owner.label("list_id"), _person.lang, _person.domain)


def _verdict(at: float, *, left_out: ColumnElement[bool], fits: ColumnElement[bool]) -> ColumnElement[str]:
    """Return why a subscription gives no mail; empty where it does."""
    status = SubscriptionStatus
    reason = _suppressions(func.min(_blocked.reason)).scalar_subquery()
    known = [Exclusion.BOUNCED.value, Exclusion.COMPLAINED.value, Exclusion.UNSUBSCRIBED.value]
    return case(
        (and_(_on.status == status.ENDED.value, _on.ended_reason.in_(known)), _on.ended_reason),
        (_on.status == status.ENDED.value, Exclusion.UNSUBSCRIBED.value),
        (_suppressed(), case((reason.in_(known), reason), else_=Exclusion.SUPPRESSED.value)),
        (_on.status == status.PENDING.value, Exclusion.PENDING.value),
        (~_consented(at), Exclusion.NO_CONSENT.value),
        (_paused(at), Exclusion.PAUSED.value),
        (left_out, Exclusion.EXCLUDED_LIST.value),
        (~fits, Exclusion.SEGMENT.value),
        else_="",
    )


def _judged(number: int, verdict: ColumnElement[str]) -> Select[int, str, str, str]:
    """Return everybody of a list with the verdict on them, in the order of their numbers."""
    return (
        select(_person.id, _person.address_key, _person.lang, verdict)
        .join_from(people.subscription, people.subscriber)
        .where(_on.list_id == number, _person.address.is_not(None))
        .order_by(_on.subscriber_id)
    )


class _Tally:
    """Counts who gets it and who does not, list after list: whom an earlier list has is not counted again.

    The digest is over the keys of those who get it, in this order.
    """

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._seen: set[int] = set()
        self.languages: Counter[str] = Counter()
        self.lists: dict[str, int] = {}
        self.reasons: Counter[str] = Counter()
        self.digest = hashlib.sha256()

    def add(self, name: str, part: Sequence[Sequence[Value]]) -> None:
        """Take a part of a list's people: number, key, language, verdict."""
        ids, keys, langs, verdicts = zip(*part, strict=True)
        gets = [not verdict for verdict in verdicts]
        if self._several:
            gets = [one and number not in self._seen for one, number in zip(gets, ids, strict=True)]
            self._seen.update(compress(ids, gets))
        owned = sum(gets)
        reasons = Counter(verdicts)
        self.reasons[Exclusion.DUPLICATE] += reasons.pop("", 0) - owned
        self.reasons += reasons
        self.languages.update(compress(langs, gets))
        self.lists[name] = self.lists.get(name, 0) + owned
        self.digest.update("".join(compress(keys, gets)).encode())
