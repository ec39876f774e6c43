"""A person who asked: the value that the rest of the pipeline sees. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """One person; what could name them is never in the repr."""

    #: row in the store; 0 for a persona or a test address
    id: int
    #: random and opaque, 32 hexadecimal digits: what links and consents refer to
    key: str
    address: str = field(repr=False)
    name: str = field(repr=False, default="")
    lang: str = "fr-CA"
    tz: str = ""
    #: lists with an active subscription
    lists: tuple[str, ...] = ()
    #: typed attributes declared in `[subscriber.fields]`
    fields: Mapping[str, object] = field(repr=False, default_factory=dict)

    @property
    def first_name(self) -> str:
        """The given name, as far as one can tell: the first word, or what follows a comma (« Tremblay, Zoé »)."""
        _, comma, after = self.name.partition(",")
        words = (after if comma and after.strip() else self.name).split()
        return words[0].strip(",") if words else ""

    def values(self) -> dict[str, object]:
        """Return what merge fields see as `subscriber`: fields first, so that they never hide the rest."""
        return {
            **self.fields,
            "first_name": self.first_name,
            "name": self.name,
            "lang": self.lang,
            "tz": self.tz,
            "lists": self.lists,
            "fields": self.fields,
        }
