"""SendGrid's event webhook: signed with ECDSA P-256 over the timestamp and the body's exact bytes.

A body that was decoded, stripped or written again does not verify. The published samples end with CRLF
(sendgrid-python, `test_eventwebhook.py`), so the check comes before anything looks into the body.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from newsletter.errors import RefusedError
from newsletter.language import _

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
#: what PEM puts around a key; settings kept on one line write its line ends as `\\n`
WRAPPING = re.compile(r"-----[A-Z ]+-----|\\n|\s")


def verify(headers: Mapping[str, str], body: bytes, *, public_key: str, at: float, max_age: float | None) -> None:
    """Raise RefusedError unless SendGrid signed these very bytes not longer than `max_age` seconds before `at`.

    `headers` have names in lower case; `public_key` is the account's key as SendGrid shows it (base64 of
    DER) or PEM; `max_age` None: any age, for checks by hand.
    """
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise _refused()
    if max_age is not None and abs(at - int(timestamp)) > max_age:
        raise RefusedError(_("The call is too old or not yet due: it may be a copy of an earlier one."))
    signature = _base64(headers.get(SIGNATURE, ""))
    try:
        _key(public_key).verify(signature, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise _refused() from None


def _key(text: str) -> ec.EllipticCurvePublicKey:
    """Read a public key; only the curve P-256 is SendGrid's."""
    try:
        key = load_der_public_key(_base64(WRAPPING.sub("", text)))
    except (ValueError, UnsupportedAlgorithm):
        raise _refused() from None
    if not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
        raise _refused()
    return key


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None


def _refused() -> RefusedError:
    return RefusedError(
        _("The call is not signed by SendGrid with this key."),
        hint=_("Compare [sendgrid] webhook_public_key with the verification key in SendGrid's mail settings."),
    )
