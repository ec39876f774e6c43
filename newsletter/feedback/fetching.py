"""The one thing that is ever fetched on a provider's word: Amazon's certificates, at addresses checked before."""

from __future__ import annotations

import http.client
import ssl
from collections import OrderedDict
from urllib.parse import urlsplit

from newsletter.errors import TransientError
from newsletter.language import _

SECONDS = 10.0
LARGEST = 64_000
KEPT = 16


class Fetcher:
    """Gets small files over verified TLS, follows no redirect, and remembers the last few."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context or ssl.create_default_context()
        self._known: OrderedDict[str, bytes] = OrderedDict()

    def __call__(self, url: str) -> bytes:
        """Return what stands at an https address; raises TransientError when it can not be had."""
        if url not in self._known:
            self._known[url] = self._get(url)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[url]

    def _get(self, url: str) -> bytes:
        parts = urlsplit(url)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=SECONDS, context=self._context)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
            answer = connection.getresponse()
            content = answer.read(LARGEST)
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable() from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise _unreachable()
        return content


def _unreachable() -> TransientError:
    return TransientError(_("The provider's certificate can not be had now."), hint=_("The call will come again."))
