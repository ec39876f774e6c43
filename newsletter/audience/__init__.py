"""People come in; an `Audience` goes out: who asked for a list, may be written to, and was not excluded.

Nobody without a live consent is ever in an audience, and nothing here ever re-activates anybody.
Names that need the database are handed on when first asked for, so that `message` loads none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from newsletter.audience.audience import Audience, Exclusion
from newsletter.audience.lists import MailingList, SubscriptionStatus
from newsletter.audience.subscriber import Subscriber

if TYPE_CHECKING:
    from newsletter.audience.address import Address, AddressError, address_key, normalise
    from newsletter.audience.crowd import load
    from newsletter.audience.directory import find_by_address_key, find_by_key, list_ids
    from newsletter.audience.enrol import unsubscribe
    from newsletter.audience.importing import ImportOptions, ImportReport, apply_import, plan_import
    from newsletter.audience.resolving import resolve, still_wanted, wanted
    from newsletter.audience.suppression import suppress

_HOMES = {
    "address": ("Address", "AddressError", "address_key", "normalise"),
    "crowd": ("load",),
    "directory": ("find_by_address_key", "find_by_key", "list_ids"),
    "enrol": ("unsubscribe",),
    "importing": ("ImportOptions", "ImportReport", "apply_import", "plan_import"),
    "resolving": ("resolve", "still_wanted", "wanted"),
    "suppression": ("suppress",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Address",
    "AddressError",
    "Audience",
    "Exclusion",
    "ImportOptions",
    "ImportReport",
    "MailingList",
    "Subscriber",
    "SubscriptionStatus",
    "address_key",
    "apply_import",
    "find_by_address_key",
    "find_by_key",
    "list_ids",
    "load",
    "normalise",
    "plan_import",
    "resolve",
    "still_wanted",
    "suppress",
    "unsubscribe",
    "wanted",
]


def __getattr__(name: str) -> object:
    """Hand on what needs the database when it is first asked for (SQLAlchemy: 0.2 s)."""
    if name in _HOME:
        return getattr(import_module(f"newsletter.audience.{_HOME[name]}"), name)
    raise AttributeError(name)
