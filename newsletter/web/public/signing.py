"""Signing up and confirming: plain forms with unticked boxes, the same answer for every address."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route

from newsletter import language
from newsletter.language import _
from newsletter.project.visits import SignUp
from newsletter.web.public.counter import (
    Counter,
    address_fault,
    counter_of,
    desk_of,
    first,
    here,
    language_of,
    looks_like_an_address,
    network,
    neutral,
    offer,
    opened_as,
    page,
    read_form,
    said,
)
from newsletter.web.public.limits import is_human_pace, opened_at

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def signing_routes() -> list[BaseRoute]:
    """Return the routes of signing up."""
    both = ["GET", "POST"]
    return [
        Route("/c/{token}", _confirm, methods=both),
        Route("/fr/abonnement", _subscribe, methods=both),
        Route("/fr/abonnement/{list}", _subscribe, methods=both),
        Route("/en/subscribe", _subscribe, methods=both),
        Route("/en/subscribe/{list}", _subscribe, methods=both),
    ]


async def _confirm(request: Request) -> Response:
    desk = desk_of(request)
    opened, lang = await opened_as(request, desk, "confirm")
    if opened is None:
        return neutral(request, lang)
    if request.method != "POST":
        with language.speaking(lang):
            words = {
                "heading": _("Confirm"),
                "paragraphs": [_("One click, and it is done.")],
                "button": _("I confirm"),
            }
        return page(request, "ask.html.j2", lang, values={"action": here(request), **words})
    if not await run_in_threadpool(desk.confirm, opened):
        return neutral(request, lang)
    with language.speaking(lang):
        return said(request, lang, _("It is confirmed"), _("Thank you. You can close this page."))


async def _subscribe(request: Request) -> Response:
    counter, lang = counter_of(request), language_of(request)
    only = request.path_params.get("list")
    offered = [offer(each, lang) for each in desk_of(request).lists() if each.public and only in (None, each.name)]
    if not offered:
        return neutral(request, lang)
    if request.method != "POST":
        return _subscribe_form(request, lang, offered, {}, [])
    form = await read_form(request)
    names = {each["name"] for each in offered}
    chosen = tuple(name for name in form.get("list", []) if name in names)
    errors = _faults(form, chosen, lang, first_box=f"list-{offered[0]['name']}")
    if errors:
        return _subscribe_form(request, lang, offered, form, errors)
    if _is_welcome(counter, request, form):
        caller = network(request, counter.proxies)
        sign_up = SignUp(
            address=first(form, "email"), name=first(form, "name"), lang=lang, lists=chosen, network=caller
        )
        await run_in_threadpool(desk_of(request).ask, sign_up)
    with language.speaking(lang):
        text = _("If the address can be written to, a mail is on its way. Open it and confirm: nothing is done before.")
        return said(request, lang, _("Look into your mailbox"), text)


def _faults(
    form: Mapping[str, list[str]], chosen: tuple[str, ...], lang: str, *, first_box: str
) -> list[dict[str, str]]:
    """Return what is missing: where it shows, which element a link to it leads to, and what to do."""
    with language.speaking(lang):
        faults = []
        if not looks_like_an_address(first(form, "email")):
            faults.append(address_fault())
        if not chosen:
            faults.append({"field": "lists", "target": first_box, "text": _("Choose at least one list.")})
        return faults


def _is_welcome(counter: Counter, request: Request, form: Mapping[str, list[str]]) -> bool:
    """Machines get the same answer and nothing happens."""
    if first(form, "website") or not is_human_pace(counter.form_key, first(form, "opened"), time.time()):
        return False
    at, domain = time.monotonic(), first(form, "email").rpartition("@")[2].lower().rstrip(".")
    return (
        counter.by_network.take(network(request, counter.proxies), at)
        and counter.by_domain.take(domain, at)
        and counter.in_all.take("all", at)
    )


def _subscribe_form(
    request: Request,
    lang: str,
    offered: list[dict[str, str]],
    form: Mapping[str, list[str]],
    errors: list[dict[str, str]],
) -> Response:
    values: dict[str, object] = {
        "action": here(request),
        "offered": offered,
        "chosen": form.get("list", []),
        "email": first(form, "email"),
        "name": first(form, "name"),
        "opened": opened_at(counter_of(request).form_key, time.time()),
        "errors": errors,
        "wrong": {error["field"] for error in errors},
    }
    return page(request, "subscribe.html.j2", lang, values=values, status=422 if errors else 200)
