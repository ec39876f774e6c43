"""What every transport promises, asked of each of them."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mail_reader
import pytest
from calm import until
from scripted_relay import ScriptedRelay
from sendgrid_lookalike import KEY, Lookalike

from newsletter.config import Config
from newsletter.config.model import Secrets, SendGrid, Smtp
from newsletter.delivery.transports import load_transport, transports
from newsletter.delivery.transports.base import Outcome, Parcel, Pause, Receipt, Transport
from newsletter.delivery.transports.console import console
from newsletter.errors import ConfigError

DOCS = Path(__file__).parents[2] / "docs"


@dataclass
class Way:
    """A transport, and how to see what came out at its other end."""

    transport: Transport
    #: the mails by recipient
    arrived: Callable[[], dict[str, bytes]]
    #: what should have arrived
    made: Callable[[Parcel], bytes] = lambda parcel: parcel.message().content
    receipts: list[Receipt] = field(default_factory=list)

    def send(self, parcels: Iterator[Parcel | Pause] | list[Parcel]) -> list[Receipt]:
        self.transport.deliver(iter(parcels), self.receipts.append)
        return self.receipts


def _read(folder: Path, pattern: str) -> dict[str, bytes]:
    found = {}
    for path in folder.glob(pattern):
        raw = path.read_bytes()
        found[mail_reader.mailbox(mail_reader.read(raw).one("To"))[1]] = raw
    return found


def _files(tmp_path: Path, _stack: ExitStack) -> Way:
    transport = load_transport("files", Config(root=tmp_path))
    return Way(transport, lambda: _read(tmp_path, "var/outbox/S12/*.eml"))


def _maildir(tmp_path: Path, _stack: ExitStack) -> Way:
    transport = load_transport("maildir", Config(root=tmp_path))

    def arrived() -> dict[str, bytes]:
        raw = _read(tmp_path, "var/maildir/new/*")
        return {to: mail.split(b"\r\n", 2)[2] for to, mail in raw.items()}

    return Way(transport, arrived)


def _memory(tmp_path: Path, _stack: ExitStack) -> Way:
    transport = load_transport("memory", Config(root=tmp_path))
    return Way(transport, lambda: {kept.message.recipient: kept.message.content for kept in transport.kept})


def _smtp(tmp_path: Path, stack: ExitStack) -> Way:
    relay = stack.enter_context(ScriptedRelay())
    settings = Smtp(host="127.0.0.1", port=relay.port, security="none", connections=3, helo="us.example")
    transport = load_transport("smtp", Config(root=tmp_path, smtp=settings))
    return Way(transport, lambda: {mail.recipient: mail.content for mail in relay.accepted})


def _sendgrid(tmp_path: Path, stack: ExitStack) -> Way:
    lookalike = stack.enter_context(Lookalike())
    config = Config(
        root=tmp_path,
        sendgrid=SendGrid(base_url=lookalike.url, batch=4, threads=3, timeout=60),
        secrets=Secrets(sendgrid_api_key=KEY),
    )

    def made(parcel: Parcel) -> bytes:
        return parcel.letter.edition.html(parcel.letter.values(parcel.subscriber)).encode()

    transport = load_transport("sendgrid", config)
    return Way(transport, lambda: {mail.to["email"]: mail.html.encode() for mail in lookalike.mails}, made)


def _console(_tmp_path: Path, _stack: ExitStack) -> Way:
    stream = io.StringIO()

    def arrived() -> dict[str, bytes]:
        _nothing, *shown = re.split(r"^===== S12 \d+ =====\n", stream.getvalue(), flags=re.MULTILINE)
        found = [text.replace("\n", "\r\n").encode() for text in shown]
        return {mail_reader.mailbox(mail_reader.read(raw).one("To"))[1]: raw for raw in found}

    return Way(console(stream), arrived)


def _guide(tmp_path: Path, _stack: ExitStack) -> Way:
    """The transport of the guide, with a program in the place of sendmail that keeps what it is given."""
    module: dict[str, Any] = {}
    exec(compile(guide_code("en/guides/write-a-transport.md"), "our_sendmail.py", "exec"), module)
    script = tmp_path / "sendmail.sh"
    script.write_text('#!/bin/sh\nfor to; do :; done\ncat > "$(dirname "$0")/$to.eml"\n')
    script.chmod(0o700)
    return Way(module["Sendmail"]([str(script)]), lambda: _read(tmp_path, "*.eml"))


def guide_code(name: str) -> str:
    """The Python of a guide."""
    return "".join(re.findall(r"^```python\n(.*?)^```$", (DOCS / name).read_text(encoding="utf-8"), re.M | re.S))


WAYS = {
    "console": _console,
    "files": _files,
    "guide": _guide,
    "maildir": _maildir,
    "memory": _memory,
    "sendgrid": _sendgrid,
    "smtp": _smtp,
}


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with ExitStack() as stack:
        made = WAYS[request.param](tmp_path, stack)
        stack.callback(lambda: made.transport.close())
        yield made


def test_each_parcel_arrives_once_as_it_was_made(way: Way, make_parcels) -> None:
    parcels = make_parcels(25)
    receipts = way.send(parcels)
    assert sorted(receipt.key for receipt in receipts) == list(range(1, 26))
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert way.arrived() == {parcel.subscriber.address: way.made(parcel) for parcel in parcels}


def test_nothing_to_send_is_no_fault(way: Way) -> None:
    assert way.send([]) == []
    assert way.arrived() == {}


def test_it_may_be_used_again(way: Way, make_parcels) -> None:
    parcels = make_parcels(6)
    way.send(parcels[:3])
    way.send(parcels[3:])
    assert len(way.arrived()) == len(way.receipts) == 6


def test_at_most_one_is_pulled_ahead_of_each_in_flight(way: Way, make_parcels) -> None:
    ahead: list[int] = []

    def pulled() -> Iterator[Parcel]:
        for number, parcel in enumerate(make_parcels(60), 1):
            ahead.append(number - len(way.receipts))
            yield parcel

    way.send(pulled())
    assert max(ahead) <= 2 * way.transport.in_flight


def test_pulls_and_reports_come_from_the_calling_thread(way: Way, make_parcels) -> None:
    threads: set[int] = set()

    def pulled() -> Iterator[Parcel]:
        for parcel in make_parcels(9):
            threads.add(threading.get_ident())
            yield parcel

    way.transport.deliver(pulled(), lambda _receipt: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_a_pause_is_waited_for(way: Way, make_parcels) -> None:
    one, two, three = make_parcels(3)
    way.send(iter([one, Pause(seconds=0.02), two, Pause(seconds=0), three]))
    assert len(way.arrived()) == 3


def test_an_address_that_can_not_be_reached_is_refused_and_the_others_get_theirs(way: Way, make_parcels) -> None:
    bad = make_parcels(1, address="pas une adresse{}")[0]
    receipts = way.send([*make_parcels(4)[1:], bad])
    assert {receipt.key: receipt.outcome for receipt in receipts} == {
        1: Outcome.REFUSED,
        **dict.fromkeys((2, 3, 4), Outcome.ACCEPTED),
    }
    assert len(way.arrived()) == 3


def test_no_receipt_names_anybody(way: Way, make_parcels) -> None:
    receipts = way.send([*make_parcels(3), make_parcels(1, address="pas une @ adresse{}")[0]])
    assert "@" not in repr(receipts)


def test_a_fault_of_the_iterator_is_raised_and_nothing_is_lost(way: Way, make_parcels) -> None:
    parcels = make_parcels(3)

    def pulled() -> Iterator[Parcel]:
        yield from parcels
        raise RuntimeError("the ledger is gone")

    with pytest.raises(RuntimeError, match="ledger"):
        way.send(pulled())
    assert sorted(receipt.key for receipt in way.receipts) == [1, 2, 3]


def test_a_letter_that_can_not_be_made_out_is_our_fault_and_costs_nobody(way: Way, make_parcels) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("the letter is broken")

    one, two, three = make_parcels(3)
    with pytest.raises(RuntimeError, match="broken"):
        way.send([one, dataclasses.replace(two, letter=Broken()), three])
    found = {receipt.key: receipt for receipt in way.receipts}
    assert found[2].outcome is Outcome.DEFERRED
    assert found.get(1, found[2]).outcome in (Outcome.ACCEPTED, Outcome.DEFERRED)
    assert 3 not in found or len(way.arrived()) == len(found) - 1


def test_closing_twice_is_no_fault_and_it_may_be_opened_again(way: Way, make_parcels) -> None:
    way.send(make_parcels(1))
    way.transport.close()
    way.transport.close()
    way.send(make_parcels(2)[1:])
    assert len(way.arrived()) == 2


def test_closing_from_another_thread_ends_a_pause(way: Way, make_parcels) -> None:
    one, two = make_parcels(2)

    def close() -> None:
        until(lambda: way.receipts)
        way.transport.close()

    closing = threading.Thread(target=close)

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        closing.start()
        yield Pause(seconds=600)
        yield two

    way.transport.deliver(pulled(), way.receipts.append)
    closing.join()
    assert {receipt.key: receipt.outcome for receipt in way.receipts}[1] is Outcome.ACCEPTED
    assert len(way.arrived()) == 1


def test_both_guides_show_the_same_transport() -> None:
    assert guide_code("en/guides/write-a-transport.md") == guide_code("fr/guides/ecrire-un-transport.md")


@pytest.mark.parametrize(
    ("code", "outcome"), [(0, Outcome.ACCEPTED), (75, Outcome.DEFERRED), (67, Outcome.REFUSED), (-9, Outcome.UNKNOWN)]
)
def test_the_guides_transport_reads_exit_codes(tmp_path: Path, make_parcels, code: int, outcome: Outcome) -> None:
    module: dict[str, Any] = {}
    exec(compile(guide_code("fr/guides/ecrire-un-transport.md"), "our_sendmail.py", "exec"), module)
    script = tmp_path / "sendmail.sh"
    script.write_text(f"#!/bin/sh\ncat > /dev/null\n{'kill -9 $$' if code < 0 else f'exit {code}'}\n")
    script.chmod(0o700)
    receipts: list[Receipt] = []
    module["Sendmail"]([str(script)]).deliver(iter(make_parcels(1)), receipts.append)
    assert [receipt.outcome for receipt in receipts] == [outcome]


def test_every_shipped_transport_is_known() -> None:
    assert {"console", "files", "maildir", "memory", "sendgrid", "smtp"} <= set(transports())


def test_an_unknown_transport_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_transport("fils", Config(root=tmp_path))
    assert "files" in caught.value.hint


def test_an_entry_point_brings_a_transport(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "site" / "ours-1.0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
    (made / "entry_points.txt").write_text("[newsletter.transports]\npigeon = pigeon_transport:open_transport\n")
    (made.parent / "pigeon_transport.py").write_text(
        "from newsletter.delivery.transports.memory import Memory\n\ndef open_transport(config):\n    return Memory()\n"
    )
    monkeypatch.syspath_prepend(os.fspath(made.parent))
    assert "pigeon" in transports()
    assert load_transport("pigeon", Config(root=tmp_path)).name == "memory"
