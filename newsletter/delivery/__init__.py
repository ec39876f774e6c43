"""A confirmed plan comes in; deliveries go out: each recipient at most once, every outcome known or said to be unknown.

A body leaves only for a row that a committed transaction moved from queued to sending. Nothing here
retries on its own, and what can not be known is shown to a person.
"""

from __future__ import annotations

from importlib import import_module

#: public name -> its module; loaded when first asked for, so that `message` and the command line stay light
_HOMES = {
    "Order": "confirm",
    "Terms": "confirm",
    "confirm": "confirm",
    "Plan": "plan",
    "make_plan": "plan",
    "compare": "plan",
    "save_plan": "plan",
    "load_plan": "plan",
    "Send": "send",
    "find_send": "send",
    "sends": "send",
    "pause": "control",
    "resume": "control",
    "cancel": "control",
    "Means": "run",
    "Outcome": "run",
    "run_send": "run",
    "Progress": "progress",
    "Stop": "stopping",
    "signals": "stopping",
    "Status": "status",
    "status": "status",
    "Verification": "counts",
    "verify": "counts",
    "Counts": "states",
    "State": "states",
    "SendState": "states",
    "sender": "lock",
}


def __getattr__(name: str) -> object:
    """Hand on a public name of this stage."""
    if name in _HOMES:
        return getattr(import_module(f"newsletter.delivery.{_HOMES[name]}"), name)
    raise AttributeError(name)
