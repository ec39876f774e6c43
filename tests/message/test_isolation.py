"""Nobody's mail holds anything of anybody else's, in whatever order mails are made."""

from __future__ import annotations

import random
import re

import mail_reader
import pytest

from newsletter.edition.segments import Choice, Context, Given, Literal, Slot
from newsletter.issue.document import Condition
from newsletter.message import open_letter
from newsletter.message.letter import Message

PAIRS = 10_000


@pytest.fixture
def letter(make_edition, make_letter):
    """Return a letter with every kind of place to fill."""
    member = Choice(
        condition=Condition(lists=("membres",)),
        inner=(
            Literal(text="<p>Membre "),
            Slot(expression="subscriber.name", context=Context.HTML),
            Literal(text="</p>"),
        ),
    )
    english = Choice(condition=Condition(languages=("en",)), inner=(Literal(text="<p>English</p>"),))
    region = Choice(condition=Condition(segment="subscriber.region == 'Nord'"), inner=(Literal(text="<p>Nord</p>"),))
    page = Choice(condition=Given(expression="links.preferences"), inner=(Literal(text="<p>Préférences</p>"),))
    plain = make_edition()
    return make_letter(
        edition=make_edition(
            subject=(Literal(text="Pour "), Slot(expression="subscriber.name", context=Context.HEADER)),
            html_segments=(*plain.html_segments, member, english, region, page),
            text_segments=(*plain.text_segments, member),
        )
    )


def somebody(make_subscriber, dice: random.Random, number: int):
    """Return a reader who can be told from any other by each fact."""
    return make_subscriber(
        id=number,
        key=f"{dice.getrandbits(128):032x}",
        address=f"canari{number}x@exemple.org",
        name=f"Prénom{number}x Nom{number}x",
        lang=dice.choice(("fr-CA", "en-CA")),
        lists=dice.choice((("demo",), ("demo", "membres"), ("membres",))),
        fields={"region": dice.choice(("Nord", "Sud"))},
    )


def read_as_by_a_reader(message: Message) -> str:
    """Return all of a mail in which a name could hide: long lines joined, the words of its subject decoded."""
    raw = message.content.decode()
    subject = re.search(r"^Subject: (.*(?:\r\n[ \t].*)*)", raw, re.MULTILINE)
    assert subject is not None
    joined = raw.replace("=\r\n", "")
    return "\n".join(
        (joined, mail_reader.words(subject[1].replace("\r\n", "")), message.return_path, message.recipient)
    )


def test_what_is_searched_for_is_found_in_ones_own_mail(letter, make_subscriber) -> None:
    """So that not finding it in anybody else's tells something."""
    reader = somebody(make_subscriber, random.Random(1), 4321)
    message = letter.to(reader, 7)
    text = read_as_by_a_reader(message)
    assert "Pour Prénom4321x Nom4321x" in text
    for mine in (letter.links.unsubscribe(reader), message.message_id, message.return_path, reader.address):
        assert mine.replace("=", "=3D") in text or mine in text
    assert "4321x" in text


def test_ten_thousand_pairs_share_nothing(letter, make_subscriber) -> None:
    """Statement 51."""
    dice = random.Random(51)
    for number in range(0, 2 * PAIRS, 2):
        one, other = (somebody(make_subscriber, dice, number + n) for n in (0, 1))
        first, second = letter.to(one, number), letter.to(other, number + 1)
        for mine, theirs, whose in ((first, second, other), (second, first, one)):
            text = read_as_by_a_reader(mine)
            assert f"{whose.id}x" not in text
            assert whose.key not in text
            assert theirs.message_id not in text
            assert theirs.return_path not in text
            for link in (letter.links.unsubscribe, letter.links.preferences, letter.links.mailto):
                assert link(whose).replace("=", "=3D") not in text
        if number % 500 == 0:  # what was remembered from others changes nothing
            assert open_letter(letter.edition, letter.imprint, letter.links).to(one, number) == first


def test_what_is_for_some_follows_the_reader_not_the_order(letter, make_subscriber) -> None:
    dice = random.Random(7)
    for number in range(300):
        reader = somebody(make_subscriber, dice, number)
        text = letter.to(reader, number).content.decode()
        assert ("<p>English</p>" in text) == (reader.lang == "en-CA")
        assert ("<p>Nord</p>" in text) == (reader.fields["region"] == "Nord")
        assert ("<p>Membre" in text) == ("membres" in reader.lists)
