"""What stands in one cell: an address in the ways people write one, a text, a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from newsletter.audience.address import AddressError, AddressFault, split
from newsletter.audience.formulas import unguarded
from newsletter.audience.importing.outcomes import Why

#: marks that come along when a text is copied, and are not part of it
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_STRIP = " \t\r\n\v\f\u00a0\u202f\u2009" + _INVISIBLE
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>[,;]?")
_SEVERAL = re.compile(r"[^\s,;:/|]+@[^\s,;:/|]+[\s,;:/|]+[^\s,;:/|]+@")
_PAIRS = ('""', "''", "“”", "«»", "()", "[]")
_WHYS = {
    AddressFault.EMPTY: Why.NO_ADDRESS,
    AddressFault.SYNTAX: Why.INVALID_ADDRESS,
    AddressFault.LOOKALIKE: Why.MIXED_SCRIPT,
}
#: words for languages beside their codes
_LANGUAGES = {
    "francais": "fr", "french": "fr", "anglais": "en", "english": "en", "espagnol": "es", "spanish": "es",
    "francophone": "fr", "anglophone": "en", "f": "fr", "e": "en", "a": "en",
}  # fmt: skip


def clean(text: str) -> str:
    """Return a cell's text: trimmed, in NFC, and without the apostrophe that guards it (taken off once)."""
    if text.isascii():
        text = text.strip()
        return text if text[:1] != "'" else unguarded(text).strip()
    text = unicodedata.normalize("NFC", text.strip(_STRIP))
    return text if text[:1] != "'" else unguarded(text).strip(_STRIP)


#: local part, domain, domain in ASCII
Parts = tuple[str, str, str]


def address_in(cell: str) -> tuple[Parts | Why, str]:
    """Return the address in a cell, or why there is none, and the name written with it.

    `Zoé <zoe@exemple.org>`, `<zoe@exemple.org>` and `mailto:zoe@exemple.org` are ways to write one.
    """
    try:
        return split(cell), ""
    except AddressError:
        return _written_otherwise(cell)


def _written_otherwise(cell: str) -> tuple[Parts | Why, str]:
    text = clean(cell)
    if not text:
        return Why.NO_ADDRESS, ""
    name = ""
    if named := _NAMED.fullmatch(text):
        name, text = named["name"].strip(" \"'"), named["address"].strip(_STRIP)
    try:
        return split(_bare(text)), clean(name)
    except AddressError as error:
        return (Why.SEVERAL_ADDRESSES if _SEVERAL.search(text) else _WHYS[error.fault]), ""


def _bare(text: str) -> str:
    """Return an address without what a copied link or list puts around it: `mailto:`, quotes, a last comma."""
    text = text.rstrip(",;" + _STRIP)
    if text[:1] + text[-1:] in _PAIRS:
        text = text[1:-1].strip(_STRIP)
    if text[:7].lower() == "mailto:":
        text = text[7:].split("?", 1)[0]
    return text


def language_reader(languages: tuple[str, ...], default: str) -> Callable[[str], str]:
    """Return the function that reads a language cell: the nearest of the project's, else the default."""
    nearest = {language.split("-")[0]: language for language in reversed(languages)}

    @lru_cache(maxsize=256)
    def read(cell: str) -> str:
        word = clean(cell).replace("_", "-")
        exact = next((language for language in languages if language.lower() == word.lower()), None)
        if exact:
            return exact
        plain = (
            unicodedata.normalize("NFKD", word.split("-")[0].split(" ")[0]).encode("ascii", "ignore").decode().lower()
        )
        return nearest.get(_LANGUAGES.get(plain, plain), default)

    return read


def is_control(letter: str) -> bool:
    """Tell whether a character has no place in a name: it could break a header or a line."""
    return unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn")


@lru_cache(maxsize=1024)
def zone(cell: str) -> str:
    """Return a time zone's name, or nothing when there is no such zone."""
    from zoneinfo import available_timezones  # reads the zone tables: only for files with such a column

    name = clean(cell)
    return name if name in available_timezones() else ""
