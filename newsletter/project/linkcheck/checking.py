"""The links of issues, visited: findings at the places where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newsletter.edition.check.answers import findings
from newsletter.edition.check.run import wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.edition.check.rule import Subject
    from newsletter.errors import Finding, Location
    from newsletter.project.linkcheck.visiting import Manners
    from newsletter.project.project import Project


def check_links(
    project: Project, names: Iterable[str], *, manners: Manners | None = None
) -> tuple[int, tuple[Finding, ...]]:
    """Visit the links of some issues, each address once; return how many were visited, and the findings."""
    from newsletter.project.linkcheck.visiting import visit

    asked = [(subject, places) for name in names for subject, places in _asked(project, name)]
    manners = manners or _manners(project)
    answers = visit((url for _subject, places in asked for url in places), manners)
    found = (
        finding
        for subject, places in asked
        for finding in wanted(findings(subject, places, answers), subject.issue, subject.options)
    )
    return len(answers), tuple(found)


def _asked(project: Project, name: str) -> Iterable[tuple[Subject, Mapping[str, tuple[Location, ...]]]]:
    """Yield an issue in each of its languages with its addresses; one that can not be read has none."""
    from newsletter.edition.check.addresses import addresses_of
    from newsletter.errors import IssueError

    try:
        issues = project.issues_of(name)[1]
    except IssueError as error:
        if not error.findings:
            raise
        return  # said already by the check itself
    for issue in issues:
        subject = project.press.subject(issue, project.render(issue))
        yield subject, addresses_of(subject, base=project.press.base_url)


def _manners(project: Project) -> Manners:
    from newsletter.project.linkcheck.visiting import Manners

    return Manners(let_through=tuple(host.lower() for host in project.config.lint.private_hosts))
