"""When a row's consent was given, where the file says so: another tool's proof, or a column of days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from newsletter.audience.consent import Consent, ConsentKind
from newsletter.audience.importing.cells import clean
from newsletter.audience.importing.headers import Columns
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Why

Reader = Callable[[Sequence[str]], Consent | Why | None]


def consent_reader(columns: Columns, options: ImportOptions) -> Reader | None:
    """Return the function that reads a row's own consent (None: the import's holds), or why it is none.

    None in place of the function: the rows say nothing of it, and the import's consent is not over.
    """
    places = [columns.obtained]
    if options.consent is ConsentKind.EXPRESS:
        places.append(columns.confirmed)
    places = [at for at in places if at >= 0]
    shared = _over(options.consent_at(0.0), options)
    if not places and shared is None:
        return None

    @lru_cache(maxsize=4096)
    def read_text(text: str) -> Consent | Why | None:
        moment = _moment(clean(text), options.zone)
        if moment is None:
            return shared
        if options.today is not None and moment >= _midnight(options.today + timedelta(days=1), options.zone):
            return Why.INVALID_FIELD
        consent = options.consent_of(moment)
        return _over(consent, options) or consent

    def read(cells: Sequence[str]) -> Consent | Why | None:
        return read_text(next((cells[at] for at in places if cells[at]), ""))

    return read


def _over(consent: Consent, options: ImportOptions) -> Why | None:
    """Tell whether an implied consent has ended already."""
    if consent.expires_at is None or options.today is None:
        return None
    return Why.CONSENT_OVER if consent.expires_at <= _midnight(options.today, options.zone) else None


def _midnight(day: date, zone: str) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()


def _moment(text: str, zone: str) -> float | None:
    """Read a day or a moment that begins with its year; others could be read two ways, and are not."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).timestamp()
