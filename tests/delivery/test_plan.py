"""A plan counts, names what it depends on, and can be kept."""

from __future__ import annotations

import stat

import pytest
from delivery_parts import SmallEdition, add_people

from newsletter.config import Sender
from newsletter.config.model import TransportSection
from newsletter.delivery.confirm import Terms, confirm
from newsletter.delivery.plan import compare, duration, load_plan, make_plan, masked, save_plan
from newsletter.errors import RefusedError, UsageError
from newsletter.store.database import Store

SETTINGS = TransportSection()


def test_a_plan_counts_by_language_and_list(store: Store, make_order) -> None:
    add_people(store, 12)
    plan = make_plan(store, make_order(store), settings=SETTINGS)
    assert (plan.recipients, plan.by_language, plan.by_list) == (12, {"fr-CA": 12}, {"membres": 12})


def test_who_has_it_is_excluded_and_that_everybody_has_it_is_no_error(store: Store, make_order) -> None:
    add_people(store, 12)
    order = make_order(store)
    confirm(store, order, plan="p", expect=12, record={}, terms=Terms())
    plan = make_plan(store, order, settings=SETTINGS)
    assert (plan.recipients, plan.exclusions, plan.everybody_has_it) == (0, {"already_sent": 12}, True)
    with pytest.raises(RefusedError):
        confirm(store, order, plan="q", expect=0, record={}, terms=Terms())


def test_newcomers_get_what_others_have(store: Store, make_order) -> None:
    add_people(store, 12)
    confirm(store, make_order(store), plan="p", expect=12, record={}, terms=Terms())
    add_people(store, 3, first=13)
    assert make_plan(store, make_order(store), settings=SETTINGS).recipients == 3


def test_a_rehearsal_does_not_count_as_having_it(store: Store, make_order) -> None:
    add_people(store, 12)
    confirm(store, make_order(store), plan="p", expect=12, record={}, terms=Terms())
    assert make_plan(store, make_order(store, real=True), settings=SETTINGS).recipients == 12


def test_again_sends_to_those_who_have_it(store: Store, make_order) -> None:
    add_people(store, 12)
    confirm(store, make_order(store), plan="p", expect=12, record={}, terms=Terms())
    assert make_plan(store, make_order(store, again="wrong date in the first"), settings=SETTINGS).recipients == 12


def test_an_empty_audience_is_refused(store: Store, make_order) -> None:
    with pytest.raises(RefusedError):
        make_plan(store, make_order(store), settings=SETTINGS)


def test_the_same_plan_confirmed_twice_is_one_send(store: Store, make_order) -> None:
    add_people(store, 12)
    order = make_order(store, again="twice")
    send = confirm(store, order, plan="p", expect=12, record={}, terms=Terms())
    with pytest.raises(RefusedError, match=send.ref):
        confirm(store, order, plan="p", expect=12, record={}, terms=Terms())


def test_another_number_than_expected_is_refused_and_leaves_nothing(store: Store, make_order) -> None:
    add_people(store, 12)
    order = make_order(store)
    with pytest.raises(RefusedError, match="12"):
        confirm(store, order, plan="p", expect=11, record={}, terms=Terms())
    assert make_plan(store, order, settings=SETTINGS).recipients == 12


def test_what_changed_is_named(make_store, make_order) -> None:
    store = make_store()
    add_people(store, 3)
    kept = make_plan(store, make_order(store), settings=SETTINGS).as_dict()
    assert compare(kept, make_plan(store, make_order(store), settings=SETTINGS)) == []
    other = Sender.model_validate({"from": "Quelqu'un <autre@exemple.org>"})
    assert compare(kept, make_plan(store, make_order(store, sender=other), settings=SETTINGS)) == ["the sender"]
    edition = SmallEdition(digest="f" * 64)
    assert compare(kept, make_plan(store, make_order(store, editions=(edition,)), settings=SETTINGS)) == [
        "the issue's content"
    ]
    add_people(store, 1, first=4)
    assert compare(kept, make_plan(store, make_order(store), settings=SETTINGS)) == ["who would get it"]


def test_a_kept_plan_is_private_and_holds_no_address(make_store, make_order, tmp_path) -> None:
    store = make_store()
    add_people(store, 3)
    plan = make_plan(store, make_order(store), settings=SETTINGS)
    path = save_plan(plan, tmp_path / "plans")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "@" not in path.read_text().replace(plan.id, "")
    assert len(plan.sample) == 3
    assert compare(load_plan(tmp_path / "plans", plan.id), plan) == []


@pytest.mark.parametrize("number", ["", "0123456789ab", "../../etc/pas", "/etc/passwd.."])
def test_an_unknown_plan_is_the_callers_mistake(tmp_path, number: str) -> None:
    with pytest.raises(UsageError):
        load_plan(tmp_path, number)


def test_the_slowest_limit_makes_the_duration() -> None:
    assert duration(1000, TransportSection(per_second=10, per_hour=1000)) == pytest.approx(3600)
    assert duration(1000, TransportSection()) is None


def test_a_mask_shows_four_letters() -> None:
    assert masked("marie@exemple.org") == "m…e@e…g"
