"""Signed tokens: fixed length, opaque, one purpose each, rotating keys; forged ones are nobody's."""

from __future__ import annotations

import base64
import hmac
import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Keys
from newsletter.errors import ConfigError
from newsletter.message.links import (
    InertLinks,
    Purpose,
    ReturnPath,
    SignedLinks,
    is_inert,
    list_key,
    read_address,
    read_return_path,
    read_token,
)
from newsletter.message.mac import Mac
from newsletter.message.tokens import WebVersion, inert, read_return, read_web, sign, sign_mail, sign_return

KEYS = Keys(signing=(b"n" * 32, b"o" * 32), suppression=b"s" * 32)
LIST = list_key("demo", KEYS)
subscriber_keys = st.text("0123456789abcdef", min_size=32, max_size=32)
LINK = {Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.CONFIRM, Purpose.WEB}


def token(purpose: Purpose = Purpose.UNSUBSCRIBE, keys: Keys = KEYS, subscriber: str = "0f" * 16) -> str:
    return sign(purpose, subscriber_key=subscriber, list_key=LIST, keys=keys)


@given(subscriber_keys, st.sampled_from(sorted(LINK)))
def test_what_was_signed_is_read(subscriber: str, purpose: Purpose) -> None:
    made = token(purpose, subscriber=subscriber)
    assert re.fullmatch(r"[A-Za-z0-9_-]{60}", made)
    read = read_token(made, KEYS)
    assert read is not None
    assert (read.purpose, read.subscriber_key, read.list_key) == (purpose, subscriber, LIST)
    assert subscriber not in repr(read)


