"""Every encoder is read back by a decoder that shares nothing with it."""

from __future__ import annotations

import random
import re

import mail_reader
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import PermanentError
from newsletter.message.encode import ascii_address, encoded_words, header_text, parameter, phrase, qp_chunk, safe_text

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r")) | st.text(
    "é.= \n\t🎉aœ", max_size=300
)
one_line = texts.map(safe_text)
PHRASE = "l’été à Québec nº 3 « traite » des personnes : où ? comité – formation déjà œuvre Noël 2014 & plus"
WORDS = PHRASE.split()


def obvious(text: str) -> bytes:
    """Quoted-printable the slow way: one character at a time, deciding on each where it stands."""
    out = ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
        if number:
            out += "\r\n"
        column = 0
        raw = line.encode()
        for place in range(len(raw)):
            code = chr(raw[place])
            if not (33 <= raw[place] <= 126 and code != "=") and not (code == " " and place + 1 < len(raw)):
                code = f"={raw[place]:02X}"
            if column + len(code) > 75:
                out += "=\r\n"
                column = 0
            if code == "." and not column:
                code = "=2E"
            out += code
            column += len(code)
    return (out + ("=\r\n" if out and not out.endswith("\n") else "")).encode()


@given(texts)
def test_a_chunk_is_what_the_slow_way_makes(text: str) -> None:
    assert qp_chunk(text) == obvious(text)


@given(st.lists(texts))
def test_chunks_join_in_any_order(chunks: list[str]) -> None:
    joined = b"".join(map(qp_chunk, chunks))
    assert mail_reader.unquote(joined + b"\r\n").decode().replace("\r\n", "\n") == "".join(chunks) + "\n"
    assert all(re.fullmatch(rb"(?!\.)[\t -~]{0,76}(?<! )", line) for line in joined.split(b"\r\n"))
    assert joined == b"" or joined.endswith(b"\r\n")


def test_bare_carriage_returns_and_lone_surrogates_become_codes() -> None:
    assert qp_chunk("a\rb") == b"a=0Db=\r\n"
    assert qp_chunk("a\ud800") == b"a?=\r\n"


@given(one_line, st.integers(6, 30))
def test_a_header_text_reads_back(text: str, column: int) -> None:
    encoded = header_text(text, column=column)
    lines = (b"x" * column + encoded).split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])
    assert mail_reader.words(encoded.decode().replace("\r\n", "")) == text


def test_five_thousand_french_subjects_read_back() -> None:
    dice = random.Random(14)
    for _ in range(5000):
        text = " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 30)))
        raw = b"Subject: " + header_text(text, column=9)
        assert all(len(line) <= 76 for line in raw.split(b"\r\n"))
        assert mail_reader.words(raw.decode().replace("\r\n", "")[9:]) == text


def test_an_ascii_subject_stays_readable() -> None:
    assert header_text("Minutes of the meeting", column=9) == b"Minutes of the meeting"


@given(one_line, st.integers(4, 12))
def test_a_display_name_reads_back_as_one_mailbox(name: str, column: int) -> None:
    raw = phrase(name, column=column)
    assert all(len(line) <= 76 for line in (b"x" * column + raw).split(b"\r\n"))
    shown, address = mail_reader.mailbox(raw.decode().replace("\r\n", "") + " <a@b.example>")
    assert (shown, address) == (name, "a@b.example")


@pytest.mark.parametrize(
    "name", ["Tremblay, Zoé", 'a "b" <c> \\ d', "é" * 90, "=?utf-8?q?x?=", "x" * 300, "O'Neil (Jr.)", "a;b:c@d"]
)
def test_hard_display_names_read_back(name: str) -> None:
    shown, _ = mail_reader.mailbox(phrase(name, column=4).decode().replace("\r\n", "") + " <a@b.example>")
    assert shown == name


@given(one_line.filter(bool))
def test_a_file_name_reads_back_and_adds_no_header(name: str) -> None:
    raw = parameter("filename", name)
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert mail_reader.parameters("attachment" + raw.decode().replace("\r\n", "")) == {"filename": name}


def test_a_hostile_file_name_stays_a_file_name() -> None:
    raw = parameter("filename", 'é"\r\nBcc: x@y.example')
    assert mail_reader.parameters("attachment" + raw.decode().replace("\r\n", "")) == {
        "filename": 'é" Bcc: x@y.example'
    }


def test_a_domain_leaves_as_a_labels_and_a_local_part_as_it_is() -> None:
    assert ascii_address("zoé@québec.ca") == "zoé@xn--qubec-csa.ca"
    assert ascii_address("Zoe@Example.ORG") == "Zoe@Example.ORG"


@pytest.mark.parametrize(
    "address", ["", "zoe", "@x.org", "a@b@", "a b@x.org", "a\r\n@x.org", "a@-é-.org", "<a@b>", "a,b@c"]
)
def test_what_is_no_address_is_refused_without_saying_it(address: str) -> None:
    with pytest.raises(PermanentError) as caught:
        ascii_address(address)
    assert caught.value.__cause__ is None
    assert not address or address not in str(caught.value)


@given(st.text("é", min_size=60, max_size=200))
def test_an_encoded_word_cuts_no_letter(text: str) -> None:
    for word in encoded_words(text, column=9).split(b"\r\n "):
        assert mail_reader.words(word.decode())
