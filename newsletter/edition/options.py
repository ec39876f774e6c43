"""What an edition needs to know besides issue and theme: who sends it, and how images and links travel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ImageMode(StrEnum):
    """How images beside an issue travel: `[images] mode`."""

    #: inside the mail, so that opening it tells nobody
    INLINE = "inline"
    #: on the site, named by their address
    LINK = "link"


class TextLinks(StrEnum):
    """How the plain-text part writes links: `[text] links`."""

    INLINE = "inline"
    NUMBERED = "numbered"


class Part(StrEnum):
    """A part of an edition that can be made without the others."""

    HTML = "html"
    WEB = "web"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class SiteFacts:
    """Who sends: what the law wants shown and what the masthead says."""

    name: str = ""
    #: the language of these texts, when it may differ from the issue's
    lang: str = ""
    #: the newsletter's own title; empty: the organisation's name
    newsletter: str = ""
    url: str = ""
    postal_address: str = ""
    contact: str = ""
    privacy_officer_title: str = ""
    privacy_officer_contact: str = ""


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """How an issue is rendered; the defaults make a mail that needs no web server."""

    site: SiteFacts = SiteFacts()
    #: what relative links and, with `ImageMode.LINK`, images are relative to; empty: no site exists yet
    base_url: str = ""
    images: ImageMode = ImageMode.INLINE
    text_links: TextLinks = TextLinks.INLINE
    #: columns of the plain-text part
    width: int = 76
    #: address of an event's calendar file, with `{slug}` and `{uid}`; empty: it travels as an attachment only
    calendar_url: str = ""
    #: the masthead, the subject and the page's title say nothing of who sends and what it is about
    discreet: bool = False
    #: what is made; an edition without one of them has no digest, and cannot be sent
    parts: frozenset[Part] = frozenset(Part)
