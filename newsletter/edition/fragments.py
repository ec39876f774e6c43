"""The prose of one issue: every fragment written, styled in one go, and put where it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markdown_it.token import Token

from newsletter.edition.addresses import Addresses
from newsletter.edition.frame import Collision, Frame
from newsletter.edition.notes import Notes
from newsletter.edition.prose import Place, ProseWriter
from newsletter.edition.shapes import Part, Shape, Shapes
from newsletter.edition.theme import Theme
from newsletter.issue.document import Block, Prose

if TYPE_CHECKING:
    from lxml.html import HtmlElement


class _Plain(Shape):
    """A shape without style, for fragments that are parsed again before they are styled."""

    __slots__ = ()

    def child(self, tag: str, classes: str = "") -> Shape:
        """Stay what it is."""
        del tag, classes
        return self


_PLAIN = _Plain("body", "", None)
_PLAIN.attribute = ""


@dataclass(kw_only=True)
class Fragments:
    """Gathers fragments while the frame is made; `finish` styles them, with one call for all new shapes."""

    theme: Theme
    frame: Frame
    addresses: Addresses
    notes: Notes
    words: Mapping[str, str]
    #: blocks with raw HTML: what the allow-list left, and what stands for the blocks inside
    _parsed: dict[int, tuple[HtmlElement | None, dict[str, Block]]] = field(default_factory=dict)
    _waiting: list[tuple[str, list[Part], int]] = field(default_factory=list)

    def add(self, block: Prose, typed: Mapping[int, str], *, room: int, lead: bool = False) -> str:
        """Write a block's tokens, and return the word that stands for them."""
        line = next((token.map[0] + 1 for token in block.tokens if token.map), block.line)
        place = Place(path=block.path, lines=(line, line), room=room, typed=typed, lead=lead)
        own = sum(text.count(self.frame.sign) for text in typed.values())
        parts = self._canonical(block, place) if block.raw_html else self._written(block, place)
        word = self.frame.later()
        self._waiting.append((word, parts, own))
        return word

    def parsed(self, block: Prose) -> tuple[HtmlElement | None, dict[str, Block]]:
        """Return a block with raw HTML as it was written: its elements, and the words of the blocks inside."""
        return self._parsed.get(id(block), (None, {}))

    def finish(self) -> None:
        """Style everything that was written, and put it into the frame."""
        htmls = self._styled([parts for _word, parts, _own in self._waiting])
        for (word, _parts, own), html in zip(self._waiting, htmls, strict=True):
            if html.count(self.frame.sign) != own:
                raise Collision
            self.frame.put(word, f"\n{html}")
        self._waiting.clear()

    def _styled(self, fragments: list[list[Part]]) -> list[str]:
        shapes = self.theme.shapes
        if not self.theme.simple:
            from newsletter.edition.whole import inline_whole  # parses every fragment: only for unusual sheets

            return inline_whole([_PLAIN_SHAPES.join(parts) for parts in fragments], self.theme.prose_css)
        shapes.learn(part for parts in fragments for part in parts if isinstance(part, Shape))
        return [shapes.join(parts) for parts in fragments]

    def _body(self) -> Shape:
        return self.theme.shapes.body if self.theme.simple else _PLAIN

    def _written(self, block: Prose, place: Place) -> list[Part]:
        return ProseWriter(place, self.addresses, body=self._body(), words=self.words).write(block.tokens)

    def _canonical(self, block: Prose, place: Place) -> list[Part]:
        """Write a fragment with raw HTML: through the allow-list as a whole, then in one spelling."""
        from newsletter.edition.canonical import CanonicalWriter, body_of  # lxml.html: only with raw HTML
        from newsletter.edition.raw_html import Rewriter
        from newsletter.edition.sanitise import sanitise

        writer = ProseWriter(place, self.addresses, body=_PLAIN, words=self.words)
        writer.raw = Rewriter(list(_pieces(block.tokens)), self.notes)
        first = place.lines
        fragment = sanitise(_PLAIN_SHAPES.join(writer.write(block.tokens)))
        last = place.lines
        place.lines = (first[0], max(first[1], last[1]))
        body = body_of(fragment)
        self._parsed[id(block)] = (body, {place.typed[at]: inner for at, inner in block.typed.items()})
        if body is None:
            return []
        return CanonicalWriter(place, self.addresses, body=self._body()).write(body)


def _no_styles(_shapes: object) -> list[str]:
    raise AssertionError("a shape without style needs none")


_PLAIN_SHAPES = Shapes(_no_styles)


def _pieces(tokens: tuple[Token, ...]) -> list[str]:
    """Return every piece of raw HTML of a fragment, in its order."""
    pieces: list[str] = []
    for token in tokens:
        if token.type == "html_block":
            pieces.append(token.content)
        elif token.type == "inline":
            pieces += [child.content for child in token.children or () if child.type == "html_inline"]
    return pieces
