"""What a new issue may begin with: nothing, an earlier issue, or a template of the project.

A template is a Markdown file in `issues/modeles/` or `issues/templates/`: what lies deeper than the issues is
none of them, so that a template is never listed, and never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import UsageError
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from newsletter.project.project import Project

FOLDERS = ("modeles", "modèles", "templates")


@dataclass(frozen=True, kw_only=True)
class Start:
    """One thing that an issue may begin with."""

    #: a slug, or a file below the project's root
    name: str
    template: bool = False


def starts(project: Project) -> tuple[Start, ...]:
    """Return every issue, newest first, then every template."""
    issues = tuple(Start(name=slug) for slug in project.shelf.slugs())
    return (*issues, *(Start(name=name, template=True) for name in _templates(project)))


def known_start(project: Project, name: str) -> str:
    """Return the name of an issue or a template as `begin_issue` takes it; raises UsageError for anything else."""
    known = [start.name for start in starts(project)]
    if name in known:
        return name
    near = nearest(name, known)
    raise UsageError(
        _("There is no issue “{name}”.").format(name=name),
        hint=_("Did you mean “{near}”?").format(near=near) if near else _("Issues lie in issues/."),
    )


def _templates(project: Project) -> list[str]:
    root = project.root.resolve()
    found: list[str] = []
    for folder in FOLDERS:
        for path in sorted((project.shelf.folder / folder).glob("*.md")):
            if path.resolve().is_relative_to(root):
                found.append(_below(project, path))
    return found


def _below(project: Project, path: Path) -> str:
    return path.relative_to(project.root).as_posix()
