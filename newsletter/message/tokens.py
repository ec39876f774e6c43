"""Signed words that stand for a reader in a link or an address: fixed length, no personal fact, no expiry.

A link's token holds version, purpose, which key, the reader's random key, the list's key, and 144 bits of
HMAC-SHA256; it is 60 characters of base64url. A bounce's token holds send and delivery and is 40 letters of
base32, as mail servers may change the case of a local part. A web version's token holds a send and a language
and is the same for all readers: it may be passed on. Every purpose has a key of its own, so that a
token made for one is worth nothing for another; keys rotate, and old ones still verify.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import b32decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hmac import digest
from typing import TYPE_CHECKING

from newsletter.message.mac import Mac, mac

if TYPE_CHECKING:
    from newsletter.config import Keys

VERSION = 1
#: characters of a link's token
LENGTH = 60
#: characters of a web version's token
WEB_LENGTH = 44
#: characters of a token in a return path
RETURN_LENGTH = 40
#: characters of a token in an address that unsubscribes
MAIL_LENGTH = 50
_HEAD = struct.Struct(">BBB16s8s")
_RETURN = struct.Struct(">BII")
_MAIL = struct.Struct(">B16s4s")
#: of a language's name as many octets as any that is in use has
_WEB = struct.Struct(">BI12s")
_TAG, _SHORT_TAG = 18, 16
#: base64url (RFC 4648 5) from base64
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
#: base32 (RFC 4648 6) of one octet of five bits
_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256, b"?")
#: halves eight lanes of 40 bits in 64, then 20 in 32, then 10 in 16, until each octet holds five bits
_HALVINGS = tuple(
    (
        shift,
        int.from_bytes(bytes.fromhex(high) * (40 * 2 // len(high)), "big"),
        int.from_bytes(bytes.fromhex(low) * (40 * 2 // len(low)), "big"),
    )
    for shift, high, low in (
        (12, "000000fffff00000", "00000000000fffff"),
        (6, "000ffc00", "000003ff"),
        (3, "03e0", "001f"),
    )
)
#: what no reader's key begins with: a token that is right in form and never verifies
_INERT = bytes(16)


class Purpose(StrEnum):
    """What a token is good for, and nothing else."""

    #: as fast as a text's: a purpose is looked up for each token
    __hash__ = str.__hash__

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"
    WEB = "web"
    MAIL = "mail"
    RETURN = "return"


_CODES = {purpose: number for number, purpose in enumerate(Purpose, 1)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A link's token that was read and is genuine."""

    purpose: Purpose
    #: 32 hexadecimal digits
    subscriber_key: str = field(repr=False)
    #: as `list_key` makes it: 16 hexadecimal digits; of an address that unsubscribes the first 8
    list_key: str

    def is_of(self, list_key: str) -> bool:
        """Say whether the token was made for the list with this key."""
        return list_key.startswith(self.list_key)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnPath:
    """Whose bounce it is: a delivery of a send."""

    send: int
    key: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WebVersion:
    """What is read in the browser: a send, in one language; nobody's."""

    send: int
    lang: str


def list_key(name: str, keys: Keys) -> str:
    """Return what stands for a list in tokens; made from the key that never rotates, as tokens never end."""
    return hmac.new(keys.suppression, b"list\0" + name.encode(), hashlib.sha256).hexdigest()[:16]


@lru_cache(maxsize=256)
def _purpose(signing: bytes, purpose: Purpose) -> Mac:
    """Return what signs for one purpose: tokens of one are no tokens of another."""
    return mac(digest(signing, f"newsletter token {purpose}".encode(), "sha256"))


@lru_cache(maxsize=64)
def _key_id(signing: bytes) -> int:
    """Return the octet that says which key signed."""
    return digest(signing, b"newsletter token key id", "sha256")[0]


def sign(purpose: Purpose, *, subscriber_key: str, list_key: str, keys: Keys) -> str:
    """Return a link's token, signed with the newest key."""
    return signer(purpose, list_key=list_key, keys=keys)(subscriber_key)


def signer(purpose: Purpose, *, list_key: str, keys: Keys) -> Callable[[str], str]:
    """Return what makes a link's tokens for the readers of one list: from a reader's key, with the newest key."""
    signing = keys.signing[0]
    head, tail = bytes((VERSION, _CODES[purpose], _key_id(signing))), bytes.fromhex(list_key)
    code = _purpose(signing, purpose)

    def token(subscriber_key: str) -> str:
        body = head + bytes.fromhex(subscriber_key) + tail
        return b2a_base64(body + code(body)[:_TAG], newline=False).translate(_URL_SAFE).decode()

    return token


def inert(purpose: Purpose) -> str:
    """Return a token of the same length that is nobody's: for personas and test mails."""
    return urlsafe_b64encode(_HEAD.pack(VERSION, _CODES[purpose], 0, _INERT, bytes(8)) + bytes(_TAG)).decode()


def sign_web(*, send: int, lang: str, keys: Keys) -> str:
    """Return the token of a web version: the same for every reader, so that nobody is known by it."""
    return _tagged(_WEB.pack(VERSION, send, lang.encode()), keys.signing[0], Purpose.WEB)


def inert_web() -> str:
    """Return a web version's token that is of no send: for personas."""
    return _base64(_WEB.pack(VERSION, 0, b"") + bytes(_SHORT_TAG))


