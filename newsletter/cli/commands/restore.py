"""`newsletter restore`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.interrupting import if_interrupted, nothing_restored
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext, number


@make(
    marked(
        "Bring a backup into an empty database, SQLite or PostgreSQL, and prove it by rows and checksums.\n\n"
        "Nothing that is there is written over."
    ),
    examples=(
        "newsletter restore var/backups/newsletter-20261201T090000Z.zip",
        "NEWSLETTER_DATABASE_URL=postgresql://host/db newsletter restore infolettre.zip",
    ),
    variables=("NEWSLETTER_DATABASE_URL", "NEWSLETTER_SECRET_KEY", "NEWSLETTER_SUPPRESSION_KEY"),
    name="restore",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
def command(run: Run, file: Path) -> None:
    """Restore all of it or nothing."""
    from newsletter.project.backups import restore

    with if_interrupted(nothing_restored(), hint=_("Run it again: it begins anew.")):
        manifest = restore(run.project, file)
    line = ngettext("{count} row restored, made on {date}.", "{count} rows restored, made on {date}.", manifest.rows)
    content = {"rows": manifest.rows, "made_at": manifest.made_at, "schema": manifest.schema}
    run.out.result("restore", content, [line.format(count=number(manifest.rows), date=manifest.made_at[:10])])
