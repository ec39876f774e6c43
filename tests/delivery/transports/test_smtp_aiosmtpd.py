"""The SMTP transport and a server that others wrote."""

from __future__ import annotations

from collections.abc import Iterator

import mail_reader
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from newsletter.config.model import Smtp as Settings
from newsletter.delivery.transports.base import Outcome, Receipt
from newsletter.delivery.transports.smtp import Smtp
from newsletter.delivery.transports.smtp_opening import Relay
from newsletter.errors import CredentialsError

#: the way to it is this machine
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


class Inbox:
    """Keeps what arrives; refuses one recipient."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802  # named by aiosmtpd
        if address.startswith("lecteur7@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  # named by aiosmtpd
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        return "250 2.0.0 Ok"


def login(server, session, envelope, mechanism, data) -> AuthResult:
    return AuthResult(success=data.login == b"us" and data.password == b"secret", handled=False)


@pytest.fixture
def inbox(free_port) -> Iterator[tuple[Inbox, int]]:
    found = Inbox()
    controller = Controller(
        found, hostname="127.0.0.1", port=free_port, auth_required=True, auth_require_tls=False, authenticator=login
    )
    controller.start()
    yield found, free_port
    controller.stop()


def send(port: int, parcels, *, password: str) -> dict[int, Outcome]:
    settings = Settings(host="127.0.0.1", port=port, security="none", username="us", connections=3)
    smtp = Smtp(Relay(settings=settings, password=password))
    receipts: list[Receipt] = []
    try:
        smtp.deliver(iter(parcels), receipts.append)
    finally:
        smtp.close()
    return {receipt.key: receipt.outcome for receipt in receipts}


def test_each_gets_their_mail_once(inbox, make_parcels) -> None:
    kept, port = inbox
    parcels = make_parcels(40)
    found = send(port, parcels, password="secret")
    assert found.pop(7) is Outcome.REFUSED
    assert set(found.values()) == {Outcome.ACCEPTED}
    assert {to[0]: content for _sender, to, content in kept.mails} == {
        parcel.subscriber.address: parcel.message().content for parcel in parcels if parcel.key != 7
    }
    assert len(kept.mails) == 39
    for _sender, _to, content in kept.mails:
        mail_reader.read(content)


def test_a_wrong_password_sends_nothing(inbox, make_parcels) -> None:
    kept, port = inbox
    with pytest.raises(CredentialsError):
        send(port, make_parcels(3), password="wrong")
    assert kept.mails == []
