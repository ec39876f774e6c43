"""`newsletter backup`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext, number


@make(
    marked(
        "Copy everything that can not be made again into one file: people, consents, sends, events, keys.\n\n"
        "It holds addresses: keep it as safe as the database. Issues and settings are files: keep them in git."
    ),
    examples=("newsletter backup", "newsletter backup -o /mnt/usb/infolettre.zip"),
    name="backup",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=marked("Where to; var/backups/ unless given."),
)
def command(run: Run, *, output: Path | None) -> None:
    """Write the file and say where it is."""
    from newsletter.project.backups import backup

    path, manifest = backup(run.project, output)
    shown = path.relative_to(run.root).as_posix() if path.is_relative_to(run.root) else str(path)
    line = ngettext("{count} row in {path}.", "{count} rows in {path}.", manifest.rows)
    content = {"path": shown, "rows": manifest.rows, "schema": manifest.schema}
    run.out.result("backup", content, [line.format(count=number(manifest.rows), path=shown)])
    days = run.config.retention.backups
    if output is None and days:
        run.out.note(_("Backups in var/backups/ are deleted after {count} days.").format(count=days))
