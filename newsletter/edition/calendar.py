"""Events as calendar files (iCalendar, RFC 5545), with the time zone spelt out and a UID that stays.

The same event always gives the same bytes: its DTSTAMP is its own start, as rendering knows no clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from newsletter.edition.edition import Attachment
from newsletter.edition.escaping import one_line
from newsletter.issue.document import Event


def calendar_file(event: Event, *, organisation: str, host: str) -> Attachment:
    """Make an event a file that any calendar takes; `host` is what its UID ends with."""
    # 60 ms; only issues with an event need it
    from icalendar import Calendar, vText
    from icalendar import Event as Entry

    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(organisation) or 'Infolettre'}//infolettre//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entry = Entry()
    entry.add("uid", f"{event.uid or _slug(event.title)}@{host or 'infolettre.invalid'}")
    entry.add("dtstamp", event.start.astimezone(UTC))
    entry.add("summary", one_line(event.title))
    start, end = _span(event)
    entry.add("dtstart", start)
    if end is not None:
        entry.add("dtend", end)
    if event.location:
        entry.add("location", one_line(event.location))
    if event.text:
        entry.add("description", event.text)
    if event.url:
        entry["url"] = vText(one_line(event.url))
    calendar.add_component(entry)
    if not event.all_day:
        calendar.add_missing_timezones(
            first_date=event.start.date(), last_date=(event.start + timedelta(days=366)).date()
        )
    return Attachment(
        filename=f"{_slug(event.title)}.ics",
        media_type="text/calendar",
        content=bytes(calendar.to_ical()),
    )


def _span(event: Event) -> tuple[object, object]:
    """Return start and end as RFC 5545 wants them: whole days end on the day after."""
    if event.all_day:
        last = (event.end or event.start).date()
        return event.start.date(), last + timedelta(days=1)
    end: datetime | None = event.end
    return event.start, end


def _slug(title: str) -> str:
    from unicodedata import normalize

    plain = normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "evenement"
