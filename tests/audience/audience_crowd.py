"""What the tests of this stage share: a project's attributes and lists, a moment, and ways to look."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from newsletter.audience.address import address_key, normalise
from newsletter.audience.audience import Audience
from newsletter.audience.directory import find_by_address_key
from newsletter.audience.lists import MailingList
from newsletter.audience.resolving import resolve
from newsletter.audience.subscriber import Subscriber
from newsletter.config.model import AttributeField
from newsletter.issue.document import AudienceWish
from newsletter.store.database import Store

SECRET = b"k" * 32
NOW = 1_790_000_000.0
DAY = 86_400.0
FIELDS = {
    "comites": AttributeField(type="choices", choices=("formation", "recherche", "soutien")),
    "ville": AttributeField(type="text"),
    "adhesion": AttributeField(type="date"),
    "dons": AttributeField(type="number"),
    "role": AttributeField(type="choice", choices=("membre", "allié")),
}
LISTS = {name: MailingList(name=name) for name in ("demo", "membres", "benevoles")}


def keys() -> Callable[[], str]:
    """Return keys one after the other: 32 hexadecimal digits."""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"


def person(store: Store, address: str) -> Subscriber:
    """Return who has an address."""
    with store.read() as connection:
        found = find_by_address_key(connection, address_key(normalise(address), SECRET))
    assert found is not None
    return found


def audience(store: Store, *lists: str, at: float = NOW, segment: str = "", exclude: tuple[str, ...] = ()) -> Audience:
    """Return who gets something for these lists, the list demo if none is named."""
    wish = AudienceWish(lists=lists or ("demo",), segment=segment, exclude=exclude)
    return resolve(store, wish, lists=LISTS, fields=FIELDS, at=at)
