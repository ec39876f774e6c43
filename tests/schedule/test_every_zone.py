"""Every zone there is: each wall day once, instants ascending, and where the clocks change what they show is right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from newsletter.schedule.rule import Frequency, Rule
from newsletter.schedule.wallclock import occurrences

NIGHT = (time(0), time(1, 30), time(2, 30))


def zones() -> list[str]:
    """Name one zone of each kind: many names mean the same."""
    found: dict[str, str] = {}
    for name in sorted(available_timezones()):
        path = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
        if path.is_file():
            found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), name)
    return sorted(found.values())


def changes(zone: ZoneInfo, first: date, last: date) -> Iterator[date]:
    """Yield the days on which a zone's clocks are set."""
    day = datetime.combine(first, time(), UTC)
    while day.date() < last:
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset():
            yield day.date()
        day += timedelta(days=1)


def look(name: str, first: date, last: date) -> int:
    """Check the nights around each change of one zone's clocks, by what `zoneinfo` says of each instant alone."""
    zone, seen = ZoneInfo(name), 0
    for day in changes(zone, first, last):
        for at in NIGHT:
            since = datetime.combine(day - timedelta(days=1), time())
            found = list(islice(occurrences(Rule(frequency=Frequency.DAILY, times=(at,)), since, zone), 4))
            assert [each.local for each in found] == [
                datetime.combine(since.date() + timedelta(days=days), at) for days in range(4)
            ]
            assert all(one.utc < other.utc for one, other in pairwise(found)), name
            for each in found:
                is_right(each.local, each.utc, zone)
            seen += len(found)
    return seen


def is_right(local: datetime, utc: datetime, zone: ZoneInfo) -> None:
    shown = utc.astimezone(zone)
    if shown.replace(tzinfo=None) == local:
        assert shown.fold == 0, "of a time that comes twice the first is meant"
        return
    # the clocks jumped over it: it comes as much later as they jumped
    before = (utc - timedelta(hours=3)).astimezone(zone).utcoffset()
    after = shown.utcoffset()
    assert before is not None
    assert after is not None
    assert shown.replace(tzinfo=None) - local == after - before > timedelta()


def test_a_year_in_every_zone() -> None:
    names = zones()
    assert len(names) > 300
    assert sum(look(name, date(2026, 1, 1), date(2027, 1, 1)) for name in names) > 2000


@pytest.mark.torture
def test_ten_years_in_every_zone() -> None:
    for name in zones():
        look(name, date(2020, 1, 1), date(2030, 1, 1))
