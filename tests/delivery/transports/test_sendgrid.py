"""The SendGrid transport against a server that answers like SendGrid and checks what it is sent."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Iterator

from calm import BOUND
from sendgrid_lookalike import KEY, Lookalike, refusal
from transport_driver import A, deliver, outcomes

from newsletter.config import Sender
from newsletter.delivery.transports.base import Parcel, Pause, Receipt
from newsletter.edition.edition import Attachment
from newsletter.edition.segments import Choice, Context, Literal, Slot
from newsletter.issue.document import Condition


def test_each_gets_one_filled_in_as_in_the_preview(make_sendgrid, make_parcels) -> None:
    parcels = make_parcels(35)
    with Lookalike() as lookalike:
        receipts = deliver(make_sendgrid(lookalike), parcels)
    assert set(outcomes(receipts).values()) == {A}
    assert receipts[1].text.startswith("request-")
    assert lookalike.faults == []
    assert lookalike.calls == 4
    mails = {mail.to["email"]: mail for mail in lookalike.mails}
    assert len(lookalike.mails) == len(mails) == 35
    for parcel in parcels:
        mail = mails[parcel.subscriber.address]
        values = parcel.letter.values(parcel.subscriber)
        assert mail.html == parcel.letter.edition.html(values)
        assert mail.text == parcel.letter.edition.text(values)
        assert mail.subject == "L’infolettre d’automne : nº 3"


def test_each_has_their_own_unsubscribe_headers_and_opaque_ids(make_sendgrid, make_parcels) -> None:
    parcels = make_parcels(3)
    with Lookalike() as lookalike:
        deliver(make_sendgrid(lookalike), parcels)
    for mail, parcel in zip(sorted(lookalike.mails, key=lambda mail: mail.to["email"]), parcels, strict=True):
        https = parcel.letter.links.unsubscribe(parcel.subscriber)
        assert mail.headers["List-Unsubscribe"].startswith(f"<{https}>, <mailto:rebonds+")
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail.headers["List-Id"].endswith("<demo.coalition.example>")
        assert mail.custom_args == {"newsletter_send": "S12", "newsletter_key": str(parcel.key)}


def test_readers_of_one_outcome_share_a_call_and_nobody_reads_what_is_not_for_them(
    make_sendgrid, make_edition, make_letter, make_parcels
) -> None:
    member = Choice(condition=Condition(lists=("membres",)), inner=(Literal(text="<p>Membres</p>"),))
    english = Choice(
        condition=Condition(languages=("en",)),
        inner=(
            Literal(text="<p>Hello "),
            Slot(expression="subscriber.name", context=Context.HTML),
            Literal(text="</p>"),
        ),
    )
    letter = make_letter(edition=make_edition(html_segments=(member, english, Literal(text="<p>Fin</p>\n"))))
    parcels = [
        dataclasses.replace(
            parcel,
            subscriber=dataclasses.replace(
                parcel.subscriber,
                lists=("membres",) if parcel.key % 2 else (),
                lang="en-CA" if parcel.key % 3 == 0 else "fr-CA",
                name="O'Neil & <fils>; Zoé, née « T »",
            ),
        )
        for parcel in make_parcels(24, letter=letter)
    ]
    with Lookalike() as lookalike:
        deliver(make_sendgrid(lookalike, batch=24), parcels)
    assert lookalike.faults == []
    assert lookalike.calls == 4
    mails = {mail.to["email"]: mail for mail in lookalike.mails}
    for parcel in parcels:
        assert mails[parcel.subscriber.address].html == letter.edition.html(letter.values(parcel.subscriber))


def test_a_subject_with_a_merge_field_is_filled_in(make_sendgrid, make_edition, make_letter, make_parcels) -> None:
    subject = (Literal(text="Bonjour "), Slot(expression="subscriber.name", context=Context.HEADER))
    with Lookalike() as lookalike:
        deliver(make_sendgrid(lookalike), make_parcels(2, letter=make_letter(edition=make_edition(subject=subject))))
    assert sorted(mail.subject for mail in lookalike.mails) == ["Bonjour Zoé 1", "Bonjour Zoé 2"]


def test_files_and_answers_go_along(make_sendgrid, make_edition, make_letter, make_imprint, make_parcels) -> None:
    bodies: list[dict] = []
    files = (
        Attachment(filename="été.png", media_type="image/png", content=b"png", cid="a@x"),
        Attachment(filename="r.ics", media_type="text/calendar; charset=utf-8", content=b"ics"),
    )
    imprint = make_imprint(sender=Sender(**{"from": "Nous <n@c.example>", "reply_to": "Vous <v@c.example>"}))
    letter = make_letter(edition=make_edition(attachments=files), imprint=imprint)
    with Lookalike(answer=lambda _number, body: bodies.append(body)) as lookalike:
        deliver(make_sendgrid(lookalike), make_parcels(1, letter=letter))
    assert lookalike.faults == []
    assert bodies[0]["reply_to"] == {"email": "v@c.example", "name": "Vous"}
    assert [each["disposition"] for each in bodies[0]["attachments"]] == ["inline", "attachment"]
    assert bodies[0]["attachments"][0]["content_id"] == "a@x"
    assert bodies[0]["attachments"][1]["type"] == "text/calendar"


def test_several_calls_are_under_way_at_once(make_sendgrid, make_parcels) -> None:
    meeting = threading.Barrier(4)

    def together(number: int, _body: dict) -> None:
        if 2 <= number <= 5:  # the first goes alone
            meeting.wait(BOUND)

    with Lookalike(answer=together) as lookalike:
        deliver(make_sendgrid(lookalike, threads=4), make_parcels(90))
    assert lookalike.crowd == 4
    assert len(lookalike.mails) == 90


def test_in_the_sandbox_nobody_gets_anything(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike:
        sendgrid = make_sendgrid(lookalike, sandbox=True)
        assert set(outcomes(deliver(sendgrid, make_parcels(3))).values()) == {A}
    assert not sendgrid.real
    assert lookalike.mails == []


def test_a_pause_sends_what_there_is_and_then_waits(make_sendgrid, make_parcels) -> None:
    one, two = make_parcels(2)

    seen: list[Receipt] = []
    waited: list[float] = []

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        deadline = time.monotonic() + BOUND
        while not seen and time.monotonic() < deadline:
            began = time.monotonic()
            yield Pause(seconds=0.3)
            waited.append(time.monotonic() - began)
        assert seen
        yield two

    with Lookalike() as lookalike:
        make_sendgrid(lookalike).deliver(pulled(), seen.append)
    assert lookalike.calls == 2
    assert min(waited) > 0.28
    assert [receipt.key for receipt in seen] == [1, 2]


def test_no_log_holds_the_key_or_an_address(make_sendgrid, make_parcels, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("python_http_client").setLevel(logging.DEBUG)
    logging.getLogger("python_http_client.client").setLevel(logging.DEBUG)
    with Lookalike(
        answer=lambda number, _b: (400, {}, refusal("bad a@b.example")) if number == 2 else None
    ) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(20))
    assert KEY not in caplog.text + repr(receipts)
    assert "@" not in caplog.text + repr(receipts)
    assert "exemple" not in caplog.text


def test_the_package_never_writes_a_body_into_a_text(make_sendgrid, make_parcels, monkeypatch, caplog) -> None:
    said: list[str] = []
    import python_http_client.client as package

    monkeypatch.setattr(package._logger, "debug", said.append)  # whatever the level: what it would have said
    with Lookalike() as lookalike:
        deliver(make_sendgrid(lookalike), make_parcels(3))
    assert any(text.startswith("PAYLOAD") for text in said)
    assert "lecteur" not in "".join(said)
    assert len(lookalike.mails) == 3
