"""`newsletter feedback`: read what came back, fetch it from mailboxes, check a provider's call."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked

if TYPE_CHECKING:
    from newsletter.feedback.mailbox import Found
    from newsletter.feedback.reading import Reading

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
    from newsletter.feedback.mailbox import read_paths
    from newsletter.feedback.reading import read_message

    if not dry_run:
        raise UsageError(_("Only reading with --dry-run is possible so far."))
    for found in read_paths(paths):
        _tell(run, found, read_message(found.raw), show_addresses=show_addresses)


@make(
    marked("Check a recorded call of a provider as the webhook would: exit code 0 or 1."),
    examples=("newsletter feedback verify --provider sendgrid --public-key KEY --headers FILE --body FILE",),
    name="verify",
)
@click.option("--provider", type=click.Choice(["sendgrid"]), required=True, help=marked("Whose call it is."))
@click.option("--public-key", required=True, metavar="KEY", help=marked("The provider's key, or @ and a file's name."))
@click.option("--headers", required=True, type=FILE, help=marked("A file of the call's headers: lines, or JSON."))
@click.option("--body", required=True, type=FILE, help=marked("A file of the call's exact bytes."))
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


def _key(given: str) -> str:
    """Return a key, or what a file named with @ holds."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(_("The key's file can not be read."), hint=_("Check its name and its rights.")) from error


def _tell(run: Run, found: Found, reading: Reading, *, show_addresses: bool) -> None:
    """Print what one message is: one line for a person, one object for a script."""
    people: list[dict[str, object]] = [
        {
            **({"address": person.address} if show_addresses else {}),
            "verdict": person.verdict,
            "status": person.status,
            "reason": person.reason,
        }
        for person in reading.recipients
    ]
    if run.out.json:
        run.out.object("feedback.read", {"file": found.file, "kind": reading.kind, "recipients": people})
        return
    facts = "; ".join(" ".join(str(value) for value in person.values() if value) for person in people)
    run.out.say(f"{found.file}: {reading.kind}" + (f" ({facts})" if facts else ""))


command = group(
    marked("Read bounces and complaints, and check providers' calls."),
    read,
    verify,
    name="feedback",
    examples=("newsletter feedback read ~/Maildir --dry-run", "newsletter feedback fetch"),
)
