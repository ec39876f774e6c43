"""One conversation: a message a round trip, never two bodies without an answer.

With PIPELINING (RFC 2920) the body of one message and the envelope of the next leave in one write; the
server's four answers come back together:

    C: MAIL A  RCPT A  DATA
    S: 250 250 354
    C: <body A> . MAIL B  RCPT B  DATA
    S: 250 (A) 250 250 354

A connection that dies so leaves at most one message in doubt. Without PIPELINING each command waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from newsletter.delivery.transports.base import Blame, Outcome, Receipt
from newsletter.delivery.transports.smtp_verdict import CREDENTIALS, Step, is_sense, is_yes, verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.delivery.transports.smtp_flight import Flight
    from newsletter.delivery.transports.smtp_opening import Capabilities
    from newsletter.delivery.transports.smtp_reply import Reply
    from newsletter.delivery.transports.smtp_wire import Wire

#: a body larger than this leaves before its final dot does: a connection lost in it leaves nothing in doubt
LARGE = 256 * 1024
_CLOSING = 421
_GO_AHEAD = 354
_STEPS = (Step.MAIL, Step.RCPT, Step.DATA)


class Stage(Enum):
    """What the conversation waits for."""

    #: a parcel
    IDLE = "idle"
    #: answers to MAIL, RCPT, DATA
    ENVELOPE = "envelope"
    #: a large body to leave
    BODY = "body"
    #: the answer to the final dot
    DOT = "dot"
    #: the answer to RSET or a lone dot
    CLEARING = "clearing"
    #: the end
    LEAVING = "leaving"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds to wait (RFC 5321 4.5.3.2)."""

    command: float
    data: float
    block: float
    dot: float


class Desk(Protocol):
    """Who gives out parcels and takes receipts."""

    clock: Callable[[], float]

    def take(self, offered: Capabilities) -> Flight | None:
        """Return the next parcel, prepared, or None when there is none now."""
        ...

    def report(self, receipt: Receipt) -> None:
        """Pass a receipt on."""
        ...

    def idle(self, pump: Pump) -> None:
        """Be told that this conversation has nothing to do."""
        ...

    def gone(self, pump: Pump, reply: Reply | None) -> None:
        """Be told that this conversation ended, and with which words, if the server said any."""
        ...

    def locked_out(self, reply: Reply) -> None:
        """Be told that the server wants a login, or another one."""
        ...


