"""`newsletter init`."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import INTERFACE_LANGUAGES, _, interface_language, marked

FOLDER = click.Path(file_okay=False, path_type=Path)


@make(
    marked(
        "Make a new project: a finished issue that uses every block, invented readers, a demonstration list.\n\n"
        "Nothing is fetched and no account is needed; mails are left in var/outbox/ until another way is chosen."
    ),
    examples=("newsletter init mon-infolettre", "newsletter init my-newsletter --lang en-CA --bilingual"),
    name="init",
)
@click.argument("folder", type=FOLDER, default=Path(), metavar="[DIR]")
@click.option("--bilingual", is_flag=True, help=marked("Write the issue in French and in English."))
@click.option("--template", default="default", metavar="NAME", help=marked("The theme: default or sobre."))
@click.option("--no-git", is_flag=True, help=marked("Do not begin a git repository."))
def command(run: Run, folder: Path, *, bilingual: bool, template: str, no_git: bool) -> None:
    """Write the starter and say what to do next."""
    from newsletter.project.starting import Wish, start_project

    wish = Wish(lang=_language(run), bilingual=bilingual, theme=template, today=datetime.now(UTC).astimezone().date())
    files = start_project(folder, wish)
    if not no_git:
        _begin_git(folder)
    names = [path.relative_to(folder).as_posix() for path in files]
    lines = [
        _("The project is in {folder}.").format(folder=folder.resolve()),
        "",
        *([f"  cd {folder}"] if folder != Path() else []),
        "  newsletter preview",
    ]
    run.out.result("init", {"folder": str(folder.resolve()), "files": sorted(names)}, lines)


def _language(run: Run) -> str:
    """The project's language is what `--lang` says, and French when it says nothing."""
    if not run.settings.lang:
        return INTERFACE_LANGUAGES[0]
    found = interface_language(run.settings.lang)
    if not run.settings.lang.lower().startswith(found[:2]):
        raise UsageError(_("A new project is in one of: {languages}.").format(languages=", ".join(INTERFACE_LANGUAGES)))
    return found


def _begin_git(folder: Path) -> None:
    """Begin a repository, unless there is one around or no git."""
    git = shutil.which("git")
    if git is None:
        return
    inside = subprocess.run([git, "rev-parse", "--is-inside-work-tree"], cwd=folder, capture_output=True, check=False)  # noqa: S603 - fixed words
    if inside.returncode != 0:
        subprocess.run([git, "init", "--quiet"], cwd=folder, capture_output=True, check=False)  # noqa: S603 - fixed words
