"""Small IMAP and POP3 servers on 127.0.0.1, over TLS or without: enough of the protocols for one visit."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Box:
    """A mailbox on such a server, and what was done to it."""

    messages: list[bytes]
    password: str = "secret"
    folder: str = "INBOX"
    read: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)


@contextmanager
def serving(
    talk: type[socketserver.StreamRequestHandler], box: Box, context: ssl.SSLContext | None, *, plain_first: bool
) -> Iterator[int]:
    """Serve one mailbox until the block ends; yield the port."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), talk, bind_and_activate=True)
    server.daemon_threads = True
    server.box = box  # type: ignore[attr-defined]
    server.tls = context  # type: ignore[attr-defined]
    server.plain_first = plain_first  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Talk(socketserver.StreamRequestHandler):
    """A line protocol that may begin with TLS."""

    def setup(self) -> None:
        if self.server.tls and not self.server.plain_first:  # type: ignore[attr-defined]
            self.encrypt()
        else:
            super().setup()

    def encrypt(self) -> None:
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    @property
    def box(self) -> Box:
        return self.server.box


class Imap(Talk):
    def handle(self) -> None:
        self.say(b"* OK ready")
        while line := self.rfile.readline():
            tag, command = line.decode().rstrip().split(" ", 1)
            if not self.answer(tag.encode(), command):
                return

    def answer(self, tag: bytes, command: str) -> bool:
        word = command.split()[0].upper()
        if word == "CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1 STARTTLS")
        elif word == "STARTTLS":
            self.say(tag + b" OK done")
            self.encrypt()
            return True
        elif word == "LOGIN" and f'"{self.box.password}"' not in command:
            self.say(tag + b" NO wrong name: chat@example.com")
            return True
        elif word in ("SELECT", "EXAMINE") and f'"{self.box.folder}"' not in command:
            self.say(tag + b" NO no such folder")
            return True
        elif word == "SELECT":
            self.say(b"* %d EXISTS" % len(self.box.messages))
        elif word == "UID":
            self.uid(command)
        self.say(tag + b" OK done")
        return word != "LOGOUT"

    def uid(self, command: str) -> None:
        if "SEARCH" in command:
            unread = [str(n + 1) for n in range(len(self.box.messages)) if n not in self.box.read]
            self.say(b"* SEARCH " + " ".join(unread).encode())
            return
        number = int(command.split()[2]) - 1
        if "FETCH" in command:
            raw = self.box.messages[number]
            self.say(b"* %d FETCH (UID %d BODY[]<0> {%d}" % (number + 1, number + 1, len(raw)))
            self.wfile.write(raw + b")\r\n")
        elif re.search(r"STORE .*\\Seen", command):
            self.box.read.add(number)


class Pop3(Talk):
    def handle(self) -> None:
        self.marked: set[int] = set()
        self.say(b"+OK ready")
        while line := self.rfile.readline():
            word, _, rest = line.decode().rstrip().partition(" ")
            if not self.answer(word.upper(), rest):
                return

    def answer(self, word: str, rest: str) -> bool:
        if word == "CAPA":
            self.wfile.write(b"+OK\r\nSTLS\r\nUSER\r\n.\r\n")
            return True
        if word == "STLS":
            self.say(b"+OK")
            self.encrypt()
            return True
        if word == "PASS" and rest != self.box.password:
            self.say(b"-ERR wrong name: chat@example.com")
        elif word == "STAT":
            self.say(b"+OK %d 1" % len(self.box.messages))
        elif word == "RETR":
            raw = self.box.messages[int(rest) - 1].replace(b"\n.", b"\n..")
            self.wfile.write(b"+OK\r\n" + raw + b"\r\n.\r\n")
        else:
            if word == "DELE":
                self.marked.add(int(rest) - 1)
            elif word == "QUIT":
                self.box.deleted |= self.marked
            self.say(b"+OK")
        return word != "QUIT"
