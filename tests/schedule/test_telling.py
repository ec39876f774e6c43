"""A description never means more or less than its rule, in both languages."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.schedule.recurrence import describe, parse_rule
from newsletter.schedule.rrule import read_rrule, to_rrule
from newsletter.schedule.rule import WORKING_DAYS, Frequency, Rule, Weekday
from newsletter.schedule.walls import ever_comes


def sets(values: st.SearchStrategy, *, least: int = 0, most: int = 4) -> st.SearchStrategy:
    return st.lists(values, min_size=least, max_size=most, unique=True).map(sorted).map(tuple)


MONTHS = sets(st.integers(1, 12))
MONTHDAYS = sets(st.integers(-2, 31).filter(bool), least=1)
COUNTED = sets(st.builds(Weekday, nth=st.integers(-2, 5).filter(bool), day=st.integers(0, 6)), least=1)
PLAIN = sets(st.builds(Weekday, day=st.integers(0, 6)), least=1)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw a rule that words can tell."""
    frequency = draw(st.sampled_from(Frequency))
    interval = draw(st.integers(2, 5)) if frequency is Frequency.YEARLY else draw(st.sampled_from([1, 1, 2, 13]))
    anchor = draw(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    count = draw(st.none() | st.integers(1, 50))
    anchored = interval > 1 or count is not None or draw(st.booleans())
    until = draw(st.none() | st.dates(date(2101, 1, 1), date(2200, 1, 1)))
    return Rule(
        frequency=frequency,
        interval=interval,
        times=draw(sets(st.builds(time, st.integers(0, 23), st.integers(0, 59)), least=1, most=3)),
        anchor=anchor if anchored else None,
        count=count,
        until=datetime.combine(until, time.max) if until else None,
        **draw(days(frequency, interval)),
    )


@st.composite
def days(draw: st.DrawFn, frequency: Frequency, interval: int) -> dict[str, tuple]:
    """Draw the days of such a rule."""
    if frequency is Frequency.DAILY:
        return {"months": draw(MONTHS) if interval == 1 else ()}
    if frequency is Frequency.WEEKLY:
        return {"weekdays": draw(PLAIN)}
    months = draw(sets(st.integers(1, 12), least=1)) if frequency is Frequency.YEARLY else draw(MONTHS)
    if frequency is Frequency.MONTHLY and interval > 1:
        months = ()
    if months and interval == 1 and draw(st.booleans()):
        return {"months": months, "weekdays": draw(PLAIN)}
    if draw(st.booleans()):
        return {"months": months, "monthdays": draw(MONTHDAYS)}
    return {"months": months, "weekdays": draw(COUNTED)}


@given(rules().filter(ever_comes), st.sampled_from(["fr-CA", "en-CA"]))
def test_what_is_told_reads_back_as_the_same_rule(rule: Rule, language: str) -> None:
    told = describe(rule, language)
    assert "FREQ" not in told
    assert parse_rule(told) == rule


@given(rules().filter(ever_comes).filter(lambda rule: len(rule.times) == 1))
def test_rrule_reads_back_as_the_same_rule(rule: Rule) -> None:
    assert read_rrule(to_rrule(rule)) == rule


def test_counted_working_days_read_back() -> None:
    rule = Rule(frequency=Frequency.MONTHLY, times=(time(9),), weekdays=WORKING_DAYS, positions=(-1, 1))
    for language in ("fr", "en"):
        assert parse_rule(describe(rule, language)) == rule


def test_french_is_written_as_it_should() -> None:
    nbsp = "\N{NO-BREAK SPACE}"
    assert describe(parse_rule("second last day of april at 9"), "fr") == f"l'avant-dernier jour d'avril à 9{nbsp}h"
    assert describe(parse_rule("every monday and friday at 9:30"), "fr-CA") == (
        f"tous les lundis et vendredis à 9{nbsp}h{nbsp}30"
    )
    assert describe(parse_rule("15 january, july at 9"), "fr") == f"le 15 des mois de janvier et juillet à 9{nbsp}h"


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYDAY=20MO;BYHOUR=9;BYMINUTE=0",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=9;BYMINUTE=0",
        "DTSTART:20260108\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;BYHOUR=9;BYMINUTE=0;WKST=SU",
        "DTSTART:20260101\nRRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=0;UNTIL=20261231T120000Z",
        "FREQ=MONTHLY;BYMONTHDAY=-7;BYHOUR=9;BYMINUTE=0",
    ],
)
def test_what_words_can_not_say_exactly_is_told_as_rrule_and_reads_back(text: str) -> None:
    rule = parse_rule(text)
    told = describe(rule, "fr")
    assert "FREQ=" in told
    assert parse_rule(told) == rule
