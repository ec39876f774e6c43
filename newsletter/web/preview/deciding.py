"""What a person decides because no program can know: what became of those in doubt, whether what is held goes.

The questions, and what must be typed, are those of `newsletter resolve` and `newsletter schedule keep`.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from newsletter.errors import UsageError
from newsletter.language import _, ngettext, number
from newsletter.project.ceremony import agree_to_keep, agree_to_repeat
from newsletter.web.preview.rooms import Call, text, told
from newsletter.web.preview.studio import Given


def deciding_routes() -> list[BaseRoute]:
    """Return the routes of a person's decisions; they stand before those of whatever else is done to a send."""
    return [
        Route("/sends/{ref}/resolve", told(_resolve), methods=["POST"]),
        Route("/bookings/keep", told(_keep), methods=["POST"]),
        Route("/bookings/drop", told(_drop), methods=["POST"]),
        Route("/bookings/cancel", told(_cancel), methods=["POST"]),
    ]


def _resolve(call: Call) -> Given:
    """Settle recipients in doubt; who would get it again must be agreed to by the issue's name."""
    from newsletter.delivery.resolve import Decision, resolve
    from newsletter.delivery.send import find_send

    store, decision = call.project.store, text(call.body.get("decision"))
    send, reason = find_send(store, call.where["ref"]), text(call.body.get("reason")).strip()
    if decision not in list(Decision):
        raise UsageError(_("What became of them?"), hint=_("Look into the mail server's log first."))
    if not reason:
        raise UsageError(_("How do you know?"), hint=_("Kept with the send. Write nobody's name."))
    only = _numbers(text(call.body.get("only")))
    if decision == Decision.AGAIN:
        agree_to_repeat(send.issue, text(call.body.get("typed")))
    count = resolve(store, send.ref, Decision(decision), reason=reason, only=only or None)
    said = ngettext(
        "{count} recipient was in doubt and is settled.", "{count} recipients were in doubt and are settled.", count
    )
    return {"ok": True, "said": said.format(count=number(count)), "settled": count}


def _numbers(written: str) -> list[int]:
    """Read the numbers of deliveries; raises UsageError for what is none."""
    words = written.replace(",", " ").replace(";", " ").split()
    for word in words:
        if not (word.isascii() and word.isdecimal() and len(word) < 10):
            raise UsageError(_("“{text}” is not a number.").format(text=word), hint=_("Write it in figures: 12"))
    return [int(word) for word in words]


def _keep(call: Call) -> Given:
    """Let what is held go as it was confirmed, after its name was typed."""
    from newsletter.schedule.book import keep

    ref = text(call.body.get("ref"))
    agree_to_keep(ref, text(call.body.get("typed")))
    booking = keep(call.project.store, ref)
    return {"ok": True, "said": _("{name} goes as soon as serve runs.").format(name=booking.ref)}


def _drop(call: Call) -> Given:
    """Let what is held fall away; a series goes on."""
    from newsletter.schedule.book import drop_held

    booking = drop_held(call.project.store, text(call.body.get("ref")))
    return {"ok": True, "said": _("What was held of {name} is not sent.").format(name=booking.ref)}


def _cancel(call: Call) -> Given:
    """Take an issue or a series off the schedule."""
    from newsletter.schedule.book import cancel

    booking = cancel(call.project.store, text(call.body.get("ref")))
    return {"ok": True, "said": _("{name} is off the schedule.").format(name=booking.ref)}
