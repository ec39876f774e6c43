"""One canonical spelling for HTML that was parsed: what an author's raw HTML becomes after the allow-list.

Lower-case tags on the list, attributes in printable ASCII and double quotes, void elements closed,
no comments, addresses resolved, every image with an alternative text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import html as parser
from lxml.etree import ParserError

from newsletter.edition.addresses import Addresses
from newsletter.edition.allowed import ATTRIBUTES, PROSE_CLASSES, TAGS
from newsletter.edition.escaping import address, attribute, text
from newsletter.edition.pictures import WIDE, WIDEST_SMALL, fitted
from newsletter.edition.prose import Place
from newsletter.edition.shapes import Part, Shape

if TYPE_CHECKING:
    from lxml.html import HtmlElement

VOID = frozenset({"br", "hr", "img", "wbr", "col"})
_EVERYWHERE = ATTRIBUTES["*"]


def body_of(fragment: str) -> HtmlElement | None:
    """Parse a fragment that the allow-list has passed; None when nothing is in it."""
    try:
        page = parser.document_fromstring(
            f"<html><body>{fragment}</body></html>", parser=parser.HTMLParser(huge_tree=True)
        )
    except ParserError:
        return None
    return page.find("body")


class CanonicalWriter:
    """Writes parsed elements in one spelling, with the shapes that their styles come from."""

    def __init__(self, place: Place, addresses: Addresses, *, body: Shape) -> None:
        self.place = place
        self.addresses = addresses
        self.body = body

    def write(self, root: HtmlElement) -> list[Part]:
        """Return what is inside an element, as parts; without recursion, as authors nest as they like."""
        parts: list[Part] = [text(root.text or "")]
        stack: list[tuple[HtmlElement, Iterator[HtmlElement], Shape]] = [(root, iter(root), self.body)]
        while stack:
            above, children, shape = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                if stack:
                    parts.append(f"</{above.tag}>{text(above.tail or '')}")
                continue
            if not isinstance(child.tag, str) or child.tag not in TAGS:
                parts.append(text(child.tail or ""))
                continue
            inner = self._open(child, shape, parts)
            if child.tag in VOID:
                parts.append(text(child.tail or ""))
            else:
                parts.append(text(child.text or ""))
                stack.append((child, iter(child), inner))
        return parts

    def _open(self, element: HtmlElement, above: Shape, parts: list[Part]) -> Shape:
        tag = str(element.tag)
        classes = " ".join(name for name in str(element.get("class") or "").split() if name in PROSE_CLASSES)
        if tag == "img":
            classes = _fit(element, self.place.room)
        shape = above.child(tag, classes)
        written = "".join(self._attributes(element, tag))
        if classes:
            written += f' class="{classes}"'
        parts += (f"<{tag}{written}", shape, " />" if tag in VOID else ">")
        return shape

    def _attributes(self, element: HtmlElement, tag: str) -> Iterator[str]:
        allowed = ATTRIBUTES.get(tag, _EVERYWHERE)
        for name, value in element.attrib.items():
            if name == "href" and tag == "a":
                where = self.addresses.link(str(value), self.place.lines, self.place.path)
                yield f' href="{address(where)}"' if where or not value else ""
            elif name == "src" and tag == "img":
                where = self.addresses.image(str(value), self.place.lines, self.place.path)
                yield f' src="{address(where)}"'
            elif name in allowed or name in _EVERYWHERE:
                yield f' {name}="{attribute(str(value))}"'
        if tag == "img" and element.get("alt") is None:
            yield ' alt=""'


def _fit(element: HtmlElement, room: int) -> str:
    """Make an image fit into `room` pixels, in place; the class of one that would be wider than a phone comes back."""
    sizes = [str(element.get(name) or "").removesuffix("px") for name in ("width", "height")]
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None for text in sizes]
    width, height = fitted(numbers[0], numbers[1], room)
    if not width:
        return ""
    element.set("width", str(width))
    if height:
        element.set("height", str(height))
    return WIDE if width > WIDEST_SMALL else ""
