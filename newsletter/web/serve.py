"""The application that `serve` runs: the subscriber's pages, the provider's calls, and a sign of life."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.language import _, speaking
from newsletter.web.guard import OneSpelling
from newsletter.web.hooks import Postroom, hook_routes
from newsletter.web.public.counter import HEADERS, HERE, Counter, language_of, said
from newsletter.web.public.exit import exit_routes
from newsletter.web.public.own import own_routes
from newsletter.web.public.reading import reading_routes
from newsletter.web.public.signing import signing_routes


def public_app(counter: Counter, postroom: Postroom) -> Starlette:
    """Make the application; it holds no state but the limits' counters, so several may run."""
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    routes: list[BaseRoute] = [
        Route("/healthz", _alive),
        Route("/robots.txt", _robots),
        Route("/theme.css", _style),
        static,
        *hook_routes(),
        *exit_routes(),
    ]
    if counter.whole is not None:
        routes += [*signing_routes(), *own_routes(), *reading_routes()]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(OneSpelling)],
        exception_handlers={404: _nothing_here, 405: _nothing_here, 500: _failed},
    )
    # it would name whatever host was asked for, and one-click posts are never sent on
    app.router.redirect_slashes = False
    app.state.counter = counter
    app.state.postroom = postroom
    return app


async def _alive(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n", headers=dict(HEADERS))


async def _nothing_here(request: Request, error: Exception) -> Response:
    """Say that there is no such page, or that it takes no such call: one page for both, in the reader's language."""
    lang = language_of(request)
    status = error.status_code if isinstance(error, HTTPException) else 404
    with speaking(lang):
        heading, text = _("There is nothing here"), _("Open the link of your newest mail, or write to us.")
    return said(request, lang, heading, text, status=status)


async def _failed(request: Request, _error: Exception) -> Response:
    """Say that it is our fault; the fault itself is in no answer."""
    lang = language_of(request)
    with speaking(lang):
        heading, text = _("Something went wrong on our side"), _("Nothing was lost. Try again in a moment.")
    return said(request, lang, heading, text, status=500)


async def _style(request: Request) -> Response:
    """The theme's own style for these pages."""
    return Response(request.app.state.counter.style, media_type="text/css", headers=dict(HEADERS))


async def _robots(_request: Request) -> PlainTextResponse:
    closed = "".join(f"Disallow: /{letter}/\n" for letter in "ucpmv")
    return PlainTextResponse(f"User-agent: *\n{closed}", headers=dict(HEADERS))
