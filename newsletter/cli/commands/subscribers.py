"""`newsletter subscribers`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.importing import import_people
from newsletter.cli.run import Run
from newsletter.errors import RefusedError
from newsletter.language import _, marked, ngettext

STYLES = click.Choice(["csv", "json"])
OUTPUT = click.Path(dir_okay=False, path_type=Path)


@make(
    marked("Write the people of a list as CSV or JSON, those who left included; importing it again changes nothing."),
    examples=(
        "newsletter subscribers export --list membres -o membres.csv",
        "newsletter subscribers export --list membres --format json",
    ),
    name="export",
)
@click.option("--list", "name", required=True, metavar="LIST", help=marked("Which list."))
@click.option(
    "--format",
    "style",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help=marked("How it is written."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=marked("Where to; standard output unless given."),
)
def export(run: Run, *, name: str, style: str, output: Path | None) -> None:
    """Write a file for its owner alone, or to standard output."""
    from newsletter.project.registry import export_people

    text, count = export_people(run.project, name, style=style)
    if output is None:
        run.out.write(text)
        return
    with os.fdopen(
        os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        file.write(text)
    line = ngettext("{count} person in {path}.", "{count} people in {path}.", count).format(count=count, path=output)
    run.out.result("subscribers.export", {"path": str(output), "count": count}, [line])


@make(
    marked("Show everything that is held about a person, as they may ask."),
    examples=(
        "newsletter subscribers show zoe@example.org",
        "newsletter subscribers show zoe@example.org --json --show-addresses",
    ),
    name="show",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
@click.option("--show-addresses", is_flag=True, help=marked("Show the address too."))
def show(run: Run, address: str | None, *, show_addresses: bool) -> None:
    """Print the dossier; the address itself only when asked for."""
    from newsletter.project.registry import find_dossier

    held = find_dossier(run.project, _address(run, address)).as_data()
    profile = dict(held["profile"]) if isinstance(held["profile"], dict) else {}
    if not show_addresses:
        profile.pop("address", None)
    lines = [f"{name}: {value}" for name, value in profile.items() if value not in ("", None, {})]
    for part, facts in held.items():
        if part != "profile" and isinstance(facts, list):
            lines += [
                f"{part}: " + ", ".join(f"{k}={v}" for k, v in fact.items() if v not in ("", None)) for fact in facts
            ]
    run.out.result("subscribers.show", {**held, "profile": profile}, lines)


@make(
    marked("Show what happened to a person, the oldest first: subscriptions, consents, mails, bounces."),
    examples=("newsletter subscribers history zoe@example.org",),
    name="history",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
def history(run: Run, address: str | None) -> None:
    """Print a line for each thing."""
    from newsletter.audience.dossier import history
    from newsletter.project.registry import find_dossier

    told = history(find_dossier(run.project, _address(run, address)))
    lines = [
        f"{one.at[:16]}  {one.what}  " + ", ".join(f"{k}={v}" for k, v in one.facts.items() if v not in ("", None))
        for one in told
    ]
    content = {"history": [{"at": one.at, "what": one.what, **one.facts} for one in told]}
    run.out.result("subscribers.history", content, lines)


@make(
    marked(
        "Forget a person: everything that names them goes, for good. What is left is a keyed hash that keeps them "
        "from being written to again."
    ),
    examples=("newsletter subscribers forget zoe@example.org",),
    name="forget",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
def forget(run: Run, address: str | None) -> int:
    """Erase, and say what still holds a trace."""
    from newsletter.project.erasing import erase

    given = _address(run, address)
    if run.interactive and not run.agree(_("Forget this person for good?")):
        raise RefusedError(_("Nothing was changed."))
    erased = erase(run.project, given)
    done = erased.forgotten
    lines = [
        _("Forgotten; this address is never written to again.")
        if done.known
        else _("Nobody had this address; it is never written to.")
    ]
    if not done.scrubbed:
        lines.append(_("The database was in use: run newsletter purge later, so that no freed page holds a trace."))
    if erased.backups:
        lines.append(
            _("These backups still hold a trace until they are deleted: {names}.").format(
                names=", ".join(erased.backups)
            )
        )
    content = {"known": done.known, "scrubbed": done.scrubbed, "mails": erased.mails, "backups": list(erased.backups)}
    run.out.result("subscribers.forget", content, lines)
    return 0


@make(
    marked("Take somebody off a list, or off all of them, at their request."),
    examples=("newsletter subscribers unsubscribe zoe@example.org --list membres",),
    name="unsubscribe",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
@click.option("--list", "name", metavar="LIST", help=marked("This list only."))
def unsubscribe(run: Run, address: str | None, *, name: str | None) -> None:
    """End the subscriptions; doing it again changes nothing."""
    from newsletter.project.registry import take_off

    gone = take_off(run.project, _address(run, address), name=name)
    count = len(gone.ended)
    line = ngettext("{count} subscription ended.", "{count} subscriptions ended.", count).format(count=count)
    run.out.result("subscribers.unsubscribe", {"ended": count}, [line])


@make(
    marked("Never write to an address again, whether it is known or not."),
    examples=('newsletter subscribers suppress zoe@example.org --reason "Asked by telephone"',),
    name="suppress",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
@click.option("--reason", default="", metavar="TEXT", help=marked("Why; it is kept."))
def suppress(run: Run, address: str | None, *, reason: str) -> None:
    """Keep the address's keyed hash among those never to be mailed."""
    from newsletter.project.registry import keep_away

    added = keep_away(run.project, _address(run, address), reason=reason)
    line = _("This address will not be written to again.") if added else _("It was suppressed already.")
    run.out.result("subscribers.suppress", {"added": added}, [line])