class Pump:
    """The state of one conversation."""

    def __init__(self, wire: Wire, offered: Capabilities, desk: Desk, *, patience: Patience, most: int = 0) -> None:
        self._wire = wire
        self._offered = offered
        self._desk = desk
        self._patience = patience
        #: messages before this connection is given up; 0: any number
        self._most = most
        self._stage = Stage.IDLE
        self._current: Flight | None = None
        self._ahead: Flight | None = None
        self._answers: list[Reply] = []
        self._said: Reply | None = None
        self.born = desk.clock()
        #: the last time something was said on either side
        self.touched = self.born
        self._deadline = float("inf")
        #: octets of a large body that had not left when last looked at
        self._left = 0
        #: messages that got an answer
        self.count = 0
        #: the desk wants this connection closed after its message
        self.retiring = False
        #: it ended with something on the way
        self.cut = False
        wire.receive = self._receive
        wire.lost = self._lost
        wire.drained = self._drained

    @property
    def idle(self) -> bool:
        """Nothing is on the way."""
        return self._stage is Stage.IDLE

    @property
    def parted(self) -> bool:
        """We said goodbye ourselves."""
        return self._stage is Stage.LEAVING

    @property
    def resting(self) -> bool:
        """No parcel is on the way."""
        return self._current is None and self._ahead is None

    def start(self) -> None:
        """Begin with the next parcel, or wait for one."""
        if self._full():
            self.leave()
            return
        self._current = self._take()
        if self._current is None:
            self._wait_for(Stage.IDLE, float("inf"))
            self._desk.idle(self)
            return
        self._send(b"")

    def leave(self) -> None:
        """Say goodbye; nothing is on the way."""
        self._wait_for(Stage.LEAVING, min(self._patience.command, 5.0))
        self._wire.write(b"QUIT\r\n")

    def expire(self, now: float) -> None:
        """Give up when the answer that is waited for is overdue."""
        if now < self._deadline:
            return
        unsent = self._wire.unsent()
        if self._stage is Stage.BODY and unsent < self._left:
            self._left = unsent  # slow, but it moves: each block has its own time
            self._deadline = now + self._patience.block
            return
        self.abandon()

    def abandon(self) -> None:
        """End at once: what was handed over is in doubt, unless its last octets never left."""
        if self._stage is Stage.DOT and self._wire.unsent() > self._ahead_size():
            self._stage = Stage.BODY  # the final dot is still here
        self._wire.abort()

    def _ahead_size(self) -> int:
        return sum(map(len, self._ahead.commands)) if self._ahead and self._offered.pipelining else 0

    def _full(self) -> bool:
        return self.retiring or (bool(self._most) and self.count >= self._most)

    def _take(self) -> Flight | None:
        return self._desk.take(self._offered)

    def _take_ahead(self) -> Flight | None:
        """Return the parcel whose envelope may leave with the present body."""
        if not self._offered.pipelining or self.retiring or (self._most and self.count + 1 >= self._most):
            return None
        return self._take()

    def _wait_for(self, stage: Stage, seconds: float) -> None:
        self.touched = self._desk.clock()
        self._deadline = self.touched + seconds
        self._stage = stage

    def _envelope(self, flight: Flight | None) -> bytes:
        """Return what is sent first of an envelope: all of it, or one command."""
        if flight is None:
            return b""
        return b"".join(flight.commands) if self._offered.pipelining else flight.commands[0]

    def _send(self, before: bytes) -> None:
        """Write `before` and the current envelope, and wait for its answers."""
        flight = self._current
        assert flight is not None
        self._answers.clear()
        self._wait_for(Stage.ENVELOPE, self._patience.command)
        flight.began = self.touched
        self._wire.write(before + self._envelope(flight))

    def _receive(self, reply: Reply) -> None:
        """Take one reply."""
        if reply.code == _CLOSING and not self.idle:
            self._said = reply
        if self._stage is Stage.ENVELOPE:
            self._answer(reply)
        elif self._stage is Stage.DOT:
            self._settle(reply)
        elif self._stage is Stage.CLEARING:
            self._cleared()
        elif self._stage is Stage.BODY:  # an answer before the end can only be a refusal
            self._settle(reply)
            self._wire.abort()
        else:  # goodbye, or something nobody asked for
            self._wire.abort()

    def _answer(self, reply: Reply) -> None:
        """Take an answer to MAIL, RCPT or DATA; the third decides."""
        flight, answers = self._current, self._answers
        assert flight is not None
        answers.append(reply)
        third = len(answers) == len(_STEPS)
        if not third and self._offered.pipelining and is_yes(reply):
            return  # what most answers are; those that follow are there, or on their way
        if not is_sense(reply) and not (third and reply.code == _GO_AHEAD):
            self._distrust()
        elif reply.code == _CLOSING:
            self._refuse(flight)
            self._wire.abort()
        elif third:
            self._decide(flight)
        elif not self._offered.pipelining:
            self._one_by_one(flight, reply)

    def _one_by_one(self, flight: Flight, reply: Reply) -> None:
        """Without pipelining: send the next command, or end the transaction."""
        if self._wire.more:
            self._distrust()
            return
        if not is_yes(reply):
            self._refuse(flight)
            self._clear(b"RSET\r\n")
            return
        self._wait_for(Stage.ENVELOPE, self._patience.data if len(self._answers) == 2 else self._patience.command)
        self._wire.write(flight.commands[len(self._answers)])

    def _decide(self, flight: Flight) -> None:
        """With all three answers: send the body, a lone dot, or RSET."""
        mail, rcpt, data = self._answers
        if self._wire.more:  # an answer to what was not yet said: none of them is sure
            self._distrust()
        elif data.code != _GO_AHEAD:
            self._refuse(flight)
            self._clear(b"RSET\r\n")
        elif is_yes(mail) and is_yes(rcpt):
            self._body(flight)
        elif is_yes(rcpt):  # no sender, but a recipient: even a lone dot could be delivered
            self._refuse(flight)
            self._wire.abort()
        else:
            self._refuse(flight)
            self._clear(b".\r\n")

    def _distrust(self) -> None:
        """End a conversation whose answers can not be told apart any more."""
        self._answers.clear()
        self._wire.abort()

    def _body(self, flight: Flight) -> None:
        if len(flight.content) > LARGE:
            self._wait_for(Stage.BODY, self._patience.block)
            self._wire.write(flight.content)
            self._left = self._wire.unsent()
            if not self._wire.holding:
                self._dot(flight, b"")
        else:
            self._dot(flight, flight.content)

    def _dot(self, flight: Flight, body: bytes) -> None:
        """Hand over the end of the body, and with it the next envelope."""
        self._ahead = self._take_ahead()
        self._wait_for(Stage.DOT, self._patience.dot)
        flight.began = self.touched
        self._wire.write(b"".join((body, b".\r\n", self._envelope(self._ahead))))

    def _drained(self) -> None:
        if self._stage is Stage.BODY and self._current is not None:
            self._dot(self._current, b"")

    def _settle(self, reply: Reply) -> None:
        """The answer to the final dot: this message is done."""
        flight = self._current
        assert flight is not None
        if not is_sense(reply):
            self._wire.abort()  # nonsense after the dot: in doubt
            return
        self.count += 1
        self._current = None
        seconds = self._desk.clock() - flight.began
        self._desk.report(verdict(flight.key, reply, Step.DOT, recipient=flight.recipient, seconds=seconds))
        if reply.code == _CLOSING:
            self._wire.abort()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Turn to the next message."""
        if self._ahead is not None:
            self._next()
        elif self._wire.more:  # an answer to what was not yet said
            self._wire.abort()
        else:
            self.start()

    def _next(self) -> None:
        """The envelope that left with the body is the current one now."""
        self._current, self._ahead = self._ahead, None
        self._answers.clear()
        self._wait_for(Stage.ENVELOPE, self._patience.command)
        if self._current is not None:
            self._current.began = self.touched

    def _refuse(self, flight: Flight) -> None:
        """Report what the first answer that was no says."""
        number, reply = next(
            ((n, answer) for n, answer in enumerate(self._answers) if not is_yes(answer)), (2, self._answers[-1])
        )
        self._current = None
        self.count += reply.code != _CLOSING
        if reply.code in CREDENTIALS:
            self._desk.report(_deferred(flight, reply))
            self._desk.locked_out(reply)
            return
        seconds = self._desk.clock() - flight.began
        self._desk.report(verdict(flight.key, reply, _STEPS[number], recipient=flight.recipient, seconds=seconds))

    def _turned_down(self) -> bool:
        """Tell whether one of the answers so far is a no."""
        return any(not is_yes(answer) for answer in self._answers)

    def _clear(self, end: bytes) -> None:
        """End a transaction that came to nothing; the next envelope leaves in the same write."""
        self._ahead = None if self._full() else self._take_ahead()
        self._wait_for(Stage.CLEARING, self._patience.command)
        self._wire.write(end + self._envelope(self._ahead))

    def _cleared(self) -> None:
        if self._said is not None:
            self._wire.abort()
        else:
            self._go_on()

    def _lost(self) -> None:
        """The connection ended: say of each parcel what is known of it."""
        current, ahead = self._current, self._ahead
        self._current = self._ahead = None
        self.cut = current is not None or ahead is not None
        if current is not None and self._stage is Stage.ENVELOPE and self._turned_down():
            self._refuse(current)  # it said no, and went before it had answered the rest
        elif current is not None:
            unknown = self._stage is Stage.DOT
            self._desk.report(
                Receipt(
                    key=current.key,
                    outcome=Outcome.UNKNOWN if unknown else Outcome.DEFERRED,
                    blame=Blame.RELAY,
                    seconds=self._desk.clock() - current.began,
                )
            )
        if ahead is not None:
            self._desk.report(Receipt(key=ahead.key, outcome=Outcome.DEFERRED, blame=Blame.RELAY))
        self._deadline = float("inf")
        self._desk.gone(self, self._said)


def _deferred(flight: Flight, reply: Reply) -> Receipt:
    return Receipt(key=flight.key, outcome=Outcome.DEFERRED, code=reply.code, status=reply.status, blame=Blame.SENDER)
