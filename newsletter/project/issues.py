"""The issues of a project on disk: named by path or slug, listed newest first, begun from a title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from newsletter.errors import UsageError
from newsletter.issue.names import slug_of, split_name
from newsletter.language import _, nearest

FOLDER = "issues"
#: names that the command line uses itself
RESERVED = frozenset({"list", "show", "cancel", "preview", "personas", "renew", "keep"})
#: as much of a file as its front matter can be
_HEAD = 64 * 1024
_KEY = re.compile(r"^(slug|date)[ \t]*:[ \t]*[\"']?([^\"'\s#]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where a project's issues lie; `languages` are those whose suffix a file's name may have."""

    root: Path
    languages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The folder of the issues."""
        return self.root / FOLDER

    def files(self) -> list[Path]:
        """Return every issue file; what lies deeper is for includes and images."""
        return sorted(self.folder.glob("*.md"))

    def slugs(self) -> tuple[str, ...]:
        """Return the name of each issue, newest first: by the date of its head, else by its file's name."""
        found: dict[str, str] = {}
        for path in self.files():
            head = _head(path)
            slug = head.get("slug") or self._stem(path)
            found[slug] = max(found.get(slug, ""), head.get("date") or self._stem(path))
        return tuple(sorted(found, key=lambda slug: (found[slug], slug), reverse=True))

    def find(self, name: str) -> Path:
        """Return a file of the issue that a path or a slug means.

        Raises UsageError when there is none, with the nearest name.
        """
        for path in self._candidates(name):
            if _is_file(path):
                return path
        for path in self.files():
            if name in (self._stem(path), _head(path).get("slug")):
                return path
        near = nearest(name, self.slugs())
        raise UsageError(
            _("There is no issue “{name}”.").format(name=name),
            hint=_("Did you mean “{near}”?").format(near=near) if near else _("Issues lie in issues/."),
        )

    def new_path(self, title: str, *, lang: str = "", today: date) -> Path:
        """Return where an issue with this title is begun: `2026-12-titre.md`; raise UsageError if it is there."""
        words = title.replace("’", " ").replace("'", " ")
        name = slug_of(f"{today:%Y-%m} {words}")
        suffix = f".{lang.split('-')[0]}" if lang else ""
        path = self.folder / f"{name}{suffix}.md"
        if path.exists() or name in RESERVED:
            raise UsageError(
                _("There is an issue “{name}” already.").format(name=name), hint=_("Choose another title.")
            )
        return path

    def _candidates(self, name: str) -> Iterable[Path]:
        given = Path(name)
        yield given
        yield self.root / given
        yield self.folder / given
        yield self.folder / f"{name}.md"

    def _stem(self, path: Path) -> str:
        return split_name(path, frozenset(language.split("-")[0] for language in self.languages))[0]


def _is_file(path: Path) -> bool:
    """Tell whether a file is there; a name that no file can have is that of none."""
    try:
        return path.is_file()
    except OSError:  # too long a name
        return False


def _head(path: Path) -> dict[str, str]:
    """Look for slug and date in an issue's front matter, without reading the issue: it may be broken."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            text = file.read(_HEAD)
    except OSError:
        return {}
    if not text.startswith("---"):
        return {}
    return dict(_KEY.findall(text[: text.find("\n---", 3)]))
