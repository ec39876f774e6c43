"""A rule's text becomes tokens: times, dates, counts and words with their meaning, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import lru_cache

from newsletter.errors import UsageError
from newsletter.language import _, nearest
from newsletter.schedule.words import Unit, Word, meanings, plain, word_pattern


class Kind(StrEnum):
    """What a token is; a word's token has its `Word`."""

    TIME = "time"
    DATE = "date"
    #: « 10 times »
    COUNT = "count"
    #: « 1st », « 15 »: the n-th or the number n
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Token:
    """One meaningful piece of a rule's text."""

    kind: Kind
    text: str
    value: int | Unit | time | date
    word: Word | None = None

    def is_(self, *words: Word) -> bool:
        """Tell whether it is one of these words."""
        return self.word in words


_PATTERN = r"""
    (?P<iso>\d{4}-\d{2}-\d{2})
  | (?P<colon>\d{1,2}:\d{2})(?!\d)(?:\s?(?P<colon_half>[ap])\.?\s?m\b\.?)?(?:\s?h\b)?
  | (?P<half_hour>\d{1,2})\s?(?P<half>[ap])\.?\s?m\b\.?
  | (?P<hours>\d{1,2})\s?(?:h|heures?)(?:\s?(?P<minutes>\d{2}))?(?![a-z\d])
  | (?P<day_first>\d{1,2})(?:er|st|nd|rd|th)?\s(?:of\s)?(?P<month_then>MONTHS),?\s(?P<year_then>\d{4})
  | (?P<month_first>MONTHS)\s(?P<day_then>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<year_last>\d{4})
  | (?P<count>\d{1,4})\s(?:times|fois)\b
  | (?P<number>\d{1,4})(?P<nth>er|ere|e|eme|st|nd|rd|th)?(?![a-z\d])
  | (?P<word>(?:WORDS)(?![a-z])\.?|[dl]'(?=[a-z]))
  | (?P<dash>[-\u2013])
  | (?P<gap>[\s,;&]+)
  | (?P<unknown>[^\s,;&]+)
"""


def tokens(text: str) -> list[Token]:
    """Read `text` into tokens; raises UsageError at the first word that is not known, with the nearest one."""
    return list(_tokens(plain(text).rstrip(".")))


def _tokens(text: str) -> Iterator[Token]:
    for found in _pattern().finditer(text):
        if found["unknown"]:
            raise _unknown(found["unknown"])
        if not found["gap"]:
            yield _token(found)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    months = "|".join(word for word, (kind, _value) in meanings().items() if kind is Word.MONTH)
    return re.compile(_PATTERN.replace("MONTHS", months).replace("WORDS", word_pattern()), re.VERBOSE)


def _token(found: re.Match[str]) -> Token:
    text = found[0].strip()
    if found["dash"]:
        return Token(Kind.WORD, text, 0, Word.TO)
    if found["word"]:
        text = text.rstrip(".")
        word, value = meanings()[text]
        return Token(Kind.WORD, text, value, word)
    if found["count"]:
        return Token(Kind.COUNT, text, int(found["count"]))
    if found["number"]:
        return Token(Kind.NUMBER, text, int(found["number"]), Word.ORDINAL if found["nth"] else Word.NUMBER)
    if found["colon"] or found["half_hour"] or found["hours"]:
        return Token(Kind.TIME, text, _time(found))
    return Token(Kind.DATE, text, _date(found))


def _time(found: re.Match[str]) -> time:
    hour, _colon, minute = (found["colon"] or found["half_hour"] or found["hours"]).partition(":")
    half = found["colon_half"] or found["half"]
    try:
        return time(_hour(int(hour), half), int(minute or found["minutes"] or 0))
    except ValueError:
        raise _no_such(found[0]) from None


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of the day of « 9 pm »: 12 am is midnight, 12 pm is noon."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def _date(found: re.Match[str]) -> date:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        month = meanings()[found["month_then"] or found["month_first"]][1]
        return date(
            int(found["year_then"] or found["year_last"]), int(month), int(found["day_first"] or found["day_then"])
        )
    except ValueError:
        raise _no_such(found[0]) from None


def _no_such(text: str) -> UsageError:
    return UsageError(_("There is no “{what}”.").format(what=text.strip()))


def _unknown(word: str) -> UsageError:
    near = nearest(word, meanings())
    hint = _("Did you mean “{near}”?").format(near=near) if near else None
    return UsageError(_("The rule's word “{word}” is not known.").format(word=word), hint=hint)
