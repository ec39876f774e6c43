"""Factories for orders, sends and what a run works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from delivery_parts import DOMAINS, SmallEdition, SmallLetter, add_people, audience_of_all
from sqlalchemy import select

from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.config.model import TransportSection
from newsletter.delivery.confirm import Order, Terms, confirm
from newsletter.delivery.run import Means
from newsletter.delivery.send import Send
from newsletter.store.database import Store
from newsletter.store.tables import people


@pytest.fixture
def make_order() -> Callable[..., Order]:
    """Make an order for everybody in a store."""

    def make(store: Store, **changes: Any) -> Order:
        values: dict[str, Any] = {
            "editions": (SmallEdition(changes.pop("slug", "2026-12")),),
            "audience": audience_of_all(store),
            "mailing_lists": {1: MailingList(name="membres")},
            "sender": Sender.model_validate({"from": "Coalition <info@exemple.org>"}),
            "site": Site(),
            "transport": "recorder",
            "real": False,
            "batch": 50,
        }
        return Order(**{**values, **changes})

    return make


@pytest.fixture
def make_send(make_order: Callable[..., Order]) -> Callable[..., Send]:
    """Fill a store with people and confirm a send to all of them."""

    def make(
        store: Store, count: int = 10, *, terms: Terms | None = None, domains: Sequence[str] = DOMAINS, **changes: Any
    ) -> Send:
        with store.read() as connection:
            known = connection.scalar(select(people.subscriber.c.id))
        if known is None:
            add_people(store, count, domains=domains)
        order = make_order(store, **changes)
        return confirm(store, order, plan="", expect=order.audience.total, record={}, terms=terms or Terms())

    return make


@pytest.fixture
def make_means() -> Callable[..., Means]:
    """What a run works with, around a transport."""

    def make(transport: Any, **changes: Any) -> Means:
        settings = TransportSection(**changes.pop("settings", {}))
        letters = changes.pop("letters", lambda lang, list_id: SmallLetter(lang))
        return Means(transport=transport, letters=letters, settings=settings, **changes)

    return make
