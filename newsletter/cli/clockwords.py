"""Bookings and their times as the command line shows them: lines for a person, objects for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.language import _, current
from newsletter.project.words import booking_word
from newsletter.schedule.booking import Booking, Outcome, State, Turn
from newsletter.schedule.saying import say_wall

if TYPE_CHECKING:
    from collections.abc import Iterator


def booking_object(booking: Booking) -> dict[str, object]:
    """Return a booking as JSON shows it."""
    return {
        "name": booking.ref,
        "kind": booking.kind.value,
        "state": booking.state.value,
        "issue": booking.issue,
        "rule": booking.rule,
        "local": booking.next_wall.isoformat() if booking.next_wall else None,
        "utc": f"{booking.next_at:%Y-%m-%dT%H:%M:%SZ}" if booking.next_at else None,
        "zone": booking.zone.key,
        "moved": booking.moved,
        "lists": list(booking.audience.lists),
        "transport": booking.transport,
        "expect": booking.expect or None,
        "reason": booking.why,
    }


def turn_object(turn: Turn) -> dict[str, object]:
    """Return a turn as JSON shows it."""
    return {
        "local": turn.wall.isoformat(),
        "utc": f"{turn.at:%Y-%m-%dT%H:%M:%SZ}",
        "outcome": turn.outcome.value,
        "issue": turn.issue,
        "send": f"S{turn.send_id}" if turn.send_id else None,
        "late": round(turn.late),
        "reason": turn.why,
    }


def booking_line(booking: Booking) -> str:
    """Return one line: its name, where it stands, when it goes and to whom."""
    parts = [booking.ref, booking_word(booking)]
    if booking.next_wall is not None:
        parts.append(f"{say_wall(booking.next_wall)} ({booking.zone.key})")
    parts.append(", ".join(booking.audience.lists))
    return "  ".join(part for part in parts if part)


def booking_lines(booking: Booking) -> Iterator[str]:
    """Return a booking in full."""
    yield booking_line(booking)
    if booking.rule:
        yield "    " + _("Rule: {rule}").format(rule=rule_in_words(booking.rule))
    if booking.expect:
        yield "    " + _("Confirmed for {expect}; asks beyond {least} to {most}.").format(
            expect=booking.expect, least=booking.least, most=booking.most
        )
    if booking.reason and booking.state is State.HELD:
        yield f"    {booking.why}"
        yield "    " + _decide(booking)


def turn_line(turn: Turn) -> str:
    """Return one line: when it was, and what became of it."""
    parts = [say_wall(turn.wall), outcome_word(turn.outcome), turn.issue]
    if turn.send_id:
        parts.append(f"S{turn.send_id}")
    if turn.late >= 60 and turn.outcome is Outcome.SENT:
        parts.append(_("{minutes} min late").format(minutes=round(turn.late / 60)))
    return "    " + "  ".join(filter(None, [*parts, turn.why]))


def turn_to_know(booking: Booking, turn: Turn) -> dict[str, object]:
    """Return what must be known of the schedule as JSON shows it."""
    return {"name": booking.ref, "kind": booking.kind.value, **turn_object(turn)}


def lines_to_know(booking: Booking, turn: Turn) -> Iterator[str]:
    """Return what must be known of the schedule: what became of a turn, why, and how to decide."""
    yield f"{booking.ref}  {outcome_word(turn.outcome)}  {say_wall(turn.wall)}  {turn.why}"
    if turn.outcome is Outcome.HELD:
        yield "    " + _decide(booking)


def _decide(booking: Booking) -> str:
    return _("Decide with: newsletter schedule keep, renew or cancel {ref}").format(ref=booking.ref)


def rule_in_words(text: str) -> str:
    """Return a rule as it was understood, in the language of the call."""
    from datetime import date

    from newsletter.schedule.recurrence import describe, parse_rule

    return describe(parse_rule(text, anchor=date(2000, 1, 1)), current())


def outcome_word(outcome: Outcome) -> str:
    """Return the word for what became of a turn."""
    return {
        Outcome.DUE: _("due now"),
        Outcome.SENT: _("went out"),
        Outcome.HELD: _("held for your decision"),
        Outcome.MISSED: _("missed"),
        Outcome.NOTHING: _("nothing went out"),
        Outcome.CANCELLED: _("called off"),
    }[outcome]
