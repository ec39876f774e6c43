"""The SendGrid transport against a server that answers like SendGrid and checks what it is sent."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sendgrid_lookalike import KEY, Lookalike, refusal

from newsletter.config import Config, Sender
from newsletter.config.model import Secrets
from newsletter.config.model import SendGrid as Settings
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.delivery.transports.sendgrid import open_transport
from newsletter.edition.edition import Attachment
from newsletter.edition.segments import Choice, Context, Literal, Slot
from newsletter.errors import CredentialsError, TransientError
from newsletter.issue.document import Condition

A, D, R, U = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.fixture
def make_sendgrid(tmp_path) -> Callable[..., object]:
    def make(lookalike: Lookalike | None, *, key: str = KEY, **settings: object) -> object:
        plain = {"base_url": lookalike.url if lookalike else "http://127.0.0.1:9", "timeout": 5, "batch": 10}
        secrets = Secrets(sendgrid_api_key=key)
        return open_transport(Config(root=tmp_path, sendgrid=Settings(**{**plain, **settings}), secrets=secrets))

    return make


def deliver(sendgrid, parcels: list[Parcel] | Iterator[Parcel | Pause]) -> dict[int, Receipt]:
    receipts: list[Receipt] = []
    try:
        sendgrid.deliver(iter(parcels), receipts.append)
    finally:
        assert len({receipt.key for receipt in receipts}) == len(receipts)
        deliver.last = {receipt.key: receipt for receipt in receipts}
    return deliver.last


def outcomes(receipts: dict[int, Receipt]) -> dict[int, Outcome]:
    return {key: receipt.outcome for key, receipt in sorted(receipts.items())}


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
    import dataclasses

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


def test_an_address_is_never_twice_in_a_call(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(3, address="meme@exemple.org"))
    assert set(outcomes(receipts).values()) == {A}
    assert lookalike.faults == []
    assert lookalike.calls == 3


def test_values_beyond_the_limit_are_refused_before_anybody_is_asked(
    make_sendgrid, make_edition, make_letter, make_parcels
) -> None:
    slots = tuple(Slot(expression=f"subscriber.x | default('{n}')", context=Context.HTML) for n in range(6))
    letter = make_letter(edition=make_edition(html_segments=slots))
    parcels = make_parcels(2, letter=letter)
    parcels[0].subscriber.fields["x"] = "é" * 2000  # type: ignore[index]
    with Lookalike() as lookalike:
        receipts = deliver(make_sendgrid(lookalike), [parcels[0]])
    assert outcomes(receipts) == {1: R}
    assert lookalike.calls == 0


def test_international_local_parts_are_refused_before_anybody_is_asked(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(2, address="zoé{}@exemple.org"))
    assert set(outcomes(receipts).values()) == {R}
    assert lookalike.calls == 0


def test_several_calls_are_under_way_at_once(make_sendgrid, make_parcels) -> None:
    with Lookalike(delay=0.1) as lookalike:
        deliver(make_sendgrid(lookalike, threads=4), make_parcels(90))
    assert lookalike.crowd == 4
    assert len(lookalike.mails) == 90


def test_a_refused_row_is_named_and_the_others_are_tried_again_soon(make_sendgrid, make_parcels) -> None:
    def answer(_number: int, _body: dict) -> object:
        return 400, {}, refusal("Does not contain a valid address.", "personalizations.2.to.0.email")

    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(4))
    assert outcomes(receipts) == {1: D, 2: D, 3: R, 4: D}
    assert receipts[3].text == "Does not contain a valid address."
    assert receipts[1].retry_after == 1.0
    assert receipts[1].blame is Blame.NOBODY


def test_a_refused_content_is_our_fault(make_sendgrid, make_parcels) -> None:
    answer = lambda _number, _body: (400, {}, refusal("The content value must be a string", "content.0.value"))  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(3))
    assert {(receipt.outcome, receipt.blame) for receipt in receipts.values()} == {(D, Blame.SENDER)}


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_stops_the_send(make_sendgrid, make_parcels, status) -> None:
    pulled = iter(make_parcels(100))
    answer = lambda _n, _b: (status, {}, refusal("No"))  # noqa: E731
    with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match=str(status)):
        deliver(make_sendgrid(lookalike), pulled)
    assert set(outcomes(deliver.last).values()) == {D}
    assert len(list(pulled)) == 90
    assert lookalike.calls == 1


def test_a_wrong_key_stops_the_send(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike, pytest.raises(CredentialsError):
        deliver(make_sendgrid(lookalike, key="SG.wrong"), make_parcels(1))


@pytest.mark.parametrize("key", ["", "with space", "with\nline"])
def test_a_key_that_can_not_be_one_is_never_sent(make_sendgrid, key) -> None:
    with pytest.raises(CredentialsError) as caught:
        make_sendgrid(None, key=key)
    assert not key or key not in str(caught.value)


def test_too_many_calls_are_waited_out(make_sendgrid, make_parcels) -> None:
    def answer(number: int, _body: dict) -> object:
        return (429, {"Retry-After": "1"}, refusal("too many requests")) if number == 2 else None

    with Lookalike(answer=answer) as lookalike:
        began = time.monotonic()
        receipts = deliver(make_sendgrid(lookalike, threads=1), make_parcels(40))
    assert time.monotonic() - began >= 1
    deferred = [receipt for receipt in receipts.values() if receipt.outcome is D]
    assert len(deferred) == 10
    assert {(receipt.code, receipt.blame, receipt.retry_after) for receipt in deferred} == {(429, Blame.RELAY, 1.0)}
    assert len(lookalike.mails) == 30


def test_the_time_of_a_reset_is_waited_for(make_sendgrid, make_parcels) -> None:
    answer = lambda _n, _b: (429, {"X-RateLimit-Reset": str(int(time.time()) + 40)}, None)  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(1))
    assert 35 < receipts[1].retry_after <= 40


@pytest.mark.parametrize("status", [500, 502, 503, 504, 299])
def test_a_fault_after_the_request_leaves_the_call_in_doubt(make_sendgrid, make_parcels, status) -> None:
    answer = lambda number, _body: (status, {}, None) if number == 2 else None  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike, threads=1), make_parcels(30))
    assert [key for key, receipt in receipts.items() if receipt.outcome is U] == list(range(11, 21))
    assert lookalike.calls == 3


@pytest.mark.parametrize("end", ["hang", "drop"])
def test_a_lost_answer_leaves_the_call_in_doubt_and_is_not_repeated(make_sendgrid, make_parcels, end) -> None:
    with Lookalike(answer=lambda number, _body: end if number == 2 else None) as lookalike:
        receipts = deliver(make_sendgrid(lookalike, threads=1, timeout=0.5), make_parcels(30))
    assert [key for key, receipt in receipts.items() if receipt.outcome is U] == list(range(11, 21))
    assert lookalike.calls == 3
    addresses = lookalike.recipients()
    assert len(addresses) == len(set(addresses))


def test_a_network_that_is_down_costs_one_call(make_sendgrid, make_parcels, free_port) -> None:
    pulled = iter(make_parcels(100))
    with pytest.raises(TransientError):
        deliver(make_sendgrid(None, base_url=f"http://127.0.0.1:{free_port}"), pulled)
    assert len(list(pulled)) == 90
    assert {(receipt.outcome, receipt.blame) for receipt in deliver.last.values()} == {(D, Blame.RELAY)}


@pytest.mark.parametrize("status", [307, 404, 405])
def test_what_is_no_sendgrid_is_said(make_sendgrid, make_parcels, status) -> None:
    answer = lambda _n, _b: (status, {"Location": "/x"}, None)  # noqa: E731
    with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match="base_url"):
        deliver(make_sendgrid(lookalike), make_parcels(2))
    assert set(outcomes(deliver.last).values()) == {D}


def test_in_the_sandbox_nobody_gets_anything(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike:
        sendgrid = make_sendgrid(lookalike, sandbox=True)
        assert set(outcomes(deliver(sendgrid, make_parcels(3))).values()) == {A}
    assert not sendgrid.real
    assert lookalike.mails == []


def test_outside_the_sandbox_200_is_no_acceptance(make_sendgrid, make_parcels) -> None:
    with Lookalike(answer=lambda _n, _b: (200, {}, None)) as lookalike:
        assert set(outcomes(deliver(make_sendgrid(lookalike), make_parcels(3))).values()) == {U}


def test_a_pause_sends_what_there_is_and_then_waits(make_sendgrid, make_parcels) -> None:
    one, two = make_parcels(2)

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        yield Pause(seconds=0.3)
        yield two

    seen: list[float] = []
    began = time.monotonic()
    with Lookalike() as lookalike:
        make_sendgrid(lookalike).deliver(pulled(), lambda _receipt: seen.append(time.monotonic() - began))
    assert lookalike.calls == 2
    assert seen[0] < 0.28 < seen[1]


def test_closing_from_another_thread_says_what_is_known_and_returns(make_sendgrid, make_parcels) -> None:
    with Lookalike(answer=lambda number, _body: "hang" if number > 1 else None) as lookalike:
        sendgrid = make_sendgrid(lookalike, threads=1, timeout=3)
        threading.Timer(0.5, sendgrid.close).start()
        began = time.monotonic()
        receipts = deliver(sendgrid, make_parcels(40))
        assert time.monotonic() - began < 2
    assert [receipt.outcome for _key, receipt in sorted(receipts.items())] == [A] * 10 + [U] * 10


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


def test_what_the_key_may_do_is_asked(make_sendgrid, free_port) -> None:
    with Lookalike() as lookalike:
        make_sendgrid(lookalike).check()
        with pytest.raises(CredentialsError):
            make_sendgrid(lookalike, key="SG.wrong").check()
        lookalike.scopes = ("stats.read",)
        with pytest.raises(CredentialsError, match="may not send"):
            make_sendgrid(lookalike).check()
    with pytest.raises(TransientError):
        make_sendgrid(None, base_url=f"http://127.0.0.1:{free_port}").check()


def test_the_package_never_writes_a_body_into_a_text(make_sendgrid, make_parcels, monkeypatch, caplog) -> None:
    said: list[str] = []
    import python_http_client.client as package

    monkeypatch.setattr(package._logger, "debug", said.append)  # whatever the level: what it would have said
    with Lookalike() as lookalike:
        deliver(make_sendgrid(lookalike), make_parcels(3))
    assert any(text.startswith("PAYLOAD") for text in said)
    assert "lecteur" not in "".join(said)
    assert len(lookalike.mails) == 3


def test_a_body_is_the_json_that_the_standard_library_would_write(make_letter, make_parcels) -> None:
    import dataclasses
    import json

    from newsletter.delivery.transports.sendgrid_call import Form

    letter = make_letter()
    odd = 'Zoé "l’aînée" \\ % {0} %s \U0001f389\x07; née, T'
    parcels = [
        dataclasses.replace(
            parcel, subscriber=dataclasses.replace(parcel.subscriber, name=odd if parcel.key > 1 else "")
        )
        for parcel in make_parcels(3, letter=letter)
    ]
    form = Form(letter=letter)
    (call,) = form.calls([form.row(parcel) for parcel in parcels])
    body = json.loads(call.body)
    assert call.body == json.dumps(body).encode()
    assert [each["to"][0].get("name") for each in body["personalizations"]] == [
        None,
        *['Zoé "l’aînée" \\ % {0} %s \U0001f389  née  T'] * 2,
    ]


def test_a_mail_that_is_too_large_is_refused_before_anybody_is_asked(
    make_sendgrid, make_edition, make_letter, make_parcels
) -> None:
    file = Attachment(filename="a.bin", media_type="application/octet-stream", content=bytes(23_000_000))
    with Lookalike() as lookalike:
        receipts = deliver(
            make_sendgrid(lookalike), make_parcels(2, letter=make_letter(edition=make_edition(attachments=(file,))))
        )
    assert {(receipt.outcome, receipt.blame) for receipt in receipts.values()} == {(R, Blame.SENDER)}
    assert lookalike.calls == 0


def test_a_call_is_cut_before_it_is_too_large(make_letter, make_parcels, monkeypatch) -> None:
    from newsletter.delivery.transports import sendgrid_call

    letter = make_letter()
    form = sendgrid_call.Form(letter=letter)
    rows = [form.row(parcel) for parcel in make_parcels(20, letter=letter)]
    whole = len(next(form.calls(rows)).body)
    monkeypatch.setattr(sendgrid_call, "LARGEST", whole - 1)
    made = list(form.calls(rows))
    assert [row.key for call in made for row in call.rows] == list(range(1, 21))
    assert len(made) == 2
    assert max(len(call.body) for call in made) <= whole - 1


def test_a_redirection_is_never_followed_with_the_key(make_sendgrid, make_parcels) -> None:
    with Lookalike() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            answer = lambda _n, _b, status=status: (status, {"Location": f"{elsewhere.url}/v3/mail/send"}, None)  # noqa: E731
            with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match="base_url"):
                deliver(make_sendgrid(lookalike), make_parcels(2))
            assert lookalike.heard == 1
    assert elsewhere.heard == 0
