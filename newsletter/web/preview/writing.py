"""A place to write: the issue's file as text, its head as a form, blocks, pictures, earlier forms, new issues."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute, Route

from newsletter.errors import UsageError
from newsletter.issue.head_edit import head_values, set_keys
from newsletter.language import _
from newsletter.project.writing import (
    MOST_PICTURE,
    ChangedElsewhereError,
    Sheet,
    earlier_forms,
    earlier_text,
    open_sheet,
    place_picture,
    save_sheet,
)
from newsletter.web.preview.head_form import choices_of, head_as_json, wanted_values
from newsletter.web.preview.rooms import Call, done, text, told
from newsletter.web.preview.shape import error_as_json, size_text
from newsletter.web.preview.studio import Given

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from newsletter.project.project import Project


def writing_routes() -> list[BaseRoute]:
    """Return the routes of the writing pane."""
    here = "/issues/{slug}/{lang}"
    return [
        Route(f"{here}/sheet", told(_sheet)),
        Route(f"{here}/sheet", told(_save), methods=["POST"]),
        Route(f"{here}/head", told(_head), methods=["POST"]),
        Route(f"{here}/earlier", told(_earlier)),
        Route(f"{here}/earlier/{{name}}", told(_earlier_one)),
        Route("/palette.json", told(_palette)),
        Route("/starts.json", told(_starts)),
        Route("/issues", told(_begin), methods=["POST"]),
        Route("/pictures", _place, methods=["POST"]),
    ]


def _opened(call: Call) -> Sheet:
    return open_sheet(call.project, call.where["slug"], call.where["lang"])


def _shown(project: Project, sheet: Sheet) -> dict[str, object]:
    path = sheet.path.resolve().relative_to(project.root.resolve()).as_posix()
    return {"ok": True, "path": path, "text": sheet.text, "version": sheet.version}


def _sheet(call: Call) -> Given:
    return _shown(call.project, _opened(call))


def _save(call: Call) -> Given:
    """Write the text if the file still is what the author began with; else answer with both, status 409."""
    now = datetime.now(UTC)
    try:
        saved = save_sheet(
            call.project, _opened(call), text(call.body.get("text")), version=text(call.body.get("version")), now=now
        )
    except ChangedElsewhereError as error:
        theirs = {"text": error.now.text, "version": error.now.version}
        return {"ok": False, "error": error_as_json(error), "theirs": theirs}
    return {"ok": True, "version": saved.version, "at": _clock(call.project, now)}


def _clock(project: Project, at: datetime) -> str:
    from newsletter.schedule.saying import say_time

    wall = at.astimezone(ZoneInfo(project.config.site.tz))
    return say_time(wall.replace(second=0, microsecond=0).time())


def _head(call: Call) -> Given:
    """Read the head of a text as a form; with `values`, set them in the text and give it back. Writes no file."""
    written = text(call.body.get("text"))
    values = call.body.get("values")
    if isinstance(values, dict):
        written = set_keys(written, wanted_values(values, shown=head_as_json(head_values(written))))
    return {
        "ok": True,
        "text": written,
        "head": head_as_json(head_values(written)),
        "choices": choices_of(call.project, call.studio.lang),
    }


def _earlier(call: Call) -> Given:
    zone = ZoneInfo(call.project.config.site.tz)
    forms = earlier_forms(call.project, _opened(call).path)
    return {
        "ok": True,
        "forms": [
            {"name": each.name, "at": _moment(each.at.astimezone(zone)), "size": size_text(each.size)} for each in forms
        ],
    }


def _moment(at: datetime) -> str:
    from newsletter.schedule.saying import say_wall

    return say_wall(at.replace(second=0, microsecond=0))


def _earlier_one(call: Call) -> Given:
    found = earlier_text(call.project, _opened(call).path, call.where["name"])
    return {"ok": True, "text": found}


def _palette(call: Call) -> Given:
    from newsletter.project.palette import palette

    today = datetime.now(ZoneInfo(call.project.config.site.tz)).date()
    pieces = palette(call.project.reading.blocks, lists=tuple(call.project.lists), today=today)
    return {
        "ok": True,
        "pieces": [{"name": each.name, "label": each.label, "text": each.text, "own": each.own} for each in pieces],
    }


def _starts(call: Call) -> Given:
    """List what a new issue may begin with."""
    from newsletter.project.starts import starts

    titles = {entry.slug: entry.title for entry in reversed(call.studio.shelf.entries())}
    found = starts(call.project)
    return {
        "ok": True,
        "issues": [{"name": s.name, "label": titles.get(s.name, s.name)} for s in found if not s.template],
        "templates": [{"name": s.name, "label": s.name.rpartition("/")[2][:-3]} for s in found if s.template],
        "languages": list(call.project.config.site.languages),
        "lang": call.project.config.site.lang,
    }


def _begin(call: Call) -> Given:
    """Begin an issue, empty or from another's text, and say where its page is."""
    from newsletter.project.beginning import begin_issue
    from newsletter.project.starts import known_start

    title, source = text(call.body.get("title")).strip(), text(call.body.get("source"))
    if not title:
        raise UsageError(_("An issue needs a title."), hint=_("It becomes the subject; it can be changed later."))
    today = datetime.now(ZoneInfo(call.project.config.site.tz)).date()
    path, _notes = begin_issue(
        call.project,
        title,
        lang=text(call.body.get("lang")),
        source=known_start(call.project, source) if source else None,
        today=today,
    )
    issue = call.project.read_issue(path)
    return {"ok": True, "page": f"/issues/{issue.slug}/{issue.lang}?write"}


async def _place(request: Request) -> Response:
    """Put a picture, which is the body, into the issues' folder; its name comes in a header, percent-encoded."""
    read = bytearray()
    async for chunk in request.stream():
        if len(read) <= MOST_PICTURE:
            read += chunk
    name = unquote(request.headers.get("x-name", "")).replace("\\", "/").rpartition("/")[2]

    def work(call: Call) -> Given:
        return {"ok": True, "path": place_picture(call.project, name or "image", bytes(read))}

    return await done(request, work, read=False)
