"""`newsletter subscribers import`: a file of people, and row by row what becomes of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from newsletter.cli.frame import command as make
from newsletter.cli.interrupting import if_interrupted, nothing_imported
from newsletter.cli.run import Run
from newsletter.errors import SubscriberFileError
from newsletter.language import _, marked, ngettext, number

if TYPE_CHECKING:
    from newsletter.audience.importing import ImportOptions, ImportReport
    from newsletter.audience.importing.outcomes import Layout

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
BASES = ("inquiry", "purchase", "donation", "volunteering", "meeting", "membership")
#: wrong rows that are listed for a person; JSON has all of them
LISTED = 50


@make(
    marked(
        "Import a file of people into a list, with the consent it rests on; all of it or nothing.\n\n"
        "Any spreadsheet will do: CSV in any encoding, .xlsx, the exports of other tools. Who unsubscribed, bounced or "
        "complained, here or there, is never brought back."
    ),
    examples=(
        'newsletter subscribers import people.csv --list membres --consent express --source "Formulaire du 10 mars"',
        "newsletter subscribers import people.xlsx --list membres --consent implied --basis membership "
        "--obtained 2026-03-10 --source AGA --dry-run",
    ),
    name="import",
)
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--list", "name", required=True, metavar="LIST", help=marked("The list they join."))
@click.option(
    "--consent", type=click.Choice(["express", "implied"]), required=True, help=marked("The kind of consent.")
)
@click.option("--source", required=True, metavar="TEXT", help=marked("Where the consent comes from, in words."))
@click.option("--basis", type=click.Choice(BASES), help=marked("What an implied consent rests on."))
@click.option("--obtained", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help=marked("The day it was obtained."))
@click.option("--wording", default="", metavar="TEXT", help=marked("The exact words that people agreed to."))
@click.option("--column", "columns", multiple=True, metavar="OURS=THEIRS", help=marked("A header: email=Coordonnées."))
@click.option("--skip-rejected", is_flag=True, help=marked("Import the good rows although others are wrong."))
@click.option("--dry-run", is_flag=True, help=marked("Say what would happen; nothing is written."))
@click.option("--show-addresses", is_flag=True, help=marked("Show the addresses of the rows."))
def import_people(
    run: Run,
    file: Path,
    *,
    name: str,
    consent: str,
    source: str,
    basis: str | None,
    obtained: datetime | None,
    wording: str,
    columns: tuple[str, ...],
    skip_rejected: bool,
    dry_run: bool,
    show_addresses: bool,
) -> int:
    """Import, and say row by row what became of it."""
    from newsletter.audience.consent import Basis, ConsentKind
    from newsletter.audience.importing import ImportOptions
    from newsletter.audience.importing.refused import RefusedFileError
    from newsletter.cli.progress import counted
    from newsletter.project.registry import import_people

    options = ImportOptions(
        list=name,
        consent=ConsentKind(consent),
        source=source,
        basis=Basis(basis) if basis else None,
        obtained=obtained.date() if obtained else None,
        wording=wording,
        skip_rejected=skip_rejected,
        lang=run.config.site.lang,
        languages=run.config.site.languages,
        zone=run.config.site.tz,
        fields=run.config.subscriber.fields,
        columns=dict(_pairs(columns)),
        today=datetime.now(ZoneInfo(run.config.site.tz)).date(),
    )
    try:
        with if_interrupted(nothing_imported()), counted(run.out) as progress:
            report = import_people(
                run.project, file, options, dry_run=dry_run, show_addresses=show_addresses, progress=progress
            )
    except RefusedFileError as error:
        if not run.out.json:
            raise
        run.out.object(
            "subscribers.import",
            {"rows": [], "refused": error.reason, "row": error.row, "message": error.message},
            ok=False,
        )
        return error.exit_code
    return _report(run, report, dry_run=dry_run, show=show_addresses, options=options)


def _pairs(columns: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [column.partition("=")[::2] for column in columns]
    if any(not ours or not theirs for ours, theirs in pairs):
        raise click.BadParameter(_("a column is given as OURS=THEIRS"), param_hint="--column")
    return pairs


def _report(run: Run, report: ImportReport, *, dry_run: bool, show: bool, options: ImportOptions) -> int:
    """Print what became of the rows; exit code 1 when wrong rows kept everything from being written."""
    from newsletter.audience.importing.outcomes import Outcome

    refused = bool(report.faults) and not (report.written or (dry_run and options.skip_rejected))
    counts = {outcome.value: count for outcome, count in report.counts.items()}
    if run.out.json:
        rows = [
            {"row": row.row, "outcome": row.outcome.value, "reason": row.reason.value}
            | ({"address": row.address} if show else {})
            for row in report.rows
        ]
        content: dict[str, object] = {"list": report.list, "counts": counts, "rows": rows, "import": report.id or None}
        content |= {"file": _read_as(report.layout), "dry_run": dry_run, "skipped": report.skipped}
        run.out.object("subscribers.import", content, ok=not refused)
        return 1 if refused else 0
    for line in (*_layout_lines(report.layout), *_lines(report, show=show)):
        run.out.say(line)
    if refused:
        text = ngettext(
            "{count} row is wrong: nothing was written.", "{count} rows are wrong: nothing was written.", report.faults
        )
        raise SubscriberFileError(
            text.format(count=number(report.faults)),
            hint=_("Correct the file, or import the others with --skip-rejected."),
        )
    if dry_run:
        run.out.say(_("Nothing was written: this was a dry run."))
    elif report.written:
        said = ngettext(
            "{count} person joined {name}.", "{count} people joined {name}.", report.counts[Outcome.ACCEPTED]
        )
        run.out.say(said.format(count=number(report.counts[Outcome.ACCEPTED]), name=report.list))
    return 0


def _read_as(layout: Layout) -> dict[str, object]:
    """Return how the file was understood: nothing is guessed in silence."""
    from newsletter.audience.importing.decoding import name_of

    return {
        "encoding": name_of(layout.encoding),
        "separator": layout.separator,
        "tool": layout.tool,
        "header": layout.header,
        "columns": dict(layout.columns),
        "unused": list(layout.unused),
    }


def _layout_lines(layout: Layout) -> list[str]:
    """Say how the file was understood, and which columns are left aside."""
    from newsletter.audience.importing.decoding import name_of

    separators = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars"), "": _("cells")}
    how = _("Read as {encoding}, {separators}, headers in row {row}.")
    if not layout.header:
        how = _("Read as {encoding}, {separators}, without headers.")
    lines = [
        how.format(
            encoding=name_of(layout.encoding),
            separators=separators.get(layout.separator, layout.separator),
            row=layout.header,
        )
    ]
    if layout.tool:
        lines.append(_("It is an export of {tool}.").format(tool=layout.tool.capitalize()))
    lines += [f"  {ours:<12} {theirs}" for ours, theirs in layout.columns.items()]
    if layout.unused:
        lines.append(_("Left aside: {columns}.").format(columns=", ".join(layout.unused[:20])))
    return lines


def _lines(report: ImportReport, *, show: bool) -> list[str]:
    from newsletter.audience.importing.outcomes import Outcome, describe

    lines = [f"  {number(count):>7}  {describe(why)}" for why, count in report.reasons.items()]
    wrong = [row for row in report.rows if row.outcome is Outcome.REJECTED]
    lines += [
        _("row {row}: {reason}").format(row=row.row, reason=describe(row.reason)) + (f"  {row.address}" if show else "")
        for row in wrong[:LISTED]
    ]
    more = len(wrong) - LISTED
    if more > 0:
        lines.append(ngettext("… and {count} more row", "… and {count} more rows", more).format(count=number(more)))
    return lines
