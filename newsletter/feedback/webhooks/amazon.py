"""Amazon SNS, through which SES tells: who may speak, with which certificate, about which topic.

The certificate's address stands in the message itself, so it is believed only where it can not be
anybody's but Amazon's: https, a host of SNS, a `.pem` file, nothing else in the URL.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import Certificate, load_pem_x509_certificate

from newsletter.errors import RefusedError
from newsletter.feedback.webhooks.json_body import read, text
from newsletter.language import _

#: gets the file at an address that was checked before
Fetch = Callable[[str], bytes]

HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
#: what is signed, in this order, each as name, line end, value, line end
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def verify(body: bytes, *, topics: Collection[str], fetch: Fetch, at: float) -> Mapping[str, object]:
    """Return a message that SNS signed for one of `topics`; raises RefusedError for any other.

    There is no window of time: SNS repeats a message for days with its first timestamp, and each event
    takes effect once.
    """
    message = read(body)
    if not isinstance(message, Mapping) or text(message, "Type") not in SIGNED:
        raise _refused()
    if text(message, "TopicArn") not in topics:
        raise RefusedError(
            _("The call is about a topic that is not expected."), hint=_("Name it in [feedback] ses_topics.")
        )
    if text(message, "SignatureVersion") != "2":
        raise RefusedError(
            _("The call is signed in a form that is not accepted."), hint=_("Set the topic's SignatureVersion to 2.")
        )
    address = text(message, "SigningCertURL")
    if not is_amazons(address, ending=".pem"):
        raise _refused()
    _check(message, _certificate(fetch(address), at))
    return message


def confirmation_url(message: Mapping[str, object]) -> str:
    """Return the address that confirms a subscription; empty when the message asks for none, or for another host's."""
    url = text(message, "SubscribeURL")
    wanted = text(message, "Type") == "SubscriptionConfirmation" and "Action=ConfirmSubscription" in url
    return url if wanted and is_amazons(url, query=True) else ""


def is_amazons(url: str, *, ending: str = "", query: bool = False) -> bool:
    """Tell whether an address is SNS's own, with no user, port, fragment or odd character to mislead about it."""
    if not url.isascii() or re.search(r"[\s\\@#]", url) or len(url) > 1_000:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(HOST.fullmatch(parts.netloc))
        and port is None
        and parts.path.endswith(ending)
        and (query or not parts.query)
    )


def _check(message: Mapping[str, object], certificate: Certificate) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise _refused()
    try:
        signature = base64.b64decode(_text(message, "Signature"), validate=True)
        key.verify(signature, _signed(message), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise _refused() from None


def _signed(message: Mapping[str, object]) -> bytes:
    names = (name for name in SIGNED[text(message, "Type")] if name in message)
    return "".join(f"{name}\n{_text(message, name)}\n" for name in names).encode("utf-8", "replace")


def _text(message: Mapping[str, object], name: str) -> str:
    value = message.get(name)
    return value if isinstance(value, str) else ""


def _certificate(pem: bytes, at: float) -> Certificate:
    try:
        found = load_pem_x509_certificate(pem)
    except ValueError:
        raise _refused() from None
    if not found.not_valid_before_utc <= datetime.fromtimestamp(at, UTC) <= found.not_valid_after_utc:
        raise _refused()
    return found


def _refused() -> RefusedError:
    return RefusedError(_("The call is not signed by Amazon SNS."))
