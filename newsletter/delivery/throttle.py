"""Limits that every worker shares: one row a key, one statement a reservation.

A second and a domain are kept by GCRA (ITU-T I.371: one time that moves forward by each permit); hours and
days by counting slices of them, so that a small send may use an hour's allowance at once and no sliding
hour is ever over its limit. Permits are reserved before anybody is claimed: one lost in a crash is only
unused allowance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from newsletter.delivery.sql import Statement
from newsletter.store.database import now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config.model import TransportSection
    from newsletter.store.database import Store

#: measured: at 99 % of the figure no sliding second is over it
SHARE = 0.99
#: a second's permits are reserved in this many parts, so that they are spent evenly
PARTS = 50
DOMAIN_PARTS = 4
#: seconds ahead that permits may be reserved
AHEAD = 0.5
#: a clock that jumped back must not hold anybody up for longer than this
FURTHEST = 600.0
#: an hour and a day are counted in this many slices, and two more, for those under way
SLICES = 60

_KNOW = Statement("INSERT INTO rate (key, tat) VALUES (:key, 0) ON CONFLICT DO NOTHING")
_TAKE = Statement("""
    UPDATE rate SET tat = {later}(CASE WHEN tat > {now} + :furthest THEN 0 ELSE tat END, {now}) + :seconds
     WHERE key = :key AND (tat <= {now} + :ahead OR tat > {now} + :furthest)
    RETURNING tat - :seconds - {now}""")
_UNTIL = Statement("SELECT tat - {now} FROM rate WHERE key = :key")
_PUSH = Statement("UPDATE rate SET tat = {later}(tat, {now} + :seconds) WHERE key = :key")
_LOCK = Statement("UPDATE rate SET tat = tat WHERE key = :key")
_USED = Statement("""
    SELECT slice, used FROM rate_slice WHERE key = :key AND slice >= :first AND used > 0 ORDER BY slice""")
_USE = Statement("""
    INSERT INTO rate_slice (key, slice, used) VALUES (:key, :slice, :count)
    ON CONFLICT (key, slice) DO UPDATE SET used = rate_slice.used + :count""")
_FORGET = Statement("DELETE FROM rate_slice WHERE key = :key AND slice < :first")


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """How many may leave after `wait` seconds; with 0, when to ask again."""

    count: int
    wait: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """The limits of one way out, as configured."""

    #: the transport's name: each has limits of its own
    name: str
    per_second: float = 0.0
    per_hour: int = 0
    per_day: int = 0
    per_domain: float = 0.0

    @classmethod
    def of(cls, name: str, settings: TransportSection) -> Throttle:
        """Read the limits from the configuration."""
        return cls(
            name=name,
            per_second=settings.per_second,
            per_hour=settings.per_hour,
            per_day=settings.per_day,
            per_domain=settings.per_domain,
        )

    @property
    def limited(self) -> bool:
        """Permits must be asked for."""
        return bool(self.per_second or self.per_hour or self.per_day)

    def reserve(self, store: Store, wished: int) -> Grant:
        """Reserve up to `wished` permits of every limit, or none, in a transaction of its own."""
        try:
            with store.write() as connection:
                return self._reserve(connection, wished)
        except _NotYetError as not_yet:
            return Grant(count=0, wait=not_yet.seconds)

    def reserve_domain(self, connection: Connection, domain: str, wished: int) -> Grant:
        """Reserve up to `wished` permits for one receiving domain or lane, to be used at once: others go meanwhile."""
        if not self.per_domain:
            return Grant(count=wished)
        count = min(wished, max(1, int(self.per_domain / DOMAIN_PARTS)))
        try:
            _take(connection, f"{self.name}:domain:{domain}", count, self.per_domain, ahead=0.0)
        except _NotYetError as not_yet:
            return Grant(count=0, wait=not_yet.seconds)
        return Grant(count=count)

    def brake(self, store: Store, seconds: float) -> None:
        """Make every worker wait: the other side asked for it."""
        key = f"{self.name}:brake"
        with store.write() as connection:
            _KNOW.change(connection, {"key": key})
            _PUSH.change(connection, {"key": key, "seconds": min(seconds, FURTHEST)})

    def braked(self, store: Store) -> float:
        """Return how many seconds everybody still waits."""
        with store.read() as connection:
            rows = _UNTIL.rows(connection, {"key": f"{self.name}:brake"})
        return min(max(0.0, cast("float", rows[0][0])), FURTHEST) if rows else 0.0

    def _reserve(self, connection: Connection, wished: int) -> Grant:
        count = min(wished, max(1, int(self.per_second / PARTS))) if self.per_second else wished
        periods = [
            _Period(moment=now(connection), key=f"{self.name}:{name}", width=width, limit=limit)
            for name, width, limit in (("hour", 60.0, self.per_hour), ("day", 1440.0, self.per_day))
            if limit
        ]
        for period in periods:
            count = period.room(connection, count)
        for period in periods:
            period.use(connection, count)
        wait = _take(connection, f"{self.name}:second", count, self.per_second) if self.per_second else 0.0
        return Grant(count=count, wait=wait)


class _NotYetError(Exception):
    """Nothing may leave for some seconds; what was reserved beside it is taken back with the transaction."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = min(max(0.005, seconds), FURTHEST)


def _take(connection: Connection, key: str, count: int, per_second: float, *, ahead: float = AHEAD) -> float:
    """Move a key's time forward by `count` permits; return in how many seconds the first may be used."""
    _KNOW.change(connection, {"key": key})
    seconds = count / (per_second * SHARE)
    rows = _TAKE.rows(connection, {"key": key, "seconds": seconds, "ahead": ahead, "furthest": FURTHEST})
    if rows:
        return max(0.0, cast("float", rows[0][0]))
    raise _NotYetError(cast("float", _UNTIL.rows(connection, {"key": key})[0][0]) - ahead / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Period:
    """An hour or a day that slides: `limit` permits in any `SLICES` slices of `width` seconds."""

    key: str
    width: float
    limit: int
    moment: float

    @property
    def slice(self) -> int:
        """The slice under way."""
        return int(self.moment // self.width)

    @property
    def first(self) -> int:
        """The oldest slice that still counts."""
        return self.slice - SLICES - 1

    def room(self, connection: Connection, wished: int) -> int:
        """Return how many of `wished` there is room for; the key's row is locked until the transaction ends."""
        _KNOW.change(connection, {"key": self.key})
        _LOCK.change(connection, {"key": self.key})
        rows = cast("list[tuple[int, int]]", _USED.rows(connection, {"key": self.key, "first": self.first}))
        left = self.limit - sum(used for _slice, used in rows)
        if left > 0:
            return min(wished, left)
        raise _NotYetError((rows[0][0] + SLICES + 2) * self.width - self.moment)

    def use(self, connection: Connection, count: int) -> None:
        """Count permits as used now, and forget slices that no longer matter."""
        _USE.change(connection, {"key": self.key, "slice": self.slice, "count": count})
        _FORGET.change(connection, {"key": self.key, "first": self.first})
