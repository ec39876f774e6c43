"""Findings as text for a terminal, lines for an editor, JSON, GitHub's annotations and SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum

from newsletter.edition.check.registry import rule as rule_of
from newsletter.errors import Finding, Severity
from newsletter.language import _
from newsletter.version import __version__


class Format(StrEnum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def write(findings: Sequence[Finding], style: Format) -> str:
    """Return the findings in one of the formats; an empty list gives an empty text, `[]` or an empty run."""
    match style:
        case Format.FULL:
            return "\n\n".join(full(finding) for finding in findings)
        case Format.CONCISE:
            return "\n".join(str(finding) for finding in findings)
        case Format.JSON:
            return json.dumps([as_json(finding) for finding in findings], ensure_ascii=False, indent=2)
        case Format.GITHUB:
            return "\n".join(_github(finding) for finding in findings)
        case Format.SARIF:
            return json.dumps(_sarif(findings), ensure_ascii=False, indent=2)


def severity_word(severity: Severity) -> str:
    """Return the word for a severity, in lower case as it stands inside a line."""
    return {Severity.ERROR: _("error"), Severity.WARNING: _("warning"), Severity.INFO: _("note")}[severity]


def full(finding: Finding) -> str:
    """Draw a finding: where and what, the line above and the line itself, a caret, and what to do."""
    lines = [f"{finding.location}: {finding.code} {severity_word(finding.severity)}{_(': ')}{finding.message}"]
    if finding.source:
        lines += _frame(finding)
    if finding.suggestion and not finding.source:
        lines.append("  = " + _("did you mean “{word}”?").format(word=finding.suggestion))
    if finding.hint:
        lines.append(_("  = help: {hint} Rule: newsletter rule {code}").format(hint=finding.hint, code=finding.code))
    return "\n".join(lines)


def _frame(finding: Finding) -> list[str]:
    where = finding.location
    number, gap = str(where.line), " " * len(str(where.line))
    same_line = where.end_line in (None, where.line)
    length = max(1, (where.end_column or where.column + 1) - where.column) if same_line else 1
    caret = " " * (where.column - 1) + "^" * length
    if finding.suggestion:
        caret += " " + _("did you mean “{word}”?").format(word=finding.suggestion)
    return [f"{gap} |", f"{number} | {finding.source}", f"{gap} | {caret}", f"{gap} |"]


def as_json(finding: Finding) -> dict[str, object]:
    """Return a finding with the fields that editors know."""
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


def _github(finding: Finding) -> str:
    kind = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}[finding.severity]
    where = finding.location
    text = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    path = where.path.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    return f"::{kind} file={path},line={where.line},col={where.column},title={finding.code}::{text}"


def _sarif(findings: Sequence[Finding]) -> dict[str, object]:
    level = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    results = [
        {
            "ruleId": finding.code,
            "level": level[finding.severity],
            "message": {"text": finding.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": finding.location.path},
                        "region": {"startLine": finding.location.line, "startColumn": finding.location.column},
                    }
                }
            ],
        }
        for finding in findings
    ]
    driver = {"name": "infolettre", "version": __version__, "rules": _sarif_rules(findings)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _sarif_rules(findings: Iterable[Finding]) -> list[dict[str, object]]:
    met = sorted({finding.code for finding in findings})
    known = [(code, rule_of(code)) for code in met]
    return [
        {"id": code, "shortDescription": {"text": _(rule.title)}, "fullDescription": {"text": _(rule.why)}}
        if rule
        else {"id": code}
        for code, rule in known
    ]
