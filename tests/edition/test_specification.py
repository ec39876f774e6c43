"""Every example of the CommonMark specification, through the whole pipeline: nothing is lost on the way."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
from edition_parts import shipped
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

EXAMPLES = json.loads((Path(__file__).parents[1] / "spec" / "commonmark.json").read_text(encoding="utf-8"))
NOWHERE = Path("/nulle-part")
#: two links side by side: their addresses come between them in the text
APART = frozenset({570})


def facts(markup: str) -> dict[str, Counter[str]]:
    """Gather what must not be lost: words, links, images, alternative texts, headings."""
    page = LexborHTMLParser(markup if "<body" in markup else f"<body>{markup}</body>")
    body = page.body
    assert body is not None
    for node in body.css("script, style"):
        node.decompose()
    return {
        "words": Counter(re.findall(r"\w+", body.text(separator=""))),
        "links": Counter(unquote(node.attributes["href"] or "") for node in body.css("a[href]")),
        "images": Counter(unquote(node.attributes["src"] or "") for node in body.css("img[src]")),
        "alts": Counter(node.attributes.get("alt") or "" for node in body.css("img")),
        "headings": Counter(" ".join(node.text().split()) for node in body.css("h1, h2, h3, h4, h5, h6")),
    }


@pytest.mark.parametrize("theme", ["default", "sobre"])
def test_no_example_loses_anything(theme: str) -> None:
    lost = {}
    for example in EXAMPLES:
        head = "---\nsubject: S\n---\n"
        issue = read_text(
            head + example["markdown"],
            path=NOWHERE / "e.md",
            folder=None,
            root=NOWHERE,
            options=ReadOptions(typography=False),
        )
        edition = render(issue, shipped(theme))
        wanted, found = facts(example["html"]), facts(edition.html({}))
        missing = {kind: dict(counted - found[kind]) for kind, counted in wanted.items() if counted - found[kind]}
        written = Counter(re.findall(r"\w+", edition.text({})))
        if wanted["words"] - written and example["example"] not in APART:
            missing["text"] = dict(wanted["words"] - written)
        if missing:
            lost[example["example"]] = (example["markdown"], missing)
    assert not lost
