"""What a row says about a person's standing: on the list, never confirmed, left, bounced, complained.

Other tools say it in words (« cleaned »), in yes and no (`email_disabled`), or by a moment that is there or
not (`UNSUB_TIME`). A word that is not known is a fault of the row: nobody is subscribed on a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.audience.importing.tools import Tool


class Standing(IntEnum):
    """How a person stands; of two statements about one person the higher wins."""

    ACTIVE = 0
    #: never confirmed: no consent yet
    PENDING = 1
    #: the row itself says that they do not want it, without having left
    WITHOUT_CONSENT = 2
    UNSUBSCRIBED = 3
    BOUNCED = 4
    COMPLAINED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How one column is read."""

    column: int = -1
    #: word -> standing; a word that is not in it is a fault
    words: Mapping[str, Standing] = field(default_factory=dict)
    #: standing of a cell that says yes, or holds a moment
    yes: Standing = Standing.ACTIVE
    #: standing of a cell that says no
    no: Standing = Standing.ACTIVE
    #: a cell that says neither is a text about something else, not a fault
    lenient: bool = False


_A, _P, _W, _U, _B, _C = Standing
ACTIVE_WORDS = (
    "subscribed", "active", "actif", "enabled", "confirmed", "confirme", "confirmee", "abonne", "abonnee",
    "abonne e", "inscrit", "inscrite", "inscrit e", "valid", "valide", "regular", "opted in", "opt in", "optin",
    "subscriber", "current", "member", "membre",
)  # fmt: skip
PENDING_WORDS = (
    "pending", "unconfirmed", "non confirme", "non confirmee", "en attente", "a confirmer", "unactivated",
    "not confirmed", "awaiting confirmation", "validating", "non subscribed", "nonsubscribed", "not subscribed",
    "non abonne", "non abonnee", "non inscrit", "transactional", "transactionnel", "invited", "invite",
)  # fmt: skip
LEFT_WORDS = (
    "unsubscribed", "desabonne", "desabonnee", "desabonne e", "desinscrit", "desinscrite", "desinscrit e", "opted out",
    "opt out", "optout", "removed", "cancelled", "canceled", "annule", "annulee", "unsubscribe", "disabled",
    "desactive", "desactivee", "blocklisted", "blacklisted", "blackliste", "blackliste e", "blocked", "bloque",
    "bloquee", "archived", "archive", "deleted", "supprime", "supprimee", "inactive", "inactif", "inactive e",
    "retire", "retiree", "liste noire", "suppressed", "blocklist", "blacklist",
)  # fmt: skip
BOUNCED_WORDS = (
    "bounced", "cleaned", "bounce", "hard bounce", "hard bounced", "hardbounce", "hardbounced", "soft bounced",
    "undeliverable", "unreachable", "rebond", "rebondi", "rebondie", "invalid", "invalide", "erroneous", "rejete",
    "rejetee", "nettoye", "nettoyee", "malformed", "held",
)  # fmt: skip
COMPLAINED_WORDS = (
    "complained", "complaint", "spam", "marked as spam", "plainte", "spam complaint", "reported as spam", "plaignant",
    "abuse", "abuse complaint", "spam report", "spam reported", "signale comme spam",
)  # fmt: skip
WORDS: Mapping[str, Standing] = {
    **dict.fromkeys(ACTIVE_WORDS, _A),
    **dict.fromkeys(PENDING_WORDS, _P),
    **dict.fromkeys(LEFT_WORDS, _U),
    **dict.fromkeys(BOUNCED_WORDS, _B),
    **dict.fromkeys(COMPLAINED_WORDS, _C),
}
YES = frozenset({"yes", "y", "oui", "o", "true", "vrai", "1", "x", "t", "on", "checked", "coche"})
NO = frozenset({"no", "n", "non", "false", "faux", "0", "f", "off", "nil", "null", "none", "na", "n a", "unchecked"})
#: answers to a form's question (« Oui, j’accepte … »)
_AGREED = ("yes ", "oui ", "j accepte", "i agree", "i accept", "i consent", "je consens", "d accord")
_REFUSED = ("no ", "non ", "je refuse", "i do not", "i don t", "je n accepte pas")
#: « state » and « état » are left out: elsewhere than in a known export they are a place
_STATUS = (
    "status", "statut", "subscription status", "email status", "subscriber status", "statut d abonnement",
    "contact status", "statut du contact", "email marketing status", "subscription state", "list status",
    "email subscription status", "statut email", "statut e mail", "statut de l abonnement", "email marketing",
    "statut d inscription", "etat de l abonnement", "etat d abonnement", "statut abonnement", "member status",
)  # fmt: skip
#: columns of yes and no: headers, what yes means, what no means
_FLAGS: Sequence[tuple[tuple[str, ...], Standing, Standing]] = (
    (("unsubscribed", "unsubscribed at", "unsub time", "unsubscribe date", "unsubscribed on", "date unsubscribed",
      "unsubscription date", "unsubscribed date", "opted out", "opt out", "optout", "opt out date", "desabonne",
      "desabonnee", "desinscrit", "desinscrite", "date de desabonnement", "date de desinscription",
      "date desabonnement", "date desinscription", "blacklisted", "blocklisted", "blacklist", "blocklist",
      "blackliste", "email blacklisted",
      "emailblacklisted", "email blocklisted", "email disabled", "emails disabled", "liste noire", "do not email",
      "donotemail", "do not contact", "ne pas contacter", "suppressed", "email opt out", "deleted at", "desabonnement",
      "e mail blackliste", "email blackliste", "is unsubscribed", "unsubscribe time"), _U, _A),
    (("bounced", "bounced at", "clean time", "hard bounce", "hard bounced", "cleaned", "rebond", "bounce date",
      "hardbounced", "hard bounces", "is bounced", "bounce", "date de rebond"), _B, _A),
    (("complained", "complained at", "spam", "complaint", "complaint date", "plainte", "marked as spam",
      "spam complaint", "is complaint", "date de plainte"), _C, _A),
    (("subscribed", "is subscribed", "subscribed to emails", "abonne", "abonnee", "inscrit", "email subscribed",
      "newsletter subscribed", "email enabled", "is active", "enabled", "active", "actif"), _A, _U),
    (("opt in", "optin", "opted in", "consent", "consentement", "accepts marketing", "accepts email marketing",
      "marketing consent", "email consent", "consentement courriel", "email opt in", "email optin"), _A, _W),
    (("confirmed", "confirme", "confirmee", "email confirmed", "is confirmed", "double opt in", "double optin"),
     _A, _P),
)  # fmt: skip
#: columns that may be about something else: only a clear yes or no counts
_PERHAPS = ("newsletter", "infolettre", "bulletin", "verified", "email verified", "consent", "consentement", "spam",
            "active", "actif", "enabled", "bounce")  # fmt: skip


