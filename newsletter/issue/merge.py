"""Merge fields become ASCII words before Markdown sees them, and are found again afterwards.

Without that, `[x]({{ u }})` is no link, quotes inside an expression become « », and inliners encode
the braces. A word has a fixed length and a nonce that does not occur in the text, and depends on
nothing but the text, so that the same file always gives the same edition. Only expressions that are
right become words: whatever else stands between braces stays the text that the author wrote.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from newsletter.errors import Location
from newsletter.issue.document import Expression
from newsletter.issue.expression import ExpressionError, compile_checked, compile_expression, environment
from newsletter.issue.source import Report
from newsletter.language import _, nearest

__all__ = ["TOKEN", "Merge", "Mishap", "compile_expression", "find_tokens"]

#: the shape of a word that stands for an expression
TOKEN = re.compile(r"ZQ[0-9A-F]{6}[0-9]{4}QZ")
_CLOSINGS = {"{": "}}", "%": "%}", "#": "#}"}
_MOST = 9_999
#: how far the end of an expression is looked for
_REACH = 1_000
_QUOTES = frozenset("\"'")
#: what French and other tools call a field
_MEANT = {"prenom": "first_name", "prénom": "first_name", "fname": "first_name", "nom": "name", "langue": "lang"}


def find_tokens(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return where merge words stand in a text: (start, end, word)."""
    return tuple((found.start(), found.end(), found.group()) for found in TOKEN.finditer(text))


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """Something between braces that is no merge field; said only when it does not stand in code."""

    line: int
    column: int
    literal: str
    code: str
    message: str
    #: what the caret underlines
    marked: str
    suggestion: str | None = None
    hint: str | None = None


