"""The clock of a project: issues booked from proposals, turns made from its files, people told by its transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError, RefusedError
from newsletter.language import _, speaking
from newsletter.project.sending import order_for, plan_of, refuse_unfit

if TYPE_CHECKING:
    from newsletter.config import Sender
    from newsletter.delivery.confirm import Order
    from newsletter.delivery.plan import Plan
    from newsletter.edition.edition import Edition
    from newsletter.issue.document import AudienceWish, Issue
    from newsletter.project.project import Project
    from newsletter.project.results import Proposal
    from newsletter.schedule.book import Confirmed
    from newsletter.schedule.booking import Booking
    from newsletter.schedule.clock import Clock
    from newsletter.schedule.moment import Moment
    from newsletter.schedule.series import Candidate
    from newsletter.schedule.tick import Clockwork


def schedule_proposal(project: Project, proposal: Proposal, moment: Moment) -> Booking:
    """Book what was proposed and confirmed for a moment; its editions are frozen as they are now.

    Raises RefusedError for a draft, an issue with errors, one that is booked already, or a past moment.
    """
    from newsletter.schedule.book import book_once
    from newsletter.schedule.policy import policy_of

    return book_once(project.store, confirmed_from(proposal), moment, policy=policy_of(project.config))


def renew_proposal(project: Project, proposal: Proposal, moment: Moment | None = None) -> Booking:
    """Book what was confirmed anew in place of what is booked: at its time, at once when held, or at `moment`."""
    from newsletter.schedule.book import put_off, renew
    from newsletter.schedule.policy import policy_of

    confirmed = confirmed_from(proposal)
    if moment is None:
        return renew(project.store, confirmed.issue, confirmed)
    return put_off(project.store, confirmed.issue, confirmed, moment, policy=policy_of(project.config))


def confirmed_from(proposal: Proposal) -> Confirmed:
    """Freeze a proposal: its editions, sender, audience and number of people."""
    from newsletter.edition.freezing import freeze
    from newsletter.schedule.book import Confirmed
    from newsletter.schedule.firing import digest_of

    refuse_unfit(proposal)
    order, wish = proposal.order, proposal.issues[0].front.audience
    return Confirmed(
        issue=order.issue,
        audience=replace(wish, lists=order.audience.lists),
        sender=order.sender,
        transport=order.transport,
        digest=digest_of(order.editions),
        frozen=freeze(order.editions),
        expect=proposal.plan.recipients,
    )


@dataclass(frozen=True)
class ProjectMaker:
    """What a project brings so that a turn can go: its files and its people, as they are at that moment."""

    project: Project

    @property
    def transport(self) -> str:
        """The configured way out."""
        return self.project.transport.name

    @property
    def kind(self) -> str:
        """What the ledger calls sends by it."""
        from newsletter.delivery.confirm import REAL, REHEARSAL

        return REAL if self.project.transport.real else REHEARSAL

    def editions(self, issue: str, wish: AudienceWish, /) -> tuple[Edition, ...]:
        """Render an issue's files as they are; raises RefusedError for a draft and for one with errors."""
        issues = self.project.read_set(issue)
        if not all(each.front.status == "ready" for each in issues):
            raise RefusedError(_("The issue is a draft."))
        discreet = any(self.project.lists[name].discreet for name in wish.lists if name in self.project.lists)
        return tuple(self._edition(each, discreet=discreet) for each in issues)

    def _edition(self, issue: Issue, *, discreet: bool) -> Edition:
        edition = self.project.render(issue, discreet=discreet)
        if any(finding.severity == "error" for finding in self.project.findings(issue, edition)):
            raise RefusedError(
                _("The issue has errors."),
                hint=_("See them with: newsletter check {issue}").format(issue=issue.slug),
                page_hint=_("They are listed beside the issue's preview."),
            )
        return edition

    def thaw(self, frozen: bytes, /) -> tuple[Edition, ...]:
        """Give back editions as they were confirmed."""
        from newsletter.edition.freezing import thaw

        return thaw(frozen)

    def candidates(self, series: str, /) -> Iterator[Candidate]:
        """Read the heads of a series' issues; one whose file can not be read is not ready."""
        from newsletter.schedule.series import Candidate

        pattern = self.project.config.series[series].issues
        found: dict[str, list[Issue]] = {}
        for path in sorted(self.project.root.glob(pattern)):
            for issue in self._read(path):
                found.setdefault(issue.slug, []).append(issue)
        for slug, issues in found.items():
            front = issues[0].front
            yield Candidate(
                slug=slug,
                ready=all(each.front.status == "ready" for each in issues),
                # without a date it comes after those that have one
                age=(front.date or "9999", front.number or 0, slug),
            )

    def _read(self, path: Path) -> Iterator[Issue]:
        try:
            yield self.project.read_issue(path)
        except NewsletterError:
            return

    def order(self, editions: tuple[Edition, ...], wish: AudienceWish, sender: Sender | None, /) -> Order:
        """Resolve the audience now; without a sender it is from whom the issue says."""
        if sender is not None:
            return replace(order_for(self.project, editions, wish), sender=sender)
        return order_for(self.project, editions, wish, front=self.project.read_set(editions[0].slug)[0].front)

    def plan(self, order: Order, /) -> Plan:
        """Count who would get it."""
        return plan_of(self.project, order)


def clockwork(project: Project) -> Clockwork:
    """Put together what a tick of the project's clock works with."""
    from newsletter.project.chores import chores_of
    from newsletter.project.telling import Teller
    from newsletter.schedule.firing import Firing
    from newsletter.schedule.policy import policy_of
    from newsletter.schedule.tick import Clockwork

    return Clockwork(
        policy=policy_of(project.config),
        fire=Firing(store=project.store, maker=ProjectMaker(project)),
        tell=Teller(project.config),
        series=project.config.series,
        sequences=project.config.sequence,
        chores=chores_of(project),
    )


def book_configured(project: Project) -> None:
    """Make the bookings of series and sequences what the configuration says; raises UsageError for a wrong rule."""
    from newsletter.schedule.policy import policy_of
    from newsletter.schedule.sequence import book_sequences
    from newsletter.schedule.series import book_series

    config, policy = project.config, policy_of(project.config)
    book_series(project.store, config.series, policy=policy, transport=config.transport.kind)
    book_sequences(project.store, config.sequence, policy=policy)


def wind_up(project: Project, *, alone: bool, after: Callable[[], object] = lambda: None) -> Clock:
    """Start the project's clock; `stop` ends it. `alone`: this process knows that no other clock lives (SQLite).

    Sends are made, not sent: whoever runs the clock also runs the sender, which `after` may wake after
    each tick that made one.
    """
    from newsletter.schedule.clock import start_clock
    from newsletter.schedule.going import release
    from newsletter.schedule.tick import tick

    book_configured(project)
    if alone:
        release(project.store)
    works = clockwork(project)

    def look() -> None:
        if tick(project.store, works):
            after()

    with speaking(project.config.site.lang):
        return start_clock(look)
