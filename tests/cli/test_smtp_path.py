"""The command line and a real mail server on loopback: each recipient once, and each refusal in words."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from calm import watched

from newsletter.cli import sending
from newsletter.cli.output import Output
from newsletter.project.delivering import means_for

SLUG = "bienvenue"
CONFIRMED = ("send", SLUG, "--no-input", "--confirm", SLUG, "--expect", "5")
#: seconds that something is waited for which must come
PATIENCE = 120.0


class Sink:
    """Keeps whom each mail was for; may refuse some."""

    def __init__(self, refuse=()):
        self.refuse, self.got = refuse, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if any(word in address for word in self.refuse):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.got += envelope.rcpt_tos
        return "250 2.0.0 OK"


class Listening(Controller):
    """Listens before its thread runs, on a port that is its own from the beginning; it is waited for with patience."""

    def __init__(self, sink, **more):
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(sink, hostname="127.0.0.1", port=self._socket.getsockname()[1], ready_timeout=PATIENCE, **more)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._socket)

    def _trigger_server(self):
        with socket.create_connection((self.hostname, self.port), PATIENCE) as client:
            assert client.recv(1024).startswith(b"220")


@pytest.fixture
def serve(project, monkeypatch):
    """Start a server on loopback and point the project at it."""
    controllers = []

    def start(sink, **more):
        controller = Listening(sink, **more)
        controller.start()
        controllers.append(controller)
        monkeypatch.setenv("NEWSLETTER_TRANSPORT_KIND", "smtp")
        for name, value in {"HOST": "127.0.0.1", "PORT": str(controller.port), "SECURITY": "none"}.items():
            monkeypatch.setenv(f"NEWSLETTER_SMTP_{name}", value)
        return sink

    yield start
    for controller in controllers:
        controller.stop()


@pytest.fixture
def closed_port():
    """A port on which nobody listens, and that nobody else can have meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_each_recipient_gets_it_once_over_smtp(run, serve):
    sink = serve(Sink())
    assert run(*CONFIRMED).exit_code == 0
    assert len(sink.got) == len(set(sink.got)) == 5
    assert run(*CONFIRMED).exit_code == 0
    assert len(sink.got) == 5


def test_a_refused_recipient_is_a_partial_failure(run, run_json, serve):
    sink = serve(Sink(refuse=("zoe",)))
    result = run(*CONFIRMED, "--lang", "en")
    assert result.exit_code == 1, result.output
    assert "1 failed" in result.output
    assert len(sink.got) == 4
    counts = run_json("verify", SLUG)["counts"]
    assert (counts["sent"], counts["failed"]) == (4, 1)


def test_when_everybody_is_refused_the_reason_is_said(run, run_json, serve):
    serve(Sink(refuse=("@",)))
    result = run(*CONFIRMED, "--lang", "en")
    assert result.exit_code == 1, result.output
    assert "5 refused: 550 5.1.1 No such user" in result.output
    assert "@" not in result.output
    assert run_json("verify", SLUG)["counts"]["failed"] == 5


