"""The subscriber's application: subscribe, confirm, unsubscribe, undo, one's own page, web version.

A GET never changes anything: scanners open every link. The one-click POST of RFC 8058 works without a cookie,
a token in the form, a session or an Origin, answers 200 and never redirects. Answers are the same whether
an address or a token is known or not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter import language
from newsletter.language import _
from newsletter.project.visits import Change, Opened, SignUp
from newsletter.web.guard import QUIET
from newsletter.web.public.desk import Desk
from newsletter.web.public.limits import Bucket, is_human_pace, network_of, opened_at

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

HERE = Path(__file__).parent
LARGEST_FORM = 64 * 1024
LANGUAGES = {"fr": "Français", "en": "English"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {**QUIET, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What every public page needs: the desk, the templates, the limits and the key of the forms."""

    desk: Desk
    form_key: bytes = field(repr=False)
    #: how many proxies of ours stand in front
    proxies: int = 0
    by_network: Bucket = field(default_factory=lambda: Bucket(size=10, per_hour=30))
    in_all: Bucket = field(default_factory=lambda: Bucket(size=200, per_hour=2000))
    pages: Environment = field(default_factory=lambda: _templates())


def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined)
    pages.globals["_"] = _
    return pages


def public_routes() -> list[BaseRoute]:
    """Return the routes of the public pages; the application's `state.counter` serves them."""
    both = ["GET", "POST"]
    return [
        Route("/u/{token}", _unsubscribe, methods=both),
        Route("/undo/{token}", _undo, methods=["POST"]),
        Route("/c/{token}", _confirm, methods=both),
        Route("/p/{token}", _preferences, methods=both),
        Route("/m/{token}", _mine, methods=both),
        Route("/m/{token}/donnees.json", _data),
        Route("/v/{token}", _web_version),
        Route("/fr/abonnement", _subscribe, methods=both),
        Route("/fr/abonnement/{list}", _subscribe, methods=both),
        Route("/en/subscribe", _subscribe, methods=both),
        Route("/en/subscribe/{list}", _subscribe, methods=both),
        Route("/robots.txt", _robots),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


def _counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


async def _form(request: Request) -> Mapping[str, list[str]]:
    """Read a urlencoded or multipart form; any other body is an empty form (RFC 8058 posts need none)."""
    kind = request.headers.get("content-type", "")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    if kind.startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    return {}


def _first(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0].strip()


def _lang(request: Request, opened: Opened | None = None) -> str:
    """URL over the person's language over Accept-Language; never by network."""
    path = request.url.path
    asked = request.query_params.get("lang", "") or ("en" if path.startswith("/en/") else "")
    asked = asked or ("fr" if path.startswith("/fr/") else "") or (opened.lang if opened else "")
    accepted = request.headers.get("accept-language", "").split(",")[0]
    return language.interface_language(asked or accepted or _counter(request).desk.site.lang)


def _page(request: Request, name: str, lang: str, *, values: Mapping[str, object], status: int = 200) -> Response:
    counter = _counter(request)
    short = lang.split("-")[0]
    others = [
        {"lang": code, "name": word, "url": f"{_translated(request.url.path)}?lang={code}"}
        for code, word in LANGUAGES.items()
        if code != short
    ]
    with language.speaking(lang):
        html = counter.pages.get_template(name).render(
            lang=lang, site=counter.desk.site, quick_exit=counter.desk.quick_exit, others=others, **values
        )
    return HTMLResponse(html, status_code=status, headers=dict(HEADERS))


def _translated(path: str) -> str:
    if path.startswith("/fr/abonnement"):
        return path.replace("/fr/abonnement", "/en/subscribe", 1)
    return path.replace("/en/subscribe", "/fr/abonnement", 1) if path.startswith("/en/subscribe") else path


def _said(request: Request, lang: str, heading: str, *paragraphs: str, status: int = 200) -> Response:
    return _page(request, "said.html.j2", lang, values={"heading": heading, "paragraphs": paragraphs}, status=status)


def _neutral(request: Request, lang: str) -> Response:
    """Answer the same for a link that is altered, over or not ours."""
    with language.speaking(lang):
        heading, text = _("This link is not valid any more"), _("Open the link of your newest mail, or write to us.")
    return _said(request, lang, heading, text, status=404)


async def _unsubscribe(request: Request) -> Response:
    desk, token = _counter(request).desk, request.path_params["token"]
    opened = await run_in_threadpool(desk.open, token)
    lang = _lang(request, opened)
    valid = opened if opened and opened.purpose == "unsubscribe" else None
    if request.method == "POST":
        return await _unsubscribed(request, valid, lang)
    if valid is None:
        return _neutral(request, lang)
    title = _title(desk, valid, lang)
    values = {"action": request.url.path, "list_title": title, "inert": valid.inert}
    return _page(request, "unsubscribe.html.j2", lang, values=values)


async def _unsubscribed(request: Request, opened: Opened | None, lang: str) -> Response:
    form = await _form(request)
    undo = ""
    if opened and not opened.inert:
        everything = _first(form, "scope") == "all"
        undo = await run_in_threadpool(lambda: _counter(request).desk.unsubscribe(opened, everything=everything))
    return _page(request, "unsubscribed.html.j2", lang, values={"undo": f"/undo/{undo}" if undo else ""})


def _title(desk: Desk, opened: Opened, lang: str) -> str:
    found = next((each for each in desk.lists() if each.name == opened.list_name), None)
    return found.title_in(lang) if found else desk.site.newsletter or desk.site.name


async def _undo(request: Request) -> Response:
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    lang = _lang(request, opened)
    if opened is None or opened.purpose != "undo":
        return _neutral(request, lang)
    await run_in_threadpool(desk.undo, opened)
    with language.speaking(lang):
        heading, text = _("You stay subscribed"), _("Nothing has changed: you go on receiving what you received.")
    return _said(request, lang, heading, text)


async def _confirm(request: Request) -> Response:
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    lang = _lang(request, opened)
    if opened is None or opened.purpose != "confirm":
        return _neutral(request, lang)
    if request.method != "POST":
        with language.speaking(lang):
            words = {
                "heading": _("Confirm"),
                "paragraphs": [_("One click, and it is done.")],
                "button": _("I confirm"),
            }
        return _page(request, "ask.html.j2", lang, values={"action": request.url.path, **words})
    if not await run_in_threadpool(desk.confirm, opened):
        return _neutral(request, lang)
    with language.speaking(lang):
        return _said(request, lang, _("It is confirmed"), _("Thank you. You can close this page."))


async def _preferences(request: Request) -> Response:
    """The link of a mail, which may have been forwarded: it shows nothing, and mails its owner a fresh link."""
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    lang = _lang(request, opened)
    if opened is None or opened.purpose not in ("preferences", "unsubscribe"):
        return _neutral(request, lang)
    if request.method == "POST":
        if not opened.inert:
            await run_in_threadpool(desk.mail_access, opened)
        with language.speaking(lang):
            text = _(
                "A link to your page is on its way to the address that this mail was sent to. It is good for one hour."
            )
            return _said(request, lang, _("Look into your mailbox"), text)
    with language.speaking(lang):
        words = {
            "heading": _("My subscriptions"),
            "paragraphs": [
                _("This mail may have been forwarded, so your page is opened by a fresh link sent to you alone."),
            ],
            "button": _("Send me the link"),
        }
    return _page(request, "ask.html.j2", lang, values={"action": request.url.path, **words})


async def _mine(request: Request) -> Response:
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    lang = _lang(request, opened)
    if opened is None or opened.purpose != "access":
        return _neutral(request, lang)
    said = ""
    if request.method == "POST":
        form = await _form(request)
        if _first(form, "do") == "forget":
            await run_in_threadpool(desk.forget, opened)
            with language.speaking(lang):
                return _said(request, lang, _("You are erased"), _("Nothing that names you is left."))
        await run_in_threadpool(desk.change, opened, _change(form))
        with language.speaking(lang):
            said = _("Your changes are saved.")
    return await _own_page(request, opened, lang, said)


async def _own_page(request: Request, opened: Opened, lang: str, said: str) -> Response:
    desk = _counter(request).desk
    profile = await run_in_threadpool(desk.profile, opened)
    if profile is None:
        return _neutral(request, lang)
    offered = [_offer(each, lang) for each in desk.lists() if each.public or each.name in profile.lists]
    tongues = [{"lang": each, "name": LANGUAGES.get(each.split("-")[0], each)} for each in desk.site.languages]
    page = {"profile": profile, "offered": offered, "tongues": tongues, "said": said, "action": request.url.path}
    return _page(request, "mine.html.j2", lang, values=page)


def _change(form: Mapping[str, list[str]]) -> Change:
    pause = _first(form, "pause")
    return Change(
        name=_first(form, "name"),
        lang=_first(form, "lang") or None,
        lists=frozenset(form.get("list", [])),
        pause_days=int(pause) if pause in ("0", "30", "90") else None,
        address=_first(form, "email") or None,
    )


async def _data(request: Request) -> Response:
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    if opened is None or opened.purpose != "access":
        return _neutral(request, _lang(request, opened))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="donnees.json"'}
    return JSONResponse(await run_in_threadpool(desk.export, opened), headers=headers)


async def _web_version(request: Request) -> Response:
    desk = _counter(request).desk
    opened = await run_in_threadpool(desk.open, request.path_params["token"])
    html = await run_in_threadpool(desk.web_version, opened) if opened and opened.purpose == "web" else None
    if html is None:
        return _neutral(request, _lang(request, opened))
    policy = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")
    return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": policy})


def _offer(mailing_list: object, lang: str) -> dict[str, str]:
    from newsletter.audience.lists import MailingList

    assert isinstance(mailing_list, MailingList)
    return {
        "name": mailing_list.name,
        "title": mailing_list.title_in(lang),
        "description": mailing_list.description_in(lang),
        "consent": mailing_list.consent_in(lang),
    }


async def _subscribe(request: Request) -> Response:
    counter, lang = _counter(request), _lang(request)
    only = request.path_params.get("list")
    offered = [_offer(each, lang) for each in counter.desk.lists() if each.public and only in (None, each.name)]
    if not offered:
        return _neutral(request, lang)
    if request.method != "POST":
        return _subscribe_form(request, lang, offered, {}, [])
    form = await _form(request)
    names = {each["name"] for each in offered}
    chosen = tuple(name for name in form.get("list", []) if name in names)
    errors = _faults(form, chosen, lang)
    if errors:
        return _subscribe_form(request, lang, offered, form, errors)
    if _is_welcome(counter, request, form):
        network = _network(request, counter.proxies)
        sign_up = SignUp(
            address=_first(form, "email"), name=_first(form, "name"), lang=lang, lists=chosen, network=network
        )
        await run_in_threadpool(counter.desk.ask, sign_up)
    with language.speaking(lang):
        text = _("If the address can be written to, a mail is on its way. Open it and confirm: nothing is done before.")
        return _said(request, lang, _("Look into your mailbox"), text)


def _faults(form: Mapping[str, list[str]], chosen: tuple[str, ...], lang: str) -> list[dict[str, str]]:
    with language.speaking(lang):
        faults = []
        if not _looks_like_an_address(_first(form, "email")):
            faults.append({"field": "email", "text": _("Write an e-mail address, for instance name@example.org.")})
        if not chosen:
            faults.append({"field": "lists", "text": _("Choose at least one list.")})
        return faults


def _looks_like_an_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and "." in domain and not any(c.isspace() for c in text) and len(text) <= 254)


