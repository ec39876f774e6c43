"""Sends under way and done, as pages: progress with pause, resume and cancel; what is booked; the report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from newsletter import language
from newsletter.delivery.states import SendState
from newsletter.errors import NewsletterError, UsageError
from newsletter.language import _, number
from newsletter.project.ceremony import ask_to_keep, ask_to_repeat
from newsletter.project.words import count_line, duration, state_word
from newsletter.web.preview.plan_page import booking_line, people
from newsletter.web.preview.rooms import Call, project_of, shown, told
from newsletter.web.preview.shape import error_as_json
from newsletter.web.preview.studio import Given, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from newsletter.delivery.send import Send
    from newsletter.delivery.states import Counts
    from newsletter.project.project import Project
    from newsletter.schedule.booking import Booking, Turn
    from newsletter.web.preview.studio import Studio

#: a report is a page that needs nothing else; it is framed by ours
_REPORT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_GOING = (SendState.RUNNING, SendState.HELD)
_WAITING = (SendState.PAUSED, SendState.STOPPED, SendState.HELD)


def watching_routes() -> list[BaseRoute]:
    """Return the routes of what comes after a confirmation."""
    return [
        Route("/sends", shown("sends.html.j2", _sends)),
        Route("/sends/{ref}", shown("send.html.j2", _send)),
        Route("/sends/{ref}/progress.json", told(_progress)),
        Route("/sends/{ref}/report", shown("report.html.j2", _report)),
        Route("/sends/{ref}/report.html", _report_page),
        Route("/sends/{ref}/{act}", told(_act), methods=["POST"]),
    ]


def _found(call: Call) -> Send:
    from newsletter.delivery.send import find_send

    return find_send(call.project.store, call.where["ref"])


def _sends(call: Call) -> Given:
    """List every send, the latest first, and what is booked, the next first."""
    from newsletter.delivery.status import status
    from newsletter.schedule.booking import bookings, held_turns

    store, zone = call.project.store, ZoneInfo(call.project.config.site.tz)
    listed = [
        {
            "ref": each.send.ref,
            "issue": each.send.issue,
            "state": each.send.state.value,
            "word": state_word(each.send.state),
            "counts": count_line(each.counts),
            "at": _day(each.send.starts_at.astimezone(zone)),
            "real": each.send.kind == "real",
        }
        for each in status(store)
    ]
    held = {booking.id: turn for booking, turn in held_turns(store)}
    booked = [_booked(each, held.get(each.id)) for each in bookings(store)]
    return {"title": _("Sends"), "sends": listed, "bookings": booked}


def _booked(booking: Booking, held: Turn | None) -> Given:
    """Return a booking, what of it waits for a decision, and the question that has it go."""
    return {
        "ref": booking.ref,
        "issue": booking.issue,
        "series": booking.kind != "once",
        "line": booking_line(booking),
        "reason": held.why if held else booking.why,
        "held": held is not None,
        "ask": ask_to_keep(booking.ref),
    }


def _day(at: datetime) -> str:
    from newsletter.schedule.saying import say_wall

    return say_wall(at.replace(second=0, microsecond=0))


def _send(call: Call) -> Given:
    send = _found(call)
    return {
        "title": f"{send.ref} {send.issue}",
        "subject": _subject(call, send),
        "slug": send.issue,
        "ref": send.ref,
        "issue": send.issue,
        "people": people(send.total),
        "real": send.kind == "real",
        "transport": send.transport,
        "now": progress_of(call.studio, call.project, send),
        "ask_again": ask_to_repeat(send.issue),
    }


def _subject(call: Call, send: Send) -> str:
    """Return the subject that was confirmed, in the first of its languages."""
    from newsletter.delivery.send import record_of

    subjects = record_of(call.project.store, send.id).get("subjects")
    return str(next(iter(subjects.values()), send.issue)) if isinstance(subjects, dict) else send.issue


def _progress(call: Call) -> Given:
    return progress_of(call.studio, call.project, _found(call))


def progress_of(studio: Studio, project: Project, send: Send) -> dict[str, object]:
    """Return how a send is going, in words and numbers; nothing of a person is in it."""
    from newsletter.delivery.send import load_send
    from newsletter.delivery.status import status_of

    # the send last: whoever was at work, or failed, before it was read has left his mark on it
    moving = _moving(studio, project, send)
    fault = studio.mailroom.fault(send)
    send = load_send(project.store, send.id)
    idle = send.state is SendState.RUNNING and not moving
    status = status_of(project.store, send)
    counts = status.counts
    going = studio.mailroom.progress(send, counts)
    return {
        "ok": True,
        "ref": send.ref,
        "state": send.state.value,
        "word": state_word(send.state),
        "line": count_line(counts),
        "counts": counts_in_words(counts),
        "settled": counts.settled,
        "total": send.total,
        "share": round(going.share, 4),
        "rate": _("{count} a second").format(count=number(round(going.rate, 1))) if going.rate else "",
        "left": duration(going.left) if going.left is not None and counts.left else "",
        "hold": _hold(send),
        "next_due": duration(status.next_due) if status.next_due and not send.ended else "",
        "reason": send.reason,
        "stopped": [f"{lane}: {reason}" for lane, reason in status.stopped.items()],
        "fault": error_as_json(fault) if fault else None,
        "idle": idle,
        "ended": send.ended,
        "unknown": counts.unknown,
        "doubtful": _doubtful(project, send) if counts.unknown else "",
        "can": _can(send, idle=idle),
    }


def _doubtful(project: Project, send: Send) -> str:
    """Name the deliveries in doubt by their numbers, as `newsletter verify` does."""
    from newsletter.delivery.counts import verify

    found = verify(project.store, send)
    more = "…" if found.counts.unknown > len(found.unknown) else ""
    return ", ".join(map(str, found.unknown)) + more


def counts_in_words(counts: Counts) -> list[dict[str, object]]:
    """Return every state with its word and number, in the order of a delivery's life."""
    words = {
        "queued": _("Queued"),
        "sending": _("In flight"),
        "sent": _("Sent"),
        "deferred": _("Deferred"),
        "failed": _("Failed"),
        "unknown": _("In doubt"),
        "skipped": _("Left out"),
    }
    numbers = counts.as_dict()
    return [{"name": name, "word": word, "number": number(numbers[name])} for name, word in words.items()]


