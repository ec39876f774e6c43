"""Segments: what one reader gets, escaped for where it stands."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition.escaping import address, attribute, is_safe, one_line, words
from newsletter.edition.segments import Choice, Context, Given, Literal, Slot, fill, holds
from newsletter.issue.document import Condition

NASTY = [
    "{{7*7}}",
    "{% x %}",
    "<img onerror=alert(1)>",
    "javascript:alert(1)",
    "\"'><b>",
    "a\r\nBcc: x@y",
    "\x00\ud800",
]


def slot(expression: str, context: Context = Context.HTML) -> Slot:
    return Slot(expression=expression, context=context)


def name(value: str) -> dict[str, object]:
    return {"subscriber": {"first_name": value, "lang": "fr-CA", "lists": ("demo",)}}


@pytest.mark.parametrize("value", NASTY)
def test_no_value_leaves_its_place(value: str) -> None:
    html = fill(
        (Literal(text='<p title="'), slot("subscriber.name"), Literal(text='">')), {"subscriber": {"name": value}}
    )
    inside = html[len('<p title="') : -2]
    assert not set(inside) & set("<>\"'\x00\ud800")
    assert "\r" not in fill((slot("subscriber.name", Context.HEADER),), {"subscriber": {"name": value}})
    url = fill((slot("subscriber.name", Context.URL),), {"subscriber": {"name": value}})
    assert not set(url) & set("<>\"' \r\n{}")
    assert not url.startswith("javascript:")


def test_a_missing_value_takes_its_default() -> None:
    greeting = (Literal(text="Bonjour "), slot('subscriber.first_name | default("à vous")'))
    assert fill(greeting, name("")) == "Bonjour à vous"
    assert fill(greeting, {}) == "Bonjour à vous"
    assert fill(greeting, name("Zoé")) == "Bonjour Zoé"


def test_a_phrase_about_a_page_goes_with_its_page() -> None:
    phrase = (Choice(condition=Given(expression="links.web"), inner=(Literal(text="Lire en ligne"),)),)
    assert fill(phrase, {"links": {"web": "https://exemple.org/"}}) == "Lire en ligne"
    assert fill(phrase, {"links": {"web": ""}}) == fill(phrase, {}) == ""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition(), True),
        (Condition(languages=("fr",)), True),
        (Condition(languages=("fr-CA",)), True),
        (Condition(languages=("en", "es")), False),
        (Condition(lists=("autre", "demo")), True),
        (Condition(lists=("autre",)), False),
        (Condition(languages=("fr",), lists=("autre",)), False),
        (Condition(segment='lang == "fr-CA"'), True),
        (Condition(segment='subscriber.first_name == "Anne"'), False),
        (Condition(segment="not ( valid"), False),
    ],
)
def test_conditions_hold_only_when_every_part_does(condition: Condition, expected: bool) -> None:
    assert holds(condition, name("Zoé")) is expected


def test_a_reader_without_facts_gets_no_part_for_some() -> None:
    assert not holds(Condition(languages=("fr",)), {})
    assert not holds(Condition(lists=("demo",)), {"subscriber": {"lists": None}})


@given(st.text())
def test_an_attribute_is_read_back_as_it_was_meant(value: str) -> None:
    read: list[str | None] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            read.append(dict(attrs)["title"])

    cleaned = "".join(c for c in value if not _bad(c))
    for spelt in (attribute(value), words(value)):
        read.clear()
        Reader().feed(f'<p title="{spelt}">')
        assert (read[0] or "").replace("\r\n", "\n").replace("\r", "\n") == cleaned.replace("\r\n", "\n").replace(
            "\r", "\n"
        )
    assert attribute(value).isascii()


def _bad(c: str) -> bool:
    return (
        (ord(c) < 32 and c not in "\t\n\r")
        or 0x7F <= ord(c) <= 0x9F
        or 0xD800 <= ord(c) <= 0xDFFF
        or c in "\ufffe\uffff"
    )


@given(st.text())
def test_an_address_holds_nothing_that_ends_it(value: str) -> None:
    spelt = address(value)
    assert spelt.isascii()
    assert not set(spelt) & set("<>\"' \t\r\n\\`")


@given(st.text())
def test_one_line_is_one_line(value: str) -> None:
    assert len(one_line(value).splitlines()) <= 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x",
        "JaVaScRiPt:x",
        "java\tscript:x",
        "\x01javascript:x",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc",
    ],
)
def test_addresses_that_run_or_read_are_refused(url: str) -> None:
    assert not is_safe(url)
    assert not is_safe(url, image=True)
    assert not is_safe(url, known=True)


@pytest.mark.parametrize("url", ["https://a.b/é?x=1&y", "mailto:a@b.c", "tel:+1", "../x#y", "#y", "//h/x", ""])
def test_ordinary_addresses_are_kept(url: str) -> None:
    assert is_safe(url)
    assert is_safe(url, known=True)
    assert is_safe("data:image/png;base64,AA", image=True)
