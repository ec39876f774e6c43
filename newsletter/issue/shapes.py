"""Ordinary Markdown that is a block by its shape: a button, an image of its own, a callout, a signed quote.

Every function answers with a block, or with None when anything in the Markdown would be lost: what is
not exactly of the shape stays prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from newsletter.issue.attributes import Attributes
from newsletter.issue.document import Block, Button, Callout, Image, Quote
from newsletter.issue.settle import plain_text

Build = Callable[[Sequence[Token]], tuple[Block, ...]]

_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(.*)\Z", re.IGNORECASE)
_SIGNATURE = re.compile(r"(?:—|–|―|--)[ \u00a0\u202f]*(\S.{0,118})\Z")
_VARIANTS = ("primary", "secondary", "quiet")
_PLAIN = frozenset({"text", "code_inline", "softbreak"})
_BREAKS = frozenset({"softbreak", "hardbreak"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a block begins."""

    line: int
    path: str


def button(children: Sequence[Token], place: Place) -> Button | None:
    """Read a paragraph that is only a bold link: `**[label](url)**`, perhaps with `{.secondary}`."""
    listed: Attributes | None = None
    if children and children[-1].type == "attributes":
        listed = children[-1].meta["attributes"]
        children = children[:-1]
    kinds = [child.type for child in children]
    if kinds[:2] != ["strong_open", "link_open"] or kinds[-2:] != ["link_close", "strong_close"]:
        return None
    link, label = children[1], children[2:-2]
    if not label or any(child.type not in _PLAIN for child in label):
        return None
    classes = str(link.attrs.get("class", "")).split() + list(listed.classes if listed else ())
    if set(link.attrs) - {"href", "class"} or any(name not in _VARIANTS for name in classes):
        return None
    if (listed and (listed.values or listed.id)) or not link.attrs.get("href"):
        return None
    variant = classes[-1] if classes else "primary"
    return Button(
        line=place.line, path=place.path, label=plain_text(label), url=str(link.attrs["href"]), variant=variant
    )


def image(children: Sequence[Token], place: Place) -> Image | None:
    """Read a paragraph that is only an image; its title is the caption."""
    if len(children) != 1 or children[0].type != "image":
        return None
    attrs = dict(children[0].attrs)
    classes = set(str(attrs.pop("class", "")).split())
    side = str(attrs.pop("side", "")) or next((name for name in ("left", "right") if name in classes), "")
    if set(attrs) - {"src", "alt", "title", "width", "height"} or classes - {"decorative", "left", "right"}:
        return None
    if side not in ("", "left", "right") or not attrs.get("src"):
        return None
    width, height = attrs.get("width"), attrs.get("height")
    return Image(
        line=place.line,
        path=place.path,
        src=str(attrs["src"]),
        alt=str(attrs.get("alt", "")),
        caption=str(attrs.get("title", "")),
        width=width if isinstance(width, int) else None,
        height=height if isinstance(height, int) else None,
        decorative="decorative" in classes,
        side=side,
    )


def callout(tokens: Sequence[Token], place: Place, build: Build) -> Callout | None:
    """Read a quote that begins with `[!NOTE]`; words after it on its line are the title."""
    if len(tokens) < 4 or tokens[1].type != "paragraph_open":
        return None
    children = tokens[2].children or []
    found = _ALERT.match(children[0].content) if children and children[0].type == "text" else None
    if found is None:
        return None
    end = next((at for at, child in enumerate(children) if child.type in _BREAKS), len(children))
    title, rest = children[1:end], list(children[end + 1 :])
    opening = [replace(children[0], content=found[2])] if found[2] else []
    if any(child.type not in _PLAIN for child in title):
        # a title with a link or emphasis would lose it: it opens the text instead
        rest = [*opening, *title, *children[end:]]
        opening, title = [], []
    inner = _replaced(tokens[1:4], rest) + list(tokens[4:-1])
    heading = plain_text([*opening, *title]).strip()
    return Callout(line=place.line, path=place.path, kind=found[1].lower(), title=heading, children=build(inner))


def quote(tokens: Sequence[Token], place: Place, build: Build) -> Quote | None:
    """Read a quote whose last line is `— Name`."""
    inner = list(tokens[1:-1])
    if len(inner) < 3 or inner[-1].type != "paragraph_close" or inner[-1].level != tokens[0].level + 1:
        return None
    children = inner[-2].children or []
    start = next((at + 1 for at in range(len(children) - 1, -1, -1) if children[at].type in _BREAKS), 0)
    last = children[start:]
    if len(last) != 1 or last[0].type != "text" or (start == 0 and len(inner) == 3):
        return None
    found = _SIGNATURE.match(last[0].content)
    if found is None:
        return None
    kept = inner[:-3] + _replaced(inner[-3:], children[: max(start - 1, 0)])
    return Quote(line=place.line, path=place.path, children=build(kept), by=found[1].strip())


def _replaced(paragraph: Sequence[Token], children: list[Token]) -> list[Token]:
    """Return a paragraph with other content; without any there is no paragraph."""
    if not children:
        return []
    return [paragraph[0], replace(paragraph[1], children=children), paragraph[2]]
