"""What a coordinator says about a file of people before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.audience.consent import Basis, Consent, ConsentKind, implied
from newsletter.config.model import AttributeField
from newsletter.errors import UsageError
from newsletter.language import _


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """The list, the proof of consent, and how cells are read."""

    #: the list's name
    list: str
    #: express or implied; withdrawn is not a consent
    consent: ConsentKind
    #: where the consent was given, in words: it goes into the ledger
    source: str
    basis: Basis | None = None
    #: the day the consent was given, or the membership last held; None: not known (express only)
    obtained: date | None = None
    #: the exact words people agreed to
    wording: str = ""
    #: write what can be written although some rows were rejected
    skip_rejected: bool = False
    #: the language of those whose row does not say
    lang: str = "fr-CA"
    #: the project's languages: `fr` in a cell is the nearest of them
    languages: tuple[str, ...] = ("fr-CA", "en-CA")
    #: the project's zone: implied consents end at its midnight
    zone: str = "America/Toronto"
    #: attributes that are kept: `[subscriber.fields]`
    fields: Mapping[str, AttributeField] = field(default_factory=dict)
    #: headers named by hand where they are not recognised: {"email": "Coordonnées"}
    columns: Mapping[str, str] = field(default_factory=dict)
    #: the day of the import: no consent is of a later one; None: not asked
    today: date | None = None

    def __post_init__(self) -> None:
        """Refuse what the law refuses: consent without a source, implied consent without its ground and day."""
        if not self.source.strip():
            raise UsageError(
                _("An import needs to say where the consent comes from."),
                hint=_('Say it in words: --source "paper form, general meeting of 2026-03-10"'),
            )
        if self.consent is ConsentKind.IMPLIED and (self.basis is None or self.obtained is None):
            raise UsageError(
                _("Implied consent needs its basis and the day it was obtained."),
                hint=_("Add --basis {bases} and --obtained YYYY-MM-DD.").format(bases="|".join(Basis)),
            )
        if self.consent is ConsentKind.WITHDRAWN:
            raise UsageError(_("A consent is express or implied."))
        if self.obtained is not None and self.today is not None and self.obtained > self.today:
            raise UsageError(_("A consent can not be of a day to come."), hint=_("Correct --obtained."))

    def consent_at(self, at: float) -> Consent:
        """Return the consent that the rows of this import record; `at` stands in for a day that is not known."""
        return self.consent_of(self.moment(self.obtained, at))

    def consent_of(self, obtained_at: float) -> Consent:
        """Return the consent of somebody who gave it at that moment."""
        if self.consent is ConsentKind.IMPLIED and self.basis is not None:
            return implied(
                self.basis, obtained_at=obtained_at, source=self.source, zone=self.zone, wording=self.wording
            )
        return Consent(kind=ConsentKind.EXPRESS, source=self.source, obtained_at=obtained_at, wording=self.wording)

    def moment(self, day: date | None, at: float) -> float:
        """Return a day's first moment in the project's zone."""
        if day is None:
            return at
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).timestamp()
