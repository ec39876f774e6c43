"""Counts, states, times and sizes as people read them, in the language of the call: at the terminal and on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.language import _, ngettext, number

if TYPE_CHECKING:
    from newsletter.delivery.states import Counts, SendState
    from newsletter.schedule.booking import Booking


def count_line(counts: Counts) -> str:
    """Return `5 sent, 1 failed`: the states that somebody is in, in the order of a delivery's life."""
    words = {
        "queued": ngettext("{count} queued", "{count} queued", counts.queued),
        "sending": ngettext("{count} in flight", "{count} in flight", counts.sending),
        "sent": ngettext("{count} sent", "{count} sent", counts.sent),
        "deferred": ngettext("{count} deferred", "{count} deferred", counts.deferred),
        "failed": ngettext("{count} failed", "{count} failed", counts.failed),
        "unknown": ngettext("{count} in doubt", "{count} in doubt", counts.unknown),
        "skipped": ngettext("{count} left out", "{count} left out", counts.skipped),
    }
    numbers = counts.as_dict()
    return ", ".join(words[name].format(count=number(numbers[name])) for name in words if numbers[name]) or _("nobody")


def state_word(state: SendState) -> str:
    """Return the word for where a send stands."""
    return {
        "planning": _("being prepared"),
        "running": _("sending"),
        "paused": _("paused"),
        "stopped": _("stopped"),
        "held": _("held"),
        "cancelled": _("cancelled"),
        "done": _("done"),
    }[state.value]


def booking_word(booking: Booking) -> str:
    """Return the word for where a booking stands."""
    if booking.kind != "once" and booking.state == "waiting":
        return _("in force")
    return {
        "waiting": _("waiting for its time"),
        "held": _("held for your decision"),
        "done": _("over"),
        "cancelled": _("called off"),
    }[booking.state.value]


def standing_words() -> dict[str, str]:
    """Return the words for where a subscription stands."""
    return {"active": _("active"), "pending": _("pending"), "ended": _("ended")}


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: `3 min`, `2 h 10 min`, `4 d 6 h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{count} s").format(count=whole)
    minutes = round(whole / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, _("{count} d")), (hours, _("{count} h")), (minutes, _("{count} min"))]
    return " ".join(text.format(count=count) for count, text in parts if count)


def size(octets: int) -> str:
    """Return a size in kilobytes (1,024 octets), as mail programs count."""
    return _("{count} KB").format(count=number(round(octets / 1024)))
