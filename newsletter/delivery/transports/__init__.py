"""How messages leave. Each module is one way out and knows nothing of the others; entry points name them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from newsletter.errors import ConfigError
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Transport

GROUP = "newsletter.transports"
#: what is shipped, for a source tree whose distribution is not installed
SHIPPED = ("console", "files", "maildir", "memory", "sendgrid", "smtp")
#: what an entry point names
Open = Callable[["Config"], "Transport"]


def transports() -> tuple[str, ...]:
    """Return the kinds of transport there are, by name."""
    return tuple(sorted({*SHIPPED, *entry_points(group=GROUP).names}))


def load_transport(kind: str, config: Config) -> Transport:
    """Open the transport of this kind: an entry point of the group `newsletter.transports`, or one that is shipped.

    Raises ConfigError when there is none of that name, or when what it needs is missing from the configuration.
    """
    for point in entry_points(group=GROUP, name=kind):
        return cast("Open", point.load())(config)
    if kind in SHIPPED:
        return _shipped(kind)(config)
    known = transports()
    near = nearest(kind, known)
    raise ConfigError(
        _("There is no transport “{kind}”.").format(kind=kind),
        hint=_("Did you mean “{name}”?").format(name=near)
        if near
        else _("Known transports: {names}.").format(names=", ".join(known)),
    )


def _shipped(kind: str) -> Open:
    from importlib import import_module

    return cast("Open", import_module(f"{__name__}.{kind}").open_transport)
