"""Lengths of time as people write them: `6 hours`, `14 days`, `3 jours`, `2 semaines`."""

from __future__ import annotations

import re
from datetime import timedelta

from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.schedule.words import plain

_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?) ?([a-z]+)")
#: seconds of each unit, by its words in plain letters
_UNITS = {
    1: "s sec second seconds seconde secondes",
    60: "m min minute minutes",
    3600: "h hour hours heure heures",
    86_400: "d j day days jour jours",
    604_800: "w week weeks semaine semaines",
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words.split()}
_LONGEST = timedelta(days=3660)


def parse_duration(text: str) -> timedelta:
    """Read a length of time of at most ten years; raises UsageError for anything else."""
    found = _LENGTH.fullmatch(plain(text))
    seconds = _SECONDS.get(found[2]) if found else None
    if found is None or seconds is None or len(found[1]) > 9:
        raise _wrong(text)
    length = timedelta(seconds=float(found[1].replace(",", ".")) * seconds)
    if length > _LONGEST:
        raise _wrong(text)
    return length


def _wrong(text: str) -> UsageError:
    return UsageError(
        _("“{text}” is not a length of time.").format(text=text), hint=_("For example: 6 hours, 14 days.")
    )
