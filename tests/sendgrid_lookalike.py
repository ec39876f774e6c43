"""A web server that answers like SendGrid's v3 mail/send: it checks what it is sent, and fills in the tags."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = "SG.canary-key_0123456789"
RESERVED = {
    *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
    *("to", "from", "subject", "reply-to", "cc", "bcc"),
}
KNOWN = {
    *("personalizations", "from", "reply_to", "subject", "content", "attachments", "headers", "categories"),
    *("custom_args", "tracking_settings", "mail_settings"),
}
ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")


@dataclass(frozen=True)
class Trickle:
    """An answer whose beginning comes at once, and whose rest comes octet by octet and never ends."""

    begin: bytes
    rest: bytes = b"x"
    every: float = 0.05


#: what to do in place of the usual answer: (status, headers, body), "hang" or "drop"
Told = tuple[int, dict[str, str], dict[str, object] | bytes | None] | str | Trickle | None


@dataclass
class Mail:
    """One mail as its recipient would get it."""

    to: dict[str, str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    custom_args: dict[str, str]
    call: int


@dataclass
class Lookalike:
    """Listens on 127.0.0.1 until the `with` block ends."""

    answer: Callable[[int, dict[str, object]], Told] = lambda _number, _body: None
    delay: float = 0.0
    scopes: tuple[str, ...] = ("mail.send",)
    mails: list[Mail] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    calls: int = 0
    #: requests of any kind
    heard: int = 0
    #: most calls at once
    crowd: int = 0
    #: keep what arrives; not for benchmarks
    keep: bool = True
    #: a file with a key and its certificate: speak TLS
    certificate: Path | None = None

    def __enter__(self) -> Lookalike:
        lookalike = self
        self._lock = threading.Lock()
        self._now = 0
        self._over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                lookalike.heard += 1
                lookalike.serve(self)

            def do_GET(self) -> None:
                lookalike.heard += 1
                authorised = self.headers["Authorization"] == f"Bearer {KEY}"
                scopes = {"scopes": list(lookalike.scopes)}
                reply(self, 200 if authorised else 401, {}, scopes if authorised else refusal("authorization required"))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.02))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def recipients(self) -> list[str]:
        return sorted(mail.to["email"] for mail in self.mails)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            self.calls += 1
            self._now += 1
            self.crowd = max(self.crowd, self._now)
            number = self.calls
        try:
            self.handle(handler, raw, number)
        finally:
            with self._lock:
                self._now -= 1

    def handle(self, handler: BaseHTTPRequestHandler, raw: bytes, number: int) -> None:
        if handler.headers["Authorization"] != f"Bearer {KEY}":
            reply(handler, 401, {}, refusal("The provided authorization grant is invalid"))
            return
        body = json.loads(raw)
        told = self.answer(number, body)
        if told == "hang":
            self._over.wait(30)
            return
        if isinstance(told, Trickle):
            self.trickle(handler, told)
            return
        if self.delay:
            time.sleep(self.delay)
        sandbox = body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable")
        if isinstance(told, tuple):
            reply(handler, *told)
            return
        faults = check(body, len(raw)) if self.keep else []
        self.faults += faults
        if faults:
            reply(handler, 400, {}, {"errors": [{"message": fault, "field": None} for fault in faults]})
            return
        if self.keep and not sandbox:
            with self._lock:
                self.mails += (filled(body, each, number) for each in body["personalizations"])
        elif not sandbox:
            with self._lock:
                self.mails += body["personalizations"]
        if told == "drop":
            handler.close_connection = True
            handler.connection.shutdown(2)
            return
        reply(handler, 200 if sandbox else 202, {"X-Message-Id": f"request-{number}"}, None)

    def trickle(self, handler: BaseHTTPRequestHandler, told: Trickle) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(told.begin)
            for octet in itertools.cycle(told.rest):
                if self._over.wait(told.every):
                    return
                handler.wfile.write(bytes([octet]))


def refusal(message: str, place: str | None = None) -> dict[str, object]:
    return {"errors": [{"message": message, "field": place, "help": None}]}


def reply(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: object) -> None:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(raw))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(raw)


def filled(body: dict, personalization: dict, call: int) -> Mail:
    def fill(text: str) -> str:
        for tag, value in personalization.get("substitutions", {}).items():
            text = text.replace(tag, value)
        return text

    kinds = {each["type"]: each["value"] for each in body["content"]}
    return Mail(
        to=personalization["to"][0],
        subject=fill(body["subject"]),
        text=fill(kinds["text/plain"]),
        html=fill(kinds["text/html"]),
        headers={**body.get("headers", {}), **personalization.get("headers", {})},
        custom_args=personalization["custom_args"],
        call=call,
    )


def check(body: dict, size: int) -> list[str]:
    """Return what is against the published limits."""
    faults = [f"unknown key {key}" for key in body if key not in KNOWN]
    people = body.get("personalizations") or []
    if not 1 <= len(people) <= 1000:
        faults.append(f"{len(people)} personalizations")
    if size > 30_000_000:
        faults.append("too large")
    sender = body.get("from", {})
    if not ADDRESS.fullmatch(sender.get("email", "")):
        faults.append("from is no ASCII address")
    if not body.get("subject"):
        faults.append("no subject")
    if [each.get("type") for each in body.get("content", [])] != ["text/plain", "text/html"]:
        faults.append("content is not text, then HTML")
    if any(not each.get("value") for each in body.get("content", [])):
        faults.append("an empty part")
    faults += [f"reserved header {name}" for name in body.get("headers", {}) if name.lower() in RESERVED]
    for name in ("click_tracking", "open_tracking", "subscription_tracking", "ganalytics"):
        if body.get("tracking_settings", {}).get(name, {}).get("enable") is not False:
            faults.append(f"{name} is not off")
    addresses = [to["email"].lower() for each in people for to in each["to"]]
    if len(set(addresses)) != len(addresses):
        faults.append("an address twice")
    for number, each in enumerate(people):
        faults += [f"personalizations.{number}: {fault}" for fault in check_one(each)]
    return faults


def check_one(each: dict) -> list[str]:
    faults = [
        f"unknown key {key}" for key in each if key not in {"to", "headers", "substitutions", "custom_args", "subject"}
    ]
    for to in each["to"]:
        if not ADDRESS.fullmatch(to["email"]):
            faults.append("no ASCII address")
        if re.search("[;,]", to.get("name", "")):
            faults.append("; or , in a name")
    faults += [f"reserved header {name}" for name in each.get("headers", {}) if name.lower() in RESERVED]
    faults += [f"header {name} is not ASCII" for name, value in each.get("headers", {}).items() if not value.isascii()]
    tags = each.get("substitutions", {})
    if not all(isinstance(value, str) for value in tags.values()):
        faults.append("a substitution that is no text")
    if sum(len(tag) + len(value.encode()) for tag, value in tags.items()) > 10_000:
        faults.append("substitutions too long")
    if len(json.dumps(each.get("custom_args", {}))) >= 10_000:
        faults.append("custom_args too long")
    if "@" in json.dumps(each.get("custom_args", {})):
        faults.append("an address among custom_args")
    return faults
