"""An edition as JSON and back: what a send keeps, so that workers need no files and years later one can tell.

Never a pickle: the format has a version, and holds nothing but texts, numbers and lists.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import cast

from newsletter.edition.edition import Archive, Attachment, Edition
from newsletter.edition.segments import Choice, Context, Given, Literal, Segment, Segments, Slot
from newsletter.errors import ConfigError
from newsletter.issue.document import Condition, Medium
from newsletter.language import _

#: what this program writes; older ones are still read
FORMAT = 1
_SEGMENTS = ("subject", "preheader", "html_segments", "text_segments", "web_segments")


def to_json(edition: Edition) -> str:
    """Return everything of an edition but its attachments and findings."""
    content: dict[str, object] = {
        "slug": edition.slug,
        "lang": edition.lang,
        "theme": edition.theme,
        "title": edition.title,
        "digest": edition.digest,
        "archive": edition.archive.value,
        "constants": dict(edition.constants),
    }
    content |= {name: [_thin(segment) for segment in getattr(edition, name)] for name in _SEGMENTS}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_plain)


def from_json(text: str, *, attachments: Sequence[Attachment] = (), format: int = FORMAT) -> Edition:
    """Return the edition that `to_json` wrote; raises ConfigError for a format of a newer program."""
    if format > FORMAT:
        raise ConfigError(
            _("This send was confirmed by a newer version of the program."), hint=_("Update this one, then resume.")
        )
    content = json.loads(text)
    return Edition(
        slug=content["slug"],
        lang=content["lang"],
        theme=content["theme"],
        title=content["title"],
        subject=_thick(content["subject"]),
        preheader=_thick(content["preheader"]),
        html_segments=_thick(content["html_segments"]),
        text_segments=_thick(content["text_segments"]),
        web_segments=_thick(content["web_segments"]),
        attachments=tuple(attachments),
        digest=content["digest"],
        # what was kept before this was is shown to nobody whom its author may not have meant
        archive=Archive(content.get("archive", Archive.NONE)),
        constants=content["constants"],
    )


def freeze(editions: Sequence[Edition]) -> bytes:
    """Return the editions of an issue, with their attachments, as one piece."""
    pieces = [
        {"edition": to_json(edition), "files": [_packed(each) for each in edition.attachments]} for edition in editions
    ]
    return json.dumps({"format": FORMAT, "editions": pieces}, ensure_ascii=False).encode()


def thaw(frozen: bytes) -> tuple[Edition, ...]:
    """Return the editions that `freeze` wrote."""
    content = json.loads(frozen)
    return tuple(
        from_json(piece["edition"], attachments=[_unpacked(each) for each in piece["files"]], format=content["format"])
        for piece in content["editions"]
    )


def _thin(segment: Segment) -> object:
    """A segment as JSON: a text, `[expression, context]`, or an object for a part for some readers."""
    if isinstance(segment, Literal):
        return segment.text
    if isinstance(segment, Slot):
        return [segment.expression, segment.context.value]
    return {"if": _condition(segment.condition), "then": [_thin(inner) for inner in segment.inner]}


def _condition(condition: Condition | Given) -> object:
    if isinstance(condition, Given):
        return condition.expression
    return {
        "languages": list(condition.languages),
        "lists": list(condition.lists),
        "segment": condition.segment,
        "media": [medium.value for medium in condition.media],
    }


def _thick(segments: Sequence[object]) -> Segments:
    return tuple(_segment(segment) for segment in segments)


def _segment(thin: object) -> Segment:
    if isinstance(thin, str):
        return Literal(text=thin)
    if isinstance(thin, list):
        return Slot(expression=thin[0], context=Context(thin[1]))
    assert isinstance(thin, Mapping)
    return Choice(condition=_read_condition(thin["if"]), inner=_thick(thin["then"]))


def _read_condition(thin: object) -> Condition | Given:
    if isinstance(thin, str):
        return Given(expression=thin)
    said = cast("Mapping[str, list[str]]", thin)
    return Condition(
        languages=tuple(said["languages"]),
        lists=tuple(said["lists"]),
        segment=str(said["segment"]),
        media=tuple(Medium(medium) for medium in said["media"]),
    )


def _packed(attachment: Attachment) -> dict[str, str]:
    return {
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "cid": attachment.cid,
        "content": base64.b64encode(attachment.content).decode(),
    }


def _unpacked(packed: Mapping[str, str]) -> Attachment:
    content = base64.b64decode(packed["content"])
    return Attachment(filename=packed["filename"], media_type=packed["media_type"], cid=packed["cid"], content=content)


def _plain(value: object) -> object:
    """Return a value of the author's own as JSON can hold it: mappings and sequences as such, the rest as text."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)
