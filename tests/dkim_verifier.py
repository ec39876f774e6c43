"""dkimpy, with PyNaCl's one verifying class made from `cryptography` where PyNaCl is not installed.

Everything that is tested of dkimpy (parsing, canonical forms, hashes, the choice of keys) stays its own.
"""

from __future__ import annotations

import importlib.util
import sys
import types

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class _BadSignatureError(Exception):
    pass


class _VerifyKey:
    def __init__(self, key: bytes, encoder: type) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(encoder.decode(key))

    def verify(self, message: bytes, signature: bytes) -> None:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise _BadSignatureError from None


class _Base64Encoder:
    @staticmethod
    def decode(text: bytes) -> bytes:
        import base64

        return base64.b64decode(text)


def _stand_in() -> None:
    modules = {name: types.ModuleType(name) for name in ("nacl", "nacl.signing", "nacl.encoding", "nacl.exceptions")}
    modules["nacl"].__dict__.update({name[5:]: module for name, module in modules.items() if name != "nacl"})
    modules["nacl.signing"].__dict__["VerifyKey"] = _VerifyKey
    modules["nacl.encoding"].__dict__["Base64Encoder"] = _Base64Encoder
    modules["nacl.exceptions"].__dict__.update(BadSignatureError=_BadSignatureError, ValueError=ValueError)
    sys.modules.update(modules)


if importlib.util.find_spec("nacl") is None:
    _stand_in()

from dkim import sign, verify  # noqa: E402  # after what it looks for is there

__all__ = ["sign", "verify"]
