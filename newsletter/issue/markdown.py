"""Markdown -> tokens: markdown-it with what newsletters need, and nothing that loses a word.

CommonMark with GFM's tables, strikethrough, task lists and bare addresses, footnotes, definition
lists, attribute lists, emoji short codes, and the `:::` blocks. Two things of the library are mended:
text nested deeper than its limit, which it drops in silence, is kept as a paragraph, and ordinary
addresses take a short way through its (slow) normalisation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from markdown_it import MarkdownIt, helpers
from markdown_it.common.normalize_url import normalizeLink, validateLink
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from newsletter.issue.attributes import attributes_plugin
from newsletter.issue.autolinks import autolinks_plugin, link_people
from newsletter.issue.directives import DIRECTIVES, LooseFence, directives_plugin, loose_fences
from newsletter.issue.emoji import emoji
from newsletter.issue.footnotes import gather_footnotes

#: levels of quotes and lists that are read as such; deeper text becomes a paragraph
MAX_LEVEL = 60
#: levels of nesting above which there is a finding
MAX_DEPTH = 8
_PLAIN_URL = re.compile(r"(?:https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?=[/?#]|\Z)|[/#.])[A-Za-z0-9:/.?=&_#~+,@!$*;()-]*\Z")
#: mdurl takes the square of an address's length
_LONGEST_NORMALISED = 10_000
_URL_SIGNS = ";/?:@&=+$,-_.!~*'()#%"
#: characters that may be walked in vain for the ends of labels, in one paragraph
_MOST_WALKED = 2_000_000
#: where plain text may end: a sign that begins something, and only where what follows it can be that something
_STOPS = re.compile(r"[\n\\`*_~\[\]<]|!(?=\[)|&(?=[#A-Za-z])|:(?=//|[a-z0-9+_-]+:)|(?<=[\])*_])\{|w(?=ww\.)")
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_QUOTE_MARKS = re.compile(r"^[ \t]*(?:>[ \t]?)+")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What the parser made of a text: tokens, and what it could not place."""

    tokens: list[Token]
    loose: tuple[LooseFence, ...] = ()
    #: lines at which something is nested too deep
    deep: tuple[int, ...] = ()
    unused_notes: tuple[tuple[str, int], ...] = ()
    notes: int = 0


def parse_markdown(
    text: str, *, html: bool = True, blocks: frozenset[str] = frozenset(), first_note: int = 0
) -> Parsed:
    """Parse a text whose first line is line 1; `blocks` are the names of a theme's own blocks."""
    parser = _parser(html=html, blocks=blocks)
    env: dict[str, object] = {}
    tokens = parser.parse(text, env)
    gathered = gather_footnotes(tokens, env, first=first_note)
    for token in gathered.tokens:
        if token.children:
            token.children = link_people(token.children)
    return Parsed(
        tokens=gathered.tokens,
        loose=loose_fences(text.split("\n"), gathered.tokens, blocks | frozenset(DIRECTIVES)),
        deep=_deep(gathered.tokens),
        unused_notes=gathered.unused,
        notes=gathered.count,
    )


@lru_cache(maxsize=32)
def _parser(*, html: bool, blocks: frozenset[str]) -> MarkdownIt:
    """Return the parser for these needs; making one costs a millisecond."""
    options = {"html": html, "maxNesting": 100, "tasklists": True, "strikethrough_single_tilde": True}
    md = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    md.use(footnote_plugin, inline=False, move_to_end=False)
    md.use(deflist_plugin)
    md.use(attributes_plugin)
    md.use(autolinks_plugin)
    md.use(directives_plugin, blocks | frozenset(DIRECTIVES))
    md.inline.ruler.after("scheme", "emoji", _emoji_rule)
    md.block.ruler.before("table", "too_deep", _too_deep)
    md.inline.terminator_re = _STOPS
    md.helpers = _Helpers()  # type: ignore[assignment]  # a module there, an object with the same names here
    md.normalizeLink = _normalize  # type: ignore[method-assign]  # the library's documented way to replace it
    md.validateLink = _validate  # type: ignore[method-assign]  # the same
    # the library shows `<http://a/%C3%A9>` decoded; what an author typed is what a reader sees
    md.normalizeLinkText = str  # type: ignore[assignment]  # the same
    return md


class _Helpers:
    """markdown-it's helpers, with a bound on the walk for a label's end: a line of open brackets took its square."""

    parseLinkDestination = staticmethod(helpers.parseLinkDestination)  # noqa: N815  the library's names
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkLabel(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: N802, N803
        """Return where the label that begins at `start` ends, or -1."""
        if state.src.find("]", start, state.posMax) < 0:
            return -1
        walked: int = getattr(state, "walked", 0)
        if walked > _MOST_WALKED:
            return -1
        end = helpers.parseLinkLabel(state, start, disableNested)
        if end < 0:
            state.walked = walked + state.posMax - start  # type: ignore[attr-defined]  # our own note on the state
        return end


def _normalize(url: str) -> str:
    """Percent-encode a destination; one of plain ASCII is right already (0.8 ms an issue)."""
    if _PLAIN_URL.match(url):
        return url
    if len(url) > _LONGEST_NORMALISED:
        return quote(url, safe=_URL_SIGNS)
    try:
        return normalizeLink(url)
    except ValueError:  # mdurl refuses some hosts and ports: the address stays as it is
        return url


def _validate(url: str) -> bool:
    return url.startswith(("http://", "https://", "mailto:")) or validateLink(url)


def _emoji_rule(state: StateInline, silent: bool) -> bool:
    """Turn `:tada:` into its character; names that nobody knows stay."""
    if state.src[state.pos] != ":" or (state.pos and state.src[state.pos - 1].isalnum()):
        return False
    found = _EMOJI.match(state.src, state.pos, state.posMax)
    sign = emoji(found.group(1)) if found else ""
    if not found or not sign:
        return False
    if not silent:
        state.pending += sign
    state.pos = found.end()
    return True


def _too_deep(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Keep what is nested too deep as one paragraph, instead of dropping it as the library would."""
    if silent or state.level < MAX_LEVEL:
        return False
    text = state.getLines(line, end, state.blkIndent, keepLastLF=False)
    lines = [_QUOTE_MARKS.sub("", part).strip() for part in text.split("\n")]
    state.push("paragraph_open", "p", 1).map = [line, end]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = "\n".join(part for part in lines if part), [line, end], []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def _deep(tokens: list[Token]) -> tuple[int, ...]:
    """Return the lines where quotes and lists go deeper than a reader can follow, one for each descent."""
    lines: list[int] = []
    depth = 0
    for token in tokens:
        if token.type in ("blockquote_open", "bullet_list_open", "ordered_list_open"):
            depth += 1
            if depth == MAX_DEPTH + 1:
                lines.append((token.map or [0])[0] + 1)
        elif token.type in ("blockquote_close", "bullet_list_close", "ordered_list_close"):
            depth -= 1
    return tuple(lines)
