"""Why a file is refused whole: its structure can not be trusted, so no row of it can."""

from __future__ import annotations

from newsletter.errors import Location, SubscriberFileError


class RefusedFileError(SubscriberFileError):
    """A file of people has a fault of structure; nothing was read from it.

    `reason` is the fault's name in JSON; `row` is where it shows, 0 when it is the file's as a whole.
    """

    def __init__(self, reason: str, message: str, *, row: int = 0, hint: str | None = None, file: str = "") -> None:
        super().__init__(message, hint=hint, location=Location(path=file, line=row) if row and file else None)
        self.reason = reason
        self.row = row
