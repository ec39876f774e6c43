"""What the types of the configuration can not say: zones exist, senders are addresses, languages agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.config.faults import Place
from newsletter.config.model import Config
from newsletter.errors import Finding
from newsletter.language import _, nearest

#: one address: with a comma, colon or semicolon it would be several, or a group (RFC 5322 3.4)
_ADDRESS = r"[^\s@<>\",:;()\\]+@[^\s@<>\",:;()\\]+"
_MAILBOX = re.compile(rf"\s*(?:[^<>]*<{_ADDRESS}>|{_ADDRESS})\s*")
_DURATION = re.compile(r"\d+(\.\d+)? *(s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.IGNORECASE)


Rule = Callable[[Config, Place], Iterator[Finding]]


def broken_rules(config: Config, place: Place) -> list[Finding]:
    """Return a finding for each rule that the configuration breaks."""
    rules: tuple[Rule, ...] = (_zones, _senders, _languages, _addresses_of_pages, _examples, _durations, _blackout)
    return [finding for rule in rules for finding in rule(config, place)]


def _zones(config: Config, place: Place) -> Iterator[Finding]:
    zones: list[tuple[tuple[str | int, ...], str]] = [(("site", "tz"), config.site.tz)]
    zones += [(("series", name, "tz"), series.tz) for name, series in config.series.items() if series.tz]
    for path, zone in zones:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield place(path, _("there is no such time zone"), hint=_("For example: America/Toronto."))


def _senders(config: Config, place: Place) -> Iterator[Finding]:
    for name, sender in config.sender.items():
        if not _is_mailbox(sender.from_):
            yield place(("sender", name, "from"), _("must be an address: Name <address@example.org>"))
        if sender.reply_to and not _is_mailbox(sender.reply_to):
            yield place(("sender", name, "reply_to"), _("must be an address: Name <address@example.org>"))


def _is_mailbox(text: str) -> bool:
    """Tell whether a text can be a From: one address, perhaps a name, and no line break (CWE-93)."""
    if any(ord(character) < 32 for character in text):
        return False
    return _MAILBOX.fullmatch(text) is not None


def _languages(config: Config, place: Place) -> Iterator[Finding]:
    if config.site.lang not in config.site.languages:
        yield place(
            ("site", "lang"),
            _("is not among the languages of the project: {languages}").format(
                languages=", ".join(config.site.languages)
            ),
            suggestion=nearest(config.site.lang, config.site.languages),
        )


def _addresses_of_pages(config: Config, place: Place) -> Iterator[Finding]:
    urls = {
        ("site", "url"): config.site.url,
        ("web", "base_url"): config.web.base_url,
        ("sendgrid", "base_url"): config.sendgrid.base_url,
        ("web", "quick_exit"): config.web.quick_exit,
    }
    for path, url in urls.items():
        if url and not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", url):
            yield place(path, _("must be an address of the web: https://…"))


def _examples(config: Config, place: Place) -> Iterator[Finding]:
    known = ("postal_address", "contact", "privacy_officer_title", "privacy_officer_contact", "sender", "name", "url")
    for index, name in enumerate(config.site.examples):
        if name not in known:
            yield place(("site", "examples", index), _("names no key of [site]"), suggestion=nearest(name, known))


def _durations(config: Config, place: Place) -> Iterator[Finding]:
    durations: list[tuple[tuple[str | int, ...], str]] = [(("schedule", "late_limit"), config.schedule.late_limit)]
    for name, series in config.series.items():
        durations += [(("series", name, "remind", index), ahead) for index, ahead in enumerate(series.remind)]
    for name, sequence in config.sequence.items():
        durations += [
            (("sequence", name, "steps", index, "after"), step.after) for index, step in enumerate(sequence.steps)
        ]
    for path, text in durations:
        if not _DURATION.fullmatch(text.strip()):
            yield place(path, _("is not a length of time"), hint=_("For example: 6 hours, 14 days."))


def _blackout(config: Config, place: Place) -> Iterator[Finding]:
    for index, day in enumerate(config.schedule.blackout):
        try:
            date.fromisoformat(day)
        except ValueError:
            yield place(("schedule", "blackout", index), _("is not a date"), hint=_("For example: 2026-12-25."))
