"""The calls of providers: each is checked on its exact bytes before anything looks into them, and then stored."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError, RefusedError, UsageError
from newsletter.feedback.event import Source
from newsletter.feedback.webhooks import amazon, generic, sendgrid
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
HEADER_OCTETS = 64_000
TAKEN, REFUSED, UNKNOWN, LATER = 204, 403, 404, 429


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What calls are checked with; a provider without its own is refused."""

    #: SendGrid's verification key, as it shows it
    sendgrid_public_key: str = field(repr=False, default="")
    #: SNS topics that may speak to us
    ses_topics: Collection[str] = ()
    #: the shared secret of the generic webhook
    generic_secret: str = field(repr=False, default="")
    #: seconds that a call may be late or early
    max_age: float = 300


@dataclass(frozen=True, kw_only=True)
class Postroom:
    """Takes in the providers' calls; the web hands them over as they came."""

    store: Store
    secrets: Secrets
    #: seconds since 1970
    clock: Callable[[], float]
    #: gets SNS certificates, and confirms a subscription to a topic that is expected
    fetch: amazon.Fetch

    def receive(self, provider: str, headers: Mapping[str, str], body: bytes) -> int:
        """Verify and store one call; return the HTTP status to answer: 2xx or 4xx, never 5xx.

        429 asks the provider to come again: the database, or Amazon's certificate, could not be had.
        """
        if provider not in (Source.SENDGRID, Source.SES, Source.GENERIC):
            return UNKNOWN
        try:
            return self._taken(Source(provider), {name.lower(): value for name, value in headers.items()}, body)
        except RefusedError:
            log.warning("a provider's call was refused", extra={"provider": provider})
            return REFUSED
        except NewsletterError as error:
            log.warning("a provider's call could not be taken", extra={"provider": provider, "fault": error.code})
            return LATER

    def _taken(self, provider: Source, headers: Mapping[str, str], body: bytes) -> int:
        from newsletter.feedback.inbox import keep  # with the database's tables (0.3 s): not for checks by hand

        if self._tells(provider, headers, body):
            keep(self.store, provider, body, at=self.clock())
        return TAKEN

    def _tells(self, provider: Source, headers: Mapping[str, str], body: bytes) -> bool:
        """Verify a call; return whether it tells of events."""
        at, known = self.clock(), self.secrets
        if provider is Source.SES:
            return self._of_amazon(body, at)
        if provider is Source.SENDGRID:
            sendgrid.verify(headers, body, public_key=known.sendgrid_public_key, at=at, max_age=known.max_age)
        else:
            generic.verify(headers, body, secret=known.generic_secret, at=at, max_age=known.max_age)
        return True

    def _of_amazon(self, body: bytes, at: float) -> bool:
        message = amazon.verify(body, topics=self.secrets.ses_topics, fetch=self.fetch, at=at)
        if url := amazon.confirmation_url(message):
            self.fetch(url)
            log.info("a subscription to an expected topic was confirmed")
        return message.get("Type") == "Notification"


def verify_webhook(
    *, provider: str, public_key: str, headers: bytes, body: bytes, at: float = 0, max_age: float | None = None
) -> bool:
    """Tell whether a recorded call is the provider's: the webhook's own check, from the shell.

    `headers` is text as recorded: see `recorded_headers`. Without `max_age` (seconds before
    `at`, which is then needed) a call of any age passes. Raises UsageError for an unknown provider.
    """
    if provider != Source.SENDGRID:
        raise UsageError(_("Calls of this provider can not be checked with a public key."))
    try:
        sendgrid.verify(recorded_headers(headers), body, public_key=public_key, at=at, max_age=max_age)
    except RefusedError:
        return False
    return True


def recorded_headers(recorded: bytes) -> dict[str, str]:
    """Read recorded headers; names come in lower case. One that stands twice with two values is left out.

    They may be `Name: value` lines (also as curl shows them, up to the blank line before the body), or JSON:
    an object, or a list of pairs or of objects with `name` and `value`.
    """
    text = recorded[:HEADER_OCTETS].decode("utf-8-sig", "replace").strip()
    found: dict[str, set[str]] = {}
    for name, value in _pairs(text):
        found.setdefault(name.strip().lower(), set()).add(value.strip())
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    if text.startswith(("{", "[")):
        try:
            yield from _pairs_of(json.loads(text))
        except (ValueError, RecursionError):
            return
        return
    for line in takewhile(str.strip, text.splitlines()):
        name, _colon, value = line.removeprefix("> ").removeprefix("< ").partition(":")
        yield name, value


def _pairs_of(read: object) -> Iterator[tuple[str, str]]:
    """Yield the names and values of headers in JSON; what is of no known form is passed over."""
    if isinstance(read, Mapping):
        pairs: list[object] = [[name, value] for name, value in read.items()]
    else:
        pairs = read if isinstance(read, list) else []
    for pair in pairs:
        if isinstance(pair, Mapping):
            yield str(pair.get("name", "")), str(pair.get("value", ""))
        elif isinstance(pair, list) and len(pair) == 2:
            for value in pair[1] if isinstance(pair[1], list) else [pair[1]]:
                yield str(pair[0]), str(value)
