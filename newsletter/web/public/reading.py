"""View in browser: an issue as it was sent, with nothing of its reader; it may be passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from newsletter import language
from newsletter.language import _
from newsletter.web.public.counter import HEADERS, desk_of, language_of, said

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

#: an issue brings its own style and pictures, and nothing from elsewhere
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_READING = {**HEADERS, "Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=300"}


def reading_routes() -> list[BaseRoute]:
    """Return the routes of issues read in the browser."""
    return [Route("/archives/{slug}", _read)]


async def _read(request: Request) -> Response:
    lang = language_of(request)
    found = await run_in_threadpool(desk_of(request).read_online, request.path_params["slug"], lang)
    if found is not None:
        html, written = found
        return HTMLResponse(html, headers={**_READING, "Content-Language": written})
    with language.speaking(lang):
        heading, text = _("There is nothing here"), _("Open the link of your newest mail, or write to us.")
    return said(request, lang, heading, text, status=404)
