"""Tokens -> blocks: what stands by itself becomes typed, the rest stays prose, in the author's order.

A run of ordinary Markdown is one `Prose`. Inside lists and quotes a typed block stays where it is, as
a place-holder token. While raw HTML is open (`<div>` … `</div>` around paragraphs), nothing is taken
out of it: a link or a frame must not lose what it encloses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from markdown_it.token import Token

from newsletter.issue import shapes
from newsletter.issue.context import Context
from newsletter.issue.data_blocks import DATA_BLOCKS, data_block
from newsletter.issue.document import Block, Contents, Divider, Image, Prose
from newsletter.issue.layout import Nest, directive_block
from newsletter.issue.shapes import Place

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)\b[^<>]*?(/?)>")
#: elements that end by themselves, or whose end may be left out
_SELF_CLOSING = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "option",
        "colgroup",
    }
)


class Builder:
    """Makes the blocks of one file."""

    def __init__(self, context: Context, include: Callable[[str, Place], tuple[Block, ...]]) -> None:
        self.context = context
        self.include = include

    def build(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        """Return the blocks of tokens that stand at the level of a page: the page, a column, a section."""
        blocks: list[Block] = []
        run: list[Token] = []
        opened = 0
        for part in elements(tokens):
            made = self._typed(part) if opened <= 0 or part[0].type == "directive_open" else None
            if made is not None:
                self._flush(run, blocks)
                blocks += made
            elif not run and blocks and self._stands_beside(part, blocks[-1]):
                blocks[-1] = self._with_text(blocks[-1], part)
            else:
                run += part
                opened += open_tags(part)
        self._flush(run, blocks)
        return tuple(blocks)

    def _stands_beside(self, part: Sequence[Token], last: Block) -> bool:
        """Say whether an element is the paragraph beside an image that has a side and no text yet."""
        waits = isinstance(last, Image) and bool(last.side) and not last.children
        return waits and part[0].type == "paragraph_open" and not open_tags(part)

    def _with_text(self, last: Block, part: Sequence[Token]) -> Block:
        assert isinstance(last, Image)
        return replace(last, children=(self._prose(list(part)),))

    def _flush(self, run: list[Token], blocks: list[Block]) -> None:
        if run:
            blocks.append(self._prose(list(run)))
            run.clear()

    def _place(self, tokens: Sequence[Token]) -> Place:
        line = next((token.map[0] + 1 for token in tokens if token.map), 1)
        return Place(line=line, path=self.context.path)

    def _typed(self, part: Sequence[Token]) -> tuple[Block, ...] | None:
        """Return what an element is besides prose, or None."""
        kind = part[0].type
        if kind == "paragraph_open" and len(part) == 3:
            return self._paragraph(part)
        if kind == "hr":
            place = self._place(part)
            return (Divider(line=place.line, path=place.path),)
        return self._anywhere(part)

    def _paragraph(self, part: Sequence[Token]) -> tuple[Block, ...] | None:
        children = part[1].children or []
        place = self._place(part)
        if len(children) == 1 and children[0].type == "text" and children[0].content.strip() == "[[toc]]":
            return (Contents(line=place.line, path=place.path),)
        found = shapes.button(children, place) or shapes.image(children, place) or self._beside(part, place)
        return (found,) if found else None

    def _beside(self, part: Sequence[Token], place: Place) -> Image | None:
        """Read a paragraph that begins with an image that has a side: the rest stands beside it."""
        children = part[1].children or []
        found = shapes.image(children[:1], place) if len(children) > 1 else None
        if found is None or not found.side:
            return None
        rest = list(children[1:])
        while rest and (rest[0].type in ("softbreak", "hardbreak") or _is_blank(rest[0])):
            rest.pop(0)
        if rest and rest[0].type == "text":
            rest[0] = rest[0].copy(content=rest[0].content.lstrip())
        copy = part[1].copy(children=rest)
        return replace(found, children=(self._prose([part[0], copy, part[2]]),))

    def _anywhere(self, part: Sequence[Token]) -> tuple[Block, ...] | None:
        """Return the block that an element is wherever it stands, also in a list: callout, quote, data, directive."""
        kind = part[0].type
        place = self._place(part)
        if kind == "blockquote_open":
            found = shapes.callout(part, place, self.build) or shapes.quote(part, place, self.build)
            return (found,) if found else None
        if kind == "fence" and self._is_data(part[0]):
            block = data_block(part[0], place, self.context)
            return (block,) if block else None
        if kind == "directive_open":
            nest = Nest(
                context=self.context,
                build=self.build,
                split=lambda tokens: list(elements(tokens)),
                include=self.include,
            )
            return directive_block(part, place, nest)
        return None

    def _is_data(self, token: Token) -> bool:
        name = token.info.strip()
        return name in DATA_BLOCKS or name in self.context.shared.options.blocks

    def _prose(self, tokens: list[Token]) -> Prose:
        """Make a run of ordinary Markdown; typed blocks within lists and quotes become place-holders."""
        made: list[Token] = []
        typed: dict[int, Block] = {}
        place = self._place(tokens)
        for part in elements(tokens):
            if len(part) > 3 and any(self._may_be_typed(token) for token in part[1:]):
                self._descend(part, made, typed)
            else:
                made += part
        for token in made:
            _as_text(token)
        return Prose(
            line=place.line, path=place.path, tokens=tuple(made), typed=typed, raw_html=any(map(_is_html, made))
        )

    def _may_be_typed(self, token: Token) -> bool:
        if token.type == "fence":
            return self._is_data(token)
        return token.type in ("blockquote_open", "directive_open")

    def _descend(self, part: Sequence[Token], made: list[Token], typed: dict[int, Block]) -> None:
        """Copy an element, replacing the typed blocks inside it."""
        made.append(part[0])
        for inner in elements(part[1:-1]):
            blocks = self._anywhere(inner) if self._may_be_typed(inner[0]) else None
            if blocks is not None:
                for block in blocks:
                    typed[len(made)] = block
                    made.append(Token("typed_block", "", 0, block=True, level=inner[0].level))
            elif len(inner) > 3:
                self._descend(inner, made, typed)
            else:
                made += inner
        made.append(part[-1])


def elements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the elements of one level: a paragraph, a whole list, a directive with what it holds."""
    at = 0
    while at < len(tokens):
        end = _directive_end(tokens, at) if tokens[at].type == "directive_open" else _element_end(tokens, at)
        yield tokens[at:end]
        at = end