@make(
    marked(
        "Take an import back: whom it brought is gone again, but for those who have since spoken for themselves. "
        "Without a number: list the imports."
    ),
    examples=("newsletter subscribers undo", "newsletter subscribers undo 3"),
    name="undo",
)
@click.argument("number", type=int, required=False, metavar="[NUMBER]")
def undo(run: Run, number: int | None) -> None:
    """Undo one import, or list them all."""
    from newsletter.audience.importing.undo import imports, undo_import

    if number is None:
        rows = [
            {
                "import": one.id,
                "list": one.list,
                "at": _day(one.at),
                "counts": one.counts,
                "undone": one.undone_at is not None,
            }
            for one in imports(run.project.store)
        ]
        lines = [f"{one['import']}  {one['at']}  {one['list']}  {one['counts']}" for one in rows]
        lines = lines or [_("Nothing was imported yet.")]
        run.out.result("subscribers.imports", {"imports": rows}, lines)
        return
    done = undo_import(run.project.store, number, at=time.time())
    said = ngettext("{count} subscription is no more", "{count} subscriptions are no more", done.ended).format(
        count=done.ended
    )
    if done.kept:
        said += ", " + ngettext("{count} stays by its own word", "{count} stay by their own word", done.kept).format(
            count=done.kept
        )
    run.out.result("subscribers.undo", {"ended": done.ended, "deleted": done.deleted, "kept": done.kept}, [f"{said}."])


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes")


def _facts(fact: Mapping[str, object]) -> str:
    """Return what is said of something as `name=value`, without what is empty."""
    return ", ".join(f"{name}={value}" for name, value in fact.items() if value not in ("", None))


def _address(run: Run, given: str | None) -> str:
    """Return the address, asked for where it is not given: a command line is kept in the shell's history."""
    return given if given is not None else run.ask(_("Address"))


command = group(
    marked("Import, export, show, forget, unsubscribe people."),
    import_people,
    export,
    show,
    history,
    forget,
    unsubscribe,
    suppress,
    undo,
    name="subscribers",
    examples=("newsletter subscribers import people.csv --list membres --consent express --source TEXT",),
)
