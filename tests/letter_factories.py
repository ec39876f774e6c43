"""Factories of what a letter is made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.config import Keys, Sender, Site
from newsletter.delivery.transports.base import Parcel
from newsletter.edition.edition import Edition
from newsletter.edition.segments import Context, Literal, Slot
from newsletter.message.letter import Imprint
from newsletter.message.links import SignedLinks
from newsletter.message.personalise import Letter, open_letter


@pytest.fixture
def keys() -> Keys:
    return Keys(signing=(b"n" * 32, b"o" * 32), suppression=b"s" * 32)


@pytest.fixture
def make_subscriber() -> Callable[..., Subscriber]:
    def make(**changes: object) -> Subscriber:
        plain = {
            "id": 7,
            "key": "0123456789abcdef0123456789abcdef",
            "address": "zoe@exemple.org",
            "name": "Zoé Tremblay",
            "lists": ("demo",),
        }
        return Subscriber(**{**plain, **changes})

    return make


@pytest.fixture
def make_edition() -> Callable[..., Edition]:
    def make(**changes: object) -> Edition:
        first = 'subscriber.first_name | default("vous")'
        plain = {
            "slug": "2026-automne",
            "lang": "fr-CA",
            "theme": "default",
            "title": "Automne",
            "subject": (Literal(text="L’infolettre d’automne : nº 3"),),
            "preheader": (),
            "html_segments": (
                Literal(text='<html lang="fr-CA"><body><p>Bonjour '),
                Slot(expression=first, context=Context.HTML),
                Literal(text=' ! Été comme hiver.</p><a href="'),
                Slot(expression="links.unsubscribe", context=Context.URL),
                Literal(text='">Se désabonner</a></body></html>\n'),
            ),
            "text_segments": (
                Literal(text="Bonjour "),
                Slot(expression=first, context=Context.PLAIN),
                Literal(text=" ! Été comme hiver.\n\nSe désabonner : "),
                Slot(expression="links.unsubscribe", context=Context.PLAIN),
                Literal(text="\n"),
            ),
            "digest": "d" * 64,
        }
        return Edition(**{**plain, **changes})

    return make


@pytest.fixture
def make_imprint() -> Callable[..., Imprint]:
    def make(**changes: object) -> Imprint:
        plain = {
            "site": Site(name="Coalition", url="https://www.coalition.example"),
            "sender": Sender(**{"from": "Coalition québécoise <infolettre@coalition.example>"}),
            "mailing_list": MailingList(name="demo", title={"fr-CA": "Démonstration"}),
            "date": datetime(2026, 10, 1, 9, 0, tzinfo=UTC),
            "send": "S12",
            "message_id_key": b"m" * 32,
        }
        return Imprint(**{**plain, **changes})

    return make


@pytest.fixture
def links(keys: Keys) -> SignedLinks:
    return SignedLinks(
        base_url="https://infolettre.coalition.example",
        keys=keys,
        mailing_list="demo",
        send=12,
        bounces_to="rebonds@coalition.example",
        pages=("unsubscribe", "preferences", "web", "archive"),
    )


@pytest.fixture
def make_letter(make_edition, make_imprint, links) -> Callable[..., Letter]:
    def make(*, edition: Edition | None = None, imprint: Imprint | None = None, **changes: object) -> Letter:
        return open_letter(edition or make_edition(**changes), imprint or make_imprint(), links)

    return make


@pytest.fixture
def make_parcels(make_letter, make_subscriber) -> Callable[..., list[Parcel]]:
    """Make parcels 1 to `count` to as many people."""

    def make(count: int, *, letter: Letter | None = None, address: str = "lecteur{}@exemple.org") -> list[Parcel]:
        shared = letter or make_letter()
        return [
            Parcel(
                key=key,
                send="S12",
                letter=shared,
                subscriber=make_subscriber(id=key, key=f"{key:032x}", address=address.format(key), name=f"Zoé {key}"),
            )
            for key in range(1, count + 1)
        ]

    return make
