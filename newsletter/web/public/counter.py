"""What every public page needs: the desk, the templates, limits, forms, languages and quiet headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from newsletter import language
from newsletter.audience.lists import MailingList
from newsletter.language import _
from newsletter.project.visits import Opened
from newsletter.web.guard import QUIET
from newsletter.web.public.desk import Desk, Exit
from newsletter.web.public.limits import Bucket, network_of

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

    desk: Exit
    #: None: nobody can sign up here, the way out is all there is
    whole: Desk | None = None
    form_key: bytes = field(repr=False)
    #: how many proxies of ours stand in front
    proxies: int = 0
    by_network: Bucket = field(default_factory=lambda: Bucket(size=10, per_hour=30))
    #: of the addresses: whoever is behind many networks does not flood one organisation
    by_domain: Bucket = field(default_factory=lambda: Bucket(size=50, per_hour=300))
    in_all: Bucket = field(default_factory=lambda: Bucket(size=200, per_hour=2000))
    #: the theme's own style for these pages, after ours
    style: str = ""
    pages: Environment = field(default_factory=lambda: _templates())


def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # the pages are part of the program: nobody changes them while it runs
    pages = Environment(
        loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    pages.globals["_"] = _
    return pages


def counter_of(request: Request) -> Counter:
    """Return what the application was made with."""
    counter: Counter = request.app.state.counter
    return counter


async def read_form(request: Request) -> Mapping[str, list[str]]:
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


def first(form: Mapping[str, list[str]], name: str) -> str:
    """Return the first value of a field, or an empty text."""
    return form.get(name, [""])[0].strip()


def language_of(request: Request, opened: Opened | None = None) -> str:
    """URL over the person's language over Accept-Language; never by network."""
    path = request.url.path
    asked = request.query_params.get("lang", "") or ("en" if path.startswith("/en/") else "")
    asked = asked or ("fr" if path.startswith("/fr/") else "") or (opened.lang if opened else "")
    accepted = request.headers.get("accept-language", "").split(",")[0]
    return language.interface_language(asked or accepted or counter_of(request).desk.site.lang)


async def opened_as(request: Request, desk: Exit, *purposes: str) -> tuple[Opened | None, str]:
    """Open the link of a request: None when it is for none of these purposes or not ours; and the page's language."""
    token = request.path_params["token"]
    opened = desk.open(token) if desk.is_near else await run_in_threadpool(desk.open, token)
    lang = language_of(request, opened)
    return (opened if opened and opened.purpose in purposes else None), lang


def page(request: Request, name: str, lang: str, *, values: Mapping[str, object], status: int = 200) -> Response:
    """Render a page in a language, with the links to the others."""
    counter = counter_of(request)
    short = lang.split("-")[0]
    others = [
        {"lang": code, "name": word, "url": f"{_translated(request.url.path)}?lang={code}"}
        for code, word in LANGUAGES.items()
        if code != short
    ]
    with language.speaking(lang):
        html = counter.pages.get_template(name).render(
            lang=lang,
            site=counter.desk.site,
            quick_exit=counter.desk.quick_exit,
            others=others,
            themed=bool(counter.style),
            **values,
        )
    return HTMLResponse(html, status_code=status, headers=dict(HEADERS))


def here(request: Request) -> str:
    """Return where a form of this page posts to: the same place, in the language that was asked for."""
    return within(request, request.url.path)


def within(request: Request, path: str) -> str:
    """Return a path of ours that keeps the language asked for in the address."""
    asked = request.query_params.get("lang", "")
    return f"{path}?lang={asked}" if asked in LANGUAGES else path


def _translated(path: str) -> str:
    if path.startswith("/fr/abonnement"):
        return path.replace("/fr/abonnement", "/en/subscribe", 1)
    return path.replace("/en/subscribe", "/fr/abonnement", 1) if path.startswith("/en/subscribe") else path


def said(request: Request, lang: str, heading: str, *paragraphs: str, status: int = 200) -> Response:
    """Return a page that only says something."""
    return page(request, "said.html.j2", lang, values={"heading": heading, "paragraphs": paragraphs}, status=status)


def neutral(request: Request, lang: str) -> Response:
    """Answer the same for a link that is altered, over or not ours."""
    with language.speaking(lang):
        heading, text = _("This link is not valid any more"), _("Open the link of your newest mail, or write to us.")
    return said(request, lang, heading, text, status=404)


def looks_like_an_address(text: str) -> bool:
    """Tell whether a text has the form of an address; whether it is one is found out in silence."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and "." in domain and not any(c.isspace() for c in text) and len(text) <= 254)


def address_fault() -> dict[str, str]:
    """Return the fault of a field that holds no address."""
    text = _("Write an e-mail address, for instance name@example.org.")
    return {"field": "email", "target": "email", "text": text}


def network(request: Request, proxies: int) -> str:
    """Return the caller's network; forwarded addresses are believed only as far as our own proxies wrote them."""
    given = ",".join(request.headers.getlist("x-forwarded-for"))  # some proxies add a line of their own
    forwarded = [part.strip() for part in given.split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return network_of(forwarded[-proxies])
    return network_of(request.client.host if request.client else "")


def offer(mailing_list: MailingList, lang: str) -> dict[str, str]:
    """Return how a list is offered in one language."""
    return {
        "name": mailing_list.name,
        "title": mailing_list.title_in(lang),
        "description": mailing_list.description_in(lang),
        "consent": mailing_list.consent_in(lang),
    }


def desk_of(request: Request) -> Desk:
    """Return the whole desk; the routes that ask for it exist only with one."""
    whole = counter_of(request).whole
    assert whole is not None
    return whole
