"""The seam between the ledger and the world: a transport takes parcels and answers with receipts.

A transport pulls parcels from an iterator and reports one receipt for each it pulled, in any order. It
never retries by itself, and it never reads ahead more than it can have in flight: what was pulled has
been committed as `sending`, and would be in doubt if the process died now.
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


class Transport(Protocol):
    """A way out. `deliver` returns when the iterator is exhausted and every receipt was reported.

    Raises `CredentialsError` when the other side does not accept us, `TransientError` when no connection
    can be had; parcels that were pulled but not begun are reported DEFERRED first.
    """

    #: the entry point's name
    name: str
    #: mails reach people: such a transport wants the hold, the canary and real identity
    real: bool
    #: parcels that may be in flight at once; also the least sensible window
    in_flight: int
    #: None: the configured window; else a call's size (SendGrid's)
    window: int | None

    def deliver(self, parcels: Iterator[Parcel], report: Callable[[Receipt], None]) -> None:
        """Hand over each parcel and report what became of it."""
        ...

    def close(self) -> None:
        """Give back connections and files; further calls do nothing."""
        ...
