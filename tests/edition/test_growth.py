"""Four times the text never takes more than about four times the time: reading, rendering, checking, both parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from calm import processor
from edition_parts import HEAD, READER, shipped

from newsletter.edition.check import CheckOptions, check
from newsletter.edition.rendering import render
from newsletter.issue.bounds import MOST_MARKUP, weigh
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

NOWHERE = Path("/nulle-part")
#: seconds; below this, a measurement is noise
FLOOR = 0.06
#: a text of n pieces, and an n with which the longer one takes a part of a second
SHAPES: dict[str, tuple[Callable[[int], str], int]] = {
    "words on a line": (lambda n: "mot " * n, 100_000),
    "one word": (lambda n: "a" * n, 500_000),
    "links on a line": (lambda n: "".join(f"[mot {i}](https://e.org/{i}) " for i in range(n)), 1_000),
    "one link again and again": (lambda n: "mot[mot](https://e.org/a)" * n, 1_000),
    "emphasis": (lambda n: "**a** _b_ " * n, 1_500),
    "emphasis that never ends": (lambda n: "*a _b " * n, 3_000),
    "a list": (lambda n: "- mot\n" * n, 1_500),
    "deep lists": (lambda n: "".join("  " * (i % 12) + "- mot\n" for i in range(n)), 800),
    "a table": (lambda n: "|a|b|\n|-|-|\n" + "|mot|deux|\n" * n, 1_000),
    "headings": (lambda n: "".join(f"## Titre {i}\n\n" for i in range(n)), 1_000),
    "the same heading": (lambda n: "## Titre\n\n" * n, 1_000),
    "images": (lambda n: "![alt](https://e.org/x.png)\n\n" * n, 500),
    "braces": (lambda n: "{{ " * n + "{% " * n, 10_000),
    "merge fields": (lambda n: "{{ subscriber.first_name }} " * n, 1_000),
    "unknown fields": (lambda n: "{{ x }} " * n, 600),
    "raw HTML": (lambda n: "<b>x</b> " * n, 1_000),
    "quotation marks": (lambda n: "« a » \"b\" 'c' " * n, 3_000),
    "links of nothing": (lambda n: "[]()" * n, 2_000),
    "marks in marks": (lambda n: "\"a 'b " * n, 3_000),
    "one long address": (lambda n: f"[a]({'é' * n})", 20_000),
    "insecure addresses": (lambda n: "www.e.org " * n, 2_000),
    "bare addresses": (lambda n: "https://e.org/a www.e.org a@e.org " * n, 600),
}


def make_all(body: str, *, links: str) -> None:
    """Make everything that is made of a text."""
    from newsletter.edition.options import RenderOptions, TextLinks

    issue = read_text(HEAD + body, path=NOWHERE / "e.md", folder=None, root=NOWHERE, options=ReadOptions())
    edition = render(issue, shipped("default"), options=RenderOptions(text_links=TextLinks(links)))
    assert edition.html(READER)
    assert edition.text(READER)
    check(issue, edition, CheckOptions())


def seconds(body: str, *, links: str) -> float:
    """Return the processor's time for everything that is made of a text."""
    return processor(lambda: make_all(body, links=links))


@pytest.mark.parametrize(
    ("shape", "links"), [*((shape, "inline") for shape in SHAPES), ("links on a line", "numbered")]
)
def test_four_times_the_text_takes_at_most_eight_times_the_time(shape: str, links: str) -> None:
    """What grows with the square takes sixteen times as long; of both the least of all rounds is compared."""
    make, count = SHAPES[shape]
    short = long = float("inf")
    for _round in range(5):
        short = min(short, seconds(make(count // 2), links=links))
        long = min(long, seconds(make(2 * count), links=links))
        if long <= 8 * max(FLOOR, short):
            return
    raise AssertionError(f"{long / max(FLOOR, short):.1f} times as long")


#: signs of which whole lines are made, and that begin, end or nest something
DENSE = (
    *(
        "**a** [b](c) `d` <b>e</b> ",
        "`",
        "` ",
        "[",
        "]",
        "![",
        "[a](",
        "[a][b]",
        "[]()",
        "*",
        "*a ",
        "a**b",
        "_a *b ~~c ",
    ),
    *("<", "<b>", "<a ", "<!-- ", "<?", "</b>", "<p>", "x<script>", "<http:", "&", "&#1;", '"', "'", "\"a 'b ", "« "),
    *(
        "🎉",
        ":tada: ",
        ":",
        "\\",
        ">",
        "> ",
        "|",
        "{{ x }} ",
        "{% ",
        "[a]{lang=en} ",
        "www.a.b ",
        "a@b.co ",
        "https://e.org/ ",
    ),
    *("1 234 ", "9", "$ ", "! ", "é", "a", "mot ", " ", "\t", "\u00a0"),
    *(
        "- a\n",
        "- a\n\n",
        "> a\n",
        "|a|b|\n",
        "## a\n",
        "a\n",
        "a\n\n",
        "::: section\n",
        "<div>\n",
        "<div>\n\n",
        "[a]: b\n",
    ),
    *("> [!NOTE]\n> a\n\n", "```\na\n```\n", "**[a](b)**\n\n", "- [ ] a\n", "a\n: b\n\n", "a[^1] "),
)


@pytest.mark.torture
@pytest.mark.parametrize("piece", DENSE)
def test_five_megabytes_of_anything_take_seconds(piece: str) -> None:
    """What an issue can hold is rendered, what is beyond is shown as written: neither takes minutes."""
    assert seconds(piece * (5_000_000 // len(piece)), links="inline") < 10


@pytest.mark.torture
@pytest.mark.parametrize("piece", DENSE)
def test_as_much_as_an_issue_can_hold_takes_seconds(piece: str) -> None:
    body = piece * min(MOST_MARKUP // max(1, weigh(piece * 8) // 8), 1_000_000 // len(piece))
    assert seconds(body, links="numbered") < 10
