"""From an issue's name to a proposal, a confirmed send, and a run of it: the stages put in their order."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from newsletter.config import Sender
from newsletter.errors import ConfigError, Finding, RefusedError, UsageError
from newsletter.language import _
from newsletter.project.results import Proposal

if TYPE_CHECKING:
    from newsletter.audience.audience import Audience
    from newsletter.audience.lists import MailingList
    from newsletter.delivery.confirm import Order, Terms
    from newsletter.delivery.plan import Plan
    from newsletter.delivery.send import Send
    from newsletter.edition.edition import Edition
    from newsletter.issue.document import AudienceWish, FrontMatter, Issue
    from newsletter.project.project import Project


def propose(project: Project, name: str, *, lists: tuple[str, ...] = (), again: str = "") -> Proposal:
    """Read, render, check and count an issue for its lists, or for those named; nothing is written.

    Raises UsageError without a list, RefusedError when the lists hold nobody, ConfigError without a sender.
    """
    issues = project.read_set(name)
    wish = _wish(issues[0], lists)
    discreet = any(project.lists[each].discreet for each in wish.lists if each in project.lists)
    editions = tuple(project.render(issue, discreet=discreet) for issue in issues)
    order = order_for(project, editions, wish, front=issues[0].front, again=again)
    findings = tuple(
        finding for issue, edition in zip(issues, editions, strict=True) for finding in project.findings(issue, edition)
    )
    return Proposal(issues=issues, order=order, plan=plan_of(project, order, findings=findings))


def order_for(
    project: Project,
    editions: tuple[Edition, ...],
    wish: AudienceWish,
    *,
    front: FrontMatter | None = None,
    again: str = "",
) -> Order:
    """Resolve the audience as it is now and put the order together."""
    from newsletter.audience.directory import list_ids
    from newsletter.delivery.confirm import Order
    from newsletter.project.letters import base_url

    audience = audience_of(project, wish)
    with project.store.read() as connection:
        numbers = list_ids(connection, wish.lists)
    transport = project.transport
    return Order(
        editions=editions,
        audience=audience,
        mailing_lists={number: project.lists[name] for name, number in numbers.items()},
        sender=sender_of(project, front, project.lists[wish.lists[0]]),
        site=project.config.site,
        pages=base_url(project),
        transport=transport.name,
        real=transport.real,
        batch=_batch(project),
        again=again,
    )


def audience_of(project: Project, wish: AudienceWish) -> Audience:
    """Return who a wish means just now."""
    from newsletter.audience.resolving import resolve

    fields = project.config.subscriber.fields
    return resolve(project.store, wish, lists=project.lists, fields=fields, at=time.time())


def plan_of(project: Project, order: Order, *, findings: tuple[Finding, ...] = ()) -> Plan:
    """Count who would get an order and measure what they would get."""
    from newsletter.delivery.plan import make_plan
    from newsletter.project.letters import samples_of
    from newsletter.project.transports import identity_faults, leaves_this_machine

    if order.real and leaves_this_machine(project.config):
        findings = (*findings, *identity_faults(project.config))
    samples = {sample.lang: sample for sample in samples_of(project, order)}
    return make_plan(
        project.store,
        order,
        settings=project.config.transport,
        findings=findings,
        subjects={lang: sample.subject for lang, sample in samples.items()},
        sizes={lang: sample.size for lang, sample in samples.items()},
    )


def confirm_proposal(project: Project, proposal: Proposal, *, expect: int, terms: Terms) -> Send:
    """Turn a proposal into a send.

    Raises RefusedError when the issue is a draft, a finding forbids it, or not exactly `expect` people would get it.
    """
    from newsletter.delivery.confirm import confirm
    from newsletter.project.reachable import refuse_silent_pages
    from newsletter.project.transports import leaves_this_machine

    refuse_unfit(proposal)
    if proposal.order.real and leaves_this_machine(project.config):
        refuse_silent_pages(project)
    plan = proposal.plan
    return confirm(project.store, proposal.order, plan=plan.id, expect=expect, record=plan.as_dict(), terms=terms)


def refuse_unfit(proposal: Proposal) -> None:
    """Raise RefusedError when the issue is a draft, or a finding forbids to send it."""
    plan = proposal.plan
    if not proposal.ready:
        raise RefusedError(
            _("The issue is a draft: nothing was sent."), hint=_("When it may go, write in its head: status: ready")
        )
    if plan.blocked:
        raise RefusedError(
            _("The issue has errors: nothing was sent."),
            hint=_("See them with: newsletter check {issue}").format(issue=plan.issue),
            page_hint=_("They are listed beside the issue's preview."),
        )


def changed_since(project: Project, number: str, plan: Plan) -> list[str]:
    """Return in words what is no longer as the kept plan `number` said; raises UsageError when there is none."""
    from newsletter.delivery.plan import compare, load_plan

    return compare(load_plan(project.config.var / "plans", number), plan)


def keep_plan(project: Project, plan: Plan) -> None:
    """Keep a plan, so that exactly it can be confirmed later."""
    from newsletter.delivery.plan import save_plan

    save_plan(plan, project.config.var / "plans")


def sender_of(project: Project, front: FrontMatter | None, mailing_list: MailingList) -> Sender:
    """Return who a send is from: what the issue says, else the list, else the first sender of the configuration."""
    known = project.config.sender
    named = (front.sender if front else "") or mailing_list.sender
    sender = known.get(named) or (Sender.model_validate({"from": named}) if named else project.config.default_sender)
    if sender is None:
        raise ConfigError(
            _("newsletter.toml names no sender."),
            hint=_('Write one: [sender.NAME] with from = "Name <address@example.org>".'),
        )
    reply_to = front.reply_to if front else ""
    if not reply_to:
        return sender
    return sender.model_copy(update={"reply_to": known[reply_to].from_ if reply_to in known else reply_to})


def _wish(issue: Issue, lists: tuple[str, ...]) -> AudienceWish:
    """Return whom the issue is for; lists named on the command line take the place of the issue's own."""
    wish = replace(issue.front.audience, lists=lists) if lists else issue.front.audience
    if not wish.lists:
        raise UsageError(
            _("For whom? The issue names no list."),
            hint=_("Name one with --list, or write in the issue's head: audience: [list]"),
            page_hint=_("Write it in the issue's head: audience: [list]"),
        )
    return wish


def _batch(project: Project) -> int:
    """Return the ledger's batch: a call of SendGrid never crosses one (decided by its own size)."""
    size = project.config.transport.batch
    return max(size, project.config.sendgrid.batch) if project.config.transport.kind == "sendgrid" else size
