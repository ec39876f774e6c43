"""One call to SendGrid: its body, and what does not fit into it."""

from __future__ import annotations

import dataclasses
import json

from sendgrid_lookalike import Lookalike
from transport_driver import A, R, deliver, outcomes

from newsletter.delivery.transports import sendgrid_call
from newsletter.delivery.transports.base import Blame
from newsletter.edition.edition import Attachment
from newsletter.edition.segments import Context, Slot


def test_a_body_is_the_json_that_the_standard_library_would_write(make_letter, make_parcels) -> None:
    letter = make_letter()
    odd = 'Zoé "l’aînée" \\ % {0} %s \U0001f389\x07; née, T'
    parcels = [
        dataclasses.replace(
            parcel, subscriber=dataclasses.replace(parcel.subscriber, name=odd if parcel.key > 1 else "")
        )
        for parcel in make_parcels(3, letter=letter)
    ]
    form = sendgrid_call.Form(letter=letter)
    (call,) = form.calls([form.row(parcel) for parcel in parcels])
    body = json.loads(call.body)
    assert call.body == json.dumps(body).encode()
    assert [each["to"][0].get("name") for each in body["personalizations"]] == [
        None,
        *['Zoé "l’aînée" \\ % {0} %s \U0001f389  née  T'] * 2,
    ]


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
    letter = make_letter()
    form = sendgrid_call.Form(letter=letter)
    rows = [form.row(parcel) for parcel in make_parcels(20, letter=letter)]
    whole = len(next(form.calls(rows)).body)
    monkeypatch.setattr(sendgrid_call, "LARGEST", whole - 1)
    made = list(form.calls(rows))
    assert [row.key for call in made for row in call.rows] == list(range(1, 21))
    assert len(made) == 2
    assert max(len(call.body) for call in made) <= whole - 1
