"""`newsletter report`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked

FORMATS = ("table", "json", "csv", "html")


@make(
    marked("Say what became of a send: sent, refused, bounced, complaints, unsubscriptions, beside earlier sends."),
    examples=("newsletter report 2026-12", "newsletter report S12 --format html -o rapport.html"),
    name="report",
)
@click.argument("send", metavar="SEND")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", help=marked("The form of the report."))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=marked("Write it to this file."),
)
def command(run: Run, send: str, *, form: str, output: Path | None) -> None:
    """Count, and print or write the counts; no person is in them."""
    from newsletter.delivery.send import find_send
    from newsletter.feedback.measures import as_csv, as_dict, as_lines
    from newsletter.feedback.report import report
    from newsletter.feedback.report_page import as_page

    found = report(run.project.store, find_send(run.project.store, send))
    if run.out.json or form == "json":
        run.out.object("report", as_dict(found))
        return
    made = {
        "table": lambda: "\n".join(as_lines(found)) + "\n",
        "csv": lambda: as_csv(found),
        "html": lambda: as_page(found),
    }
    text = made[form]()
    if output:
        output.write_text(text, encoding="utf-8", newline="")
        run.out.note(_("Written: {path}").format(path=output))
    else:
        run.out.write(text)
