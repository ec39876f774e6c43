"""`newsletter fmt`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import marked, ngettext


@make(
    marked(
        "Write issues in their canonical form: it changes how a file looks, never what it says, and twice is the same "
        "as once. Without an issue: all of them. With -: from standard input to standard output."
    ),
    examples=("newsletter fmt", "newsletter fmt 2026-12 --check", "newsletter fmt - < numero.md"),
    name="fmt",
)
@click.argument("issues", nargs=-1, metavar="[ISSUE...]")
@click.option("--check", is_flag=True, help=marked("Change nothing; exit code 1 when a file is not in that form."))
def command(run: Run, issues: tuple[str, ...], *, check: bool) -> int:
    """Format each file of each issue."""
    from newsletter.issue.fmt import fmt_text

    if issues == ("-",):
        run.out.write(fmt_text(sys.stdin.read(), blocks=run.project.press.theme().blocks))
        return 0
    changed = [path for path in _files(run, issues) if _differs(run, path, write=not check)]
    names = [path.relative_to(run.root).as_posix() if path.is_relative_to(run.root) else str(path) for path in changed]
    said = ngettext("{count} file changed.", "{count} files changed.", len(names)).format(count=len(names))
    run.out.result("fmt", {"changed": names}, names, ok=not (check and names))
    if not check:
        run.out.note(said)
    return 1 if check and names else 0


def _files(run: Run, issues: tuple[str, ...]) -> list[Path]:
    """Return the files of the issues: a file that was named, or every language of a slug."""
    if not issues:
        return [path.resolve() for path in run.project.shelf.files()]
    found = [path for name in issues for path in run.project.files_of(name)]
    return list(dict.fromkeys(path.resolve() for path in found))


def _differs(run: Run, path: Path, *, write: bool) -> bool:
    from newsletter.issue.fmt import fmt_text

    before = path.read_text(encoding="utf-8-sig")
    after = fmt_text(before, blocks=run.project.press.theme().blocks)
    if write and after != before:
        path.write_text(after, encoding="utf-8")
    return after != before
