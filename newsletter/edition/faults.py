"""Faults of a theme, told with the template's file and line.

What fails is MJML that several templates made together. Only then they are run again with a mark at every
line's end, so that a place in the MJML is a line of a template.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.edition.theme import Theme, fault
from newsletter.errors import ThemeError
from newsletter.language import _


@contextmanager
def theme_fault(theme: Theme) -> Iterator[None]:
    """Turn what a template raises while it runs into a `ThemeError` at its file and line."""
    from jinja2 import TemplateError

    try:
        yield
    except (TemplateError, TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError, OverflowError) as error:
        place = _place(error, theme)
        if place is None:
            raise
        found = fault(place[0], str(error) or type(error).__name__, line=place[1])
        raise ThemeError(_("the theme « {name} » has a fault").format(name=theme.name), [found]) from error


def _place(error: BaseException, theme: Theme) -> tuple[Path, int] | None:
    """Return the template and the line in which an error was raised, or None when it was not in a template."""
    folders = tuple(str(folder) for folder in theme.folders)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(folders)]
    return (Path(frames[-1].filename), frames[-1].lineno or 1) if frames else None
