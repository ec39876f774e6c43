"""Planning grows with the number of people and no faster; asking how far a send is does not grow at all."""

from __future__ import annotations

import time

import pytest
from calm import least
from delivery_parts import add_people
from sqlalchemy import select, text, update

from newsletter.config.model import TransportSection
from newsletter.delivery.confirm import Terms, confirm
from newsletter.delivery.counts import counts
from newsletter.delivery.draw import WORTH_COUNTING
from newsletter.delivery.plan import make_plan
from newsletter.delivery.states import State
from newsletter.store.database import Store
from newsletter.store.tables.ledger import delivery

STEP = 20_000


def filled(store: Store, people: int) -> Store:
    for first in range(1, people + 1, STEP):
        add_people(store, min(STEP, people + 1 - first), first=first)
    return store


def planned(store: Store, make_order, clock=time.perf_counter) -> tuple[float, int]:
    """Plan and confirm an issue for everybody; return the seconds that it took, and the send's number."""
    order = make_order(store, batch=500)
    started = clock()
    people = make_plan(store, order, settings=TransportSection()).recipients
    send = confirm(store, order, plan="p", expect=people, record={}, terms=Terms())
    return clock() - started, send.id


def asked(store: Store, send: int, clock=time.perf_counter) -> float:
    """Return the least time of five in which the counts of a send were read."""
    times = []
    for _ in range(5):
        started = clock()
        counts(store, send)
        times.append(clock() - started)
    return min(times)


def test_storage_16_planning_keeps_the_pace_of_a_million_in_ten_seconds(make_store, make_order) -> None:
    """Of work, whatever else the machine does: 20,000 people in a fiftieth of ten seconds and a fixed start."""
    store = filled(make_store(), STEP)
    took, send = planned(store, make_order, time.thread_time)
    assert took < 0.2 + 10 * STEP / 1_000_000
    assert asked(store, send, time.thread_time) < 0.01


def test_who_has_an_issue_already_is_found_without_reading_all_of_an_earlier_send_for_each(
    store: Store, make_send, make_order
) -> None:
    """5,000 people, half of whom an earlier send did not reach: with its deliveries read for each, three seconds."""
    send = make_send(store, 5_000)
    half = delivery.c.n <= 2_500
    with store.write() as connection:
        connection.execute(update(delivery).where(half).values(state=State.FAILED.value))
    order = make_order(store)
    assert least(lambda: make_plan(store, order, settings=TransportSection()), 0.5) < 0.5
    assert make_plan(store, order, settings=TransportSection()).recipients == 2_500
    assert confirm(store, order, plan="", expect=2_500, record={}, terms=Terms()).id == send.id + 1


@pytest.mark.postgres
def test_postgres_knows_of_a_send_before_its_first_window(make_postgres, make_send) -> None:
    """What its planner does not know of has one row, and is looked for by any index: each window reads the send."""
    store = make_postgres()
    sends = [make_send(store, WORTH_COUNTING, slug=slug).id for slug in ("2026-03", "2026-06", "2026-12")]
    known = select(text("most_common_vals")).select_from(text("pg_stats"))
    with store.read() as connection:
        values = connection.scalar(known.where(text("tablename = 'delivery' AND attname = 'send_id'")))
    assert sorted(map(int, str(values).strip("{}").split(","))) == sends


@pytest.mark.postgres
def test_whoever_works_on_the_deliveries_for_long_holds_up_no_new_send(make_postgres, make_send) -> None:
    store = make_postgres()
    with store.write() as connection:
        connection.execute(text("LOCK TABLE delivery IN SHARE UPDATE EXCLUSIVE MODE"))
        assert make_send(store, WORTH_COUNTING).total == WORTH_COUNTING


@pytest.mark.torture
@pytest.mark.parametrize(("database", "seconds"), [("make_store", 10), ("make_postgres", 15)])
def test_storage_16_a_million_people_are_planned_in_time(request, make_order, database: str, seconds: int) -> None:
    store = filled(request.getfixturevalue(database)(), 1_000_000)
    took, send = planned(store, make_order)
    assert took < seconds, f"{took:.1f} s"
    assert asked(store, send) < 0.01
