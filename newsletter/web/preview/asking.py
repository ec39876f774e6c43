"""What is looked at only when asked: the links of an issue, which are visited, and what SpamAssassin thinks of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from newsletter.errors import Finding
from newsletter.language import _, ngettext
from newsletter.web.preview.shape import by_weight, finding_as_json
from newsletter.web.preview.studio import Given, Studio, answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PROGRAM = "spamassassin"


def asking_routes() -> list[BaseRoute]:
    """Return the routes of the looks on demand; they are POSTs, as one of them goes out of this machine."""
    return [
        Route("/issues/{slug}/{lang}/links", _links, methods=["POST"]),
        Route("/issues/{slug}/{lang}/spam", _spam, methods=["POST"]),
    ]


def can_score() -> bool:
    """Tell whether SpamAssassin is installed."""
    return shutil.which(PROGRAM) is not None


async def _links(request: Request) -> Response:
    slug = request.path_params["slug"]

    def work(studio: Studio, _body: Given) -> Given:
        visited, found = studio.workshop.press.visit_links(slug)
        said = ngettext("{count} address visited.", "{count} addresses visited.", visited).format(count=visited)
        return _told(said, found)

    return await answer(request, work)


async def _spam(request: Request) -> Response:
    slug = request.path_params["slug"]

    def work(studio: Studio, _body: Given) -> Given:
        return _told(_("SpamAssassin has read it."), studio.workshop.press.ask_spam(slug))

    return await answer(request, work)


def _told(said: str, found: Sequence[Finding]) -> Given:
    return {"ok": True, "said": said, "findings": [finding_as_json(finding) for finding in by_weight(found)]}
