"""When comes in; due sends go out. APScheduler only wakes: schedules and occurrences are rows.

A rule in words becomes wall times, wall times become instants; a tick turns what is due into sends, once,
however many clocks tick. Nothing here transmits a mail, and nothing is sent that nobody confirmed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.schedule.clock import run_clock, start_clock
    from newsletter.schedule.recurrence import describe, parse_rule
    from newsletter.schedule.tick import Clockwork
    from newsletter.schedule.wallclock import Occurrence, occurrences

__all__ = [
    "Clockwork",
    "Occurrence",
    "describe",
    "occurrences",
    "parse_rule",
    "run_clock",
    "start_clock",
]

#: handed on when asked for: a preview of a rule needs no database
_HOMES = {
    "Clockwork": "tick",
    "Occurrence": "wallclock",
    "describe": "recurrence",
    "occurrences": "wallclock",
    "parse_rule": "recurrence",
    "run_clock": "clock",
    "start_clock": "clock",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"newsletter.schedule.{_HOMES[name]}"), name)
