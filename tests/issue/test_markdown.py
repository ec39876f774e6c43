"""Markdown is read as CommonMark and GFM say, and nothing that is nested too deep disappears."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from newsletter.issue.markdown import parse_markdown

EXAMPLES = json.loads((Path(__file__).parents[1] / "spec" / "commonmark.json").read_text(encoding="utf-8"))
#: GFM links bare addresses that CommonMark leaves as text (GFM section 6.9)
LINKED_BY_GFM = {602, 606, 608, 611, 612}


def html(text: str) -> str:
    """Render as the library's own renderer does."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return md.renderer.render(parse_markdown(text).tokens, md.options, {})


def normal(markup: str) -> str:
    """Leave out the line breaks that renderers put between block tags."""
    return markup.replace("<blockquote>\n", "<blockquote>")


def test_the_examples_are_all_there():
    assert len(EXAMPLES) == 652


@pytest.mark.parametrize("section", sorted({example["section"] for example in EXAMPLES}))
def test_every_example_of_the_specification(section):
    wrong = [
        example["example"]
        for example in EXAMPLES
        if example["section"] == section
        and example["example"] not in LINKED_BY_GFM
        and normal(html(example["markdown"])) != normal(example["html"])
    ]
    assert wrong == []


def test_what_gfm_links_is_still_the_same_text():
    for example in EXAMPLES:
        if example["example"] in LINKED_BY_GFM:
            plain = html(example["markdown"])
            for tag in ('<a href="https://foo.bar/baz">', '<a href="mailto:foo+@bar.example.com">', "</a>"):
                plain = plain.replace(tag, "")
            plain = plain.replace('<a href="https://foo.bar">', "").replace('<a href="https://example.com">', "")
            assert plain.replace('<a href="mailto:foo@bar.example.com">', "") == example["html"]


def test_tables_strikethrough_and_tasks():
    made = html("| a | b |\n|---|--:|\n| ~~x~~ | ~y~ |\n")
    assert "<table>" in made
    assert made.count("<s>") == 2
    items = [token for token in parse_markdown("- [x] fait\n- [ ] à faire\n").tokens if token.type == "list_item_open"]
    assert [item.meta["checked"] for item in items] == [True, False]


def test_definition_lists():
    assert html("Terme\n: Sens\n") == "<dl>\n<dt>Terme</dt>\n<dd>Sens</dd>\n</dl>\n"


def test_short_codes_become_emoji_and_unknown_ones_stay():
    assert html("Bravo :tada: et :pas_un_nom: à 10:30:15 ou a:smile:b") == (
        "<p>Bravo 🎉 et :pas_un_nom: à 10:30:15 ou a:smile:b</p>\n"
    )


def test_what_an_author_typed_between_angles_is_what_a_reader_sees():
    assert (
        html("<http://exemple.org/%C3%A9>")
        == '<p><a href="http://exemple.org/%C3%A9">http://exemple.org/%C3%A9</a></p>\n'
    )


@pytest.mark.parametrize("depth", [25, 70, 300, 10_000])
def test_no_word_is_lost_however_deep_it_is_quoted(depth):
    parsed = parse_markdown("> " * depth + "mot\n")
    assert "mot" in "".join(token.content for token in parsed.tokens if token.type == "inline")
    assert parsed.deep == (1,)


def test_no_word_is_lost_in_lists_of_two_hundred_levels():
    text = "\n".join("  " * depth + f"- mot{depth}" for depth in range(200))
    found = " ".join(token.content for token in parse_markdown(text).tokens if token.type in ("inline", "code_block"))
    assert all(f"mot{depth}" in found for depth in range(200))


def test_eight_levels_are_no_fault():
    assert parse_markdown("> " * 8 + "mot\n").deep == ()
