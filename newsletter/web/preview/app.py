"""The author's application: its routes, its guard, and the watch over the project's files. On 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from newsletter.web.guard import QUIET, LoopbackOnly, WithHeaders
from newsletter.web.preview.asking import asking_routes
from newsletter.web.preview.deciding import deciding_routes
from newsletter.web.preview.frames import frame_routes
from newsletter.web.preview.looking import looking_routes
from newsletter.web.preview.mending import mending_routes
from newsletter.web.preview.sending import sending_routes
from newsletter.web.preview.studio import HERE, Studio
from newsletter.web.preview.watch import Places, watch
from newsletter.web.preview.watching import watching_routes
from newsletter.web.preview.writing import writing_routes

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Lifespan

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def preview_app(studio: Studio, places: Places) -> ASGIApp:
    """Make the preview of a project; it watches `places` while it runs."""
    routes: list[BaseRoute] = [
        *looking_routes(),
        *mending_routes(),
        *asking_routes(),
        *writing_routes(),
        *sending_routes(),
        *deciding_routes(),
        *watching_routes(),
        *frame_routes(),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    app = Starlette(routes=routes, lifespan=_watching(studio, places))
    app.state.studio = studio
    quiet = {**QUIET, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return WithHeaders(app=LoopbackOnly(app=app, token=studio.token), headers=quiet)


def _watching(studio: Studio, places: Places) -> Lifespan[Starlette]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def changed(whole: bool) -> None:
            loop.call_soon_threadsafe(studio.bell.ring, studio.workshop.renew(whole=whole))

        seen = await run_in_threadpool(places.marks)  # before the first page reads anything
        thread = threading.Thread(target=watch, args=(places, changed, stop, seen), daemon=True)
        thread.start()
        yield
        stop.set()
        await run_in_threadpool(thread.join, 2)
        await run_in_threadpool(studio.mailroom.end)
        studio.workshop.close()

    return lifespan
