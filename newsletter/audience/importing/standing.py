"""What a row says about a person's standing: on the list, never confirmed, left, bounced, complained.

Other tools say it in words (« cleaned »), in yes and no (`email_disabled`), or by a moment that is there or
not (`UNSUB_TIME`). A word that is not known is a fault of the row: nobody is subscribed on a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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

    column: int
    #: word -> standing; a word that is not in it is a fault
    words: Mapping[str, Standing] = field(default_factory=dict)
    #: standing of a cell that says yes, or holds a moment
    yes: Standing | None = None
    #: standing of a cell that says no
    no: Standing | None = None


_A, _P, _W, _U, _B, _C = Standing
ACTIVE_WORDS = (
    "subscribed", "active", "actif", "enabled", "confirmed", "confirme", "confirmee", "abonne", "abonnee",
    "abonne e", "inscrit", "inscrite", "valid", "valide", "regular", "opted in", "opt in", "optin", "subscriber",
    "current",
)  # fmt: skip
PENDING_WORDS = (
    "pending", "unconfirmed", "non confirme", "non confirmee", "en attente", "a confirmer", "unactivated",
    "not confirmed",
    "awaiting confirmation", "validating", "non subscribed", "nonsubscribed", "not subscribed", "transactional",
)  # fmt: skip
LEFT_WORDS = (
    "unsubscribed", "desabonne", "desabonnee", "desinscrit", "desinscrite", "opted out", "opt out", "optout", "removed",
    "cancelled", "canceled", "unsubscribe", "disabled", "blocklisted", "blacklisted", "blocked", "archived", "deleted",
    "inactive", "inactif", "retire", "liste noire", "suppressed",
)  # fmt: skip
BOUNCED_WORDS = (
    "bounced", "cleaned", "bounce", "hard bounce", "hard bounced", "undeliverable", "unreachable", "rebond", "rebondi",
    "invalid", "invalide", "erroneous", "rejete", "nettoye", "soft bounced", "hardbounced",
)  # fmt: skip
COMPLAINED_WORDS = (
    "complained", "complaint", "spam", "marked as spam", "plainte", "spam complaint", "reported as spam", "plaignant",
    "abuse", "spammed",
)  # fmt: skip
WORDS: Mapping[str, Standing] = {
    **dict.fromkeys(ACTIVE_WORDS, _A),
    **dict.fromkeys(PENDING_WORDS, _P),
    **dict.fromkeys(LEFT_WORDS, _U),
    **dict.fromkeys(BOUNCED_WORDS, _B),
    **dict.fromkeys(COMPLAINED_WORDS, _C),
}
YES = frozenset({"yes", "y", "oui", "o", "true", "vrai", "1", "x", "t", "on"})
NO = frozenset({"no", "n", "non", "false", "faux", "0", "f", "off", "nil", "null", "none"})
#: « state » and « état » are left out: elsewhere than in a known export they are a place
_STATUS = ("status", "statut", "subscription status", "email status", "subscriber status",
           "statut d abonnement", "contact status", "statut du contact", "email marketing status",
           "subscription state", "list status")  # fmt: skip
#: columns of yes and no: (headers, standing of yes, standing of no)
_FLAGS: Sequence[tuple[tuple[str, ...], Standing | None, Standing | None]] = (
    (("unsubscribed", "unsubscribed at", "unsub time", "unsubscribe date", "unsubscribed on", "date unsubscribed",
      "unsubscription date", "opted out", "opt out", "optout", "opt out date", "desabonne", "desinscrit",
      "date de desabonnement", "date de desinscription", "blacklisted", "blocklisted", "blacklist", "blocklist",
      "email blacklisted", "email blocklisted", "email disabled", "liste noire", "do not email", "donotemail",
      "suppressed", "email opt out"), _U, _A),
    (("bounced", "bounced at", "clean time", "hard bounce", "hard bounced", "cleaned", "rebond", "bounce date",
      "hardbounced", "hard bounces"), _B, _A),
    (("complained", "complained at", "spam", "complaint", "complaint date", "plainte", "marked as spam",
      "spam complaint"), _C, _A),
    (("subscribed", "is subscribed", "subscribed to emails", "abonne", "abonnee", "inscrit", "email subscribed",
      "newsletter subscribed", "email enabled"), _A, _U),
    (("opt in", "optin", "opted in", "consent", "consentement", "accepts marketing", "accepts email marketing",
      "newsletter", "infolettre", "marketing consent"), _A, _W),
    (("confirmed", "confirme", "confirmee", "email confirmed", "is confirmed", "verified"), _A, _P),
)  # fmt: skip


def rules_for(folded: Sequence[str], tool: Tool | None) -> tuple[Rule, ...]:
    """Return how the columns of a file that speak of standing are read."""
    rules = list(tool.rules(folded)) if tool is not None else []
    taken = {rule.column for rule in rules}
    for column, header in enumerate(folded):
        if column in taken or (tool is not None and header in tool.silent):
            continue
        if header in _STATUS:
            rules.append(Rule(column=column, words=WORDS))
        for headers, yes, no in _FLAGS:
            if header in headers:
                rules.append(Rule(column=column, yes=yes, no=no))
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
    if rule.words:
        return rule.words.get(cell)
    if cell in NO:
        return rule.no if rule.no is not None else Standing.ACTIVE
    if cell in YES or any(map(str.isdigit, cell)):  # a moment: since when
        return rule.yes if rule.yes is not None else Standing.ACTIVE
    return WORDS.get(cell)
