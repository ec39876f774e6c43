"""The allow-list for raw HTML, by nh3: the only module that imports it.

nh3 removes `style`, unknown tags and attributes, comments and unknown schemes; it runs on a whole fragment
before anything of the theme is in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from newsletter.edition.allowed import ATTRIBUTES, PROSE_CLASSES, TAGS
from newsletter.edition.escaping import DANGEROUS, SCHEMES, clean

if TYPE_CHECKING:
    from nh3 import Cleaner

_SCHEME = re.compile(r"""\bhref\s*=\s*["']?([A-Za-z][A-Za-z0-9+.-]*):""", re.IGNORECASE)


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
