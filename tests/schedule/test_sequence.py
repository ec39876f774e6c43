"""Sequences: who confirms enters once, each step goes after its delay, and leaving ends it at once."""

from datetime import timedelta

import pytest
from schedule_parts import turns_of
from sqlalchemy import insert, select, update

from newsletter.config.model import Sequence
from newsletter.errors import RefusedError
from newsletter.schedule.book import cancel, keep
from newsletter.schedule.booking import Outcome, held_turns
from newsletter.schedule.going import Fired
from newsletter.schedule.sequence import book_sequences
from newsletter.schedule.tick import Clockwork, tick
from newsletter.store.tables import clock as tables
from newsletter.store.tables import people

SEQUENCES = {
    "bienvenue": Sequence.model_validate(
        {
            "lists": ["membres"],
            "steps": [{"issue": "bienvenue"}, {"after": "3 days", "issue": "qui-nous-sommes"}],
        }
    )
}


class Post:
    """Fires by remembering which issue went to whom."""

    def __init__(self, store):
        self._store = store
        self.sent = []
        self.fault = None

    def __call__(self, booking, turn):
        if self.fault:
            raise self.fault
        entry = tables.sequence_entry.c
        with self._store.read() as connection:
            ids = connection.scalars(select(entry.subscriber_id).where(entry.occurrence_id == turn.id)).all()
        self.sent.append((turn.issue, sorted(ids)))
        return Fired(outcome=Outcome.SENT, issue=turn.issue)


@pytest.fixture
def start(at):
    """When the sequence was first seen."""
    return at("2026-05-01 09:00")


@pytest.fixture
def post(store):
    """Return a way to fire that remembers."""
    return Post(store)


@pytest.fixture
def look(store, policy, post, start):
    """Tick so long after the start."""
    book_sequences(store, SEQUENCES, policy=policy, now=start)
    works = Clockwork(policy=policy, fire=post, sequences=SEQUENCES)
    return lambda **after: tick(store, works, now=start + timedelta(**after))


@pytest.fixture
def confirm(store, start):
    """Let a person confirm a subscription so long after the start."""
    with store.write() as connection:
        connection.execute(insert(people.mailing_list).values(id=1, name="membres"))

    def make(number, *, import_id=None, status="active", **after):
        moment = (start + timedelta(**after)).timestamp()
        with store.write() as connection:
            connection.execute(
                insert(people.subscriber).values(id=number, key=f"{number:032}", lang="fr-CA", fields={}, created_at=0)
            )
            connection.execute(
                insert(people.subscription).values(
                    subscriber_id=number,
                    list_id=1,
                    status=status,
                    started_at=moment,
                    consented=True,
                    import_id=import_id,
                )
            )

    return make


def set_status(store, number, status):
    row = people.subscription
    with store.write() as connection:
        connection.execute(update(row).where(row.c.subscriber_id == number).values(status=status))


def test_a_person_gets_each_step_after_its_delay(store, confirm, look, post):
    confirm(1, hours=1)
    look(hours=2)
    assert post.sent == [("bienvenue", [1])]
    look(hours=3)
    look(days=3, hours=2, minutes=59)
    assert len(post.sent) == 1
    look(days=3, hours=3)
    look(days=9)
    assert post.sent == [("bienvenue", [1]), ("qui-nous-sommes", [1])]


def test_only_who_confirms_from_now_on_enters(store, confirm, look, post):
    confirm(1, hours=-1)
    confirm(2, hours=1, import_id=7)
    confirm(3, hours=1, status="pending")
    confirm(4, hours=1)
    look(hours=2)
    assert post.sent == [("bienvenue", [4])]


def test_unsubscribing_ends_it_at_once_and_coming_back_begins_nothing(store, confirm, look, post):
    confirm(1, hours=1)
    look(hours=2)
    look(hours=3)
    set_status(store, 1, "ended")
    look(days=4)
    set_status(store, 1, "active")
    look(days=9)
    assert post.sent == [("bienvenue", [1])]


def test_people_at_the_same_time_go_in_one_turn_and_steps_in_turns_of_their_own(store, confirm, look, post):
    confirm(1, hours=1)
    look(hours=2)
    look(hours=3)
    confirm(2, days=3, hours=2)
    confirm(3, days=3, hours=2)
    look(days=3, hours=3)
    assert post.sent[1:] == [("bienvenue", [2, 3]), ("qui-nous-sommes", [1])]
    assert len(turns_of(store)) == 3


def test_a_clock_that_stood_still_does_not_send_two_steps_at_once(store, confirm, look, post):
    confirm(1, hours=1)
    look(days=30)
    look(days=30, hours=1)
    assert post.sent == [("bienvenue", [1])]
    look(days=33, hours=1)
    assert len(post.sent) == 2


def test_a_step_that_can_not_go_waits_for_a_person(store, confirm, look, post):
    confirm(1, hours=1)
    post.fault = RefusedError("The issue has faults.")
    look(hours=2)
    [(booking, turn)] = held_turns(store)
    assert (booking.ref, turn.issue) == ("bienvenue", "bienvenue")
    post.fault = None
    keep(store, "bienvenue")
    look(hours=3)
    assert post.sent == [("bienvenue", [1])]


def test_a_cancelled_sequence_sends_nothing_more(store, confirm, look, post):
    cancel(store, "bienvenue")
    confirm(1, hours=1)
    look(hours=2)
    assert post.sent == []


def test_quiet_hours_hold_steps_back(store, confirm, policy, post, start):
    from dataclasses import replace
    from datetime import time

    quiet = replace(policy, quiet=(time(8), time(18)))
    book_sequences(store, SEQUENCES, policy=quiet, now=start)
    works = Clockwork(policy=quiet, fire=post, sequences=SEQUENCES)
    confirm(1, hours=1)
    tick(store, works, now=start + timedelta(hours=2))
    assert post.sent == []
    tick(store, works, now=start + timedelta(hours=10))
    assert post.sent == [("bienvenue", [1])]
