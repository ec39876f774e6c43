"""An author's files, written from the page: saved whole or not at all, never over somebody else's change.

A sheet has a version, the digest of the file's bytes; who saves names the version they began with. What
a save replaces is kept in `var/history/`, so that every step can be gone back.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError, UsageError
from newsletter.issue.images import pixel_size
from newsletter.issue.names import slug_of
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.project.project import Project

HISTORY = "history"
#: how many earlier forms of one file are kept
KEPT = 100
MOST_TEXT = 8 * 1024 * 1024
MOST_PICTURE = 10 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_KINDS = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One issue file as it stands: its text with `\\n` line ends, and what tells it from any other form of it."""

    path: Path
    text: str = field(repr=False)
    version: str
    bom: bool = False
    crlf: bool = False


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A form that a file once had."""

    name: str
    at: datetime
    size: int


class ChangedElsewhereError(RefusedError):
    """The file is no longer what the author began with; nothing was written."""

    def __init__(self, now: Sheet) -> None:
        super().__init__(
            _("The file was changed elsewhere: nothing was saved."),
            hint=_("Look at both, then keep one of them."),
        )
        self.now = now


def open_sheet(project: Project, slug: str, lang: str) -> Sheet:
    """Read the file of an issue in one of its languages; raises UsageError or RefusedError when it can not be."""
    return read_sheet(project.root, _file_of(project, slug, lang))


def _file_of(project: Project, slug: str, lang: str) -> Path:
    """Return the file by its name alone, so that one that can not be read as an issue can still be mended."""
    from newsletter.issue.names import split_name

    files = project.files_of(slug)
    prefixes = frozenset(name.split("-")[0] for name in (project.config.site.lang, *project.config.site.languages))
    prefix = lang.split("-")[0].lower()
    return next((file for file in files if split_name(file, prefixes)[1].split("-")[0].lower() == prefix), files[0])


def read_sheet(root: Path, path: Path) -> Sheet:
    """Read a file below `root/issues`; raises RefusedError for one elsewhere, a link, or one that is not UTF-8."""
    _inside(root, path)
    content = path.read_bytes()
    if len(content) > MOST_TEXT:
        raise RefusedError(_("This file is too large to be written here."), hint=_("Use your own editor."))
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(
            _("This file is not UTF-8 text."), hint=_("Save it as UTF-8 in the editor it was made with.")
        ) from None
    return Sheet(
        path=path,
        text=text.replace("\r\n", "\n"),
        version=_version(content),
        bom=content.startswith(_BOM),
        crlf="\r\n" in text,
    )


def save_sheet(project: Project, sheet: Sheet, text: str, *, version: str, now: datetime) -> Sheet:
    """Write a sheet's text and return the sheet as it is then; what it replaces is kept.

    Raises ChangedElsewhereError when the file is not of `version` any more.
    """
    there = read_sheet(project.root, sheet.path)
    if there.version != version:
        raise ChangedElsewhereError(there)
    content = _encoded(text, sheet)
    if _version(content) == version:
        return there
    _keep(project, sheet.path, now)
    _replace(sheet.path, content)
    return read_sheet(project.root, sheet.path)


def earlier_forms(project: Project, path: Path) -> tuple[Earlier, ...]:
    """Return the forms a file once had, newest first."""
    found = sorted(_history(project, path).glob("*.md"), reverse=True)
    return tuple(
        Earlier(name=each.stem, at=datetime.fromtimestamp(each.stat().st_mtime, UTC), size=each.stat().st_size)
        for each in found
    )


def earlier_text(project: Project, path: Path, name: str) -> str:
    """Return the text of an earlier form; raises UsageError when there is none of that name."""
    for each in _history(project, path).glob("*.md"):
        if each.stem == name:
            return each.read_bytes().removeprefix(_BOM).decode("utf-8", "replace").replace("\r\n", "\n")
    raise UsageError(_("There is no earlier form “{name}”.").format(name=name))


def place_picture(project: Project, name: str, content: bytes) -> str:
    """Put a picture into `issues/images/`; return how an issue names it: `images/pont.jpg`.

    The same picture is not put there twice, another of the same name gets a number. Raises RefusedError for
    what is no PNG, JPEG, GIF or WebP, or is larger than 10 MB.
    """
    suffix = _suffix(content)
    folder = project.shelf.folder / "images"
    _inside(project.root, folder / "x")
    folder.mkdir(parents=True, exist_ok=True)
    stem = slug_of(Path(name).stem)
    for number in range(1, 1000):
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        if not path.exists():
            _replace(path, content)
            return f"images/{path.name}"
        if path.read_bytes() == content:
            return f"images/{path.name}"
    raise RefusedError(_("There are too many pictures of this name."), hint=_("Give it another name."))


def _suffix(content: bytes) -> str:
    if len(content) > MOST_PICTURE:
        raise RefusedError(_("This picture is larger than 10 MB."), hint=_("Make it smaller: 1200 pixels are enough."))
    known = next((suffix for mark, suffix in _KINDS.items() if content.startswith(mark)), "")
    if not known or pixel_size(content) is None:
        raise RefusedError(_("This is not a picture that mail can show."), hint=_("Use PNG, JPEG, GIF or WebP."))
    return known


def _inside(root: Path, path: Path) -> None:
    """Refuse whatever is not a plain file of the issues' folder itself (CWE-22, CWE-59)."""
    folder = (root / "issues").resolve()
    if path.is_symlink() or not path.resolve().is_relative_to(folder):
        raise RefusedError(_("This file lies outside issues/."), hint=_("Only the project's own issues are written."))


def _encoded(text: str, sheet: Sheet) -> bytes:
    """Return a text as the file's bytes, with the mark and line ends it had."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    content = (lines.replace("\n", "\r\n") if sheet.crlf else lines).encode("utf-8", "replace")
    return _BOM + content if sheet.bom else content


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _history(project: Project, path: Path) -> Path:
    return project.config.var / HISTORY / path.stem


def _keep(project: Project, path: Path, now: datetime) -> None:
    folder = _history(project, path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = path.read_bytes()
    kept = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{_version(content)}.md"
    kept.write_bytes(content)
    os.utime(kept, (now.timestamp(), now.timestamp()))
    for old in sorted(folder.glob("*.md"))[:-KEPT]:
        old.unlink()


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    if path.exists():
        beside.chmod(path.stat().st_mode)
    beside.replace(path)
