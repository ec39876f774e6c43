"""`newsletter doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import NewsletterError
from newsletter.language import _, marked

if TYPE_CHECKING:
    from newsletter.project.doctor import Diagnosis

GROUPS = ("dns", "smtp", "api", "db", "clock", "secrets", "law", "program")
_SIGNS = {"good": ("✔", "good"), "warning": ("▲", "warning"), "bad": ("✖", "error")}


@make(
    marked(
        "Look for what would keep mail from arriving: configuration, keys, database, disk, clock, what the law wants "
        "said, then the mail server and the sender's domain.\n\n"
        "Exit code 0 when nothing is wrong, 1 when something is. Secrets are never shown."
    ),
    examples=("newsletter doctor", "newsletter doctor --offline --json", "newsletter doctor --only dns,law"),
    name="doctor",
)
@click.option("--offline", is_flag=True, help=marked("Ask nothing of the network."))
@click.option("--only", metavar="GROUPS", help=marked("Only these: dns, smtp, api, db, clock, secrets, law, program."))
def command(run: Run, *, offline: bool, only: str | None) -> int:
    """Say each thing that was looked at."""
    groups = _groups(only)
    found = list(_examined(run, groups, offline=offline))
    well = all(diagnosis.health != "bad" for diagnosis in found)
    lines = [line for diagnosis in found for line in _lines(run, diagnosis)]
    run.out.result("doctor", {"checks": [asdict(diagnosis) for diagnosis in found]}, lines, ok=well)
    return 0 if well else 1


def _groups(only: str | None) -> tuple[str, ...]:
    groups = tuple(group.strip() for group in (only or "").split(",") if group.strip())
    for group in groups:
        if group not in GROUPS:
            raise click.BadParameter(_("there are: {names}").format(names=", ".join(GROUPS)), param_hint="--only")
    return groups


def _examined(run: Run, groups: tuple[str, ...], *, offline: bool) -> Iterator[Diagnosis]:
    """Look at this machine first, and then at the mail server and the domain."""
    from newsletter.project.doctor import bad, examine

    try:
        project = run.project
    except NewsletterError as error:
        yield bad("program", error.message, error.hint or "")
        return
    yield from examine(project, only=groups)
    if offline:
        return
    from newsletter.project.dns import World, examine_domain
    from newsletter.project.doctor import examine_transport
    from newsletter.project.transports import leaves_this_machine

    yield from examine_transport(project, only=groups)
    if leaves_this_machine(project.config) and (not groups or "dns" in groups):
        yield from examine_domain(project.config, World())


def _lines(run: Run, diagnosis: Diagnosis) -> Iterator[str]:
    sign, style = _SIGNS[diagnosis.health.value]
    yield f"{run.out.styled(style, sign, error=False)} {diagnosis.group:<8} {diagnosis.what}"
    if diagnosis.hint:
        yield f"             {diagnosis.hint}"
    if diagnosis.record:
        yield f"             {diagnosis.record}"
