"""A mailing list as its file `subscribers/<list>.toml` declares it. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """Where a subscription stands; ended is never undone by an import."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class MailingList:
    """A list people can be on; texts are per language, `{"fr-CA": …, "en-CA": …}`."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    #: a sender of newsletter.toml; empty: the default one
    sender: str = ""
    languages: tuple[str, ...] = ()
    #: people may subscribe themselves on the public pages
    public: bool = False
    double_opt_in: bool = True
    #: neutral names and wording for readers at risk
    discreet: bool = False
    #: the wording people agree to
    consent: Mapping[str, str] = field(default_factory=dict)

    def title_in(self, lang: str) -> str:
        """Return the title in `lang`, or in the nearest language there is, or the list's name."""
        return _in(self.title, lang) or self.name

    def description_in(self, lang: str) -> str:
        """Return the description in `lang`, or in the nearest language there is."""
        return _in(self.description, lang)

    def consent_in(self, lang: str) -> str:
        """Return the consent wording in `lang`, or in the nearest language there is."""
        return _in(self.consent, lang)


def _in(texts: Mapping[str, str], lang: str) -> str:
    if lang in texts:
        return texts[lang]
    near = (text for key, text in texts.items() if key.split("-")[0] == lang.split("-")[0])
    return next(near, next(iter(texts.values()), ""))
