"""Mails through SendGrid's web interface, many recipients a call (the only importer of its package).

The package opens a new connection for each call and has no timeout of its own: hence many recipients a
call, several threads, and connections of ours that are bounded in time. Nothing is retried: a call
whose answer was lost leaves all its recipients in doubt, and SendGrid's events settle them. At debug level
the package would log the key and every address; its logger is kept above that, and it is given a body that
does not show itself.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol, cast
from urllib.error import URLError

from newsletter.delivery.transports.sendgrid_answer import OK, Answer, failure, unreachable
from newsletter.delivery.transports.sendgrid_run import Run
from newsletter.delivery.transports.sendgrid_way import MOST, way_out
from newsletter.errors import CredentialsError
from newsletter.language import _

if TYPE_CHECKING:
    from urllib.request import OpenerDirector  # noqa: TID251  # the package's own way out

    from newsletter.config import Config
    from newsletter.config.model import SendGrid as Settings
    from newsletter.delivery.transports.base import Parcels, Report, Transport

_KEY = re.compile(r"[\w.~+/=-]+", re.ASCII)
#: anything but the bare `application/json` makes the package take a body as it is
_AS_JSON = {"Content-Type": "application/json; charset=utf-8"}
#: seconds of a wait that was asked for: none is shorter, and none so long that a mail could be given up for it
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 3600.0
#: a time of day has ten digits; fewer are seconds
_DIGITS_OF_SECONDS = 8
#: what a key must be allowed to do
_SCOPE = "mail.send"


class _Response(Protocol):
    status_code: int
    body: bytes
    headers: Mapping[str, str]


class _Endpoint(Protocol):
    def post(self, *, request_body: object, request_headers: dict[str, str]) -> _Response: ...
    def get(self) -> _Response: ...


class _Mail(Protocol):
    send: _Endpoint


class _Client(Protocol):
    mail: _Mail
    scopes: _Endpoint
    timeout: float


class _Octets(bytes):
    """Octets that do not show themselves: the package writes them into a text for its log, shown or not."""

    def __repr__(self) -> str:
        return f"<{len(self)} octets>"

    __str__ = __repr__


class _Body:
    """A body as the package asks for it: something to be encoded."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def encode(self, _encoding: str) -> bytes:
        """Return the body."""
        return _Octets(self._body)


def open_transport(config: Config) -> Transport:
    """Open the SendGrid account of `[sendgrid]`; raises CredentialsError without a key."""
    secret = config.secrets.sendgrid_api_key
    key = secret.get_secret_value() if secret else ""
    if not _KEY.fullmatch(key):
        raise CredentialsError(
            _("There is no SendGrid key, or it is not one."),
            hint=_("Set NEWSLETTER_SENDGRID_API_KEY, or NEWSLETTER_SENDGRID_API_KEY_FILE to a file that holds it."),
        )
    return SendGrid(config.sendgrid, key)


