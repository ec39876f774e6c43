"""Issue files to editions, with what of the configuration matters for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.issue.options import STANDARD_FIELDS, HtmlMode, ReadOptions

if TYPE_CHECKING:
    from newsletter.project.project import Project


def read_options(project: Project) -> ReadOptions:
    """Return what of a project matters for reading an issue."""
    config = project.config
    own = tuple(f"subscriber.{name}" for name in config.subscriber.fields)
    return ReadOptions(
        languages=config.site.languages,
        lang=config.site.lang,
        tz=config.site.tz,
        typography=config.typography.enabled,
        narrow=config.typography.narrow,
        html=HtmlMode(config.markdown.html),
        fields=STANDARD_FIELDS + own,
        lists=tuple(project.lists),
        senders=tuple(config.sender),
    )
