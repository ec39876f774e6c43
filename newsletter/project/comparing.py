"""A plan beside the last send: what is another than then, for the eye of who confirms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.language import _, number
from newsletter.project.words import size

if TYPE_CHECKING:
    from newsletter.delivery.send import Send
    from newsletter.project.project import Project
    from newsletter.project.results import Proposal


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One line: what it was then, and what it is now."""

    name: str
    before: str
    now: str

    @property
    def same(self) -> bool:
        """Nothing changed."""
        return self.before == self.now


def last_send(project: Project, proposal: Proposal) -> Send | None:
    """Return the latest send of another issue, real if this one would be; cancelled ones do not count."""
    from newsletter.delivery.send import sends
    from newsletter.delivery.states import SendState

    order = proposal.order
    for send in sends(project.store):
        if send.issue != order.issue and send.kind == order.kind and send.state is not SendState.CANCELLED:
            return send
    return None


def differences(project: Project, proposal: Proposal, send: Send) -> tuple[Difference, ...]:
    """Compare a proposal with an earlier send, line by line."""
    from newsletter.delivery.send import record_of

    record = record_of(project.store, send.id)
    return tuple(_lines(proposal, record))


def _lines(proposal: Proposal, record: Mapping[str, object]) -> Iterator[Difference]:
    plan = proposal.plan
    had = record.get("recipients")
    before = number(had) if isinstance(had, int) else ""
    yield Difference(name=_("Recipients"), before=before, now=number(plan.recipients))
    lists = record.get("lists")
    named = ", ".join(map(str, lists)) if isinstance(lists, list) else ""
    yield Difference(name=_("Lists"), before=named, now=", ".join(plan.lists))
    subjects, sizes = _mapping(record, "subjects"), _mapping(record, "sizes")
    for lang, subject in plan.subjects.items():
        yield Difference(name=_("Subject ({lang})").format(lang=lang), before=str(subjects.get(lang, "")), now=subject)
    for lang, octets in plan.sizes.items():
        was = sizes.get(lang)
        yield Difference(
            name=f"{_('Size')} ({lang})", before=size(was) if isinstance(was, int) else "", now=size(octets)
        )
    left = sum(value for value in _mapping(record, "excluded").values() if isinstance(value, int))
    yield Difference(name=_("Left out"), before=str(left), now=str(sum(plan.exclusions.values())))
    yield Difference(name=_("Way out"), before=str(record.get("transport", "")), now=plan.transport)


def _mapping(record: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = record.get(key)
    return found if isinstance(found, dict) else {}
