"""Quiet hours are wall time, over midnight and over clock changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.quiet import quiet_for

ZONE = "America/Toronto"


@pytest.mark.parametrize(
    ("at", "hours", "seconds"),
    [
        ("2026-06-01 12:00", "22:00-07:00", 0),
        ("2026-06-01 22:00", "22:00-07:00", 9 * 3600),
        ("2026-06-01 06:59", "22:00-07:00", 60),
        ("2026-06-01 07:00", "22:00-07:00", 0),
        ("2026-06-01 12:30", "12:00-13:00", 1800),
        ("2026-06-01 12:30", "", 0),
        ("2026-03-07 22:00", "22:00-07:00", 8 * 3600),  # the hour that is skipped
        ("2026-10-31 22:00", "22:00-07:00", 10 * 3600),  # the hour that comes twice
    ],
)
def test_how_long_it_is_quiet(at: str, hours: str, seconds: float) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(ZONE))
    assert quiet_for(moment, hours, ZONE) == seconds
