"""Rules in French and English words are understood, and what is missing or ambiguous is said."""

from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import UsageError
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.rule import WORKING_DAYS, Frequency, Rule, Weekday

NINE = (time(9),)
QUARTERLY = Rule(
    frequency=Frequency.MONTHLY, times=NINE, months=(1, 4, 7, 10), weekdays=(Weekday(nth=1, day=1),)
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "first tuesday of january, april, july, october at 09:00",
        "At 9 am, on the 1st Tuesday of January, April, July and October",
        "premier mardi de janvier, avril, juillet et octobre à 9 h",
        "le premier mardi de janvier, d'avril, de juillet et d’octobre à 9\N{NO-BREAK SPACE}h",
        "1er mardi de janvier, avril, juillet, octobre à 09:00",
        "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYDAY=1TU;BYHOUR=9;BYMINUTE=0",
        "FREQ=YEARLY;BYMONTH=1,4,7,10;BYDAY=1TU;BYHOUR=9",
    ],
)
def test_four_meetings_a_year_are_one_rule_however_they_are_said(text: str) -> None:
    assert parse_rule(text) == QUARTERLY


@pytest.mark.parametrize(
    ("english", "french", "rule"),
    [
        ("daily at 9", "tous les jours à 9 h", Rule(frequency=Frequency.DAILY, times=NINE)),
        (
            "every day at 9:00 and at 4:30 p.m.",
            "chaque jour à 9h et à 16h30",
            Rule(frequency=Frequency.DAILY, times=(time(9), time(16, 30))),
        ),
        ("mondays at 9", "le lundi à 9 h", Rule(frequency=Frequency.WEEKLY, times=NINE, weekdays=(Weekday(day=0),))),
        (
            "every weekday at noon",
            "tous les jours ouvrables à midi",
            Rule(frequency=Frequency.WEEKLY, times=(time(12),), weekdays=WORKING_DAYS),
        ),
        (
            "last friday of each month at 14:30",
            "dernier vendredi du mois à 14 h 30",
            Rule(frequency=Frequency.MONTHLY, times=(time(14, 30),), weekdays=(Weekday(nth=-1, day=4),)),
        ),
        (
            "the 1st and 15th of each month at 08:00",
            "le 1er et le 15 de chaque mois à 8 h",
            Rule(frequency=Frequency.MONTHLY, times=(time(8),), monthdays=(1, 15)),
        ),
        (
            "at 9:00 on 31 of each month",
            "à 9 h le 31 de chaque mois",
            Rule(frequency=Frequency.MONTHLY, times=NINE, monthdays=(31,)),
        ),
        (
            "last day of each month at 9",
            "dernier jour du mois à 9 h",
            Rule(frequency=Frequency.MONTHLY, times=NINE, monthdays=(-1,)),
        ),
        (
            "yearly on 29 february at 9",
            "chaque année le 29 février à 9 h",
            Rule(frequency=Frequency.MONTHLY, times=NINE, months=(2,), monthdays=(29,)),
        ),
        (
            "1 january and 1 july at 9",
            "le 1er janvier et le 1er juillet à 9 h",
            Rule(frequency=Frequency.MONTHLY, times=NINE, months=(1, 7), monthdays=(1,)),
        ),
        (
            "every 2 weeks on thursday at 9 from 8 January 2026",
            "un jeudi sur deux à 9 h à partir du 8 janvier 2026",
            Rule(
                frequency=Frequency.WEEKLY,
                times=NINE,
                interval=2,
                weekdays=(Weekday(day=3),),
                anchor=date(2026, 1, 8),
            ),
        ),
        (
            "every other month on the first monday at 9 from 2026-01-01, 10 times",
            "tous les deux mois, le premier lundi, à 9 h, 10 fois, dès le 1er janvier 2026",
            Rule(
                frequency=Frequency.MONTHLY,
                times=NINE,
                interval=2,
                weekdays=(Weekday(nth=1, day=0),),
                anchor=date(2026, 1, 1),
                count=10,
            ),
        ),
        (
            "first tuesday of each quarter at 9 o'clock",
            "trimestriel, le premier mardi, à 9 h",
            QUARTERLY,
        ),
        (
            "last business day of the quarter at 4 p.m.",
            "dernier jour ouvrable de chaque trimestre à 16 h",
            Rule(
                frequency=Frequency.MONTHLY,
                times=(time(16),),
                months=(3, 6, 9, 12),
                weekdays=WORKING_DAYS,
                positions=(-1,),
            ),
        ),
        (
            "from monday to friday at 7:30am",
            "du lundi au vendredi à 7 h 30",
            Rule(frequency=Frequency.WEEKLY, times=(time(7, 30),), weekdays=WORKING_DAYS),
        ),
        (
            "Fri - Mon at 18:15",
            "ven. au lun. à 18 h 15",
            Rule(
                frequency=Frequency.WEEKLY,
                times=(time(18, 15),),
                weekdays=(Weekday(day=0), Weekday(day=4), Weekday(day=5), Weekday(day=6)),
            ),
        ),
        (
            "weekends at 10am and 4pm",
            "la fin de semaine à 10 h et à 16 h",
            Rule(frequency=Frequency.WEEKLY, times=(time(10), time(16)), weekdays=(Weekday(day=5), Weekday(day=6))),
        ),
        (
            "every 2nd and 4th wednesday at 6:30 p.m.",
            "les 2e et 4e mercredis à 18 h 30",
            Rule(
                frequency=Frequency.MONTHLY,
                times=(time(18, 30),),
                weekdays=(Weekday(nth=2, day=2), Weekday(nth=4, day=2)),
            ),
        ),
        (
            "every last friday at 9",
            "chaque dernier vendredi à 9 h",
            Rule(frequency=Frequency.MONTHLY, times=NINE, weekdays=(Weekday(nth=-1, day=4),)),
        ),
        (
            "every second thursday at 9 from 2026-01-08",
            "un jeudi sur deux à 9 h dès le 8 janvier 2026",
            Rule(
                frequency=Frequency.WEEKLY,
                times=NINE,
                interval=2,
                weekdays=(Weekday(day=3),),
                anchor=date(2026, 1, 8),
            ),
        ),
        (
            "daily at 9 and 17",
            "tous les jours à 9 et 17 h",
            Rule(frequency=Frequency.DAILY, times=(time(9), time(17))),
        ),
        (
            "Mon, Wed and Fri at 9",
            "lun., mer. et ven. à 9 h",
            Rule(
                frequency=Frequency.WEEKLY,
                times=NINE,
                weekdays=(Weekday(day=0), Weekday(day=2), Weekday(day=4)),
            ),
        ),
        (
            "first weekday of each month at 9",
            "le premier jour ouvrable du mois à 9 h",
            Rule(frequency=Frequency.MONTHLY, times=NINE, weekdays=WORKING_DAYS, positions=(1,)),
        ),
    ],
)
def test_both_languages_mean_the_same(english: str, french: str, rule: Rule) -> None:
    assert parse_rule(english) == rule
    assert parse_rule(french) == rule


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("every monday", "at what time"),
        ("at 09:00", "on which days"),
        ("the 15th at 09:00", "of which months"),
        ("every third thursday at 09:00", "of which months"),
        ("every second thursday at 09:00", "from which day"),
        ("chaque deuxième jeudi à 9 h", "of which months"),
        ("every quarter at 09:00", "which days of a quarter"),
        ("first monday and last friday of each quarter at 09:00", "from its beginning or from its end"),
        ("fifth monday of each quarter at 09:00", "from its beginning or from its end"),
        ("first weekend of each month at 09:00", "two days"),
        ("on the 15th at 9 and at 17", "of which months"),
        ("monthly at 09:00", "on which days"),
        ("1 january and 15 july at 09:00", "other days for other months"),
        ("monday and the 15th of each month at 09:00", "days of the week and days of the month"),
        ("first monday and tuesday of each month at 09:00", "counts one day"),
        ("every 2 weeks on thursday at 09:00", "from which day"),
        ("the 45th of each month at 09:00", "No month has that day"),
        ("the 1st and the 32nd of each month at 09:00", "No month has that day"),
        ("30 february at 09:00", "never comes"),
        ("2026-12-01 at 09:00", "for one date"),
        ("every monday at 25:00", "no “25:00”"),
        ("every monday at 13 pm", "no “13 pm”"),
        ("every monday at 9 from tuesday", "a date with its year"),
        ("every 0 days at 09:00 from 2026-01-01", "at least once"),
        ("tous les mois le premier et le dernier jour ouvrable à 9 h et 10 h", "one time"),
    ],
)
def test_what_is_missing_or_ambiguous_is_said(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_rule(text)


def test_a_misspelt_word_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="mardy") as caught:
        parse_rule("premier mardy de janvier à 9 h")
    assert caught.value.hint is not None
    assert "mardi" in caught.value.hint


def test_a_first_day_can_be_given_beside_the_rule() -> None:
    assert parse_rule("every 2 weeks on thursday at 9", anchor=date(2026, 1, 8)).anchor == date(2026, 1, 8)
    assert parse_rule("every thursday at 9", anchor=date(2026, 1, 8)).anchor is None


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_clear_refusal(text: str) -> None:
    with suppress(UsageError):
        assert parse_rule(text, anchor=date(2026, 1, 1)).times


WORDS = ["first", "last", "monday", "mardi", "of", "each", "month", "at", "9", "09:30", "15", "2", "weeks", "january"]


@given(st.lists(st.sampled_from([*WORDS, "le", "1er", "every", "day", "from", "2026-01-08", "10 times", "and"])))
def test_known_words_in_any_order_are_a_rule_or_a_clear_refusal(words: list[str]) -> None:
    with suppress(UsageError):
        assert parse_rule(" ".join(words), anchor=date(2026, 1, 1)).times
