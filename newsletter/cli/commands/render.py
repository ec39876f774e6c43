"""`newsletter render`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli import faults
from newsletter.cli.frame import command as make
from newsletter.cli.naming import Piece, names_for
from newsletter.cli.run import Run
from newsletter.codeframe import as_json
from newsletter.errors import ConfigError, Finding, NewsletterError, Severity, ThemeError, UsageError
from newsletter.language import _, marked, nearest, ngettext

if TYPE_CHECKING:
    from newsletter.project.results import Rendered

SUFFIXES = {"html": ".html", "text": ".txt", "eml": ".eml", "web": ".web.html"}


#: a picture that is an attachment of the mail
_TRAVELS = b'src="cid:'


@make(
    marked(
        "Write an edition as people would get it. One goes to standard output, several go into a folder as "
        "SLUG.html, .txt, .eml or .web.html.\n\n"
        "An issue is a file, or its slug for all its languages. What can be shown is written also when an issue "
        "has errors; the exit code is then 1. Outside of a project the default theme and no identity are used."
    ),
    examples=(
        "newsletter render issues/*.md --part html -o out/",
        "newsletter render 2026-12 --part text --as zoe",
        "newsletter render 2026-12 --part eml --as all -o out/",
    ),
    name="render",
)
@click.argument("issues", nargs=-1, required=True, metavar="ISSUE...")
@click.option(
    "--part", type=click.Choice(list(SUFFIXES)), default="html", show_default=True, help=marked("Which part.")
)
@click.option("--as", "readers", multiple=True, metavar="PERSONA", help=marked("For this invented reader, or all."))
@click.option("-o", "--output", metavar="FILE|DIR", help=marked("Where to; a folder for several."))
def command(run: Run, issues: tuple[str, ...], *, part: str, readers: tuple[str, ...], output: str | None) -> int:
    """Render each issue; errors of one do not stop the others."""
    rendered: list[Rendered] = []
    failed = False
    for name in issues:
        try:
            rendered += run.anywhere.rendered(name, part, readers=_readers(run, readers))
        except NewsletterError as error:
            if len(issues) == 1 or isinstance(error, ConfigError | ThemeError):
                raise
            failed = True
            faults.tell(error, run.out.aside(), run.anywhere.root)
        except Exception as error:
            if len(issues) == 1:
                raise
            failed = True
            faults.unexpected(error, run.out.aside(), run.anywhere.root, verbose=run.settings.verbose, where=name)
    rendered = list({(each.source.resolve(), each.lang, each.reader): each for each in rendered}.values())
    findings = [finding for each in rendered for finding in each.findings]
    faults.tell_findings(dict.fromkeys(findings), run.out, run.anywhere.root)
    _put(run, rendered, SUFFIXES[part], output)
    if part == "html" and any(_TRAVELS in each.content for each in rendered):
        run.out.note(_("Its pictures travel in the mail (cid:): a browser shows them with --part web."))
    return 1 if failed or _has_errors(findings) else 0


def _readers(run: Run, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the personas' keys; `all` is each of them."""
    known = run.anywhere.personas
    if wanted == ("all",):
        return tuple(known)
    for key in wanted:
        if key not in known:
            near = nearest(key, known)
            raise UsageError(
                _("There is no persona “{name}”.").format(name=key),
                hint=_("Did you mean “{near}”?").format(near=near)
                if near
                else _("There are: {names}.").format(names=", ".join(known)),
            )
    return wanted


def _put(run: Run, rendered: Sequence[Rendered], suffix: str, output: str | None) -> None:
    """Write to the folder, the file or standard output."""
    if output is None and len(rendered) <= 1 and not run.out.json:
        for each in rendered:
            run.out.write_bytes(each.content)
        return
    if output is None:
        raise UsageError(
            ngettext(
                "{count} edition does not go to standard output.",
                "{count} editions do not go to standard output.",
                len(rendered),
            ).format(count=len(rendered)),
            hint=_("Name a folder: -o DIR"),
        )
    paths = _paths(rendered, suffix, Path(output), folder=_is_folder(output, rendered))
    for each, path in zip(rendered, paths, strict=True):
        path.write_bytes(each.content)
    files = [_file(each, path) for each, path in zip(rendered, paths, strict=True)]
    run.out.result("render", {"files": files}, [])
    if sys.stderr.isatty():
        run.out.note(ngettext("{count} file written.", "{count} files written.", len(files)).format(count=len(files)))


def _is_folder(output: str, rendered: Sequence[Rendered]) -> bool:
    return len(rendered) != 1 or output.endswith("/") or Path(output).is_dir() or not Path(output).suffix


def _paths(rendered: Sequence[Rendered], suffix: str, output: Path, *, folder: bool) -> list[Path]:
    if not folder:
        output.parent.mkdir(parents=True, exist_ok=True)
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    pieces = [Piece(slug=each.slug, lang=each.lang, source=each.source, reader=each.reader) for each in rendered]
    return [output / name for name in names_for(pieces, suffix)]


def _file(each: Rendered, path: Path) -> dict[str, object]:
    return {
        "issue": each.slug,
        "lang": each.lang,
        "reader": each.reader or None,
        "path": str(path),
        "bytes": len(each.content),
        "findings": [as_json(finding) for finding in each.findings],
    }


def _has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
