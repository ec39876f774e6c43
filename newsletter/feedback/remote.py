"""Mailboxes on a server: IMAP and POP3, over TLS whose certificate is verified.

The mailbox may be a person's own. So a message is marked as read (IMAP) or deleted (POP3, which knows no
marks) only when it was a report about our mail; every other one is left as if nobody had looked.
"""

from __future__ import annotations

import base64
import imaplib
import poplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from newsletter.config.model import Mailbox
from newsletter.errors import CredentialsError, TransientError
from newsletter.feedback.mail import MAIL_OCTETS
from newsletter.language import _

T = TypeVar("T")
#: given a message, tells whether it was a report about our mail
Take = Callable[[bytes], bool]

SECONDS = 60.0
#: messages looked at in one visit, the newest of a mailbox
VISIT = 5_000
PORTS = {"imap": {"tls": 993, "starttls": 143, "none": 143}, "pop3": {"tls": 995, "starttls": 110, "none": 110}}


def visit_imap(box: Mailbox, password: str, take: Take, *, context: ssl.SSLContext) -> int:
    """Show each unread message of an IMAP folder to `take`; return how many there were.

    Raises CredentialsError when the server does not accept us, TransientError when it can not be reached.
    """
    with _imap(box, context) as server:
        _log_in(lambda: server.login(box.username, password))
        _expect(server.select(_folder(box.folder)))
        found = _expect(server.uid("SEARCH", "UNSEEN"))[0] or b""
        numbers = [number.decode() for number in found.split()[-VISIT:]]
        for number in numbers:
            if take(_body(server, number)):
                server.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
        return len(numbers)


def visit_pop3(box: Mailbox, password: str, take: Take, *, context: ssl.SSLContext) -> int:
    """Show each message of a POP3 mailbox to `take`; return how many there were. Raises as `visit_imap`."""
    number, last, shown = 1, 1, 0
    while number <= last:
        with _pop3(box, context) as server:
            _log_in(lambda server=server: (server.user(box.username), server.pass_(password)))  # type: ignore[misc]
            last = server.stat()[0]
            number = max(number, last - VISIT + 1)
            read = _show(server, range(number, last + 1), take)
        shown += read
        number += read + 1  # one that could not be read is passed over
    return shown


def _show(server: poplib.POP3, numbers: range, take: Take) -> int:
    """Show messages until one can not be read; return how many were."""
    for count, number in enumerate(numbers):
        try:
            raw = b"\r\n".join(server.retr(number)[1])
        except poplib.error_proto:  # a line beyond what poplib takes: the rest of the talk is out of step
            return count
        if take(raw[:MAIL_OCTETS]):
            server.dele(number)
    return len(numbers)


@contextmanager
def _imap(box: Mailbox, context: ssl.SSLContext) -> Iterator[imaplib.IMAP4]:
    port = box.port or PORTS["imap"][box.security]
    try:
        if box.security == "tls":
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, port, ssl_context=context, timeout=SECONDS)
        else:
            server = imaplib.IMAP4(box.host, port, timeout=SECONDS)
        try:
            if box.security == "starttls":
                server.starttls(context)
            yield server
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()
            with suppress(OSError):
                server.shutdown()
    except (OSError, imaplib.IMAP4.error) as error:
        raise _unreachable() from error


@contextmanager
def _pop3(box: Mailbox, context: ssl.SSLContext) -> Iterator[poplib.POP3]:
    port = box.port or PORTS["pop3"][box.security]
    try:
        if box.security == "tls":
            server: poplib.POP3 = poplib.POP3_SSL(box.host, port, timeout=SECONDS, context=context)
        else:
            server = poplib.POP3(box.host, port, timeout=SECONDS)
        try:
            if box.security == "starttls":
                server.stls(context)
            yield server
        finally:
            with suppress(OSError, poplib.error_proto):
                server.quit()
            server.close()
    except (OSError, poplib.error_proto) as error:
        raise _unreachable() from error


def _log_in(call: Callable[[], object]) -> None:
    try:
        call()
    except (imaplib.IMAP4.error, poplib.error_proto):
        raise CredentialsError(
            _("The mailbox's server does not accept the name and password."),
            hint=_("Check [feedback.mailbox] and its password."),
        ) from None  # the server's text may hold the name


def _body(server: imaplib.IMAP4, number: str) -> bytes:
    """Return a message without marking it as read."""
    answer = _expect(server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MAIL_OCTETS}>)"))
    parts = (part[1] for part in answer if isinstance(part, tuple))
    return next((content for content in parts if isinstance(content, bytes)), b"")


def _expect(answer: tuple[str, list[T]]) -> list[T]:
    if answer[0] != "OK":
        raise TransientError(
            _("The mailbox's folder can not be opened."), hint=_("Check its name in the configuration.")
        )
    return answer[1]


def _folder(name: str) -> str:
    """Write a folder's name as IMAP wants it: modified UTF-7 (RFC 3501 5.1.3), quoted."""
    encoded = re.sub(r"&|[^\x20-\x7e]+", _shifted, name)
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(run: re.Match[str]) -> str:
    if run[0] == "&":
        return "&-"
    return "&" + base64.b64encode(run[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def _unreachable() -> TransientError:
    return TransientError(_("The mailbox's server can not be reached."), hint=_("Check its address; try again later."))
