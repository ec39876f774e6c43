"""Inlining: the options that keep premailer harmless, and styles remembered by shape that are the same."""

from __future__ import annotations

import socket

import pytest
from edition_parts import shipped
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from newsletter.edition.inline import inline_shapes, inline_tree
from newsletter.edition.shapes import MOST_SHAPES, Shape, Shapes, is_simple
from newsletter.edition.whole import inline_whole, spell


def styled(fragment: str, sheet: str) -> str:
    return inline_whole([fragment], sheet)[0]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statement 11 of rendering."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = etree.fromstring(
        '<html><head><link rel="stylesheet" href="https://x.example/a.css"/></head><body><p>a</p></body></html>'
    )
    inline_tree(page, '@import url("https://x.example/b.css"); p{color:red}')
    assert page.findall(".//p")[0].get("style") == "color:red"


def test_a_style_sheet_in_the_page_keeps_its_important_rules_and_its_hooks() -> None:
    """Statement 11 of rendering."""
    kept = "@media print{p{color:red !important}} [data-ogsc] p{color:blue} u + .body{a:b} @font-face{font-family:x}"
    page = etree.fromstring(f"<html><head><style>{kept}</style></head><body><p>a</p></body></html>")
    inline_tree(page, "p{margin:0}")
    style = page.find(".//style")
    assert style is not None
    assert style.text == kept


def test_basic_attributes_are_left_alone() -> None:
    """Statement 11 of rendering."""
    sheet = "img{width:100%;height:auto;float:left} td{text-align:center;background-color:#fff;vertical-align:top}"
    found = styled('<table><tbody><tr><td><img width="180" src="x" alt="" /></td></tr></tbody></table>', sheet)
    assert '<img width="180" src="x" alt="" style="' in found
    assert "align=" not in found.replace("text-align", "").replace("vertical-align", "")
    assert "bgcolor" not in found


@pytest.mark.parametrize("value", ["ZQ0123450001QZ", "https://e.example/a?b=1&c=2", "https://e.example/%C3%A9"])
def test_addresses_and_words_stay_what_they_are(value: str) -> None:
    """Statement 11 of rendering."""
    escaped = value.replace("&", "&amp;")
    assert f'href="{escaped}"' in styled(f'<p><a href="{escaped}">x</a></p>', "a{color:red}")


def test_colours_have_six_digits_and_odd_ones_stay() -> None:
    """Statement 11 of rendering."""
    assert 'style="color:#ffffff"' in styled("<p>a</p>", "p{color:#fff}")
    assert "rgb(1, 2, 3)" in styled("<p>a</p>", "p{color:rgb(1, 2, 3)}").lower()
    assert "mso-line-height-rule:exactly" in styled("<p>a</p>", "p{mso-line-height-rule:exactly}")


def test_a_sheet_reaches_only_what_is_inside_a_fragment() -> None:
    """Statement 11 of rendering."""
    found = inline_whole(["<p>a</p>", "<div><p>b</p></div>"], "body > p{color:red} p{margin:0}")
    assert [part.count("color:red") for part in found] == [1, 0]


def test_text_is_written_in_one_spelling() -> None:
    body = etree.fromstring("<body>é &gt; b<br/>c &amp; d<!-- x --><img src='a' alt='« \"q\" »'/></body>")
    for comment in body.xpath("//comment()"):
        comment.getparent().remove(comment)
    assert spell(body) == 'é &gt; b<br />c &amp; d<img src="a" alt="&#171; &#34;q&#34; &#187;" />'


@pytest.mark.parametrize(
    ("sheet", "simple"),
    [
        ("p{a:b} .x p > a{c:d} h1.y, h2{e:f}", True),
        ("p:first-child{a:b}", False),
        ("h2 + p{a:b}", False),
        ("a[href]{a:b}", False),
        ("#x{a:b}", False),
        ("* {a:b}", False),
    ],
)
def test_simple_sheets_are_told_from_others(sheet: str, simple: bool) -> None:
    assert is_simple(sheet) is simple


_CHAIN = st.lists(
    st.tuples(
        st.sampled_from(["p", "li", "ul", "ol", "td", "th", "table", "a", "code", "pre", "blockquote", "h2", "div"]),
        st.sampled_from(["", "lead", "grid", "right", "notes", "task"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_CHAIN, min_size=1, max_size=5), st.sampled_from(["default", "sobre"]))
def test_a_remembered_style_is_the_one_that_the_whole_way_gives(chains: list[list[tuple[str, str]]], name: str) -> None:
    sheet = shipped(name).prose_css
    body = Shape("body", "", None)
    shapes, root = [], etree.Element("html")
    page = etree.SubElement(root, "body")
    elements = []
    for chain in chains:
        shape, element = body, page
        for tag, classes in chain:
            shape, element = shape.child(tag, classes), etree.SubElement(element, tag)
            if classes:
                element.set("class", classes)
        shapes.append(shape)
        elements.append(element)
    inline_tree(root, sheet)
    for style, element in zip(inline_shapes(shapes, sheet=sheet), elements, strict=True):
        whole = spell(element.getparent())
        assert style == "" or f'style="{style}"' in whole
        assert (element.get("style") is None) == (style == "")


def test_shapes_do_not_fill_the_memory() -> None:
    asked = []
    shapes = Shapes(lambda wanted: [asked.append(shape) or "" for shape in wanted])  # type: ignore[func-returns-value]
    first = shapes.body
    shapes.learn([first.child("p", f"c{number}") for number in range(MOST_SHAPES + 1)])
    assert shapes.body is not first
    assert not shapes.body.children
