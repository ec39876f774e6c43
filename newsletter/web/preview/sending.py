"""From an issue to a send, as pages: a test, the plan, the typed confirmation, the booking.

Whatever is refused here is refused by the same functions as at the terminal, in the same words.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from newsletter.errors import RefusedError, UsageError
from newsletter.language import _, ngettext
from newsletter.project.ceremony import agree, agree_again, refuse_changed
from newsletter.web.preview.plan_page import plan_values
from newsletter.web.preview.rooms import Call, shown, text, texts, told
from newsletter.web.preview.studio import Given

if TYPE_CHECKING:
    from newsletter.delivery.transports.base import Receipt
    from newsletter.project.results import Proposal
    from newsletter.schedule.moment import Moment

#: addresses of one test: more is a send
MOST_TESTS = 10
_BETWEEN = re.compile(r"[\s,;]+")


def sending_routes() -> list[BaseRoute]:
    """Return the routes of what comes before a send."""
    return [
        Route("/plan/{slug}", shown("plan.html.j2", _plan)),
        Route("/plan/{slug}", told(_plan_anew), methods=["POST"]),
        Route("/plan/{slug}/ready", told(_ready), methods=["POST"]),
        Route("/plan/{slug}/send", told(_send), methods=["POST"]),
        Route("/plan/{slug}/moment", told(_moment), methods=["POST"]),
        Route("/plan/{slug}/schedule", told(_schedule), methods=["POST"]),
        Route("/test/{slug}", shown("test.html.j2", _test_page)),
        Route("/test/{slug}", told(_test), methods=["POST"]),
    ]


def _proposed(call: Call) -> Proposal:
    """Plan what a page asks for; keep the plan, so that exactly it can be confirmed."""
    from newsletter.project.sending import keep_plan

    lists = call.lists or texts(call.body.get("lists"))
    proposal = call.project.plan(call.where["slug"], lists=lists, again=text(call.body.get("again")).strip())
    keep_plan(call.project, proposal.plan)
    return proposal


def _plan(call: Call) -> Given:
    return plan_values(call.project, _proposed(call), lang=call.studio.lang)


def _plan_anew(call: Call) -> Given:
    """Plan again, for other lists or also for those who have it; the page takes the part that changes."""
    values = _plan(call)
    return {"ok": True, "html": call.studio.pages.get_template("plan_body.html.j2").render(**values)}


def _ready(call: Call) -> Given:
    """Write into the head of each of its languages that an issue may go, as its author says by the button."""
    from newsletter.issue.head_edit import set_keys
    from newsletter.project.writing import read_sheet, save_sheet

    project = call.project
    for path in project.files_of(call.where["slug"]):
        sheet = read_sheet(project.root, path)
        marked = set_keys(sheet.text, {"status": "ready"})
        save_sheet(project, sheet, marked, version=sheet.version, now=datetime.now(UTC))
    return {"ok": True}


def _send(call: Call) -> Given:
    """Confirm exactly the plan that was looked at, by its typed name, and send it beside the pages."""
    proposal, number = _agreed(call), text(call.body.get("plan"))
    plan, transport = proposal.plan, call.project.config.transport
    people = agree(plan, text(call.body.get("typed")), expect=None, bound=bool(number))
    real = proposal.order.real
    send = call.project.confirm(
        proposal, expect=people, hold=transport.hold if real else 0, canary=transport.canary if real else 0
    )
    call.studio.mailroom.take(call.project, send)
    return {"ok": True, "page": f"/sends/{send.ref}"}


def _agreed(call: Call) -> Proposal:
    """Plan once more; refuse what is not as it was looked at, and whoever gets it twice without a word."""
    lists, again = texts(call.body.get("lists")), text(call.body.get("again")).strip()
    proposal = call.project.plan(call.where["slug"], lists=lists, again=again)
    if proposal.plan.everybody_has_it:
        raise RefusedError(_("Everybody has “{issue}” already: nothing was sent.").format(issue=proposal.plan.issue))
    refuse_changed(call.project, proposal, text(call.body.get("plan")))
    agree_again(proposal.plan, text(call.body.get("typed_again")))
    return proposal


def _wished(call: Call) -> Moment:
    from newsletter.schedule.moment import future_moment
    from newsletter.schedule.wallclock import zone_named

    zone = zone_named(text(call.body.get("zone")).strip() or call.project.config.site.tz)
    when = f"{text(call.body.get('date'))} {text(call.body.get('time'))}"
    return future_moment(when, zone, now=datetime.now(UTC))


def _said(call: Call, moment: Moment) -> Given:
    """Say a moment, and what clocks, quiet hours and days without mail do to it."""
    from newsletter.schedule.policy import policy_of
    from newsletter.schedule.saying import say_move, say_shift, say_wall
    from newsletter.schedule.wallclock import wall_of

    later, why = policy_of(call.project.config).moved(moment.utc)
    notes = [say_shift(moment), say_move(why, wall_of(later, moment.zone)) if why else ""]
    return {
        "ok": True,
        "said": f"{say_wall(moment.local)} ({moment.zone.key})",
        "notes": [note for note in notes if note],
    }


def _moment(call: Call) -> Given:
    return _said(call, _wished(call))


def _schedule(call: Call) -> Given:
    """Book exactly the plan that was looked at for a time to come, in place of what is booked already."""
    from newsletter.project.scheduling import renew_proposal, schedule_proposal
    from newsletter.project.sending import refuse_unfit
    from newsletter.web.preview.plan_page import booking_of

    moment, project = _wished(call), call.project
    proposal = _agreed(call)
    refuse_unfit(proposal)
    agree(proposal.plan, text(call.body.get("typed")), expect=None, bound=True)
    if booking_of(project, proposal.plan.issue) is None:
        schedule_proposal(project, proposal, moment)
    else:
        renew_proposal(project, proposal, moment)
    return {**_said(call, moment), "page": "/sends"}


def _test_page(call: Call) -> Given:
    """Show the form of a test, with the invented readers it can be made out to."""
    issues = call.project.read_set(call.where["slug"])
    readers = [
        {"key": key, "label": f"{reader.name or _('(no name)')} · {reader.lang}"}
        for key, reader in call.studio.workshop.readers().items()
    ]
    return {
        "title": _("Send a test"),
        "slug": issues[0].slug,
        "issue_lang": issues[0].lang,
        "subjects": [{"lang": issue.lang, "text": issue.front.subject} for issue in issues],
        "readers": readers,
        "real": call.project.transport.real,
        "transport": call.project.transport.name,
        "most": MOST_TESTS,
    }


def _test(call: Call) -> Given:
    """Mail each language to each address and say what became of each; the addresses are kept nowhere."""
    addresses = _addresses(text(call.body.get("addresses")))
    receipts = call.project.send_test(
        call.where["slug"],
        addresses,
        reader=text(call.body.get("reader")) or None,
        prefix=call.body.get("prefix") is not False,
    )
    sent = sum(receipt.outcome == "accepted" for receipt in receipts)
    told_of = [_receipt(receipt) for receipt in receipts if receipt.outcome != "accepted"]
    kept = call.project.transport.name == "files"
    return {
        "ok": True,
        "sent": sent,
        "said": ngettext("{count} test mail handed over.", "{count} test mails handed over.", sent).format(count=sent),
        "refused": told_of,
        "where": _("The mails are in {folder}.").format(folder=_outbox(call)) if kept and sent else "",
    }


def _receipt(receipt: Receipt) -> str:
    words = {"deferred": _("put off"), "refused": _("refused"), "unknown": _("in doubt")}
    return f"{words.get(receipt.outcome.value, receipt.outcome.value)} : {receipt.code} {receipt.text}".strip()


def _outbox(call: Call) -> str:
    return (call.project.config.var / "outbox").relative_to(call.project.root).as_posix()


def _addresses(written: str) -> list[str]:
    """Read the addresses of a test; raises NewsletterError for one that is none, without repeating it."""
    from newsletter.audience.address import normalise

    found = list(dict.fromkeys(each for each in _BETWEEN.split(written) if each))
    if not found:
        raise UsageError(_("To which address?"), hint=_("Your own will do."))
    if len(found) > MOST_TESTS:
        raise UsageError(
            _("A test goes to at most {count} addresses.").format(count=MOST_TESTS),
            hint=_("To more people it is a send: look at its plan."),
        )
    return [normalise(each).text for each in found]
