"""What others say about our recipients, made fit to be kept: no address in it, one line, not too long."""

from __future__ import annotations

import re

#: characters of a text that is kept
KEPT = 400
_ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]]*(?:@|%40|=40)[^\s<>\"'(),;\[\]]+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def redacted(text: str, *secrets: str) -> str:
    """Return `text` without addresses, without `secrets`, on one line, and not too long to be kept."""
    for secret in secrets:
        if secret and secret in text:
            text = text.replace(secret, "…")
    if "@" in text or "40" in text:
        text = _ADDRESS.sub("…", text)
    return (text if text.isprintable() else _CONTROL.sub(" ", text))[:KEPT]
