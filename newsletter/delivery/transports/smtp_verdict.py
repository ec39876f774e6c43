"""What a reply means for the recipient: taken, later, never, and whose fault it is.

Enhanced status codes decide (RFC 3463, RFC 7372), the place in the conversation where there is none. Nobody
is blamed for what is not theirs: only what a server says of a mailbox can lead to a suppression.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Receipt
from newsletter.delivery.transports.redact import redacted

if TYPE_CHECKING:
    from newsletter.delivery.transports.smtp_reply import Reply


class Step(StrEnum):
    """Where in the conversation a reply came."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


#: our login is missing or wrong: nobody can be sent anything (RFC 4954 6)
CREDENTIALS = frozenset((530, 534, 535, 538))
#: the receiving domain wants our mail authenticated (RFC 7372, Gmail, Microsoft)
_AUTHENTICATION = frozenset(("7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.509", "7.515"))
#: the relay, not the mailbox: system not taking mail, routing, congestion (RFC 3463 3.4, 3.5)
_RELAY = frozenset(("3.0", "3.1", "3.2", "3.5", "4.0", "4.1", "4.2", "4.3", "4.5"))
_TOO_BIG = 552
_CLOSING = 421


def verdict(key: int, reply: Reply, step: Step, *, recipient: str = "", seconds: float = 0.0) -> Receipt:
    """Turn the reply to a step into the receipt of the parcel `key`; `recipient` is taken out of its text."""
    return Receipt(
        key=key,
        outcome=_outcome(reply, step),
        code=reply.code,
        status=reply.status,
        text=_text(reply, recipient),
        blame=Blame.NOBODY if is_yes(reply) else _blame(reply, step),
        seconds=seconds,
    )


def is_yes(reply: Reply) -> bool:
    """Say whether a reply is a positive completion (RFC 5321 4.2.1)."""
    return 200 <= reply.code < 300


def is_sense(reply: Reply) -> bool:
    """Say whether a reply can end a step: yes, later or no."""
    return is_yes(reply) or 400 <= reply.code < 600


def _text(reply: Reply, recipient: str) -> str:
    text = reply.text
    local = recipient.rpartition("@")[0]
    if len(local) > 2:  # « a » is in every text
        return redacted(text, recipient, local)
    return redacted(text, recipient)


def _outcome(reply: Reply, step: Step) -> Outcome:
    """Nothing but 2xx after the dot is a yes; a refusal of our own address is not the recipient's end."""
    if step is Step.DOT and is_yes(reply):
        return Outcome.ACCEPTED
    if reply.code >= 500 and (step is not Step.MAIL or reply.code == _TOO_BIG or reply.status == "5.3.4"):
        return Outcome.REFUSED
    return Outcome.DEFERRED


def _blame(reply: Reply, step: Step) -> Blame:
    subject = reply.status[2:]
    if subject in _AUTHENTICATION:
        return Blame.DOMAIN
    if reply.code == _CLOSING or (subject in _RELAY and reply.code < 500):
        return Blame.RELAY
    if step is Step.MAIL:
        return Blame.SENDER
    return _blame_by_class(reply, subject, step)


def _blame_by_class(reply: Reply, subject: str, step: Step) -> Blame:
    if subject.startswith(("1.", "2.", "4.")):  # 1.7 and 1.8 speak of our address
        return Blame.SENDER if subject in ("1.7", "1.8") else Blame.RECIPIENT
    if reply.code < 500:
        return Blame.NOBODY  # greylisting and the like: nothing is said of anybody
    if subject:
        return Blame.SENDER  # 3.4 size, 5.x protocol, 6.x content, 7.x policy
    return Blame.RECIPIENT if step is Step.RCPT else Blame.SENDER
