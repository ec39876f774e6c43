"""The keys that sign links and recognise addresses: never shown, logged or derived from one another's output."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The project's keys as bytes, 32 octets each."""

    #: signs links; newest first, the older ones still verify
    signing: tuple[bytes, ...] = field(repr=False)
    #: recognises an address without keeping it; never rotates
    suppression: bytes = field(repr=False)
    #: encrypts personal columns; None: they are kept as they are
    encryption: bytes | None = field(repr=False, default=None)
    #: opens what was sealed before the key changed, until it is sealed anew
    previous_encryption: bytes | None = field(repr=False, default=None)

    def derive(self, purpose: str) -> bytes:
        """Return a key for one purpose from the newest signing key (HMAC-SHA256 of the purpose's name)."""
        return hmac.new(self.signing[0], purpose.encode(), hashlib.sha256).digest()
