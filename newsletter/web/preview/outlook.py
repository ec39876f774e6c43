"""Roughly what Outlook for Windows shows of a mail: what its engine does not know is taken away.

Rough, and said so: Word's engine is not here. Style sheets go (it keeps little of them), conditional comments for it
are opened, and of each style attribute stays what caniemail's table does not call unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from newsletter.edition.check.clients import VALUES, facts

CLIENT = "outlook.windows"
#: what the table has under a name of its own, or not at all, and Word's engine drops
_DROPPED = frozenset(
    {"border-radius", "max-width", "box-shadow", "background-image", "background-size", "opacity", "text-shadow"}
)
_FOR_OTHERS = re.compile(
    r"<!--\[if !mso[^\]]*\]><!--.*?<!--<!\[endif\]-->|<!--\[if !mso[^\]]*\]>.*?<!\[endif\]-->", re.S
)
_FOR_IT = re.compile(r"<!--\[if[^\]]*\b(?:mso|gte mso|IE)\b[^\]]*\]>(.*?)<!\[endif\]-->", re.S)
_SHEET = re.compile(r"<style\b.*?</style>", re.S | re.I)
_STYLE = re.compile(r'(\sstyle=")([^"]*)(")')


def as_outlook(html: str) -> str:
    """Return a page as Outlook for Windows would roughly have it."""
    html = _FOR_OTHERS.sub("", html)
    html = _FOR_IT.sub(r"\1", html)
    html = _SHEET.sub("", html)
    return _STYLE.sub(lambda found: found[1] + kept(found[2]) + found[3], html)


def kept(style: str) -> str:
    """Return the declarations of a style attribute that are left."""
    return ";".join(declaration for declaration in style.split(";") if _is_known(declaration))


def _is_known(declaration: str) -> bool:
    name, _colon, value = declaration.partition(":")
    name, value = name.strip().lower(), value.replace("!important", "").strip().lower()
    if name in _DROPPED or name.startswith("-webkit-"):
        return False
    return not any(feature in unsupported() for feature in _features(name, value))


def _features(name: str, value: str) -> Iterator[str]:
    yield VALUES.get((name, value), f"css-{name}" if name not in ("position", "display") else "")
    if "gradient(" in value:
        yield "css-linear-gradient"


@cache
def unsupported() -> frozenset[str]:
    """Return every feature that the table says this client lacks."""
    features = facts()["features"]
    return frozenset(
        name for name, entry in features.items() if isinstance(entry, dict) and CLIENT in str(entry["n"]).split()
    )
