"""Tokens -> HTML for mails: every element with its style, every address resolved, nothing unsafe by construction.

A fragment without raw HTML is finished here. One that holds raw HTML is written without styles, and goes
through the allow-list as a whole (`raw_html`, `canonical`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from newsletter.edition.addresses import Addresses
from newsletter.edition.escaping import address, attribute, text
from newsletter.edition.pictures import WIDE, WIDEST_SMALL, fitted, size
from newsletter.edition.raw_html import Rewriter
from newsletter.edition.shapes import Part, Shape
from newsletter.issue.settle import plain_text

_SIMPLE = frozenset({"em_open", "strong_open", "s_open", "sup_open", "sub_open", "mark_open", "ins_open"})
_CLOSING = frozenset({"em_close", "strong_close", "s_close", "sup_close", "sub_close", "mark_close", "ins_close"})
_ALIGN = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}
_VOID = " />"


@dataclass(kw_only=True)
class Place:
    """What a writer is told of the fragment it writes."""

    path: str = ""
    #: first and last line of the block that is being written, from 1
    lines: tuple[int, int] = (1, 1)
    #: pixels that an image can be wide
    room: int = 536
    #: index of a place-holder token -> what stands there
    typed: Mapping[int, str] = field(default_factory=dict)
    #: the next paragraph opens the issue
    lead: bool = False


class ProseWriter:
    """Writes the tokens of one fragment; `parts` is what `Shapes.join` makes a text of."""

    def __init__(self, place: Place, addresses: Addresses, *, body: Shape, words: Mapping[str, str]) -> None:
        self.place = place
        self.addresses = addresses
        self.words = words
        self.shape = body
        self.parts: list[Part] = []
        self.raw: Rewriter | None = None
        self._open: list[Shape] = []

    def write(self, tokens: Sequence[Token]) -> list[Part]:
        """Write tokens of the level of blocks, and return the parts."""
        for at, token in enumerate(tokens):
            if token.map:
                self.place.lines = (token.map[0] + 1, max(token.map[1], token.map[0] + 1))
            if token.type == "inline":
                self.inline(token.children or ())
            elif token.type == "typed_block":
                self.parts.append(self.place.typed.get(at, ""))
            else:
                writer = _BLOCKS.get(token.type)
                if writer is not None:
                    writer(self, token)
                elif token.nesting == 0 and token.content:
                    self.parts.append(text(token.content))
        return self.parts

    def inline(self, children: Iterable[Token]) -> None:
        """Write the tokens inside a block."""
        parts = self.parts
        for token in children:
            kind = token.type
            if kind == "text":
                parts.append(text(token.content))
            elif kind == "softbreak":
                parts.append("\n")
            elif kind in _SIMPLE:
                self.open(token.tag)
            elif kind in _CLOSING:
                self.close(token.tag)
            else:
                writer = _INLINES.get(kind)
                if writer is not None:
                    writer(self, token)
                else:
                    parts.append(text(token.content))

    def open(self, tag: str, *, attributes: str = "", classes: str = "") -> None:
        """Open an element; its style comes last."""
        self._open.append(self.shape)
        self.shape = self.shape.child(tag, classes)
        named = f' class="{classes}"' if classes else ""
        self.parts += (f"<{tag}{attributes}{named}", self.shape, ">")

    def close(self, tag: str) -> None:
        """Close the innermost element."""
        if self._open:
            self.shape = self._open.pop()
        self.parts.append(f"</{tag}>")

    def void(self, tag: str, attributes: str = "", *, classes: str = "") -> None:
        """Write an element that has no content."""
        named = f' class="{classes}"' if classes else ""
        self.parts += (f"<{tag}{attributes}{named}", self.shape.child(tag, classes), _VOID)


def _opening(writer: ProseWriter, token: Token) -> None:
    writer.open(token.tag)
    writer.parts.append("\n")


def _closing(writer: ProseWriter, token: Token) -> None:
    writer.close(token.tag)
    writer.parts.append("\n")


def _opening_here(writer: ProseWriter, token: Token) -> None:
    writer.open(token.tag)


def _paragraph_open(writer: ProseWriter, token: Token) -> None:
    if token.hidden:
        return
    lead = writer.place.lead and token.level == 0
    writer.open("p", classes="lead" if lead else "")
    if lead:
        writer.place.lead = False


def _paragraph_close(writer: ProseWriter, token: Token) -> None:
    if token.hidden:
        writer.parts.append("\n")
    else:
        _closing(writer, token)


def _heading_open(writer: ProseWriter, token: Token) -> None:
    anchor = token.attrs.get("id")
    attributes = f' id="{attribute(str(anchor))}"' if anchor else ""
    # after another block, which has its own space below, a heading needs less above
    writer.open(token.tag, attributes=attributes, classes="" if writer.parts or token.tag == "h1" else "next")
    if token.tag != "h1":
        writer.place.lead = False


def _ordered_list(writer: ProseWriter, token: Token) -> None:
    start = token.attrs.get("start")
    writer.open("ol", attributes=f' start="{start}"' if isinstance(start, int) and start != 1 else "")
    writer.parts.append("\n")


def _bullet_list(writer: ProseWriter, token: Token) -> None:
    tasks = "contains-task-list" in str(token.attrs.get("class", ""))
    writer.open("ul", classes="tasks" if tasks else "")
    writer.parts.append("\n")


def _list_item(writer: ProseWriter, token: Token) -> None:
    """Open an item; a task's box is a character, as no mail program shows form fields."""
    if "checked" not in token.meta:
        writer.open("li")
        return
    writer.open("li", classes="task")
    writer.parts.append("\u2611\ufe0e " if token.meta["checked"] else "\u2610\ufe0e ")


