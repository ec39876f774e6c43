"""Footnotes: definitions move to the end of the text, numbered in the order of their references.

The stock tail drops a note that nothing refers to; here it is kept and reported, as no word of an
author disappears.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A token stream with its notes at the end, and the notes that nothing refers to."""

    tokens: list[Token]
    #: (label, line) of each, the line from 1
    unused: tuple[tuple[str, int], ...] = ()
    #: how many notes there are
    count: int = 0


def gather_footnotes(tokens: Sequence[Token], env: dict[str, object], *, first: int = 0) -> Gathered:
    """Move footnote definitions to the end; `first` is how many notes came before this text."""
    notes = env.get("footnotes")
    if not isinstance(notes, dict):
        return Gathered(tokens=list(tokens))
    kept, bodies, lines = _apart(tokens)
    listed: dict[int, dict[str, object]] = notes.get("list", {})
    order = [(str(note["label"]), note.get("count", 1)) for _id, note in sorted(listed.items())]
    named = {label for label, _count in order}
    unused = tuple((label, lines[label]) for label in bodies if label not in named)
    order += [(label, 0) for label, _line in unused]
    if not order:
        return Gathered(tokens=kept)
    if first:
        kept = _renumbered(kept, first)
    kept.append(Token("footnote_block_open", "", 1, block=True))
    for number, (label, count) in enumerate(order, start=first):
        body = _renumbered(bodies.get(label, []), first) if first else bodies.get(label, [])
        kept += _note(number, label, count=int(str(count)), body=body)
    kept.append(Token("footnote_block_close", "", -1, block=True))
    return Gathered(tokens=kept, unused=unused, count=len(order))


def _apart(tokens: Sequence[Token]) -> tuple[list[Token], dict[str, list[Token]], dict[str, int]]:
    """Separate the text from the definitions; of two with one label the first counts, the other stays text."""
    kept: list[Token] = []
    bodies: dict[str, list[Token]] = {}
    lines: dict[str, int] = {}
    into = [kept]
    for token in tokens:
        if token.type == "footnote_reference_open":
            label = str(token.meta["label"])
            into.append(kept if label in bodies else bodies.setdefault(label, []))
            lines.setdefault(label, (token.map or [0])[0] + 1)
        elif token.type == "footnote_reference_close":
            into.pop()
        else:
            into[-1].append(token)
    return kept, bodies, lines


def _note(number: int, label: str, *, count: int, body: list[Token]) -> list[Token]:
    """Return one note, with a link back for each reference inside its last paragraph."""
    meta = {"id": number, "label": label}
    opening = Token("footnote_open", "", 1, meta=dict(meta), block=True)
    opening.map = next((token.map for token in body if token.map), None)
    anchors = [Token("footnote_anchor", "", 0, meta={**meta, "subId": sub}) for sub in range(count)]
    closing = [body[-1]] if body and body[-1].type == "paragraph_close" else []
    inner = body[: len(body) - len(closing)]
    return [opening, *inner, *anchors, *closing, Token("footnote_close", "", -1, block=True)]


def _renumbered(tokens: Sequence[Token], first: int) -> list[Token]:
    """Return tokens whose references count from `first`."""
    made = []
    for token in tokens:
        if token.type == "footnote_ref":
            made.append(replace(token, meta={**token.meta, "id": token.meta["id"] + first}))
        elif token.children:
            made.append(replace(token, children=_renumbered(token.children, first)))
        else:
            made.append(token)
    return made
