"""A mail server that does as it is told: each step of each conversation can be answered, refused, delayed, dropped.

It records what it accepted and every arrival of octets, so that tests see what stood in one write, and it
notes when a client speaks before it was answered without having been allowed to.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

#: answers that are none
DROP, RESET, SILENT = "<drop>", "<reset>", "<silent>"
#: (step, how often it came before on this server, the command's argument) -> answer, or None for the usual one
Script = Callable[[str, int, str], str | None]

USUAL = {
    "greeting": "220 relay.example ESMTP",
    "helo": "250 relay.example",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 Go on",
    "dot": "250 2.0.0 Ok: queued as 4F3",
    "rset": "250 2.0.0 Ok",
    "noop": "250 2.0.0 Ok",
    "quit": "221 2.0.0 Bye",
    "starttls": "220 2.0.0 Go on",
    "auth": "235 2.7.0 Ok",
}


@dataclass
class Accepted:
    """One mail that the server answered for with its dot's reply, or took without saying so."""

    sender: str
    recipient: str
    content: bytes
    answered: bool
    connection: int


@dataclass
class ScriptedRelay:
    """Listens on loopback until the `with` block ends."""

    script: Script = lambda _step, _count, _argument: None
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760", "ENHANCEDSTATUSCODES")
    offers_after_tls: tuple[str, ...] | None = None
    tls: ssl.SSLContext | None = None
    #: TLS from the first octet
    wrapped: bool = False
    #: 0: any that is free
    port: int = 0
    host: str = "127.0.0.1"
    #: STARTTLS is followed by a handshake that is none
    nonsense_for_tls: bool = False
    #: after so many mails it goes without a word; 0: never
    mails_per_connection: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    #: (connection, octets) as they arrived
    arrivals: list[tuple[int, bytes]] = field(default_factory=list)
    commands: list[tuple[int, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    #: what was said to the challenges of a login
    challenged: list[str] = field(default_factory=list)
    connections: int = 0
    #: most connections at once
    crowd: int = 0

    def __enter__(self) -> ScriptedRelay:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._open: set[socket.socket] = set()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=64)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.disappear()
        self._threads[0].join(60)
        self.disappear()  # whoever came while the first one was made
        for thread in self._threads[1:]:
            thread.join(60)

    def disappear(self) -> None:
        """Stop listening and drop everybody."""
        socket_ends(self._listener)
        self._listener.close()
        with self._lock:
            for one in self._open:
                socket_ends(one)

    def recipients(self) -> list[str]:
        """Whom it has mails for, each as often as it has one."""
        return sorted(mail.recipient for mail in self.accepted)

    def answer(self, step: str, argument: str = "") -> str:
        with self._lock:
            count = self._counts[step]
            self._counts[step] += 1
        told = self.script(step, count, argument)
        return USUAL.get(step, "500 5.5.1 What?") if told is None else told

    def _listen(self) -> None:
        while True:
            try:
                one, _address = self._listener.accept()
            except OSError:
                return
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(one)
                self.crowd = max(self.crowd, len(self._open))
                conversation = _Conversation(self, one, self.connections)
            thread = threading.Thread(target=conversation.run, daemon=True)
            self._threads.append(thread)
            thread.start()

    def remember(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def forget(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)


def socket_ends(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def meaning(answer: str) -> str:
    """An answer without what is said of how it is to be given."""
    return answer.split("> ", 1)[1] if answer.startswith(("<after ", "<in bits> ")) else answer


class _OverError(Exception):
    pass


class _Conversation:
    def __init__(self, relay: ScriptedRelay, one: socket.socket, number: int) -> None:
        self.relay, self.raw, self.number = relay, one, number
        self.socket: socket.socket = one
        self.rest, self.taken = b"", 0
        self.sender, self.recipient, self.encrypted = "", "", relay.wrapped

    def run(self) -> None:
        try:
            if self.relay.wrapped:
                assert self.relay.tls is not None
                self.wrap()
            self.say(self.relay.answer("greeting", str(self.number)))
            while True:
                self.command(self.line())
        except (_OverError, OSError, ValueError):
            pass
        finally:
            self.relay.forget(self.raw)
            self.socket.close()
            self.raw.close()

    def wrap(self) -> None:
        assert self.relay.tls is not None
        self.relay.forget(self.raw)
        self.raw = self.socket = self.relay.tls.wrap_socket(self.raw, server_side=True, do_handshake_on_connect=False)
        self.relay.remember(self.raw)
        self.socket.do_handshake()

    def say(self, text: str) -> None:
        """Say something, or do what is to be done in its place."""
        if text == DROP:
            socket_ends(self.socket)
            raise _OverError
        if text == RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.socket.close()
            raise _OverError
        if text == SILENT:
            while True:
                self.receive()
        if text.startswith("<after "):
            seconds, text = text[7:].split("> ", 1)
            time.sleep(float(seconds))
        if text.startswith("<and go> "):
            self.socket.sendall(text[9:].encode("latin-1") + b"\r\n")
            self.say(DROP)
        if text.startswith("<in bits> "):
            for octet in text[10:].encode("latin-1") + b"\r\n":
                self.socket.sendall(bytes([octet]))
                time.sleep(0.0005)
            return
        self.socket.sendall(text.encode("latin-1") + b"\r\n")

    def receive(self) -> None:
        arrived = self.socket.recv(1 << 20)
        if not arrived:
            raise _OverError
        self.relay.arrivals.append((self.number, arrived))
        self.rest += arrived

    def line(self) -> str:
        while b"\n" not in self.rest:
            self.receive()
        line, self.rest = self.rest.split(b"\n", 1)
        if not line.endswith(b"\r"):
            self.relay.violations.append("bare LF in a command")
        return line.rstrip(b"\r").decode()

    def command(self, line: str) -> None:
        word, _, argument = line.partition(" ")
        step = word.lower()
        self.relay.commands.append((self.number, line))
        group = step in ("mail", "rcpt", "rset") and "PIPELINING" in self.offers()
        if self.rest and not group:
            self.relay.violations.append(f"spoke before the answer to {step}")
        if step == "ehlo":
            self.say(self.relay.answer("ehlo", argument) if self.relay.script("ehlo?", 0, "") else self.ehlo(argument))
        elif step == "data":
            self.data()
        elif step == "starttls":
            self.starttls()
        elif step == "auth":
            self.auth(argument)
        else:
            self.envelope(step, argument)

    def offers(self) -> tuple[str, ...]:
        after = self.relay.offers_after_tls
        return after if self.encrypted and after is not None else self.relay.offers

    def ehlo(self, argument: str) -> str:
        told = self.relay.answer("ehlo", argument)
        if told != USUAL.get("ehlo", "500 5.5.1 What?"):
            return told
        lines = ["relay.example", *self.offers()]
        return "\r\n".join(f"250{' ' if n == len(lines) - 1 else '-'}{text}" for n, text in enumerate(lines))

    def envelope(self, step: str, argument: str) -> None:
        answer = self.relay.answer(step, argument)
        if step == "mail" and meaning(answer).startswith("2"):
            self.sender, self.recipient = argument, ""
        elif step == "rcpt" and meaning(answer).startswith("2"):
            self.recipient = argument[argument.index("<") + 1 : argument.index(">")]
        elif step == "rset":
            self.sender = self.recipient = ""
        self.say(answer)
        if step == "quit" or answer.startswith("421"):
            socket_ends(self.socket)
            raise _OverError

    def data(self) -> None:
        answer = self.relay.answer("data")
        self.say(answer)
        if not meaning(answer).startswith("354"):
            if answer.startswith("421"):
                raise _OverError
            return
        if not self.rest:
            self.receive()
        if self.relay.script("body", 0, self.recipient) == DROP:
            self.say(DROP)
        while not (self.rest.startswith(b".\r\n") or b"\r\n.\r\n" in self.rest):
            self.receive()
        if self.rest.startswith(b".\r\n"):
            content, self.rest = b"", self.rest[3:]
        else:
            content, self.rest = self.rest.split(b"\r\n.\r\n", 1)
            content = (b"\r\n" + content + b"\r\n").replace(b"\r\n..", b"\r\n.")[2:]
        if not self.recipient:
            if content:
                self.relay.violations.append("a body for nobody")
            self.say("554 5.5.1 No valid recipients")
            return
        answer = self.relay.answer("dot", self.recipient)
        said = meaning(answer).startswith("2")
        if said or answer in (DROP, RESET, SILENT):
            self.relay.accepted.append(Accepted(self.sender, self.recipient, content, said, self.number))
        self.sender = self.recipient = ""
        self.say(answer)
        self.taken += said
        if answer.startswith("421") or self.taken == self.relay.mails_per_connection > 0:
            socket_ends(self.socket)
            raise _OverError

    def starttls(self) -> None:
        answer = self.relay.answer("starttls")
        self.say(answer)
        if self.relay.nonsense_for_tls:
            self.receive()
            self.say("500 what is this?")
            raise _OverError
        if answer.startswith("220"):
            assert self.relay.tls is not None
            self.wrap()
            self.encrypted, self.rest = True, b""

    def auth(self, argument: str) -> None:
        way, _, first = argument.partition(" ")
        if way == "LOGIN":
            self.say("334 VXNlcm5hbWU6")
            name = self.line()
            self.say("334 UGFzc3dvcmQ6")
            first = f"{name} {self.line()}"
        answer = self.relay.answer("auth", f"{way} {first}")
        self.say(answer)
        if answer.startswith("334"):
            self.relay.challenged.append(self.line())
            self.say(self.relay.answer("auth", "after the challenge"))
