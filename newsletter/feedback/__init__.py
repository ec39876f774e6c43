"""What came back comes in; events go out: each changes a delivery, a subscription or a suppression.

Feedback can only lower somebody's state; it never re-activates anybody.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.feedback.applying import Applied, apply
    from newsletter.feedback.collecting import Collector
    from newsletter.feedback.event import Event
    from newsletter.feedback.reading import Reading, read_message
    from newsletter.feedback.report import Report

#: public name -> its module; loaded when first asked for: reading a mail needs no database
_HOMES = {
    "Applied": "applying",
    "Collector": "collecting",
    "Event": "event",
    "Reading": "reading",
    "Report": "report",
    "apply": "applying",
    "read_message": "reading",
}

__all__ = ["Applied", "Collector", "Event", "Reading", "Report", "apply", "read_message"]


def __getattr__(name: str) -> object:
    """Hand on a public name of this stage."""
    if name in _HOMES:
        return getattr(import_module(f"newsletter.feedback.{_HOMES[name]}"), name)
    raise AttributeError(name)