@dataclass(kw_only=True)
class Merge:
    """The merge fields of one file: protects texts, keeps what their words stand for."""

    report: Report
    #: dotted names that exist; a last part `*` stands for any
    fields: tuple[str, ...]
    #: names of the issue's own values: `issue.vars.<name>`
    own: tuple[str, ...] = ()
    expressions: dict[str, Expression] = field(default_factory=dict)
    mishaps: list[Mishap] = field(default_factory=list)
    _nonce: str = ""

    def protect(self, text: str, *, line: int = 1, column: int = 1) -> str:
        """Return `text` with its expressions as words; it begins at a line and column of the file."""
        if "{" not in text:
            return text
        pieces: list[str] = []
        done = 0
        for start, end in _extents(text):
            if start < done:
                continue
            word = self._word(text[start:end], _advance(text, start, (line, column)))
            if word:
                pieces += (text[done:start], word)
                done = end
        return "".join((*pieces, text[done:]))

    def restore(self, text: str) -> str:
        """Return `text` with words turned back into what the author wrote."""
        if "ZQ" not in text:
            return text
        return TOKEN.sub(lambda found: self._literal(found.group()), text)

    def _literal(self, word: str) -> str:
        return self.expressions[word].literal if word in self.expressions else word

    def _word(self, literal: str, place: tuple[int, int]) -> str:
        """Return the word for a literal, or nothing when it is no merge field that can be filled."""
        if not literal.startswith("{{"):
            hint = _("Use a block « ::: only … » for parts that are for some readers.")
            self._mishap(literal, place, code="NL213", message=_("template code is not run in an issue"), hint=hint)
            return ""
        source = literal[2:-2].strip()
        try:
            paths = compile_checked(source).paths
        except ExpressionError as error:
            self._mishap(literal, place, code="NL211", message=error.message, hint=error.hint)
            return ""
        unknown = next((path for path in paths if not self._known(path)), None)
        if unknown is not None:
            self._unknown(literal, unknown, place)
            return ""
        return self._new(source, literal, place)

    def _new(self, source: str, literal: str, place: tuple[int, int]) -> str:
        if len(self.expressions) >= _MOST:
            return ""
        self._nonce = self._nonce or self._fresh()
        word = f"ZQ{self._nonce}{len(self.expressions):04d}QZ"
        location = Location(path=self.report.source.path, line=place[0], column=place[1])
        self.expressions[word] = Expression(token=word, source=source, literal=literal, location=location)
        return word

    def _fresh(self) -> str:
        text = self.report.source.text
        for attempt in range(1_000):
            seed = f"{attempt}:{self.report.source.path}\n{text}".encode("utf-8", "replace")
            nonce = hashlib.sha256(seed).hexdigest()[:6].upper()
            if f"ZQ{nonce}" not in text:
                return nonce
        raise AssertionError("a text cannot hold every nonce")  # pragma: no cover

    def _known(self, path: str) -> bool:
        if path.startswith("issue.vars."):
            return path.removeprefix("issue.vars.").split(".")[0] in self.own
        return path in self.fields or any(
            name.endswith(".*") and path.startswith(name[:-1]) for name in self.fields if name != "issue.vars.*"
        )

    def _unknown(self, literal: str, path: str, place: tuple[int, int]) -> None:
        known = [name for name in self.fields if not name.endswith("*")]
        known += [f"issue.vars.{name}" for name in self.own]
        asked = path.rpartition(".")[2]
        meant = nearest(asked.lower(), _MEANT)
        last = _MEANT[meant] if meant else nearest(asked, [name.rpartition(".")[2] for name in known])
        full = nearest(path, known) if "." in path and not meant else None
        full = full or next((name for name in known if name.endswith(f".{last}")), None)
        self._mishap(
            literal,
            (place[0], place[1] + max(literal.find(path), 0)),
            code="NL210",
            message=_("unknown merge field « {name} »").format(name=path),
            marked=path,
            suggestion=full,
        )

    def _mishap(
        self,
        literal: str,
        place: tuple[int, int],
        *,
        code: str,
        message: str,
        marked: str = "",
        suggestion: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.mishaps.append(
            Mishap(
                line=place[0],
                column=place[1],
                literal=literal,
                code=code,
                message=message,
                marked=marked or literal,
                suggestion=suggestion,
                hint=hint,
            )
        )

    def inside(self, report: Report) -> Merge:
        """Return the merge of an included file: the same fields, words of its own."""
        return replace(self, report=report, expressions={}, mishaps=[], _nonce="")


def _advance(text: str, offset: int, begin: tuple[int, int]) -> tuple[int, int]:
    """Return the place of an offset in a text that begins at a line and column."""
    line, column = begin
    lines = text.count("\n", 0, offset)
    return (line + lines, offset - text.rfind("\n", 0, offset)) if lines else (line, column + offset)


def _extents(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something between double braces, or braces and signs, begins and ends, on one line."""
    start = text.find("{")
    closed = dict.fromkeys(_CLOSINGS, -1)
    while start >= 0:
        kind = text[start + 1 : start + 2]
        if kind in _CLOSINGS and not text.endswith("\\", 0, start):
            if closed[kind] < start:  # looked for once, not again for every brace before it
                found = text.find(_CLOSINGS[kind], start)
                closed[kind] = found if found >= 0 else len(text)
            if closed[kind] >= start + _REACH:
                start = text.find("{", start + 1)
                continue
            stop = text.find("\n", start, start + _REACH)
            chunk = text[start : stop if stop >= 0 else start + _REACH]
            end = chunk.find(_CLOSINGS[kind])
            if end >= 0:
                yield start, start + (_lexed(chunk) if kind == "{" else end + 2)
        start = text.find("{", start + 1)


def _lexed(chunk: str) -> int:
    """Return where the expression at the beginning ends, by Jinja's lexer: `{{ a("}} x") }}` is one.

    What the lexer does not understand ends at its first closing braces.
    """
    from jinja2 import TemplateSyntaxError

    closing = chunk.find("}}")
    inner = chunk.find("{{", 2, closing)
    if inner >= 0 and not _QUOTES & set(chunk[2:inner]):
        return closing + 2  # no expression has two braces but in a text: thousands in a row are not lexed one by one
    length = 0
    try:
        for _line, kind, value in environment().lexer.tokeniter(chunk, None):
            length += len(value)
            if kind == "variable_end":
                return length - (len(value) - len(value.rstrip()))
    except TemplateSyntaxError:
        pass
    return closing + 2
