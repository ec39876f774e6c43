"""The words of the ledger: the states of a delivery, a batch and a send, and how many are in which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where one recipient of one send stands; the seven always add up to everybody who was confirmed."""

    #: as fast as a text's: states are counted for each recipient
    __hash__ = str.__hash__

    QUEUED = "queued"
    #: committed before the first byte of the body leaves
    SENDING = "sending"
    SENT = "sent"
    #: definitely not taken this time; queued again when it is due
    DEFERRED = "deferred"
    FAILED = "failed"
    #: may or may not have been taken: only an answer or a person decides
    UNKNOWN = "unknown"
    #: cancelled, or unsubscribed or suppressed since the plan
    SKIPPED = "skipped"


class SendState(StrEnum):
    """Where a whole send stands."""

    PLANNING = "planning"
    RUNNING = "running"
    #: by a person
    PAUSED = "paused"
    #: by itself, with a reason
    STOPPED = "stopped"
    #: before it began: late, or the file changed
    HELD = "held"
    CANCELLED = "cancelled"
    DONE = "done"


class BatchState(StrEnum):
    """Where a batch stands."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    #: for the canary's outcome
    WAITING = "waiting"
    #: its lane is
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many recipients of a send are in each state; they add up to `total`."""

    queued: int = 0
    sending: int = 0
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """Everybody who was confirmed."""
        return self.left + self.settled

    @property
    def settled(self) -> int:
        """Those nothing more is done about."""
        return self.sent + self.failed + self.unknown + self.skipped

    @property
    def left(self) -> int:
        """Those something will still be done about."""
        return self.queued + self.sending + self.deferred

    def as_dict(self) -> dict[str, int]:
        """Return them by name, as JSON shows them."""
        return {state.value: getattr(self, state.value) for state in State}
