"""SendGrid's events: known by what happened to whom and when, whatever ids they come with or without."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError
from newsletter.feedback.event import EventKind
from newsletter.feedback.verdict import Verdict
from newsletter.feedback.webhooks.sendgrid_events import parse

AT = 1_790_000_000


def one(**fields: object) -> object:
    return parse(json.dumps([{"email": "chat@example.com", "timestamp": AT, **fields}]).encode(), received_at=AT + 5)


@pytest.mark.parametrize(
    ("fields", "kind", "verdict"),
    [
        ({"event": "processed"}, EventKind.ACCEPTED, None),
        ({"event": "delivered", "response": "250 OK"}, EventKind.DELIVERED, None),
        ({"event": "deferred", "response": "451 try later"}, EventKind.DEFERRED, None),
        (
            {"event": "bounce", "type": "bounce", "reason": "550 5.1.1 no such user", "status": "5.1.1"},
            EventKind.BOUNCED,
            Verdict.HARD,
        ),
        ({"event": "bounce", "type": "bounce", "reason": "552 5.2.2 Mailbox full"}, EventKind.BOUNCED, Verdict.SOFT),
        ({"event": "bounce", "type": "blocked", "reason": "550 unknown user"}, EventKind.BLOCKED, Verdict.POLICY),
        ({"event": "bounce", "type": "blocked", "reason": "554 spam"}, EventKind.BLOCKED, Verdict.POLICY),
        ({"event": "dropped", "reason": "Bounced Address"}, EventKind.BOUNCED, Verdict.HARD),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, EventKind.COMPLAINED, None),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, EventKind.UNSUBSCRIBED, None),
        ({"event": "dropped", "reason": "Recipient List over Package Quota"}, EventKind.BLOCKED, Verdict.POLICY),
        ({"event": "spamreport"}, EventKind.COMPLAINED, None),
        ({"event": "unsubscribe"}, EventKind.UNSUBSCRIBED, None),
        ({"event": "group_unsubscribe", "asm_group_id": 3}, EventKind.UNSUBSCRIBED, None),
    ],
)
def test_each_kind_of_event_is_read(fields, kind, verdict) -> None:
    (event,) = one(**fields)
    assert (event.kind, event.verdict, event.at) == (kind, verdict, AT)


@pytest.mark.parametrize("name", ["open", "click", "group_resubscribe", "account_status_change", "new", 7, None])
def test_what_people_read_and_click_is_never_looked_at(name) -> None:
    assert one(event=name) == []


def test_trust_68_copies_are_known_by_what_happened_not_by_their_ids() -> None:
    copies = {one(event="spamreport", sg_event_id=f"id{n}", sg_message_id="m")[0].dedupe for n in range(46)}
    assert len(copies) == 1
    assert one(event="unsubscribe")[0].dedupe not in copies
    assert one(event="spamreport", sg_message_id="other")[0].dedupe not in copies
    assert one(event="spamreport", sg_message_id="m", timestamp=AT + 1)[0].dedupe not in copies


def test_our_own_arguments_name_the_delivery() -> None:
    (event,) = one(event="delivered", newsletter_send="S12", newsletter_key="345", sg_message_id="")
    assert (event.send, event.key) == (12, 345)
    for odd in ("-1", "S-1", "1.5", "SS1", [], {}, True, "S99999999999", ""):
        (event,) = one(event="delivered", newsletter_send=odd, newsletter_key=345)
        assert (event.send, event.key) == (0, 0)


def test_a_time_that_makes_no_sense_is_that_of_the_call() -> None:
    for odd in ("tomorrow", -5, 1e300, None, "nan", []):
        assert one(event="delivered", timestamp=odd)[0].at == AT + 5


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'"x"', b"[1]", b"[[]]", b"\xff", b"[" * 100_000])
def test_a_body_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        parse(body, received_at=AT)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["event", "email", "timestamp", "reason", "status", "type", "newsletter_send", "url"])


@given(st.lists(st.dictionaries(NAMES, JSON | st.sampled_from(["bounce", "dropped", "deferred"])), max_size=5))
def test_no_types_make_it_raise(items: list[dict[str, object]]) -> None:
    parse(json.dumps(items).encode(), received_at=AT)
