"""What other tools keep in heads with markup or entities, as it is read: titles, descriptions."""

from __future__ import annotations

import re
from html import unescape

from newsletter.issue.markdown import parse_markdown
from newsletter.issue.settle import plain_text

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_MARKUP = re.compile(r"[*_`<]|\]\(")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def without_entities(text: str) -> str:
    """Return a title with what its entities stand for; `AT&T` stays."""
    return _ENTITY.sub(lambda found: unescape(found.group()), text)


def without_markup(text: str) -> str:
    """Return a description as it is read aloud: no emphasis, no tags, of links their words."""
    if not _MARKUP.search(text):
        return without_entities(text)
    tokens = parse_markdown(text).tokens
    said = [plain_text(token.children) if token.type == "inline" else _TAG.sub("", token.content) for token in tokens]
    return " ".join(" ".join(said).split()) or text
