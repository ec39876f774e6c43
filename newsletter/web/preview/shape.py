"""Views and findings as JSON for the page, in the interface's language; every text is escaped by the page."""

from __future__ import annotations

from newsletter.errors import Finding, NewsletterError, Severity
from newsletter.language import _
from newsletter.web.preview.workshop import View


def view_as_json(view: View) -> dict[str, object]:
    """Return what the page needs of a view."""
    return {
        "generation": view.generation,
        "sender": view.sender,
        "subject": view.subject,
        "preheader": view.preheader,
        "html": view.html,
        "text": view.text,
        "headers": view.headers,
        "size": view.size,
        "size_text": _("{size} KB").format(size=-(-view.size // 1024)),
        "findings": [finding_as_json(finding) for finding in view.findings],
        "fault": fault_as_json(view.fault) if view.fault else None,
    }


def finding_as_json(finding: Finding) -> dict[str, str]:
    """Return a finding with its severity as a word and its place as `file:line:column`."""
    return {
        "severity": finding.severity.value,
        "word": severity_word(finding.severity),
        "code": finding.code,
        "message": finding.message,
        "where": str(finding.location),
        "hint": finding.hint or "",
        "path": finding.location.path,
        "line": str(finding.location.line),
        "column": str(finding.location.column),
    }


def severity_word(severity: Severity) -> str:
    """Return the word for a severity."""
    return {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.INFO: _("Note")}[severity]


def fault_as_json(fault: NewsletterError) -> dict[str, object]:
    """Return a fault with a code frame for each finding in it."""
    findings: tuple[Finding, ...] = getattr(fault, "findings", ())
    frames = [code_frame(finding) for finding in findings] or [str(fault.location or ""), fault.hint or ""]
    return {"message": fault.message, "frames": [frame for frame in frames if frame]}


def code_frame(finding: Finding) -> str:
    """Draw the line, a caret below the place, and the suggestion."""
    where = finding.location
    lines = [str(finding)]
    if finding.source:
        length = (where.end_column or where.column + 1) - where.column if where.end_line in (None, where.line) else 1
        number = str(where.line)
        lines += [
            f"{number} | {finding.source}",
            f"{' ' * len(number)} | {' ' * (where.column - 1)}{'^' * max(1, length)}",
        ]
    if finding.suggestion:
        lines.append(_("Did you mean “{word}”?").format(word=finding.suggestion))
    if finding.hint:
        lines.append(finding.hint)
    return "\n".join(lines)
