"""An event changes what it changes once, and only downwards."""

from __future__ import annotations

import time
from dataclasses import astuple, replace

import pytest
from calm import processor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from newsletter.audience.consent import verify_chain
from newsletter.audience.subscriber import Subscriber
from newsletter.audience.suppression import EVERY_LIST
from newsletter.feedback.applying import Applied, apply
from newsletter.feedback.event import Event, EventKind, Source, fingerprint
from newsletter.feedback.score import DAY, Terms, people_near_limit
from newsletter.feedback.verdict import Verdict
from newsletter.message.links import SignedLinks, list_key
from newsletter.store.tables import events as event_tables
from newsletter.store.tables import ledger, people

TERMS = Terms(half_life_days=30, limit=3)
#: a machine that others share may be so many times slower
PATIENCE = 3


def event(kind: EventKind = EventKind.BOUNCED, verdict: Verdict | None = None, **facts: object) -> Event:
    plain = {"source": Source.SENDGRID, "at": 1_790_000_100.0}
    made = Event(kind=kind, verdict=verdict, dedupe="", **{**plain, **facts})
    return replace(made, dedupe=fingerprint(*astuple(made)))


HARD, SOFT, POLICY = Verdict.HARD, Verdict.SOFT, Verdict.POLICY


def test_trust_72_a_hard_bounce_suppresses_at_once(store, make_sent) -> None:
    sent = make_sent(store, count=2)
    result = apply(store, [event(verdict=HARD, send=sent.send, key=1)], keys=sent.keys, terms=TERMS)
    assert result == Applied(new=1, suppressed=1)
    assert sent.suppressions() == {sent.address_key(1): ("bounced", EVERY_LIST)}
    assert (sent.subscription(1), sent.subscription(2)) == (("ended", "bounced"), ("active", ""))
    assert sent.state(1) == "sent"


