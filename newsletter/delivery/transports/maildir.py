"""Mails into a Maildir, `var/maildir`: any mail program can read a rehearsal.

Like a delivery agent it notes the envelope above the mail (RFC 5321 4.4). A file is written in `tmp` and
moved to `new`; the same delivery has the same name, so that an attempt that is repeated adds no second mail.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.delivery.transports.local import Local

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Parcel, Transport
    from newsletter.message.letter import Message


def open_transport(config: Config) -> Transport:
    """Open the Maildir of the project."""
    return maildir(config.var / "maildir")


def maildir(folder: Path) -> Transport:
    """Return a transport that delivers into the Maildir `folder`."""
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")

    def keep(parcel: Parcel, message: Message) -> None:
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{parcel.send}.{parcel.key}.{host}"
        envelope = f"Return-Path: <{message.return_path}>\r\nDelivered-To: {message.recipient}\r\n"
        beside = folder / "tmp" / name
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(envelope.encode() + message.content)
            beside.replace(folder / "new" / name)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    return Local("maildir", keep)
