"""What the page of a plan shows: who, how many, who not and why, and what is another than last time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.errors import NewsletterError
from newsletter.language import _, ngettext, number
from newsletter.project.ceremony import exclusion, rows
from newsletter.project.comparing import differences, last_send
from newsletter.project.sending import refuse_unfit
from newsletter.project.words import booking_word
from newsletter.web.preview.shape import by_weight, finding_as_json, hint_of

if TYPE_CHECKING:
    from newsletter.project.project import Project
    from newsletter.project.results import Proposal
    from newsletter.schedule.booking import Booking


def plan_values(project: Project, proposal: Proposal, *, lang: str) -> dict[str, object]:
    """Return everything that the page of a plan needs."""
    plan = proposal.plan
    return {
        "title": _("Plan of {issue}").format(issue=plan.issue),
        "slug": plan.issue,
        "issue_lang": proposal.issues[0].lang,
        "plan": plan.id,
        "count": plan.recipients,
        "people": people(plan.recipients),
        "send_word": ngettext("Send to {count} person", "Send to {count} people", plan.recipients).format(
            count=number(plan.recipients)
        ),
        "ask_word": ngettext(
            "To send to {count} person, type the issue's name: {issue}",
            "To send to {count} people, type the issue's name: {issue}",
            plan.recipients,
        ).format(count=number(plan.recipients), issue=plan.issue),
        "subject": next(iter(plan.subjects.values()), plan.issue),
        "rows": list(rows(proposal)),
        "left_out": [(exclusion(name), number(count)) for name, count in plan.exclusions.items()],
        "everybody": plan.everybody_has_it,
        "everybody_word": _("Everybody has “{issue}” already: nothing was sent.").format(issue=plan.issue),
        "has_it": plan.exclusions.get("already_sent", 0),
        "again": plan.again,
        "real": proposal.order.real,
        "hold": project.config.transport.hold if proposal.order.real else 0,
        "refusal": _refusal(proposal),
        "draft": not proposal.ready and not plan.blocked,
        "findings": [finding_as_json(finding) for finding in by_weight(plan.findings) if finding.severity != "info"],
        "lists": [
            {"name": name, "label": each.title_in(lang), "chosen": name in plan.lists}
            for name, each in project.lists.items()
        ],
        "chosen": list(plan.lists),
        **_compared(project, proposal),
        **_when(project, plan.issue),
    }


def people(count: int) -> str:
    """Return a number of people in words."""
    return ngettext("{count} person", "{count} people", count).format(count=number(count))


def _refusal(proposal: Proposal) -> dict[str, str] | None:
    """Return why a confirmation would be refused as things are, in the words of the refusal."""
    try:
        refuse_unfit(proposal)
    except NewsletterError as error:
        return {"message": error.message, "hint": hint_of(error)}
    return None


def _compared(project: Project, proposal: Proposal) -> dict[str, object]:
    send = last_send(project, proposal)
    if send is None:
        return {"last": "", "differences": []}
    return {"last": send.issue, "differences": differences(project, proposal, send)}


def _when(project: Project, slug: str) -> dict[str, object]:
    """Return what is booked, and the time that a new booking is proposed for: tomorrow at nine."""
    zone = ZoneInfo(project.config.site.tz)
    booking = booking_of(project, slug)
    tomorrow = datetime.now(UTC).astimezone(zone) + timedelta(days=1)
    return {
        "booking": booking_line(booking) if booking else "",
        "date": f"{tomorrow:%Y-%m-%d}",
        "time": "09:00",
        "zone": zone.key,
    }


def booking_of(project: Project, slug: str) -> Booking | None:
    """Return the booking of an issue that waits for its time or for a decision, if there is one."""
    from newsletter.schedule.booking import Kind, bookings

    found = (each for each in bookings(project.store) if each.kind is Kind.ONCE and each.issue == slug)
    return next(found, None)


def booking_line(booking: Booking) -> str:
    """Return a booking in words: when it goes, in which zone, where it stands."""
    from newsletter.schedule.saying import say_wall

    when = f"{say_wall(booking.next_wall)} ({booking.zone.key})" if booking.next_wall else ""
    return ", ".join(part for part in (when, booking_word(booking)) if part)
