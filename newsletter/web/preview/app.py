"""The author's application: one page, its parts as JSON, and a stream of generations. On 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter import language
from newsletter.language import _, ngettext
from newsletter.web.guard import QUIET, LoopbackOnly, WithHeaders
from newsletter.web.preview.shape import view_as_json
from newsletter.web.preview.watch import Bell, watch
from newsletter.web.preview.workshop import Press, Workshop

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.types import ASGIApp, Lifespan

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the pages share: the workshop, the bell, and the language of the interface."""

    workshop: Workshop
    title: str
    lang: str
    bell: Bell = field(default_factory=Bell)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def pages(self) -> Environment:
        """Return the templates of the pages, autoescaped."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        pages = Environment(loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined)
        pages.globals["_"] = _
        pages.globals["ngettext"] = ngettext
        return pages


def preview_app(press: Press, *, folders: Iterable[Path], title: str, lang: str) -> ASGIApp:
    """Make the preview of a project; it watches `folders` while it runs."""
    preview = Preview(workshop=Workshop(press=press), title=title, lang=lang)
    routes = [
        Route("/", _newest),
        Route("/issues/{slug}/{lang}", _page),
        Route("/issues/{slug}/{lang}/view.json", _view),
        Route("/events", _events),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    app = Starlette(routes=routes, lifespan=_watching(preview, tuple(folders)))
    app.state.preview = preview
    app.state.pages = preview.pages()
    quiet = {**QUIET, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return WithHeaders(app=LoopbackOnly(app=app, token=preview.token), headers=quiet)


def _watching(preview: Preview, folders: tuple[Path, ...]) -> Lifespan[Starlette]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def changed() -> None:
            loop.call_soon_threadsafe(preview.bell.ring, preview.workshop.renew())

        thread = threading.Thread(target=watch, args=(folders, changed, stop), daemon=True)
        thread.start()
        yield
        stop.set()
        await run_in_threadpool(thread.join, 2)

    return lifespan


async def _newest(request: Request) -> Response:
    preview: Preview = request.app.state.preview
    entries = await run_in_threadpool(preview.workshop.entries)
    if not entries:
        with language.speaking(preview.lang):
            return HTMLResponse(request.app.state.pages.get_template("empty.html.j2").render(lang=preview.lang))
    return RedirectResponse(f"/issues/{entries[0].slug}/{entries[0].lang}")


async def _page(request: Request) -> Response:
    return HTMLResponse(await run_in_threadpool(_render_page, request))


def _render_page(request: Request) -> str:
    preview: Preview = request.app.state.preview
    with language.speaking(preview.lang):
        return str(
            request.app.state.pages.get_template("preview.html.j2").render(
                lang=preview.lang,
                title=f"{request.path_params['slug']} – {preview.title}",
                project_name=preview.title,
                token=preview.token,
                slug=request.path_params["slug"],
                issue_lang=request.path_params["lang"],
                entries=preview.workshop.entries(),
                personas=_personas(preview),
                widths=_widths(),
                tabs=_tabs(),
            )
        )


def _personas(preview: Preview) -> list[dict[str, str]]:
    """Name each reader: personas are invented, so their names may be shown."""
    readers = preview.workshop.press.readers()
    return [
        {"key": key, "label": f"{reader.name or _('(no name)')} · {reader.lang}"} for key, reader in readers.items()
    ]


def _widths() -> list[dict[str, object]]:
    labels = {320: "320", 390: _("Phone"), 768: _("Tablet"), 0: _("Full")}
    return [{"pixels": width or "", "label": label, "chosen": not width} for width, label in labels.items()]


def _tabs() -> list[dict[str, str]]:
    labels = {"mail": _("Mail"), "text": _("Plain text"), "headers": _("Headers"), "source": _("Source")}
    return [{"key": key, "label": label} for key, label in labels.items()]


async def _view(request: Request) -> Response:
    preview: Preview = request.app.state.preview

    def work() -> dict[str, object]:
        with language.speaking(preview.lang):
            where = request.path_params
            return view_as_json(
                preview.workshop.view(where["slug"], where["lang"], request.query_params.get("persona", ""))
            )

    return JSONResponse(await run_in_threadpool(work))


async def _events(request: Request) -> Response:
    preview: Preview = request.app.state.preview

    async def stream() -> AsyncIterator[str]:
        async for generation in preview.bell.listen():
            yield f"event: generation\ndata: {generation}\n\n" if generation is not None else ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")
