"""The seam between the ledger and the world: a transport takes parcels and answers with receipts.

A transport pulls parcels from an iterator and reports one receipt for each it pulled, in any order. It
never retries by itself, and it pulls at most one parcel ahead of each that it has in flight: what was pulled
has been committed as `sending`, and would be in doubt if the process died now.

What the two sides promise each other:

- `next` may cost a transaction, some milliseconds; it never sleeps. Where a limit says « not yet », it
  yields a `Pause`: the transport goes on reading answers and pulls again when the pause is over.
- All pulls and all reports of one `deliver` come from the thread that called it, never two at once.
- When the iterator ends, what is in flight gets its answers; `deliver` then returns, keeps its connections,
  and may be called again. `close` gives them back.
- `close` may be called by any thread, also while `deliver` runs: parcels whose last byte was handed over
  are then reported UNKNOWN at once, all others DEFERRED, and `deliver` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from newsletter.message.letter import Message

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.message.personalise import Letter


class Outcome(StrEnum):
    """What is known of one message after the attempt."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    #: it may or may not have been taken: never resent without a person's decision
    UNKNOWN = "unknown"


class Blame(StrEnum):
    """Whose fault a refusal or deferral is: it decides what else must stop."""

    NOBODY = "nobody"
    #: this mailbox: may lead to a suppression
    RECIPIENT = "recipient"
    #: the receiving domain's policy (5.7.26, 5.7.515): its lane stops, nobody is suppressed
    DOMAIN = "domain"
    #: our message or our address: pause after a few in a row
    SENDER = "sender"
    #: the relay is busy (421, connection lost): its connections or lane slow down
    RELAY = "relay"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the other side answered for the parcel `key`; `text` has every address taken out."""

    key: int
    outcome: Outcome
    #: SMTP or HTTP status; 0 when there was no answer
    code: int = 0
    #: enhanced status (RFC 3463), e.g. `5.1.1`
    status: str = ""
    text: str = ""
    blame: Blame = Blame.NOBODY
    #: seconds from handing over to the answer
    seconds: float = 0.0
    #: seconds the other side asked us to wait; None: our own back-off
    retry_after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One recipient of one send, committed as `sending`; `key` is the delivery's number within the send."""

    key: int
    send: str
    letter: Letter = field(repr=False)
    subscriber: Subscriber = field(repr=False)

    def message(self) -> Message:
        """Make the message out to this recipient: a join of pre-encoded pieces."""
        return self.letter.to(self.subscriber, self.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Nothing may leave yet: pull again after `seconds`. Answers are read meanwhile."""

    seconds: float


#: what a transport pulls from; it may yield pauses between parcels
Parcels = Iterator[Parcel | Pause]
#: what a transport tells what became of a parcel
Report = Callable[[Receipt], None]


class Transport(Protocol):
    """A way out. `deliver` returns when the iterator is exhausted and every receipt was reported.

    Raises `CredentialsError` when the other side does not accept us, `TransientError` when no connection
    can be had; parcels that were pulled but not begun are reported DEFERRED first.
    """

    #: the entry point's name
    name: str
    #: mails reach people: such a transport wants the hold, the canary and real identity
    real: bool
    #: mails that may be on the wire at once; one parcel more may be pulled ahead of each, so that a sensible
    #: window is at least twice this
    in_flight: int
    #: None: the configured window; else a call's size (SendGrid's)
    window: int | None

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Hand over each parcel and report what became of it."""
        ...

    def check(self) -> None:
        """Reach the other side and log in, without sending anything: what `doctor` asks.

        Raises what `deliver` raises.
        """
        ...

    def close(self) -> None:
        """Give back connections and files; further calls do nothing."""
        ...
