"""`newsletter resume`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.cli.sending import deliver, told
from newsletter.language import marked


@make(
    marked(
        "Go on with a send that was interrupted, paused or stopped: it goes to those who remain, and to nobody twice."
    ),
    examples=("newsletter resume 2026-12", "newsletter resume S12 --now"),
    name="resume",
)
@click.argument("send", metavar="SEND")
@click.option("--now", is_flag=True, help=marked("Try deferred recipients at once."))
@click.option("--wait", is_flag=True, help=marked("Stay until the last retry, however long it takes."))
@click.option("--detach", is_flag=True, help=marked("Let serve or worker send it."))
def command(run: Run, send: str, *, now: bool, wait: bool, detach: bool) -> int:
    """Let it run again and send what is due."""
    from newsletter.delivery.control import resume
    from newsletter.delivery.send import find_send

    found = find_send(run.project.store, send)
    if not found.ended:
        found = resume(run.project.store, found.ref, at_once=now)
    return told(run, found) if detach else deliver(run, found, stay=wait)
