"""What is due goes once, on time or late; what is too late, or held, waits for a person."""

from datetime import timedelta

import pytest
from schedule_parts import notices_of, turns_of

from newsletter.errors import RefusedError, TransientError, UsageError
from newsletter.schedule.book import book_once, cancel, keep, put_off, renew
from newsletter.schedule.booking import Decision, Outcome, State, bookings, find_booking, frozen_of, held_turns, turns
from newsletter.schedule.going import Fired, release
from newsletter.schedule.tick import Clockwork, tick

NINE = "2026-12-01 09:00"


@pytest.fixture
def booked(store, make_confirmed, moment, policy, at):
    """Book the issue of December for nine o'clock."""
    return book_once(store, make_confirmed(), moment(NINE), policy=policy, now=at("2026-11-01 09:00"))


@pytest.fixture
def works(policy, ledger):
    """Return what a tick works with."""
    return Clockwork(policy=policy, fire=ledger)


def test_an_issue_goes_at_its_time_and_not_before(store, booked, works, ledger, at):
    assert tick(store, works, now=at("2026-12-01 08:59:59")) == []
    [(booking, turn, fired)] = tick(store, works, now=at(NINE))
    assert (booking.id, turn.wall.isoformat()) == (booked.id, "2026-12-01T09:00:00")
    assert fired.outcome is Outcome.SENT
    assert tick(store, works, now=at("2026-12-01 09:01")) == []
    assert ledger.made() == ["2026-12-01T09:00:00"]
    assert find_booking(store, "2026-12").state is State.DONE
    assert turns(store, booked)[0].send_id == fired.send_id
    assert bookings(store) == []


def test_one_hour_late_it_is_sent_and_said(store, booked, works, ledger, at):
    tick(store, works, now=at("2026-12-01 10:00"))
    assert len(ledger.made()) == 1
    assert turns(store, booked)[0].late == 3600
    assert notices_of(store) == [("late", "2026-12-01T09:00:00")]


def test_seven_hours_late_it_is_held_and_asked(store, booked, works, ledger, at):
    tick(store, works, now=at("2026-12-01 16:00"))
    assert ledger.made() == []
    assert notices_of(store) == [("held", "2026-12-01T09:00:00")]
    assert find_booking(store, "2026-12").state is State.HELD
    [(booking, turn)] = held_turns(store)
    assert (booking.id, turn.outcome) == (booked.id, Outcome.HELD)
    assert tick(store, works, now=at("2026-12-02 16:00")) == []


def test_what_is_held_goes_when_it_is_kept(store, booked, works, ledger, at):
    tick(store, works, now=at("2026-12-01 16:00"))
    assert keep(store, "2026-12").state is State.WAITING
    [(_, turn, _)] = tick(store, works, now=at("2026-12-03 16:00"))
    assert turn.decision is Decision.KEEP
    assert len(ledger.made()) == 1
    with pytest.raises(RefusedError, match="decision"):
        keep(store, "2026-12")


def test_what_is_held_is_let_go_by_cancelling(store, booked, works, ledger, at):
    tick(store, works, now=at("2026-12-01 16:00"))
    assert cancel(store, "2026-12").state is State.CANCELLED
    assert tick(store, works, now=at("2026-12-01 17:00")) == []
    assert held_turns(store) == []
    with pytest.raises(RefusedError, match="any more"):
        cancel(store, "2026-12")


def test_what_is_cancelled_never_goes(store, booked, works, ledger, at):
    cancel(store, "2026-12")
    assert tick(store, works, now=at("2026-12-01 09:00")) == []
    assert ledger.made() == []


def test_renewing_freezes_anew_and_keeps_the_time(store, booked, works, ledger, make_confirmed, at):
    renewed = renew(store, "2026-12", make_confirmed(digest="e" * 64, frozen=b"newer", expect=200))
    assert (renewed.next_wall, renewed.digest, renewed.expect) == (booked.next_wall, "e" * 64, 200)
    assert frozen_of(store, renewed) == b"newer"
    tick(store, works, now=at(NINE))
    assert len(ledger.made()) == 1


def test_renewing_what_is_held_sends_it_at_once_or_at_another_time(
    store, booked, works, ledger, make_confirmed, moment, policy, at
):
    tick(store, works, now=at("2026-12-01 16:00"))
    put_off(store, "2026-12", make_confirmed(), moment("2026-12-05 09:00"), policy=policy, now=at("2026-12-01 17:00"))
    assert tick(store, works, now=at("2026-12-05 08:00")) == []
    tick(store, works, now=at("2026-12-05 16:00"))
    renew(store, "2026-12", make_confirmed())
    [(_, turn, _)] = tick(store, works, now=at("2026-12-05 17:00"))
    assert turn.decision is Decision.RENEW
    assert turns_of(store) == [("2026-12-01T09:00:00", "cancelled"), ("2026-12-05T09:00:00", "sent")]


