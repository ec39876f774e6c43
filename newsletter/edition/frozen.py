"""An edition as text that can be kept: JSON of a numbered form, never a pickle.

Attachments are kept beside it, as bytes; findings are not kept, they belong to the source. A form that this
program does not know is refused: a send must give exactly what was confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from newsletter.edition.edition import Attachment, Edition
from newsletter.edition.segments import Choice, Context, Given, Literal, Segment, Segments, Slot
from newsletter.errors import PermanentError
from newsletter.issue.document import Condition, Medium
from newsletter.language import _

#: the number of the form; a change of meaning takes the next one
FORM = 1
_TEXTS = ("slug", "lang", "theme", "title", "digest")
_PARTS = ("subject", "preheader", "html_segments", "text_segments", "web_segments")


def freeze(edition: Edition) -> str:
    """Return an edition without its attachments as JSON: the same edition gives the same text."""
    content: dict[str, object] = {"form": FORM, "constants": dict(edition.constants)}
    content |= {name: getattr(edition, name) for name in _TEXTS}
    content |= {name: _frozen(getattr(edition, name)) for name in _PARTS}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def thaw(text: str, attachments: Iterable[Attachment] = ()) -> Edition:
    """Return the edition that `freeze` was given; raises PermanentError for a form of another program."""
    content = json.loads(text)
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise PermanentError(
            _("A kept edition is of a form that this version does not know."),
            hint=_("Send it with the version that confirmed it."),
        )
    return Edition(
        slug=str(content["slug"]),
        lang=str(content["lang"]),
        theme=str(content["theme"]),
        title=str(content["title"]),
        subject=_thawed(content["subject"]),
        preheader=_thawed(content["preheader"]),
        html_segments=_thawed(content["html_segments"]),
        text_segments=_thawed(content["text_segments"]),
        web_segments=_thawed(content["web_segments"]),
        attachments=tuple(attachments),
        digest=str(content["digest"]),
        constants=content["constants"],
    )


def _plain(value: object) -> object:
    """Turn what an author's own values may be into JSON: tuples are lists, dates are text."""
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def _frozen(segments: Segments) -> list[object]:
    return [_frozen_one(segment) for segment in segments]


def _frozen_one(segment: Segment) -> object:
    """A literal is a text, a slot a list of two, a choice a list of three: the form stays short."""
    match segment:
        case Literal(text=text):
            return text
        case Slot(expression=expression, context=context):
            return [context.value, expression]
        case Choice(condition=Given(expression=expression), inner=inner):
            return ["given", expression, _frozen(inner)]
        case Choice(condition=Condition() as condition, inner=inner):
            return ["only", _frozen_condition(condition), _frozen(inner)]
    raise AssertionError(segment)


def _frozen_condition(condition: Condition) -> Mapping[str, object]:
    return {
        "languages": list(condition.languages),
        "lists": list(condition.lists),
        "segment": condition.segment,
        "media": [medium.value for medium in condition.media],
    }


def _thawed(items: Sequence[object]) -> Segments:
    return tuple(_thawed_one(item) for item in items)


def _thawed_one(item: object) -> Segment:
    if isinstance(item, str):
        return Literal(text=item)
    kind, first, *rest = cast("list[object]", item)
    if kind == "given":
        return Choice(condition=Given(expression=str(first)), inner=_thawed(cast("list[object]", rest[0])))
    if kind == "only":
        condition = _thawed_condition(cast("Mapping[str, object]", first))
        return Choice(condition=condition, inner=_thawed(cast("list[object]", rest[0])))
    return Slot(expression=str(first), context=Context(str(kind)))


def _thawed_condition(content: Mapping[str, object]) -> Condition:
    return Condition(
        languages=tuple(cast("list[str]", content["languages"])),
        lists=tuple(cast("list[str]", content["lists"])),
        segment=str(content["segment"]),
        media=tuple(Medium(value) for value in cast("list[str]", content["media"])),
    )
