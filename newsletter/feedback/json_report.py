"""Amazon SES tells of bounces and complaints in JSON also by mail, bare or in a message of SNS."""

from __future__ import annotations

import json

from newsletter.errors import RefusedError
from newsletter.feedback.event import Event
from newsletter.feedback.mail import Mail
from newsletter.feedback.webhooks import ses_events

#: either stands in every notification, its quotes escaped when it is wrapped
MARKS = ("notificationType", "eventType")


def read_json(mail: Mail) -> list[Event]:
    """Return what a notification in a mail's text tells; empty where there is none."""
    start = mail.notice.find("{")
    if start < 0 or not any(mark in mail.notice for mark in MARKS):
        return []
    try:
        found = _loose(mail.notice[start:])
        inner = found.get("Message") if isinstance(found, dict) else None
        told = _loose(inner) if isinstance(inner, str) else found
        return ses_events.parse(json.dumps(told), received_at=0.0)
    except (ValueError, RecursionError, RefusedError):
        return []


def _loose(text: str) -> object:
    """Read the JSON that a text begins with, also where a mail program broke its lines."""
    found: object = json.JSONDecoder(strict=False).raw_decode(text)[0]
    return found
