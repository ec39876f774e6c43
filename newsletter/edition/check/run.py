"""Run every rule on an issue and its edition: all findings at once, errors not first but in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newsletter.edition.check.registry import rules
from newsletter.edition.check.rule import CheckOptions, Subject
from newsletter.edition.edition import Edition
from newsletter.errors import Finding
from newsletter.issue.document import Issue

__all__ = ["CheckOptions", "check"]

#: stand-ins for what only a real mail has, as long as real ones (decision 10: measured with real links)
SAMPLE_LINK = "https://infolettre.exemple.org/u/" + "x" * 86


def check(issue: Issue, edition: Edition, options: CheckOptions) -> tuple[Finding, ...]:
    """Return what reading, rendering and every rule found, without what the author or the project switched off."""
    subject = subject_of(issue, edition, options)
    found = [*issue.findings, *edition.findings]
    for each in rules():
        found.extend(each.run(subject))
    return tuple(sorted(wanted(found, issue, options), key=place_of))


def subject_of(issue: Issue, edition: Edition, options: CheckOptions) -> Subject:
    """Fill the edition for nobody in particular and put it beside its issue."""
    values = sample_values(edition.lang)
    return Subject(issue=issue, edition=edition, options=options, html=edition.html(values), text=edition.text(values))


def sample_values(lang: str) -> dict[str, object]:
    """Return values of a reader without a name or a list, with links as long as real ones."""
    links = dict.fromkeys(("unsubscribe", "preferences", "web"), SAMPLE_LINK)
    reader = {"first_name": "", "name": "", "lang": lang, "lists": (), "fields": {}, "tz": ""}
    return {"subscriber": reader, "links": links, "list": {"title": "", "reason": ""}}


def wanted(found: Iterable[Finding], issue: Issue, options: CheckOptions) -> Iterator[Finding]:
    """Drop what is switched off, and say the same thing about the same place once."""
    off = {ignored.code for ignored in issue.front.ignore} | set(options.ignore)
    said: set[tuple[str, str, str]] = set()
    for finding in found:
        key = (finding.code, str(finding.location), finding.message)
        if finding.code not in off and key not in said:
            said.add(key)
            yield finding


def place_of(finding: Finding) -> tuple[str, int, int, str]:
    """Return what findings are put in order by: their place, then their code."""
    return (finding.location.path, finding.location.line, finding.location.column, finding.code)
