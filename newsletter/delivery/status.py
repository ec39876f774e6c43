"""Where sends stand, for `status` and for pages: from counters, in a few milliseconds however large the send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.delivery.control import stopped_lanes
from newsletter.delivery.counts import counts
from newsletter.delivery.ledger import next_due
from newsletter.delivery.send import Send, find_send, sends
from newsletter.delivery.states import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.store.database import Store


@dataclass(frozen=True, kw_only=True)
class Status:
    """One send, and how many of its recipients are in which state."""

    send: Send
    counts: Counts
    #: seconds until the next recipients are due, when some wait
    next_due: float | None = None
    #: lanes that refused us, and what they said
    stopped: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return it as `status --json` shows it."""
        return {
            "id": self.send.ref,
            "issue": self.send.issue,
            "state": self.send.state.value,
            "counts": self.counts.as_dict(),
            "total": self.send.total,
            "kind": self.send.kind,
            "transport": self.send.transport,
            "lists": list(self.send.lists),
            "reason": self.send.reason,
            "stopped_lanes": dict(self.stopped),
            "next_due": self.next_due,
            "created_at": self.send.created_at.isoformat(),
            "finished_at": self.send.finished_at.isoformat() if self.send.finished_at else None,
        }


def status_of(store: Store, send: Send) -> Status:
    """Look at one send."""
    with store.read() as connection:
        due = next_due(connection, send.id) if not send.ended else None
    return Status(send=send, counts=counts(store, send.id), next_due=due, stopped=stopped_lanes(store, send.id))


def status(store: Store, ref: str | None = None) -> list[Status]:
    """Look at the send `ref`, or at all of them, the latest first; raise UsageError when it does not exist."""
    found = [find_send(store, ref)] if ref else sends(store)
    return [status_of(store, send) for send in found]
