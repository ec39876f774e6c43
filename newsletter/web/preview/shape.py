"""Views, findings and faults as JSON for the page, in the interface's language; every text is escaped by the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from newsletter.codeframe import frame
from newsletter.errors import Finding, NewsletterError, Severity, fault_of
from newsletter.language import _
from newsletter.web.preview.inbox import inbox
from newsletter.web.preview.outlook import as_outlook
from newsletter.web.preview.workshop import Details, View

#: what reads the lines of a file that a fault names
Lines = Callable[[str], Sequence[str]]
#: advice for who stands at a terminal: a command, or an option
_COMMAND = re.compile(r"\bnewsletter [a-z]|(?<![\w-])--[a-z]")
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def view_as_json(view: View, lines: Lines, *, client: str = "") -> dict[str, object]:
    """Return what the page needs of a view; `client`: a mail program whose losses are to be shown."""
    return {
        "generation": view.generation,
        "path": view.path,
        "lang": view.lang,
        "inbox": inbox(view),
        "html": as_outlook(view.html) if client == "outlook" else view.html,
        "text": view.text,
        "web": view.web,
        "fault": fault_as_json(view.fault, lines) if view.fault else None,
    }


def details_as_json(details: Details) -> dict[str, object]:
    """Return what comes after the picture."""
    return {
        "generation": details.generation,
        "findings": [finding_as_json(finding) for finding in by_weight(details.findings)],
        "headers": [list(pair) for pair in details.headers],
        "raw": details.raw,
        "parts": [
            {
                "depth": part.depth,
                "type": part.media_type,
                "encoding": part.encoding,
                "filename": part.filename,
                "size": size_text(part.size) if part.size else "",
            }
            for part in details.parts
        ],
        "size": details.size,
        "size_text": size_text(details.size),
        "source": details.source,
        "marks": [[mark.source, mark.line, mark.path] for mark in details.marks],
        "marked": details.marked,
    }


def by_weight(findings: Sequence[Finding]) -> list[Finding]:
    """Return errors first, each kind in reading order."""
    return sorted(findings, key=lambda finding: _RANK[finding.severity])


def finding_as_json(finding: Finding) -> dict[str, object]:
    """Return a finding with its severity as a word and its place as `file:line:column`."""
    return {
        "severity": finding.severity.value,
        "word": severity_word(finding.severity),
        "code": finding.code,
        "message": sentence(finding.message),
        "hint": _for_page(finding.hint),
        "suggestion": finding.suggestion or "",
        "where": str(finding.location),
        "path": finding.location.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "fixable": bool(finding.fix),
    }


def sentence(text: str) -> str:
    """Return a message as a sentence of its own: it begins with a capital."""
    return text[:1].upper() + text[1:]


def severity_word(severity: Severity) -> str:
    """Return the word for a severity."""
    return {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.INFO: _("Note")}[severity]


def size_text(octets: int) -> str:
    """Return a size in kilobytes, rounded up: what is shown never reads smaller than what is sent."""
    return _("{size} KB").format(size=-(-octets // 1024))


def hint_of(error: NewsletterError) -> str:
    """Return what a page advises: its own way, where the hint names a command; nothing where it has none."""
    return error.page_hint if error.page_hint is not None else _for_page(error.hint)


def _for_page(hint: str | None) -> str:
    return "" if not hint or _COMMAND.search(hint) else hint


def error_as_json(error: NewsletterError) -> dict[str, object]:
    """Return an error that an action met."""
    fault = fault_of(error)
    return {
        "code": fault.code,
        "message": fault.message,
        "hint": hint_of(error),
        "findings": [finding_as_json(finding) for finding in fault.findings],
    }


def fault_as_json(fault: NewsletterError, lines: Lines) -> dict[str, object]:
    """Return a fault with a code frame for each finding in it."""
    findings: Sequence[Finding] = getattr(fault, "findings", ())
    return {
        "message": sentence(fault.message),
        "hint": hint_of(fault),
        "where": str(fault.location or ""),
        "frames": [{**finding_as_json(finding), **code_frame(finding, lines)} for finding in findings],
    }


def code_frame(finding: Finding, lines: Lines) -> dict[str, object]:
    """Return the lines around a finding's place, and what of its own line to underline."""
    drawn = frame(finding, lines(finding.location.path) if finding.source else ())
    return {"first": drawn.first, "lines": list(drawn.lines), "caret": [drawn.column, drawn.length]}
