"""Tests from the studio: marked, inert, to a few addresses that are kept nowhere."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from desk_client import ISSUE, PLAN, Desk, mails_of

TESTED = "essai@example.org"


def test_31_a_test_is_marked_and_its_way_out_says_that_it_is_one(desk: Desk) -> None:
    from newsletter.message.tokens import is_inert

    answer = desk.post("/test/decembre", {"addresses": f" {TESTED}\n"})
    assert answer.json()["said"] == "1 test mail handed over."
    assert answer.json()["where"] == "The mails are in var/outbox."
    [path] = mails_of(desk)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["subject"] == "[ESSAI] Décembre"
    link = re.search(r"/u/([\w-]+)", str(mail["list-unsubscribe"]))
    assert link
    assert is_inert(link[1])
    assert "S1" not in desk.get("/sends").text


def test_a_test_without_its_mark_and_as_an_invented_reader(desk: Desk) -> None:
    personas = '[[persona]]\nkey = "zoe"\nname = "Zoé"\nlang = "fr-CA"\nlists = ["membres"]\n'
    (desk.root / "subscribers" / "personas.toml").write_text(personas, encoding="utf-8")
    desk.issue(text=ISSUE.replace("# Bonjour", '# Bonjour {{ subscriber.first_name | default("vous") }}'))
    desk.studio.workshop.renew(whole=True)
    assert "Zoé" in desk.get("/test/decembre").text
    desk.post("/test/decembre", {"addresses": TESTED, "reader": "zoe", "prefix": False})
    [path] = mails_of(desk)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["subject"] == "Décembre"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Zoé" in body.get_content()


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ("", "To which address?"),
        ("pas-une-adresse", ""),
        (" ".join(f"a{number}@example.org" for number in range(11)), "at most 10"),
    ],
)
def test_a_test_to_nobody_or_to_many_is_refused(desk: Desk, addresses: str, words: str) -> None:
    answer = desk.post("/test/decembre", {"addresses": addresses})
    assert answer.status_code >= 400
    assert words in answer.json()["error"]["message"]
    assert "pas-une-adresse" not in answer.text
    assert not mails_of(desk)


def test_17_the_address_of_a_test_is_in_no_log_no_file_but_the_mail_and_no_page(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "canari.unique@example.org"
    with caplog.at_level(0):
        desk.post("/test/decembre", {"addresses": canary})
    assert canary not in caplog.text
    pages = ("/test/decembre", PLAN, "/sends", "/issues/decembre/fr-CA", "/shelf.json")
    assert not any(canary in desk.get(page).text for page in pages)
    holding = [path for path in desk.root.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]
    assert holding == mails_of(desk)
