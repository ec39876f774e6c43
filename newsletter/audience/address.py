"""What a mail address is to us: one text, one verdict, one key.

`email-validator` in its strict form decides, and we refuse what it lets through: local parts over 64
octets (RFC 5321 4.5.3.1.1), one-letter top-level domains, texts a spreadsheet would run, look-alikes
written in two scripts (UTS 39) or in compatibility forms. Plain ASCII addresses take a fast path that
gives the same verdicts.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.audience.scripts import is_mixed
from newsletter.errors import UsageError
from newsletter.language import _

_LOCAL = r"[A-Za-z0-9_!#$%&*+/?^`{|}~\-][A-Za-z0-9_!#$%&'*+/=?^`{|}~\-]*(?:\.[A-Za-z0-9_!#$%&'*+/=?^`{|}~\-]+)*"
_LABEL = r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)"
#: addresses whose verdict needs no table: what is not matched goes the long way
_PLAIN = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.)+([A-Za-z]{{2,63}}))")
#: names that receive no mail (RFC 6761, 6762, 7686), as email-validator has them
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
#: names of functions rather than people are the same in any case (RFC 2142)
_FUNCTIONS = frozenset(
    {
        *("info", "marketing", "sales", "support"),
        *("abuse", "noc", "security"),
        *("postmaster", "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"),
    }
)
_LOCAL_OCTETS = 64
_OCTETS = 254
_DOMAIN_OCTETS = 253


class AddressFault(StrEnum):
    """Why a text is not an address that we write to."""

    EMPTY = "no_address"
    SYNTAX = "invalid_address"
    #: two scripts in one label, or compatibility forms: a person must look at it
    LOOKALIKE = "mixed_script"


class AddressError(UsageError):
    """A text is not an address; the text itself is never part of the error."""

    def __init__(self, fault: AddressFault) -> None:
        super().__init__(describe(fault))
        self.fault = fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A mail address in its one normal form (NFC, domain in lower case); the local part keeps its case."""

    local: str = field(repr=False)
    #: as people write it: `québec.ca`
    domain: str = field(repr=False)
    #: as DNS and SMTP want it: `xn--qubec-csa.ca`
    ascii_domain: str = field(repr=False)

    @property
    def text(self) -> str:
        """The address as people write it."""
        return f"{self.local}@{self.domain}"

    @property
    def ascii(self) -> str:
        """The address with its domain in IDNA form; the local part may still need SMTPUTF8 (RFC 6531)."""
        return f"{self.local}@{self.ascii_domain}"

    @property
    def folded(self) -> str:
        """What two spellings of one mailbox have in common: duplicates and suppressions are found by it."""
        return fold(self.local, self.ascii_domain)


def normalise(text: str) -> Address:
    """Return the address that `text` is; raises AddressError. White space around it is a fault: strip it first."""
    local, domain, ascii_domain = split(text)
    return Address(local=local, domain=domain, ascii_domain=ascii_domain)


def split(text: str) -> tuple[str, str, str]:
    """Return local part, domain and ASCII domain of the address that `text` is; raises AddressError."""
    found = _PLAIN.fullmatch(text)
    if found is not None and (plain := _plain(found)) is not None:
        return plain
    if not text:
        raise AddressError(AddressFault.EMPTY)
    return _checked(text)


def address_key(address: Address, secret: bytes) -> str:
    """Return what recognises an address without keeping it: 32 hexadecimal digits of HMAC-SHA256."""
    return key_of(address.local, address.ascii_domain, secret)


def key_of(local: str, ascii_domain: str, secret: bytes) -> str:
    """Return the key of an address in parts."""
    return hmac.digest(secret, fold(local, ascii_domain).encode(), hashlib.sha256).hex()[:32]


def fold(local: str, ascii_domain: str) -> str:
    """Return what two spellings of one mailbox have in common."""
    lower = local.lower()
    return f"{lower if lower.isascii() else unicodedata.normalize('NFC', lower)}@{ascii_domain}"


def describe(fault: AddressFault) -> str:
    """Say a fault to a person."""
    return {
        AddressFault.EMPTY: _("there is no address"),
        AddressFault.SYNTAX: _("this is not a mail address"),
        AddressFault.LOOKALIKE: _("the address mixes scripts or uses look-alike characters"),
    }[fault]


def _plain(found: re.Match[str]) -> tuple[str, str, str] | None:
    """Decide about an ASCII address; None where the long way must decide."""
    local, domain, top = found.groups()
    if len(local) > _LOCAL_OCTETS or len(local) + len(domain) >= _OCTETS or len(domain) > _DOMAIN_OCTETS:
        return None
    domain = domain.lower()
    if "--" in domain or top.lower() in _RESERVED:  # Punycode, or labels that RFC 5890 reserves
        return None
    lower = local.lower()
    return lower if lower in _FUNCTIONS else local, domain, domain


def _checked(text: str) -> tuple[str, str, str]:
    """Ask email-validator, and refuse what it should have."""
    from email_validator import EmailNotValidError, validate_email  # 40 ms; plain addresses never need it

    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise AddressError(AddressFault.SYNTAX) from None  # its text quotes the address
    local, domain = found.local_part, found.domain
    if len(local.encode()) > _LOCAL_OCTETS or local[0] in "='" or len(found.ascii_domain.rpartition(".")[2]) < 2:
        raise AddressError(AddressFault.SYNTAX)
    written = unicodedata.normalize("NFC", text)
    if (
        "。" in text
        or unicodedata.normalize("NFKC", written) != written
        or is_mixed(local)
        or any(map(is_mixed, domain.split(".")))
    ):
        raise AddressError(AddressFault.LOOKALIKE)
    return local, domain, found.ascii_domain
