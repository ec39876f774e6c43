"""The filters of merge expressions: small, total functions of one reader's values.

Each takes all values (for the language), the value before the bar, and its arguments. None raises;
none makes more than `MAX_VALUE` characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

#: characters that one merge field can put into a mail
MAX_VALUE = 2_000

Values = Mapping[str, object]


def text_of(value: object) -> str:
    """Return a value as a reader sees it: nothing for nothing, a list with commas."""
    if isinstance(value, str):
        return value[:MAX_VALUE]
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, Sequence | set | frozenset):
        return ", ".join(text_of(item) for item in list(value)[:100])[:MAX_VALUE]
    return str(value)[:MAX_VALUE]


def is_empty(value: object) -> bool:
    """Say whether a value is missing: nothing, an empty or blank text, an empty list. Zero is not."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sequence | Mapping) and not value)


def _default(_values: Values, value: object, other: object = "") -> object:
    return other if is_empty(value) else value


def _upper(_values: Values, value: object) -> object:
    return text_of(value).upper()


def _lower(_values: Values, value: object) -> object:
    return text_of(value).lower()


def _capitalize(_values: Values, value: object) -> object:
    text = text_of(value)
    return text[:1].upper() + text[1:]


def _title(_values: Values, value: object) -> object:
    return text_of(value).title()


def _trim(_values: Values, value: object) -> object:
    return text_of(value).strip()


def _truncate(_values: Values, value: object, length: object = 255) -> object:
    text = text_of(value)
    most = length if isinstance(length, int) and length > 0 else 255
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _join(_values: Values, value: object, separator: object = ", ") -> object:
    items = value if isinstance(value, list | tuple) else [value]
    return text_of(separator).join(text_of(item) for item in items[:100])[:MAX_VALUE]


def _replace(_values: Values, value: object, old: object = "", new: object = "") -> object:
    before, after = text_of(old), text_of(new)
    return text_of(value).replace(before, after)[:MAX_VALUE] if before else text_of(value)


def _first(_values: Values, value: object) -> object:
    return value[0] if isinstance(value, Sequence) and value else None


def _last(_values: Values, value: object) -> object:
    return value[-1] if isinstance(value, Sequence) and value else None


def _length(_values: Values, value: object) -> object:
    return len(value) if isinstance(value, Sequence | Mapping) else 0


def _date(values: Values, value: object, form: object = "long") -> object:
    """Write a date in words, in the issue's language: « 1er décembre 2026 »."""
    day = _day(value)
    if day is None:
        return text_of(value)
    from babel.dates import format_date  # 20 ms, only where a date is merged

    language = _language(values)
    written = format_date(day, format=form if form in ("short", "medium", "long", "full") else "long", locale=language)
    if language.startswith("fr") and day.day == 1:
        written = written.replace("1 ", "1er ", 1)
    return written.replace(" ", "\u00a0") if form == "long" else written


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text_of(value)[:10])
    except ValueError:
        return None


def _language(values: Values) -> str:
    """Return the language of the issue that is filled, as Babel writes it."""
    issue = values.get("issue")
    wanted = issue.get("lang") if isinstance(issue, Mapping) else None
    return str(wanted or "fr-CA").replace("-", "_")


FILTERS: Mapping[str, Callable[..., object]] = {
    "default": _default,
    "d": _default,
    "upper": _upper,
    "lower": _lower,
    "capitalize": _capitalize,
    "title": _title,
    "trim": _trim,
    "truncate": _truncate,
    "join": _join,
    "replace": _replace,
    "first": _first,
    "last": _last,
    "length": _length,
    "date": _date,
}
