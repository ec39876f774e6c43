"""What every page of the studio stands on: the project's workshop, one look, one guard, one way to answer.

For whoever adds pages here:

- `Studio` is `request.app.state.studio`. `page(request, "plan.html.j2", …)` renders a template of `pages/`, which
  extends `base.html.j2` (its comment names the blocks); `answer(request, work)` runs `work(studio)` in a thread, in
  the language of the interface, and gives its mapping back as JSON. A `NewsletterError` becomes
  `{"ok": false, "error": {"message", "hint", …}}` with status 409: the same words as the command line's.
- `body_of(request)` reads a small JSON body. Every POST has already been through `web.guard.LoopbackOnly`: the token
  of this run in `X-Newsletter-Token`, the same origin, a Host of this machine. `post()` of `static/kit.js` sends both.
- Routes are listed in `app.py`: a module that brings pages has one function `…_routes() -> list[BaseRoute]`.
- Policy: scripts and styles come from `/static` only. No inline script, no `style=` attribute, no `on…=`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter import language
from newsletter.errors import NewsletterError, UsageError
from newsletter.language import _, ngettext
from newsletter.project.mailroom import Mailroom
from newsletter.web.preview.shape import error_as_json
from newsletter.web.preview.shelf import IssueShelf
from newsletter.web.preview.watch import Bell
from newsletter.web.preview.words import script_words
from newsletter.web.preview.workshop import Workshop

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

HERE = Path(__file__).parent
#: a page's own request: a whole issue with its text fits
MOST = 2 * 1024 * 1024


@dataclass(frozen=True)
class Studio:
    """What the pages share."""

    workshop: Workshop
    title: str
    lang: str
    #: the command that opens a file of the author's at a line; empty: the studio's own pane does
    editor: str = ""
    bell: Bell = field(default_factory=Bell)
    #: the sends that this process runs
    mailroom: Mailroom = field(default_factory=Mailroom)
    #: made anew at every start
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @cached_property
    def shelf(self) -> IssueShelf:
        """The list of issues."""
        return IssueShelf(workshop=self.workshop)

    @cached_property
    def pages(self) -> Environment:
        """The templates of the pages, autoescaped."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        pages = Environment(loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined)
        pages.globals |= {"_": _, "ngettext": ngettext}
        return pages


def studio_of(request: Request) -> Studio:
    """Return what the pages share."""
    found = request.app.state.studio
    assert isinstance(found, Studio)
    return found


async def page(
    request: Request, template: str, work: Callable[[Studio], Mapping[str, object]] | None = None, *, status: int = 200
) -> Response:
    """Render a template in the language of the interface; `work` gives what it needs, in a thread."""
    studio = studio_of(request)

    def render() -> str:
        with language.speaking(studio.lang):
            standing = {
                "lang": studio.lang,
                "project_name": studio.title,
                "title": studio.title,
                "token": studio.token,
                "words": script_words(),
            }
            given = work(studio) if work else {}
            return str(studio.pages.get_template(template).render({**standing, **given}))

    return HTMLResponse(await run_in_threadpool(render), status_code=status)


async def answer(request: Request, work: Callable[[Studio], Mapping[str, object]]) -> Response:
    """Run `work` in a thread, in the language of the interface, and answer with JSON."""
    studio = studio_of(request)

    def run() -> tuple[Mapping[str, object], int]:
        with language.speaking(studio.lang):
            try:
                return work(studio), 200
            except NewsletterError as error:
                return {"ok": False, "error": error_as_json(error)}, 409

    content, status = await run_in_threadpool(run)
    return JSONResponse(content, status_code=status)


async def body_of(request: Request) -> Mapping[str, object]:
    """Read a request's JSON object; raises UsageError when it is none or too long."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MOST:
            raise UsageError(_("This is too long to be saved from here."))
    try:
        found = json.loads(bytes(read) or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(_("The page sent something that can not be read: reload it."))
    return found
