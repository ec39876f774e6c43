"""An event's time in words, as each language writes it: « jeudi 12 mars 2026, de 9 h à 12 h 30 ».

Babel knows names and orders; hours and the first of a month are written here, since the Office québécois
de la langue française wants « 9 h » and « 1er » with no-break spaces, and Babel's fr-CA has plain ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from newsletter.issue.document import Event


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """An event's time, in the pieces that a card shows and in one line."""

    day: str
    month: str
    year: str
    #: the whole date, with the day of the week
    date: str
    #: « de 9 h à 12 h (heure de l’Est) »; empty for whole days
    hours: str
    #: date and hours in one line
    line: str


def occasion(event: Event, lang: str) -> Occasion:
    """Write an event's time in a language."""
    start, last = event.start, _last_day(event)
    french = lang.lower().startswith("fr")
    many = last != start.date()
    written = _long(start.date(), lang)
    if many:
        written = f"du {written} au {_long(last, lang)}" if french else f"{written} to {_long(last, lang)}"
    hours = "" if event.all_day else _hours(event, lang, french=french, many=many)
    return Occasion(
        day=("1er" if start.day == 1 else str(start.day)) if french else str(start.day),
        month=_part(start.date(), "MMMM", lang),
        year=str(start.year),
        date=written,
        hours=hours,
        line=f"{written}, {hours}" if hours else written,
    )


def long_date(day: date, lang: str) -> str:
    """Write a day without the name of its weekday: « 1er décembre 2026 », "December 1, 2026"."""
    if lang.lower().startswith("fr"):
        return f"{'1er' if day.day == 1 else day.day}\u00a0{_part(day, 'MMMM', lang)}\u00a0{day.year}"
    return _part(day, "long", lang)


def _last_day(event: Event) -> date:
    """Return the last day; an event that ends at midnight ends on the day before."""
    end = event.end or event.start
    if not event.all_day and event.end and end > event.start and (end.hour, end.minute) == (0, 0):
        end -= timedelta(minutes=1)
    return end.date()


def _hours(event: Event, lang: str, *, french: bool, many: bool) -> str:
    start = _clock(event.start, french=french)
    zone = _zone(event.start, lang)
    suffix = f" ({zone})" if zone else ""
    if event.end is None or event.end == event.start or many:
        return (f"à {start}" if french else f"at {start}") + suffix
    end = _clock(event.end, french=french)
    return (f"de {start} à {end}" if french else f"{start} to {end}") + suffix


def _clock(moment: datetime, *, french: bool) -> str:
    """Write a time of day: « 9 h », « 14 h 30 », "9 a.m.", "2:30 p.m."."""
    if french:
        return f"{moment.hour}\u00a0h" + (f"\u00a0{moment.minute:02d}" if moment.minute else "")
    hour = moment.hour % 12 or 12
    return (
        f"{hour}"
        + (f":{moment.minute:02d}" if moment.minute else "")
        + ("\u00a0a.m." if moment.hour < 12 else "\u00a0p.m.")
    )


def _long(day: date, lang: str) -> str:
    if lang.lower().startswith("fr"):
        return f"{_part(day, 'EEEE', lang)} {long_date(day, lang)}"
    return _part(day, "full", lang)


@lru_cache(maxsize=1024)
def _part(day: date, pattern: str, lang: str) -> str:
    from babel.core import UnknownLocaleError
    from babel.dates import format_date  # 20 ms, only where there is an event

    try:
        return format_date(day, format=pattern, locale=lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(day, format=pattern, locale="en_CA")


def _zone(moment: datetime, lang: str) -> str:
    """Name the zone as people do: « heure de l’Est »; nothing where the zone has no name."""
    key = getattr(moment.tzinfo, "key", "")
    return _zone_name(key, lang) if key else ""


@lru_cache(maxsize=256)
def _zone_name(key: str, lang: str) -> str:
    from babel.core import UnknownLocaleError
    from babel.dates import get_timezone_name

    try:
        return get_timezone_name(ZoneInfo(key), zone_variant="generic", locale=lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError, LookupError):
        return ""
