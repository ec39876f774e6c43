"""A Rule becomes words again, in French or English, so that a person can see what was understood.

What words can not say exactly is told as its RRULE: a description never means more or less than the rule.
`reading.read(tell(rule, language))` gives the rule back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from newsletter.schedule.rrule import to_rrule
from newsletter.schedule.rule import WORKING_DAYS, Frequency, Rule
from newsletter.schedule.saying import say_time
from newsletter.schedule.words import ENGLISH, FRENCH, vocabulary

_LOWEST_ORDINAL, _HIGHEST_ORDINAL = -2, 5


def tell(rule: Rule, language: str) -> str:
    """Say when a rule recurs, e.g. « le premier mardi de janvier et avril à 9 h »."""
    if not _has_words(rule):
        return to_rrule(rule)
    french = vocabulary(language) is FRENCH
    days = (_french_days if french else _english_days)(rule)
    times = _join([say_time(at, language) for at in rule.times], french=french)
    return " ".join([days, "à" if french else "at", times, *_bounds(rule, french=french)])


def _has_words(rule: Rule) -> bool:
    """Tell whether `_french_days` and `_english_days` can say the rule exactly."""
    if rule.week_start or (rule.until is not None and (rule.until.tzinfo or rule.until.time() != time.max)):
        return False
    counted = bool(rule.monthdays) + bool(rule.positions) + any(day.nth for day in rule.weekdays)
    match rule.frequency:
        case Frequency.DAILY:
            return not (rule.monthdays or rule.weekdays or rule.positions) and (not rule.months or rule.interval == 1)
        case Frequency.WEEKLY:
            return bool(rule.weekdays) and not (counted or rule.months)
        case Frequency.MONTHLY:
            return _month_has_words(rule, counted) and (rule.interval == 1 or not rule.months)
        case Frequency.YEARLY:
            return _month_has_words(rule, counted) and bool(rule.months) and rule.interval > 1 and counted == 1


def _month_has_words(rule: Rule, counted: int) -> bool:
    if counted > 1 or not (rule.monthdays or rule.weekdays) or (rule.monthdays and rule.weekdays):
        return False
    if counted == 0:
        return bool(rule.months) and rule.interval == 1
    if rule.positions and (rule.weekdays != WORKING_DAYS or len(rule.times) > 1):
        return False
    if len({day.nth == 0 for day in rule.weekdays}) > 1:
        return False
    ordinals = [*rule.positions, *(day.nth for day in rule.weekdays if day.nth)]
    from_the_end = [day for day in rule.monthdays if day < 0]
    return all(_LOWEST_ORDINAL <= nth <= _HIGHEST_ORDINAL for nth in [*ordinals, *from_the_end])


def _french_days(rule: Rule) -> str:
    if rule.frequency is Frequency.DAILY:
        return _french_daily(rule)
    if rule.frequency is Frequency.WEEKLY:
        names = [FRENCH.weekdays[day.day] for day in rule.weekdays]
        if rule.weekdays == WORKING_DAYS and rule.interval == 1:
            return "tous les jours ouvrables"
        if rule.interval == 1:
            return "tous les " + _join([f"{name}s" for name in names], french=True)
        return f"toutes les {rule.interval} semaines " + _join([f"le {name}" for name in names], french=True)
    if not (rule.monthdays or rule.positions or any(day.nth for day in rule.weekdays)):
        plurals = _join([f"{FRENCH.weekdays[day.day]}s" for day in rule.weekdays], french=True)
        return f"tous les {plurals} {_french_months(rule)}"
    counted = [f"l'{name}" if name[0] == "a" else f"le {name}" for name in _french_counted(rule)]
    return f"{_french_every(rule)}{_join(counted, french=True)} {_french_of(rule)}"


def _french_of(rule: Rule) -> str:
    """Return what the days are of: « le 29 février », « le 15 des mois de janvier et juillet », « de chaque mois »."""
    if not rule.months:
        return "du mois" if rule.interval > 1 else "de chaque mois"
    if not rule.monthdays or min(rule.monthdays) < 0:
        return _french_months(rule)
    return FRENCH.months[rule.months[0] - 1] if len(rule.months) == 1 else f"des mois {_french_months(rule)}"


def _french_every(rule: Rule) -> str:
    if rule.interval == 1:
        return ""
    return f"tous les {rule.interval} {'ans' if rule.frequency is Frequency.YEARLY else 'mois'} "


def _french_daily(rule: Rule) -> str:
    every = "tous les jours" if rule.interval == 1 else f"tous les {rule.interval} jours"
    return f"{every} {_french_months(rule)}" if rule.months else every


def _french_months(rule: Rule) -> str:
    names = _join([FRENCH.months[month - 1] for month in rule.months], french=True)
    return f"d'{names}" if names[0] in "ao" else f"de {names}"


def _french_counted(rule: Rule) -> list[str]:
    if rule.monthdays:
        return [
            "1er" if day == 1 else str(day) if day > 0 else f"{FRENCH.last[-day - 1]} jour" for day in rule.monthdays
        ]
    if rule.positions:
        return [f"{_ordinal(nth, french=True)} jour ouvrable" for nth in rule.positions]
    return [f"{_ordinal(day.nth, french=True)} {FRENCH.weekdays[day.day]}" for day in rule.weekdays]


def _english_days(rule: Rule) -> str:
    if rule.frequency is Frequency.DAILY:
        return _english_daily(rule)
    weekdays = _join([ENGLISH.weekdays[day.day] for day in rule.weekdays], french=False)
    if rule.frequency is Frequency.WEEKLY and rule.weekdays == WORKING_DAYS and rule.interval == 1:
        return "every weekday"
    if rule.frequency is Frequency.WEEKLY:
        return f"every {weekdays}" if rule.interval == 1 else f"every {rule.interval} weeks on {weekdays}"
    months = _join([ENGLISH.months[month - 1] for month in rule.months], french=False)
    of = months or ("the month" if rule.interval > 1 else "each month")
    if not (rule.monthdays or rule.positions or any(day.nth for day in rule.weekdays)):
        return f"every {weekdays} of {of}"
    counted = [f"the {name}" for name in _english_counted(rule)]
    return f"{_english_every(rule)}on {_join(counted, french=False)} of {of}"


def _english_every(rule: Rule) -> str:
    if rule.interval == 1:
        return ""
    return f"every {rule.interval} {'years' if rule.frequency is Frequency.YEARLY else 'months'} "


def _english_daily(rule: Rule) -> str:
    every = "every day" if rule.interval == 1 else f"every {rule.interval} days"
    return every + (
        " of " + _join([ENGLISH.months[month - 1] for month in rule.months], french=False) if rule.months else ""
    )


def _english_counted(rule: Rule) -> list[str]:
    if rule.monthdays:
        return [f"{day}{_suffix(day)}" if day > 0 else f"{ENGLISH.last[-day - 1]} day" for day in rule.monthdays]
    if rule.positions:
        return [f"{_ordinal(nth, french=False)} weekday" for nth in rule.positions]
    return [f"{_ordinal(day.nth, french=False)} {ENGLISH.weekdays[day.day]}" for day in rule.weekdays]


def _ordinal(nth: int, *, french: bool) -> str:
    words = FRENCH if french else ENGLISH
    return words.ordinals[nth - 1] if nth > 0 else words.last[-nth - 1]


def _suffix(number: int) -> str:
    return "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _bounds(rule: Rule, *, french: bool) -> list[str]:
    found = []
    if rule.anchor is not None:
        found.append(f"à partir du {_french_date(rule.anchor)}" if french else f"from {_english_date(rule.anchor)}")
    if rule.until is not None:
        day = rule.until.date()
        found.append(f"jusqu'au {_french_date(day)}" if french else f"until {_english_date(day)}")
    if rule.count is not None:
        found.append(f"{rule.count} {'fois' if french else 'times'}")
    return found


def _french_date(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {FRENCH.months[day.month - 1]} {day.year:04}"


def _english_date(day: date) -> str:
    return f"{day.day} {ENGLISH.months[day.month - 1]} {day.year:04}"


def _join(words: Sequence[str], *, french: bool) -> str:
    """Join with commas and « and »."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {'et' if french else 'and'} {words[-1]}"
