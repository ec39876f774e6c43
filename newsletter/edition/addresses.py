"""Where links and images of an issue point to once it is a mail: resolved, checked, images taken along.

Images beside the issue become attachments named by their content; nothing outside the issue's folder is
read, and nothing is ever fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

from newsletter.edition.edition import Attachment
from newsletter.edition.escaping import is_safe, scheme_of
from newsletter.edition.notes import Notes
from newsletter.edition.options import ImageMode, RenderOptions
from newsletter.errors import Severity
from newsletter.issue.images import inside, is_local
from newsletter.issue.merge import TOKEN
from newsletter.language import _

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".ics": "text/calendar",
    ".zip": "application/zip",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mp3": "audio/mpeg",
}
#: a file larger than this does not travel
MOST_BYTES = 20_000_000


class Addresses:
    """Resolves the addresses of one issue, and keeps the images that travel with it."""

    def __init__(self, folder: str, options: RenderOptions, notes: Notes) -> None:
        self.folder = Path(folder) if folder else None
        self.options = options
        self.notes = notes
        self.images: dict[str, Attachment] = {}
        self._sources: dict[str, str] = {}

    def link(self, url: str, lines: tuple[int, int], path: str = "") -> str:
        """Return where a link leads, or nothing when it may not stand in a mail."""
        if url.startswith(("https://", "http://", "mailto:", "#")) or TOKEN.fullmatch(url):
            return url
        if not is_safe(url):
            self._refuse(url, lines, path)
            return ""
        return self._resolved(url, lines, path)

    def image(self, source: str, lines: tuple[int, int], path: str = "") -> str:
        """Return an image's address in the mail: `cid:…` when it travels inside, nothing when it may not."""
        if source.startswith(("https://", "http://")):
            return source
        if not is_safe(source, image=True):
            self._refuse(source, lines, path)
            return ""
        if source not in self._sources:
            self._sources[source] = self._taken(source) or self._resolved(source, lines, path)
        return self._sources[source]

    def files(self, names: Sequence[str]) -> tuple[Attachment, ...]:
        """Return the files that the front matter attaches; one that is not there was reported by reading."""
        found = (self._content(name) for name in names)
        return tuple(
            Attachment(filename=path.name, media_type=media_type(path.suffix), content=content)
            for path, content in filter(None, found)
        )

    def _content(self, name: str) -> tuple[Path, bytes] | None:
        """Read a file of the issue's folder, unless it is too large for a mail."""
        path = inside(self.folder, name) if self.folder is not None else None
        try:
            content = path.read_bytes() if path is not None and path.stat().st_size <= MOST_BYTES else b""
        except OSError:
            return None
        return (path, content) if path is not None and content else None

    def _refuse(self, url: str, lines: tuple[int, int], path: str) -> None:
        message = _("this address is of a kind that no mail may hold; it was taken out")
        self.notes.add("NL234", message, lines=lines, needle=url[:200], path=path, severity=Severity.ERROR)

    def _resolved(self, url: str, lines: tuple[int, int], path: str) -> str:
        """Return a relative address as one that works from anywhere, as far as that is known."""
        if url.startswith("//"):
            return f"https:{url}"
        if not url or url.startswith("#") or scheme_of(url):
            return url
        # `(https://…)` is a slip of the pen, not a relative address: joined to another it would be lost in it
        if not self.options.base_url or "://" in url.split("?")[0].split("#")[0]:
            message = _("this relative address leads nowhere from a mail")
            hint = _("Write the whole address, or set web.base_url in newsletter.toml.")
            self.notes.add("NL235", message, lines=lines, needle=url[:200], path=path, hint=hint)
            return url
        try:
            return urljoin(self.options.base_url.rstrip("/") + "/", url)
        except ValueError:  # brackets that are no IPv6 address: nobody can follow it, but it is the author's
            return url

    def _taken(self, source: str) -> str:
        """Take an image of the issue's folder along, and return its `cid:` address."""
        stays = self.options.images is ImageMode.LINK and self.options.base_url
        if self.folder is None or stays or not is_local(source):
            return ""
        found = self._content(source)
        if found is None or not media_type(found[0].suffix).startswith("image/"):
            return ""
        path, content = found
        name = f"{hashlib.sha256(content).hexdigest()[:24]}@image"
        file = Attachment(filename=path.name, media_type=media_type(path.suffix), content=content, cid=name)
        self.images.setdefault(name, file)
        return f"cid:{name}"


def media_type(suffix: str) -> str:
    """Return a file's media type by its suffix; the machine's own table is not asked, so that bytes stay the same."""
    return MEDIA_TYPES.get(suffix.lower(), "application/octet-stream")
