"""Fenced YAML becomes blocks; what is wrong is said at its own line and column."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from issue_parts import places, text_of

from newsletter.issue.document import Card, Event, Hero, Link, Links, Person, Prose

TORONTO = ZoneInfo("America/Toronto")


def fence(name: str, text: str) -> str:
    return f"```{name}\n{text}\n```\n"


def test_an_event(body):
    text = "title: Rencontre\nstart: 2026-12-12 09:00\nend: 12:00\nlocation: En ligne\nurl: https://e.org\ntext: Oui"
    block = body(fence("event", text)).blocks[0]
    assert block == Event(
        line=5,
        title="Rencontre",
        start=datetime(2026, 12, 12, 9, tzinfo=TORONTO),
        end=datetime(2026, 12, 12, 12, tzinfo=TORONTO),
        tz="America/Toronto",
        location="En ligne",
        url="https://e.org",
        text="Oui",
        uid="essai-1",
    )


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("2026-12-12T09:00:00", datetime(2026, 12, 12, 9, tzinfo=TORONTO)),
        ("2026-12-12 9 h 30", datetime(2026, 12, 12, 9, 30, tzinfo=TORONTO)),
        ("2026-12-12 9h", datetime(2026, 12, 12, 9, tzinfo=TORONTO)),
        ("2026-12-12T14:00+00:00", datetime(2026, 12, 12, 9, tzinfo=TORONTO)),
    ],
)
def test_times_as_people_write_them(body, start, wanted):
    block = body(fence("event", f"title: x\nstart: {start}")).blocks[0]
    assert (block.start, block.all_day) == (wanted, False)


def test_a_date_alone_is_a_whole_day_and_an_end_before_midnight_is_the_next_day(body):
    assert body(fence("event", "title: x\nstart: 2026-12-12")).blocks[0].all_day is True
    late = body(fence("event", "title: x\nstart: 2026-12-12 22:00\nend: 01:00")).blocks[0]
    assert late.end == datetime(2026, 12, 13, 1, tzinfo=TORONTO)


def test_french_field_names(body):
    block = body(fence("event", "titre: x\ndébut: 2026-12-12 09:00\nfin: 10:00\nlieu: ici")).blocks[0]
    assert (block.title, block.location) == ("x", "ici")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("title: x\nstart: demain", "7:8 NL205"),
        ("title: x\nstart: 99999-01-01", "7:8 NL205"),
        ("title: x\nstart: 0001-01-01 00:00", "7:8 NL205"),
        ("title: x\nstart: 2026-03-08 02:30", "7:8 NL205"),
        ("title: x\nstart: 2026-12-12 09:00\nend: 2026-12-11 09:00", "8:6 NL205"),
        ("title: x\nstart: 2026-12-12 09:00\ntz: America/Québec", "8:5 NL205"),
        ("start: 2026-12-12 09:00", "6:1 NL206"),
        ("title: x", "6:1 NL206"),
        ("title: x\nstrat: 2026-12-12", "7:1 NL204"),
        ("title: [a]\nstart: 2026-12-12", "6:8 NL205"),
        ("title: a: b\nstart: 2026-12-12", "6:9 NL205"),
        ("title: x\ntitle: y\nstart: 2026-12-12", "7:1 NL205"),
        ("- a", "5:1 NL205"),
        ("", "5:1 NL205"),
    ],
)
def test_what_is_wrong_with_an_event_is_said_at_its_place(body, text, wanted):
    assert wanted in places(body(fence("event", text)))


def test_what_cannot_be_read_stays_code(body):
    issue = body(fence("event", "title: a: b\n{{ subscriber.name }}"))
    assert isinstance(issue.blocks[0], Prose)
    assert text_of(issue) == "title: a: b\n{{ subscriber.name }}\n"


def test_the_identity_of_an_event_survives_edits(body):
    two = fence("event", "title: Un\nstart: 2026-12-12 09:00") + "\n" + fence("event", "title: B\nstart: 2026-12-13")
    assert [block.uid for block in body(two).blocks] == ["essai-1", "essai-2"]
    assert body(fence("event", "title: x\nstart: 2026-12-12\nuid: fixe")).blocks[0].uid == "fixe"


def test_a_card_a_person_and_a_hero(body):
    card = (
        "title: Maison d'hébergement\nurl: https://e.org\ntext: Ouverte 24 h\nimage: https://e.org/a.png\nalt: Façade"
    )
    blocks = body(
        fence("card", card)
        + fence("person", "name: Zoé\nrole: Coordination\nurl: https://e.org")
        + fence("hero", "title: Bonjour\ntext: Oui\nurl: https://e.org\nlabel: Lire")
    ).blocks
    assert blocks[0] == Card(
        line=5,
        title="Maison d’hébergement",
        url="https://e.org",
        text="Ouverte 24\u00a0h",
        image="https://e.org/a.png",
        alt="Façade",
    )
    assert blocks[1] == Person(line=12, name="Zoé", role="Coordination", url="https://e.org")
    assert blocks[2] == Hero(line=17, title="Bonjour", text="Oui", url="https://e.org", label="Lire")


def test_links_as_a_mapping_and_as_a_list(body):
    items = "- {title: Un, url: https://e.org/1}\n- title: Deux\n  url: https://e.org/2\n  text: Oui"
    wanted = (
        Link(title="Un", url="https://e.org/1", line=6),
        Link(title="Deux", url="https://e.org/2", text="Oui", line=7),
    )
    assert body(fence("links", items)).blocks[0] == Links(line=5, items=wanted)
    indented = "\n".join("  " + line for line in items.split("\n"))
    block = body(fence("links", f"title: Liens\nitems:\n{indented}")).blocks[0]
    assert (block.title, [link.url for link in block.items]) == ("Liens", ["https://e.org/1", "https://e.org/2"])
    assert places(body(fence("links", "- {title: Un}"))) == ["6:3 NL206"]
    assert places(body(fence("links", "- un"))) == ["6:1 NL205"]


def test_a_card_with_an_image_needs_an_alternative_text(body):
    assert places(body(fence("card", "title: x\nimage: https://e.org/a.png"))) == ["7:8 NL401"]


def test_a_merge_field_in_a_text_stays_and_in_a_picture_is_a_fault(body):
    issue = body(fence("card", "title: À {{ subscriber.name }}\nurl: {{ links.web }}\nimage: {{ links.web }}\nalt: x"))
    assert "8:8 NL212" in places(issue)
    assert len(issue.expressions) == 3


def test_in_a_list_the_columns_are_those_of_the_file(body):
    assert places(body("- a\n\n  ```card\n  titel: x\n  ```\n")) == ["8:3 NL204", "8:3 NL206"] or places(
        body("- a\n\n  ```card\n  titel: x\n  ```\n")
    ) == ["8:3 NL206", "8:3 NL204"]


def test_code_of_another_language_is_code(body):
    assert places(body(fence("yaml", "a: b: c") + fence("event x", "a: b: c"))) == []
