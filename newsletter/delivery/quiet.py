"""Hours in which no mail leaves, in the project's own zone: `22:00-07:00`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_for(moment: datetime, hours: str, zone: str) -> float:
    """Return how many seconds of quiet are left at `moment`: 0 when mail may leave.

    `hours` is `HH:MM-HH:MM` of wall time, over midnight when the second is earlier; empty is never.
    """
    if not hours:
        return 0.0
    start, end = (time.fromisoformat(part) for part in hours.split("-"))
    local = moment.astimezone(ZoneInfo(zone))
    if not _within(local.time(), start, end):
        return 0.0
    until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0, fold=0)
    if until.time() <= local.time():
        until += timedelta(days=1)
    # compared as instants: the night of a clock change is an hour longer or shorter
    return max(0.0, until.timestamp() - moment.timestamp())


def _within(wall: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= wall < end
    return wall >= start or wall < end
