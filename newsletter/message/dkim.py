"""A signature over a mail by our own domain (RFC 6376): Ed25519 (RFC 8463) or RSA (RFC 8301).

Usually the relay signs. Where it does not, this does, many times faster than the usual library: what is the
same for every mail of a letter is not looked at twice. The List-Unsubscribe headers are signed, as RFC 8058
wants; From is signed twice, so that no second one can be added; no length is given.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _
from newsletter.message.encode import ascii_address

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: signed where they are there; From once more than it is there
SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-id"),
    *("list-unsubscribe", "list-unsubscribe-post", "auto-submitted"),
)
#: bits of an RSA key (RFC 8301 3.2)
SMALLEST = 2048
_BLANK = re.compile(rb"[ \t]+")
_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.IGNORECASE)
_WIDTH = 72


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Signs mails of one domain with one key."""

    domain: str
    selector: str
    #: `ed25519-sha256` or `rsa-sha256`
    algorithm: str
    sign_octets: Callable[[bytes], bytes] = field(repr=False)

    def __call__(self, content: bytes) -> bytes:
        """Return `content` with a DKIM-Signature above it; its lines must end with CRLF."""
        head, _found, body = content.partition(b"\r\n\r\n")
        names, octets = _signed(head)
        unsigned = (
            f"DKIM-Signature: v=1; a={self.algorithm}; c=relaxed/simple; d={self.domain};\r\n s={self.selector};"
            f"\r\n h={_folded(names)};\r\n bh={_body_hash(body)};\r\n b="
        ).encode()
        signature = base64.b64encode(self.sign_octets(octets + _relaxed(unsigned)))
        lines = [signature[at : at + _WIDTH] for at in range(0, len(signature), _WIDTH)]
        return b"".join((unsigned, b"\r\n ".join(lines), b"\r\n", content))


def open_signer(*, domain: str, selector: str, key_file: Path) -> Signer:
    """Return the signer for a domain; raises ConfigError when the key can not be read or is too weak.

    Only the key's owner may read its file.
    """
    if not _LABELS.fullmatch(selector) or not _LABELS.fullmatch(ascii_address(f"x@{domain}")[2:]):
        raise ConfigError(_("[smtp] dkim_domain and dkim_selector must be names as in the DNS."))
    private = _private_key(_private_file(key_file))
    algorithm, sign_octets = _how(private)
    return Signer(
        domain=ascii_address(f"x@{domain}")[2:], selector=selector, algorithm=algorithm, sign_octets=sign_octets
    )


def _private_file(path: Path) -> bytes:
    hint = _("Make one with: openssl genpkey -algorithm ed25519 -out KEY.pem; chmod 600 KEY.pem")
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(_("Others can read the key of [smtp] dkim_key_file."), hint="chmod 600")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(_("The key of [smtp] dkim_key_file can not be read."), hint=hint) from error


def _private_key(pem: bytes) -> object:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # 30 ms, only where we sign

    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ConfigError(_("The key of [smtp] dkim_key_file is not a private key in PEM form.")) from None


def _how(private: object) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the algorithm of a key, and how it signs."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(private, Ed25519PrivateKey):
        return "ed25519-sha256", _by_ed25519(private)
    if isinstance(private, RSAPrivateKey) and private.key_size >= SMALLEST:
        return "rsa-sha256", _by_rsa(private)
    raise ConfigError(_("A DKIM key must be Ed25519, or RSA of at least {bits} bits.").format(bits=SMALLEST))


def _by_ed25519(private: Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    """Sign the hash, not the octets (RFC 8463 3)."""
    return lambda octets: private.sign(hashlib.sha256(octets).digest())


def _by_rsa(private: RSAPrivateKey) -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    padding, method = PKCS1v15(), SHA256()
    return lambda octets: private.sign(octets, padding, method)


def _signed(head: bytes) -> tuple[list[str], bytes]:
    """Return the names that are signed, and their headers in canonical form, last ones first (RFC 6376 5.4.2)."""
    found: dict[str, list[bytes]] = {}
    for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        name = line[: line.find(b":")].decode("ascii", "replace").strip().lower()
        if name in SIGNED:
            found.setdefault(name, []).append(_relaxed(line))
    names: list[str] = []
    octets: list[bytes] = []
    for name in SIGNED:
        for line in reversed(found.get(name, ())):
            names.append(name)
            octets += (line, b"\r\n")
    return ["from", *names] if "from" in names else names, b"".join(octets)


def _relaxed(header: bytes) -> bytes:
    """Return a header in relaxed form, without its line end (RFC 6376 3.4.2)."""
    name, _colon, value = header.partition(b":")
    return name.strip().lower() + b":" + _BLANK.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _body_hash(body: bytes) -> str:
    """Hash a body in simple form: no empty lines at its end (RFC 6376 3.4.3)."""
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _folded(names: list[str]) -> str:
    """Join names with colons, in lines that are not too long."""
    text, column = "", 0
    for number, name in enumerate(names):
        if column + len(name) > _WIDTH - 4:
            text, column = f"{text}\r\n ", 0
        word = name if number == len(names) - 1 else f"{name}:"
        text, column = text + word, column + len(word)
    return text
