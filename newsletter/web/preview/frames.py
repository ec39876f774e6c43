"""The frames that a mail is shown in: empty pages with a policy of their own, filled by the studio's page.

A mail is never a document that could run anything: no script, no form, nothing from elsewhere unless asked. The
frame for axe is the only one where scripts run, ours alone, and it has no origin (`sandbox="allow-scripts"`).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from starlette.requests import Request

_STYLES = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
#: what of pictures each kind of frame may load
PICTURES = {"on": "; img-src 'self' data:", "off": "", "remote": "; img-src 'self' data: https: http:"}
_EMPTY = "<!doctype html><html><head><title>.</title></head><body></body></html>"
_AUDIT = (
    '<!doctype html><html><head><title>.</title><script src="/axe/axe.min.js"></script>'
    '<script src="/axe/audit.js"></script></head><body></body></html>'
)


def frame_routes() -> list[BaseRoute]:
    """Return the routes of the frames."""
    return [
        Route("/frame/{pictures}", _frame),
        Route("/axe/frame", _audit_frame),
        Route("/axe/axe.min.js", _axe),
        Route("/axe/audit.js", _audit_script),
    ]


async def _frame(request: Request) -> Response:
    pictures = PICTURES.get(request.path_params["pictures"])
    if pictures is None:
        return Response(status_code=404)
    return HTMLResponse(_EMPTY, headers={"Content-Security-Policy": _STYLES + pictures})


async def _audit_frame(request: Request) -> Response:
    if axe_file() is None:
        return Response(status_code=404)
    own = f"{request.url.scheme}://{request.url.netloc}"
    policy = f"{_STYLES}; img-src data:; script-src {own}/axe/axe.min.js {own}/axe/audit.js; sandbox allow-scripts"
    return HTMLResponse(_AUDIT, headers={"Content-Security-Policy": policy})


async def _axe(_request: Request) -> Response:
    found = axe_file()
    return Response(status_code=404) if found is None else _script(found)


async def _audit_script(_request: Request) -> Response:
    return _script(Path(__file__).parent / "static" / "audit-frame.js")


def _script(file: Path) -> Response:
    """Hand a script to the frame that has no origin: "same-origin" would refuse it."""
    return Response(
        file.read_bytes(), media_type="text/javascript", headers={"Cross-Origin-Resource-Policy": "cross-origin"}
    )


def axe_file() -> Path | None:
    """Return axe-core as the extra `axe` brings it, or None."""
    found = find_spec("axe_playwright_python")
    place = Path(found.origin).with_name("axe.min.js") if found and found.origin else None
    return place if place and place.is_file() else None