class Greylisting(Sink):
    """Puts everybody off."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        return f"451 4.7.1 <{address}> Greylisted, come back later"


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "5 put off: 451 4.7.1 <…> Greylisted"), ("fr", "5 remis à plus tard : 451 4.7.1 <…> Greylisted")],
)
def test_when_everybody_is_put_off_the_reason_is_said_and_how_to_go_on(run, serve, monkeypatch, lang, said):
    monkeypatch.setattr(sending, "PATIENCE", 0.0)
    serve(Greylisting())
    result = run(*CONFIRMED, "--lang", lang)
    assert result.exit_code == 5, result.output
    assert said in " ".join(result.output.split())
    assert "newsletter resume S1" in result.output
    status = run("status", "S1", "--lang", lang)
    assert said in " ".join(status.output.split())
    assert "@" not in result.output + status.output


class Hesitating(Sink):
    """Puts two off at first; keeps what it is given."""

    def __init__(self):
        super().__init__()
        self.put_off, self.mails = 2, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.put_off:
            self.put_off -= 1
            return "451 4.7.1 Later"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content.decode())
        return await super().handle_DATA(server, session, envelope)


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_an_issue_that_is_changed_in_the_middle_goes_on_as_it_was_confirmed(run, serve, project, monkeypatch, change):
    monkeypatch.setattr(sending, "PATIENCE", 0.0)
    sink = serve(Hesitating())
    assert run(*CONFIRMED).exit_code == 5
    assert len(sink.mails) == 3
    file = project / "issues" / f"{SLUG}.md"
    if change == "edited":
        file.write_text(file.read_text() + "\n\nCANARI de dernière minute\n")
    else:
        file.unlink()
    result = run("resume", "S1", "--now")
    assert result.exit_code == 0, result.output
    assert len(sink.mails) == len(set(sink.got)) == 5
    assert not any("CANARI" in mail for mail in sink.mails)


class Stalled(Sink):
    """Does not answer to the first recipient in time: nothing of a body was asked for."""

    stalls = 1

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.stalls:
            self.stalls -= 1
            await asyncio.sleep(4)
        return await super().handle_RCPT(server, session, envelope, address, options)


def test_a_server_that_stalls_before_data_leaves_nobody_in_doubt(run, run_json, serve, monkeypatch):
    sink = serve(Stalled())
    monkeypatch.setenv("NEWSLETTER_SMTP_COMMAND_TIMEOUT", "2")
    monkeypatch.setenv("NEWSLETTER_SMTP_CONNECTIONS", "1")
    result = run(*CONFIRMED)
    assert result.exit_code == 0, result.output
    assert sink.stalls == 0
    assert len(sink.got) == len(set(sink.got)) == 5
    assert run_json("verify", SLUG)["counts"]["unknown"] == 0


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_is_exit_code_4_and_loses_nothing(run, run_json, serve, monkeypatch):
    def nobody(server, session, envelope, mechanism, auth_data):
        return AuthResult(success=False, handled=False)

    sink = serve(Sink(), authenticator=nobody, auth_require_tls=False, auth_required=True)
    monkeypatch.setenv("NEWSLETTER_SMTP_USERNAME", "infolettre")
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "hunter2-hunter2")
    result = run(*CONFIRMED)
    assert result.exit_code == 4, result.output
    assert "newsletter resume S1" in result.output
    assert "hunter2" not in result.output
    assert sink.got == []
    counts = run_json("status", SLUG)["sends"][0]["counts"]
    assert sum(counts.values()) == 5
    assert counts["unknown"] == 0
    assert run("doctor", "--only", "smtp").exit_code == 1


class Slow(Sink):
    """Takes its time for each mail."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(0.4)
        return await super().handle_DATA(server, session, envelope)


def test_two_sends_at_once_make_one_and_the_other_says_so(run, run_json, serve, spawn, project, monkeypatch):
    sink = serve(Slow())
    monkeypatch.setenv("NEWSLETTER_SMTP_CONNECTIONS", "1")
    words = [sys.executable, "-m", "newsletter", *CONFIRMED]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _one in range(2)]
    said = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 0], [0, 3]), said
    assert len(sink.got) == len(set(sink.got)) == 5
    assert len(run_json("status")["sends"]) == 1


class Patient(Sink):
    """Answers for no mail until it is told to."""

    def __init__(self):
        super().__init__()
        self.begun, self.told = threading.Event(), threading.Event()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.begun.set()
        while not self.told.is_set():
            await asyncio.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)


def test_a_send_beside_another_ones_waits_for_it_and_then_goes(run, serve, project, monkeypatch):
    """Two issues at once: one process sends, the other watches, and takes over when the first has ended."""
    sink = serve(Patient())
    note = Output.note

    def noted(out, text):
        note(out, text)
        if "Another process sends" in text:
            sink.told.set()

    monkeypatch.setattr(Output, "note", noted)
    monkeypatch.setattr(sending, "LOOK", 0.1)
    text = (project / "issues" / f"{SLUG}.md").read_text()
    (project / "issues" / "autre.md").write_text(text)
    words = [sys.executable, "-m", "newsletter", "send", "autre", "--no-input", "--confirm", "autre", "--expect", "5"]
    other = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert sink.begun.wait(PATIENCE)
    result = run(*CONFIRMED)
    assert other.wait(PATIENCE) == 0
    assert result.exit_code == 0, result.output
    assert "Another process sends" in result.stderr
    assert len(sink.got) == 10


def test_a_server_that_is_not_there_is_temporary_and_loses_nothing(run, run_json, serve, monkeypatch, closed_port):
    monkeypatch.setenv("NEWSLETTER_TRANSPORT_KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SMTP_PORT", str(closed_port))
    monkeypatch.setenv("NEWSLETTER_SMTP_SECURITY", "none")
    short = lambda *args, **more: replace(means_for(*args, **more), patience=0.5)  # noqa: E731 - one expression
    monkeypatch.setattr("newsletter.project.delivering.means_for", short)
    with watched() as stood:
        started = time.monotonic()
        result = run(*CONFIRMED)
        took = time.monotonic() - started
    assert result.exit_code == 5, result.output
    assert took < 30 + stood.total
    counts = run_json("status", SLUG)["sends"][0]["counts"]
    assert counts["unknown"] == 0
    assert sum(counts.values()) == 5
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", closed_port)) != 0
    assert "resume" in result.output
    sink = serve(Sink())
    assert run("resume", SLUG, "--now").exit_code == 0
    assert len(sink.got) == len(set(sink.got)) == 5
