"""What is agreed to before a real send: what is shown, and what must be typed. The terminal and the page ask alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError, Severity
from newsletter.language import _, ngettext, number
from newsletter.project.words import duration, size

if TYPE_CHECKING:
    from newsletter.delivery.plan import Plan
    from newsletter.project.project import Project
    from newsletter.project.results import Proposal


def rows(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Yield what a person reads before confirming, as name and value: from whom, what, to how many, who not and why."""
    plan, order = proposal.plan, proposal.order
    yield (_("From"), order.sender.from_)
    if order.sender.reply_to:
        yield (_("Answers to"), order.sender.reply_to)
    for lang, subject in plan.subjects.items():
        yield (_("Subject ({lang})").format(lang=lang), subject)
    for edition in order.editions:
        if preheader := edition.fill_preheader({}):
            yield (_("Preheader ({lang})").format(lang=edition.lang), preheader)
    yield (_("Lists"), _amounts(plan.by_list))
    yield (_("Recipients"), f"{number(plan.recipients)} ({_amounts(plan.by_language)})")
    if plan.exclusions:
        yield (_("Left out"), _amounts({exclusion(name): count for name, count in plan.exclusions.items()}))
    yield (_("Whole mail"), _amounts({lang: size(octets) for lang, octets in plan.sizes.items()}))
    yield (_("Way out"), plan.transport)
    if plan.duration is not None:
        yield (_("Takes"), duration(plan.duration))
    if plan.sample:
        yield (_("For example"), ", ".join(plan.sample))
    yield (_("Plan"), plan.id)


def agree(plan: Plan, typed: str, *, expect: int | None, bound: bool) -> int:
    """Return how many recipients were agreed to by typing the issue's name and knowing their number.

    `bound`: a plan's id was given, which stands for the number. Raises RefusedError for anything else.
    """
    if typed != plan.issue:
        raise RefusedError(
            _("“{typed}” is not the issue's name: nothing was sent.").format(typed=typed),
            hint=_("Its name is: {issue}").format(issue=plan.issue),
        )
    if expect is None and not bound:
        raise RefusedError(
            _("How many are expected was not said: nothing was sent."),
            hint=_("Add --expect {count}, or --plan {plan}.").format(count=plan.recipients, plan=plan.id),
            page_hint=_("Look at the plan again."),
        )
    if expect is not None and expect != plan.recipients:
        raise RefusedError(
            ngettext(
                "{count} person would get it, not {expect}: nothing was sent.",
                "{count} people would get it, not {expect}: nothing was sent.",
                plan.recipients,
            ).format(count=number(plan.recipients), expect=number(expect)),
            hint=_("Look at it again with: newsletter send {issue} --dry-run").format(issue=plan.issue),
            page_hint=_("Look at the plan again."),
        )
    return plan.recipients


def refuse_changed(project: Project, proposal: Proposal, number: str) -> None:
    """Refuse a plan that is not what would be sent now, naming what changed."""
    from newsletter.project.sending import changed_since

    changed = changed_since(project, number, proposal.plan)
    if changed:
        raise RefusedError(
            _("The plan {plan} no longer holds: {what} changed. Nothing was sent.").format(
                plan=number, what=", ".join(changed)
            ),
            hint=_("Look at it again with: newsletter send {issue} --dry-run").format(issue=proposal.plan.issue),
            page_hint=_("Look at the plan again."),
        )


def agree_again(plan: Plan, typed: str | None) -> None:
    """Have it agreed to on its own that people get an issue twice; raises RefusedError."""
    if plan.again and typed != plan.issue:
        raise RefusedError(
            _("That people get it twice was not confirmed: nothing was sent."),
            hint=_("Add: --confirm-again {issue}").format(issue=plan.issue),
            page_hint=_("Its name is: {issue}").format(issue=plan.issue),
        )


def ask_to_keep(name: str) -> str:
    """Return the question that lets a held booking go."""
    return _("To send it now, type its name: {name}").format(name=name)


def agree_to_keep(name: str, typed: str) -> None:
    """Have it agreed to that what is held goes as it was confirmed; raises RefusedError."""
    if typed != name:
        raise RefusedError(_("“{typed}” is not its name: nothing was sent.").format(typed=typed))


def ask_to_repeat(issue: str) -> str:
    """Return the question before recipients in doubt get an issue again."""
    return _("Somebody may get it twice. To agree, type the issue's name: {issue}").format(issue=issue)


def agree_to_repeat(issue: str, typed: str | None) -> None:
    """Have it agreed to that recipients in doubt may get an issue twice; raises RefusedError."""
    if typed != issue:
        raise RefusedError(
            _("Sending again was not confirmed: nothing was changed."),
            hint=_("Add: --confirm {issue}").format(issue=issue),
            page_hint=_("Its name is: {issue}").format(issue=issue),
        )


def warnings(plan: Plan) -> list[str]:
    """Return how many findings of each weight there are, in words."""
    errors = sum(finding.severity is Severity.ERROR for finding in plan.findings)
    mild = sum(finding.severity is Severity.WARNING for finding in plan.findings)
    lines = []
    if errors:
        lines.append(ngettext("{count} error", "{count} errors", errors).format(count=errors))
    if mild:
        lines.append(ngettext("{count} warning", "{count} warnings", mild).format(count=mild))
    return lines


def exclusion(reason: str) -> str:
    """Return the words for why somebody gets nothing."""
    return {
        "unsubscribed": _("unsubscribed"),
        "suppressed": _("suppressed"),
        "bounced": _("bounced"),
        "complained": _("complained"),
        "pending": _("not confirmed yet"),
        "no_consent": _("without consent"),
        "paused": _("pausing"),
        "duplicate": _("on several lists"),
        "segment": _("not in the segment"),
        "excluded_list": _("on a list left out"),
        "already_sent": _("have it already"),
    }.get(reason, reason)


def _amounts(counts: Mapping[str, int | str]) -> str:
    figures = {name: number(count) if isinstance(count, int) else count for name, count in counts.items()}
    return ", ".join(_("{name}: {count}").format(name=name, count=count) for name, count in figures.items())
