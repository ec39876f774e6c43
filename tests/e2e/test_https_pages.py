"""`serve` alone, by https: browsers stay with it, plain http gets nothing, and unfit files are refused in words."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from calm import a_port, until
from e2e_project import ROOT, Coalition

sys.path.append(str(Path(__file__).parents[1]))  # what several parts of the tests share
from certificates import certificate

#: serves what a server believes of its caller
ECHO = """
import sys
from pathlib import Path
from starlette.responses import PlainTextResponse
from newsletter.web.server import listen, serve

async def app(scope, receive, send):
    if scope["type"] == "http":
        await PlainTextResponse(f"{scope['client'][0]} {scope['scheme']}")(scope, receive, send)

socket = listen("127.0.0.1", 0)
print(socket.getsockname()[1], flush=True)
serve(app, socket)
"""


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(coalition: Coalition, *words: str) -> Iterator[int]:
    port = a_port()
    process = coalition.start("serve", "--pages-only", "--port", str(port), *words)
    try:
        until(lambda: answers(port) or process.poll() is not None, every=0.1)
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        assert process.wait(120) == 0


def test_the_pages_are_served_by_https_alone(coalition: Coalition, tmp_path: Path) -> None:
    cert = certificate(tmp_path, "localhost", days=90)
    trusting = ssl.create_default_context(cafile=cert)
    with served(coalition, "--tls-cert", str(cert), "--processes", "2") as port:
        for path in ("/healthz", "/fr/abonnement", "/nowhere"):
            connection = http.client.HTTPSConnection("localhost", port, context=trusting, timeout=60)
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == (404 if path == "/nowhere" else 200)
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            answer.read()
            assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
            connection.close()
        plain = http.client.HTTPConnection("localhost", port, timeout=60)
        plain.request("GET", "/healthz")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"https://localhost:{port}/healthz", timeout=60).close()


def test_a_renewed_certificate_is_taken_up_without_a_new_start(coalition: Coalition, tmp_path: Path) -> None:
    cert = certificate(tmp_path, "localhost", days=90)
    with served(coalition, "--tls-cert", str(cert)) as port:
        kept = http.client.HTTPSConnection(
            "localhost", port, context=ssl.create_default_context(cafile=cert), timeout=60
        )
        kept.request("GET", "/healthz")
        assert kept.getresponse().read()
        new = certificate(tmp_path, "localhost", days=60)
        trusting = ssl.create_default_context(cafile=new)

        def taken_up() -> bool:
            with (
                suppress(urllib.error.URLError),
                urllib.request.urlopen(f"https://localhost:{port}/healthz", timeout=60, context=trusting),
            ):
                return True
            return False

        until(taken_up, every=0.2)
        kept.request("GET", "/healthz")
        assert kept.getresponse().status == 200
        kept.close()


def test_plain_pages_promise_no_https_unless_their_address_has_it(coalition: Coalition) -> None:
    with served(coalition) as port:
        assert "Strict-Transport-Security" not in headers_of(port)
    coalition.variables["NEWSLETTER_WEB_BASE_URL"] = "https://infolettre.example.org"
    with served(coalition) as port:
        assert headers_of(port)["Strict-Transport-Security"] == "max-age=31536000"


def headers_of(port: int) -> http.client.HTTPMessage:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
        return answer.headers


def test_unfit_files_are_refused_before_anything_is_served(coalition: Coalition, tmp_path: Path) -> None:
    fit, ended = certificate(tmp_path, "localhost", days=90), certificate(tmp_path, "localhost", valid=False)
    (tmp_path / "letter.pem").write_text("Dear all,")
    for words, said in (
        (("--tls-cert", str(tmp_path / "missing.pem")), "does not exist"),
        (("--tls-cert", str(tmp_path / "letter.pem")), "letter.pem holds no certificate"),
        (("--tls-cert", str(ended)), "ended on"),
        (("--tls-cert", str(fit), "--tls-key", str(tmp_path / "letter.pem")), "holds no key for this certificate"),
        (("--tls-key", str(fit)), "--tls-cert"),
    ):
        done = coalition.run("serve", "--port", "0", *words, code=2)
        assert said in done.stderr, done.stderr
    assert json.loads(coalition.run("status", "--json").stdout)["ok"]


def test_nobody_near_is_believed_about_who_calls(tmp_path: Path) -> None:
    """Statement 64: a header that a caller writes makes nobody new, not even from this machine."""
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=forged)
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert answer.read() == b"127.0.0.1 http"
        finally:
            server.terminate()
