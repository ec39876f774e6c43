"""The facts about a person that a project declares in `[subscriber.fields]`: typed, and kept as JSON."""

from __future__ import annotations

import re
from datetime import datetime

from newsletter.config.model import AttributeField

Value = str | int | float | list[str]
_SEPARATORS = re.compile(r"\s*[;,|]\s*")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")
MAX_TEXT = 2000


def read_value(text: str, declared: AttributeField) -> Value | None:
    """Return what a text means as a value of a declared attribute; None when it does not fit.

    Dates are kept as ISO days; numbers may be written with a comma; several choices stand between , ; or |.
    """
    match declared.type:
        case "number":
            return _number(text)
        case "date":
            return _day(text)
        case "choice":
            return _choice(text, declared.choices)
        case "choices":
            found = [_choice(part, declared.choices) for part in _SEPARATORS.split(text) if part]
            return None if None in found else list(dict.fromkeys(filter(None, found)))
        case _:
            return text if len(text) <= MAX_TEXT else None


def write_value(value: object) -> str:
    """Return a value as a cell holds it; `read_value` is its inverse."""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return str(value)


def _number(text: str) -> int | float | None:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", plain):
        return None
    return float(plain) if "." in plain else int(plain)


def _day(text: str) -> str | None:
    day = text.split("T")[0].split(" ")[0]
    for form in _DATES:
        try:
            return datetime.strptime(day, form).date().isoformat()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def _choice(text: str, choices: tuple[str, ...]) -> str | None:
    """Return the declared choice that a text names, whatever its case."""
    if text in choices:
        return text
    return next((choice for choice in choices if choice.casefold() == text.casefold()), None)
