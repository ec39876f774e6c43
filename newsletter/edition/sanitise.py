"""The allow-list for raw HTML, by nh3: the only module that imports it.

nh3 removes `style`, unknown tags and attributes, comments and unknown schemes; it runs on a whole fragment
before anything of the theme is in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from newsletter.edition.escaping import DANGEROUS, SCHEMES, clean
from newsletter.edition.prose import PROSE_CLASSES

if TYPE_CHECKING:
    from nh3 import Cleaner

TAGS = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd"}
    | {"del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i"}
    | {"img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span"}
    | {"strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr"}
)
_SCHEME = re.compile(r"""\bhref\s*=\s*["']?([A-Za-z][A-Za-z0-9+.-]*):""", re.IGNORECASE)
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


def sanitise(fragment: str) -> str:
    """Return a fragment of HTML with nothing in it but what is on the list."""
    schemes = frozenset(map(str.lower, _SCHEME.findall(fragment)))
    return _cleaner(schemes - SCHEMES - DANGEROUS).clean(clean(fragment))


@lru_cache(maxsize=64)
def _cleaner(more: frozenset[str]) -> Cleaner:
    """Return a cleaner that also lets some schemes through: those of a fragment's own, harmless links."""
    from nh3 import Cleaner  # a compiled module; only issues with raw HTML need it

    return Cleaner(
        tags=set(TAGS),
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(PROSE_CLASSES) for tag in TAGS},
        url_schemes=set(SCHEMES | more | {"data"}),
        strip_comments=True,
        link_rel=None,
    )
