"""What a mail may hold of HTML: the elements, attributes and classes that come through the allow-list."""

from __future__ import annotations

#: the classes that prose has; a style sheet may name them
PROSE_CLASSES = frozenset(
    {"back", "center", "grid", "lead", "left", "next", "note-ref", "notes", "right", "task", "tasks", "wide"}
)
TAGS = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd"}
    | {"del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i"}
    | {"img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span"}
    | {"strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr"}
)
_CELL = frozenset({"align", "valign", "colspan", "rowspan", "width", "headers", "abbr", "scope"})
ATTRIBUTES = {
    "*": frozenset({"lang", "dir", "title", "id"}),
    "a": frozenset({"href", "name"}),
    "img": frozenset({"src", "alt", "width", "height", "align"}),
    "td": _CELL,
    "th": _CELL,
    "table": frozenset({"align", "width", "cellpadding", "cellspacing", "border"}),
    "tr": frozenset({"align", "valign"}),
    "col": frozenset({"span", "width"}),
    "colgroup": frozenset({"span", "width"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value"}),
    "time": frozenset({"datetime"}),
    "del": frozenset({"datetime"}),
    "ins": frozenset({"datetime"}),
    **{tag: frozenset({"align"}) for tag in ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "caption")},
}
