"""Sealing people's names and addresses anew: after a key was set for the first time, or exchanged for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.project.project import Project


def seal_people(project: Project) -> tuple[int, bool]:
    """Seal every name and address with the key there is now; return how many rows, and whether old bytes are gone.

    Raises ConfigError without a key, or when the previous key is needed and not given.
    """
    from newsletter.store.cleaning import scrub
    from newsletter.store.resealing import reseal
    from newsletter.store.tables import people

    if project.keys.encryption is None:
        raise ConfigError(
            _("There is no key to seal names and addresses with."),
            hint=_("Set NEWSLETTER_ENCRYPTION_KEY; of a key before it NEWSLETTER_PREVIOUS_ENCRYPTION_KEY, this once."),
        )
    tables = (people.subscriber, people.pending_signup)
    return reseal(project.store, *tables), scrub(project.store, *tables)
