"""A domain as the world knows it, played by a table: no test asks the real one."""

from dataclasses import dataclass, field

import pytest

from newsletter.project.dns import examine_domain

GOOD = {
    "example.org": ["v=spf1 include:sendgrid.net -all"],
    "sendgrid.net": ["v=spf1 ip4:192.0.2.1 -all"],
    "s1._domainkey.example.org": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.example.org": ["v=DMARC1; p=quarantine"],
}


@dataclass
class Table:
    """A resolver that knows what it was told."""

    records: dict = field(default_factory=dict)
    mail: bool = True

    def texts(self, name):
        return self.records.get(name, [])

    def has_mail(self, name):
        return self.mail


@pytest.fixture
def examined(make_project):
    sender = "[sender.a]\nfrom = 'A <a@example.org>'\n"
    config = make_project(sender, NEWSLETTER_TRANSPORT_KIND="sendgrid").config

    def examine(**changes):
        table = Table({**GOOD, **changes.pop("records", {})}, **changes)
        return list(examine_domain(config, table))

    return examine


def test_a_domain_with_everything_is_well(examined):
    assert {diagnosis.health for diagnosis in examined()} == {"good"}


@pytest.mark.parametrize(
    ("records", "word", "record"),
    [
        ({"example.org": []}, "SPF", 'example.org. TXT "v=spf1 include:sendgrid.net -all"'),
        ({"example.org": ["v=spf1 a -all", "v=spf1 mx -all"]}, "several", ""),
        ({"example.org": ["v=spf1 mx -all"]}, "provider", 'example.org. TXT "v=spf1 include:sendgrid.net mx -all"'),
        ({"s1._domainkey.example.org": []}, "DKIM", 's1._domainkey.example.org. TXT "v=DKIM1; k=rsa; p=…"'),
        ({"_dmarc.example.org": []}, "DMARC", "_dmarc.example.org. TXT"),
        ({"_dmarc.example.org": ["v=DMARC1; p=none"]}, "DMARC", ""),
    ],
)
def test_what_is_missing_comes_with_the_record_to_paste(examined, records, word, record):
    """Statement 91."""
    [wrong] = [diagnosis for diagnosis in examined(records=records) if diagnosis.health != "good"]
    assert word in wrong.what
    assert wrong.record.startswith(record)


def test_an_spf_record_that_asks_for_too_much_is_told(examined):
    many = {f"n{n}.example": [f"v=spf1 include:n{n + 1}.example a mx -all"] for n in range(9)}
    found = examined(records={"example.org": ["v=spf1 include:sendgrid.net include:n0.example -all"], **many})
    assert any("asks for" in diagnosis.what for diagnosis in found)


def test_an_spf_record_in_a_circle_ends(examined):
    circle = {"example.org": ["v=spf1 include:sendgrid.net include:example.org -all"]}
    assert all(diagnosis.health == "good" for diagnosis in examined(records=circle))


def test_answers_need_somewhere_to_go(examined):
    assert any("nowhere" in diagnosis.what for diagnosis in examined(mail=False))
