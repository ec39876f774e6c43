"""Other tools' exports, recognised by their headers, and what their words mean there.

Most of what they say is read as everywhere (`standing`); here is what one of them says differently.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.audience.importing.rules import Rule, Tool
from newsletter.audience.importing.words import WORDS, Standing

_A, _P = Standing.ACTIVE, Standing.PENDING


def _either(*signatures: str) -> Sequence[frozenset[str]]:
    return [frozenset(signature.split(", ")) for signature in signatures]


#: still getting mail, paid or not; `unactivated` never confirmed, `spammy` was never let in
_BUTTONDOWN = {
    **WORDS,
    **dict.fromkeys(("regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused"), _A),
    **dict.fromkeys(("past due", "upcoming"), _A),
    **dict.fromkeys(("unactivated", "spammy"), _P),
}
#: « inactive » never confirmed; « cold » does not open its mail, and was not asked to leave
_KIT = {"inactive": _P, "cold": _A}
_BREVO_DOUBLE_OPT_IN = {"1": _A, "yes": _A, "oui": _A, "true": _A, "2": _P, "no": _P, "non": _P, "false": _P}

TOOLS: Sequence[Tool] = (
    Tool(
        name="infolettre",
        signatures=_either("email, lang, status, consent, consent basis, consent source, consent obtained"),
        silent=frozenset({"consent"}),
    ),
    Tool(
        name="mailchimp",
        signatures=_either("member rating", "leid, euid", "optin time, confirm time", "unsub time", "clean time"),
    ),
    Tool(
        name="substack",
        signatures=_either(
            "email, active subscription, email disabled",
            "email, active subscription, expiry, plan",
            "email, stripe plan, start date",
            "email, subscription type, subscription status",
        ),
        silent=frozenset({"cancel date", "type", "active subscription"}),
    ),
    Tool(
        name="ghost",
        signatures=_either("email, subscribed to emails", "email, complimentary plan, stripe customer id"),
    ),
    Tool(
        name="buttondown",
        signatures=_either(
            "email, subscriber type",
            "email, type, creation date",
            "email address, type, creation date",
            "email address, subscriber type",
            "email address, notes, metadata, tags",
            "email, notes, metadata, tags",
        ),
        reads={"subscriber type": Rule(words=_BUTTONDOWN), "type": Rule(words=_BUTTONDOWN)},
    ),
    Tool(
        name="brevo",
        signatures=_either(
            "email, double opt in",
            "email, opt in, sms",
            "email, added time, modified time",
            "email, email blacklisted",
            "email, prenom, nom, sms",
            "email, firstname, lastname, sms",
            "contact id, email",
            "id contact, email",
            "email, subscribed, blocklisted, email campaigns",
        ),
        reads={"double opt in": Rule(words=_BREVO_DOUBLE_OPT_IN)},
    ),
    Tool(
        name="listmonk",
        signatures=_either("uuid, email, name, attributes, status", "email, name, attributes, status"),
    ),
    Tool(name="keila", signatures=_either("email, first name, last name, data")),
    Tool(
        name="kit",
        signatures=_either(
            "first name, email, created at, status",
            "first name, email, created at, state",
            "first name, email address, created at, status",
            "first name, email address, created at, state",
            "subscriber id, email, state",
            "email address, first name, state, created at",
        ),
        words=_KIT,
        reads={"state": Rule(words={**WORDS, **_KIT})},
    ),
    Tool(
        name="beehiiv",
        signatures=_either(
            "email, status, utm source",
            "email, status, tier",
            "email, status, subscription tier",
            "email, status, referral code",
            "email, subscriber id, status, created at",
        ),
        words={"needs attention": _P},
    ),
    Tool(
        name="sendy",
        signatures=_either(
            "name, email, last activity",
            "name, email, unsubscribed, bounced",
            "name, email, unsubscribed, bounced, complaint",
            "name, email, timestamp, status",
        ),
    ),
)


def tool_of(folded: Sequence[str]) -> Tool | None:
    """Return the tool whose signature a header holds; of several the one that asks for most."""
    headers = set(folded)
    best: tuple[int, Tool | None] = (0, None)
    for tool in TOOLS:
        size = max((len(signature) for signature in tool.signatures if signature <= headers), default=0)
        if size > best[0]:
            best = (size, tool)
    return best[1]
