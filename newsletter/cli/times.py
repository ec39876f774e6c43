"""Lengths of time as options take them: `60s`, `2 min`, `1h`, or plain seconds."""

from __future__ import annotations

import re

import click

from newsletter.language import _

_LENGTH = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>s|sec|m|min|h|d|j)?", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "j": 86400}


class Seconds(click.ParamType[float]):
    """A length of time, in seconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it; what is none is a usage error."""
        if isinstance(value, int | float):
            return float(value)
        found = _LENGTH.fullmatch(str(value).strip())
        if found is None:
            self.fail(_("“{value}” is not a length of time such as 60s or 5 min").format(value=value), param, ctx)
        return float(found["number"].replace(",", ".")) * _SECONDS[(found["unit"] or "").lower()]


SECONDS = Seconds()
