"""Which line of the Markdown an element of the mail comes from.

The issue is rendered once more with a mark in front of every text: a merge field of the preview's own, which is
empty in any real mail. What the marks say is put on the elements as `data-line`; without the marks the HTML is the
mail's, to the octet, and the map is thrown away when it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from markdown_it.token import Token

from newsletter.errors import Location
from newsletter.issue import document as doc

_ATTRIBUTES = re.compile(r' data-line="(\d+)"(?: data-path="([^"]*)")?')
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
#: fields of blocks that are shown as text, one after the other
_TEXTS = ("title", "name", "label", "alt")
_T = TypeVar("_T", bound=doc.Block)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A line of the mail's HTML, and the line of the Markdown that it comes from; both from 1."""

    source: int
    line: int
    #: empty: the issue's own file
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Marked:
    """An issue with marks, and what they are filled with."""

    issue: doc.Issue
    values: Mapping[str, str]
    #: where each mark stands: line and file, empty for the issue's own
    places: tuple[tuple[int, str], ...]


def marked_issue(issue: doc.Issue) -> Marked:
    """Return an issue with a mark in front of every text."""
    pen = _Pen(issue)
    blocks = tuple(pen.block(block) for block in issue.blocks)
    values = {f"m{number}": f"{_OPEN}{number}{_CLOSE}" for number in range(len(pen.places))}
    expressions = {**issue.expressions, **pen.expressions}
    marked = replace(issue, blocks=blocks, expressions=expressions, findings=())
    return Marked(issue=marked, values=values, places=tuple(pen.places))


def with_lines(html: str, places: Sequence[tuple[int, str]]) -> str:
    """Put what the marks of a page say on its elements, and take the marks away."""
    made: list[str] = []
    done = 0
    for found in _MARK.finditer(html):
        made.append(html[done : found.start()])
        done = found.end()
        line, path = places[int(found[1])]
        _mark_element(made, f' data-line="{line}"' + (f' data-path="{_attribute(path)}"' if path else ""))
    made.append(html[done:])
    return "".join(made)


def _mark_element(made: list[str], attribute: str) -> None:
    """Write an attribute into the start tag that stands nearest before the end of what was made."""
    for at in range(len(made) - 1, max(-1, len(made) - 40), -1):
        piece = made[at]
        start = _last_tag(piece)
        if start < 0:
            continue
        end = start + 1 + len(re.match(r"[a-zA-Z0-9]+", piece[start + 1 :]).group())  # type: ignore[union-attr] # a tag's name
        if " data-line=" not in piece[end : end + 12]:
            made[at] = piece[:end] + attribute + piece[end:]
        return


def _last_tag(piece: str) -> int:
    """Return where the last start tag of a piece begins, or -1."""
    at = len(piece)
    while (at := piece.rfind("<", 0, at)) >= 0:
        if piece[at + 1 : at + 2].isalpha():
            return at
    return -1


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def without_lines(html: str) -> str:
    """Return a page as it was before `with_lines`."""
    return _ATTRIBUTES.sub("", html)


def marks_of(html: str) -> tuple[Mark, ...]:
    """Return which line of a page comes from which line of the Markdown: the first of each."""
    found: dict[int, Mark] = {}
    for number, line in enumerate(html.split("\n"), 1):
        mark = _ATTRIBUTES.search(line)
        if mark:
            found[number] = Mark(source=number, line=int(mark[1]), path=mark[2] or "")
    return tuple(found.values())


@dataclass
class _Pen:
    """Writes marks into copies of blocks; the issue itself stays as it is."""

    issue: doc.Issue
    expressions: dict[str, doc.Expression] = field(default_factory=dict)
    places: list[tuple[int, str]] = field(default_factory=list)

    def mark(self, line: int, path: str) -> str:
        """Return the word of a new mark."""
        number = len(self.places)
        self.places.append((line, path if path != self.issue.path else ""))
        word = f"ZQ{self._nonce()}{number:04d}QZ"
        where = Location(path=self.issue.path, line=line)
        self.expressions[word] = doc.Expression(token=word, source=f"mark.m{number}", literal="", location=where)
        return word

    def _nonce(self) -> str:
        """Return six digits that no merge field of the issue begins with."""
        used = {word[2:8] for word in self.issue.expressions}
        return next(nonce for nonce in (f"{number:06X}" for number in range(0xABCDEF, 0xFFFFFF)) if nonce not in used)

    def block(self, block: _T) -> _T:
        """Return a copy of a block with marks."""
        if len(self.places) > 9_900:  # a mark's number has four digits: what comes after has none
            return block
        if isinstance(block, doc.Prose):
            return replace(block, tokens=self._tokens(block), typed=self._typed(block.typed))
        if isinstance(block, doc.Columns):
            return replace(block, columns=tuple(self._all(column) for column in block.columns))
        if isinstance(block, doc.Links):
            items = tuple(replace(each, title=self._before(each.title, each.line, block.path)) for each in block.items)
            return replace(block, title=self._before(block.title, block.line, block.path), items=items)
        return self._by_fields(block)

    def _by_fields(self, block: _T) -> _T:
        names = {each.name for each in fields(block)}
        changed: dict[str, Any] = {}
        if "children" in names:
            changed["children"] = self._all(getattr(block, "children"))  # noqa: B009  not every block has it
        shown = next((name for name in _TEXTS if name in names and getattr(block, name)), "")
        if shown and not isinstance(block, doc.Custom):
            changed[shown] = self._before(str(getattr(block, shown)), block.line, block.path)
        return replace(block, **changed)

    def _all(self, blocks: Iterable[doc.Block]) -> tuple[doc.Block, ...]:
        return tuple(self.block(block) for block in blocks)

    def _typed(self, typed: Mapping[int, doc.Block]) -> Mapping[int, doc.Block]:
        return {at: self.block(block) for at, block in typed.items()}

    def _before(self, text: str, line: int, path: str) -> str:
        return self.mark(line, path) + text if text else text

    def _tokens(self, block: doc.Prose) -> tuple[Token, ...]:
        line, made = block.line, []
        for token in block.tokens:
            if token.map:
                line = token.map[0] + 1
            made.append(self._token(token, line, block.path))
        return tuple(made)

    def _token(self, token: Token, line: int, path: str) -> Token:
        marked = copy(token)
        if token.type == "inline":
            first = Token("text", "", 0)
            first.content = self.mark(line, path)
            marked.children = [first, *(token.children or ())]
        elif token.type in ("fence", "code_block"):
            marked.content = self._before(token.content, line, path)
        return marked
