"""The ways out of a project: found by entry point, opened with the configuration, refused while it is an example."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError, Finding, Location, Severity
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Transport

GROUP = "newsletter.transports"


def transport_names() -> tuple[str, ...]:
    """Return the names of every installed way out."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def open_transport(config: Config) -> Transport:
    """Open the way out that `[transport] kind` names.

    Raises ConfigError when there is none of that name, or when it leaves this machine while the
    organisation's particulars are examples.
    """
    transport: Transport = _entry_point(config.transport.kind).load()(config)
    if transport.real and (faults := identity_faults(config)):
        transport.close()
        raise ConfigError(
            _("The law wants to know who writes, and newsletter.toml still holds examples."),
            faults,
            hint=_("Replace them in [site], then take their names out of `examples`."),
        )
    return transport


def identity_faults(config: Config) -> list[Finding]:
    """Return what is missing to say who writes (Law CASL 6(2); ECPR s. 2; P-39.1 s. 3.1), each with a finding NL7xx."""
    site = config.site
    needed = {
        "name": site.name,
        "postal_address": site.postal_address,
        "contact": site.contact,
        "privacy_officer_title": site.privacy_officer_title,
        "privacy_officer_contact": site.privacy_officer_contact,
        "sender": "" if config.default_sender is None else config.default_sender.from_,
    }
    missing = [(name, _("{key} is missing").format(key=name)) for name, value in needed.items() if not value]
    examples = [(name, _("{key} is still an example").format(key=name)) for name in site.examples]
    return [_finding(name, message) for name, message in (*missing, *examples)]


def _finding(name: str, message: str) -> Finding:
    return Finding(code="NL790", severity=Severity.ERROR, message=message, location=Location(path="newsletter.toml"))


def _entry_point(kind: str) -> EntryPoint:
    found = next(iter(entry_points(group=GROUP, name=kind)), None)
    if found is None:
        near = nearest(kind, transport_names())
        raise ConfigError(
            _("There is no transport “{name}”.").format(name=kind),
            hint=_("Did you mean “{near}”?").format(near=near)
            if near
            else _("There are: {names}.").format(names=", ".join(transport_names())),
        )
    return found
