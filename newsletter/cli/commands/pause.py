"""`newsletter pause`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked


@make(
    marked("Hold a send: no further mail leaves, what is in flight gets its answers, the rest waits."),
    examples=("newsletter pause 2026-12",),
    name="pause",
)
@click.argument("send", metavar="SEND")
def command(run: Run, send: str) -> None:
    """Pause, wherever it runs."""
    from newsletter.delivery.control import pause

    found = pause(run.project.store, send)
    line = _("{send} is paused. Go on with: newsletter resume {send}").format(send=found.ref)
    run.out.result("pause", {"id": found.ref, "issue": found.issue, "state": found.state.value}, [line])