def test_trust_72_soft_bounces_warn_and_then_suppress(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    results = [
        apply(store, [event(verdict=SOFT, send=sent.send, key=1, at=1_790_000_000.0 + n)], keys=sent.keys, terms=TERMS)
        for n in range(3)
    ]
    assert [(one.warned, one.suppressed) for one in results] == [(0, 0), (1, 0), (0, 1)]
    assert sent.subscription(1) == ("ended", "bounced")


def test_a_score_decays_and_people_near_the_limit_are_counted(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    for n in range(5):
        at = 1_790_000_000.0 + n * 60 * DAY
        result = apply(store, [event(verdict=SOFT, send=sent.send, key=1, at=at)], keys=sent.keys, terms=TERMS)
        assert result.suppressed == 0
    apply(store, [event(verdict=SOFT, send=sent.send, key=1, at=at + 1)], keys=sent.keys, terms=TERMS)
    with store.read() as connection:
        assert people_near_limit(connection, at=at + 1, terms=TERMS) == 1
        assert people_near_limit(connection, at=at + 90 * DAY, terms=TERMS) == 0


def test_trust_72_a_policy_block_is_never_the_persons_fault(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    blocks = [event(EventKind.BLOCKED, POLICY, send=sent.send, key=1, at=1_790_000_000.0 + n) for n in range(20)]
    assert apply(store, blocks, keys=sent.keys, terms=TERMS) == Applied(new=20)
    assert (sent.subscription(1), sent.suppressions()) == (("active", ""), {})


def test_trust_94_an_authentication_refusal_stops_the_domain_of_a_running_send(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    refusal = event(EventKind.BLOCKED, POLICY, send=sent.send, key=1, status="5.7.26", reason="authentication")
    with store.write() as connection:
        connection.execute(update(ledger.send).values(state="running"))
    apply(store, [refusal], keys=sent.keys, terms=TERMS)
    with store.read() as connection:
        assert connection.execute(select(ledger.lane_stop.c.lane, ledger.lane_stop.c.reason)).all() == [
            ("example.com", "5.7.26")
        ]
    assert sent.suppressions() == {}


def test_trust_73_a_complaint_suppresses_everywhere_and_withdraws_consent(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    assert apply(store, [event(EventKind.COMPLAINED, send=sent.send, key=1)], keys=sent.keys, terms=TERMS).suppressed
    assert sent.suppressions() == {sent.address_key(1): ("complained", EVERY_LIST)}
    with store.read() as connection:
        grounds = people.consent.join(people.consent_ground)
        assert connection.scalars(select(people.consent_ground.c.kind).select_from(grounds)).all() == ["withdrawn"]
    assert verify_chain(store) is None


def test_an_unsubscription_ends_the_list_that_was_written_to(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    apply(store, [event(EventKind.UNSUBSCRIBED, send=sent.send, key=1)], keys=sent.keys, terms=TERMS)
    assert sent.suppressions()[sent.address_key(1)][0] == "unsubscribed"
    assert sent.suppressions()[sent.address_key(1)][1] != EVERY_LIST
    assert sent.subscription(1) == ("ended", "unsubscribed")


def test_an_unsubscription_by_mail_is_found_by_its_signed_keys(store, make_sent) -> None:
    sent = make_sent(store, count=2)
    leaving = event(EventKind.UNSUBSCRIBED, subscriber_key=f"{2:032x}", list_key=list_key("membres", sent.keys)[:8])
    assert apply(store, [leaving], keys=sent.keys, terms=TERMS).suppressed == 1
    assert [sent.subscription(n)[0] for n in (1, 2)] == ["active", "ended"]
    assert sent.suppressions()[sent.address_key(2)][1] != EVERY_LIST


def test_acceptance_46_copies_count_once(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    copies = [event(verdict=SOFT, send=sent.send, key=1)] * 46
    assert apply(store, copies[:40], keys=sent.keys, terms=TERMS) == Applied(new=1, known=39)
    assert apply(store, copies[40:], keys=sent.keys, terms=TERMS) == Applied(known=6)
    assert sent.suppressions() == {}


@pytest.mark.parametrize("kind", [EventKind.ACCEPTED, EventKind.DELIVERED, EventKind.BOUNCED, EventKind.DEFERRED])
def test_acceptance_15_any_event_settles_a_delivery_in_doubt(make_store, make_sent, kind) -> None:
    store = make_store()
    sent = make_sent(store, count=3, state="unknown")
    told = event(kind, SOFT if kind is EventKind.BOUNCED else None, send=sent.send, key=2)
    assert apply(store, [told], keys=sent.keys, terms=TERMS).settled == 1
    assert [sent.state(n) for n in (1, 2, 3)] == ["unknown", "sent", "unknown"]
    batch = ledger.send_batch.c
    with store.read() as connection:
        assert connection.execute(select(batch.unknown, batch.sent)).all() == [(2, 1)]
    assert len(sent.events()) == (kind is not EventKind.ACCEPTED)


def test_a_delivery_that_failed_stays_failed(store, make_sent) -> None:
    sent = make_sent(store, count=1, state="failed")
    apply(store, [event(EventKind.DELIVERED, send=sent.send, key=1)], keys=sent.keys, terms=TERMS)
    assert sent.state(1) == "failed"


def test_an_asynchronous_bounce_is_found_by_address_and_time(store, make_sent) -> None:
    first = make_sent(store, count=3)
    second = make_sent(store, count=3, date=1_790_000_000.0 + 7 * DAY)
    early = event(verdict=SOFT, address="P2@Example.com", at=1_790_000_000.0 + DAY)
    late = event(verdict=SOFT, address="p2@example.com", at=1_790_000_000.0 + 8 * DAY)
    assert apply(store, [early, late], keys=first.keys, terms=TERMS).new == 2
    with store.read() as connection:
        column = event_tables.event.c
        found = connection.execute(select(column.send_id, column.n).order_by(column.send_id)).all()
    assert found == [(first.send, 2), (second.send, 2)]


def test_an_event_about_nobody_we_wrote_to_changes_nothing(store, make_sent) -> None:
    sent = make_sent(store, count=1)
    strangers = [
        event(verdict=HARD, address="stranger@example.com"),
        event(verdict=HARD, address="not an address"),
        event(verdict=HARD, address="p1@example.com", at=1_790_000_000.0 - 2 * DAY),
        event(verdict=HARD, address="p1@example.com", at=1_790_000_000.0 + 60 * DAY),
        event(verdict=HARD, send=sent.send, key=2),
        event(verdict=HARD, send=sent.send + 1, key=1),
        event(verdict=HARD, subscriber_key="f" * 32),
        event(verdict=HARD),
    ]
    assert apply(store, strangers, keys=sent.keys, terms=TERMS) == Applied(unmatched=8)
    assert (sent.events(), sent.suppressions()) == ([], {})


def test_the_return_path_that_a_provider_names_is_read(store, make_sent) -> None:
    sent = make_sent(store, count=2)
    reader = Subscriber(id=2, key=f"{2:032x}", address="p2@example.com")
    links = SignedLinks(
        base_url="", keys=sent.keys, mailing_list="membres", send=sent.send, bounces_to="rebonds@example.org"
    )
    told = event(verdict=HARD, return_path=links.return_path(reader, 2), address="other@example.net")
    assert apply(store, [told], keys=sent.keys, terms=TERMS).suppressed == 1
    assert sent.subscription(2)[0] == "ended"


KINDS = st.sampled_from([(kind, verdict) for kind in EventKind for verdict in (None, HARD, SOFT, POLICY)])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.tuples(KINDS, st.integers(1, 4), st.integers(0, 3)), max_size=12))
def test_trust_70_no_events_ever_raise_anybodys_state(make_store, make_sent, told) -> None:
    sent = make_sent(make_store(f"{time.perf_counter_ns()}.db"), count=4, state="unknown")
    before = dict.fromkeys(range(1, 5), 1)
    for (kind, verdict), n, later in told:
        one = event(kind, verdict, send=sent.send, key=n, at=1_790_000_000.0 + later)
        apply(sent.store, [one], keys=sent.keys, terms=TERMS)
        after = {n: int(sent.subscription(n)[0] == "active") for n in range(1, 5)}
        assert all(after[n] <= before[n] for n in after)
        before = after


@pytest.mark.slow
def test_ten_thousand_events_a_second_take_effect(make_store, make_sent) -> None:
    sent = make_sent(make_store(), count=1_000)
    applied: list[Applied] = []
    mixed = [(EventKind.DELIVERED, None)] * 8 + [(EventKind.BOUNCED, SOFT), (EventKind.BOUNCED, HARD)]
    told = [
        event(*mixed[(n + later) % 10], send=sent.send, key=n, at=1_790_000_000.0 + later)
        for later in range(10)
        for n in range(1, 1_001)
    ]
    assert processor(lambda: applied.append(apply(sent.store, told, keys=sent.keys, terms=TERMS))) < 1 * PATIENCE
    assert applied[0].new == 10_000
