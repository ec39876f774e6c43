"""Infolettre: an issue in Markdown becomes an edition, and each person who asked gets it once.

The public names are few: open a project, read an issue, render it, plan a send, send it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.version import __version__

if TYPE_CHECKING:
    from newsletter.project import Project, open_project

__all__ = ["Project", "__version__", "open_project"]


def __getattr__(name: str) -> object:
    """Hand on the project's names when first asked for: `import newsletter` stays cheap."""
    if name in ("Project", "open_project"):
        from newsletter import project  # the whole pipeline hangs on it (0.3 s)

        return getattr(project, name)
    raise AttributeError(name)
