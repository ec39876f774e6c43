"""From a page of the studio to the project behind it, and back with the words of a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from newsletter import language
from newsletter.errors import NewsletterError, UsageError
from newsletter.project.pressroom import Pressroom
from newsletter.web.preview.shape import error_as_json
from newsletter.web.preview.studio import Given, Studio, answer, page, status_of, studio_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from newsletter.project.project import Project


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
    """Run `work` in a thread with the JSON that was sent, and answer with JSON."""
    return await answer(request, lambda studio, body: work(_call(request, studio, body)), read=read)


def _call(request: Request, studio: Studio, body: Given) -> Call:
    lists = tuple(request.query_params.getlist("list"))
    return Call(studio=studio, project=project_of(studio), where=request.path_params, body=body, lists=lists)


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list that a page sent."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """Return a text that a page sent, and none for anything else."""
    return value if isinstance(value, str) else ""