def _code(writer: ProseWriter, token: Token) -> None:
    writer.open("pre")
    writer.open("code")
    writer.parts.append(text(token.content))
    writer.close("code")
    _closing(writer, Token("pre_close", "pre", -1))


def _rule(writer: ProseWriter, _token: Token) -> None:
    writer.void("hr")
    writer.parts.append("\n")


def _table(writer: ProseWriter, _token: Token) -> None:
    writer.open("table", attributes=' cellpadding="0" cellspacing="0" border="0"', classes="grid")
    writer.parts.append("\n")


def _cell(writer: ProseWriter, token: Token) -> None:
    align = _ALIGN.get(str(token.attrs.get("style", "")), "")
    scope = ' scope="col"' if token.tag == "th" else ""
    writer.open(token.tag, attributes=f'{scope} align="{align}"' if align else scope, classes=align)


def _html_block(writer: ProseWriter, token: Token) -> None:
    if writer.raw is not None:
        writer.parts += (writer.raw.rewrite(token.content, writer.place.lines, writer.place.path), "\n")
    else:
        writer.parts.append(text(token.content))


def _notes_open(writer: ProseWriter, _token: Token) -> None:
    writer.open("div", classes="notes")
    writer.parts.append("\n")
    writer.open("ol")


def _notes_close(writer: ProseWriter, _token: Token) -> None:
    writer.close("ol")
    writer.close("div")
    writer.parts.append("\n")


def _note_open(writer: ProseWriter, token: Token) -> None:
    number = int(token.meta["id"]) + 1
    writer.open("li", attributes=f' id="fn{number}" value="{number}"')


def _note_back(writer: ProseWriter, token: Token) -> None:
    """Write the link from a note back to the place that refers to it."""
    label = writer.words.get("back_to_text", "").format(number=int(token.meta["id"]) + 1)
    target = _reference(token)
    writer.parts.append(" ")
    writer.open("a", attributes=f' href="#{target}" title="{attribute(label)}"', classes="back")
    writer.parts.append("\u21a9\ufe0e")
    writer.close("a")


def _reference(token: Token) -> str:
    again = int(token.meta.get("subId", 0))
    return f"fnref{int(token.meta['id']) + 1}" + (f"-{again + 1}" if again > 0 else "")


def _note_reference(writer: ProseWriter, token: Token) -> None:
    number = int(token.meta["id"]) + 1
    writer.open("sup", attributes=f' id="{_reference(token)}"', classes="note-ref")
    writer.open("a", attributes=f' href="#fn{number}"')
    writer.parts.append(str(number))
    writer.close("a")
    writer.close("sup")


