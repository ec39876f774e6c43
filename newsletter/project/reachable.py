"""Whether people could leave: no mail goes out with a link to pages that are not there (RFC 8058 3.1)."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.errors import RefusedError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.project.project import Project

_SECONDS = 10.0
#: what `serve` answers at its sign of life
_ALIVE = b"ok\n"


def refuse_silent_pages(project: Project) -> None:
    """Raise RefusedError when the public pages do not answer at `[web] base_url`."""
    base = project.config.web.base_url
    if not pages_answer(base):
        raise RefusedError(
            _("The public pages do not answer at {address}: nobody could unsubscribe.").format(address=base),
            hint=_("Start them with newsletter serve, and see that {address}/healthz shows “ok”.").format(
                address=base.rstrip("/")
            ),
            page_hint=_("They do when {address}/healthz shows “ok”.").format(address=base.rstrip("/")),
        )


def pages_answer(base_url: str, *, seconds: float = _SECONDS) -> bool:
    """Tell whether `serve` answers behind an address."""
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.netloc, timeout=seconds)
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}/healthz")
            answer = connection.getresponse()
            return answer.status == http.client.OK and answer.read(16) == _ALIVE
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        return False
