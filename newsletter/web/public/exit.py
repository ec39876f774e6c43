"""The way out: unsubscribe from one list or all, by one press or by RFC 8058's one-click POST.

A GET never changes anything: scanners open every link. The POST works without a cookie, a token in the form,
a session or an Origin, answers 200 and never redirects. Answers are the same whether a token is known or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route

from newsletter.project.visits import Opened
from newsletter.web.public.counter import counter_of, first, here, neutral, opened_as, page, read_form, within
from newsletter.web.public.desk import Exit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def exit_routes() -> list[BaseRoute]:
    """Return the routes of the way out."""
    return [Route("/u/{token}", _unsubscribe, methods=["GET", "POST"])]


async def _unsubscribe(request: Request) -> Response:
    desk = counter_of(request).desk
    valid, lang = await opened_as(request, desk, "unsubscribe")
    if request.method == "POST":
        return await _unsubscribed(request, valid, lang)
    if valid is None:
        return neutral(request, lang)
    title = _title(desk, valid, lang)
    values = {"action": here(request), "list_title": title, "inert": valid.inert}
    return page(request, "unsubscribe.html.j2", lang, values=values)


async def _unsubscribed(request: Request, opened: Opened | None, lang: str) -> Response:
    form = await read_form(request)
    undo = ""
    if opened and not opened.inert:
        everything = first(form, "scope") == "all"
        undo = await run_in_threadpool(lambda: counter_of(request).desk.unsubscribe(opened, everything=everything))
    return page(
        request, "unsubscribed.html.j2", lang, values={"undo": within(request, f"/undo/{undo}") if undo else ""}
    )


def _title(desk: Exit, opened: Opened, lang: str) -> str:
    found = next((each for each in desk.lists() if each.name == opened.list_name), None)
    return found.title_in(lang) if found else desk.site.newsletter or desk.site.name
