"""Booking from the command line: what is shown and confirmed before, and what is said after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from newsletter.cli import ceremony, faults
from newsletter.cli.clockwords import booking_line, booking_object
from newsletter.cli.frame import Group, everywhere
from newsletter.errors import ConfigError, RefusedError, UsageError
from newsletter.language import _, marked

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from newsletter.cli.run import Run
    from newsletter.project.results import Proposal
    from newsletter.schedule.booking import Booking
    from newsletter.schedule.moment import Moment
    from newsletter.schedule.policy import Policy

#: the command that the line `schedule 2026-12 --at …` means; in capitals, as no issue's slug is
BOOK = "ISSUE"

P = ParamSpec("P")
T = TypeVar("T")


def confirming(function: Callable[P, T]) -> Callable[P, T]:
    """Add the options of whatever has a send confirmed."""
    for option in (
        click.option(
            "--list", "lists", multiple=True, metavar="LIST", help=marked("For this list in place of the issue's own.")
        ),
        click.option("--tz", metavar="ZONE", help=marked("The time zone; the project's unless given.")),
        click.option("--confirm", metavar="SLUG", help=marked("The issue's name, in place of typing it.")),
        click.option(
            "--expect", type=click.IntRange(min=0), metavar="N", help=marked("The expected number of recipients.")
        ),
    ):
        function = option(function)
    return function


def zone_for(run: Run, name: str | None) -> ZoneInfo:
    """Return the zone of that name, else the project's; a preview needs no project when the zone is given."""
    from newsletter.schedule.wallclock import zone_named

    if name is not None:
        return zone_named(name)
    try:
        return zone_named(run.config.site.tz)
    except ConfigError as error:
        if error.findings:
            raise  # there is a project, and its configuration is wrong
        raise UsageError(error.message, hint=_("Add --tz, for example: --tz America/Toronto")) from error


def policy_for(run: Run) -> Policy | None:
    """Return the project's quiet hours and days without mail; None where there is no project."""
    from newsletter.schedule.policy import policy_of

    try:
        return policy_of(run.config)
    except ConfigError as error:
        if error.findings:
            raise
        return None


def future(run: Run, text: str, tz: str | None) -> Moment:
    """Read a time to come; raises RefusedError for one that is past."""
    from newsletter.schedule.moment import future_moment

    return future_moment(text, zone_for(run, tz), now=datetime.now(UTC))


def confirmed(run: Run, issue: str, lists: tuple[str, ...], *, confirm: str | None, expect: int | None) -> Proposal:
    """Plan, show and have confirmed, as before a send."""
    from newsletter.project.sending import refuse_unfit

    proposal = run.project.plan(issue, lists=lists)
    faults.tell_findings(proposal.plan.findings, run.out.aside(), run.root)
    refuse_unfit(proposal)
    if proposal.plan.everybody_has_it:
        raise RefusedError(
            _("Everybody has “{issue}” already: nothing was scheduled.").format(issue=proposal.plan.issue)
        )
    if run.interactive:
        for line in ceremony.screen(proposal):
            run.out.note(line)
    ceremony.confirmed(run, proposal.plan, confirm=confirm, expect=expect, bound=confirm is not None)
    return proposal


def told(run: Run, booking: Booking, moment: Moment | None) -> None:
    """Say what was booked, and what clocks and quiet hours do to it."""
    from newsletter.schedule.policy import policy_of
    from newsletter.schedule.saying import say_move, say_shift
    from newsletter.schedule.wallclock import wall_of

    notes = []
    if moment is not None:
        later, why = policy_of(run.config).moved(moment.utc)
        notes = [say_shift(moment), say_move(why, wall_of(later, moment.zone)) if why else ""]
    notes = [note for note in notes if note]
    content = {**booking_object(booking), "notes": notes}
    run.out.result("schedule", content, [booking_line(booking), *(f"    {note}" for note in notes)])


class Schedule(Group):
    """A group whose first word may also be an issue: `schedule 2026-12 --at …` books it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a line that begins with neither a command nor an option of every command for a booking."""
        common = {name for param in everywhere() for name in param.opts} | set(ctx.help_option_names)
        if args and args[0] not in self.commands and args[0].partition("=")[0] not in common:
            args = [BOOK, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; what is none is an issue's name."""
        return super().resolve_command(ctx, args if args[0] in self.commands else [BOOK, *args])
