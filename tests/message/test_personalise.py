"""Letters made out to people, read back by an independent reader and compared with the slow way."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import timeit
from email.message import EmailMessage

import mail_reader
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.lists import MailingList
from newsletter.config import Sender
from newsletter.edition.edition import Attachment
from newsletter.edition.segments import Choice, Context, Literal, Slot
from newsletter.errors import ConfigError, PermanentError
from newsletter.issue.document import Condition
from newsletter.message.links import InertLinks
from newsletter.message.personalise import open_letter

HOSTILE = '{{7*7}} {% x %} <img onerror="a()"> javascript:alert(1) \'\r\nBcc: x@y.example\r\n\r\n.\r\n'


def test_a_letter_has_each_header_once(make_letter, make_subscriber) -> None:
    mail = mail_reader.read(make_letter().to(make_subscriber(), 3).content)
    for name in ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "List-Id", "Content-Type"):
        mail.one(name)
    assert mail_reader.mailbox(mail.one("From")) == ("Coalition québécoise", "infolettre@coalition.example")
    assert mail_reader.mailbox(mail.one("To")) == ("Zoé Tremblay", "zoe@exemple.org")
    assert mail_reader.words(mail.one("Subject")) == "L’infolettre d’automne : nº 3"
    assert mail.one("Date") == "Thu, 01 Oct 2026 09:00:00 +0000"
    assert re.fullmatch(r"<[0-9a-f]{32}@coalition\.example>", mail.one("Message-ID"))


def test_text_comes_first_and_html_last_and_both_are_whole(make_letter, make_subscriber, make_edition) -> None:
    letter = make_letter()
    reader = make_subscriber()
    mail = mail_reader.read(letter.to(reader, 3).content)
    assert mail.kind == "multipart/alternative"
    assert [part.kind for part in mail.parts] == ["text/plain", "text/html"]
    link = letter.links.unsubscribe(reader)
    assert mail.parts[0].text() == f"Bonjour Zoé ! Été comme hiver.\n\nSe désabonner : {link}\n"
    assert f'<p>Bonjour Zoé ! Été comme hiver.</p><a href="{link}">' in mail.parts[1].text()


def test_the_unsubscribe_headers_are_one_line_each_with_https_first(make_letter, make_subscriber) -> None:
    """Statement 20."""
    raw = make_letter().to(make_subscriber(), 3).content.split(b"\r\n\r\n")[0].split(b"\r\n")
    unsubscribe = next(line for line in raw if line.startswith(b"List-Unsubscribe:"))
    assert re.fullmatch(
        rb"List-Unsubscribe: <https://infolettre\.coalition\.example/u/[\w-]{60}>, "
        rb"<mailto:rebonds\+[\w-]{50}@coalition\.example>",
        unsubscribe,
    )
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw


def test_machine_read_headers_hold_no_encoded_word(make_letter, make_subscriber, make_imprint) -> None:
    listed = MailingList(name="Liste d’été", title={"fr-CA": "Été à Québec, n’est-ce pas"})
    mail = mail_reader.read(make_letter(imprint=make_imprint(mailing_list=listed)).to(make_subscriber(), 1).content)
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID"):
        assert "=?" not in mail.one(name)
    title, identity = mail.one("List-Id").rsplit(" ", 1)
    assert mail_reader.words(title) == "Été à Québec, n’est-ce pas"
    assert re.fullmatch(r"<liste-d-t\.coalition\.example>", identity)


def test_a_discreet_list_is_not_named_in_its_id(make_letter, make_subscriber, make_imprint) -> None:
    listed = MailingList(name="survivantes", title={"fr-CA": "Nouvelles"}, discreet=True)
    raw = make_letter(imprint=make_imprint(mailing_list=listed)).to(make_subscriber(), 1).content
    assert b"survivantes" not in raw


def test_without_pages_or_mailbox_no_way_to_unsubscribe_is_promised(
    make_edition, make_imprint, make_subscriber
) -> None:
    links = InertLinks(base_url="", bounces_to="")
    message = open_letter(make_edition(), make_imprint(), links).to(make_subscriber(), 1)
    assert b"List-Unsubscribe" not in message.content
    assert message.return_path == "infolettre@coalition.example"


def test_only_a_mailbox_promises_no_one_click(make_edition, make_imprint, make_subscriber) -> None:
    links = InertLinks(base_url="", bounces_to="rebonds@coalition.example")
    mail = mail_reader.read(open_letter(make_edition(), make_imprint(), links).to(make_subscriber(), 1).content)
    assert mail.one("List-Unsubscribe").startswith("<mailto:rebonds+")
    assert not mail.all("List-Unsubscribe-Post")


def test_the_same_input_gives_the_same_octets(make_letter, make_subscriber) -> None:
    assert make_letter().to(make_subscriber(), 3) == make_letter().to(make_subscriber(), 3)


def test_message_ids_differ_between_deliveries_and_sends_and_stay_for_attempts(
    make_letter, make_imprint, make_subscriber
) -> None:
    reader = make_subscriber()
    one, other = make_letter(), make_letter(imprint=make_imprint(send="S13"))
    ids = {letter.to(reader, key).message_id for letter in (one, other) for key in range(500)}
    assert len(ids) == 1000
    assert one.to(reader, 4).message_id == one.to(make_subscriber(name=""), 4).message_id


def test_hostile_values_stay_text(make_edition, make_letter, make_subscriber) -> None:
    edition = make_edition(
        subject=(Literal(text="Bonjour "), Slot(expression="subscriber.name", context=Context.HEADER)),
        html_segments=(
            Slot(expression="subscriber.name", context=Context.HTML),
            Literal(text='\n<a title="'),
            Slot(expression="subscriber.name", context=Context.ATTRIBUTE),
            Literal(text='" href="'),
            Slot(expression="subscriber.name", context=Context.URL),
            Literal(text='">x</a>\n'),
        ),
        text_segments=(Slot(expression="subscriber.name", context=Context.PLAIN),),
    )
    mail = mail_reader.read(make_letter(edition=edition).to(make_subscriber(name=HOSTILE), 1).content)
    assert not mail.all("Bcc")
    flat = re.sub(r"[\r\n]+", " ", HOSTILE).strip()
    assert mail_reader.words(mail.one("Subject")) == f"Bonjour {flat}"
    assert mail_reader.mailbox(mail.one("To"))[0] == flat
    text, page = mail.parts[0].text(), mail.parts[1].text()
    assert text == edition.text({"subscriber": {"name": HOSTILE}}) + "\n"
    assert "<img" not in page
    assert re.fullmatch(r"[^\s\"'<>]*", re.search(r'href="([^"]*)">x</a>', page)[1])
    assert "&lt;img onerror=&quot;a()&quot;&gt;" in page


def test_an_address_in_a_link_may_only_be_a_mail_or_web_address(make_edition, make_letter, make_subscriber) -> None:
    slot = Slot(expression="subscriber.site", context=Context.URL)
    letter = make_letter(
        edition=make_edition(html_segments=(Literal(text='<a href="'), slot, Literal(text='">x</a>\n')))
    )
    for site, expected in (
        ("https://x.example/?a=1&b=2", "https://x.example/?a=1&amp;b=2"),
        ("javascript:alert(1)", ""),
        (" javascript:alert(1)", ""),
        ("DATA:text/html,x", ""),
    ):
        mail = mail_reader.read(letter.to(make_subscriber(fields={"site": site}), 1).content)
        assert f'<a href="{expected}">' in mail.parts[1].text()


def test_a_part_for_some_is_only_in_their_mail(make_edition, make_letter, make_subscriber) -> None:
    part = Choice(
        condition=Condition(languages=("fr",), lists=("membres",)),
        inner=(
            Literal(text="<p>Cher membre "),
            Slot(expression="subscriber.name", context=Context.HTML),
            Literal(text="</p>"),
        ),
    )
    letter = make_letter(
        edition=make_edition(html_segments=(Literal(text="<p>a</p>"), part, Literal(text="<p>b</p>\n")))
    )

    def page(**changes: object) -> str:
        return mail_reader.read(letter.to(make_subscriber(**changes), 1).content).parts[1].text()

    assert page(lists=("membres",)) == "<p>a</p><p>Cher membre Zoé Tremblay</p><p>b</p>\n"
    assert page(lists=("autres",)) == page(lists=("membres",), lang="en-CA") == "<p>a</p><p>b</p>\n"


def test_a_part_that_does_not_end_its_line_gets_an_end(make_edition, make_letter, make_subscriber) -> None:
    bare = make_edition(text_segments=(Literal(text="sans fin"),), html_segments=(Literal(text="<p>"),))
    mail = mail_reader.read(make_letter(edition=bare).to(make_subscriber(), 1).content)
    assert mail.parts[0].text() == "sans fin\n"


def test_images_stand_beside_the_html_and_files_after_both(make_edition, make_letter, make_subscriber) -> None:
    picture = Attachment(filename="été.png", media_type="image/png", content=bytes(range(256)) * 9, cid="a1@x")
    agenda = Attachment(filename="Réunion d’automne.ics", media_type="text/calendar; charset=utf-8", content=b"BEGIN")
    mail = mail_reader.read(
        make_letter(edition=make_edition(attachments=(picture, agenda))).to(make_subscriber(), 1).content
    )
    assert mail.kind == "multipart/mixed"
    assert [part.kind for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
    ]
    image, file = mail.find("image/png"), mail.find("text/calendar")
    assert image.content() == picture.content
    assert image.one("Content-ID") == "<a1@x>"
    assert image.parameters("Content-Disposition")["filename"] == "été.png"
    assert image.one("Content-Disposition").startswith("inline")
    assert file.content() == b"BEGIN"
    assert file.parameters("Content-Disposition") == {"filename": "Réunion d’automne.ics"}


def test_a_confirmation_says_that_it_is_made_by_a_machine(make_letter, make_imprint, make_subscriber) -> None:
    mail = mail_reader.read(make_letter(imprint=make_imprint(auto_generated=True)).to(make_subscriber(), 1).content)
    assert mail.one("Auto-Submitted") == "auto-generated"
    assert not mail_reader.read(make_letter().to(make_subscriber(), 1).content).all("Auto-Submitted")


def test_a_confirmation_bounces_to_nobody_without_a_mailbox_for_it(make_edition, make_imprint, make_subscriber) -> None:
    links = InertLinks(base_url="", bounces_to="")
    letter = open_letter(make_edition(), make_imprint(auto_generated=True), links)
    assert letter.to(make_subscriber(), 1).return_path == ""


def test_a_test_mail_says_so_in_its_subject(make_letter, make_imprint, make_subscriber) -> None:
    mail = mail_reader.read(
        make_letter(imprint=make_imprint(subject_prefix="[ESSAI] ")).to(make_subscriber(), 1).content
    )
    assert mail_reader.words(mail.one("Subject")) == "[ESSAI] L’infolettre d’automne : nº 3"


@pytest.mark.parametrize("sign", ["\r", "\n", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\ud800"])
def test_what_could_forge_a_header_is_refused_before_anything_is_made(make_letter, make_imprint, sign: str) -> None:
    forged = Sender(**{"from": f"Coalition{sign}Bcc: x <a@b.example>"}) if sign != "\ud800" else None
    if forged:
        with pytest.raises(ConfigError):
            make_letter(imprint=make_imprint(sender=forged))
    with pytest.raises(ConfigError):
        make_letter(imprint=make_imprint(mailing_list=MailingList(name="x", title={"fr-CA": f"a{sign}b"})))


def test_a_group_is_no_sender(make_letter, make_imprint) -> None:
    for text in ("Tous: a@b.example, c@d.example;", "a@b.example, c@d.example", "Nom", "<a@b.example> <c@d.example>"):
        with pytest.raises((ConfigError, PermanentError)):
            make_letter(imprint=make_imprint(sender=Sender(**{"from": text})))


def test_an_international_address_leaves_as_it_must(make_letter, make_subscriber) -> None:
    letter = make_letter()
    plain = letter.to(make_subscriber(address="zoe@québec.ca"), 1)
    assert plain.recipient == "zoe@xn--qubec-csa.ca"
    assert not plain.needs_smtputf8
    assert b"=?" not in mail_reader.read(plain.content).one("To").encode().split(b"<")[1]
    local = letter.to(make_subscriber(address="zoé@exemple.org"), 1)
    assert local.needs_smtputf8
    assert mail_reader.mailbox(mail_reader.read(local.content).one("To")) == ("Zoé Tremblay", "zoé@exemple.org")
    assert plain.content.isascii()


def test_a_paragraph_of_five_thousand_letters_keeps_lines_short(make_edition, make_letter, make_subscriber) -> None:
    long = "<p>" + "é" * 5000 + "x" * 5000 + "</p>\n"
    mail = mail_reader.read(
        make_letter(edition=make_edition(html_segments=(Literal(text=long),))).to(make_subscriber(), 1).content
    )
    assert mail.parts[1].text() == long


def test_names_and_addresses_are_in_no_repr(make_letter, make_subscriber) -> None:
    letter = make_letter()
    shown = repr(letter) + repr(letter.to(make_subscriber(), 1)) + repr(make_subscriber())
    assert "@" not in re.sub(r"@coalition\.example>", "", shown)
    assert "Zoé" not in shown


segments = st.recursive(
    st.builds(Literal, text=st.text("é.= \n<a🎉", max_size=90))
    | st.builds(
        Slot,
        expression=st.sampled_from(["subscriber.name", "subscriber.x", "links.web", "list.reason"]),
        context=st.sampled_from([Context.HTML, Context.ATTRIBUTE, Context.PLAIN, Context.URL]),
    ),
    lambda inner: st.builds(
        Choice,
        condition=st.sampled_from(
            [Condition(lists=("demo",)), Condition(lists=("b",)), Condition(languages=("en-CA",))]
        ),
        inner=st.lists(inner, max_size=4).map(tuple),
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(segments, max_size=8).map(tuple),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=120),
)
def test_a_letter_says_what_the_preview_says(make_edition, make_letter, make_subscriber, parts, name) -> None:
    letter = make_letter(edition=make_edition(html_segments=parts, text_segments=(Literal(text="t\n"),)))
    reader = make_subscriber(name=name, fields={"x": f"{name}<&>"})
    message = letter.to(reader, 9)
    page = mail_reader.read(message.content).parts[1].text()
    expected = letter.edition.html(letter.values(reader))
    last = parts[-1] if parts else None
    assert page == expected + ("" if isinstance(last, Literal) and last.text.endswith("\n") else "\n")
    assert message.content.endswith(
        b"\r\n\r\n--" + mail_reader.read(message.content).parameters("Content-Type")["boundary"].encode() + b"--\r\n"
    )
    assert b"\n." not in message.content
    assert message.content == letter.to(dataclasses.replace(reader), 9).content


def test_making_a_mail_out_costs_a_tenth_of_the_usual_way(make_letter, make_subscriber, make_edition) -> None:
    body = "<p>Ligne de texte accentuée, été comme hiver.</p>\n" * 600
    letter = make_letter(edition=make_edition(html_segments=(*make_edition().html_segments, Literal(text=body))))
    reader = make_subscriber()

    def usual() -> None:
        message = EmailMessage()
        message.set_content(body, subtype="html")
        message.as_bytes()

    ours, theirs = [], []
    for _round in range(10):  # in turn, so that other work on the machine meets both
        ours.append(timeit.timeit(lambda: letter.to(reader, 5), number=20) / 20)
        theirs.append(timeit.timeit(usual, number=2) / 2)
    assert min(ours) < min(theirs) / 10


def test_making_messages_needs_neither_database_nor_provider() -> None:
    code = (
        "import sys, newsletter.message; "
        "bad = {'sqlalchemy', 'sendgrid', 'asyncio'} & set(sys.modules); "
        "sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
