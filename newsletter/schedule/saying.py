"""Moments in words, and what the clocks and the project's rules did to them."""

from __future__ import annotations

from datetime import datetime, time

from newsletter.language import _, current
from newsletter.schedule.moment import Moment
from newsletter.schedule.policy import Why
from newsletter.schedule.wallclock import Shift
from newsletter.schedule.words import FRENCH, vocabulary

_NBSP = "\N{NO-BREAK SPACE}"


def say_time(at: time, language: str | None = None) -> str:
    """Say a time of day: « 9 h 30 » as the Office québécois de la langue française writes it, or « 09:30 »."""
    second = f":{at.second:02}" if at.second else ""
    if vocabulary(language or current()) is not FRENCH:
        return f"{at:%H:%M}{second}"
    minutes = f"{_NBSP}{at.minute:02}" if at.minute or at.second else ""
    return f"{at.hour}{_NBSP}h{minutes}" + (f"{_NBSP}min{_NBSP}{at.second}{_NBSP}s" if at.second else "")


def say_wall(wall: datetime, language: str | None = None) -> str:
    """Say a wall time: « mardi 7 avril 2026 à 9 h », « Tuesday 7 April 2026 at 09:00 »."""
    words = vocabulary(language or current())
    french = words is FRENCH
    day = "1er" if french and wall.day == 1 else str(wall.day)
    date = f"{words.weekdays[wall.weekday()]} {day} {words.months[wall.month - 1]} {wall.year}"
    return f"{date} {'à' if french else 'at'} {say_time(wall.time(), language)}"


def say_shift(moment: Moment) -> str:
    """Say what the clocks do to a moment; empty when nothing."""
    if moment.shift is Shift.GAP:
        return _("{time} does not exist that day, clocks go forward: it goes at {later}.").format(
            time=say_time(moment.local.time()), later=say_time(moment.shown.time())
        )
    if moment.shift is Shift.FOLD:
        return _("{time} comes twice that day, clocks go back: it goes the first time.").format(
            time=say_time(moment.local.time())
        )
    return ""


def say_move(why: Why, to: datetime) -> str:
    """Say that a send was moved, why, and to which wall time."""
    if why is Why.QUIET:
        return _("It would fall into the quiet hours: it goes on {moment}.").format(moment=say_wall(to))
    return _("It would fall on a day without mail: it goes on {moment}.").format(moment=say_wall(to))
