"""The noun of the second stage: an edition is an issue rendered once, with places to fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.edition.segments import Segments, fill
from newsletter.errors import Finding


class Archive(StrEnum):
    """Who may read an issue on the web, from the fewest to the most."""

    #: those who got it, in their mails
    NONE = "none"
    #: whoever has the address
    UNLISTED = "unlisted"
    #: everybody: it is listed, too
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that travels with the mail; with a `cid` it is an image shown in the HTML."""

    filename: str
    #: e.g. `image/png`
    media_type: str
    content: bytes = field(repr=False)
    #: Content-ID without angle brackets; empty: an ordinary attachment
    cid: str = ""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """An issue rendered once, in one language.

    Values that slots ask for: `subscriber.*`, `links.*` (unsubscribe, preferences, web, archive),
    `issue.*`, `site.*`, `list.*` (title, reason). `digest` is the SHA-256 of everything that a reader can get.
    """

    slug: str
    lang: str
    theme: str
    title: str
    subject: Segments
    preheader: Segments
    html_segments: Segments = field(repr=False)
    text_segments: Segments = field(repr=False)
    #: the web version: parts `in=web` are there, parts for lists are not
    web_segments: Segments = field(repr=False, default=())
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[Finding, ...] = ()
    digest: str = ""
    #: the author's wish when it was rendered: a send keeps it
    archive: Archive = Archive.PUBLIC
    #: constants for slots: `{"issue": {...}, "site": {...}}`
    constants: Mapping[str, object] = field(default_factory=dict)

    def fill_subject(self, values: Mapping[str, object]) -> str:
        """Fill the subject for one reader: one line."""
        return fill(self.subject, {**self.constants, **values})

    def fill_preheader(self, values: Mapping[str, object]) -> str:
        """Fill what the inbox shows after the subject."""
        return fill(self.preheader, {**self.constants, **values})

    def html(self, values: Mapping[str, object]) -> str:
        """Fill the HTML part for one reader; raises nothing that checking did not report."""
        return fill(self.html_segments, {**self.constants, **values})

    def text(self, values: Mapping[str, object]) -> str:
        """Fill the plain-text part for one reader."""
        return fill(self.text_segments, {**self.constants, **values})

    def web(self, values: Mapping[str, object]) -> str:
        """Fill the web version."""
        return fill(self.web_segments, {**self.constants, **values})
