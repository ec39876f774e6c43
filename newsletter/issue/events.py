"""Event blocks: local times as people write them become aware instants in the event's zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.issue.context import Context
from newsletter.issue.document import Block, Event
from newsletter.issue.fields import Fields
from newsletter.issue.shapes import Place
from newsletter.issue.yaml_tree import Scalar
from newsletter.language import _

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_TIME = re.compile(r"([01]?\d|2[0-3])(?::|\s?h\s?)([0-5]\d)?\Z")
_HOURS = re.compile(r"(?<=\d)[ T](\d{1,2})\s?h\s?(\d\d)?\Z")


def event_block(fields: Fields, place: Place, context: Context) -> Block | None:
    """Make an event; None, with findings, when its times cannot be read."""
    zone, name = _zone(fields, context)
    start = _moment("start", fields, zone, context)
    if start is None:
        return None
    end = _end(fields, start, zone, context)
    context.shared.counts.events += 1
    return Event(
        line=place.line,
        path=place.path,
        title=fields.text("title"),
        start=start,
        end=end,
        tz=name,
        all_day=_is_date(fields, "start") or fields.texts.get("all_day") is True,
        location=fields.text("location"),
        url=fields.text("url"),
        text=fields.text("text"),
        uid=fields.text("uid") or f"{context.shared.slug}-{context.shared.counts.events}",
    )


def _zone(fields: Fields, context: Context) -> tuple[ZoneInfo, str]:
    name = fields.text("tz") or context.shared.options.tz
    try:
        return ZoneInfo(name), name
    except (KeyError, ValueError, OSError):
        _report("tz", fields, context, _("there is no time zone « {value} »"), _("A zone looks like America/Toronto."))
    return ZoneInfo(context.shared.options.tz), context.shared.options.tz


def _is_date(fields: Fields, key: str) -> bool:
    return _DATE.match(fields.text(key)) is not None


def _moment(key: str, fields: Fields, zone: ZoneInfo, context: Context) -> datetime | None:
    """Read a date with a time, a date alone, or an instant with its own offset."""
    text = _HOURS.sub(lambda found: f" {int(found[1]):02d}:{found[2] or '00'}", fields.text(key))
    try:
        read = datetime.fromisoformat(text)
        if not 1900 <= read.year <= 2500:
            raise ValueError(text)  # noqa: TRY301  one answer for what nobody means
    except ValueError:
        hint = _("Write it as 2026-12-12 09:00.")
        _report(key, fields, context, _("« {value} » is no date and time"), hint)
        return None
    if read.tzinfo is not None:
        return read.astimezone(zone)
    local = read.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != read:
        hint = _("The clock goes forward in that hour; choose another.")
        _report(key, fields, context, _("« {value} » does not exist in this time zone"), hint)
    return local


def _end(fields: Fields, start: datetime, zone: ZoneInfo, context: Context) -> datetime | None:
    """Read the end: like the start, or a time alone, which is on the day of the start."""
    text = fields.text("end")
    if not text:
        return None
    hour = _TIME.match(text)
    if hour:
        at = time(int(hour[1]), int(hour[2] or 0))
        end: datetime | None = datetime.combine(start.date(), at, tzinfo=zone)
        if end is not None and end <= start:
            end += timedelta(days=1)
    else:
        end = _moment("end", fields, zone, context)
    if end is not None and end < start:
        _report("end", fields, context, _("« {value} » is before the beginning"), None)
        return None
    return end


def _report(key: str, fields: Fields, context: Context, message: str, hint: str | None) -> None:
    node = fields.nodes.get(key)
    line, column, length = (node.line, node.column, 0) if node else (1, 1, 0)
    if isinstance(node, Scalar):
        length = node.length
    message = message.format(value=fields.text(key))
    context.report.add("NL205", message, line=line, column=column, length=length, hint=hint)
