"""Schedules put together with the rest: what a turn needs to go, and who is told of what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.config import Sender
from newsletter.errors import IssueError, RefusedError
from newsletter.issue.document import AudienceWish
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.delivery.confirm import Order
    from newsletter.delivery.plan import Plan
    from newsletter.edition.edition import Edition
    from newsletter.project.project import Project
    from newsletter.schedule.book import Confirmed
    from newsletter.schedule.notices import Notice
    from newsletter.schedule.series import Candidate
    from newsletter.schedule.tick import Clockwork


@dataclass(frozen=True, kw_only=True)
class Maker:
    """What a turn of the clock asks of a project: implements the schedule's `Maker`."""

    project: Project

    @property
    def transport(self) -> str:
        """The transport that is configured now."""
        return self.project.transport.name

    @property
    def kind(self) -> str:
        """`real` or `rehearsal`."""
        return "real" if self.project.transport.real else "rehearsal"

    def editions(self, issue: str, /) -> tuple[Edition, ...]:
        """Render an issue as its files are now; raises IssueError when one has errors."""
        issues = self.project.read_set(issue)
        faulty = [finding for each in issues for finding in each.findings if finding.severity == "error"]
        if faulty:
            raise IssueError(_("The issue has errors."), faulty)
        return tuple(self.project.render(each) for each in issues)

    def thaw(self, frozen: bytes, /) -> tuple[Edition, ...]:
        """Give back the editions of a booking."""
        from newsletter.project.freezing import thaw_all

        return thaw_all(frozen)

    def candidates(self, series: str, /) -> Iterable[Candidate]:
        """Return the issues that the pattern of a series names."""
        from newsletter.schedule.series import Candidate

        pattern = self.project.config.series[series].issues
        for path in sorted(self.project.root.glob(pattern)):
            issue = self.project.read_issue(path)
            yield Candidate(
                slug=issue.slug,
                ready=issue.front.status == "ready",
                age=(issue.front.date, issue.front.number or 0, path.name),
            )

    def order(self, editions: tuple[Edition, ...], audience: AudienceWish | Sequence[str], /) -> Order:
        """Resolve the audience now."""
        from newsletter.project.sending import order_for

        wish = audience if isinstance(audience, AudienceWish) else AudienceWish(lists=tuple(audience))
        return order_for(self.project, editions, wish)

    def plan(self, order: Order, /) -> Plan:
        """Count who would get it."""
        from newsletter.project.sending import plan_of

        return plan_of(self.project, order)


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Mails notices to the sender's own address, and reminders to the contributors of a series."""

    project: Project

    def __call__(self, notice: Notice, /) -> None:
        """Hand one over; raises NewsletterError when it can not be."""
        from newsletter.project.notes import Note, send_note

        note = Note(lang=self.project.config.site.lang, subject=notice.subject, paragraphs=(notice.text,))
        for number, address in enumerate(self._addresses(notice), 1):
            send_note(self.project, note, address=address, key=number)

    def _addresses(self, notice: Notice) -> Sequence[str]:
        from newsletter.message.headers import mailbox

        if notice.series:
            return self.project.config.series[notice.series].contributors
        sender = self.project.config.default_sender
        return (mailbox(sender.from_).address,) if isinstance(sender, Sender) else ()


def begin(project: Project) -> Clockwork:
    """Book the series of the configuration and return what every tick works with."""
    from newsletter.schedule.firing import Firing
    from newsletter.schedule.policy import policy_of
    from newsletter.schedule.series import book_series
    from newsletter.schedule.tick import Clockwork

    config, policy = project.config, policy_of(project.config)
    book_series(project.store, config.series, policy=policy, transport=project.transport.name)
    return Clockwork(
        policy=policy,
        fire=Firing(store=project.store, maker=Maker(project=project)),
        tell=Teller(project=project),
        series=config.series,
        sequences=config.sequence,
    )


def confirmed(project: Project, name: str, *, lists: tuple[str, ...] = (), expect: int | None = None) -> Confirmed:
    """Freeze an issue for a booking; raises RefusedError when it may not be sent or the number differs."""
    from newsletter.project.freezing import freeze_all
    from newsletter.schedule.book import Confirmed
    from newsletter.schedule.firing import digest_of

    proposal = project.plan(name, lists=lists)
    plan = proposal.plan
    if not proposal.ready or plan.blocked:
        raise RefusedError(
            _("The issue is a draft or has errors: nothing was scheduled."),
            hint=_("See them with: newsletter check {issue}").format(issue=plan.issue),
        )
    if expect is not None and expect != plan.recipients:
        raise RefusedError(
            _("{count} people would get it, not {expect}: nothing was scheduled.").format(
                count=plan.recipients, expect=expect
            )
        )
    editions = proposal.order.editions
    return Confirmed(
        issue=plan.issue,
        audience=AudienceWish(lists=plan.lists) if lists else proposal.issues[0].front.audience,
        transport=project.transport.name,
        digest=digest_of(editions),
        frozen=freeze_all(editions),
        expect=plan.recipients,
    )
