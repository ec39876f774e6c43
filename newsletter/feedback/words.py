"""What came back, in the words of the call's language."""

from __future__ import annotations

from newsletter.feedback.reading import Kind, Reading, Recipient
from newsletter.feedback.verdict import Verdict
from newsletter.language import _


def kind_word(kind: Kind) -> str:
    """Say what a message is."""
    return {
        Kind.BOUNCE: _("bounce"),
        Kind.COMPLAINT: _("complaint"),
        Kind.AUTOREPLY: _("automatic reply"),
        Kind.DELIVERED: _("confirmation of delivery"),
        Kind.NONE: _("no report"),
    }[kind]


def verdict_word(verdict: Verdict) -> str:
    """Say what a refusal means for the person."""
    return {
        Verdict.HARD: _("for good"),
        Verdict.SOFT: _("for now"),
        Verdict.POLICY: _("not the person's fault"),
    }[verdict]


def reading_line(reading: Reading, *, show_addresses: bool) -> str:
    """Say what one message is, in one line."""
    facts = "; ".join(_about(person, show_addresses=show_addresses) for person in reading.recipients)
    return kind_word(reading.kind) + (f" ({facts})" if facts.strip("; ") else "")


def _about(person: Recipient, *, show_addresses: bool) -> str:
    words = (
        person.address if show_addresses else "",
        verdict_word(person.verdict) if person.verdict else "",
        person.status,
        reason_word(person.reason) if person.verdict else person.reason,
    )
    return ", ".join(word for word in words if word)


def reason_word(reason: str) -> str:
    """Say why mails came back, for a person."""
    words = {
        "unknown_user": _("unknown address"),
        "unknown_host": _("unknown domain"),
        "moved": _("moved elsewhere"),
        "mailbox_full": _("mailbox full"),
        "disabled": _("account closed for now"),
        "filtered": _("refused by the reader's rules"),
        "expired": _("not reachable for days"),
        "delayed": _("still being tried"),
        "temporary": _("asked to come again later"),
        "network": _("server not reachable"),
        "system": _("fault of the receiving server"),
        "too_big": _("mail too large"),
        "spam": _("taken for spam"),
        "blocked": _("sender or network blocked"),
        "authentication": _("sender not authenticated"),
        "content": _("content refused"),
        "relaying": _("server does not relay"),
        "sender": _("sender's address refused"),
    }
    return words.get(reason, _("no reason given"))
