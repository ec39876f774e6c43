"""The application that `serve` runs: the subscriber's pages, the provider's calls, and a sign of life."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from newsletter.web.hooks import Postroom, hook_routes
from newsletter.web.public.app import HEADERS, Counter, public_routes


def public_app(counter: Counter, postroom: Postroom) -> Starlette:
    """Make the application; it holds no state but the limits' counters, so several may run."""
    app = Starlette(
        routes=[Route("/healthz", _alive), *hook_routes(), *public_routes()],
        exception_handlers={404: _nothing_here},
    )
    app.state.counter = counter
    app.state.postroom = postroom
    return app


async def _alive(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n", headers=dict(HEADERS))


async def _nothing_here(_request: Request, _error: Exception) -> PlainTextResponse:
    return PlainTextResponse("Rien ici. / Nothing here.\n", status_code=404, headers=dict(HEADERS))
