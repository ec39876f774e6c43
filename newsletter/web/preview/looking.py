"""The pages and answers that show an issue: the studio's page, its view, its details, its pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from newsletter.language import _
from newsletter.web.preview.asking import can_score
from newsletter.web.preview.frames import axe_file
from newsletter.web.preview.rooms import text
from newsletter.web.preview.shape import details_as_json, view_as_json
from newsletter.web.preview.shelf import Entry
from newsletter.web.preview.studio import Given, Studio, answer, page, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request

#: nothing in these changes while their address stays
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}


def looking_routes() -> list[BaseRoute]:
    """Return the routes that show an issue."""
    return [
        Route("/", _newest),
        Route("/issues/{slug}/{lang}", _page),
        Route("/issues/{slug}/{lang}/view.json", _view),
        Route("/issues/{slug}/{lang}/details.json", _details),
        Route("/shelf.json", _shelf),
        Route("/reader", _invite, methods=["POST"]),
        Route("/pictures/{name}", _picture),
        Route("/events", _events),
    ]


async def _newest(request: Request) -> Response:
    from starlette.concurrency import run_in_threadpool

    entries = await run_in_threadpool(studio_of(request).shelf.entries)
    if not entries:
        return await page(request, "empty.html.j2")
    return RedirectResponse(f"/issues/{entries[0].slug}/{entries[0].lang}")


async def _page(request: Request) -> Response:
    slug, lang = request.path_params["slug"], request.path_params["lang"]

    def work(studio: Studio) -> Given:
        entries = studio.shelf.entries()
        entry = next((each for each in entries if (each.slug, each.lang) == (slug, lang)), None)
        return {
            "title": f"{entry.title if entry else slug} – {studio.title}",
            "slug": slug,
            "issue_lang": lang,
            "entries": [entry_as_json(each) for each in entries],
            "personas": personas(studio),
            "wanted": request.query_params.get("persona", ""),
            "axe": axe_file() is not None,
            "spam": can_score(),
        }

    return await page(request, "desk.html.j2", work)


def personas(studio: Studio) -> list[dict[str, str]]:
    """Name each reader: personas are invented, so their names may be shown."""
    return [
        {"key": key, "lang": reader.lang, "label": f"{reader.name or _('(no name)')} · {reader.lang}"}
        for key, reader in studio.workshop.readers().items()
    ]


async def _view(request: Request) -> Response:
    where, asked = request.path_params, request.query_params

    def work(studio: Studio, _body: Given) -> Given:
        view = studio.workshop.view(where["slug"], where["lang"], asked.get("persona", ""), web="web" in asked)
        return view_as_json(view, studio.workshop.lines, client=asked.get("client", ""))

    return await answer(request, work)


async def _details(request: Request) -> Response:
    where, asked = request.path_params, request.query_params

    def work(studio: Studio, _body: Given) -> Given:
        return details_as_json(studio.workshop.details(where["slug"], where["lang"], asked.get("persona", "")))

    return await answer(request, work)


async def _shelf(request: Request) -> Response:
    """List the issues with what is known of each; `pending` until every one was checked."""

    def work(studio: Studio, _body: Given) -> Given:
        pending = studio.shelf.look_on()
        return {"entries": [entry_as_json(each) for each in studio.shelf.entries()], "pending": pending}

    return await answer(request, work)


def entry_as_json(entry: Entry) -> dict[str, object]:
    """Return a line of the list of issues, in words."""
    return {
        "slug": entry.slug,
        "lang": entry.lang,
        "title": entry.title,
        "path": entry.path,
        "state": entry.state,
        "word": state_word(entry.state),
        "errors": entry.errors,
        "warnings": entry.warnings,
        "sent": sent_text(entry),
    }


def state_word(state: str) -> str:
    """Return the word for an issue's state."""
    words = {
        "draft": _("draft"),
        "ready": _("ready"),
        "planning": _("scheduled"),
        "running": _("sending"),
        "paused": _("paused"),
        "stopped": _("stopped"),
        "held": _("on hold"),
        "done": _("sent"),
    }
    return words.get(state, _("unreadable"))


def sent_text(entry: Entry) -> str:
    """Return when an issue was sent last, as the interface's language writes a date."""
    from babel.dates import format_date

    from newsletter.language import current

    if entry.sent is None:
        return ""
    day = format_date(entry.sent, format="medium", locale=current().replace("-", "_"))
    return _("Sent {day}").format(day=day)


async def _invite(request: Request) -> Response:
    """Show the mail as a real subscriber gets it: the address comes in the body, a random word goes back."""

    def work(studio: Studio, body: Given) -> Given:
        word = studio.workshop.invite(text(body.get("address")))
        person = studio.workshop.guest(word)
        return {"ok": True, "key": word, "lang": person.lang if person else "", "label": _("A real person")}

    return await answer(request, work)


async def _picture(request: Request) -> Response:
    found = studio_of(request).workshop.pictures.get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    return Response(found.content, media_type=found.media_type, headers=FOREVER)


async def _events(request: Request) -> Response:
    bell = studio_of(request).bell

    async def stream() -> AsyncIterator[str]:
        async for generation in bell.listen():
            yield f"event: generation\ndata: {generation}\n\n" if generation is not None else ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")
