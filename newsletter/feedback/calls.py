"""The calls of providers: each is checked on its exact bytes before anything looks into them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from newsletter.errors import RefusedError, UsageError
from newsletter.feedback.webhooks import sendgrid
from newsletter.language import _

HEADER_OCTETS = 64_000


def verify_webhook(
    *, provider: str, public_key: str, headers: bytes, body: bytes, at: float = 0, max_age: float | None = None
) -> bool:
    """Tell whether a recorded call is the provider's: the webhook's own check, from the shell.

    `headers` is text as recorded: `Name: value` lines, or a JSON object. Without `max_age` (seconds before
    `at`, which is then needed) a call of any age passes. Raises UsageError for an unknown provider.
    """
    if provider != "sendgrid":
        raise UsageError(_("Calls of this provider can not be checked with a public key."))
    try:
        sendgrid.verify(recorded_headers(headers), body, public_key=public_key, at=at, max_age=max_age)
    except RefusedError:
        return False
    return True


def recorded_headers(recorded: bytes) -> dict[str, str]:
    """Read recorded headers; names come in lower case. One that stands twice with two values is left out."""
    text = recorded[:HEADER_OCTETS].decode("utf-8", "replace").strip()
    found: dict[str, set[str]] = {}
    for name, value in _pairs(text):
        found.setdefault(name.strip().lower(), set()).add(value.strip())
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def _pairs(text: str) -> list[tuple[str, str]]:
    if not text.startswith("{"):
        return [(name, value) for name, _colon, value in (line.partition(":") for line in text.splitlines())]
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [(str(name), str(value)) for name, value in read.items()] if isinstance(read, Mapping) else []