class SendGrid:
    """A SendGrid account as a transport; see `Transport`."""

    name = "sendgrid"

    def __init__(self, settings: Settings, key: str) -> None:
        #: in the sandbox nothing reaches anybody
        self.real = not settings.sandbox
        self.in_flight = settings.threads * settings.batch
        self.window: int | None = settings.batch
        self._settings = settings
        self._account = _Account(settings, key)
        self._run: Run | None = None

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Hand over the parcels in calls, and report what SendGrid answered for each call.

        Raises CredentialsError when the key or the sender is not accepted, TransientError when SendGrid can
        not be reached.
        """
        self._run = Run(self._settings, self._account.post, parcels, report)
        try:
            self._run.go()
        finally:
            self._run = None

    def check(self) -> None:
        """Ask what the key may do; raises CredentialsError when it may not send."""
        answer = self._account.scopes()
        if answer.code == 0:
            raise unreachable(answer)
        error = failure(answer)
        if error is not None:
            raise error
        if answer.code == OK and _SCOPE not in cast("list[str]", answer.errors or []):
            raise CredentialsError(
                _("The SendGrid key may not send mail."),
                hint=_("Give it the permission “Mail Send” in SendGrid's settings, or make another key."),
            )

    def close(self) -> None:
        """End a `deliver` that runs in another thread: what was called is in doubt."""
        run = self._run
        if run is not None:
            run.close()


class _Account:
    """The package's client, and its many ways to fail turned into answers."""

    def __init__(self, settings: Settings, key: str) -> None:
        self._settings = settings
        self._key = key

    def post(self, body: bytes) -> Answer:
        """Call mail/send with a body that is JSON already: the package takes it as it is under this name."""
        return self._answered(lambda client: client.mail.send.post(request_body=_Body(body), request_headers=_AS_JSON))

    def scopes(self) -> Answer:
        """Ask what the key may do; they are in `errors`, as a list of words."""
        return self._answered(lambda client: client.scopes.get())

    def _answered(self, ask: Callable[[_Client], _Response]) -> Answer:
        from python_http_client.exceptions import HTTPError

        began = time.monotonic()
        try:
            response = ask(self._client())
            return _answer(response, began)
        except HTTPError as error:
            return _answer(cast("_Response", error), began)
        except URLError as error:  # while connecting or writing: the request is not whole
            untrusted = isinstance(error.reason, ssl.SSLCertVerificationError)
            return Answer(text=_reason(error.reason), unwritten=True, untrusted=untrusted)
        except (OSError, HTTPException) as error:  # while waiting for the answer
            return Answer(text=_reason(error), seconds=time.monotonic() - began)

    def _client(self) -> _Client:
        """Return a client with a timeout; the package's is not meant to be shared by threads."""
        from sendgrid import SendGridAPIClient  # 150 ms

        for name in ("python_http_client", "python_http_client.client"):
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.WARNING))
        account = SendGridAPIClient(api_key=self._key)
        headers, host = account.client.request_headers, self._settings.base_url.rstrip("/")
        client = cast("_Client", self._kind(host=host, request_headers=headers, version=3))
        client.timeout = self._settings.timeout
        return client

    @cached_property
    def _kind(self) -> Callable[..., object]:
        """The package's client as all threads use it: each would read the machine's certificates anew (35 ms)."""
        return _through(way_out(secure=self._settings.base_url.startswith("https:")))


def _through(opener: OpenerDirector) -> Callable[..., object]:
    """Return the package's client, but one that opens connections through `opener`."""
    from python_http_client import Client

    class Through(Client):  # type: ignore[misc]  # the package has no types
        def _build_client(self, name: str | None = None) -> Through:
            way = [*self._url_path, name] if name else self._url_path
            headers, version = self.request_headers, self._version
            return Through(host=self.host, request_headers=headers, version=version, url_path=way, timeout=self.timeout)

        def _make_request(self, _own: object, request: object, timeout: float | None = None) -> object:
            return super()._make_request(opener, request, timeout=timeout)

    return Through


def _answer(response: _Response, began: float) -> Answer:
    """Read an answer; what is not JSON has no particulars."""
    headers = response.headers or {}
    try:
        told = json.loads(_opened(response.body or b"{}", headers))
    except (ValueError, zlib.error):
        told = {}
    told = told if isinstance(told, dict) else {}
    errors = told.get("errors") or told.get("scopes")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return Answer(
        code=int(response.status_code),
        text=str(first.get("message") or ""),
        errors=errors,
        request=str(headers.get("X-Message-Id") or ""),
        wait=_wait(headers),
        seconds=time.monotonic() - began,
    )


def _opened(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the beginning of a body; a proxy between may have packed it although nobody asked for that."""
    if (headers.get("Content-Encoding") or "").strip().lower() != "gzip":
        return body[:MOST]
    return zlib.decompressobj(wbits=31).decompress(body, MOST)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return for how long SendGrid asks us to wait, if it does: a time of day, or seconds; never a day by mistake."""
    reset, after = headers.get("X-RateLimit-Reset") or "", headers.get("Retry-After") or ""
    if reset.isdecimal():
        wait = int(reset) - (time.time() if len(reset) > _DIGITS_OF_SECONDS else 0.0)
    elif after.isdecimal():
        wait = float(after)
    else:
        return None
    return min(max(_SHORTEST_WAIT, wait), _LONGEST_WAIT)


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return _("no answer in time")
    return getattr(error, "strerror", None) or type(error).__name__
