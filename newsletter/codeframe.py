"""A finding drawn: where and what, its line with the line before it, a caret under the place, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable

from newsletter.errors import Finding, Location, Severity
from newsletter.language import _

#: (style, text) -> text; the styles are error, warning, mark and place
Styled = Callable[[str, str], str]
_STYLES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "mark"}


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
    place = finding.location
    column = min(place.column, len(finding.source) + 1)
    same_line = place.end_line in (None, place.line)
    end = place.end_column if place.end_column and same_line else column + 1
    lead = re.sub(r"[^\t]", " ", finding.source[: column - 1])
    return lead + "^" * max(1, min(end, len(finding.source) + 1) - column)
