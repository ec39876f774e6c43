"""What tests of editions share: a head, a site, a reader, the themes that ship."""

from __future__ import annotations

import re

from newsletter.edition.options import SiteFacts
from newsletter.edition.theme import Theme, open_theme, shipped_themes

HEAD = "---\nsubject: Essai\npreheader: En bref\nlang: fr-CA\n---\n"
SITE = SiteFacts(
    name="Coalition d’essai",
    newsletter="L’infolettre d’essai",
    url="https://exemple.org",
    postal_address="1, rue de l’Exemple, Montréal",
    contact="contact@example.org",
    privacy_officer_title="Personne responsable",
    privacy_officer_contact="confidentialite@example.org",
)
LINKS = {
    "unsubscribe": "https://infolettre.exemple.org/u/jeton",
    "preferences": "https://infolettre.exemple.org/p/jeton",
    "web": "https://infolettre.exemple.org/n/essai",
}
READER: dict[str, object] = {
    "subscriber": {"first_name": "Zoé", "name": "Zoé Exemple", "lang": "fr-CA", "lists": ("demo",), "fields": {}},
    "links": LINKS,
    "list": {"title": "Démo", "reason": ""},
}
#: made once: opening a theme imports premailer
_THEMES: dict[str, Theme] = {}


def shipped(name: str) -> Theme:
    """Return a theme that comes with the program."""
    if name not in _THEMES:
        _THEMES[name] = open_theme(shipped_themes() / name)
    return _THEMES[name]


def words_of(markup: str) -> list[str]:
    """Return the words of an HTML page's body, as a browser would show them."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(markup).body
    assert body is not None
    for hidden in body.css("style, script, div[style^='display:none']"):
        hidden.decompose()
    return re.findall(r"\w+", body.text(separator=" "))
