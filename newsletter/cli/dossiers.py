"""What is held of somebody, said to a person: headings and words in the language of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from newsletter.language import _
from newsletter.project.words import standing_words

if TYPE_CHECKING:
    from newsletter.audience.dossier import Dossier, Happening


def dossier_lines(held: Dossier, *, show: bool) -> Iterator[str]:
    """Yield everything that is held, part by part; name and address only when they are to be shown."""
    profile = {name: value for name, value in held.profile.items() if show or name not in ("address", "name")}
    yield _("What is held")
    yield from (f"  {_word(name)}: {_value(value)}" for name, value in profile.items() if _value(value))
    parts = {
        _("Subscriptions"): held.subscriptions,
        _("Consents"): held.consents,
        _("Suppressions"): held.suppressions,
        _("Requests"): held.requests,
        _("Mails"): held.deliveries,
        _("Events"): held.events,
    }
    for title, facts in parts.items():
        if facts:
            yield title
            yield from (f"  {facts_line(fact, show=show)}" for fact in facts)


def history_line(one: Happening) -> str:
    """Return a line of somebody's history: when, what, and what is known of it."""
    words = {
        "subscribed": _("subscribed"),
        "ended": _("ended"),
        "consent": _("consent"),
        "suppressed": _("suppressed"),
        "delivery": _("mail"),
        "event": _("event"),
    }
    return f"{one.at[:16].replace('T', ' '):<16}  {words.get(one.what, one.what):<12}  {facts_line(one.facts)}"


def facts_line(fact: Mapping[str, object], *, show: bool = False) -> str:
    """Return what is said of something, without what is empty."""
    left_out = {"hash", "at", *(() if show else ("address", "name"))}
    given = ((name, _value(value)) for name, value in fact.items() if name not in left_out)
    return ", ".join(f"{_word(name)}: {value}" for name, value in given if value)


def _value(value: object) -> str:
    """Return a value as people read it; times lose their seconds."""
    if value in (None, "", {}, []):
        return ""
    text = str(value)
    if text in (known := _standings()):
        return known[text]
    return text[:16].replace("T", " ") if len(text) > 16 and text[10:11] == "T" and text[4:5] == "-" else text


def _standings() -> dict[str, str]:
    """Return the words for what stands in a column of states and kinds."""
    return {
        **standing_words(),
        "express": _("express"),
        "implied": _("implied"),
        "withdrawn": _("withdrawn"),
        "unsubscribed": _("unsubscribed"),
        "bounced": _("bounced"),
        "complained": _("complained"),
        "forgotten": _("forgotten"),
    }


def _word(name: str) -> str:
    words = {
        "key": _("key"),
        "address": _("address"),
        "name": _("name"),
        "lang": _("language"),
        "tz": _("time zone"),
        "fields": _("fields"),
        "since": _("since"),
        "paused_until": _("paused until"),
        "list": _("list"),
        "lists": _("lists"),
        "status": _("status"),
        "state": _("state"),
        "ended": _("ended"),
        "ended_reason": _("reason"),
        "reason": _("reason"),
        "consent_until": _("consent until"),
        "kind": _("kind"),
        "basis": _("basis"),
        "purpose": _("purpose"),
        "wording": _("wording"),
        "source": _("source"),
        "obtained_at": _("obtained"),
        "expires_at": _("expires"),
        "proof": _("proof"),
        "created_at": _("asked"),
        "send": _("send"),
        "send_id": _("send"),
        "issue": _("issue"),
        "sent": _("sent"),
        "verdict": _("verdict"),
    }
    return words.get(name, name)
