"""Attribute lists after images, links, spans and buttons: `{width=480 .secondary #id lang=en}`.

Only names on the list are taken, and a list is taken whole or left as the text that it is: nothing
that an author (or another tool's syntax, such as `{: .class}`) wrote disappears.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_ITEM = re.compile(
    r"""\s*(?:
        \.(?P<class>[A-Za-z][\w-]*)
      | \#(?P<id>[A-Za-z][\w-]*)
      | (?P<key>[A-Za-z][\w-]*)\s*=\s*(?:"(?P<quoted>[^"\n]*)"|(?P<bare>[^\s"'{}=]+))
    )""",
    re.VERBOSE,
)
_LIST = re.compile(r"\{[^{}\n]{1,300}\}")

#: what may be said of an image, a link, a span
ALLOWED_KEYS = frozenset({"width", "height", "lang", "side", "dir", "title"})
ALLOWED_CLASSES = frozenset({"primary", "secondary", "quiet", "decorative", "left", "right"})
_TAKES_ATTRIBUTES = ("image", "link_close", "span_close")


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """An attribute list, read."""

    classes: tuple[str, ...] = ()
    id: str = ""
    values: dict[str, str] = field(default_factory=dict)


def parse_attributes(text: str) -> Attributes | None:
    """Read what stands between the braces, or None when it is no attribute list."""
    classes: list[str] = []
    values: dict[str, str] = {}
    at, name = 0, ""
    end = len(text.rstrip())
    while at < end:
        found = _ITEM.match(text, at)
        if found is None or found.end() == at:
            return None
        if found["class"]:
            classes.append(found["class"])
        elif found["id"]:
            name = found["id"]
        else:
            values[found["key"].lower()] = found["quoted"] if found["quoted"] is not None else found["bare"]
        at = found.end()
    return Attributes(classes=tuple(classes), id=name, values=values) if at else None


def attributes_at(source: str, position: int) -> tuple[Attributes | None, int]:
    """Read an allowed attribute list at a position: the list (None when there is none), and where it ends."""
    found = _LIST.match(source, position)
    if found is None:
        return None, position
    read = parse_attributes(found.group()[1:-1])
    if read is None or not allowed(read):
        return None, position
    return read, found.end()


def allowed(read: Attributes) -> bool:
    """Say whether every name of a list is one that we know."""
    return ALLOWED_KEYS.issuperset(read.values) and ALLOWED_CLASSES.issuperset(read.classes)


def attributes_plugin(md: MarkdownIt) -> None:
    """Teach a parser attribute lists and `[spans]{lang=en}`."""
    md.inline.ruler.after("image", "span", _span)
    md.inline.ruler.after("span", "attributes", _attributes)


def _attributes(state: StateInline, silent: bool) -> bool:
    """Take an attribute list that stands directly after something that can have one."""
    if state.src[state.pos] != "{" or state.pending or not state.tokens:
        return False
    last = state.tokens[-1]
    delimiter = last.type == "text" and last.content in ("**", "__", "*", "_")
    if not delimiter and last.type not in _TAKES_ATTRIBUTES:
        return False
    read, end = attributes_at(state.src, state.pos)
    if read is None:
        return False
    if not silent:
        if delimiter:
            token = state.push("attributes", "", 0)
            token.content = state.src[state.pos : end]
            token.meta = {"attributes": read}
        else:
            _attach(state, read)
    state.pos = end
    return True


def _attach(state: StateInline, read: Attributes) -> None:
    """Hang a list on the image, or on the opening of the link or span, that it follows."""
    index = len(state.tokens) - 1
    kind = state.tokens[index].type
    if kind != "image":
        depth = 0
        while index >= 0:
            depth -= state.tokens[index].nesting if state.tokens[index].type.startswith(kind[:-6]) else 0
            if depth == 0:
                break
            index -= 1
    token = state.tokens[index]
    for key, value in read.values.items():
        token.attrs[key] = value
    if read.id:
        token.attrs["id"] = read.id
    if read.classes:
        token.attrs["class"] = " ".join(read.classes)


def _span(state: StateInline, silent: bool) -> bool:
    """Read `[text]{lang=en}`; without a language there is no span."""
    if state.src[state.pos] != "[":
        return False
    label_end = state.md.helpers.parseLinkLabel(state, state.pos, False)
    if label_end < 0 or not state.src.startswith("{", label_end + 1):
        return False
    read, end = attributes_at(state.src, label_end + 1)
    if read is None or "lang" not in read.values:
        return False
    if not silent:
        start, maximum = state.pos + 1, state.posMax
        state.pos, state.posMax = start, label_end
        token = state.push("span_open", "span", 1)
        token.attrs = {"lang": read.values["lang"], **({"dir": read.values["dir"]} if "dir" in read.values else {})}
        state.md.inline.tokenize(state)
        state.push("span_close", "span", -1)
        state.posMax = maximum
    state.pos = end
    return True
