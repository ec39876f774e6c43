"""View in browser: an issue as it was sent, with nothing of its reader; it may be passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from newsletter import language
from newsletter.language import _
from newsletter.message.tokens import is_inert
from newsletter.web.public.counter import HEADERS, desk_of, language_of, said

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

#: an issue brings its own style and pictures, and nothing from elsewhere
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_VERSION = {**HEADERS, "Content-Security-Policy": _POLICY}
_READING = {**_VERSION, "Cache-Control": "public, max-age=300"}


def reading_routes() -> list[BaseRoute]:
    """Return the routes of issues read in the browser."""
    return [Route("/archives/{slug}", _read), Route("/v/{token}", _version)]


async def _read(request: Request) -> Response:
    lang = language_of(request)
    found = await run_in_threadpool(desk_of(request).read_online, request.path_params["slug"], lang)
    return _shown(found, _READING) if found else _nothing(request, lang)


async def _version(request: Request) -> Response:
    """What a mail's own link shows: the language is that of the mail, not the browser's."""
    token = request.path_params["token"]
    found = await run_in_threadpool(desk_of(request).read_version, token)
    if found:
        return _shown(found, _VERSION)
    lang = language_of(request)
    if not is_inert(token):
        return _nothing(request, lang)
    with language.speaking(lang):
        heading, text = _("There is nothing here"), _("This link comes from a test mail: it changes nothing.")
    return said(request, lang, heading, text)


def _shown(found: tuple[str, str], headers: Mapping[str, str]) -> Response:
    html, written = found
    return HTMLResponse(html, headers={**headers, "Content-Language": written})


def _nothing(request: Request, lang: str) -> Response:
    with language.speaking(lang):
        heading, text = _("There is nothing here"), _("Open the link of your newest mail, or write to us.")
    return said(request, lang, heading, text, status=404)
