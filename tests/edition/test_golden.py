"""Every block in both themes, as it was when somebody last looked at it.

`GOLDEN=write pytest tests/edition/test_golden.py` writes the files anew; look at what changed before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from edition_parts import READER
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition
from newsletter.edition.theme import BLOCKS
from newsletter.issue.document import Issue

GOLDEN = Path(__file__).parents[1] / "golden" / "blocks"
SOURCES = sorted(GOLDEN.glob("*.md"))


def compare(path: Path, found: str) -> None:
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), f"{path.name} changed"


def between(page: str, start: str, end: str) -> str:
    return page[page.index(start) + len(start) : page.index(end)]


@pytest.mark.parametrize("theme", ["default", "sobre"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_block_looks_as_it_did(edit: Callable[..., Edition], source: Path, theme: str) -> None:
    body = source.read_text(encoding="utf-8")
    edition = edit(f"---\n\nDÉBUT\n\n---\n\n{body}\n\n---\n\nFIN\n", theme=theme)
    html = between(edition.html(READER), "DÉBUT</p>", "FIN</p>")
    compare(source.with_suffix(f".{theme}.html"), html + "\n")
    if theme == "default":
        compare(source.with_suffix(".txt"), between(edition.text(READER), "DÉBUT\n\n———\n\n", "\n———\n\nFIN"))


def test_every_block_has_its_golden_file(read: Callable[..., Issue]) -> None:
    seen = {path.stem for path in SOURCES}
    assert set(BLOCKS) - {"row"} <= seen
    assert {"only", "prose", "raw-html", "nested"} <= seen
    assert not [str(one) for path in SOURCES for one in read(path.read_text(encoding="utf-8")).findings]


@pytest.mark.parametrize("theme", ["default", "sobre"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_block_is_right_for_everybody(edit: Callable[..., Edition], source: Path, theme: str) -> None:
    page = LexborHTMLParser(edit(source.read_text(encoding="utf-8"), theme=theme).html(READER))
    for table in page.css("table"):
        assert table.attributes.get("role") == "presentation" or table.css("th"), table.html[:200]
    assert len(page.css("h1")) == 1
    assert all("alt" in image.attributes for image in page.css("img"))
    for button in page.css(".button a"):
        styles = dict(part.split(":", 1) for part in (button.attributes["style"] or "").split(";") if part)
        padding = int(styles["padding"].split("px")[0])
        assert int(styles["line-height"].removesuffix("px")) + 2 * padding >= 44
    assert not page.css("script, form, iframe, object, embed, video, audio, link, input, svg")
