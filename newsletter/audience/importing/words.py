"""The words with which files of people say how somebody stands, in headers and in cells, French and English.

Known words first; behind them families of words, so that « Rebond dur » or « Désabonné le » need no entry of
their own. A family never makes anybody a subscriber: it keeps people off or says that a column speaks of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum


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


_A, _P, _W, _U, _B, _C = Standing
ACTIVE_WORDS = (
    "subscribed", "active", "actif", "enabled", "confirmed", "confirme", "confirmee", "abonne", "abonnee",
    "abonne e", "inscrit", "inscrite", "inscrit e", "valid", "valide", "regular", "opted in", "opt in", "optin",
    "subscriber", "current", "member", "membre",
)  # fmt: skip
PENDING_WORDS = (
    "pending", "unconfirmed", "non confirme", "non confirmee", "en attente", "a confirmer", "unactivated",
    "not confirmed", "awaiting confirmation", "never subscribed", "jamais abonne", "jamais inscrit",
    "validating", "non subscribed", "nonsubscribed", "not subscribed",
    "non abonne", "non abonnee", "non inscrit", "transactional", "transactionnel", "invited", "invite",
)  # fmt: skip
LEFT_WORDS = (
    "unsubscribed", "desabonne", "desabonnee", "desabonne e", "desinscrit", "desinscrite", "desinscrit e", "opted out",
    "opt out", "optout", "removed", "cancelled", "canceled", "annule", "annulee", "unsubscribe", "disabled",
    "desactive", "desactivee", "blocklisted", "blacklisted", "blackliste", "blackliste e", "blocked", "bloque",
    "bloquee", "archived", "archive", "deleted", "supprime", "supprimee", "inactive", "inactif", "inactive e",
    "retire", "retiree", "liste noire", "excluded", "exclu", "exclue", "parti", "partie", "left",
    "suppressed", "blocklist", "blacklist",
)  # fmt: skip
BOUNCED_WORDS = (
    "bounced", "cleaned", "bounce", "hard bounce", "hard bounced", "hardbounce", "hardbounced", "soft bounced",
    "undeliverable", "unreachable", "rebond", "rebondi", "rebondie", "invalid", "invalide", "erroneous", "rejete",
    "rejetee", "nettoye", "nettoyee", "malformed", "held",
)  # fmt: skip
COMPLAINED_WORDS = (
    "complained", "complaint", "spam", "marked as spam", "plainte", "spam complaint", "reported as spam", "plaignant",
    "abuse", "abuse complaint", "junk", "indesirable", "courrier indesirable",
    "spam report", "spam reported", "signale comme spam",
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
AGREED = ("yes ", "oui ", "j accepte", "i agree", "i accept", "i consent", "je consens", "d accord")
REFUSED = ("no ", "non ", "je refuse", "i do not", "i don t", "je n accepte pas")
#: « state » and « état » are left out: elsewhere than in a known export they are a place
STATUS = (
    "status", "statut", "subscription status", "email status", "subscriber status", "statut d abonnement",
    "contact status", "statut du contact", "email marketing status", "subscription state", "list status",
    "email subscription status", "statut email", "statut e mail", "statut de l abonnement", "email marketing",
    "statut d inscription", "etat de l abonnement", "etat d abonnement", "statut abonnement", "member status",
)  # fmt: skip
#: columns of yes and no: headers, what yes means, what no means
FLAGS: Sequence[tuple[tuple[str, ...], Standing, Standing]] = (
    (("unsubscribed", "unsubscribed at", "unsub time", "unsubscribe date", "unsubscribed on", "date unsubscribed",
      "unsubscription date", "unsubscribed date", "opted out", "opt out", "optout", "opt out date", "desabonne",
      "desabonnee", "desinscrit", "desinscrite", "date de desabonnement", "date de desinscription",
      "date desabonnement", "date desinscription", "blacklisted", "blocklisted", "blacklist", "blocklist",
      "blackliste", "email blacklisted",
      "emailblacklisted", "email blocklisted", "email disabled", "emails disabled", "liste noire", "do not email",
      "donotemail", "do not contact", "ne pas contacter", "suppressed", "email opt out", "deleted at", "desabonnement",
      "e mail blackliste", "email blackliste", "is unsubscribed", "unsubscribe time",
      "is excluded from campaigns", "excluded from campaigns"), _U, _A),
    (("bounced", "bounced at", "clean time", "hard bounce", "hard bounced", "cleaned", "rebond", "bounce date",
      "hardbounced", "hard bounces", "is bounced", "bounce", "date de rebond"), _B, _A),
    (("complained", "complained at", "spam", "complaint", "complaint date", "plainte", "marked as spam",
      "spam complaint", "is complaint", "date de plainte"), _C, _A),
    (("subscribed", "is subscribed", "subscribed to emails", "abonne", "abonnee", "abonne e", "inscrit", "inscrite",
      "inscrit e", "abonnement", "abonnement infolettre", "inscription infolettre", "email subscribed",
      "newsletter subscribed", "email enabled", "is active", "enabled", "active", "actif"), _A, _U),
    (("opt in", "optin", "opted in", "consent", "consentement", "accepts marketing", "accepts email marketing",
      "marketing consent", "email consent", "consentement courriel", "email opt in", "email optin"), _A, _W),
    (("confirmed", "confirme", "confirmee", "email confirmed", "is confirmed", "double opt in", "double optin"),
     _A, _P),
)  # fmt: skip
#: columns that may be about something else: only a clear yes or no counts
PERHAPS = ("newsletter", "infolettre", "bulletin", "verified", "email verified", "consent", "consentement", "spam",
            "active", "actif", "enabled", "bounce", "abonnement")  # fmt: skip
#: any answer but a yes leaves somebody without a consent
ASKED = frozenset(
    {
        *("consent", "consentement", "marketing consent", "email consent", "consentement courriel"),
        *("accepts marketing", "accepts email marketing", "email opt in", "email optin"),
    }
)
#: headers of a consent's moment
CONSENT_DATE = ("consent date", "date of consent", "date de consentement", "date du consentement", "consentement le",
                "consented at", "consent at", "consent given at", "consent timestamp", "consent time",
                "date consentement", "consenti le")  # fmt: skip
#: and those of other tools' own proof: when the form was confirmed, or filled in
CONFIRMED_AT = ("confirm time", "optin time")
#: columns that may as well be about a place, or an address's technical state: known words count, others do not
STATE = re.compile(r"^(state|etat|status|statut)\b|\b(state|etat|status|statut)$")
ABOUT_MAIL = re.compile(
    r"\b(e ?mail|mail|courriel|subscri\w*|abonn\w*|inscri\w*|contact|member|membre|marketing|liste?|newsletter|"
    r"infolettre|mailing|permission|envois?|deliver\w*)\b|^(state|etat)$"
)
#: columns that are about another channel, or count, or say where something happened
ASIDE = re.compile(
    r"\b(sms|whatsapp|phone|mobile|telephone|tel|push|url|lien|link|token|count|nombre|number|nb|total|ip|id|campaigns?|"
    r"campagnes?|title|titre|rate|taux|score|soft|by|par|other|autre|address|source|user agent)\b"
)
REASON = re.compile(r"\b(reason|raison|motif)s?\b")
#: header -> standing of who has something in it
FAMILIES: Sequence[tuple[re.Pattern[str], Standing]] = (
    (re.compile(r"\b(complain\w*|plaintes?|spam (report|complain)\w*|(marked|reported) as spam|signale comme spam|"
                r"abuse (report|complaint)s?)\b"), _C),
    (re.compile(r"\b(bounc(e|ed|es|ing)|rebonds?|hard ?bounc\w*|invalid e ?mail|(e ?mail|courriel|adresse) invalide|"
                r"undeliverable|non livrable)\b"), _B),
    (re.compile(r"\b(un ?subscri\w*|unsub (time|date|reason)|desabonn\w*|desinscri\w*|opt(ed)? ?out\w*|black ?list\w*|"
                r"block ?list\w*|liste noire|suppress\w*|excluded from|do not (e ?mail|contact|send|mail)|"
                r"ne (pas|plus) (contacter|ecrire|envoyer)|retrait du consentement|consent withdrawn|"
                r"ne (souhaite|veu[tx]|desire|peut)\w* (pas|plus)|(do|does) not (want|wish)|"
                r"stop (e ?mails?|courriels?|infolettre|envois))\b"), _U),
)  # fmt: skip
#: a form's question whether one wants it: any answer but a yes leaves somebody without a consent
QUESTION = re.compile(
    r"\b(souhait\w*|veu[tx]\w*|voul\w*|desir\w*|accept\w*|consen[ts]\w*|autoris\w*|agree\w*|like|wants?|wish\w*|"
    r"s abonner|m abonner|s inscrire|m inscrire|subscribe|permission|accord)\b.*"
    r"\b(recevoir|receive|infolettres?|newsletters?|courriels?|e ?mails?|bulletins?|envois?|lcap|casl|rgpd|gdpr)\b"
)
#: a moment rather than an answer
MOMENT = re.compile(r"\b(date|time|at|on|le|quand|when)$|^(date|time)\b")
#: plain words of somebody who left, wherever they stand
GONE = re.compile(
    r"\b(un ?subscri\w*|desabonn\w*|desinscri\w*|opt(ed)? ?out|ne (pas|plus) (ecrire|envoyer|contacter)|"
    r"ne (veut|souhaite|desire) plus|do not (e ?mail|contact|mail)|a retirer|retire[rz]? (svp|stp|de la liste)|"
    r"(demande|veut|souhaite) (a )?etre retire( ?e)?|remove (from (the )?list|please|me))\b"
)
ON = re.compile(r"(is |est |currently )?(subscribed|abonne( e)?s?|abonnee|inscrit( e)?s?|inscrite) (to|a|au|aux) .*")
#: cell -> standing, where a column is about nothing else and no known word stands in it
GUESSES: Sequence[tuple[re.Pattern[str], Standing]] = (
    (re.compile(r"\b(spam|junk|plaint\w*|complain\w*|abus\w*|indesirable)\b"), _C),
    (re.compile(r"\b(bounc\w*|rebond\w*|invalid\w*|inexistant\w*|undeliver\w*|unreachable|injoignable|rejet\w*|"
                r"clean(ed)?|nettoy\w*|erreur|error|failed)\b"), _B),
    (re.compile(r"\b(un ?subscri\w*|desabonn\w*|desinscri\w*|opt(ed)? ?out|black ?list\w*|block\w*|bloqu\w*|"
                r"liste noire|suppress\w*|supprim\w*|remov\w*|retir\w*|delet\w*|archiv\w*|cancel\w*|annul\w*|"
                r"resili\w*|desactiv\w*|disabled|inacti\w*|ne (pas|plus) (ecrire|envoyer|contacter)|"
                r"ne (veut|souhaite|desire) (pas|plus))\b"), _U),
    (re.compile(r"\b(pending|attente|unconfirmed|unverified|confirmation|a confirmer|moderation)\b"), _P),
)  # fmt: skip
DENIED = re.compile(r"(non|no|not|pas|aucune?|jamais|never|sans|without)\b")
#: what somebody writes into a column of notes, alone, and means
_NOTED = ("desabonne", "desabonnee", "desabonne e", "desinscrit", "desinscrite", "unsubscribed", "unsubscribe",
          "opted out", "opt out", "ne plus ecrire", "ne pas ecrire", "ne plus contacter", "ne pas contacter",
          "do not email", "do not contact", "do not mail", "desabonnement", "a demande le retrait",
          "retirer de la liste", "remove from list")  # fmt: skip
NOTES = ("notes", "note", "remarque", "remarques", "commentaire", "commentaires", "comment", "comments", "memo")
_PREFIXES = ("", "statut ", "status ")
NOTE_WORDS: Mapping[str, Standing] = {
    f"{prefix}{word}": standing
    for prefix in _PREFIXES
    for word, standing in [*((word, _U) for word in _NOTED), *((word, _B) for word in ("rebond", "bounced", "bounce"))]
}
