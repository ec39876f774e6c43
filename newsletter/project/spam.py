"""Ask SpamAssassin, where it is installed, what it thinks of the mails of an issue: offline, and it learns nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from newsletter.edition.check.spam import Hit, Verdict, findings, unavailable
from newsletter.errors import Finding, IssueError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.project.project import Project

PROGRAM = "spamassassin"
#: -L asks nobody, -t only tests, -x -p and the last one leave no preferences and no learning behind
_OPTIONS = ("-L", "-t", "-x", "-p", "/dev/null", "--cf=use_bayes 0")
#: it takes one second; a machine under load may take its time
_WITHIN = 60
_STATUS = re.compile(
    r"score=(?P<score>-?[\d.]+)\s+required=(?P<limit>-?[\d.]+)\s+tests=(?P<names>[\w,\s]*?)\s*(?:\w+=|$)"
)
_ROW = re.compile(r"^\s*(-?\d+\.\d+)\s+([A-Z0-9_]{3,})\s+(.*)$")


class NoVerdictError(Exception):
    """SpamAssassin gave no answer that can be read."""


def check_spam(project: Project, names: Iterable[str], *, program: str = PROGRAM) -> tuple[Finding, ...]:
    """Return what SpamAssassin says of each issue in each language, or that it can not be asked."""
    path = shutil.which(program)
    if path is None:
        hint = _("On Debian and Ubuntu: apt-get install spamassassin. On a Mac: brew install spamassassin.")
        return (unavailable("newsletter.toml", _("SpamAssassin is not installed: no spam score."), hint),)
    return tuple(finding for name in names for finding in _of_issue(project, name, path))


def _of_issue(project: Project, name: str, path: str) -> Iterator[Finding]:
    from newsletter.edition.check.run import wanted

    try:
        parts = project.rendered(name, "eml")
        issues = {issue.lang: issue for issue in project.issues_of(name)[1]}
    except IssueError as error:
        if not error.findings:
            raise
        return  # said already by the check itself
    for part in parts:
        issue = issues[part.lang]
        subject = project.press.subject(issue, project.render(issue))
        try:
            verdict = ask(part.content, path)
        except NoVerdictError as error:
            yield unavailable(issue.path, str(error), _("Try: spamassassin --lint"))
            continue
        yield from wanted(findings(subject, verdict), issue, subject.options)


def ask(mail: bytes, path: str, *, within: float = _WITHIN) -> Verdict:
    """Hand a mail to SpamAssassin and read its verdict; raises NoVerdictError when it has none."""
    with tempfile.TemporaryDirectory() as home:  # it makes a folder in its home, whatever the options
        try:
            run = subprocess.run(  # noqa: S603  a program found on the path, no shell
                [path, *_OPTIONS],
                input=mail,
                capture_output=True,
                timeout=within,
                check=False,
                env={"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired as error:
            raise NoVerdictError(_("SpamAssassin did not answer in {count} seconds.").format(count=within)) from error
        except OSError as error:
            raise NoVerdictError(_("SpamAssassin can not be started.")) from error
    return verdict_of(run.stdout.decode("utf-8", "replace"))


def verdict_of(report: str) -> Verdict:
    """Read the verdict out of what SpamAssassin prints: the mail with its headers, and a table of rules at the end."""
    head = re.split(r"\r?\n\r?\n", report, maxsplit=1)[0]
    header = re.search(r"^X-Spam-Status:(.*(?:\r?\n[ \t].*)*)", head, re.MULTILINE)
    status = _STATUS.search(header[1]) if header else None
    if status is None:
        raise NoVerdictError(_("SpamAssassin's answer can not be read."))
    names = [name for name in re.split(r"[,\s]+", status["names"]) if name and name != "none"]
    table = _table(report)
    hits = tuple(table.get(name) or Hit(name=name, points=0.0) for name in names)
    return Verdict(score=float(status["score"]), limit=float(status["limit"]), hits=hits)


def _table(report: str) -> dict[str, Hit]:
    """Read the rows of the last table; a description goes on in lines that begin with blanks."""
    rows: dict[str, Hit] = {}
    last = ""
    for line in report[report.rfind("Content analysis details:") :].splitlines() if report else ():
        row = _ROW.match(line)
        if row:
            last = row[2]
            rows[last] = Hit(name=last, points=float(row[1]), said=row[3].strip())
        elif last and line.startswith("   ") and line.strip():
            kept = rows[last]
            rows[last] = Hit(name=last, points=kept.points, said=f"{kept.said} {line.strip()}")
        else:
            last = ""
    return rows