def _is_welcome(counter: Counter, request: Request, form: Mapping[str, list[str]]) -> bool:
    """Machines get the same answer and nothing happens."""
    if _first(form, "website") or not is_human_pace(counter.form_key, _first(form, "opened"), time.time()):
        return False
    at = time.monotonic()
    return counter.by_network.take(_network(request, counter.proxies), at) and counter.in_all.take("all", at)


def _network(request: Request, proxies: int) -> str:
    """Return the caller's network; forwarded addresses are believed only as far as our own proxies wrote them."""
    forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return network_of(forwarded[-proxies])
    return network_of(request.client.host if request.client else "")


def _subscribe_form(
    request: Request,
    lang: str,
    offered: list[dict[str, str]],
    form: Mapping[str, list[str]],
    errors: list[dict[str, str]],
) -> Response:
    page = {
        "action": request.url.path,
        "offered": offered,
        "chosen": form.get("list", []),
        "email": _first(form, "email"),
        "name": _first(form, "name"),
        "opened": opened_at(_counter(request).form_key, time.time()),
        "errors": errors,
        "wrong": {error["field"] for error in errors},
    }
    return _page(request, "subscribe.html.j2", lang, values=page, status=422 if errors else 200)


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(
        "User-agent: *\nDisallow: /u/\nDisallow: /p/\nDisallow: /m/\nDisallow: /c/\nDisallow: /v/\n"
    )


__all__ = ["Counter", "public_routes"]
