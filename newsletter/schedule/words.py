"""The words of rules in French and English, for reading and for telling: one vocabulary for each language.

They stand here and not in the catalogues of interface texts, because they are a grammar that is read as
well as written: a rule told in one language can be read back whatever the interface speaks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.language import interface_language


class Word(StrEnum):
    """What a word of a rule does there."""

    WEEKDAY = "weekday"
    MONTH = "month"
    #: first, last: 1 to 5, or from the end -1 to -5
    ORDINAL = "ordinal"
    NUMBER = "number"
    #: day, week, month, year
    UNIT = "unit"
    #: daily, weekly …: a unit that says « every » too
    ADVERB = "adverb"
    WORKING_DAY = "working day"
    #: Saturday and Sunday
    WEEKEND = "weekend"
    #: between two days of the week: all from the one to the other
    TO = "to"
    AND = "and"
    EVERY = "every"
    #: every other, one in two
    OTHER = "other"
    OF = "of"
    AT = "at"
    FROM = "from"
    UNTIL = "until"
    #: noon and midnight, as minutes of the day
    CLOCK = "clock"
    #: carries no meaning of its own
    FILLER = "filler"


class Unit(StrEnum):
    """A period, as a word."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


Meaning = tuple[Word, int | Unit]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """A language's words, as a sentence wants them; `others` are further ways to say the same."""

    #: Monday first
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    #: how both are shortened: day or month with its short forms, parted by commas
    short_days: tuple[tuple[int, str], ...]
    short_months: tuple[tuple[int, str], ...]
    #: first to fifth
    ordinals: tuple[str, ...]
    #: last, second last
    last: tuple[str, ...]
    #: each meaning with its words, parted by commas
    others: tuple[tuple[Word, int | Unit, str], ...]


FRENCH = Vocabulary(
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    # « mar » is March in the other language
    short_days=((0, "lun"), (2, "mer"), (3, "jeu"), (4, "ven"), (5, "sam"), (6, "dim")),
    short_months=(
        (1, "janv"),
        (2, "fevr"),
        (4, "avr"),
        (7, "juil"),
        (9, "sept"),
        (10, "oct"),
        (11, "nov"),
        (12, "dec"),
    ),
    ordinals=("premier", "deuxième", "troisième", "quatrième", "cinquième"),
    last=("dernier", "avant-dernier"),
    others=(
        (Word.ORDINAL, 1, "première"),
        (Word.ORDINAL, 2, "second, seconde"),
        (Word.ORDINAL, -1, "dernière"),
        (Word.ORDINAL, -2, "avant-dernière"),
        (Word.NUMBER, 2, "deux"),
        (Word.NUMBER, 3, "trois"),
        (Word.NUMBER, 4, "quatre"),
        (Word.NUMBER, 6, "six"),
        (Word.UNIT, Unit.DAY, "jour, jours"),
        (Word.UNIT, Unit.WEEK, "semaine, semaines"),
        (Word.UNIT, Unit.MONTH, "mois"),
        (Word.UNIT, Unit.QUARTER, "trimestre, trimestres"),
        (Word.UNIT, Unit.YEAR, "an, ans, année, années"),
        (Word.ADVERB, Unit.DAY, "quotidien, quotidienne, quotidiennement"),
        (Word.ADVERB, Unit.WEEK, "hebdomadaire, hebdomadairement"),
        (Word.ADVERB, Unit.MONTH, "mensuel, mensuelle, mensuellement"),
        (Word.ADVERB, Unit.QUARTER, "trimestriel, trimestrielle, trimestriellement"),
        (Word.ADVERB, Unit.YEAR, "annuel, annuelle, annuellement"),
        (Word.WORKING_DAY, 0, "jour ouvrable, jours ouvrables, jour de semaine, jours de semaine"),
        (Word.WEEKEND, 0, "fin de semaine, fins de semaine, week-end, week-ends"),
        (Word.TO, 0, "au"),
        (Word.EVERY, 0, "chaque, tous, toutes, aux"),
        (Word.OTHER, 2, "sur deux, sur 2"),
        (Word.OF, 0, "de, du, des, d', en"),
        (Word.AT, 0, "à, vers"),
        (Word.FROM, 0, "à partir de, à partir du, à compter de, à compter du, dès le"),
        (Word.UNTIL, 0, "jusqu'au, jusqu'à, jusqu'en"),
        (Word.CLOCK, 0, "minuit"),
        (Word.CLOCK, 720, "midi"),
        (Word.AND, 0, "et"),
        (Word.FILLER, 0, "le, la, les, l', un, une, puis"),
    ),
)

