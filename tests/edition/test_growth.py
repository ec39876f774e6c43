"""Twice the text never takes more than about twice the time: reading, rendering, checking, both parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from edition_parts import HEAD, READER, shipped

from newsletter.edition.check import CheckOptions, check
from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

NOWHERE = Path("/nulle-part")
#: below this, a measurement is noise
FLOOR = 0.25
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
    "bare addresses": (lambda n: "https://e.org/a www.e.org a@e.org " * n, 600),
}


def seconds(body: str, *, links: str) -> float:
    """Return the processor's time for everything that is made of a text."""
    from newsletter.edition.options import RenderOptions, TextLinks

    begun = time.process_time()
    issue = read_text(HEAD + body, path=NOWHERE / "e.md", folder=None, root=NOWHERE, options=ReadOptions())
    edition = render(issue, shipped("default"), options=RenderOptions(text_links=TextLinks(links)))
    assert edition.html(READER)
    assert edition.text(READER)
    check(issue, edition, CheckOptions())
    return time.process_time() - begun


@pytest.mark.parametrize(
    ("shape", "links"), [*((shape, "inline") for shape in SHAPES), ("links on a line", "numbered")]
)
def test_twice_the_text_takes_at_most_thrice_the_time(shape: str, links: str) -> None:
    make, count = SHAPES[shape]
    rounds = (
        seconds(make(2 * count), links=links) <= 3 * max(FLOOR, seconds(make(count), links=links)) for _ in range(4)
    )
    assert any(rounds), "what grows with the square takes four times as long in every round"
