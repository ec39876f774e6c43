"""Who may call, and what a page may load: the rules that hold before any route is looked at.

The preview listens on 127.0.0.1 only, but a web page elsewhere can make a browser call it (DNS rebinding,
cross-site forms). So: an unknown or missing Host is refused before routing, and whatever changes something
needs the run's own token and the same origin. Public pages have neither session nor cookie and use only
the headers.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = "x-newsletter-token"  # noqa: S105 - a header's name
TOKEN_FIELD = "token"  # noqa: S105 - a form field's name


@dataclass(frozen=True, kw_only=True)
class LoopbackOnly:
    """Refuse every request whose Host is not this machine's loopback, and forged changes."""

    app: ASGIApp
    #: made anew at every start; stands in the page, never in a URL
    token: str = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer 403."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        refusal = refusal_of(scope["method"], Headers(scope=scope), self.token)
        if refusal:
            return await PlainTextResponse(refusal, status_code=403)(scope, receive, send)
        return await self.app(scope, receive, send)


def refusal_of(method: str, headers: Headers, token: str) -> str:
    """Return why a request is refused, or an empty text."""
    host = headers.get("host", "")
    if len(headers.getlist("host")) != 1 or not is_loopback(host):
        return "This address is not served."
    if method in SAFE_METHODS:
        return ""
    if headers.get("origin") != f"http://{host}":
        return "A change must come from the preview's own page."
    if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), token.encode()):
        return "A change needs the token of this run: reload the page."
    return ""


def is_loopback(host: str) -> bool:
    """Tell whether a Host header names this machine: 127.0.0.1:8025 and [::1] do, 127.evil.example does not."""
    name = _name_of(host)
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()


@dataclass(frozen=True, kw_only=True)
class WithHeaders:
    """Add headers to every answer that does not set them itself."""

    app: ASGIApp
    headers: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, adding the headers to the start of the answer."""

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    found.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with)


@dataclass(frozen=True)
class OneSpelling:
    """Read a path with a stroke at its end as the path without it: nobody is sent on to it (RFC 8058 3.2)."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on under the one spelling."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path != "/" and path.endswith("/"):
            scope = {**scope, "path": path.rstrip("/") or "/", "raw_path": scope.get("raw_path", b"").rstrip(b"/")}
        await self.app(scope, receive, send)


#: for every page of ours: nothing from elsewhere, nothing told to elsewhere
QUIET = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