@given(subscriber_keys, st.integers(0, 359), st.sampled_from(sorted(LINK)))
def test_one_changed_bit_is_a_forgery(subscriber: str, bit: int, purpose: Purpose) -> None:
    raw = bytearray(base64.urlsafe_b64decode(token(purpose, subscriber=subscriber)))
    raw[bit // 8] ^= 1 << (bit % 8)
    assert read_token(base64.urlsafe_b64encode(raw).decode(), KEYS) is None


@given(st.text(max_size=70) | st.text(string.ascii_letters + "-_=+/.", min_size=50, max_size=61))
def test_anything_else_is_nobody(text: str) -> None:
    assert read_token(text, KEYS) is None
    assert read_return_path(text, KEYS) is None
    assert read_address(text, KEYS) is None
    assert not is_inert(text)


def test_a_token_is_good_for_its_purpose_only() -> None:
    """Statement 25."""
    for made in LINK:
        for wanted in LINK:
            assert (read_token(token(made), KEYS, purpose=wanted) is not None) == (made is wanted)


def test_old_keys_still_verify_and_strange_ones_do_not() -> None:
    """Statements 26 and 90: a rotation ends no link that was mailed."""
    old = Keys(signing=(b"o" * 32,), suppression=b"s" * 32)
    strange = Keys(signing=(b"x" * 32,), suppression=b"s" * 32)
    assert read_token(token(keys=old), KEYS) is not None
    assert read_token(token(keys=strange), KEYS) is None
    assert token(keys=old) != token(keys=KEYS)


def test_a_list_keeps_its_key_when_signing_keys_change() -> None:
    later = Keys(signing=(b"z" * 32,), suppression=b"s" * 32)
    assert list_key("demo", later) == LIST
    assert list_key("autre", KEYS) != LIST
    assert "demo" not in LIST


def test_inert_tokens_look_the_same_and_are_nobodys() -> None:
    for purpose in LINK:
        assert len(inert(purpose)) == len(token(purpose))
        assert read_token(inert(purpose), KEYS) is None
        assert is_inert(inert(purpose))
        assert not is_inert(token(purpose))


def test_no_address_holds_anything_personal(links, make_subscriber) -> None:
    reader = make_subscriber(id=424242, address="zoe.tremblay@exemple.org", name="Zoé Tremblay")
    made = " ".join(
        (
            links.unsubscribe(reader),
            links.preferences(reader),
            links.confirm(reader),
            links.web("fr-CA"),
            links.archive(),
            links.mailto(reader),
            links.return_path(reader, 17),
        )
    )
    for word in ("zoe", "tremblay", "exemple", "424242", "demo", reader.key):
        assert word not in made.lower()


def test_links_stand_where_the_pages_are(links, make_subscriber) -> None:
    reader = make_subscriber()
    base = "https://infolettre.coalition.example"
    assert re.fullmatch(base + r"/u/[\w-]{60}", links.unsubscribe(reader))
    assert re.fullmatch(base + r"/p/[\w-]{60}", links.preferences(reader))
    assert re.fullmatch(base + r"/c/[\w-]{60}", links.confirm(reader))
    assert re.fullmatch(base + r"/v/[\w-]{44}", links.web("fr-CA"))
    assert links.archive() == f"{base}/archives/"


def test_a_page_that_does_not_exist_has_no_link(keys, make_subscriber) -> None:
    reader = make_subscriber()
    bare = SignedLinks(base_url="https://x.example/", keys=keys, mailing_list="demo", send=3)
    assert bare.unsubscribe(reader).startswith("https://x.example/u/")
    assert bare.preferences(reader) == bare.web("fr-CA") == bare.archive() == ""
    nowhere = SignedLinks(base_url="", keys=keys, mailing_list="demo", pages=("unsubscribe", "web", "archive"), send=3)
    assert nowhere.unsubscribe(reader) == nowhere.web("fr-CA") == nowhere.archive() == nowhere.confirm(reader) == ""


def test_inert_links_are_as_long_as_real_ones(links, make_subscriber) -> None:
    reader = make_subscriber()
    inert_links = InertLinks(base_url=links.base_url, bounces_to=links.bounces_to, pages=links.pages)
    for name in ("unsubscribe", "preferences", "mailto"):
        assert len(getattr(inert_links, name)(reader)) == len(getattr(links, name)(reader))
    assert len(inert_links.web("fr-CA")) == len(links.web("fr-CA"))
    assert is_inert(inert_links.web("fr-CA").rpartition("/")[2])
    assert len(inert_links.return_path(reader, 3)) == len(links.return_path(reader, 3))
    assert inert_links.archive() == links.archive()
    assert read_return_path(inert_links.return_path(reader, 3), links.keys) is None
    assert read_address(inert_links.mailto(reader), links.keys) is None


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_bounce_tells_whose_it_is_even_after_a_change_of_case(send: int, key: int) -> None:
    links = SignedLinks(base_url="", keys=KEYS, mailing_list="demo", send=send, bounces_to="rebonds@coalition.example")
    address = links.return_path(None, key)  # type: ignore[arg-type]  # the reader does not matter
    local = address.partition("@")[0]
    assert len(local) <= 64
    assert read_return_path(address, KEYS) == ReturnPath(send=send, key=key)
    assert read_return_path(f"<{address.upper()}>", KEYS) == ReturnPath(send=send, key=key)
    assert read_return_path(address.replace(local[-2], "a" if local[-2] != "a" else "b"), KEYS) is None


def test_without_a_mailbox_or_send_bounces_have_no_address_of_their_own(keys, make_subscriber) -> None:
    assert SignedLinks(base_url="", keys=keys, mailing_list="demo", send=3).return_path(make_subscriber(), 1) == ""
    plain = SignedLinks(base_url="", keys=keys, mailing_list="demo", bounces_to="r@x.example")
    assert plain.return_path(make_subscriber(), 1) == ""


@given(subscriber_keys)
def test_writing_to_an_address_unsubscribes(subscriber: str) -> None:
    """Statement 28."""
    made = sign_mail(subscriber_key=subscriber, list_key=LIST, keys=KEYS)
    read = read_address(f"mailto:rebonds+{made}@coalition.example", KEYS)
    assert read is not None
    assert read.subscriber_key == subscriber
    assert read.is_of(LIST)
    assert not read.is_of(list_key("autre", KEYS))
    assert read_token(made, KEYS, purpose=Purpose.UNSUBSCRIBE) is None


def test_a_mailbox_whose_name_leaves_no_room_has_no_such_addresses(keys, make_subscriber) -> None:
    long = SignedLinks(base_url="", keys=keys, mailing_list="demo", send=1, bounces_to=f"{'r' * 30}@x.example")
    assert long.mailto(make_subscriber()) == long.return_path(make_subscriber(), 1) == ""


@pytest.mark.parametrize("address", ["r", "r@", "a\r\nRCPT TO:<x@y>@z", "r <r@x.example>"])
def test_a_mailbox_for_bounces_must_be_an_address(keys, address) -> None:
    with pytest.raises(ConfigError, match="return_path"):
        SignedLinks(base_url="", keys=keys, mailing_list="demo", bounces_to=address)


def test_keys_are_in_no_repr(links) -> None:
    assert "nnnn" not in repr(links)
    assert "rebonds" not in repr(links)


@given(st.binary(max_size=150), st.binary(max_size=200))
def test_a_prepared_key_makes_the_same_codes_as_the_standard_library(key: bytes, text: bytes) -> None:
    assert Mac(key)(text) == hmac.digest(key, text, "sha256")


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_return_path_is_base32_in_small_letters(send: int, key: int) -> None:
    made = sign_return(send=send, key=key, keys=KEYS)
    assert base64.b32encode(base64.b32decode(made.upper())).decode().lower() == made
    assert read_return(made, KEYS) == ReturnPath(send=send, key=key)


def test_a_web_version_is_the_same_for_all_readers_and_differs_by_send_and_language(links, keys) -> None:
    """Statement 25: nobody is known by an address that is passed on."""
    token = links.web("fr-CA").rpartition("/")[2]
    assert read_web(token, keys) == WebVersion(send=12, lang="fr-CA")
    assert links.web("en-CA") != links.web("fr-CA")
    assert replace(links, send=13).web("fr-CA") != links.web("fr-CA")
    assert replace(links, mailing_list="membres").web("fr-CA") == links.web("fr-CA")
    for at, character in enumerate(token):
        other = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        assert read_web(other, keys) is None, at
    assert read_web(token, Keys(signing=(b"other" * 8, *keys.signing), suppression=b"s" * 32)) is not None
    for strange in (
        "",
        "x",
        "é" * 44,
        "A" * 44,
        token[:-1],
        sign(Purpose.UNSUBSCRIBE, subscriber_key="0" * 32, list_key=LIST, keys=keys),
    ):
        assert read_web(strange, keys) is None


def test_what_is_no_send_has_no_web_version(links) -> None:
    assert replace(links, send=0).web("fr-CA") == ""
