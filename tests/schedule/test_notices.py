"""People are told of what they must know: once, in words, with what to do, and without anybody's address."""

from datetime import timedelta

import pytest
from schedule_parts import notices_of

from newsletter.config.model import Series
from newsletter.errors import TransientError
from newsletter.language import speaking
from newsletter.schedule import notices
from newsletter.schedule.book import book_once
from newsletter.schedule.notices import About, tell_all, untold
from newsletter.schedule.reminders import remind
from newsletter.schedule.series import book_series
from newsletter.schedule.tick import Clockwork, tick


@pytest.fixture
def held(store, make_confirmed, moment, policy, ledger, at):
    """Hold an issue: it was found due a day late."""
    book_once(store, make_confirmed(), moment("2026-12-01 09:00"), policy=policy, now=at("2026-11-01 09:00"))
    tick(store, Clockwork(policy=policy, fire=ledger), now=at("2026-12-02 09:00"))


def test_a_held_issue_is_told_once_with_what_to_do(store, held):
    told = []
    with speaking("en-CA"):
        assert tell_all(store, told.append) == 1
        assert tell_all(store, told.append) == 0
    [notice] = told
    assert notice.subject == "2026-12 waits for your decision"
    assert "Planned for Tuesday 1 December 2026 at 09:00 (America/Toronto)." in notice.text
    for command in ("keep", "renew", "cancel"):
        assert f"newsletter schedule {command} 2026-12" in notice.text
    assert untold(store) == []


def test_it_speaks_french(store, held):
    with speaking("fr-CA"):
        [notice] = untold(store)
    assert notice.subject == "2026-12 attend votre décision"
    assert "Prévu mardi 1er décembre 2026 à 9" in notice.text


def test_what_could_not_be_told_is_told_later_and_seen_in_the_meantime(store, held):
    def fail(notice):
        raise TransientError("The relay does not answer.")

    assert tell_all(store, fail) == 0
    assert [notice.tries for notice in untold(store)] == [1]
    told = []
    assert tell_all(store, told.append) == 0


def test_a_notice_is_tried_again_when_its_time_has_come(store, held, monkeypatch):
    def fail(notice):
        raise TransientError("The relay does not answer.")

    monkeypatch.setattr(notices, "RETRY", -1.0)
    assert tell_all(store, fail) == 0
    told = []
    assert tell_all(store, told.append) == 1
    assert [notice.tries for notice in told] == [1]


def test_two_clocks_do_not_tell_the_same(store, held):
    told = []

    def slow(notice):
        # while one clock hands it over, another looks
        assert tell_all(store, told.append) == 0
        told.append(notice)

    assert tell_all(store, slow) == 1
    assert len(told) == 1


@pytest.fixture
def series(store, policy, at):
    """Book a monthly series with reminders."""
    made = {
        "mensuelle": Series(
            rule="last friday of each month at 14:30",
            issues="issues/*.md",
            lists=("membres",),
            remind=("14 days", "3 days"),
            contributors=("comite@example.org",),
        )
    }
    book_series(store, made, policy=policy, transport="files", now=at("2026-05-01 09:00"))
    return made


def test_reminders_go_once_each_at_their_time(store, series, at):
    due = at("2026-05-29 14:30")
    assert remind(store, series, now=due - timedelta(days=14, minutes=1)) == 0
    assert remind(store, series, now=due - timedelta(days=14)) == 1
    assert remind(store, series, now=due - timedelta(days=13)) == 0
    assert remind(store, series, now=due - timedelta(days=3)) == 1
    assert remind(store, series, now=due - timedelta(days=1)) == 0
    assert [about for about, _ in notices_of(store)] == ["remind:14 days", "remind:3 days"]
    first, _second = untold(store)
    assert (first.about, first.series) == (About.REMIND, "mensuelle")


def test_who_is_late_is_reminded_once_by_the_nearest(store, series, at):
    assert remind(store, series, now=at("2026-05-28 09:00")) == 1
    assert [about for about, _ in notices_of(store)] == ["remind:3 days"]


def test_no_reminder_comes_after_the_time(store, series, at):
    assert remind(store, series, now=at("2026-05-29 14:30")) == 0


def test_no_notice_holds_an_address(store, series, held, at):
    remind(store, series, now=at("2026-05-28 09:00"))
    assert all("@" not in notice.text + notice.subject + repr(notice) for notice in untold(store))
