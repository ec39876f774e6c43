"""`newsletter check`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from newsletter.cli import faults
from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.codeframe import as_json
from newsletter.errors import Finding, IssueError, Severity
from newsletter.language import _, marked, ngettext

FORMATS = ("full", "concise", "json", "github", "sarif")


@make(
    marked(
        "Say all there is to say about issues, at the line of the Markdown; without an issue: about all of them.\n\n"
        "Exit code 1 when there is an error (with --strict: or a warning), else 0."
    ),
    examples=(
        "newsletter check",
        "newsletter check 2026-12 --fix",
        "newsletter check --links --format github",
    ),
    name="check",
)
@click.argument("issues", nargs=-1, metavar="[ISSUE...]")
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default="full",
    show_default=True,
    help=marked("How findings are written."),
)
@click.option("--strict", is_flag=True, help=marked("Warnings count as errors."))
@click.option("--fix", is_flag=True, help=marked("Correct in the files what can be corrected safely."))
@click.option("--links", is_flag=True, help=marked("Visit the links too, over the network, and say what answers."))
@click.option("--spam", is_flag=True, help=marked("Ask SpamAssassin too, where it is installed; it asks nobody else."))
@click.option("--select", metavar="CODES", help=marked("Only these codes, or beginnings of codes: NL3,NL420."))
@click.option("--ignore", metavar="CODES", help=marked("All but these."))
def command(
    run: Run,
    issues: tuple[str, ...],
    *,
    style: str,
    strict: bool,
    fix: bool,
    links: bool,
    spam: bool,
    select: str | None,
    ignore: str | None,
) -> int:
    """Check, perhaps correct, and print."""
    from newsletter.edition.check.run import place_of
    from newsletter.project.correcting import correct

    names = issues or run.project.shelf.slugs()
    findings = _findings(run, names)
    if fix and (corrected := correct(run.root, findings)):
        run.out.note(
            ngettext("{count} file corrected.", "{count} files corrected.", len(corrected)).format(count=len(corrected))
        )
        findings = _findings(run, names)
    findings = sorted((*findings, *_more(run, names, links=links, spam=spam)), key=place_of)
    findings = [finding for finding in findings if _asked(finding, select, ignore)]
    _print(run, findings, "json" if run.out.json and style == "full" else style)
    weights = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return 1 if any(finding.severity in weights for finding in findings) else 0


def _findings(run: Run, names: Iterable[str]) -> list[Finding]:
    """Check each issue; one that can not be read at all is a finding too."""
    found: list[Finding] = []
    for name in names:
        try:
            found += run.project.check(name)
        except IssueError as error:
            if not error.findings:
                raise
            found += error.findings
    return list(dict.fromkeys(found))


def _more(run: Run, names: Iterable[str], *, links: bool, spam: bool) -> list[Finding]:
    """Ask those who are not asked by default: the sites that links lead to, and the spam filter."""
    found: list[Finding] = []
    if links:
        from newsletter.project.linkcheck import check_links

        visited, said = check_links(run.project, names)
        run.out.note(ngettext("{count} address visited.", "{count} addresses visited.", visited).format(count=visited))
        found += said
    if spam:
        from newsletter.project.spam import check_spam

        found += check_spam(run.project, names)
    return found


def _asked(finding: Finding, select: str | None, ignore: str | None) -> bool:
    def among(codes: str | None) -> bool:
        return any(finding.code.startswith(code.strip().upper()) for code in (codes or "").split(",") if code.strip())

    return (select is None or among(select)) and not among(ignore)


def _print(run: Run, findings: list[Finding], style: str) -> None:
    if run.out.json:
        content = {"findings": [as_json(finding) for finding in findings]}
        run.out.object("check", content, ok=not any(finding.severity is Severity.ERROR for finding in findings))
        return
    if style != "full":
        from newsletter.edition.check.formats import Format, write

        text = write(findings, Format(style))
        run.out.write(f"{text}\n" if text else "")
        return
    for finding in findings:
        run.out.write(faults.full(finding, run.out, run.root, error=False) + "\n")
    run.out.note(_summary(findings))


def _summary(findings: list[Finding]) -> str:
    if not findings:
        return _("Nothing to say: all is well.")
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    others = len(findings) - errors
    first = ngettext("{count} error", "{count} errors", errors).format(count=errors)
    return first + ", " + ngettext("{count} other finding", "{count} other findings", others).format(count=others)
