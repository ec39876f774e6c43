"""A finding drawn: where and what, its line with the line before it, a caret under the place, and what to do.

What draws for itself, as a page does, asks for the lines around the place and for what to underline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.errors import Finding, Location, Severity
from newsletter.language import _

#: (style, text) -> text; the styles are error, warning, mark and place
Styled = Callable[[str, str], str]
_STYLES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "mark"}
#: lines before and after the one at fault, for who draws for itself
_AROUND = 2


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Lines around a finding's place, and what of its own line to underline."""

    #: the number of the first of the lines
    first: int
    lines: tuple[str, ...]
    #: where in its own line the mark begins, from 1
    column: int
    #: characters under the mark
    length: int


def frame(finding: Finding, known: Sequence[str]) -> Frame:
    """Return the frame of a finding in the `known` lines of its file; its own line alone where they say otherwise."""
    line, (column, length) = finding.location.line, _underlined(finding.location)
    first, shown = line, [finding.source] if finding.source else []
    if finding.source and known and line <= len(known) and known[line - 1] == finding.source:
        first = max(1, line - _AROUND)
        shown = list(known[first - 1 : line + _AROUND])
    return Frame(first=first, lines=tuple(shown), column=column, length=length)


def _plain(_style: str, text: str) -> str:
    return text


def draw(finding: Finding, *, before: str = "", styled: Styled = _plain) -> str:
    """Return a finding as text of several lines; `before` is the line above it in the file."""
    place, severity = _place(finding.location), _severity(finding.severity)
    first = f"{styled('place', place)} {finding.code} {styled(_STYLES[finding.severity], severity)} {finding.message}"
    helps = [finding.hint] if finding.hint else []
    if finding.fix:
        helps.append(_("newsletter check --fix corrects it."))
    if helps:
        helps.append(_("Rule: newsletter rule {code}").format(code=finding.code))
    last = [f"  = {_('help:')} {' '.join(helps)}"] if helps else []
    return "\n".join((first, *_frame(finding, before, styled), *last))


def as_json(finding: Finding) -> dict[str, object]:
    """Return a finding with the fields that linters share and editors know."""
    where = finding.location
    edits = [
        {
            "location": {"row": edit.line, "column": edit.column},
            "end_location": {"row": edit.end_line, "column": edit.end_column},
            "content": edit.text,
        }
        for edit in finding.fix
    ]
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "suggestion": finding.suggestion,
        "filename": where.path,
        "location": {"row": where.line, "column": where.column},
        "end_location": {"row": where.end_line or where.line, "column": where.end_column or where.column},
        "fix": {"applicability": "safe", "edits": edits} if edits else None,
    }


def _place(location: Location) -> str:
    """Return `file:line:column:`; a variable of the environment has no line."""
    return f"{location.path}:" if location.path.startswith("$") else f"{location}:"


def _severity(severity: Severity) -> str:
    return {Severity.ERROR: _("error:"), Severity.WARNING: _("warning:"), Severity.INFO: _("note:")}[severity]


def _frame(finding: Finding, before: str, styled: Styled) -> list[str]:
    """Return the line with its number and a caret under the place."""
    asked = _("did you mean “{near}”?").format(near=finding.suggestion) if finding.suggestion else ""
    line = finding.location.line
    if not finding.source.strip():
        return [f"  = {asked}"] if asked else []
    width, bar = len(str(line)), styled("mark", "|")
    above = [f"{line - 1:>{width}} {bar} {before}"] if before.strip() else []
    return [
        f"{'':{width}} {bar}",
        *above,
        f"{line} {bar} {finding.source}",
        f"{'':{width}} {bar} {styled('error', _carets(finding))} {asked}".rstrip(),
        f"{'':{width}} {bar}",
    ]


def _carets(finding: Finding) -> str:
    (column, length), end = _underlined(finding.location), len(finding.source) + 1
    start = min(column, end)
    lead = re.sub(r"[^\t]", " ", finding.source[: start - 1])
    return lead + "^" * max(1, min(column + length, end) - start)


def _underlined(place: Location) -> tuple[int, int]:
    """Return the column where the mark begins and how long it is: one character where its end is not on its line."""
    same_line = place.end_line in (None, place.line)
    end = place.end_column if place.end_column and same_line else place.column + 1
    return place.column, max(1, end - place.column)