def _link_open(writer: ProseWriter, token: Token) -> None:
    where = str(token.attrs.get("href", ""))
    if writer.raw is None:
        where = writer.addresses.link(where, writer.place.lines, writer.place.path)
    attributes = f' href="{address(where)}"' if where or not token.attrs.get("href") else ""
    for name in ("title", "id", "lang"):
        if token.attrs.get(name):
            attributes += f' {name}="{attribute(str(token.attrs[name]))}"'
    writer.open("a", attributes=attributes)


def _image(writer: ProseWriter, token: Token) -> None:
    source = str(token.attrs.get("src", ""))
    if writer.raw is None:
        source = writer.addresses.image(source, writer.place.lines, writer.place.path)
    alt = str(token.attrs.get("alt") or plain_text(token.children))
    attributes = f' src="{address(source)}" alt="{attribute(alt)}"'
    if token.attrs.get("title"):
        attributes += f' title="{attribute(str(token.attrs["title"]))}"'
    width, height = fitted(token.attrs.get("width"), token.attrs.get("height"), writer.place.room)
    writer.void("img", attributes + size(width, height), classes=WIDE if width > WIDEST_SMALL else "")


def _code_inline(writer: ProseWriter, token: Token) -> None:
    writer.open("code")
    writer.parts.append(text(token.content))
    writer.close("code")


def _hard_break(writer: ProseWriter, _token: Token) -> None:
    writer.void("br")
    writer.parts.append("\n")


def _html_inline(writer: ProseWriter, token: Token) -> None:
    if writer.raw is not None:
        writer.parts.append(writer.raw.rewrite(token.content, writer.place.lines, writer.place.path))
    else:
        writer.parts.append(text(token.content))


def _span_open(writer: ProseWriter, token: Token) -> None:
    named = "".join(f' {key}="{attribute(str(token.attrs[key]))}"' for key in ("lang", "dir") if token.attrs.get(key))
    writer.open("span", attributes=named)


def _inline_close(writer: ProseWriter, token: Token) -> None:
    writer.close(token.tag)


Write = Callable[[ProseWriter, Token], None]

_BLOCKS: Mapping[str, Write] = {
    "paragraph_open": _paragraph_open,
    "paragraph_close": _paragraph_close,
    "heading_open": _heading_open,
    "heading_close": _closing,
    "ordered_list_open": _ordered_list,
    "ordered_list_close": _closing,
    "bullet_list_open": _bullet_list,
    "bullet_list_close": _closing,
    "list_item_open": _list_item,
    "list_item_close": _closing,
    "blockquote_open": _opening,
    "blockquote_close": _closing,
    "dl_open": _opening,
    "dl_close": _closing,
    "dt_open": _opening_here,
    "dt_close": _closing,
    "dd_open": _opening_here,
    "dd_close": _closing,
    "fence": _code,
    "code_block": _code,
    "hr": _rule,
    "table_open": _table,
    "table_close": _closing,
    "thead_open": _opening,
    "thead_close": _closing,
    "tbody_open": _opening,
    "tbody_close": _closing,
    "tr_open": _opening,
    "tr_close": _closing,
    "th_open": _cell,
    "th_close": _closing,
    "td_open": _cell,
    "td_close": _closing,
    "html_block": _html_block,
    "footnote_block_open": _notes_open,
    "footnote_block_close": _notes_close,
    "footnote_open": _note_open,
    "footnote_close": lambda writer, _token: _closing(writer, Token("footnote_close", "li", -1)),
    "footnote_anchor": _note_back,
}

_INLINES: Mapping[str, Write] = {
    "link_open": _link_open,
    "link_close": _inline_close,
    "image": _image,
    "code_inline": _code_inline,
    "hardbreak": _hard_break,
    "html_inline": _html_inline,
    "span_open": _span_open,
    "span_close": _inline_close,
    "footnote_ref": _note_reference,
    "footnote_anchor": _note_back,
}
