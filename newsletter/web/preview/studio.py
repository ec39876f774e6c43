"""What every page of the studio stands on: the project's workshop, one look, one guard, one way to answer.

For whoever adds pages here:

- `Studio` is `request.app.state.studio`. `page(request, "plan.html.j2", …)` renders a template of `pages/`, which
  extends `base.html.j2` (its comment names the blocks); `answer(request, work)` runs `work(studio, body)` in a thread,
  in the language of the interface, and gives its mapping back as JSON. A `NewsletterError` becomes
  `{"ok": false, "error": {"message", "hint", …}}` with the status that it means: the words of the
  command line, and of its advice what a page can follow.
- `body` is the JSON object of a POST; one that is none is refused before the work. Every POST has already been through
  `web.guard.LoopbackOnly`: the token of this run in `X-Newsletter-Token`, the same origin, a Host of this machine.
  `post()` of `static/kit.js` sends both.
- Routes are listed in `app.py`: a module that brings pages has one function `…_routes() -> list[BaseRoute]`.
- Policy: scripts and styles come from `/static` only. No inline script, no `style=` attribute, no `on…=`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter import language
from newsletter.errors import NewsletterError, TransientError, UsageError
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

Given = Mapping[str, object]
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


#: gives an answer from what a page sent
Work = Callable[[Studio, Given], Given]


def studio_of(request: Request) -> Studio:
    """Return what the pages share."""
    found = request.app.state.studio
    assert isinstance(found, Studio)
    return found


async def page(
    request: Request, template: str, work: Callable[[Studio], Given] | None = None, *, status: int = 200
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


async def answer(request: Request, work: Work, *, read: bool = True) -> Response:
    """Run `work` in a thread with the JSON that was sent, in the language of the interface, and answer with JSON.

    `"ok": false` in what it gives is a conflict. `read`: the body is JSON, not a file.
    """
    studio = studio_of(request)
    sent = await _content(request) if read and request.method == "POST" else b""

    def run() -> tuple[Given, int]:
        with language.speaking(studio.lang):
            try:
                found = work(studio, _object(sent))
            except NewsletterError as error:
                return {"ok": False, "error": error_as_json(error)}, status_of(error)
            return found, 409 if found.get("ok") is False else 200

    content, status = await run_in_threadpool(run)
    return JSONResponse(content, status_code=status)


def status_of(error: NewsletterError) -> int:
    """Return the HTTP status that says what an error says: a wrong request, not now, or refused."""
    if isinstance(error, TransientError):
        return 503
    return 400 if isinstance(error, UsageError) else 409


async def _content(request: Request) -> bytes | None:
    """Read a body; None when it is too long, and then the rest of it is let go."""
    read = bytearray()
    async for chunk in request.stream():
        if len(read) <= MOST:
            read += chunk
    return bytes(read) if len(read) <= MOST else None


def _object(sent: bytes | None) -> Given:
    """Read a body's JSON object; raises UsageError when it is none, too long, or no file could hold its texts."""
    if sent is None:
        raise UsageError(_("This is too long to be saved from here."))
    try:
        found = json.loads(sent or b"{}")
        texts = "".join(_texts_in(found)).encode()  # half a character has no octets
        fit = isinstance(found, dict) and b"\0" not in texts
    except (ValueError, RecursionError):
        fit = False
    if not fit:
        raise UsageError(_("The page sent something that can not be read: reload it."))
    return cast("Given", found)


def _texts_in(value: object) -> Iterator[str]:
    """Yield every text of a JSON value, the names of its keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)
