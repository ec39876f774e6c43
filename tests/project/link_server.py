"""A web server of a test's own that answers well and badly, and remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

#: seconds that something is waited for which must come
PATIENCE = 60.0


class Answering(BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server: LinkServer = self.server  # type: ignore[assignment]
        server.enter(self.command, self.path)
        try:
            self._say(self.path.partition("?")[0])
        finally:
            server.leave()

    def _say(self, path: str) -> None:
        moves = {"/moved": (301, "/new"), "/for-now": (302, "/new"), "/loop": (302, "/loop2"), "/loop2": (302, "/loop")}
        moves |= {f"/hop{n}": (302, f"/hop{n + 1}") for n in range(9)}
        moves["/inside"] = (302, "http://10.1.2.3/secret")
        if path == "/slow":
            self.server.ended.wait(PATIENCE)  # type: ignore[attr-defined] # whoever asks goes before it answers
        if path == "/meet" and not self._met():
            path = "/missing"
        if path in moves:
            status, where = moves[path]
            self._head(status, {"Location": where})
        elif path == "/drip":
            while not self.server.ended.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b"X")
                self.wfile.flush()
        elif path == "/endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 200_000)
        elif path == "/gone":
            self._head(410)
        elif path == "/get-only":
            self._head(405 if self.command == "HEAD" else 200)
        elif path == "/closed":
            self._head(403)
        else:
            self._head(404 if path.startswith("/missing") else 200)

    def _met(self) -> bool:
        """Answer only when another server is asked at the same time."""
        try:
            self.server.meeting.wait(PATIENCE)  # type: ignore[attr-defined]
        except threading.BrokenBarrierError:
            return False
        return True

    def _head(self, status: int, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class LinkServer(ThreadingHTTPServer):
    """Counts how many are asked at once, and keeps what was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, str]] = []
        self.inside = self.most = 0
        self._lock = threading.Lock()
        #: the test is over
        self.ended = threading.Event()
        #: who is asked for /meet, at once
        self.meeting = threading.Barrier(1)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        return [path for _method, path in self.asked]

    def enter(self, method: str, path: str) -> None:
        with self._lock:
            self.asked.append((method, path))
            self.inside += 1
            self.most = max(self.most, self.inside)

    def leave(self) -> None:
        with self._lock:
            self.inside -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no fault of the test."""


@contextmanager
def link_server(certificate: Path | None = None) -> Iterator[LinkServer]:
    """Run the server until the block ends; with a certificate (and its key) it speaks TLS."""
    server = LinkServer()
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=PATIENCE)
