"""`newsletter archive`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext


@make(
    marked(
        "Write the public archive as files: each issue that was sent and may be public, an index by year, an Atom feed "
        "for each language. No reader is in it."
    ),
    examples=("newsletter archive build -o public/ --base-url https://example.org/archives",),
    name="build",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("archive"),
    show_default=True,
    metavar="DIR",
    help=marked("Where to."),
)
@click.option(
    "--base-url", default="", metavar="URL", help=marked("Where it will be, for whole addresses in the feeds.")
)
@click.option("--rehearsals", is_flag=True, help=marked("Also what never left this machine."))
def build(run: Run, *, output: Path, base_url: str, rehearsals: bool) -> None:
    """Build it whole, each time."""
    from newsletter.project.archive import build_archive

    built = build_archive(run.project, output, base_url=base_url, rehearsals=rehearsals)
    count = len(built.files)
    lines = [ngettext("{count} file written.", "{count} files written.", count).format(count=count)]
    unlisted = [{"title": each.title, "lang": each.lang, "file": each.name} for each in built.unlisted]
    if unlisted:
        lines.append(_("Not listed, for whoever has the address:"))
        lines += [f"  {each['title']} ({each['lang']}): {each['file']}" for each in unlisted]
    document = {"folder": str(output), "files": sorted(path.name for path in built.files), "unlisted": unlisted}
    run.out.result("archive", document, lines)


command = group(
    marked("Build the public archive."), build, name="archive", examples=("newsletter archive build -o public/",)
)
