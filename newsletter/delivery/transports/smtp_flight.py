"""One parcel on its way through a connection: its envelope in octets, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Receipt

if TYPE_CHECKING:
    from newsletter.delivery.transports.smtp_opening import Capabilities
    from newsletter.message.letter import Message


@dataclass(kw_only=True, slots=True)
class Flight:
    """A parcel between its pull and its receipt."""

    key: int
    recipient: str = field(repr=False)
    #: MAIL, RCPT and DATA, each with its line end
    commands: tuple[bytes, bytes, bytes] = field(repr=False)
    #: as it goes over the wire, without the final dot
    content: bytes = field(repr=False)
    #: loop's time when its envelope was written
    began: float = 0.0


def flight(key: int, message: Message, content: bytes, offered: Capabilities) -> Flight | Receipt:
    """Prepare a message for a server that offers this, or say why it can not go there (nobody was contacted)."""
    if message.needs_smtputf8 and not offered.smtputf8:
        text = "the server takes no international addresses"
        return Receipt(key=key, outcome=Outcome.REFUSED, status="5.6.7", text=text)
    if offered.size and len(content) > offered.size:
        text = f"{len(content)} octets; the server takes {offered.size}"
        return Receipt(key=key, outcome=Outcome.REFUSED, code=552, status="5.3.4", text=text, blame=Blame.SENDER)
    return Flight(
        key=key,
        recipient=message.recipient,
        commands=_commands(message, content, offered),
        content=content if message.dotless else stuffed(content),
    )


def _commands(message: Message, content: bytes, offered: Capabilities) -> tuple[bytes, bytes, bytes]:
    mail, rcpt = f"MAIL FROM:<{message.return_path}>", f"RCPT TO:<{message.recipient}>"
    if offered.size is not None:
        mail += f" SIZE={len(content)}"
    if message.needs_smtputf8:
        mail += " BODY=8BITMIME SMTPUTF8" if offered.eight_bit else " SMTPUTF8"
    if offered.dsn:  # a bounce needs our headers, not our text; no note of mere delays (RFC 3461 4)
        mail += " RET=HDRS ENVID=" + message.message_id.strip("<>").partition("@")[0]
        rcpt += " NOTIFY=FAILURE"
    return (mail + "\r\n").encode(), (rcpt + "\r\n").encode(), b"DATA\r\n"


def stuffed(content: bytes) -> bytes:
    """Double dots that begin a line (RFC 5321 4.5.2); our own mails have none, those of others may."""
    if b"\n." in content or content[:1] == b".":
        content = (b"." if content[:1] == b"." else b"") + content.replace(b"\r\n.", b"\r\n..")
    return content if content.endswith(b"\r\n") else content + b"\r\n"