def test_what_has_gone_can_not_be_renewed(store, booked, works, make_confirmed, at):
    tick(store, works, now=at(NINE))
    with pytest.raises(RefusedError, match="renewed"):
        renew(store, "2026-12", make_confirmed())


def test_an_issue_waits_for_one_moment_only(store, booked, make_confirmed, moment, policy, at):
    with pytest.raises(RefusedError, match="already"):
        book_once(store, make_confirmed(), moment("2026-12-02 09:00"), policy=policy, now=at("2026-11-01 09:00"))
    cancel(store, "2026-12")
    book_once(store, make_confirmed(), moment("2026-12-02 09:00"), policy=policy, now=at("2026-11-01 09:00"))
    assert [each.next_wall.day for each in bookings(store)] == [2]
    assert len(bookings(store, ended=True)) == 2


def test_a_moment_that_passed_while_it_was_confirmed_is_refused(store, make_confirmed, moment, policy, at):
    with pytest.raises(RefusedError, match="passed"):
        book_once(store, make_confirmed(), moment(NINE), policy=policy, now=at("2026-12-01 09:05"))
    assert bookings(store) == []


def test_an_unknown_name_is_refused_with_the_nearest(store, booked):
    with pytest.raises(UsageError, match="2026-11") as caught:
        find_booking(store, "2026-11")
    assert "2026-12" in caught.value.hint


def test_a_turn_that_can_not_go_now_is_tried_again_and_in_the_end_held(store, booked, policy, at):
    calls = []

    def fail(booking, turn):
        calls.append(turn.tries)
        raise TransientError("The database did not answer.")

    works = Clockwork(policy=policy, fire=fail)
    start = at(NINE)
    for minutes in range(0, 370, 5):
        tick(store, works, now=start + timedelta(minutes=minutes))
    assert len(calls) > 5
    assert turns_of(store) == [("2026-12-01T09:00:00", "held")]
    assert find_booking(store, "2026-12").state is State.HELD


def test_an_error_that_trying_again_does_not_mend_holds_the_turn_with_its_words(store, booked, policy, at):
    def fail(booking, turn):
        raise RefusedError("The sender is still an example.", hint="Write your own address.")

    tick(store, Clockwork(policy=policy, fire=fail), now=at(NINE))
    [(_, turn)] = held_turns(store)
    assert turn.why == "The sender is still an example. Write your own address."


def test_a_clock_that_died_while_firing_leaves_the_turn_to_the_next(store, booked, works, policy, ledger, at):
    def die(booking, turn):
        ledger(booking, turn)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tick(store, Clockwork(policy=policy, fire=die), now=at(NINE))
    assert turns_of(store) == [("2026-12-01T09:00:00", "due")]
    assert tick(store, works, now=at("2026-12-01 09:01")) == []
    [(_, _, fired)] = tick(store, works, now=at("2026-12-01 09:03"))
    assert fired.outcome is Outcome.SENT
    assert ledger.made() == ["2026-12-01T09:00:00"]


def test_whoever_knows_that_no_other_clock_lives_takes_up_at_once(store, booked, works, policy, at):
    def die(booking, turn):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tick(store, Clockwork(policy=policy, fire=die), now=at(NINE))
    with pytest.raises(RefusedError, match="going out"):
        cancel(store, "2026-12")
    assert release(store) == 1
    assert len(tick(store, works, now=at("2026-12-01 09:00:01"))) == 1


def test_a_turn_that_another_clock_has_in_hand_is_left_to_it(store, make_confirmed, moment, policy, at):
    for issue in ("2026-12", "2027-01"):
        book_once(store, make_confirmed(issue), moment(NINE), policy=policy, now=at("2026-11-01 09:00"))
    fired: list[tuple[str, str]] = []

    def slow(booking, turn):
        """Fire the first turn while another clock, which cannot send now, takes up the second."""
        fired.append(("slow", booking.ref))
        if len(fired) == 1:
            tick(store, Clockwork(policy=policy, fire=other), now=at(NINE))
        raise TransientError("later")

    def other(booking, turn):
        fired.append(("other", booking.ref))
        raise TransientError("later")

    tick(store, Clockwork(policy=policy, fire=slow), now=at(NINE))
    assert fired == [("slow", "2026-12"), ("other", "2027-01")]


def test_nobody_to_send_to_is_told(store, booked, policy, at):
    nobody = Fired(outcome=Outcome.NOTHING, reason="Nobody is left who does not have it.")
    tick(store, Clockwork(policy=policy, fire=lambda booking, turn: nobody), now=at(NINE))
    assert notices_of(store) == [("nothing", "2026-12-01T09:00:00")]
    assert find_booking(store, "2026-12").state is State.DONE
