"""`newsletter status`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked
from newsletter.project.words import count_line, duration, state_word

if TYPE_CHECKING:
    from newsletter.cli.crewwords import Look
    from newsletter.delivery.status import Status

#: seconds between two looks of --watch
PAUSE = 1.0


@make(
    marked(
        "Show where sends stand: how many recipients are queued, sent, deferred, failed or in doubt.\n\n"
        "With PostgreSQL also who is at work, how fast, and what is due that nobody has taken up yet."
    ),
    examples=("newsletter status", "newsletter status 2026-12 --watch", "newsletter status S12 --json"),
    name="status",
)
@click.argument("send", required=False, metavar="[SEND]")
@click.option("--watch", is_flag=True, help=marked("Show it again every second until nothing is left to do."))
def command(run: Run, send: str | None, *, watch: bool) -> None:
    """Look once, or again and again."""
    from newsletter.cli.clockwords import lines_to_know, turn_to_know
    from newsletter.cli.crewwords import look
    from newsletter.cli.reasonwords import reasons
    from newsletter.delivery.status import status
    from newsletter.schedule.booking import noteworthy

    store = run.project.store
    found = status(store, send)
    if not watch:
        known = [] if send else noteworthy(store)
        here = look(store)
        content = {"sends": [each.as_dict() for each in found], "schedule": [turn_to_know(*each) for each in known]}
        why = reasons(store, found[0].send.id, found[0].counts) if send else []
        lines = [
            *_lines(found),
            *(f"    {line}" for line in why),
            *here.lines(),
            *(line for each in known for line in lines_to_know(*each)),
        ]
        run.out.result("status", {**content, **here.as_dict()}, lines)
        return
    while True:
        _show(run, found, look(store))
        if not any(each.counts.left and not each.send.ended for each in found):
            return
        time.sleep(PAUSE)
        found = status(store, send)


def _show(run: Run, found: list[Status], here: Look) -> None:
    """Print one look: a line of JSON, or the sends that are not over and who is at work."""
    if run.out.json:
        looks = {"sends": [each.as_dict() for each in found], **here.as_dict()}
        run.out.write(json.dumps({"schema": "newsletter.status/1", "ok": True, **looks}) + "\n")
        return
    for line in [*_lines([each for each in found if not each.send.ended] or found[:1]), *here.lines()]:
        run.out.say(line)


def _lines(found: list[Status]) -> list[str]:
    if not found:
        return [_("Nothing was sent yet.")]
    return [line for each in found for line in _about(each)]


def _about(status: Status) -> list[str]:
    send = status.send
    head = f"{send.ref}  {send.issue}  {state_word(send.state)}"
    lines = [f"{head}  {count_line(status.counts)}"]
    if send.reason:
        lines.append(f"    {send.reason}")
    lines += [f"    {lane}: {reason}" for lane, reason in status.stopped.items()]
    if status.next_due and not send.ended:
        lines.append("    " + _("Next recipients in {time}.").format(time=duration(status.next_due)))
    return lines
