"""`newsletter subscribers`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.importing import import_people
from newsletter.cli.run import Run
from newsletter.errors import RefusedError
from newsletter.language import _, marked, ngettext, number
from newsletter.project.words import standing_words

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
    line = ngettext("{count} person in {path}.", "{count} people in {path}.", count).format(
        count=number(count), path=output
    )
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
    from newsletter.cli.dossiers import dossier_lines
    from newsletter.project.registry import find_dossier

    held = find_dossier(run.project, _address(run, address))
    profile = {name: value for name, value in held.profile.items() if show_addresses or name != "address"}
    content = {**held.as_data(), "profile": profile}
    if not show_addresses:
        content["requests"] = [{k: v for k, v in fact.items() if k != "address"} for fact in held.requests]
    run.out.result("subscribers.show", content, dossier_lines(held, show=show_addresses))


@make(
    marked("Show what happened to a person, the oldest first: subscriptions, consents, mails, bounces."),
    examples=("newsletter subscribers history zoe@example.org",),
    name="history",
)
@click.argument("address", required=False, metavar="[ADDRESS]")
def history(run: Run, address: str | None) -> None:
    """Print a line for each thing."""
    from newsletter.audience.dossier import history
    from newsletter.cli.dossiers import history_line
    from newsletter.project.registry import find_dossier

    told = history(find_dossier(run.project, _address(run, address)))
    lines = [history_line(one) for one in told]
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
    line = ngettext("{count} subscription ended.", "{count} subscriptions ended.", count).format(count=number(count))
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
    said = _undone(done.ended, done.kept)
    run.out.result("subscribers.undo", {"ended": done.ended, "deleted": done.deleted, "kept": done.kept}, [f"{said}."])


def _undone(ended: int, kept: int) -> str:
    said = ngettext("{count} subscription is no more", "{count} subscriptions are no more", ended)
    if not kept:
        return said.format(count=number(ended))
    stay = ngettext("{count} stays by its own word", "{count} stay by their own word", kept)
    return f"{said.format(count=number(ended))}, {stay.format(count=number(kept))}"


@make(
    marked("Look for people by a part of their name or address. Addresses and names are shown only when asked for."),
    examples=(
        "newsletter subscribers find hetu --show-addresses",
        "newsletter subscribers find example.org --list membres --status ended --json",
    ),
    name="find",
)
@click.argument("text", default="", metavar="[TEXT]")
@click.option("--list", "name", default="", metavar="LIST", help=marked("Only of this list."))
@click.option("--status", type=click.Choice(["active", "pending", "ended"]), help=marked("Only who stands so."))
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help=marked("How many at most."))
@click.option("--show-addresses", is_flag=True, help=marked("Show the addresses and names."))
def find(run: Run, text: str, *, name: str, status: str | None, most: int, show_addresses: bool) -> None:
    """Print who fits, a line each."""
    from newsletter.audience.finding import Search, find_people, masked
    from newsletter.audience.lists import SubscriptionStatus
    from newsletter.project.registry import known_list

    if name:
        known_list(run.project, name)
    state = SubscriptionStatus(status) if status else None
    found = find_people(run.project.store, Search(text=text, list=name, status=state, most=most))
    rows = [
        {"key": one.key, "lang": one.lang, "lists": one.lists}
        | ({"address": one.address, "name": one.name} if show_addresses else {})
        for one in found
    ]
    lines = [
        f"{one.address if show_addresses else masked(one.address)}  {one.name if show_addresses else one.key[:8]}  "
        + ", ".join(f"{list_name}: {standing_words()[standing]}" for list_name, standing in one.lists.items())
        for one in found
    ]
    run.out.result("subscribers.find", {"people": rows}, lines or [_("Nobody was found.")])


@make(
    marked(
        "Seal every name and address anew with NEWSLETTER_ENCRYPTION_KEY: after the key was set for the first time, or "
        "exchanged; the key before it is then given, this once, as NEWSLETTER_PREVIOUS_ENCRYPTION_KEY."
    ),
    examples=("newsletter subscribers reseal",),
    name="reseal",
)
def reseal(run: Run) -> None:
    """Seal, and say how many rows were."""
    from newsletter.project.sealing import seal_people

    count, scrubbed = seal_people(run.project)
    lines = [ngettext("{count} row was sealed.", "{count} rows were sealed.", count).format(count=number(count))]
    if not scrubbed:
        lines.append(_("The database was in use: run newsletter purge later, so that no freed page holds a trace."))
    run.out.result("subscribers.reseal", {"rows": count, "scrubbed": scrubbed}, lines)


@make(
    marked(
        "Prove that no consent was changed or taken out since it was recorded: each holds the hash of the one before."
    ),
    examples=("newsletter subscribers verify",),
    name="verify",
)
def verify(run: Run) -> int:
    """Exit with 0 when the ledger's chain holds, with 1 and the place where it does not."""
    from newsletter.audience.consent import verify_chain

    broken = verify_chain(run.project.store)
    line = _("The consent ledger is whole.")
    if broken is not None:
        line = _("The consent ledger was changed: entry {number} does not follow from the one before.").format(
            number=broken
        )
    run.out.result("subscribers.verify", {"broken_at": broken}, [line], ok=broken is None)
    return 0 if broken is None else 1


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes")


def _address(run: Run, given: str | None) -> str:
    """Return the address, asked for where it is not given: a command line is kept in the shell's history."""
    return given if given is not None else run.ask(_("Address"))


command = group(
    marked("Import, export, find, show, forget, unsubscribe people."),
    import_people,
    export,
    find,
    show,
    history,
    forget,
    unsubscribe,
    suppress,
    undo,
    verify,
    reseal,
    name="subscribers",
    examples=("newsletter subscribers import people.csv --list membres --consent express --source TEXT",),
)
