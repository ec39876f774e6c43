"""Findings as text for a terminal, lines for an editor, JSON, GitHub's annotations and SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum

from newsletter.codeframe import as_json, draw
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
            return "\n\n".join(draw(finding) for finding in findings)
        case Format.CONCISE:
            return "\n".join(str(finding) for finding in findings)
        case Format.JSON:
            return json.dumps([as_json(finding) for finding in findings], ensure_ascii=False, indent=2)
        case Format.GITHUB:
            return "\n".join(_github(finding) for finding in findings)
        case Format.SARIF:
            return json.dumps(_sarif(findings), ensure_ascii=False, indent=2)


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
