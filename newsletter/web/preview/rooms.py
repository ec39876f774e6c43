"""From a page of the studio to the project behind it, and back with the words of a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from newsletter import language
from newsletter.errors import NewsletterError, TransientError, UsageError
from newsletter.project.pressroom import Pressroom
from newsletter.web.preview.shape import error_as_json
from newsletter.web.preview.studio import Studio, body_of, page, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from newsletter.project.project import Project

Given = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of a page: what it is about, and what it brought."""

    studio: Studio
    project: Project
    #: what of the address says which thing is meant
    where: Mapping[str, str]
    body: Given
    #: lists that were asked for in the address
    lists: tuple[str, ...] = ()


Work = Callable[[Call], Given]
Endpoint = Callable[["Request"], Awaitable["Response"]]


def project_of(studio: Studio) -> Project:
    """Return the project as it is now; raises ConfigError when newsletter.toml is wrong."""
    press = studio.workshop.press
    assert isinstance(press, Pressroom), "the studio of a real project"
    return press.project


def told(work: Work) -> Endpoint:
    """Make an endpoint that answers with JSON."""

    async def endpoint(request: Request) -> Response:
        return await done(request, work)

    return endpoint


def shown(template: str, work: Work) -> Endpoint:
    """Make an endpoint that is a page; what is refused is a page of its own, with the command line's words."""

    async def endpoint(request: Request) -> Response:
        studio = studio_of(request)

        def run() -> tuple[Given, int, str]:
            with language.speaking(studio.lang):
                try:
                    return work(_call(request, studio, {})), 200, template
                except NewsletterError as error:
                    fault = {"fault": error_as_json(error), "slug": request.path_params.get("slug", "")}
                    return fault, 404 if isinstance(error, UsageError) else status_of(error), "refused.html.j2"

        given, status, name = await run_in_threadpool(run)
        return await page(request, name, lambda _studio: given, status=status)

    return endpoint


async def done(request: Request, work: Work, *, read: bool = True) -> Response:
    """Run `work` in a thread with the JSON that was sent, and answer with JSON; `"ok": false` in it is a conflict."""
    studio = studio_of(request)
    with language.speaking(studio.lang):
        try:
            body: Given = await body_of(request) if read and request.method == "POST" else {}
        except NewsletterError as error:
            return JSONResponse(_refusal(error), status_code=400)

    def run() -> tuple[Given, int]:
        with language.speaking(studio.lang):
            try:
                found = work(_call(request, studio, body))
            except NewsletterError as error:
                return _refusal(error), status_of(error)
            return found, 409 if found.get("ok") is False else 200

    content, status = await run_in_threadpool(run)
    return JSONResponse(content, status_code=status)


def _call(request: Request, studio: Studio, body: Given) -> Call:
    lists = tuple(request.query_params.getlist("list"))
    return Call(studio=studio, project=project_of(studio), where=request.path_params, body=body, lists=lists)


def _refusal(error: NewsletterError) -> Given:
    return {"ok": False, "error": error_as_json(error)}


def status_of(error: NewsletterError) -> int:
    """Return the HTTP status that says what an error says: a wrong request, not now, or refused."""
    if isinstance(error, TransientError):
        return 503
    return 400 if isinstance(error, UsageError) else 409


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list that a page sent."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """Return a text that a page sent, and none for anything else."""
    return value if isinstance(value, str) else ""
