"""Event blocks: local times as people write them become aware instants in the event's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.issue.context import Context
from newsletter.issue.document import Block, Event
from newsletter.issue.fields import Fields
from newsletter.issue.shapes import Place
from newsletter.language import _

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_TIME = re.compile(r"([01]?\d|2[0-3])(?::|\s?h\s?)([0-5]\d)?\Z")
_HOURS = re.compile(r"(?<=\d)[ T](\d{1,2})\s?h\s?(\d\d)?\Z")


def event_block(fields: Fields, place: Place, context: Context) -> Block | None:
    """Make an event; None, with findings, when its times cannot be read."""
    times = _Times(fields=fields, context=context)
    zone = times.zone()
    start = times.moment("start", zone)
    if start is None:
        return None
    end = times.end(start, zone)
    context.shared.counts.events += 1
    return Event(
        line=place.line,
        path=place.path,
        title=fields.text("title"),
        start=start,
        end=end,
        tz=zone.key,
        all_day=_DATE.match(fields.text("start")) is not None or fields.texts.get("all_day") is True,
        location=fields.text("location"),
        url=fields.text("url"),
        text=fields.text("text"),
        uid=fields.text("uid") or f"{context.shared.slug}-{context.shared.counts.events}",
    )


@dataclass(frozen=True, kw_only=True)
class _Times:
    """The times among an event's fields."""

    fields: Fields
    context: Context

    def zone(self) -> ZoneInfo:
        """Return the event's time zone; the project's, with a finding, when there is no such zone."""
        usual = self.context.shared.options.tz
        try:
            return ZoneInfo(self.fields.text("tz") or usual)
        except (KeyError, ValueError, OSError):
            hint = _("A zone looks like America/Toronto.")
            self._report("tz", _("there is no time zone « {value} »"), hint=hint)
        return ZoneInfo(usual)

    def moment(self, key: str, zone: ZoneInfo) -> datetime | None:
        """Read a date with a time, a date alone, or an instant with its own offset."""
        read = _local(self.fields.text(key))
        if read is None:
            hint = _("Write it as 2026-12-12 09:00.")
            self._report(key, _("« {value} » is no date and time"), hint=hint)
            return None
        if read.tzinfo is not None:
            return read.astimezone(zone)
        local = read.replace(tzinfo=zone)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != read:
            hint = _("The clock goes forward in that hour; choose another.")
            self._report(key, _("« {value} » does not exist in this time zone"), hint=hint)
        return local

    def end(self, start: datetime, zone: ZoneInfo) -> datetime | None:
        """Read the end: like the start, or a time alone, which is the next such time after the start."""
        text = self.fields.text("end")
        if not text:
            return None
        hour = _TIME.match(text)
        if hour:
            at = datetime.combine(start.date(), time(int(hour[1]), int(hour[2] or 0)), tzinfo=zone)
            return at if at > start else at + timedelta(days=1)
        end = self.moment("end", zone)
        if end is not None and end < start:
            self._report("end", _("« {value} » is before the beginning"))
            return None
        return end

    def _report(self, key: str, message: str, *, hint: str | None = None) -> None:
        message = message.format(value=self.fields.text(key))
        self.context.report.at(self.fields.nodes[key], "NL205", message, hint=hint)


def _local(text: str) -> datetime | None:
    """Read a date and time as people write them, in the years that people mean."""
    text = _HOURS.sub(lambda found: f" {int(found[1]):02d}:{found[2] or '00'}", text)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if 1900 <= read.year <= 2500 else None
