"""Typography: what a typist cannot key, set by the rules of the text's language.

French of Canada by the Office québécois de la langue française (Vitrine linguistique, spacing before
and after signs): a no-break space before `:` and inside « », none before ; ! ? (a narrow one by
option), before % $ and units; `14 h 30`, `1er décembre`, `2e`. French of France: a narrow no-break space
before ; ! ?. English of Canada: “ ”, dashes, `2 p.m.`. Setting a set text changes nothing. Code,
addresses and merge fields are never handed in, or are masked.

A text that another tool's author wrote is set gently: quotation marks, apostrophes and the kind of its
spaces, and nothing that a comparison of words would notice.

All texts of a document are set in one pass over one string: pieces are joined by characters of the
private use area that stand for what lies between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from newsletter.issue.quotes import ENGLISH, FRENCH, set_quotes
from newsletter.issue.spacing import NARROW, space_english, space_french


class Mark(StrEnum):
    """What stands between texts, as the character that stands for it while they are set."""

    #: code, an image, an address: something that a word could be
    ATOM = "\ue001"
    #: the end of a line inside a paragraph
    BREAK = "\ue003"
    #: the end of a paragraph, a cell, an alternative text
    END = "\ue004"


_JOINT = "\ue000"
_MASK = "\ue002"
_OWN = "\ue000\ue001\ue002\ue003\ue004"
_MOST_PASSES = 4
#: signs to look at in one document; one with more (none that a person wrote) stays as it was typed
_MOST_SIGNS = 100_000
_SIGNS = "\"'«»“”:;!?%$-.0123456789"
_PRIVATE = re.compile("[\ue000-\ue004]")
#: signs that only an address or template code has
_ADDRESS_SIGN = re.compile(r"://|www\.|@|\{\{|\{%")
_WORD_ENDS = re.compile("[\\s\ue000-\ue004]")
_ELLIPSIS = re.compile(r"\.{3,}")
_DASHES = re.compile("-{2,3}| -(?=[ \ue003])")
_BREAKS = frozenset("\ue003\ue004")
_SPACES = frozenset(" \u00a0\u202f\ue003")
_NARROW_FRENCH = ("fr-FR", "fr-BE", "fr-LU", "fr-CH")


def typeset_line(text: str, lang: str, *, narrow: bool = False, gentle: bool = False) -> str:
    """Set one line: a subject, a title, a field."""
    return typeset([text], lang, narrow=narrow, gentle=gentle)[0]


def typeset(pieces: Sequence[str | Mark], lang: str, *, narrow: bool = False, gentle: bool = False) -> list[str]:
    """Set pieces that follow one another; returns the texts among them, in order, the marks left out.

    Two texts without a mark between them are parts of one paragraph, as around emphasis. A language
    that has no rules here leaves everything as it is. `gentle` keeps every word as it was typed.
    """
    texts = [piece for piece in pieces if not isinstance(piece, Mark)]
    family = lang.split("-")[0].lower()
    if family not in ("fr", "en") or not texts:
        return texts
    strange = any(sign in text for sign in _OWN for text in texts)
    joined = _JOINT.join(_MASK if strange and _is_strange(piece) else piece for piece in pieces)
    if len(joined) > _MOST_SIGNS and sum(map(joined.count, _SIGNS)) > _MOST_SIGNS:
        return texts
    done, hidden = _masked(joined)
    before_marks = NARROW if narrow or lang in _NARROW_FRENCH else ""
    done = _set(done, family, before_marks, gentle=gentle)
    for _again in range(_MOST_PASSES if '"' in done or "'" in done else 0):
        # a mark left without its half may find one now that others are set: until nothing changes
        last, done = done, _set(done, family, before_marks, gentle=gentle)
        if last == done:
            break
    if hidden:
        done = _unmasked(done, hidden)
    made = [part for part, piece in zip(done.split(_JOINT), pieces, strict=True) if not isinstance(piece, Mark)]
    if strange:
        return [text if _PRIVATE.search(text) else part for text, part in zip(texts, made, strict=True)]
    return made


def _set(text: str, family: str, before_marks: str, *, gentle: bool) -> str:
    """Set joined text once."""
    text = text if gentle else _common(text)
    if family == "fr":
        return space_french(set_quotes(text, FRENCH), before_marks=before_marks, gentle=gentle)
    return space_english(set_quotes(text, ENGLISH))


def _is_strange(piece: str | Mark) -> bool:
    """Say whether a text holds one of our own signs: then it stays as it is."""
    return not isinstance(piece, Mark) and _PRIVATE.search(piece) is not None


def _masked(joined: str) -> tuple[str, list[str]]:
    """Hide addresses and template code behind one sign each."""
    made: list[str] = []
    hidden: list[str] = []
    done = 0
    for found in _ADDRESS_SIGN.finditer(joined):
        if found.start() < done:
            continue
        start, end = _extent(joined, found, done)
        made += (joined[done:start], _MASK)
        hidden.append(joined[start:end])
        done = end
    return ("".join((*made, joined[done:])), hidden) if hidden else (joined, hidden)


def _extent(text: str, found: re.Match[str], least: int) -> tuple[int, int]:
    """Return where an address or a piece of template code begins and ends, around the sign that it has."""
    start = found.start()
    if found.group()[0] == "{":
        end = text.find("}}" if found.group() == "{{" else "%}", start, start + 1_000)
        joint = text.find(_JOINT, start, start + 1_000)
        if end < 0 or 0 <= joint < end:
            return start, found.end()
        return start, end + 2
    while start > least and not _WORD_ENDS.match(text[start - 1]) and text[start - 1] not in "(«“\"'<":
        start -= 1
    stop = _WORD_ENDS.search(text, found.end())
    end = stop.start() if stop else len(text)
    # the sentence's own punctuation after an address is no part of it
    kept = text[start:end].rstrip(".,;:!?)»”\"'")
    return start, max(start + len(kept), found.end())


def _unmasked(text: str, hidden: list[str]) -> str:
    parts = text.split(_MASK)
    return "".join(part + (hidden[at] if at < len(hidden) else "") for at, part in enumerate(parts))


def _common(text: str) -> str:
    """Set what every language sets: the ellipsis, and dashes typed as hyphens."""
    if "..." in text:
        text = _ELLIPSIS.sub(lambda found: "…" if len(found.group()) == 3 else found.group(), text)
    if "--" in text or " -" in text:
        text = _DASHES.sub(_dash, text)
    return text


def _dash(found: re.Match[str]) -> str:
    """Set hyphens between two spaces, or two or three between words; `--option` is no dash."""
    text, typed = found.string, found.group()
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if typed == " -":
        counts = before.isdigit() and text[found.end() + 1 : found.end() + 2].isdigit()
        return " –" if before.strip() and before not in _BREAKS and not counts else typed
    spaced = before in _SPACES and after in _SPACES
    joined = before.isalpha() and after.isalpha()
    if not (spaced or joined) or not before or not after:
        return typed
    return "—" if typed == "---" else "–"
