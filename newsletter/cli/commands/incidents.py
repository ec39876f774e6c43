"""`newsletter incidents`: the register that Quebec's Law 25 asks for."""

from __future__ import annotations

import os
import time
from datetime import datetime
from io import StringIO
from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext

OUTPUT = click.Path(dir_okay=False, path_type=Path)


@make(
    marked(
        "Add an entry to the register: what happened, to which information, of how many people, with what risk. "
        "Numbers and kinds only, never whose. An entry is never changed: add another that names it."
    ),
    examples=(
        'newsletter incidents add --on 2026-03-10 --what "Laptop stolen from a car" --kinds "names, addresses" '
        '--people 142 --risk "low: the disk is encrypted" --notices "CAI, 2026-03-12"',
    ),
    name="add",
)
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help=marked("The day it happened.")
)
@click.option("--what", required=True, metavar="TEXT", help=marked("What happened, and what was done."))
@click.option("--kinds", required=True, metavar="TEXT", help=marked("Kinds of information concerned."))
@click.option("--people", type=click.IntRange(min=0), required=True, metavar="N", help=marked("How many people."))
@click.option("--risk", required=True, metavar="TEXT", help=marked("The risk of serious injury, and why."))
@click.option("--notices", default="", metavar="TEXT", help=marked("Who was told, and when."))
def add(run: Run, *, on: datetime, what: str, kinds: str, people: int, risk: str, notices: str) -> None:
    """Record an incident; its number is said."""
    from newsletter.audience.incidents import Incident, add_incident

    incident = Incident(happened_on=on.date(), what=what, kinds=kinds, people=people, risk=risk, notices=notices)
    number = add_incident(run.project.store, incident, at=time.time())
    line = _("Recorded as number {number}.").format(number=number)
    run.out.result("incidents.add", {"incident": number}, [line])


@make(marked("Show the register, the oldest entry first."), examples=("newsletter incidents list",), name="list")
def show(run: Run) -> None:
    """Print a few lines for each entry."""
    from newsletter.audience.incidents import incidents

    entries = incidents(run.project.store)
    lines = []
    for one in entries:
        count = ngettext("{count} person", "{count} people", one.people).format(count=one.people)
        lines.append(f"{one.id}  {one.happened_on}  {count}  {one.what}")
        lines += [f"    {text}" for text in (one.kinds, one.risk, one.notices) if text]
    content = [
        {
            "incident": one.id,
            "happened_on": one.happened_on.isoformat(),
            "what": one.what,
            "kinds": one.kinds,
            "people": one.people,
            "risk": one.risk,
            "notices": one.notices,
            "recorded_at": one.recorded_at.isoformat(),
        }
        for one in entries
    ]
    run.out.result("incidents", {"incidents": content}, lines or [_("No incident is recorded.")])


@make(
    marked("Write the register as a spreadsheet (CSV), for whoever supervises."),
    examples=("newsletter incidents export -o registre.csv",),
    name="export",
)
@click.option("-o", "--output", type=OUTPUT, metavar="FILE", help=marked("Where to; standard output unless given."))
def export(run: Run, *, output: Path | None) -> None:
    """Write a file for its owner alone, or to standard output."""
    from newsletter.audience.incidents import incidents, write_incidents

    entries = incidents(run.project.store)
    text = StringIO(newline="")
    write_incidents(entries, text)
    if output is None:
        run.out.write(text.getvalue())
        return
    place = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(place, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
    count = len(entries)
    line = ngettext("{count} incident in {path}.", "{count} incidents in {path}.", count)
    content = {"path": str(output), "count": count}
    run.out.result("incidents.export", content, [line.format(count=count, path=output)])


command = group(
    marked("Keep the register of confidentiality incidents."),
    add,
    show,
    export,
    name="incidents",
    examples=("newsletter incidents list",),
)
