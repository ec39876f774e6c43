"""`newsletter new`."""

from __future__ import annotations

import os
import shlex
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked


@make(
    marked("Begin an issue: a file in issues/ with its head filled in, empty or with the text of an earlier issue."),
    examples=('newsletter new "Infolettre de décembre"', 'newsletter new "December" --lang en-CA --last --open'),
    variables=("EDITOR",),
    name="new",
)
@click.argument("title", metavar="TITLE")
@click.option("--from", "source", metavar="ISSUE", help=marked("Begin with the text of this issue."))
@click.option("--last", is_flag=True, help=marked("Begin with the text of the newest issue."))
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help=marked("Begin with another tool's issue, mapped to ours."),
)
@click.option("--open", "edit", is_flag=True, help=marked("Open it in the editor that EDITOR names."))
def command(run: Run, title: str, *, source: str | None, last: bool, from_file: Path | None, edit: bool) -> None:
    """Write the file and say where it is."""
    from newsletter.project.beginning import begin_issue

    today = datetime.now(ZoneInfo(run.config.site.tz)).date()
    if last:
        source = next(iter(run.project.shelf.slugs()), None)
    path, notes = begin_issue(run.project, title, lang=run.settings.lang, source=source, foreign=from_file, today=today)
    for note in notes:
        run.out.note(note)
    shown = path.relative_to(run.root).as_posix()
    run.out.result("new", {"path": shown, "notes": list(notes)}, [shown])
    if edit:
        _open(path)


def _open(path: Path) -> None:
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not editor:
        raise UsageError(_("EDITOR names no editor."), hint=_("Set it, for example: export EDITOR=nano"))
    subprocess.run([*editor, str(path)], check=False)  # noqa: S603 - the person's own editor
