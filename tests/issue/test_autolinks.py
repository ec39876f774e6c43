"""Bare addresses become links as on GitHub; what ends a sentence is not a part of them."""

from __future__ import annotations

import pytest

from newsletter.issue.markdown import parse_markdown


def inline(text: str):
    return parse_markdown(text).tokens[1].children


def links(text: str) -> list[str]:
    return [str(token.attrs["href"]) for token in inline(text) if token.type == "link_open"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("voir https://exemple.org/a.", ["https://exemple.org/a"]),
        ("(https://exemple.org/a_(b))", ["https://exemple.org/a_(b)"]),
        ("(voir https://exemple.org)", ["https://exemple.org"]),
        ("https://exemple.org/a&copy;", ["https://exemple.org/a"]),
        ("https://exemple.org/?q=a&b=c;", ["https://exemple.org/?q=a&b=c"]),
        ("« https://exemple.org »", ["https://exemple.org"]),
        ('"https://exemple.org"', ["https://exemple.org"]),
        ("“https://exemple.org”", ["https://exemple.org"]),
        ("https://exemple.org/#“mot”", ["https://exemple.org/#%E2%80%9Cmot%E2%80%9D"]),
        ("https://exemple.org/[a]", ["https://exemple.org/%5Ba%5D"]),
        ("https://exemple.org]", ["https://exemple.org"]),
        ("https://exemple.org/_a_b_*c*", ["https://exemple.org/_a_b_*c"]),
        ("http://localhost:8000/x", ["http://localhost:8000/x"]),
        ("HTTPS://EXEMPLE.ORG", ["HTTPS://EXEMPLE.ORG"]),
        ("xhttps://exemple.org", []),
        ("https://", []),
        ("https://_a_.b_", []),
        ("www.exemple.org/a, puis", ["http://www.exemple.org/a"]),
        ("awww.exemple.org", []),
        ("www.exemple", []),
        ("jean_paul.roy+x@exemple.org.", ["mailto:jean_paul.roy+x@exemple.org"]),
        ("mailto:a@exemple.org", ["mailto:a@exemple.org"]),
        ("a@exemple", []),
        ("a@exemple.org_", []),
        ("@coalition", []),
        ("[https://a.org](https://b.org)", ["https://b.org"]),
        ("[écrire à a@b.org](https://b.org)", ["https://b.org"]),
        ("`https://exemple.org a@b.org`", []),
        ('<a href="x">https://exemple.org</a>', []),
    ],
)
def test_bare_addresses(text, wanted):
    assert links(text) == wanted


def test_the_words_of_a_line_with_links_are_the_words_that_were_typed():
    text = "écrire à a_b@c.org, voir www.d.org/x_y et https://e.org/z!"
    assert "".join(token.content for token in inline(text)) == text
