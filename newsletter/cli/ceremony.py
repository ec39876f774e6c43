"""What a person sees before a real send, and what they must type: nothing leaves by a slip of the hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from newsletter.cli.words import duration, size
from newsletter.errors import RefusedError, Severity
from newsletter.language import _, ngettext

if TYPE_CHECKING:
    from newsletter.cli.run import Run
    from newsletter.delivery.plan import Plan
    from newsletter.project.sending import Proposal


def screen(proposal: Proposal) -> list[str]:
    """Return the lines that a person reads before confirming: from whom, what, to how many, who not and why."""
    rows = list(_rows(proposal))
    width = max(len(name) for name, _value in rows)
    return [f"  {name:<{width}}  {value}" for name, value in rows]


def _rows(proposal: Proposal) -> Iterator[tuple[str, str]]:
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
    yield (_("Recipients"), f"{plan.recipients} ({_amounts(plan.by_language)})")
    if plan.exclusions:
        yield (_("Left out"), _amounts({exclusion(name): count for name, count in plan.exclusions.items()}))
    yield (_("Size"), ", ".join(f"{lang}: {size(octets)}" for lang, octets in plan.sizes.items()))
    yield (_("Way out"), plan.transport)
    if plan.duration is not None:
        yield (_("Takes"), duration(plan.duration))
    if plan.sample:
        yield (_("For example"), ", ".join(plan.sample))
    yield (_("Plan"), plan.id)


def confirmed(run: Run, plan: Plan, *, confirm: str | None, expect: int | None, bound: bool) -> int:
    """Return how many recipients were agreed to: by `--confirm` and a number, or typed at the terminal.

    `bound`: a plan's id was given, which stands for the number. Raises RefusedError for anything else.
    """
    if confirm is None:
        confirm = _typed(run, plan)
        expect = plan.recipients if expect is None else expect
    if confirm != plan.issue:
        raise RefusedError(
            _("“{typed}” is not the issue's name: nothing was sent.").format(typed=confirm),
            hint=_("Its name is: {issue}").format(issue=plan.issue),
        )
    if expect is None and not bound:
        raise RefusedError(
            _("How many are expected was not said: nothing was sent."),
            hint=_("Add --expect {count}, or --plan {plan}.").format(count=plan.recipients, plan=plan.id),
        )
    if expect is not None and expect != plan.recipients:
        raise RefusedError(
            ngettext(
                "{count} person would get it, not {expect}: nothing was sent.",
                "{count} people would get it, not {expect}: nothing was sent.",
                plan.recipients,
            ).format(count=plan.recipients, expect=expect),
            hint=_("Look at it again with: newsletter send {issue} --dry-run").format(issue=plan.issue),
        )
    return plan.recipients


def _typed(run: Run, plan: Plan) -> str:
    if not run.interactive:
        raise RefusedError(
            _("A real send is confirmed by typing the issue's name, and nobody can be asked here: nothing was sent."),
            hint=f"newsletter send {plan.issue} --confirm {plan.issue} --expect {plan.recipients}",
        )
    question = ngettext(
        "To send to {count} person, type the issue's name: {issue}",
        "To send to {count} people, type the issue's name: {issue}",
        plan.recipients,
    )
    return run.ask(question.format(count=plan.recipients, issue=plan.issue) + "\n>")


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


def _amounts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items())
