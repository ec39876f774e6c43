"""Serving by https without a proxy: a certificate that browsers will take, looked at before anything is started."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.x509 import Certificate

#: browsers that came once by https do not try anything else for a year (RFC 6797)
STAY = {"Strict-Transport-Security": "max-age=31536000"}
#: a renewal that failed is told this long before it hurts
_SOON = timedelta(days=14)


def warnings_of(certificate: Path, key: Path | None, *, at: float, host: str = "") -> list[str]:
    """Return what there is to say about a certificate that can be served with; `host`: who will ask for it.

    Raises ConfigError when it can not be read, is not for its key, or is not valid at `at`.
    """
    first = _first_of(certificate)
    _refuse_unfit(certificate, key)
    _refuse_out_of_time(certificate, first, at)
    found = []
    left = first.not_valid_after_utc - datetime.fromtimestamp(at, UTC)
    if left < _SOON:
        found.append(
            _("The certificate {file} ends on {day}: renew it.").format(
                file=certificate.name, day=f"{first.not_valid_after_utc:%Y-%m-%d}"
            )
        )
    if host and not _is_for(first, host):
        text = _("The certificate {file} is not for {host}: nobody's browser will take it.")
        found.append(text.format(file=certificate.name, host=host))
    return found


def _first_of(path: Path) -> Certificate:
    """Return the server's own certificate: the first of its file."""
    from cryptography.x509 import load_pem_x509_certificate  # 40 ms, only where https is served

    content = _read(path)
    try:
        return load_pem_x509_certificate(content)
    except ValueError:
        raise ConfigError(
            _("{file} holds no certificate.").format(file=path.name),
            hint=_("It is a PEM file: the certificate, then those that vouch for it."),
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            _("{file} can not be read: {reason}.").format(file=path.name, reason=error.strerror or ""),
            hint=_("Give the account that serves the right to read it."),
        ) from error


def _refuse_unfit(certificate: Path, key: Path | None) -> None:
    """Load both as the server will; a key behind a password is refused, as nobody is there to type it."""
    if key is not None:
        _read(key)
    locked: list[bool] = []

    def password() -> str:
        locked.append(True)
        return ""

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password)
    except (ssl.SSLError, ValueError, OSError):
        where = (key or certificate).name
        if locked:
            raise ConfigError(
                _("The key in {file} is locked with a password.").format(file=where),
                hint=_("Unlock it: openssl pkey -in locked.pem -out key.pem"),
            ) from None
        raise ConfigError(
            _("{file} holds no key for this certificate.").format(file=where),
            hint=_("Name the key's file with --tls-key."),
        ) from None


def _refuse_out_of_time(path: Path, found: Certificate, at: float) -> None:
    now = datetime.fromtimestamp(at, UTC)
    if found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        return
    ended = now > found.not_valid_after_utc
    day = found.not_valid_after_utc if ended else found.not_valid_before_utc
    text = _("The certificate {file} ended on {day}.") if ended else _("The certificate {file} begins on {day} only.")
    raise ConfigError(
        text.format(file=path.name, day=f"{day:%Y-%m-%d}"),
        hint=_("Renew it, or look at this machine's clock: nobody could unsubscribe."),
    )


def _is_for(found: Certificate, host: str) -> bool:
    """Tell whether a certificate names a host, itself or by a star in the place of its first word."""
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = found.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return False
    written = {name.lower() for name in names.get_values_for_type(DNSName)}
    written |= {str(address) for address in names.get_values_for_type(IPAddress)}
    host = host.lower()
    return host in written or f"*.{host.partition('.')[2]}" in written
