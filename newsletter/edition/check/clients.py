"""Rules on mail programs: size, what they cut, and what they can not show (facts of caniemail.com)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Location, Severity
from newsletter.language import _, marked

#: Gmail shows no more than this of the HTML part; the rest is behind a link (decided: 90 and 102 KB)
WARN_AT, CUT_AT = 90 * 1024, 102 * 1024
STYLE_LIMIT = 16 * 1024
DECLARATION = re.compile(r"(?P<name>[a-z-]+)\s*:\s*(?P<value>[^;{}]+)")
#: properties and values of a style sheet -> caniemail's feature
VALUES = {
    ("display", "flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("position", "fixed"): "css-position",
    ("position", "absolute"): "css-position",
    ("position", "sticky"): "css-position",
}
IMAGE_KINDS = {
    "svg": "image-svg",
    "webp": "image-webp",
    "avif": "image-avif",
    "apng": "image-apng",
    "tiff": "image-tiff",
}
#: met in nearly every mail, and nothing is lost where it is not supported
HARMLESS = frozenset(
    f"css-{name}"
    for name in (
        "border-radius",
        "height",
        "letter-spacing",
        "max-width",
        "min-width",
        "overflow-wrap",
        "text-decoration",
        "white-space",
        "width",
        "word-break",
        "word-wrap",
    )
)


@cache
def facts() -> Mapping[str, Mapping[str, object]]:
    """Return the table of features, read once."""
    table: Mapping[str, Mapping[str, object]] = json.loads(
        Path(__file__).with_name("clients.json").read_text(encoding="utf-8")
    )
    return table


def lacking(feature: str, clients: tuple[str, ...]) -> list[str]:
    """Return which of these clients lack a feature, by the names people know."""
    names = facts()["clients"]
    entry = facts()["features"].get(feature)
    if not isinstance(entry, dict):
        return []
    without = {client.split(".")[0] for client in str(entry["n"]).split()}
    return [str(names.get(client, client)) for client in clients if client in without]


def tested(feature: str) -> str:
    """Return the date of the feature's last test."""
    entry = facts()["features"][feature]
    return str(entry["tested"]) if isinstance(entry, dict) else ""


def _size(rule: Rule, subject: Subject) -> Iterator[Finding]:
    size = len(subject.html.encode())
    if WARN_AT <= size < CUT_AT:
        message = _("The HTML part has {size} KB; Gmail cuts at 102.").format(size=size // 1024)
        yield rule.found(subject, message, Location(path=subject.issue.path), hint=_("Shorten, or link to the rest."))


def _cut(rule: Rule, subject: Subject) -> Iterator[Finding]:
    size = len(subject.html.encode())
    if size >= CUT_AT:
        message = _("The HTML part has {size} KB: Gmail hides what comes after 102.").format(size=size // 1024)
        yield rule.found(subject, message, Location(path=subject.issue.path), hint=_("Shorten, or link to the rest."))


def _style(rule: Rule, subject: Subject) -> Iterator[Finding]:
    total = sum(len(style.text(deep=True).encode()) for style in subject.page.css("style"))
    if total > STYLE_LIMIT:
        message = _("The style sheet has {size} KB; Gmail drops it beyond 16.").format(size=total // 1024)
        yield rule.found(subject, message, _theme(subject), hint=_("Shorten the theme's style sheet."))


def _outside(rule: Rule, subject: Subject) -> Iterator[Finding]:
    styles = " ".join(style.text(deep=True) for style in subject.page.css("style"))
    links = subject.page.css('link[rel="stylesheet"]')
    if "@import" in styles or "@font-face" in styles or links:
        message = _("The mail fetches a style sheet or a font from elsewhere.")
        yield rule.found(subject, message, _theme(subject), hint=_("Use the fonts that readers have."))


def _theme_css(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for feature, line, column, text in _features_of(subject.options.prose_css):
        weak = lacking(feature, subject.options.clients) if feature not in HARMLESS else []
        if weak:
            message = _("{clients} can not show “{what}” (tested {date}).").format(
                clients=", ".join(weak), what=text, date=tested(feature)
            )
            where = Location(path=subject.options.theme_path, line=line, column=column)
            yield rule.found(subject, message, where, hint=_("Write it so that nothing is lost without it."))


def _features_of(css: str) -> Iterator[tuple[str, int, int, str]]:
    known = facts()["features"]
    for number, line in enumerate(css.splitlines(), 1):
        for found in DECLARATION.finditer(line):
            name, value = found["name"], found["value"].strip().split("!")[0].strip()
            feature = VALUES.get((name, value), f"css-{name}" if name not in ("position", "display") else "")
            if feature in known:
                yield feature, number, found.start() + 1, f"{name}: {value}"


def _image_kind(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for image in subject.seen.images:
        feature = IMAGE_KINDS.get(image.src.split("?")[0].rpartition(".")[2].lower(), "")
        weak = lacking(feature, subject.options.clients) if feature else []
        if weak:
            message = _("{clients} can not show this kind of image (tested {date}).").format(
                clients=", ".join(weak), date=tested(feature)
            )
            where = subject.at(image.line, image.src, path=image.path)
            yield rule.found(subject, message, where, hint=_("Use PNG or JPEG."))


def _theme(subject: Subject) -> Location:
    return Location(path=subject.options.theme_path or subject.issue.path)


RULES = (
    Rule(
        code="NL520",
        severity=Severity.WARNING,
        group="clients",
        title=marked("The HTML part stays well under 102 KB"),
        why=marked("Gmail shows the first 102 KB and hides the rest, the unsubscribe link included."),
        bad="(95 KB of text)",
        good="(40 KB of text and a link to the rest)",
        look=_size,
    ),
    Rule(
        code="NL521",
        severity=Severity.ERROR,
        group="clients",
        title=marked("The HTML part is under 102 KB"),
        why=marked("Beyond it the foot, with the unsubscribe link, is cut off."),
        bad="(120 KB of text)",
        good="(40 KB of text and a link to the rest)",
        look=_cut,
    ),
    Rule(
        code="NL522",
        severity=Severity.WARNING,
        group="clients",
        title=marked("The style sheet is under 16 KB"),
        why=marked("Gmail drops a longer one whole: columns no longer stack."),
        bad="(a theme with 20 KB of styles)",
        good="(a theme with 6 KB of styles)",
        look=_style,
    ),
    Rule(
        code="NL523",
        severity=Severity.ERROR,
        group="clients",
        title=marked("Nothing is fetched from elsewhere"),
        why=marked("A font or style sheet from elsewhere tells its owner who opens the mail, and when."),
        bad="@import url(https://fonts.example/font.css) in a theme",
        good="font-family: Georgia, serif",
        look=_outside,
    ),
    Rule(
        code="NL524",
        severity=Severity.INFO,
        group="clients",
        title=marked("The theme uses what the chosen mail programs can show"),
        why=marked("What a program does not know it drops, sometimes with the whole rule."),
        bad="display: grid in prose.css",
        good="padding: 16px in prose.css",
        look=_theme_css,
    ),
    Rule(
        code="NL525",
        severity=Severity.WARNING,
        group="clients",
        title=marked("Images are of a kind that every mail program shows"),
        why=marked("Where it is not supported the reader gets the alternative text at best."),
        bad="![Le plan](images/plan.svg)",
        good="![Le plan](images/plan.png)",
        look=_image_kind,
    ),
)
