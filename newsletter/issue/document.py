"""The nouns of the first stage: an issue, its front matter and its blocks, each with its place in the file.

A block holds either *tokens* (markdown-it's, for prose) or typed fields. Text inside tokens and fields
has typography applied and holds merge fields as tokens words (see `merge.py`): ASCII words of fixed
length that stand for an expression until the edition is cut into segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from markdown_it.token import Token

from newsletter.errors import Finding, Location


class Medium(StrEnum):
    """Where a reader meets an edition: `::: only in=…` chooses among them."""

    EMAIL = "email"
    WEB = "web"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Whom or where a part is for; an empty field does not restrict. All fields must hold."""

    languages: tuple[str, ...] = ()
    #: the reader is on at least one of these lists
    lists: tuple[str, ...] = ()
    #: a segment expression, evaluated on the subscriber
    segment: str = ""
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A merge field as written: `subscriber.first_name | default("…")`."""

    #: the ASCII word that stands for it in tokens and fields
    token: str
    #: what stands between the braces
    source: str
    #: with the braces, exactly as written: code shows it so
    literal: str
    location: Location


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of an issue; `line` is the 1-based line in the file where it begins."""

    line: int
    #: the file it stands on: another one than the issue's inside an include
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Prose(Block):
    """Ordinary Markdown: paragraphs, headings, lists, tables, code … as markdown-it tokens.

    `typed` maps the index of a place-holder token (type `typed_block`) in `tokens` to the typed block
    that stands there, so that a callout in a list item stays in its list item.
    """

    tokens: tuple[Token, ...]
    typed: Mapping[int, Block] = field(default_factory=dict)
    #: holds raw HTML and must go through the allow-list
    raw_html: bool = False


@dataclass(frozen=True, kw_only=True)
class Button(Block):
    """A link that asks to be pressed; `variant` is primary, secondary or quiet."""

    label: str
    url: str
    variant: str = "primary"


@dataclass(frozen=True, kw_only=True)
class Callout(Block):
    """A set-off part; `kind` is note, tip, important, warning or caution. `title` empty: the kind's own word."""

    kind: str
    title: str = ""
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Image(Block):
    """An image of its own; width and height in pixels where known, `alt` empty only when `decorative`."""

    src: str
    alt: str
    caption: str = ""
    href: str = ""
    width: int | None = None
    height: int | None = None
    decorative: bool = False
    #: `left` or `right` of the children, or empty: alone
    side: str = ""
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Quote(Block):
    """Somebody's words; `by` names who said them."""

    children: tuple[Block, ...] = ()
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Divider(Block):
    """A pause."""


@dataclass(frozen=True, kw_only=True)
class Event(Block):
    """Something that takes place; `start` and `end` are aware, in `tz`."""

    title: str
    start: datetime
    end: datetime | None = None
    tz: str = ""
    all_day: bool = False
    location: str = ""
    url: str = ""
    text: str = ""
    #: stable across edits: the calendar file's UID is made from it
    uid: str = ""


@dataclass(frozen=True, kw_only=True)
class Card(Block):
    """A resource: a title that is a link, a sentence, perhaps a picture."""

    title: str
    url: str = ""
    text: str = ""
    image: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Person(Block):
    """Somebody presented: name, role, a sentence, perhaps a picture and a link."""

    name: str
    role: str = ""
    text: str = ""
    url: str = ""
    image: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """One entry of a list of links."""

    title: str
    url: str
    text: str = ""
    line: int = 1


@dataclass(frozen=True, kw_only=True)
class Links(Block):
    """A list of links with a sentence each."""

    title: str = ""
    items: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hero(Block):
    """The opening: a large title, a sentence, perhaps a picture and a button."""

    title: str = ""
    text: str = ""
    image: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None
    url: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Section(Block):
    """A part on a ground of its own; `background` names a colour of the theme."""

    background: str = ""
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Columns(Block):
    """One to three columns that stack on a phone."""

    columns: tuple[tuple[Block, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Only(Block):
    """A part for some readers."""

    condition: Condition
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Heading:
    """An entry of the table of contents."""

    level: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Contents(Block):
    """The table of contents."""

    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Custom(Block):
    """A block that a theme brings: its fields, validated against the theme's schema."""

    name: str
    fields: Mapping[str, object] = field(default_factory=dict)
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AudienceWish:
    """Whom the front matter asks to send to."""

    lists: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    segment: str = ""


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """A rule that this issue switches off, and why."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """The head of an issue, validated; see `issue.schema.json` for what each key means.

    `subject` and `preheader` hold merge tokens where the author wrote a merge field.
    """

    subject: str
    title: str = ""
    preheader: str = ""
    slug: str = ""
    number: int | None = None
    date: str = ""
    lang: str = "fr-CA"
    translation_key: str = ""
    status: str = "draft"
    audience: AudienceWish = AudienceWish()
    send_at: str = ""
    sender: str = ""
    reply_to: str = ""
    author: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str = ""
    image: str = ""
    image_alt: str = ""
    canonical_url: str = ""
    archive: str = "public"
    template: str = "default"
    theme: str = ""
    attachments: tuple[str, ...] = ()
    toc: bool = False
    vars: Mapping[str, object] = field(default_factory=dict)
    ignore: tuple[Ignored, ...] = ()
    #: canonical key -> where it stands
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Issue:
    """What an author wrote, in one language: head, blocks, merge fields, and what there is to say about it.

    `findings` holds every fault met while reading; with an error among them the issue can be rendered
    (what can be shown is shown) but not sent.
    """

    #: as the author would name it: relative to the project where possible
    path: str
    #: the issue's folder on disk, where its images lie
    folder: str
    slug: str
    lang: str
    front: FrontMatter
    blocks: tuple[Block, ...]
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    source: str = ""
    #: files that were read: the issue, its includes and images, for live reload and for `schedule`'s digest
    files: tuple[str, ...] = ()