def _element_end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for at in range(start, len(tokens)):
        depth += tokens[at].nesting
        if depth <= 0:
            return at + 1
    return len(tokens)


def _directive_end(tokens: Sequence[Token], start: int) -> int:
    """Return where a directive ends: after its close; without one, where what is around it ends."""
    if tokens[start].meta["directive"].name == "include":
        return start + 1
    close = tokens[start].meta.get("close")
    if close is None:
        return len(tokens)
    return next(at + 1 for at in range(start, len(tokens)) if tokens[at] is close)


def pair_directives(tokens: Sequence[Token]) -> tuple[list[Token], list[int]]:
    """Give each opening its close (`meta["close"]`), and turn closes that close nothing into text.

    A close belongs to the nearest opening of its length in its container; openings of another length
    in between stay without one. Returns the tokens and the lines of the closes that were none.
    """
    made: list[Token] = []
    strays: list[int] = []
    opened: list[Token] = []
    for token in tokens:
        if token.nesting < 0:
            opened = [entry for entry in opened if entry.level <= token.level]
        if token.type == "directive_open" and token.meta["directive"].name != "include":
            opened.append(token)
        elif token.type == "directive_close":
            matching = [at for at, entry in enumerate(opened) if _closes(token, entry)]
            if not matching:
                strays.append((token.map or [0])[0] + 1)
                made += _literal_paragraph(token)
                continue
            opened[matching[-1]].meta["close"] = token
            del opened[matching[-1] :]
        made.append(token)
    return made, strays


def _closes(close: Token, opening: Token) -> bool:
    return bool(opening.level == close.level and opening.meta["directive"].length == close.meta["length"])


def _literal_paragraph(token: Token) -> list[Token]:
    text = ":" * int(token.meta["length"])
    child = Token("text", "", 0, content=text)
    return [
        Token("paragraph_open", "p", 1, map=token.map, level=token.level, block=True),
        Token("inline", "", 0, map=token.map, level=token.level + 1, block=True, content=text, children=[child]),
        Token("paragraph_close", "p", -1, level=token.level, block=True),
    ]


def open_tags(tokens: Sequence[Token]) -> int:
    """Return how many tags raw HTML opens and does not close (negative: closes and did not open)."""
    balance = 0
    for token in tokens:
        if token.type == "html_block":
            balance += _balance(token.content)
        elif token.type == "inline":
            balance += sum(_balance(child.content) for child in token.children or () if child.type == "html_inline")
    return balance


def _balance(content: str) -> int:
    balance = 0
    for closing, name, self_closing in _TAG.findall(_without_comments(content)):
        if name.lower() not in _SELF_CLOSING and not self_closing:
            balance += -1 if closing else 1
    return balance


def _without_comments(content: str) -> str:
    kept: list[str] = []
    done = 0
    while (start := content.find("<!--", done)) >= 0:
        kept.append(content[done:start])
        end = content.find("-->", start)
        done = end + 3 if end >= 0 else len(content)
    return "".join((*kept, content[done:])) if kept else content


def _is_blank(token: Token) -> bool:
    return token.type == "text" and not token.content.strip()


def _is_html(token: Token) -> bool:
    if token.type == "inline":
        return any(child.type == "html_inline" for child in token.children or ())
    return token.type == "html_block"


def _as_text(token: Token) -> None:
    """Turn what a block did not take up back into the text that it was."""
    if token.type == "inline":
        for child in token.children or ():
            if child.type == "attributes":
                child.type = "text"
