"""`newsletter resolve`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext, number
from newsletter.project.ceremony import agree_to_repeat, ask_to_repeat


@make(
    marked(
        "Decide what became of recipients in doubt: they have it (sent), do not (failed), or get it again.\n\n"
        "Look into the mail server's log first. “again” may mean that somebody gets it twice, and asks for the "
        "issue's name."
    ),
    examples=(
        'newsletter resolve S12 --unknown sent --reason "In the server\'s log"',
        'newsletter resolve S12 --unknown again --confirm 2026-12 --reason "The server lost its queue"',
    ),
    name="resolve",
)
@click.argument("send", metavar="SEND")
@click.option(
    "--unknown",
    "decision",
    type=click.Choice(["sent", "failed", "again"]),
    required=True,
    help=marked("What became of them."),
)
@click.option("--only", type=int, multiple=True, metavar="N", help=marked("Only this delivery's number (see verify)."))
@click.option("--reason", required=True, metavar="TEXT", help=marked("How you know; it is kept with the send."))
@click.option("--confirm", metavar="SLUG", help=marked("The issue's name, for “again”, in place of typing it."))
def command(run: Run, send: str, *, decision: str, only: tuple[int, ...], reason: str, confirm: str | None) -> None:
    """Settle them."""
    from newsletter.delivery.resolve import Decision, resolve
    from newsletter.delivery.send import find_send

    found = find_send(run.project.store, send)
    if decision == Decision.AGAIN:
        _confirm_again(run, found.issue, confirm)
    count = resolve(run.project.store, found.ref, Decision(decision), reason=reason, only=only or None)
    line = ngettext(
        "{count} recipient was in doubt and is settled.", "{count} recipients were in doubt and are settled.", count
    )
    lines = [line.format(count=number(count))]
    if count and decision == Decision.AGAIN:
        lines.append(_("Go on with: newsletter resume {send}").format(send=found.ref))
    run.out.result("resolve", {"id": found.ref, "issue": found.issue, "settled": count, "as": decision}, lines)


def _confirm_again(run: Run, issue: str, typed: str | None) -> None:
    if typed is None and run.interactive:
        typed = run.ask(ask_to_repeat(issue) + "\n>")
    agree_to_repeat(issue, typed)
