"""The application that `serve` runs: the subscriber's pages, the provider's calls, and a sign of life."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.web.hooks import Postroom, hook_routes
from newsletter.web.public.counter import HEADERS, HERE, Counter
from newsletter.web.public.exit import exit_routes
from newsletter.web.public.own import own_routes
from newsletter.web.public.signing import signing_routes


def public_app(counter: Counter, postroom: Postroom) -> Starlette:
    """Make the application; it holds no state but the limits' counters, so several may run."""
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    routes: list[BaseRoute] = [
        Route("/healthz", _alive),
        Route("/robots.txt", _robots),
        static,
        *hook_routes(),
        *exit_routes(),
    ]
    if counter.whole is not None:
        routes += [*signing_routes(), *own_routes()]
    app = Starlette(
        routes=routes,
        exception_handlers={404: _nothing_here},
    )
    app.state.counter = counter
    app.state.postroom = postroom
    return app


async def _alive(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n", headers=dict(HEADERS))


async def _nothing_here(_request: Request, _error: Exception) -> PlainTextResponse:
    return PlainTextResponse("Rien ici. / Nothing here.\n", status_code=404, headers=dict(HEADERS))


async def _robots(_request: Request) -> PlainTextResponse:
    closed = "".join(f"Disallow: /{letter}/\n" for letter in "ucpm")
    return PlainTextResponse(f"User-agent: *\n{closed}", headers=dict(HEADERS))