ENGLISH = Vocabulary(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    short_days=(
        (0, "mon"),
        (1, "tue, tues"),
        (2, "wed, weds"),
        (3, "thu, thur, thurs"),
        (4, "fri"),
        (5, "sat"),
        (6, "sun"),
    ),
    short_months=((1, "jan"), (2, "feb"), (4, "apr"), (6, "jun"), (7, "jul"), (8, "aug"), (9, "sep")),
    ordinals=("first", "second", "third", "fourth", "fifth"),
    last=("last", "second last"),
    others=(
        (Word.ORDINAL, -2, "second to last, next to last, last but one, penultimate"),
        (Word.NUMBER, 2, "two"),
        (Word.NUMBER, 3, "three"),
        (Word.NUMBER, 4, "four"),
        (Word.NUMBER, 6, "six"),
        (Word.UNIT, Unit.DAY, "day, days"),
        (Word.UNIT, Unit.WEEK, "week, weeks"),
        (Word.UNIT, Unit.MONTH, "month, months"),
        (Word.UNIT, Unit.QUARTER, "quarter, quarters"),
        (Word.UNIT, Unit.YEAR, "year, years"),
        (Word.ADVERB, Unit.DAY, "daily"),
        (Word.ADVERB, Unit.WEEK, "weekly"),
        (Word.ADVERB, Unit.MONTH, "monthly"),
        (Word.ADVERB, Unit.QUARTER, "quarterly"),
        (Word.ADVERB, Unit.YEAR, "yearly, annually"),
        (Word.WORKING_DAY, 0, "weekday, weekdays, working day, working days, business day, business days"),
        (Word.WEEKEND, 0, "weekend, weekends"),
        (Word.TO, 0, "to, through, thru"),
        (Word.EVERY, 0, "every, each, all"),
        (Word.OTHER, 2, "other, alternate"),
        (Word.OF, 0, "of, in"),
        (Word.AT, 0, "at"),
        (Word.FROM, 0, "from, starting, starting on, starting from, beginning, beginning on, since"),
        (Word.UNTIL, 0, "until, till, up to"),
        (Word.CLOCK, 0, "midnight"),
        (Word.CLOCK, 720, "noon"),
        (Word.AND, 0, "and"),
        (Word.FILLER, 0, "the, on, then, o'clock"),
    ),
)


def vocabulary(language: str) -> Vocabulary:
    """Return the vocabulary nearest to a language such as `fr-CA`."""
    return FRENCH if interface_language(language).startswith("fr") else ENGLISH


def plain(text: str) -> str:
    """Return `text` as words are compared: lower case, no accents, simple spaces and apostrophes."""
    unspaced = text.replace("\u2019", "'").casefold()
    letters = unicodedata.normalize("NFKD", unspaced)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=1)
def meanings() -> Mapping[str, Meaning]:
    """Return what every known word means, both languages together, by its plain form."""
    found: dict[str, Meaning] = {}
    for words in (ENGLISH, FRENCH):
        for word, meaning in _pairs(words):
            found.setdefault(plain(word), meaning)
    return found


def _pairs(words: Vocabulary) -> Iterator[tuple[str, Meaning]]:
    for day, name in enumerate(words.weekdays):
        yield name, (Word.WEEKDAY, day)
        yield name + "s", (Word.WEEKDAY, day)
    for month, name in enumerate(words.months, start=1):
        yield name, (Word.MONTH, month)
    for kind, shorts in ((Word.WEEKDAY, words.short_days), (Word.MONTH, words.short_months)):
        for number, shortened in shorts:
            yield from ((name, (kind, number)) for name in shortened.split(", "))
    for nth, name in enumerate(words.ordinals, start=1):
        yield name, (Word.ORDINAL, nth)
    for before, name in enumerate(words.last, start=1):
        yield name, (Word.ORDINAL, -before)
    for word, value, names in words.others:
        for name in names.split(", "):
            yield name, (word, value)


@lru_cache(maxsize=1)
def word_pattern() -> str:
    """Return a regular expression of every known word, the longest first."""
    longest_first = sorted(meanings(), key=len, reverse=True)
    return "|".join(re.escape(word) for word in longest_first)
