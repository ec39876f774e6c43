"""The provider's calls: verified over their raw bytes, stored, and answered at once; worked off later.

They answer 2xx or 4xx, never 5xx: a provider that gets 5xx repeats for a day, and the same fault repeats
with it. A body of more than 1 MiB is refused unread.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.errors import NewsletterError

log = logging.getLogger(__name__)
LARGEST_BODY = 1024 * 1024


class Postroom(Protocol):
    """Where calls of providers are taken in."""

    def receive(self, provider: str, headers: Mapping[str, str], body: bytes) -> int:
        """Verify and store one call; return the HTTP status to answer, 2xx or 4xx."""
        ...


def hook_routes() -> list[BaseRoute]:
    """Return the routes; the application's `state.postroom` takes the calls in."""
    return [Route("/hooks/{provider:str}", _receive, methods=["POST"])]


async def _receive(request: Request) -> Response:
    postroom: Postroom = request.app.state.postroom
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    provider, headers = request.path_params["provider"], dict(request.headers)
    return Response(status_code=await run_in_threadpool(_status, postroom, provider, headers, body))


def _status(postroom: Postroom, provider: str, headers: Mapping[str, str], body: bytes) -> int:
    try:
        return postroom.receive(provider, headers, body)
    except NewsletterError as error:
        log.warning("a provider's call was not taken", extra={"provider": provider, "fault": error.code})
        return 429 if error.exit_code == 5 else 400


async def _body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body
