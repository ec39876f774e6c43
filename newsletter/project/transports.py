"""The ways out of a project: found by entry point, opened with the configuration; and who must be named to use them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.config.source import read_source
from newsletter.delivery.transports import load_transport, transports
from newsletter.errors import Finding
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Transport

#: ways out that keep mails on this machine
_LOCAL = frozenset({"console", "files", "maildir", "memory"})
#: keys of [site] that the law wants in every mail or published (CASL 6(2); P-39.1 s. 3.1)
_NEEDED = ("name", "postal_address", "contact", "privacy_officer_title", "privacy_officer_contact")


def transport_names() -> tuple[str, ...]:
    """Return the names of every way out that there is."""
    return transports()


def open_transport(config: Config) -> Transport:
    """Open the way out that `[transport] kind` names; nothing is connected yet. Raises ConfigError if there is none."""
    return load_transport(config.transport.kind, config)


def leaves_this_machine(config: Config) -> bool:
    """Tell whether mail goes further than this machine's own address (RFC 1122 3.2.1.3, RFC 4291 2.5.3)."""
    if config.transport.kind in _LOCAL:
        return False
    hosts = {"smtp": config.smtp.host, "sendgrid": urlsplit(config.sendgrid.base_url).hostname or ""}
    return not _is_loopback(hosts.get(config.transport.kind, "elsewhere"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _is_public(url: str) -> bool:
    """Tell whether an address of the web is one that a mail may hold: https, and no machine's or house's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        own = not ip_address(host).is_global
    except ValueError:
        own = _is_loopback(host) or "." not in host
    return parts.scheme == "https" and not own


def identity_faults(config: Config) -> list[Finding]:
    """Return what newsletter.toml must still say before anybody may be written to."""
    source = read_source(config.root)
    missing = {key: _("{key} is missing") for key in _NEEDED if not getattr(config.site, key)}
    if config.default_sender is None:
        missing["sender"] = _("{key} is missing")
    if leaves_this_machine(config) and not config.web.base_url:
        missing["base_url"] = _("{key} is missing: nobody could unsubscribe")
    elif leaves_this_machine(config) and not _is_public(config.web.base_url):
        missing["base_url"] = _("{key} must be an https address that everybody reaches (RFC 8058)")
    wrong = {**missing, **{key: _("{key} is still an example") for key in config.site.examples}}
    paths = {"sender": ("sender",), "base_url": ("web", "base_url")}
    return [source.finding("NL720", paths.get(key, ("site", key)), text.format(key=key)) for key, text in wrong.items()]
