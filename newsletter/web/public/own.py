"""One's own page: a mail's link shows nothing, and mails its owner a fresh one that opens everything held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter import language
from newsletter.language import _
from newsletter.project.visits import Change, Opened
from newsletter.web.public.counter import (
    HEADERS,
    LANGUAGES,
    address_fault,
    desk_of,
    first,
    here,
    looks_like_an_address,
    neutral,
    offer,
    opened_as,
    page,
    read_form,
    said,
)

if TYPE_CHECKING:
    from starlette.requests import Request


def own_routes() -> list[BaseRoute]:
    """Return the routes of one's own page."""
    both = ["GET", "POST"]
    return [
        Route("/undo/{token}", _undo, methods=["POST"]),
        Route("/p/{token}", _preferences, methods=both),
        Route("/m/{token}", _mine, methods=both),
        Route("/m/{token}/donnees.json", _data),
        Route("/m/{token}/donnees.csv", _sheet),
    ]


async def _undo(request: Request) -> Response:
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "undo")
    if opened is None:
        return neutral(request, lang)
    await run_in_threadpool(desk.undo, opened)
    with language.speaking(lang):
        heading, text = _("You stay subscribed"), _("Nothing has changed: you go on receiving what you received.")
    return said(request, lang, heading, text)


async def _preferences(request: Request) -> Response:
    """The link of a mail, which may have been forwarded: it shows nothing, and mails its owner a fresh link."""
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "preferences", "unsubscribe")
    if opened is None:
        return neutral(request, lang)
    if request.method == "POST":
        if not opened.inert:
            await run_in_threadpool(desk.mail_access, opened)
        with language.speaking(lang):
            text = _(
                "A link to your page is on its way to the address that this mail was sent to. It is good for one hour."
            )
            return said(request, lang, _("Look into your mailbox"), text)
    with language.speaking(lang):
        words = {
            "heading": _("My subscriptions"),
            "paragraphs": [
                _("This mail may have been forwarded, so your page is opened by a fresh link sent to you alone."),
            ],
            "button": _("Send me the link"),
        }
    return page(request, "ask.html.j2", lang, values={"action": here(request), **words})


async def _mine(request: Request) -> Response:
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "access")
    if opened is None:
        return neutral(request, lang)
    word = ""
    if request.method == "POST":
        form = await read_form(request)
        if first(form, "do") == "forget" and first(form, "sure") != "yes":  # WCAG 3.3.4: deleting is confirmed
            return page(request, "erase.html.j2", lang, values={"action": here(request)})
        if first(form, "do") == "forget":
            await run_in_threadpool(desk.forget, opened)
            with language.speaking(lang):
                return said(request, lang, _("You are erased"), _("Nothing that names you is left."))
        with language.speaking(lang):
            wrong = [] if looks_like_an_address(first(form, "email") or "a@b.c") else [address_fault()]
            word = "" if wrong else _("Your changes are saved.")
        if wrong:
            return await _own_page(request, opened, lang, word, errors=wrong, email=first(form, "email"))
        await run_in_threadpool(desk.change, opened, _change(form))
    return await _own_page(request, opened, lang, word)


async def _own_page(
    request: Request,
    opened: Opened,
    lang: str,
    word: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    email: str = "",
) -> Response:
    desk = desk_of(request)
    profile = await run_in_threadpool(desk.profile, opened)
    if profile is None:
        return neutral(request, lang)
    offered = [offer(each, lang) for each in desk.lists() if each.public or each.name in profile.lists]
    tongues = [{"lang": each, "name": LANGUAGES.get(each.split("-")[0], each)} for each in desk.site.languages]
    values: dict[str, object] = {
        "profile": profile,
        "offered": offered,
        "tongues": tongues,
        "said": word,
        "errors": errors,
        "email": email,
        "data": request.url.path,
        "action": here(request),
    }
    return page(request, "mine.html.j2", lang, values=values, status=422 if errors else 200)


def _change(form: Mapping[str, list[str]]) -> Change:
    pause = first(form, "pause")
    return Change(
        name=first(form, "name"),
        lang=first(form, "lang") or None,
        lists=frozenset(form.get("list", [])),
        pause_days=int(pause) if pause in ("0", "30", "90") else None,
        address=first(form, "email") or None,
    )


async def _sheet(request: Request) -> Response:
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "access")
    if opened is None:
        return neutral(request, lang)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="donnees.csv"'}
    text = "\ufeff" + await run_in_threadpool(desk.spreadsheet, opened)
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def _data(request: Request) -> Response:
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "access")
    if opened is None:
        return neutral(request, lang)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="donnees.json"'}
    return JSONResponse(await run_in_threadpool(desk.export, opened), headers=headers)
