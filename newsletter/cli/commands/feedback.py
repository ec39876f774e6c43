"""`newsletter feedback`: read what came back, fetch it from mailboxes, check a provider's call."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked, ngettext, number

if TYPE_CHECKING:
    from newsletter.feedback.applying import Applied
    from newsletter.feedback.collecting import Collector
    from newsletter.feedback.mailbox import Found
    from newsletter.feedback.reading import Reading

#: a key is longer than a file's name can be sensible
NAME = 120
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@make(
    marked("Read bounces and complaints from files, Maildirs, mailbox files, or - (standard input)."),
    examples=("newsletter feedback read ~/Maildir --dry-run", "newsletter feedback read - < rebond.eml"),
    name="read",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--dry-run", is_flag=True, help=marked("Only say what the messages are; change nothing."))
@click.option("--show-addresses", is_flag=True, help=marked("Show whom the messages are about."))
def read(run: Run, paths: tuple[str, ...], *, dry_run: bool, show_addresses: bool) -> None:
    """Say what each message is, and let it count unless only a look was asked for."""
    from newsletter.feedback.applying import Applied
    from newsletter.feedback.mailbox import read_paths
    from newsletter.feedback.reading import read_message

    take = None if dry_run else _collector(run).take
    changed = Applied()
    for found in read_paths(paths):
        reading = read_message(found.raw)
        _tell(run, found, reading, show_addresses=show_addresses)
        changed += take(found.raw, reading) if take else Applied()
    if take:
        run.out.note(_changes(changed))


@make(
    marked("Fetch bounces and complaints from the configured mailboxes, and let what providers told take effect."),
    examples=("newsletter feedback fetch", "newsletter feedback fetch rebonds --json"),
    name="fetch",
)
@click.argument("names", nargs=-1, metavar="[MAILBOX]...")
def fetch(run: Run, names: tuple[str, ...]) -> None:
    """Visit each mailbox; then let waiting calls and refusals take effect."""
    from newsletter.project.returns import mailboxes

    collector = _collector(run)
    visits = {name: collector.visit(box, password) for name, box, password in mailboxes(run.project, names)}
    attended = collector.attend()
    looked_at = {name: {"messages": visit.looked_at, **asdict(visit.applied)} for name, visit in visits.items()}
    lines = [f"{name}: {_looked_at(visit.looked_at)} {_changes(visit.applied)}" for name, visit in visits.items()]
    lines.append(_("Providers and refusals: {changes}").format(changes=_changes(attended)))
    near = collector.near_limit()
    if near:
        lines.append(
            ngettext(
                "{count} person is one more soft bounce from getting nothing any more.",
                "{count} people are one more soft bounce from getting nothing any more.",
                near,
            ).format(count=number(near))
        )
    content = {"mailboxes": looked_at, "attended": asdict(attended), "near_limit": near}
    run.out.result("feedback.fetch", content, lines)


@make(
    marked("Check a recorded call of a provider as the webhook would: exit code 0 or 1."),
    examples=("newsletter feedback verify --provider sendgrid --public-key KEY --headers FILE --body FILE",),
    name="verify",
)
@click.option("--provider", type=click.Choice(["sendgrid"]), required=True, help=marked("Whose call it is."))
@click.option("--public-key", required=True, metavar="KEY", help=marked("The provider's key, or @ and a file's name."))
@click.option(
    "--headers", required=True, metavar="FILE", type=FILE, help=marked("A file of the call's headers: lines, or JSON.")
)
@click.option("--body", required=True, metavar="FILE", type=FILE, help=marked("A file of the call's exact bytes."))
@click.option("--max-age", type=float, metavar="SECONDS", help=marked("Refuse a call older than this."))
def verify(run: Run, *, provider: str, public_key: str, headers: Path, body: Path, max_age: float | None) -> int:
    """Check the signature over the exact bytes."""
    from newsletter.feedback.calls import verify_webhook

    right = verify_webhook(
        provider=provider,
        public_key=_key(public_key),
        headers=headers.read_bytes(),
        body=body.read_bytes(),
        at=time.time(),
        max_age=max_age,
    )
    words = _("The call is the provider's.") if right else _("The call is not signed with this key, or too old.")
    run.out.result("feedback.verify", {"provider": provider}, [words], ok=right)
    return 0 if right else 1


def _collector(run: Run) -> Collector:
    from newsletter.project.returns import collector

    return collector(run.project)


def _looked_at(count: int) -> str:
    return ngettext("{count} message.", "{count} messages.", count).format(count=number(count))


def _changes(changed: Applied) -> str:
    """Say what changed, in one line of numbers."""
    words = {
        "new": ngettext("{count} new event", "{count} new events", changed.new),
        "known": ngettext("{count} known before", "{count} known before", changed.known),
        "unmatched": ngettext("{count} not about our mail", "{count} not about our mail", changed.unmatched),
        "suppressed": ngettext("{count} person gets no more", "{count} people get no more", changed.suppressed),
        "warned": ngettext("{count} person nearly so", "{count} people nearly so", changed.warned),
        "settled": ngettext("{count} no longer in doubt", "{count} no longer in doubt", changed.settled),
    }
    numbers = asdict(changed)
    return ", ".join(words[name].format(count=number(numbers[name])) for name in words if numbers[name]) or _(
        "nothing new"
    )


def _key(given: str) -> str:
    """Return a key, or what stands in the file of that name (with or without @)."""
    file = Path(given.removeprefix("@"))
    try:
        if given.startswith("@") or (len(given) < NAME and file.is_file()):
            return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(_("The key's file can not be read."), hint=_("Check its name and its rights.")) from error
    return given


def _tell(run: Run, found: Found, reading: Reading, *, show_addresses: bool) -> None:
    """Print what one message is: one line for a person, one object for a script."""
    from newsletter.feedback.words import reading_line

    if not run.out.json:
        run.out.say(f"{found.file}: {reading_line(reading, show_addresses=show_addresses)}")
        return
    people = [
        {
            **({"address": person.address} if show_addresses else {}),
            "verdict": person.verdict,
            "status": person.status,
            "reason": person.reason,
        }
        for person in reading.recipients
    ]
    run.out.object("feedback.read", {"file": found.file, "kind": reading.kind, "recipients": people})


command = group(
    marked("Read bounces and complaints, and check providers' calls."),
    read,
    fetch,
    verify,
    name="feedback",
    examples=("newsletter feedback read ~/Maildir --dry-run", "newsletter feedback fetch"),
)
