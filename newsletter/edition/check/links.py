"""Rules on links: where they go and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Severity
from newsletter.language import _, marked

VAGUE = frozenset(
    [
        "ici",
        "cliquez ici",
        "cliquer ici",
        "lire la suite",
        "lire plus",
        "en savoir plus",
        "plus",
        "plus d'information",
        "suite",
        "lien",
        "ce lien",
        "voir",
        "here",
        "click here",
        "read more",
        "learn more",
        "more",
        "link",
        "this link",
        "this",
        "see more",
    ]
)
#: an address that runs something, in raw HTML or in a link that Markdown therefore left as text
RUNNING = re.compile(
    r"""(?:\]\(<?|\b(?:href|src|action)\s*=\s*["']?)\s*((?:java|vb)script:[^\s"'>)]*)""", re.IGNORECASE
)
SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", ""})


def _no_text(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        if not link.text.strip():
            where = subject.at(link.line, link.url, path=link.path)
            yield rule.found(subject, _("This link has no text."), where, hint=_("Write where it leads."))


def _vague(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        said = " ".join(link.text.replace("’", "'").lower().strip(" .:…»«→>").split())
        if said in VAGUE:
            where = subject.at(link.line, link.text, path=link.path)
            message = _("“{text}” does not say where the link leads.").format(text=link.text)
            yield rule.found(subject, message, where, hint=_("Name the page: people who listen hear links alone."))


def _empty(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        if link.url.strip() in ("", "#"):
            where = subject.at(link.line, link.text, path=link.path)
            yield rule.found(subject, _("This link leads nowhere."), where, hint=_("Give it an address."))


def _insecure(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        if link.url.startswith("http://"):
            where = subject.at(link.line, link.url, path=link.path)
            yield rule.found(subject, _("This link is not encrypted (http)."), where, hint=_("Use https if it exists."))


def _scheme(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        scheme = _scheme_of(link.url)
        if scheme not in SCHEMES:
            where = subject.at(link.line, link.url, path=link.path)
            message = _("Mail programs do not open “{scheme}:” links.").format(scheme=scheme)
            yield rule.found(subject, message, where, hint=_("Use https, mailto or tel."))


def _running(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for text in (*subject.seen.raw, *subject.seen.texts):
        for found in RUNNING.finditer(text.text):
            where = subject.at(text.line, found[1], path=text.path)
            message = _("this address is of a kind that no mail may hold; it was taken out")
            yield rule.found(subject, message, where, hint=_("Use https, mailto or tel."))


def _scheme_of(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return "?"


def _long(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        if len(link.words) > 40 and "://" in link.words:
            where = subject.at(link.line, link.words[:30], path=link.path)
            message = _("An address of {count} characters stands in the text.").format(count=len(link.words))
            yield rule.found(subject, message, where, hint=_("Make it a link on words."))


RULES = (
    Rule(
        code="NL234",
        severity=Severity.ERROR,
        group="links",
        title=marked("Addresses are of a kind that mails may hold"),
        why=marked("Mail programs drop it, or it would be unsafe for readers."),
        bad="[x](javascript:x)",
        good="[x](https://example.org)",
        look=_running,
    ),
    Rule(
        code="NL320",
        severity=Severity.ERROR,
        group="links",
        title=marked("A link has text"),
        why=marked("Somebody who listens to the mail hears nothing but “link”."),
        bad="[](https://example.org/rencontre)",
        good="[La rencontre de décembre](https://example.org/rencontre)",
        look=_no_text,
    ),
    Rule(
        code="NL321",
        severity=Severity.WARNING,
        group="links",
        title=marked("A link's text says where it leads"),
        why=marked("Screen readers list links without their sentence: “here” says nothing there (WCAG 2.4.4)."),
        bad="Pour s’inscrire, [cliquez ici](https://example.org/inscription).",
        good="[S’inscrire à la rencontre](https://example.org/inscription)",
        look=_vague,
    ),
    Rule(
        code="NL322",
        severity=Severity.ERROR,
        group="links",
        title=marked("A link has an address"),
        why=marked("A link to nothing, or to “#”, opens an empty page in most mail programs."),
        bad="[La rencontre](#)",
        good="[La rencontre](https://example.org/rencontre)",
        look=_empty,
    ),
    Rule(
        code="NL323",
        severity=Severity.INFO,
        group="links",
        title=marked("Links are encrypted"),
        why=marked("With http, whoever is on the way sees what a reader opens."),
        bad="[La rencontre](http://example.org/rencontre)",
        good="[La rencontre](https://example.org/rencontre)",
        look=_insecure,
    ),
    Rule(
        code="NL324",
        severity=Severity.ERROR,
        group="links",
        title=marked("A link's scheme is one that mail programs open"),
        why=marked("Other schemes are removed or do nothing."),
        bad="[Le dossier](ftp://example.org/dossier)",
        good="[Le dossier](https://example.org/dossier)",
        look=_scheme,
    ),
    Rule(
        code="NL325",
        severity=Severity.INFO,
        group="links",
        title=marked("Addresses stand behind words"),
        why=marked("A long address breaks badly on a phone and is read out letter by letter."),
        bad="https://example.org/documents/2026/12/ordre-du-jour-de-la-rencontre.pdf",
        good="[L’ordre du jour](https://example.org/documents/2026/12/ordre-du-jour-de-la-rencontre.pdf)",
        look=_long,
    ),
)
