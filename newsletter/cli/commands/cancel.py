"""`newsletter cancel`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import RefusedError
from newsletter.language import _, marked
from newsletter.project.words import count_line


@make(
    marked("End a send for good: those who do not have it yet get nothing; what was sent stays sent."),
    examples=("newsletter cancel 2026-12", "newsletter cancel S12 --yes"),
    name="cancel",
)
@click.argument("send", metavar="SEND")
def command(run: Run, send: str) -> None:
    """Cancel after a small question."""
    from newsletter.delivery.control import cancel
    from newsletter.delivery.send import find_send
    from newsletter.delivery.status import status

    found = find_send(run.project.store, send)
    if run.interactive and not run.agree(_("End {send} for good?").format(send=found.ref)):
        raise RefusedError(_("Nothing was changed."))
    cancel(run.project.store, found.ref)
    now = status(run.project.store, found.ref)[0]
    line = _("{send} is cancelled.").format(send=found.ref)
    run.out.result("cancel", now.as_dict(), [line, count_line(now.counts)])
