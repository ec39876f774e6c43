"""Crontab lines are refused with the rule that they mean."""

import pytest

from newsletter.errors import UsageError
from newsletter.schedule.recurrence import parse_rule


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("0 9 * * 1", "every Monday at 09:00"),
        ("0 9 * * mon-fri", "every weekday at 09:00"),
        ("0 9 * * 0", "every Sunday at 09:00"),
        ("0 9 * * 7", "every Sunday at 09:00"),
        ("30 8,17 1,15 * *", "on the 1st and the 15th of each month at 08:30 and 17:30"),
        ("0 9 1 jan,jul *", "on the 1st of January and July at 09:00"),
        ("0 9 1 */6 *", "on the 1st of January and July at 09:00"),
        ("@daily", "every day at 00:00"),
    ],
)
def test_the_advice_is_the_equivalent_rule_and_is_itself_a_rule(line: str, advice: str) -> None:
    with pytest.raises(UsageError, match="Crontab") as caught:
        parse_rule(line)
    assert caught.value.hint is not None
    assert caught.value.hint.endswith(advice)
    assert parse_rule(advice).times


@pytest.mark.parametrize(
    "line", ["*/5 * * * *", "@hourly", "0 9 13 * 5", "0 9 * * 1#2", "99 9 * * 1", "0 9 * * mon-xyz"]
)
def test_a_line_without_an_equivalent_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(UsageError, match="Crontab") as caught:
        parse_rule(line)
    assert caught.value.hint is not None
    assert "first Tuesday" in caught.value.hint