def read_web(token: str, keys: Keys) -> WebVersion | None:
    """Return what a web version's token names, or None when it is not genuine."""
    raw = _raw(token, WEB_LENGTH)
    if raw is None or not _verify(raw, _SHORT_TAG, keys.signing, Purpose.WEB):
        return None
    version, send, lang = _WEB.unpack_from(raw)
    return WebVersion(send=send, lang=lang.rstrip(b"\0").decode("ascii", "replace")) if version == VERSION else None


def is_inert(token: str) -> bool:
    """Say whether a token is that of a test mail: the page can say so, and nothing is changed."""
    if token == inert_web():
        return True
    raw = _raw(token, LENGTH)
    return raw is not None and raw[3:19] == _INERT and raw[0] == VERSION


def read_token(token: str, keys: Keys, *, purpose: Purpose | None = None) -> Token | None:
    """Return what a link's token says, or None when it is not genuine; `purpose` None takes any.

    Takes the same time wherever the fault is: every key is tried, and tags are compared in constant time.
    """
    if len(token) == MAIL_LENGTH:
        return _read_mail(token, keys) if purpose in (None, Purpose.MAIL) else None
    raw = _raw(token, LENGTH)
    if raw is None:
        return None
    version, code, _key, subscriber, of_list = _HEAD.unpack_from(raw)
    meant = next((each for each in Purpose if _CODES[each] == code), None)
    genuine = _verify(raw, _TAG, keys.signing, meant or Purpose.UNSUBSCRIBE)
    if not genuine or version != VERSION or meant is None or (purpose is not None and meant is not purpose):
        return None
    return Token(purpose=meant, subscriber_key=subscriber.hex(), list_key=of_list.hex())


def sign_mail(*, subscriber_key: str, list_key: str, keys: Keys) -> str:
    """Return the token of an address that unsubscribes: short enough for a local part (RFC 5321 4.5.3.1.1)."""
    return mail_signer(list_key=list_key, keys=keys)(subscriber_key)


def mail_signer(*, list_key: str, keys: Keys) -> Callable[[str], str]:
    """Return what makes these tokens for the readers of one list: from a reader's key, with the newest key."""
    head, tail = bytes((VERSION,)), bytes.fromhex(list_key)[:4]
    code = _purpose(keys.signing[0], Purpose.MAIL)

    def token(subscriber_key: str) -> str:
        body = head + bytes.fromhex(subscriber_key) + tail
        raw = body + code(body)[:_SHORT_TAG]
        return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()

    return token


def _read_mail(token: str, keys: Keys) -> Token | None:
    raw = _raw(token, MAIL_LENGTH, padding="==")
    if raw is None or not _verify(raw, _SHORT_TAG, keys.signing, Purpose.MAIL):
        return None
    _version, subscriber, of_list = _MAIL.unpack_from(raw)
    return Token(purpose=Purpose.MAIL, subscriber_key=subscriber.hex(), list_key=of_list.hex())


def _tagged(body: bytes, signing: bytes, purpose: Purpose) -> str:
    return _base64(body + _purpose(signing, purpose)(body)[:_SHORT_TAG])


def sign_return(*, send: int, key: int, keys: Keys) -> str:
    """Return the token of a return path, in letters that survive a change of case."""
    return return_signer(send=send, keys=keys)(key)


def return_signer(*, send: int, keys: Keys) -> Callable[[int], str]:
    """Return what makes these tokens for the deliveries of one send: from a delivery's number."""
    code, pack = _purpose(keys.signing[0], Purpose.RETURN), _RETURN.pack

    def token(key: int) -> str:
        body = pack(VERSION, send, key)
        return _base32(body + code(body)[:_SHORT_TAG])

    return token


def _base64(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).decode()


def _base32(raw: bytes) -> str:
    """Return 25 octets as 40 letters: all at once in one number, a tenth of the time `b32encode` takes."""
    number = int.from_bytes(b"\0\0\0".join((b"", raw[:5], raw[5:10], raw[10:15], raw[15:20], raw[20:])), "big")
    for shift, high, low in _HALVINGS:
        number = (number & high) << shift | number & low
    return number.to_bytes(RETURN_LENGTH, "big").translate(_BASE32).decode()


def read_return(token: str, keys: Keys) -> ReturnPath | None:
    """Return whose bounce a token names, or None when it is not genuine: a forged bounce suppresses nobody."""
    try:
        raw = b32decode(token.upper()) if len(token) == RETURN_LENGTH else b""
    except ValueError:
        return None
    if len(raw) != _RETURN.size + _SHORT_TAG or not _verify(raw, _SHORT_TAG, keys.signing, Purpose.RETURN):
        return None
    version, send, key = _RETURN.unpack_from(raw)
    return ReturnPath(send=send, key=key) if version == VERSION else None


def _raw(token: str, length: int, *, padding: str = "") -> bytes | None:
    """Decode base64url strictly: one text for one value, so that no second spelling of a token is taken."""
    if len(token) != length or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + padding)
    except ValueError:
        return None
    return raw if urlsafe_b64encode(raw).decode() == token + padding else None


def _verify(raw: bytes, size: int, signing: Sequence[bytes], purpose: Purpose) -> bool:
    """Compare the tag with that of each key, all of them, in constant time."""
    body, tag = raw[:-size], raw[-size:]
    found = False
    for key in signing:
        found |= hmac.compare_digest(_purpose(key, purpose)(body)[:size], tag)
    return found
