"""What a send would be, before anybody confirmed it: who, how many, who not and why, and a name for all that.

A plan's id is a hash of everything that counts: editions, audience, sender, way out. It lies in
`var/plans/ID.json`, so that what was looked at yesterday is what is sent today, or what changed is named.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from newsletter.delivery.confirm import Order, people_of
from newsletter.errors import Finding, RefusedError, Severity, UsageError
from newsletter.language import _
from newsletter.store.tables import people

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.config.model import TransportSection
    from newsletter.store.database import Store

#: masked addresses shown at a terminal
SAMPLE = 3
ID_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A send to be, in numbers; nothing in it but `sample` says who anybody is."""

    issue: str
    lists: tuple[str, ...]
    transport: str
    #: `real` or `rehearsal`
    kind: str
    recipients: int
    by_language: Mapping[str, int]
    by_list: Mapping[str, int]
    #: reason -> how many get nothing for it
    exclusions: Mapping[str, int]
    #: subject for each language, as a reader without a name would see it
    subjects: Mapping[str, str] = field(default_factory=dict)
    #: bytes of a whole mail with real links, for each language
    sizes: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    #: seconds from the first mail to the last at the configured limits; None: no limit is configured
    duration: float | None = None
    #: why those who have it get it again
    again: str = ""
    #: what the id is a hash of: name -> SHA-256
    digests: Mapping[str, str] = field(default_factory=dict)
    #: a few masked addresses (`m…e@e…g`), for a person's eyes at a terminal only
    sample: tuple[str, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that name exactly this."""
        return hashlib.sha256(_canonical(self.digests)).hexdigest()[:ID_LENGTH]

    @property
    def everybody_has_it(self) -> bool:
        """Nobody is left because those who would get it have it: nothing to do, and nothing wrong."""
        return not self.recipients and self.exclusions.get("already_sent", 0) > 0

    @property
    def blocked(self) -> bool:
        """A finding of the issue forbids sending."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON shows and keeps it: without anybody's address."""
        return {
            "plan": self.id,
            "issue": self.issue,
            "lists": list(self.lists),
            "transport": self.transport,
            "kind": self.kind,
            "recipients": self.recipients,
            "by_language": dict(self.by_language),
            "by_list": dict(self.by_list),
            "excluded": dict(self.exclusions),
            "subjects": dict(self.subjects),
            "sizes": dict(self.sizes),
            "warnings": [finding.code for finding in self.findings if finding.severity is Severity.WARNING],
            "duration": self.duration,
            "again": self.again,
            "digests": dict(self.digests),
        }


def make_plan(
    store: Store,
    order: Order,
    *,
    settings: TransportSection,
    findings: tuple[Finding, ...] = (),
    subjects: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Plan:
    """Count who would get it and name what that depends on.

    Raises RefusedError when nobody is on the lists; that everybody has it already is no error.
    """
    counted = _count(store, order)
    already = order.audience.total - counted.total
    if not order.audience.total:
        raise RefusedError(
            _("Nobody would get it: the lists hold nobody who may be written to."),
            hint=_("See who is excluded and why with: newsletter lists"),
        )
    exclusions = {reason.value: number for reason, number in order.audience.exclusions.items() if number}
    return Plan(
        issue=order.issue,
        lists=order.audience.lists,
        transport=order.transport,
        kind=order.kind,
        recipients=counted.total,
        by_language=counted.by_language,
        by_list=counted.by_list,
        exclusions={**exclusions, **({"already_sent": already} if already else {})},
        subjects=subjects or {},
        sizes=sizes or {},
        findings=findings,
        duration=duration(counted.total, settings),
        again=order.again,
        digests=_digests(order, counted.total, settings),
        sample=counted.sample,
    )


def compare(plan: Mapping[str, object], fresh: Plan) -> list[str]:
    """Return what is no longer as it was in a plan that was kept, in words; empty when nothing changed."""
    before = plan.get("digests")
    before = before if isinstance(before, dict) else {}
    words = {
        "editions": _("the issue's content"),
        "audience": _("who would get it"),
        "sender": _("the sender"),
        "settings": _("how it is sent"),
        "again": _("whether people get it again"),
    }
    return [word for name, word in words.items() if before.get(name) != fresh.digests.get(name)]


def save_plan(plan: Plan, folder: Path) -> Path:
    """Keep a plan as `ID.json` in `folder`, readable by its owner only; return where."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{plan.id}.json"
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(plan.as_dict(), file, ensure_ascii=False, indent=1)
    beside.replace(path)
    return path


def load_plan(folder: Path, number: str) -> dict[str, object]:
    """Return the plan kept under this id; raise UsageError when there is none."""
    path = folder / f"{number}.json"
    if len(number) != ID_LENGTH or not number.isalnum() or not path.is_file():
        raise UsageError(
            _("There is no plan {number}.").format(number=number),
            hint=_("Make one with: newsletter send ISSUE --dry-run"),
            page_hint=_("Look at the plan again."),
        )
    values = json.loads(path.read_text(encoding="utf-8"))
    return values if isinstance(values, dict) else {}


def duration(recipients: int, settings: TransportSection) -> float | None:
    """Return how many seconds the configured limits make a send of this size last, or None without limits."""
    rates = [
        settings.per_second,
        settings.per_hour / 3600,
        settings.per_day / 86400,
    ]
    slowest = min((rate for rate in rates if rate), default=0)
    return recipients / slowest if slowest else None


def masked(address: str) -> str:
    """Return `m…e@e…g` for an address: enough to recognise one's own, too little to write to."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…{local[-1:]}@{domain[:1]}…{domain[-1:]}"


@dataclass(frozen=True, kw_only=True)
class _Counted:
    total: int
    by_language: Mapping[str, int]
    by_list: Mapping[str, int]
    sample: tuple[str, ...]


def _count(store: Store, order: Order) -> _Counted:
    names = {number: each.name for number, each in order.mailing_lists.items()}
    with store.read() as connection:
        found = people_of(connection, order).subquery()
        groups = connection.execute(
            select(found.c.lang, found.c.list_id, func.count().label("size")).group_by(found.c.lang, found.c.list_id)
        ).all()
        addresses = connection.scalars(
            select(people.subscriber.c.address)
            .join(found, found.c.subscriber_id == people.subscriber.c.id)
            .limit(SAMPLE)
        ).all()
    languages: dict[str, int] = {}
    lists: dict[str, int] = {}
    for row in groups:
        languages[row.lang] = languages.get(row.lang, 0) + row.size
        name = names.get(row.list_id, str(row.list_id))
        lists[name] = lists.get(name, 0) + row.size
    return _Counted(
        total=sum(languages.values()),
        by_language=languages,
        by_list=lists,
        sample=tuple(masked(address) for address in addresses if address),
    )


def _digests(order: Order, recipients: int, settings: TransportSection) -> dict[str, str]:
    return {
        "editions": _hash({edition.lang: edition.digest for edition in order.editions}),
        "audience": _hash([order.audience.digest, recipients, list(order.audience.lists)]),
        "sender": _hash([order.sender.model_dump(mode="json"), order.site.model_dump(mode="json")]),
        "settings": _hash([order.transport, order.kind, settings.model_dump(mode="json")]),
        "again": _hash(order.again),
    }


def _hash(value: object) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=dict).encode()
