"""`newsletter schedule`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from newsletter.cli.booking import BOOK, Schedule, confirmed, confirming, future, policy_for, told, zone_for
from newsletter.cli.frame import command as make
from newsletter.cli.frame import everywhere
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked, nearest
from newsletter.project.ceremony import agree_to_keep, ask_to_keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from newsletter.cli.occurrences import Preview


#: occurrences shown when nobody says how many
SHOWN = 8


@make(
    marked("Show what is scheduled, the next first."),
    examples=("newsletter schedule list", "newsletter schedule list --all --json"),
    name="list",
)
@click.option("--all", "ended", is_flag=True, help=marked("Also what is done or cancelled."))
def list_(run: Run, *, ended: bool) -> None:
    """List bookings, after making the series what the configuration says."""
    from newsletter.cli.clockwords import booking_lines, booking_object
    from newsletter.project.scheduling import book_configured
    from newsletter.schedule.booking import bookings

    book_configured(run.project)
    found = bookings(run.project.store, ended=ended)
    lines = [line for booking in found for line in booking_lines(booking)] or [_("Nothing is scheduled.")]
    run.out.result("schedule.list", {"schedules": [booking_object(booking) for booking in found]}, lines)


@make(
    marked("Show one booking: when it goes next, and what became of its earlier times."),
    examples=("newsletter schedule show 2026-12",),
    name="show",
)
@click.argument("name", metavar="NAME")
def show(run: Run, name: str) -> None:
    """Show a booking and its turns."""
    from newsletter.cli.clockwords import booking_lines, booking_object, turn_line, turn_object
    from newsletter.schedule.booking import find_booking, turns

    booking = find_booking(run.project.store, name)
    past = turns(run.project.store, booking)
    content = {**booking_object(booking), "occurrences": [turn_object(turn) for turn in past]}
    run.out.result("schedule.show", content, [*booking_lines(booking), *(turn_line(turn) for turn in past)])


@make(
    marked("Take an issue or a series off the schedule: nothing of it goes any more."),
    examples=("newsletter schedule cancel 2026-12",),
    name="cancel",
)
@click.argument("name", metavar="NAME")
@click.option("--held", is_flag=True, help=marked("Only what waits for a decision: a series goes on."))
def cancel(run: Run, name: str, *, held: bool) -> None:
    """Cancel a booking, or let go of what is held."""
    from newsletter.cli.clockwords import booking_object
    from newsletter.schedule.book import cancel, drop_held

    booking = (drop_held if held else cancel)(run.project.store, name)
    text = _("What was held of {name} is not sent.") if held else _("{name} is off the schedule.")
    line = text.format(name=booking.ref)
    run.out.result("schedule.cancel", booking_object(booking), [line])


@make(
    marked("Show the next times of a rule, or of a series of newsletter.toml, across the changes of the clocks."),
    examples=(
        'newsletter schedule preview --rule "first tuesday of january, april, july, october at 09:00"',
        'newsletter schedule preview --rule "premier lundi de chaque mois à 9 h" --count 12',
        "newsletter schedule preview trimestrielle",
    ),
    name="preview",
)
@click.argument("series", required=False, metavar="[SERIES]")
@click.option("--rule", metavar="RULE", help=marked("In French or English words, or as RRULE."))
@click.option("--tz", metavar="ZONE", help=marked("The time zone; the project's unless given."))
@click.option("--from", "since", metavar="TIME", help=marked("The first time to show; now unless given."))
@click.option("--count", type=click.IntRange(1, 1000), default=SHOWN, help=marked("How many times to show."))
def preview(run: Run, series: str | None, *, rule: str | None, tz: str | None, since: str | None, count: int) -> None:
    """Say a rule in words and show what it gives."""
    previews = list(_previews(run, series, rule, tz=tz, since=since, count=count))
    content = previews[0].as_object() if len(previews) == 1 else {"series": [each.as_object() for each in previews]}
    run.out.result("schedule.preview", content, [line for each in previews for line in each.lines()])


def _previews(
    run: Run, name: str | None, rule: str | None, *, tz: str | None, since: str | None, count: int
) -> Iterator[Preview]:
    """Look ahead in the given rule, else in the named series, else in every series."""
    from newsletter.cli.occurrences import preview_of

    policy = policy_for(run)
    for title, text, zone_name in _rules(run, name, rule):
        zone = zone_for(run, tz or zone_name)
        yield preview_of(text, zone, _start(since, zone), count=count, name=title, policy=policy)


def _rules(run: Run, name: str | None, rule: str | None) -> list[tuple[str, str, str | None]]:
    """Return the name, the rule and the zone of what is to be shown."""
    if rule is not None:
        return [("", rule, None)]
    known = run.config.series
    if name is not None and name not in known:
        near = nearest(name, known)
        hint = _("Did you mean “{near}”?").format(near=near) if near else None
        raise UsageError(_("There is no series “{name}” in newsletter.toml.").format(name=name), hint=hint)
    found = [(each, known[each].rule, known[each].tz or None) for each in ([name] if name else known)]
    if not found:
        raise UsageError(_("Which rule?"), hint=_("Add --rule, or a series to newsletter.toml."))
    return found


def _start(text: str | None, zone: ZoneInfo) -> datetime:
    """Read the wall time to begin with, now unless given; a bare date is its beginning."""
    from newsletter.schedule.moment import parse_moment
    from newsletter.schedule.wallclock import wall_of

    if text is None:
        return wall_of(datetime.now(UTC), zone)
    return parse_moment(text if ":" in text else f"{text} 00:00", zone).local


@make(
    marked(
        "Send an issue at a time to come. Its content, its sender and the number of people are frozen now; who is on "
        "the lists is looked up then. serve must be running at that time, or later: what is late is sent, or asked."
    ),
    examples=(
        'newsletter schedule 2026-12 --at "2026-12-01 09:00" --confirm 2026-12 --expect 142',
        'newsletter schedule 2026-12 --at "2026-12-01 09:00" --tz Europe/Paris',
    ),
    name=BOOK,
)
@click.argument("issue", required=False, metavar="")
@click.option("--at", "at", metavar="TIME", help=marked("When, for example: 2026-12-01 09:00"))
@confirming
def book(
    run: Run,
    issue: str | None,
    *,
    at: str | None,
    tz: str | None,
    lists: tuple[str, ...],
    confirm: str | None,
    expect: int | None,
) -> None:
    """Show what would be sent, have it confirmed, and book it."""
    from newsletter.project.scheduling import schedule_proposal

    if issue is None:
        raise UsageError(_("Which issue? Nothing was scheduled."), hint=_("Name it by its slug or its file."))
    if at is None:
        raise UsageError(_("When? Nothing was scheduled."), hint=_('Add a time: --at "2026-12-01 09:00"'))
    moment = future(run, at, tz)
    proposal = confirmed(run, issue, lists, confirm=confirm, expect=expect)
    told(run, schedule_proposal(run.project, proposal, moment), moment)


@make(
    marked("Confirm a scheduled issue anew, as its file is now: for its time, at once when it was held, or for --at."),
    examples=("newsletter schedule renew 2026-12 --confirm 2026-12 --expect 142",),
    name="renew",
)
@click.argument("issue", metavar="ISSUE")
@click.option("--at", "at", metavar="TIME", help=marked("Another time to come."))
@confirming
def renew(
    run: Run,
    issue: str,
    *,
    at: str | None,
    tz: str | None,
    lists: tuple[str, ...],
    confirm: str | None,
    expect: int | None,
) -> None:
    """Show what would be sent now, have it confirmed, and book that in its place."""
    from newsletter.project.scheduling import renew_proposal
    from newsletter.schedule.booking import find_booking

    slug = find_booking(run.project.store, issue).issue or issue
    moment = future(run, at, tz) if at else None
    proposal = confirmed(run, slug, lists, confirm=confirm, expect=expect)
    told(run, renew_proposal(run.project, proposal, moment), moment)


@make(
    marked("Send what is held as it was confirmed, although it is late or its file has changed."),
    examples=("newsletter schedule keep 2026-12 --confirm 2026-12",),
    name="keep",
)
@click.argument("name", metavar="NAME")
@click.option("--confirm", metavar="NAME", help=marked("The name again, in place of typing it."))
def keep(run: Run, name: str, *, confirm: str | None) -> None:
    """Let a held turn go after its name was typed."""
    from newsletter.cli.clockwords import booking_object
    from newsletter.schedule.book import keep

    agree_to_keep(name, confirm or run.ask(ask_to_keep(name) + "\n>"))
    booking = keep(run.project.store, name)
    line = _("{name} goes as soon as serve runs.").format(name=booking.ref)
    run.out.result("schedule.keep", booking_object(booking), [line])


command = Schedule(
    name="schedule",
    help=marked("Send an issue later, and see what is due."),
    params=everywhere(),
    commands={each.name or "": each for each in (book, list_, show, cancel, renew, keep, preview)},
)
command.examples = (
    'newsletter schedule 2026-12 --at "2026-12-01 09:00" --confirm 2026-12 --expect 142',
    "newsletter schedule list",
    'newsletter schedule preview --rule "every monday at 09:00"',
)
