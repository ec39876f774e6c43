"""Rules on mail programs: size, what they cut, and what they can not show (facts of caniemail.com)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Location, Severity
from newsletter.language import _, marked

#: Gmail shows no more than this of the HTML part; the rest is behind a link (decided: 90 and 102 KB)
WARN_AT, CUT_AT = 90 * 1024, 102 * 1024
STYLE_LIMIT = 16 * 1024
DECLARATION = re.compile(r"(?P<name>[a-z-]+)\s*:\s*(?P<value>[^;{}]+)")
STYLE = re.compile(r'\bstyle="([^"]*)"')
SHORT_COLOUR = re.compile(r":\s*(#[0-9a-fA-F]{3})(?![0-9a-fA-F])")
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
        "color-scheme",
        "height",
        "letter-spacing",
        "max-height",
        "max-width",
        "min-width",
        "overflow",
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
    clients = subject.options.clients
    for path, source in subject.options.theme_sources:
        for line, column, what, weak, date in _weak_spots(source, clients):
            message = _("{clients} can not show “{what}” (tested {date}).").format(
                clients=", ".join(weak), what=what, date=date
            )
            where = Location(path=path, line=line, column=column, end_column=column + len(what))
            yield rule.found(subject, message, where, hint=_("Write it so that nothing is lost without it."))


@lru_cache(maxsize=128)  # a theme's files are the same for every issue
def _weak_spots(source: str, clients: tuple[str, ...]) -> tuple[tuple[int, int, str, list[str], str], ...]:
    """Return what of a style sheet or template some of these clients lack: line, column, text, clients, date."""
    found = (
        (line, column, what, weak, tested(feature))
        for feature, line, column, what in _features_of(source)
        if feature not in HARMLESS and (weak := lacking(feature, clients))
    )
    return tuple(found)


def _features_of(source: str) -> Iterator[tuple[str, int, int, str]]:
    known = facts()["features"]
    for number, start, css in _styles_of(source):
        for found in DECLARATION.finditer(css):
            name, value = found["name"], found["value"].split("!")[0].strip()
            feature = VALUES.get((name, value), f"css-{name}" if name not in ("position", "display") else "")
            if feature in known:
                yield feature, number, start + found.start() + 1, f"{name}: {value}"


def _styles_of(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield the pieces of CSS in a style sheet or a template, with their line and where in it they begin."""
    sheet = "<" not in source
    inside = sheet
    for number, line in enumerate(source.splitlines(), 1):
        inside = inside or "<mj-style" in line
        if inside:
            yield number, 0, line
        else:
            yield from ((number, found.start(1), found[1]) for found in STYLE.finditer(line))
        inside = sheet or (inside and "</mj-style" not in line)


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


def _width(rule: Rule, subject: Subject) -> Iterator[Finding]:
    bare = {
        (image.attributes.get("src") or "")
        for image in subject.page.css("img")
        if not (image.attributes.get("width") or "").isdigit()
    }
    for image in subject.seen.images:
        if image.src in bare and image.src:
            where = subject.at(image.line, image.src, path=image.path)
            message = _("Nothing says how wide this image is.")
            yield rule.found(subject, message, where, hint=_("Write it after the image: {width=480}"))


def _short_colours(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for path, source in subject.options.theme_sources:
        for line, column, colour in _short_in(source):
            message = _("“{colour}” is a colour of three digits.").format(colour=colour)
            where = Location(path=path, line=line, column=column)
            yield rule.found(subject, message, where, hint=_("Write each digit twice."))


@lru_cache(maxsize=128)  # as above
def _short_in(source: str) -> tuple[tuple[int, int, str], ...]:
    """Return the colours of three digits in a style sheet or template: line, column, colour."""
    return tuple(
        (line, start + found.start(1) + 1, found[1])
        for line, start, css in _styles_of(source)
        for found in SHORT_COLOUR.finditer(css)
    )


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
    Rule(
        code="NL526",
        severity=Severity.INFO,
        group="clients",
        title=marked("An image says its width"),
        why=marked("Outlook shows an image without a width as wide as the file is, also beyond the page."),
        bad="![L’affiche](https://example.org/affiche.png)",
        good="![L’affiche](https://example.org/affiche.png){width=480}",
        look=_width,
    ),
    Rule(
        code="NL527",
        severity=Severity.WARNING,
        group="clients",
        title=marked("Colours have six digits"),
        why=marked("Some mail programs do not know the short form and show black."),
        bad='<td style="color:#fff"> in a theme',
        good='<td style="color:#ffffff"> in a theme',
        look=_short_colours,
    ),
)
