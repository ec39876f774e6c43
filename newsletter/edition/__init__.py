"""An `Issue` and a theme come in; an `Edition` goes out: HTML and text as segments, ready for anybody.

Pure: no clock, no network, no database, and no text of an author ever passes through MRML.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.edition.options import ImageMode, Part, RenderOptions, SiteFacts, TextLinks
    from newsletter.edition.rendering import render
    from newsletter.edition.theme import Theme, open_theme, shipped_themes

__all__ = [
    "ImageMode",
    "Part",
    "RenderOptions",
    "SiteFacts",
    "TextLinks",
    "Theme",
    "open_theme",
    "render",
    "shipped_themes",
]

#: handed on when asked for: workers need the nouns alone, and lxml is heavy
_HOMES = {
    "ImageMode": "options",
    "Part": "options",
    "RenderOptions": "options",
    "SiteFacts": "options",
    "TextLinks": "options",
    "Theme": "theme",
    "open_theme": "theme",
    "render": "rendering",
    "shipped_themes": "theme",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"newsletter.edition.{_HOMES[name]}"), name)
