"""All editions of an issue as one piece of bytes, for a booking: compressed JSON, attachments in base64."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable

from newsletter.edition.edition import Attachment, Edition
from newsletter.edition.frozen import freeze, thaw


def freeze_all(editions: Iterable[Edition]) -> bytes:
    """Return the editions of an issue as bytes."""
    content = [
        {"edition": freeze(edition), "files": [_file(each) for each in edition.attachments]} for edition in editions
    ]
    return zlib.compress(json.dumps(content).encode(), 6)


def thaw_all(frozen: bytes) -> tuple[Edition, ...]:
    """Return the editions that `freeze_all` was given."""
    return tuple(
        thaw(str(each["edition"]), [_attachment(file) for file in each["files"]])
        for each in json.loads(zlib.decompress(frozen))
    )


def _file(attachment: Attachment) -> dict[str, str]:
    return {
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "cid": attachment.cid,
        "content": b64encode(attachment.content).decode(),
    }


def _attachment(file: dict[str, str]) -> Attachment:
    return Attachment(
        filename=file["filename"],
        media_type=file["media_type"],
        cid=file["cid"],
        content=b64decode(file["content"]),
    )
