"""Names made from texts: slugs of files, anchors of headings, the language suffix of a file."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

_SUFFIX = re.compile(r"(.+)\.([a-z]{2,3}(?:-[A-Za-z]{2})?)\Z")


def slug_of(name: str) -> str:
    """Return a name as a slug: `Première infolettre` is `premiere-infolettre`; never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "issue"


def split_name(path: PurePath, prefixes: frozenset[str]) -> tuple[str, str]:
    """Return a file's name without suffixes, and its language suffix (`x.fr.md`: `x`, `fr`) where it is one.

    `prefixes` are the languages that count, without their country: `x.v2.md` is no translation.
    """
    stem = path.stem
    found = _SUFFIX.match(stem)
    if found and found[2].split("-")[0].lower() in prefixes:
        return found[1], found[2]
    return stem, ""


def anchor_of(text: str) -> str:
    """Return a heading's anchor, as GitHub makes it, so that links written for there work here."""
    kept = "".join(sign for sign in text.strip().lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")
