"""Replies read from octets, whatever they are and however they are cut; what may be kept of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.transports.redact import KEPT, redacted
from newsletter.delivery.transports.smtp_flight import stuffed
from newsletter.delivery.transports.smtp_opening import capabilities
from newsletter.delivery.transports.smtp_reply import Reply, ReplyReader

replies = st.lists(
    st.tuples(
        st.integers(200, 599),
        st.lists(st.binary(max_size=30).map(lambda b: b.translate(None, b"\r\n")), min_size=1, max_size=4),
    ),
    max_size=8,
)


def written(code: int, lines: list[bytes]) -> bytes:
    last = len(lines) - 1
    return b"".join(b"%d%b%b\r\n" % (code, b" " if n == last else b"-", line) for n, line in enumerate(lines))


@given(replies, st.integers(1, 40))
def test_replies_are_read_however_they_are_cut(made, size: int) -> None:
    octets = b"".join(written(code, lines) for code, lines in made)
    reader = ReplyReader()
    found = [reply for at in range(0, len(octets), size) for reply in reader.feed(octets[at : at + size])]
    assert found == [Reply(code, tuple(lines)) for code, lines in made]
    assert not reader.pending


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_anything_else_is_nonsense_and_nothing_worse(pieces: list[bytes]) -> None:
    reader = ReplyReader()
    for piece in pieces:
        for reply in reader.feed(piece):
            assert 100 <= reply.code <= 999
            assert isinstance(reply.text, str)
            assert isinstance(reply.status, str)


def test_replies_before_nonsense_still_count() -> None:
    reader = ReplyReader()
    assert len(reader.feed(b"250 Ok\r\n")) == 1
    assert not reader.nonsense
    assert len(reader.feed(b"250 Ok\r\n\r\nwhat\r\n")) == 1
    assert reader.nonsense


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_answer_to_ehlo_is_read(lines: list[bytes]) -> None:
    capabilities(Reply(250, (b"relay", *lines)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 <zoe@exemple.org>: unknown", "550 <…>: unknown"),
        ("user=zoe%40exemple.org", "…"),
        ("for zoe=40exemple.org now", "for … now"),
        ('a@b, c@d; (e@f) [g@h] "i@j"', '…, …; (…) […] "…"'),
        ("2.0.0 Ok: queued as 4F3A40", "2.0.0 Ok: queued as 4F3A40"),
        ("two\r\nlines\x00", "two lines "),
    ],
)
def test_no_address_is_kept(text: str, kept: str) -> None:
    assert redacted(text) == kept


def test_what_is_named_is_taken_out_and_texts_are_short() -> None:
    assert redacted("no mailbox zoe here", "zoe", "") == "no mailbox … here"
    assert len(redacted("x" * 5000)) == KEPT


@given(st.binary(max_size=300).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"\r\n")))
def test_dots_of_others_are_doubled_and_come_back(content: bytes) -> None:
    wire = stuffed(content)
    assert b"\r\n.\r\n" not in wire
    assert not wire.startswith(b".\r\n")
    assert wire.endswith(b"\r\n")
    back = b"".join(
        line.removeprefix(b".") if line.startswith(b"..") else line for line in wire.splitlines(keepends=True)
    )
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    assert back == whole
