"""The size of images: written out, and never wider than the place that they stand in."""

from __future__ import annotations

#: an image that a theme may stretch over a phone: not shown, it would be wider than the page
WIDE = "wide"
WIDEST_SMALL = 280


def fitted(width: object, height: object, room: int) -> tuple[int, int]:
    """Return an image's width and height, made to fit into `room` pixels; 0 where they are not known."""
    if not isinstance(width, int) or width <= 0:
        return 0, 0
    fits = min(width, room)
    return fits, max(1, round(height * fits / width)) if isinstance(height, int) and height > 0 else 0


def size(width: int, height: int) -> str:
    """Return width and height as attributes, those that are known."""
    return (f' width="{width}"' if width else "") + (f' height="{height}"' if width and height else "")
