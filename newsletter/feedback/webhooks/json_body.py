"""Facts out of a provider's JSON, whatever types they come in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from newsletter.errors import RefusedError
from newsletter.language import _

LONGEST = 4_000
#: 2001 and 2100: a time outside is taken for a fault of the clock
EARLIEST, LATEST = 978_307_200, 4_102_444_800


def read(body: bytes) -> object:
    """Read JSON; raises RefusedError for anything else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(_("The call's body is not JSON.")) from None


def objects(body: bytes) -> list[Mapping[str, object]]:
    """Return the objects of a JSON array, or one object as the only one; raises RefusedError for another shape."""
    found = read(body)
    items = found if isinstance(found, list) else [found]
    objects: list[Mapping[str, object]] = [item for item in items if isinstance(item, dict)]
    if len(objects) < len(items):
        raise RefusedError(_("The call's body is not a list of events."))
    return objects


def text(item: Mapping[str, object], name: str) -> str:
    """Return a text or a number as text, bounded; an empty text for anything else."""
    value = item.get(name, "")
    if type(value) is str:  # JSON knows no other; read ten times an event
        return value if len(value) <= LONGEST else value[:LONGEST]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def integer(item: Mapping[str, object], name: str) -> int:
    """Return a whole number from 1 to 2^31, given as a number or as digits; 0 for anything else."""
    return whole(text(item, name))


def whole(value: str) -> int:
    """Return a whole number from 1 to 2^31 of its digits; 0 for anything else."""
    number = int(value) if value.isascii() and value.isdecimal() and len(value) <= 10 else 0
    return number if number < 2**31 else 0


def moment(item: Mapping[str, object], name: str, otherwise: float) -> float:
    """Return a time in seconds since 1970, given so or in ISO 8601; `otherwise` when it makes no sense."""
    value = item.get(name)
    if type(value) is int and EARLIEST <= value <= LATEST:
        return float(value)
    seconds = _seconds(text(item, name))
    return seconds if math.isfinite(seconds) and EARLIEST <= seconds <= LATEST else otherwise


def inside(item: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return an object within an object; an empty one for anything else."""
    value = item.get(name)
    return value if isinstance(value, Mapping) else {}


def each(item: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """Return the objects of a list within an object."""
    value = item.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return _iso(value)


def _iso(value: str) -> float:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return 0.0
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return 0.0
