"""`newsletter feedback`: read what came back, fetch it from mailboxes, check a provider's call."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from newsletter.errors import UsageError
from newsletter.feedback.calls import verify_webhook
from newsletter.feedback.mailbox import Found, read_paths
from newsletter.feedback.reading import Reading, read_message
from newsletter.language import _


@click.group("feedback")
def group() -> None:
    """Read bounces and complaints, and check providers' calls."""


@group.command("read")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--dry-run", is_flag=True, help="Only say what the messages are; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
@click.option("--show-addresses", is_flag=True, help="Show whom the messages are about.")
def read(paths: tuple[str, ...], *, dry_run: bool, as_json: bool, show_addresses: bool) -> None:
    """Read messages from files, Maildirs, mailbox files or - (standard input)."""
    if not dry_run:
        raise UsageError(_("Only reading with --dry-run is possible without a project."))
    for found in read_paths(paths):
        reading = read_message(found.raw)
        click.echo(_line(found, reading, as_json=as_json, show_addresses=show_addresses))


@group.command("verify")
@click.option("--provider", type=click.Choice(["sendgrid"]), required=True)
@click.option("--public-key", required=True, metavar="KEY", help="The provider's key, or @FILE.")
@click.option("--headers", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--body", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--max-age", type=float, help="Refuse calls older than this many seconds.")
def verify(provider: str, public_key: str, headers: Path, body: Path, max_age: float | None) -> None:
    """Check a recorded call as the webhook would; exit 0 or 1."""
    key = Path(public_key[1:]).read_text() if public_key.startswith("@") else public_key
    right = verify_webhook(
        provider=provider,
        public_key=key,
        headers=headers.read_bytes(),
        body=body.read_bytes(),
        at=time.time(),
        max_age=max_age,
    )
    click.echo(_("The signature is right.") if right else _("The signature is wrong."), err=not right)
    sys.exit(0 if right else 1)


def _line(found: Found, reading: Reading, *, as_json: bool, show_addresses: bool) -> str:
    """Return what one message is, for a person or for a script."""
    people: list[dict[str, str | None]] = [
        {
            **({"address": person.address} if show_addresses else {}),
            "verdict": person.verdict,
            "status": person.status,
            "reason": person.reason,
        }
        for person in reading.recipients
    ]
    if as_json:
        return json.dumps({"file": found.file, "kind": reading.kind, "recipients": people}, ensure_ascii=False)
    facts = "; ".join(" ".join(str(value) for value in person.values() if value) for person in people)
    return f"{found.file}: {reading.kind}" + (f" ({facts})" if facts else "")
