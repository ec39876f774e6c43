"""Where providers' calls are taken in: verified over their raw bytes, stored, answered; worked off by `Duty`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.errors import RefusedError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.project.project import Project

#: a certificate is 2 KB
LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Postroom:
    """A project's postroom."""

    project: Project

    def receive(self, provider: str, headers: Mapping[str, str], body: bytes) -> int:
        """Verify and store one call; return the status to answer. Raises RefusedError for a call that is not theirs."""
        from newsletter.feedback.event import Source
        from newsletter.feedback.inbox import keep

        verified = {"sendgrid": self._sendgrid, "ses": self._ses, "generic": self._generic}.get(provider)
        if verified is None:
            return 404
        if verified(headers, body):
            keep(self.project.store, Source(provider), body, at=time.time())
        return 200

    def _sendgrid(self, headers: Mapping[str, str], body: bytes) -> bool:
        from newsletter.feedback.webhooks import sendgrid

        config = self.project.config
        key, age = config.sendgrid.webhook_public_key, config.feedback.webhook_max_age
        sendgrid.verify(headers, body, public_key=key, at=time.time(), max_age=age)
        return True

    def _generic(self, headers: Mapping[str, str], body: bytes) -> bool:
        from newsletter.feedback.webhooks import generic

        secret, age = self.project.config.secrets.webhook_secret, self.project.config.feedback.webhook_max_age
        if secret is None:
            raise RefusedError(_("No secret is configured for this call."), hint=_("Set NEWSLETTER_WEBHOOK_SECRET."))
        generic.verify(headers, body, secret=secret.get_secret_value(), at=time.time(), max_age=age)
        return True

    def _ses(self, _headers: Mapping[str, str], body: bytes) -> bool:
        """Take a notification; a subscription that asks to be confirmed is confirmed instead of stored."""
        from newsletter.feedback.webhooks import amazon

        topics = self.project.config.feedback.ses_topics
        message = amazon.verify(body, topics=topics, fetch=fetch, at=time.time())
        url = amazon.confirmation_url(message)
        if url:
            fetch(url)
        return not url


def fetch(url: str) -> bytes:
    """Get a small file over https from an address that was checked before; no redirect is followed."""
    from http.client import HTTPException, HTTPSConnection

    parts = urlsplit(url)
    connection = HTTPSConnection(parts.hostname or "", timeout=10)
    try:
        connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
        answer = connection.getresponse()
        content = answer.read(LARGEST_ANSWER + 1)
    except (OSError, HTTPException) as error:
        raise TransientError(_("The provider's certificate could not be fetched.")) from error
    finally:
        connection.close()
    if answer.status != 200 or len(content) > LARGEST_ANSWER:
        raise TransientError(_("The provider's certificate could not be fetched."))
    return content