def rules_for(folded: Sequence[str], tool: Tool | None) -> tuple[Rule, ...]:
    """Return how the columns of a file that speak of standing are read."""
    reads = tool.reads if tool is not None else {}
    rules = [replace(reads[header], column=at) for at, header in enumerate(folded) if header in reads]
    taken = {rule.column for rule in rules}
    for column, header in enumerate(folded):
        if column in taken or (tool is not None and header in tool.silent):
            continue
        if header in _STATUS:
            rules.append(Rule(column=column, words={**WORDS, **(tool.words if tool is not None else {})}))
        for headers, yes, no in _FLAGS:
            if header in headers:
                rules.append(Rule(column=column, yes=yes, no=no, lenient=header in _PERHAPS))
        if header in ("newsletter", "infolettre", "bulletin"):
            rules.append(Rule(column=column, no=Standing.WITHOUT_CONSENT, lenient=True))
    return tuple(rules)


def reader(rules: Sequence[Rule], fold: Callable[[str], str]) -> Callable[[Sequence[str]], Standing | None]:
    """Return the function that reads a row's standing; it gives None where a cell says what nobody knows."""
    readers = [(rule.column, _cached(rule, fold)) for rule in rules]

    def read(cells: Sequence[str]) -> Standing | None:
        worst = Standing.ACTIVE
        for column, say in readers:
            said = say(cells[column])
            if said is None:
                return None
            if said > worst:
                worst = said
        return worst

    return read


def _cached(rule: Rule, fold: Callable[[str], str]) -> Callable[[str], Standing | None]:
    """Read one column, remembering: a million rows say the same few words."""

    @lru_cache(maxsize=1024)
    def say(cell: str) -> Standing | None:
        return _said(rule, fold(cell))

    return say


def _said(rule: Rule, cell: str) -> Standing | None:
    if not cell:
        return Standing.ACTIVE
    if cell in rule.words:
        return rule.words[cell]
    if rule.words:
        return None
    if cell in NO or cell.startswith(_REFUSED):
        return rule.no
    if cell in YES or cell.startswith(_AGREED):
        return rule.yes
    if cell in WORDS and not rule.lenient:
        return WORDS[cell]
    if any(map(str.isdigit, cell)):  # a moment, or how many times
        return rule.yes
    return Standing.ACTIVE if rule.lenient else None
