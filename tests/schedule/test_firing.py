"""A turn becomes a send of what was confirmed; whatever is not as it was asks a person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import pytest
from schedule_parts import join_list, make_list
from sqlalchemy import select, update

from newsletter.audience.lists import MailingList
from newsletter.audience.resolving import resolve
from newsletter.config import Sender, Site
from newsletter.config.model import Sequence, Series, TransportSection
from newsletter.delivery.confirm import Order
from newsletter.delivery.plan import make_plan
from newsletter.delivery.send import find_send, sends
from newsletter.edition.edition import Edition
from newsletter.errors import IssueError, RefusedError, TransientError
from newsletter.language import current, speaking
from newsletter.schedule.book import book_once, keep, renew
from newsletter.schedule.booking import Outcome, find_booking, frozen_of, held_turns, noteworthy, turns
from newsletter.schedule.firing import Firing, digest_of
from newsletter.schedule.notices import untold
from newsletter.schedule.sequence import book_sequences
from newsletter.schedule.series import Candidate, book_series
from newsletter.schedule.tick import Clockwork, tick
from newsletter.store.tables import clock as tables
from newsletter.store.tables import ledger, people

NINE = "2026-12-01 09:00"


@dataclass
class Files:
    """A project as far as a turn sees it: issues that a test writes, real audience, order and plan."""

    store: object
    at: float
    transport: str = "files"
    kind: str = "rehearsal"
    issues: dict = field(default_factory=dict)
    fault: Exception | None = None
    gone: dict = field(default_factory=lambda: dict.fromkeys(("en-CA", "fr-CA"), "The file is gone."))

    def editions(self, issue, wish):
        if self.fault:
            raise self.fault
        if issue not in self.issues:
            raise IssueError(self.gone[current()])
        return (edition(issue, self.issues[issue]),)

    def thaw(self, frozen):
        issue, text = frozen.decode().split(" ")
        return (edition(issue, text),)

    def candidates(self, series):
        return [Candidate(slug=slug, ready=True, age=(slug, 0, slug)) for slug in self.issues]

    def order(self, editions, wish, sender):
        lists = {"membres": MailingList(name="membres")}
        return Order(
            editions=editions,
            audience=resolve(self.store, wish, lists=lists, fields={}, at=self.at),
            mailing_lists={1: lists["membres"]},
            sender=sender or Sender.model_validate({"from": "info@example.org"}),
            site=Site(),
            transport=self.transport,
            real=self.kind == "real",
        )

    def plan(self, order):
        return make_plan(self.store, order, settings=TransportSection())


def edition(issue: str, text: str) -> Edition:
    return Edition(
        slug=issue,
        lang="fr-CA",
        theme="default",
        title=text,
        subject=(),
        preheader=(),
        html_segments=(),
        text_segments=(),
        digest=text.ljust(64, "0"),
    )


@pytest.fixture
def join(store):
    """Let so many people join the list."""
    make_list(store)
    return partial(join_list, store)


@pytest.fixture
def files(store, at):
    return Files(store, at=at(NINE).timestamp())


@pytest.fixture
def look(store, policy, files):
    """Tick with real sends."""

    def call(now, **more):
        return tick(store, Clockwork(policy=policy, fire=Firing(store=store, maker=files), **more), now=now)

    return call


@pytest.fixture
def book(store, files, make_confirmed, moment, policy, at, join):
    """Book the issue of December for its hundred readers."""
    files.issues["2026-12"] = "bonjour"
    join(100)
    confirmed = make_confirmed(frozen=b"2026-12 bonjour", digest=digest_of((edition("2026-12", "bonjour"),)))
    book_once(store, confirmed, moment(NINE), policy=policy, now=at("2026-11-01 09:00"))
    return confirmed


def test_what_was_confirmed_goes_to_the_audience_of_the_moment(store, book, join, look, at):
    join(5, first=101)
    [(_, _, fired)] = look(at(NINE))
    assert fired.outcome is Outcome.SENT
    send = find_send(store, "2026-12")
    assert (send.total, send.lists, send.sender.from_) == (105, ("membres",), "Coalition <info@example.org>")
    with store.read() as connection:
        row = connection.execute(select(ledger.send.c.schedule_id, ledger.send.c.occurrence)).one()
    assert frozen_of(store, find_booking(store, "2026-12")) is None
    assert tuple(row) == (find_booking(store, "2026-12").id, "2026-12-01T09:00:00")


def test_a_changed_file_holds_it_and_keeping_sends_what_was_confirmed(store, book, files, look, at):
    files.issues["2026-12"] = "autre"
    look(at(NINE))
    [(_, turn)] = held_turns(store)
    assert "changed" in turn.why
    assert sends(store) == []
    keep(store, "2026-12")
    [(_, _, fired)] = look(at("2026-12-01 10:00"))
    assert fired.outcome is Outcome.SENT


def test_renewing_sends_what_the_file_says_now(store, book, files, look, at):
    files.issues["2026-12"] = "autre"
    look(at(NINE))
    renew(store, "2026-12", replace(book, frozen=b"2026-12 autre", digest=digest_of((edition("2026-12", "autre"),))))
    [(_, _, fired)] = look(at("2026-12-01 10:00"))
    assert fired.outcome is Outcome.SENT


HELD = [
    ({"transport": "smtp"}, "now smtp is configured", "maintenant smtp qui est configuré"),
    ({"issues": {"2026-12": "autre"}}, "has changed since it was confirmed", "a changé depuis"),
    (
        {"issues": {}},
        "could not go as its file is now: It is gone.",
        "tel que son fichier est maintenant\N{NO-BREAK SPACE}: Il a disparu.",
    ),
]


@pytest.mark.parametrize(("change", "english", "french"), HELD)
@pytest.mark.parametrize("of_the_clock", ["fr-CA", "en-CA"])
def test_why_it_is_held_is_said_in_the_language_of_who_reads(
    store, book, files, look, at, change, english, french, of_the_clock
):
    for name, value in change.items():
        setattr(files, name, value)
    files.gone = {"en-CA": "It is gone.", "fr-CA": "Il a disparu."}
    with speaking(of_the_clock):
        look(at(NINE))
    for lang, words in (("en-CA", english), ("fr-CA", french)):
        with speaking(lang):
            assert words in held_turns(store)[0][1].why
            assert words in find_booking(store, "2026-12").why
            assert words in untold(store)[0].text


def test_how_many_people_it_would_be_is_said_in_the_language_of_who_reads(store, book, join, look, at):
    join(21, first=101)
    look(at(NINE))
    for lang, words in (("en-CA", "121 people would get it"), ("fr-CA", "121 personnes")):
        with speaking(lang):
            assert words in held_turns(store)[0][1].why


def test_what_an_older_version_wrote_is_read_as_it_is(store, book, files, look, at):
    files.transport = "smtp"
    look(at(NINE))
    with store.write() as connection:
        connection.execute(update(tables.occurrence).values(reason="Le fichier a changé."))
    assert held_turns(store)[0][1].why == "Le fichier a changé."


@pytest.mark.parametrize("fault", [IssueError("The file is gone."), RefusedError("The issue is a draft.")])
def test_a_file_that_could_not_go_now_holds_it(store, book, files, look, at, fault):
    files.fault = fault
    look(at(NINE))
    assert fault.message in held_turns(store)[0][1].why


def test_a_database_that_does_not_answer_is_tried_again(store, book, files, look, at):
    files.fault = TransientError("The database did not answer.")
    look(at(NINE))
    assert held_turns(store) == []
    files.fault = None
    [(_, _, fired)] = look(at("2026-12-01 09:01"))
    assert fired.outcome is Outcome.SENT


def test_another_transport_holds_it(store, book, files, look, at):
    files.transport = "smtp"
    look(at(NINE))
    assert "smtp" in held_turns(store)[0][1].why


@pytest.mark.parametrize(("people_then", "held"), [(120, False), (121, True)])
def test_many_more_people_than_confirmed_hold_it(store, book, join, look, at, people_then, held):
    join(people_then - 100, first=101)
    look(at(NINE))
    assert bool(held_turns(store)) is held
    if held:
        assert "121" in held_turns(store)[0][1].why
        keep(store, "2026-12")
        look(at("2026-12-01 10:00"))
    assert find_send(store, "2026-12").total == people_then


@pytest.mark.parametrize(("left", "held"), [(50, False), (49, True)])
def test_many_fewer_people_than_confirmed_hold_it(store, book, look, at, left, held):
    with store.write() as connection:
        row = people.subscription
        connection.execute(update(row).where(row.c.subscriber_id > left).values(status="ended"))
    look(at(NINE))
    assert bool(held_turns(store)) is held


def test_a_clock_that_died_after_making_the_send_finds_it(store, book, files, policy, look, at):
    firing = Firing(store=store, maker=files)

    def die(booking, turn):
        firing(booking, turn)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tick(store, Clockwork(policy=policy, fire=die), now=at(NINE))
    files.issues.clear()
    [(_, _, fired)] = look(at("2026-12-01 09:05"))
    assert (fired.outcome, fired.issue) == (Outcome.SENT, "2026-12")
    assert len(sends(store)) == 1


def test_everybody_having_it_is_nothing_to_send_and_said(store, book, look, files, make_confirmed, moment, policy, at):
    look(at(NINE))
    again = make_confirmed(frozen=b"2026-12 bonjour", digest=digest_of((edition("2026-12", "bonjour"),)))
    book_once(store, again, moment("2026-12-02 09:00"), policy=policy, now=at("2026-12-01 10:00"))
    [(_, _, fired)] = look(at("2026-12-02 09:00"))
    assert fired.outcome is Outcome.NOTHING


def test_a_series_sends_its_oldest_unsent_issue_each_time(store, files, join, look, policy, at):
    join(3)
    series = {"mensuelle": Series(rule="every day at 09:00", issues="x", lists=("membres",))}
    book_series(store, series, policy=policy, transport="files", now=at("2026-11-30 10:00"))
    files.issues = {"b": "deux", "a": "un"}
    issues = [look(at(f"2026-12-0{day} 09:00"))[0][2].issue for day in (1, 2, 3)]
    assert issues == ["a", "b", ""]
    assert [turn.outcome for turn in turns(store, find_booking(store, "mensuelle"))] == [
        Outcome.NOTHING,
        Outcome.SENT,
        Outcome.SENT,
    ]


def test_a_series_without_a_ready_issue_is_shown_until_one_goes(store, files, join, look, policy, at):
    join(3)
    series = {"mensuelle": Series(rule="every day at 09:00", issues="x", lists=("membres",))}
    book_series(store, series, policy=policy, transport="files", now=at("2026-11-30 10:00"))
    look(at(NINE))
    assert [(booking.ref, turn.outcome) for booking, turn in noteworthy(store)] == [("mensuelle", Outcome.NOTHING)]
    files.issues = {"a": "un"}
    look(at("2026-12-02 09:00"))
    assert noteworthy(store) == []


def test_a_series_beyond_its_bound_asks(store, files, join, look, policy, at):
    join(3)
    series = {"mensuelle": Series(rule="every day at 09:00", issues="x", lists=("membres",), max_recipients=2)}
    book_series(store, series, policy=policy, transport="files", now=at("2026-11-30 10:00"))
    files.issues = {"a": "un"}
    look(at(NINE))
    assert len(held_turns(store)) == 1
    keep(store, "mensuelle")
    assert look(at("2026-12-01 10:00"))[0][2].issue == "a"


def test_a_step_of_a_sequence_goes_to_those_who_are_due_only(store, files, join, look, policy, at):
    start = at(NINE) - timedelta(hours=2)
    sequences = {"bienvenue": Sequence.model_validate({"lists": ["membres"], "steps": [{"issue": "salut"}]})}
    files.issues["salut"] = "salut"
    join(3)
    book_sequences(store, sequences, policy=policy, now=start)
    join(2, first=11, started=start.timestamp() + 60)
    [(_, _, fired)] = look(at(NINE), sequences=sequences)
    assert fired.outcome is Outcome.SENT
    join(1, first=13, started=start.timestamp() + 60)
    look(at("2026-12-01 09:05"), sequences=sequences)
    assert [send.total for send in sends(store)] == [1, 2]
    with store.read() as connection:
        found = connection.scalars(select(ledger.delivery.c.subscriber_id).order_by(ledger.delivery.c.subscriber_id))
        assert list(found) == [11, 12, 13]
    look(at("2026-12-01 09:06"), sequences=sequences)
    with store.read() as connection:
        assert set(connection.scalars(select(tables.sequence_entry.c.state))) == {"done"}


def test_who_left_between_the_turn_and_the_send_gets_nothing(store, files, join, look, policy, at):
    start = at(NINE) - timedelta(hours=2)
    sequences = {"bienvenue": Sequence.model_validate({"lists": ["membres"], "steps": [{"issue": "salut"}]})}
    files.fault = TransientError("not now")
    files.issues["salut"] = "salut"
    book_sequences(store, sequences, policy=policy, now=start)
    join(1, started=start.timestamp() + 60)
    look(at(NINE), sequences=sequences)
    with store.write() as connection:
        connection.execute(update(people.subscription).values(status="ended"))
    files.fault = None
    [(_, _, fired)] = look(at("2026-12-01 09:05"), sequences=sequences)
    assert fired.outcome is Outcome.NOTHING
    assert sends(store) == []
