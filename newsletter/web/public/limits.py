"""How often the forms may be used: per network and in all, counted in memory; and how fast a person can be.

A puzzle keeps people out; these keep machines slow: a honeypot, a signed time at which the form was opened,
and buckets that refill. The addresses of networks stay in memory for an hour at most.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field

FASTEST_SECONDS = 2.0
OLDEST_SECONDS = 24 * 3600.0


@dataclass
class Bucket:
    """Tokens that refill evenly: `size` at once, `per_hour` in an hour, for each key."""

    size: float
    per_hour: float
    keys: int = 10_000
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str, at: float) -> bool:
        """Take one token; False when there is none. `at` is monotonic seconds."""
        level, before = self._levels.pop(key, (self.size, at))
        level = min(self.size, level + (at - before) * self.per_hour / 3600)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, at)
        while len(self._levels) > self.keys:
            self._levels.popitem(last=False)
        return allowed


def network_of(address: str) -> str:
    """Return the network of an address: /24 or /64, since one person holds a whole one."""
    from ipaddress import ip_address, ip_network

    try:
        found = ip_address(address)
    except ValueError:
        return "?"
    return str(ip_network(f"{found}/{24 if found.version == 4 else 64}", strict=False))


def opened_at(key: bytes, at: float) -> str:
    """Return a signed time for a form: `seconds.signature`."""
    seconds = str(int(at))
    return f"{seconds}.{_sign(key, seconds)}"


def is_human_pace(key: bytes, value: str, at: float) -> bool:
    """Tell whether a form was opened by us, at least two seconds and at most a day ago."""
    seconds, _, signature = value.partition(".")
    if not seconds.isdecimal() or not hmac.compare_digest(signature.encode(), _sign(key, seconds).encode()):
        return False
    return FASTEST_SECONDS <= at - int(seconds) <= OLDEST_SECONDS


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, b"form:" + text.encode(), hashlib.sha256).hexdigest()[:32]
