"""Mails through SendGrid's web interface, many recipients a call (the only importer of its package).

The package opens a new connection for each call and has no timeout of its own: hence many recipients a
call, several threads, and a timeout that is always set. Nothing is retried: a call whose answer was lost
leaves all its recipients in doubt, and SendGrid's events settle them. At debug level the package would log
the key and every address; its logger is kept above that.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol, cast
from urllib.error import URLError

from newsletter.delivery.transports.sendgrid_answer import OK, Answer, failure, unreachable
from newsletter.delivery.transports.sendgrid_run import Run
from newsletter.errors import CredentialsError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.config.model import SendGrid as Settings
    from newsletter.delivery.transports.base import Parcels, Report, Transport

_KEY = re.compile(r"[\w.~+/=-]+", re.ASCII)
#: what a key must be allowed to do
_SCOPE = "mail.send"


class _Response(Protocol):
    status_code: int
    body: bytes
    headers: Mapping[str, str]


class _Endpoint(Protocol):
    def post(self, *, request_body: dict[str, object]) -> _Response: ...
    def get(self) -> _Response: ...


class _Mail(Protocol):
    send: _Endpoint


class _Client(Protocol):
    mail: _Mail
    scopes: _Endpoint
    timeout: float


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

    def post(self, body: dict[str, object]) -> Answer:
        """Call mail/send."""
        return self._answered(lambda client: client.mail.send.post(request_body=body))

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
        account = SendGridAPIClient(api_key=self._key, host=self._settings.base_url.rstrip("/"))
        client = cast("_Client", account.client)
        client.timeout = self._settings.timeout
        return client


def _answer(response: _Response, began: float) -> Answer:
    """Read an answer; what is not JSON has no particulars."""
    headers = response.headers or {}
    try:
        told = json.loads((response.body or b"{}")[:1_000_000])
    except ValueError:
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


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return for how long SendGrid asks us to wait, if it does: a time of day, or seconds."""
    reset, after = headers.get("X-RateLimit-Reset") or "", headers.get("Retry-After") or ""
    if reset.isdecimal():
        return max(0.0, int(reset) - time.time())
    return float(after) if after.isdecimal() else None


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return _("no answer in time")
    return getattr(error, "strerror", None) or type(error).__name__
