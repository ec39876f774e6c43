"""What the reader of an issue must know of the project: languages, merge fields, lists, theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: what every reader's mail can hold; a project adds `subscriber.<its own fields>`
STANDARD_FIELDS = (
    "subscriber.first_name",
    "subscriber.name",
    "subscriber.lang",
    "issue.title",
    "issue.subject",
    "issue.number",
    "issue.date",
    "issue.slug",
    "issue.lang",
    "issue.summary",
    "issue.author",
    "issue.vars.*",
    "site.name",
    "site.newsletter",
    "site.url",
    "site.contact",
    "site.postal_address",
    "links.unsubscribe",
    "links.preferences",
    "links.web",
    "links.archive",
    "list.name",
    "list.title",
    "list.description",
    "list.reason",
)


class HtmlMode(StrEnum):
    """How raw HTML in an issue is met: `[markdown] html`."""

    SANITISE = "sanitise"
    ESCAPE = "escape"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class BlockSchema:
    """A block that a theme brings, written as fenced YAML or as `::: name {key=value}` with Markdown inside."""

    #: key -> `text`, `url`, `image`, `number` or `boolean`
    fields: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What of the project matters for reading an issue; the defaults are those of a new project."""

    languages: tuple[str, ...] = ("fr-CA", "en-CA")
    lang: str = "fr-CA"
    tz: str = "America/Toronto"
    typography: bool = True
    #: U+202F before ; ! ? in fr-CA, which has nothing there by default
    narrow: bool = False
    html: HtmlMode = HtmlMode.SANITISE
    #: dotted names; a last part `*` stands for any name (for `issue.vars.*`: any that the issue defines)
    fields: tuple[str, ...] = STANDARD_FIELDS
    #: names of lists for `audience` and `::: only`; None does not check them
    lists: tuple[str, ...] | None = None
    #: names of senders for `from` and `reply_to`; None does not check them
    senders: tuple[str, ...] | None = None
    #: names of colours that `::: section {bg=…}` may ask for; None does not check them
    colours: tuple[str, ...] | None = None
    #: blocks of the theme by name
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)
    #: images heavier than this many bytes are a finding
    heavy_image: int = 500_000