def _hold(send: Send) -> int:
    """Return how many seconds nobody gets anything yet, so that a send can be called off."""
    if send.state is not SendState.RUNNING:
        return 0
    return max(0, round((send.starts_at - datetime.now(UTC)).total_seconds()))


def _moving(studio: Studio, project: Project, send: Send) -> bool:
    """Tell whether somebody sends: this process, or (SQLite) whoever holds the lock."""
    from newsletter.delivery.lock import sender

    return studio.mailroom.runs(send) or project.store.path is None or sender(project.store) is not None


def _can(send: Send, *, idle: bool) -> list[str]:
    """Return what may be done to a send as it stands."""
    found = []
    if send.state in _GOING and not idle:
        found.append("pause")
    if send.state in _WAITING or idle:
        found.append("resume")
    if not send.ended and send.state is not SendState.PLANNING:
        found.append("cancel")
    return found


def _act(call: Call) -> Given:
    """Pause, resume or cancel, wherever the send runs; what is resumed is run here unless another process does."""
    from newsletter.delivery.control import cancel, pause, resume

    send, act, store = _found(call), call.where["act"], call.project.store
    if act == "pause":
        send = pause(store, send.ref)
    elif act == "cancel":
        send = cancel(store, send.ref)
    elif act == "resume":
        send = resume(store, send.ref, at_once=call.body.get("at_once") is True)
        call.studio.mailroom.take(call.project, send)
    else:
        raise UsageError(_("This can not be done to a send."))
    return progress_of(call.studio, call.project, send)


def _report(call: Call) -> Given:
    send = _found(call)
    return {"title": _("Report on {issue}").format(issue=send.issue), "slug": send.issue, "ref": send.ref}


async def _report_page(request: Request) -> Response:
    """Give the report as the page that `newsletter report --format html` writes: to be framed, printed or kept."""
    studio = studio_of(request)
    ref = request.path_params["ref"]

    def render() -> str | None:
        from newsletter.delivery.send import find_send
        from newsletter.feedback.report import report
        from newsletter.feedback.report_page import as_page

        with language.speaking(studio.lang):
            try:
                store = project_of(studio).store
                return as_page(report(store, find_send(store, ref)))
            except NewsletterError:
                return None

    made = await run_in_threadpool(render)
    headers: Mapping[str, str] = {"Content-Security-Policy": _REPORT}
    return HTMLResponse(made or "", status_code=200 if made else 404, headers=dict(headers))
