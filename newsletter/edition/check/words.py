"""Rules on words: subject, preheader, foreign passages, and what an author forgot to write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.edition.check.rule import Rule, Subject
from newsletter.edition.segments import Literal, Segments
from newsletter.errors import Finding, Severity
from newsletter.language import _, marked

SUBJECT_PHONE, SUBJECT_DESKTOP = 35, 70
PREHEADER_MIN, PREHEADER_MAX = 40, 110
FORGOTTEN = re.compile(r"\b(TK|TODO|FIXME|XXX|(?i:à compléter|à venir ici|lorem ipsum))\b")
#: a subject of at least so many letters, of which at least this part are capitals, shouts
SHOUTING_FROM, SHOUTING_PART = 15, 0.8
#: frequent words that tell the two languages apart
FRENCH = frozenset(
    [
        "le",
        "la",
        "les",
        "des",
        "une",
        "est",
        "pour",
        "dans",
        "vous",
        "nous",
        "avec",
        "sur",
        "que",
        "qui",
        "ne",
        "pas",
        "ce",
        "cette",
        "aux",
        "du",
        "et",
    ]
)
ENGLISH = frozenset(
    [
        "the",
        "and",
        "of",
        "to",
        "is",
        "are",
        "for",
        "you",
        "we",
        "with",
        "on",
        "that",
        "which",
        "not",
        "this",
        "these",
        "in",
        "it",
        "from",
    ]
)


def _literal(segments: Segments) -> str:
    return "".join(part.text if isinstance(part, Literal) else "Xxxxx" for part in segments)


def _subject_long(rule: Rule, subject: Subject) -> Iterator[Finding]:
    length = len(_literal(subject.edition.subject))
    if length > SUBJECT_DESKTOP:
        message = _("The subject has {count} characters; about 70 are shown, 35 on a phone.").format(count=length)
        yield rule.found(subject, message, subject.key("subject"), hint=_("Put what matters first, and shorten."))


def _preheader(rule: Rule, subject: Subject) -> Iterator[Finding]:
    length = len(_literal(subject.edition.preheader))
    if not length and not _head_is_broken(subject):
        message = _("There is no preheader: mail programs show the first words of the text instead.")
        yield rule.found(subject, message, subject.key("preheader"), hint=_("Write 40 to 100 characters."))
    elif length > PREHEADER_MAX:
        message = _("The preheader has {count} characters; about 100 are shown.").format(count=length)
        yield rule.found(subject, message, subject.key("preheader"), hint=_("Shorten it."))


def _head_is_broken(subject: Subject) -> bool:
    """Say whether a preheader may be there, misspelt or in a head that can not be read: that is said already."""
    return any(found.code.startswith("NL0") or found.suggestion == "preheader" for found in subject.issue.findings)


def _same(rule: Rule, subject: Subject) -> Iterator[Finding]:
    first, second = (
        _literal(subject.edition.subject).strip().lower(),
        _literal(subject.edition.preheader).strip().lower(),
    )
    if first and first == second:
        message = _("The preheader says the same as the subject.")
        yield rule.found(subject, message, subject.key("preheader"), hint=_("Say what the subject leaves out."))


def _shouting(rule: Rule, subject: Subject) -> Iterator[Finding]:
    letters = [letter for letter in subject.issue.front.subject if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    if len(letters) >= SHOUTING_FROM and capitals >= SHOUTING_PART * len(letters):
        message = _("The subject is in capitals.")
        yield rule.found(subject, message, subject.key("subject"), hint=_("Write it as a sentence."))


def _forgotten(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for text in subject.seen.texts:
        found = FORGOTTEN.search(text.text)
        if found:
            where = subject.at(text.line, found[0], path=text.path)
            message = _("“{word}” looks like a note to oneself.").format(word=found[0])
            yield rule.found(subject, message, where, hint=_("Write what is missing."))


def _other_language(rule: Rule, subject: Subject) -> Iterator[Finding]:
    mine, other = (FRENCH, ENGLISH) if subject.issue.lang.startswith("fr") else (ENGLISH, FRENCH)
    if not subject.issue.lang.startswith(("fr", "en")):
        return
    for text in subject.seen.texts:
        words = [word.strip(".,;:!?()«»“”\"'’").lower() for word in text.text.split()]
        if (
            len(words) >= 8
            and not text.foreign
            and sum(word in other for word in words) > 2 + 2 * sum(word in mine for word in words)
        ):
            where = subject.at(text.line, text.text[:20], path=text.path)
            message = _("This passage seems to be in another language than the issue.")
            hint = _("Mark it, [like this]{lang=en}, so that it is read out rightly.")
            yield rule.found(subject, message, where, hint=hint)


def _lang(rule: Rule, subject: Subject) -> Iterator[Finding]:
    root = subject.page.css_first("html")
    lang = (root.attributes.get("lang") or "") if root else ""
    if lang in ("", "und"):
        message = _("The mail does not say its language.")
        yield rule.found(subject, message, subject.key("lang"), hint=_("Write lang on html in the theme's layout."))


def _document(rule: Rule, subject: Subject) -> Iterator[Finding]:
    title = subject.page.css_first("title")
    if not subject.html.lstrip().lower().startswith("<!doctype") or title is None or not title.text().strip():
        message = _("The mail has no doctype or no title.")
        yield rule.found(subject, message, subject.key("title"), hint=_("Write both in the theme's layout."))


def _open_fields(rule: Rule, subject: Subject) -> Iterator[Finding]:
    told = {found.location.line for found in subject.issue.findings if found.code.startswith("NL21")}
    halves = ((text, sign) for text in subject.seen.texts for sign in ("{{", "}}") if sign in text.text)
    for text, sign in halves:
        where = subject.at(text.line, sign, path=text.path)
        if sign in subject.source_at(where) and where.line not in told:  # not where each sign is escaped
            message = _("“{text}” is left as it is: this is no whole merge field.").format(text=sign)
            hint = _("Write {{ and }} on one line, or put the signs into code: `{{`.")
            yield rule.found(subject, message, where, hint=hint)


def _links_in_text(rule: Rule, subject: Subject) -> Iterator[Finding]:
    shown = {link.attributes.get("href") for link in subject.page.css("a[href]")}
    for link in subject.seen.links:
        if link.url in shown and _is_plain(link.url) and link.url not in subject.text:
            where = subject.at(link.line, link.url, path=link.path)
            yield rule.found(subject, _("This link is missing from the plain text."), where)


def _is_plain(url: str) -> bool:
    """Say whether an address is written everywhere as it is in the source."""
    return url.startswith("https://") and url.isascii() and not set(url) & set("\"\\'&{}[]() ")


def _residue(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for residue in ("\\u{", "{%", "%}"):
        if residue in subject.html and residue not in subject.issue.source:
            message = _("“{text}” is left in the mail.").format(text=residue)
            yield rule.found(subject, message, subject.at(1), hint=_("This is a fault of the theme."))


RULES = (
    Rule(
        code="NL620",
        severity=Severity.WARNING,
        group="words",
        title=marked("The subject is short"),
        why=marked("A phone shows about 35 characters, a desktop 60 to 70."),
        bad="subject: " + "une très longue phrase qui n’en finit pas " * 2,
        good="subject: Infolettre de décembre",
        look=_subject_long,
    ),
    Rule(
        code="NL621",
        severity=Severity.INFO,
        group="words",
        title=marked("There is a preheader"),
        why=marked("It stands after the subject in the inbox; without one, programs take the first words they find."),
        bad="(no preheader)",
        good="preheader: Ordre du jour, une ressource d’hébergement, un mot du comité.",
        look=_preheader,
    ),
    Rule(
        code="NL622",
        severity=Severity.INFO,
        group="words",
        title=marked("The preheader adds to the subject"),
        why=marked("Saying the same twice wastes the line that makes people open a mail."),
        bad="subject: Infolettre\npreheader: Infolettre",
        good="subject: Infolettre de décembre\npreheader: Ordre du jour et une ressource",
        look=_same,
    ),
    Rule(
        code="NL623",
        severity=Severity.WARNING,
        group="words",
        title=marked("The subject is not in capitals"),
        why=marked("Capitals are hard to read and count as a sign of spam."),
        bad="subject: INFOLETTRE IMPORTANTE POUR TOUTES NOS PERSONNES MEMBRES",
        good="subject: Infolettre de décembre",
        look=_shouting,
    ),
    Rule(
        code="NL624",
        severity=Severity.WARNING,
        group="words",
        title=marked("Nothing is left to be written"),
        why=marked("A note to oneself goes to everybody."),
        bad="La rencontre a lieu le TK décembre.",
        good="La rencontre a lieu le 12 décembre.",
        look=_forgotten,
    ),
    Rule(
        code="NL625",
        severity=Severity.INFO,
        group="words",
        title=marked("Foreign passages are marked"),
        why=marked("A screen reader reads an unmarked passage with the wrong voice (WCAG 3.1.2)."),
        bad="(in a French issue) The meeting is for all of the members and it is on the first Tuesday of the month.",
        good="[The meeting is for all of the members]{lang=en}",
        look=_other_language,
    ),
    Rule(
        code="NL626",
        severity=Severity.ERROR,
        group="words",
        title=marked("The mail says its language"),
        why=marked("Without it a screen reader guesses, and mail programs offer to translate (WCAG 3.1.1)."),
        bad='<html lang="und">',
        good='<html lang="fr-CA">',
        look=_lang,
    ),
    Rule(
        code="NL627",
        severity=Severity.ERROR,
        group="words",
        title=marked("The mail has a doctype and a title"),
        why=marked("Without a doctype programs fall into quirks mode; the title is the first thing read out."),
        bad="(a layout without <mj-title>)",
        good="<mj-title>{{ title }}</mj-title>",
        look=_document,
    ),
    Rule(
        code="NL628",
        severity=Severity.ERROR,
        group="words",
        title=marked("No markup of the machinery is left"),
        why=marked("Readers would see it."),
        bad="{% if %} in the mail",
        good="(nothing)",
        look=_residue,
    ),
    Rule(
        code="NL629",
        severity=Severity.WARNING,
        group="words",
        title=marked("A merge field is whole"),
        why=marked("Half a merge field is text like any other: everybody would read its signs."),
        bad="Bonjour {{ subscriber.first_name",
        good="Bonjour {{ subscriber.first_name }}",
        look=_open_fields,
    ),
    Rule(
        code="NL630",
        severity=Severity.WARNING,
        group="words",
        title=marked("The plain text holds every link"),
        why=marked("Whoever reads the plain text, or has it read out, must be able to go where the others go."),
        bad="(a theme's block whose link is in its HTML only)",
        good="(the same link in the plain text)",
        look=_links_in_text,
    ),
)
