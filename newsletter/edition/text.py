"""The plain-text part, made from the blocks: wrapped, links beside their words, tables that can be read.

Nothing of Markdown is in it but `> ` before quotes: emphasis is not marked, headings are underlined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.edition.addresses import Addresses
from newsletter.edition.frame import Frame
from newsletter.edition.occasions import Occasions, unmerged
from newsletter.edition.options import TextLinks
from newsletter.edition.text_table import table_text
from newsletter.edition.text_words import Words
from newsletter.edition.tree import Node
from newsletter.edition.wrap import indent, width_of, wrap
from newsletter.issue.document import Block, Columns, Only, Prose, Section

_SPACE = re.compile(r"[ \t\r\n\f]+")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark", "q"}
    | {"rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"}
    | {"note-ref", "nothing"}
)
#: narrower than this, nothing can be read: deep nesting stops being indented
NARROWEST = 24
PAUSE = "\u2014\u2014\u2014"


@dataclass(kw_only=True)
class TextWriter:
    """Writes the blocks of one issue as text."""

    frame: Frame
    addresses: Addresses
    occasions: Occasions
    words: Mapping[str, str]
    lang: str
    links: TextLinks
    #: how each kind of block is written: see `text_blocks`
    writers: Mapping[type[Block], Callable[..., str]]
    #: the tree of a block of prose
    tree: Callable[[Prose], list[Node | str]]
    #: addresses in the order of their numbers
    numbered: dict[str, int] = field(default_factory=dict)
    _line: tuple[int, int] = (1, 1)
    _path: str = ""

    def blocks(self, blocks: Iterable[Block], width: int) -> str:
        """Return blocks as text; each ends with an empty line, so that a part can be left out without a trace."""
        return "".join(self._ended(block, width) for block in blocks)

    def _ended(self, block: Block, width: int) -> str:
        if isinstance(block, Only):
            begin, end = self.frame.part(block.condition)
            return f"{begin}{self.blocks(block.children, width)}{end}"
        written = self.block(block, width)
        return f"{written}\n\n" if written else ""

    def block(self, block: Block, width: int) -> str:
        """Return one block as text, without an empty line at its end."""
        self._line, self._path = (block.line, block.line + 20), block.path
        if isinstance(block, Prose):
            return self.flow(self.tree(block), width)
        if isinstance(block, Section):
            return self.inner(block.children, width)
        if isinstance(block, Columns):
            return self.inner([child for column in block.columns for child in column], width)
        writer = self.writers.get(type(block))
        return writer(self, block, width) if writer else ""

    def inner(self, blocks: Iterable[Block], width: int) -> str:
        """Return blocks that stand inside another one: a part for some has the space around it inside."""
        made, begun = "", False
        for block in blocks:
            if isinstance(block, Only):
                begin, end = self.frame.part(block.condition)
                inside = self.inner(block.children, width)
                made += f"{begin}\n\n{inside}{end}" if begun else f"{begin}{inside}\n\n{end}"
                continue
            written = self.block(block, width)
            if written:
                made += f"\n\n{written}" if begun else written
                begun = True
        return made

    def link(self, label: str, url: str) -> str:
        """Return a link: its words, then where it leads."""
        where = self.addresses.link(url, self._line, self._path) if url else ""
        if not where or where.startswith("#"):
            return label
        bare = where.removeprefix("mailto:")
        if label.strip() in (where, bare, bare.rstrip("/"), bare.removeprefix("https://").rstrip("/")) and (
            label.strip() in (where, bare)
        ):
            return bare
        if self.links is TextLinks.NUMBERED:
            return f"{label} [{self.numbered.setdefault(where, len(self.numbered) + 1)}]".lstrip()
        return f"{label} <{where}>".lstrip()

    def labelled(self, label: str, url: str) -> str:
        """Return a button: `label: url`."""
        where = self.addresses.link(url, self._line, self._path) if url else ""
        if not where or self.links is TextLinks.NUMBERED:
            return self.link(label, url)
        return f"{label}{self.colon} {where}"

    def underlined(self, text: str, mark: str, width: int) -> str:
        """Return a heading with a line below, as long as a reader of whom nothing is known sees it."""
        lines = unmerged(text, self.frame.expressions).split("\n")
        return f"{text}\n{mark * min(width, max(map(width_of, lines)))}"

    @property
    def colon(self) -> str:
        """A colon as the language sets it."""
        return "\u00a0:" if self.lang.lower().startswith("fr") else ":"

    def flow(self, nodes: Sequence[Node | str], width: int, *, tight: bool = False) -> str:
        """Return nodes as text: runs of inline nodes are paragraphs, the others blocks of their own."""
        pieces: list[str] = []
        run: list[Node | str] = []
        for node in nodes:
            if isinstance(node, Node) and isinstance(node.block, Only):
                self._end_run(run, pieces, width)
                self._part(node.block, pieces, width)
                continue
            if isinstance(node, str) or (node.tag in _INLINE and not _holds_block(node)):
                run.append(node)
                continue
            self._end_run(run, pieces, width)
            piece = self._element(node, width)
            if piece:
                pieces.append(piece)
        self._end_run(run, pieces, width)
        return ("\n" if tight else "\n\n").join(pieces)

    def _part(self, block: Only, pieces: list[str], width: int) -> None:
        """Add a part for some, the space before it inside."""
        begin, end = self.frame.part(block.condition)
        inside = self.inner(block.children, width)
        if pieces:
            pieces[-1] += f"{begin}\n\n{inside}{end}"
        else:
            pieces.append(f"{begin}{inside}{end}")

    def _end_run(self, run: list[Node | str], pieces: list[str], width: int) -> None:
        if run:
            written = wrap(self.inline(run).strip(" \n"), max(width, NARROWEST))
            if written:
                pieces.append(written)
            run.clear()

    def inline(self, nodes: Iterable[Node | str]) -> str:
        """Return inline nodes as one text; only hard breaks are line ends."""
        words = Words()
        for node in nodes:
            if isinstance(node, str):
                words.text(_SPACE.sub(" ", node))
            elif node.tag == "img":
                words.image(_SPACE.sub(" ", node.attributes.get("alt", "")))
            elif node.tag == "a":
                if "back" not in node.attributes.get("class", "").split():
                    self._link(words, node)
            else:
                words.text(self._inline_element(node))
        return str(words)

    def _link(self, words: Words, node: Node) -> None:
        """Add a link; a space at the edge of its words stays outside of them."""
        typed = self.inline(node.children)
        label = typed.strip()
        if label and typed[0].isspace():
            words.text(" ")
        written = self.link(label, node.attributes.get("href", ""))
        words.link(label, written, pictured=(_at_edge(node, 0), _at_edge(node, -1)))
        if label and typed[-1].isspace():
            words.text(" ")

    def _inline_element(self, node: Node) -> str:
        if node.tag == "nothing" or "back" in node.attributes.get("class", "").split():
            return ""
        if node.tag == "br":
            return "\n"
        if node.tag == "note-ref":
            return f"({node.attributes['number']})"
        if node.tag == "code":
            whole = node.children[0] if len(node.children) == 1 else None
            return whole if isinstance(whole, str) else self.inline(node.children)
        if node.tag == "block" and node.block is not None:
            return self.block(node.block, 10_000)
        return self.inline(node.children)

    def _element(self, node: Node, width: int) -> str:
        if node.tag == "block":
            return self.block(node.block, width) if node.block is not None else ""
        writer = _ELEMENTS.get(node.tag)
        return writer(self, node, width) if writer else self.flow(node.children, width)


def _at_edge(node: Node, edge: int) -> bool:
    """Say whether an element begins (0) or ends (-1) with an image."""
    if node.tag == "img" or not node.children:
        return node.tag == "img"
    child = node.children[edge]
    return isinstance(child, Node) and _at_edge(child, edge)


def _holds_block(node: Node) -> bool:
    """Say whether an inline element encloses blocks, as in `<a><div>…</div></a>`: its link must not be lost."""
    return node.tag != "a" and any(
        isinstance(child, Node) and (child.tag not in _INLINE or _holds_block(child)) for child in node.children
    )


def _heading(writer: TextWriter, node: Node, width: int) -> str:
    text = wrap(writer.inline(node.children).strip(), width)
    mark = {"h1": "=", "h2": "-"}.get(node.tag, "")
    return writer.underlined(text, mark, width) if mark and text else text


def _list(writer: TextWriter, node: Node, width: int) -> str:
    items = _said(node)
    loose = any(isinstance(inner, Node) and inner.tag == "p" for item in _nodes(node) for inner in item.children)
    start = node.attributes.get("start", "1")
    number = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
    pieces: list[str] = []
    for item in items:
        if isinstance(item, str) or item.tag not in ("li", "note"):
            pieces.append(writer.flow([item], width))
            continue
        mark = _mark(node, item, number)
        number += 1
        room = max(width - len(mark), NARROWEST)
        inner = writer.flow(item.children, room, tight=not loose)
        pieces.append(indent(inner, " " * len(mark), first=mark))
    return ("\n\n" if loose else "\n").join(piece for piece in pieces if piece.strip())


def _said(node: Node) -> list[Node | str]:
    """Return what an element holds, without the space between its elements; raw HTML can hold words there."""
    return [child for child in node.children if isinstance(child, Node) or child.strip()]


def _nodes(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _mark(node: Node, item: Node, number: int) -> str:
    if item.tag == "note":
        return f"({item.attributes.get('number', number)}) "
    if "note" in node.attributes.get("class", ""):
        return f"({number}) "
    if "checked" in item.attributes:
        return "\u2611 " if item.attributes["checked"] else "\u2610 "
    return f"{number}. " if node.tag == "ol" else "\u2022 "


def _quote(writer: TextWriter, node: Node, width: int) -> str:
    return indent(writer.flow(node.children, max(width - 2, NARROWEST)), "> ")


def _code(writer: TextWriter, node: Node, width: int) -> str:
    """Write code as it stands; links in it (which raw HTML can hold) come after it."""
    links: list[Node] = []
    content = "".join(_texts(node, links)).strip("\n")
    below = [writer.inline([link]) for link in links]
    return "\n\n".join(filter(None, (indent(content, "    "), wrap("\n".join(below), width))))


def _texts(node: Node, links: list[Node]) -> Iterable[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif child.tag == "br":
            yield "\n"
        else:
            if child.tag == "a":
                links.append(child)
            yield from _texts(child, links)


def _pause(_writer: TextWriter, _node: Node, _width: int) -> str:
    return PAUSE


def _definitions(writer: TextWriter, node: Node, width: int) -> str:
    pieces: list[str] = []
    for child in _said(node):
        if isinstance(child, str):
            pieces.append(writer.flow([child], width))
            continue
        inner = writer.flow(child.children, max(width - (4 if child.tag == "dd" else 0), NARROWEST))
        if child.tag == "dd":
            pieces.append(indent(inner, "    "))
        else:
            pieces.append(("\n" if pieces else "") + inner)
    return "\n".join(pieces)


def _table(writer: TextWriter, node: Node, width: int) -> str:
    return table_text(node, writer.inline, lambda cell, room: writer.flow(cell.children, room), width)


def _caption(writer: TextWriter, node: Node, width: int) -> str:
    return wrap(writer.inline(node.children).strip(), width)


Element = Callable[[TextWriter, Node, int], str]

_ELEMENTS: Mapping[str, Element] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "pre": _code,
    "hr": _pause,
    "dl": _definitions,
    "table": _table,
    "caption": _caption,
}
