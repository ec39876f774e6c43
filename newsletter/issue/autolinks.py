"""Bare addresses become links, as GitHub reads them: `https://…`, `www.…`, `name@host`.

GFM's extended autolinks (section 6.9 of its specification) with the behaviour of its reference
implementation where the text is silent: a scheme may follow any character that is no letter, and
addresses of people are looked for in finished text, so that an underscore in them is no emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SCHEME = re.compile(r"(?:^|[^A-Za-z])(https?|ftp)\Z", re.IGNORECASE)
_EXTENT = re.compile(r"[^\s<]+")
#: a host's first part: letters of any script, digits, hyphens, underscores, points
_HOST = re.compile(r"[^\W_][\w.-]*")
_ENTITY = re.compile(r"&[A-Za-z0-9]+;\Z")
_TRAILING = "?!.,:*_~'\"[…"
#: signs that end an address unless what they close was opened in it
_CLOSING = {"]": "[", "”": "“", "’": "‘", "»": "«"}
_PERSON = re.compile(
    r"(?:(?<=mailto:)|(?<![A-Za-z0-9.+_-]))[A-Za-z0-9.+_-]+@"
    r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.[A-Za-z0-9_-]*[A-Za-z0-9](?![A-Za-z0-9_@-])"
)


def autolinks_plugin(md: MarkdownIt) -> None:
    """Teach a parser bare addresses; its text must stop at `://` and at `www.`."""
    md.inline.ruler.push("www", _www)
    md.inline.ruler.before("newline", "scheme", _scheme)


def _scheme(state: StateInline, silent: bool) -> bool:
    """Link `https://…` from its colon: the scheme is already in the pending text."""
    if silent or not state.src.startswith("://", state.pos) or state.linkLevel > 0:
        return False
    found = _SCHEME.search(state.pending[-8:])
    if found is None:
        return False
    start = state.pos - len(found[1])
    end = _end(state, start, state.pos + 3)
    if end == 0:
        return False
    state.pending = state.pending[: -len(found[1])]
    return _link(state, start, end)


def _www(state: StateInline, silent: bool) -> bool:
    """Link `www.…` at the beginning, after a space or one of `*_~(`."""
    start = state.pos
    if silent or state.linkLevel > 0 or not state.src.startswith("www.", start):
        return False
    if start and state.src[start - 1] not in " \t\n*_~(":
        return False
    end = _end(state, start, start + 4)
    if end == 0 or "." not in state.src[start + 4 : end]:
        return False
    return _link(state, start, end, scheme="http://")


def _end(state: StateInline, start: int, host_at: int) -> int:
    """Return where an address ends, or 0 when it has no valid host."""
    host = _HOST.match(state.src, host_at, state.posMax)
    if host is None or any("_" in part for part in host.group().rsplit(".", 2)[-2:]):
        return 0
    extent = _EXTENT.match(state.src, start, state.posMax)
    assert extent is not None
    length = _trimmed(extent.group())
    return start + length if start + length > host_at else 0


def _trimmed(text: str) -> int:
    """Return how much of an address is left without the punctuation and brackets that end a sentence."""
    end = len(text)
    opened, closed = text.count("("), text.count(")")
    while end:
        last = text[end - 1]
        if last in _TRAILING or (last in _CLOSING and _CLOSING[last] not in text):
            end -= 1
        elif last == ")" and closed > opened:
            closed -= 1
            end -= 1
        elif last == ";":
            entity = _ENTITY.search(text, max(0, end - 40), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return end


def _link(state: StateInline, start: int, end: int, *, scheme: str = "") -> bool:
    label = state.src[start:end]
    href = state.md.normalizeLink(scheme + label)
    token = state.push("link_open", "a", 1)
    token.attrs = {"href": href}
    token.markup, token.info = "linkify", "auto"
    state.push("text", "", 0).content = label
    token = state.push("link_close", "a", -1)
    token.markup, token.info = "linkify", "auto"
    state.pos = end
    return True


def link_people(children: Sequence[Token]) -> list[Token]:
    """Return inline tokens with addresses of people in their text made into links."""
    if not any(token.type == "text" and "@" in token.content for token in children):
        return list(children)
    made: list[Token] = []
    depth = 0
    for token in children:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type == "html_inline":
            depth += _anchor(token.content)
        if token.type == "text" and depth <= 0 and "@" in token.content:
            made += _split(token)
        else:
            made.append(token)
    return made


def _anchor(tag: str) -> int:
    low = tag[:3].lower()
    return 1 if low in ("<a ", "<a>", "<a\n") else -1 if low == "</a" else 0


def _split(token: Token) -> list[Token]:
    parts: list[Token] = []
    done = 0
    for found in _PERSON.finditer(token.content):
        address = found.group()
        parts.append(Token("text", "", 0, content=token.content[done : found.start()], level=token.level))
        href = {"href": f"mailto:{address}"}
        parts.append(Token("link_open", "a", 1, attrs=dict(href), markup="linkify", info="auto", level=token.level))
        parts.append(Token("text", "", 0, content=address, level=token.level + 1))
        parts.append(Token("link_close", "a", -1, markup="linkify", info="auto", level=token.level))
        done = found.end()
    parts.append(Token("text", "", 0, content=token.content[done:], level=token.level))
    return [part for part in parts if part.type != "text" or part.content]
