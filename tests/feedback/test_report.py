"""A report says what became of a send, in numbers that add up, and names nobody."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html
from sqlalchemy import update

from newsletter.delivery.send import find_send
from newsletter.feedback.applying import apply
from newsletter.feedback.charts import columns, domain_bars
from newsletter.feedback.event import Event, EventKind, Source, fingerprint
from newsletter.feedback.measures import Tone, as_csv, as_dict, as_lines, sheets
from newsletter.feedback.report import Alarm, DomainLine, Report, Returns, SendLine, report
from newsletter.feedback.report_page import as_page
from newsletter.feedback.score import DAY, Terms
from newsletter.feedback.verdict import Verdict
from newsletter.language import speaking
from newsletter.store.tables import ledger, people

AT = 1_790_000_000.0
TOLD = [
    (1, EventKind.DELIVERED, None, ""),
    (2, EventKind.BOUNCED, Verdict.HARD, "unknown_user"),
    (3, EventKind.BOUNCED, Verdict.SOFT, "mailbox_full"),
    (3, EventKind.BOUNCED, Verdict.SOFT, "expired"),
    (4, EventKind.BLOCKED, Verdict.POLICY, "spam"),
    (5, EventKind.COMPLAINED, None, ""),
    (6, EventKind.UNSUBSCRIBED, None, ""),
]


@pytest.fixture
def make_report_of(make_sent) -> Callable[..., Report]:
    """Fill a store with an earlier send and this one, and let something come back of this one."""

    def make(store, *, count: int = 20, domain_of=lambda n: "gmail.com" if n <= 12 else f"d{n}.example") -> Report:
        make_sent(store, count=count, date=AT - 90 * DAY)
        sent = make_sent(store, count=count)
        with store.write() as connection:
            for n in range(1, count + 1):
                person = people.subscriber.c.id == n
                connection.execute(update(people.subscriber).where(person).values(domain=domain_of(n)))
            mine = ledger.delivery.c.send_id == sent.send
            connection.execute(update(ledger.delivery).where(mine, ledger.delivery.c.n > 18).values(state="failed"))
            batch = ledger.send_batch.c.send_id == sent.send
            connection.execute(update(ledger.send_batch).where(batch).values(sent=count - 2, failed=2))
        events = [
            Event(
                kind=kind,
                verdict=verdict,
                reason=reason,
                source=Source.SENDGRID,
                send=sent.send,
                key=n,
                at=AT + 60,
                dedupe=fingerprint(n, kind, reason),
            )
            for n, kind, verdict, reason in TOLD
        ]
        apply(store, events, keys=sent.keys, terms=Terms())
        return report(store, find_send(store, f"S{sent.send}"))

    return make


def test_each_mail_counts_once_in_each_measure(store, make_report_of) -> None:
    found = make_report_of(store)
    assert (found.counts.sent, found.counts.failed) == (18, 2)
    told = found.returns
    assert (told.delivered, told.hard, told.soft, told.blocked, told.complained) == (1, 1, 1, 1, 1)
    assert (told.bounced, found.unsubscribed) == (2, 1)
    assert found.reasons == {"expired": 1, "mailbox_full": 1, "spam": 1, "unknown_user": 1}


def test_a_domain_that_could_name_somebody_is_counted_among_the_others(store, make_report_of) -> None:
    found = make_report_of(store)
    assert [(line.domain, line.recipients, line.refused) for line in found.domains] == [("gmail", 12, 0), ("", 8, 2)]
    assert sum(line.recipients for line in found.domains) == found.counts.total
    assert sum(line.returns.bounced for line in found.domains) == found.returns.bounced


def test_earlier_sends_to_the_same_list_stand_beside_it(store, make_report_of) -> None:
    series = make_report_of(store).series
    assert [(line.sent, line.bounced, line.complained, line.unsubscribed) for line in series] == [
        (20, 0, 0, 0),
        (18, 2, 1, 1),
    ]


def test_trust_92_the_share_of_complaints_warns_at_a_tenth_and_stops_at_three_tenths_of_a_percent(
    make_store, make_report_of
) -> None:
    found = make_report_of(make_store())
    assert (round(found.complaint_share, 3), found.alarm) == (0.056, Alarm.STOP)
    counts = found.counts
    for sent, alarm in ((334, Alarm.WARNING), (333, Alarm.STOP), (1_000, Alarm.WARNING), (1_001, Alarm.NONE)):
        changed = Report(**{**vars(found), "counts": type(counts)(sent=sent)})
        assert changed.alarm is alarm


@pytest.mark.parametrize("language", ["fr-CA", "en-CA"])
def test_every_form_holds_the_same_numbers_and_nobody(make_store, make_report_of, language) -> None:
    found = make_report_of(make_store(), domain_of=lambda n: "example.com")
    with speaking(language):
        forms = {
            "table": "\n".join(as_lines(found)),
            "csv": as_csv(found),
            "json": json.dumps(as_dict(found)),
            "html": as_page(found),
        }
        rows = list(csv.reader(io.StringIO(forms["csv"])))
        for sheet in sheets(found):
            for row in sheet.rows:
                for column, value in zip(sheet.columns, row.values, strict=True):
                    assert [sheet.title, row.name, column, str(value)] in rows
                assert row.name in forms["table"]
                assert row.name in forms["html"]
    for text in forms.values():
        assert not re.search(r"[\w.]@\w|p\d+@", text)
        assert found.send.issue in text or text == forms["csv"]


@pytest.mark.parametrize("language", ["fr-CA", "en-CA"])
def test_the_page_needs_nothing_else_and_has_a_table_under_each_chart(make_store, make_report_of, language) -> None:
    with speaking(language):
        text = as_page(make_report_of(make_store()))
    page = html.fromstring(text)
    assert page.get("lang") == language
    assert not page.xpath("//script | //link | //img | //*[@src or @href or @style]")
    assert "http" not in text.replace("http-equiv", "")
    sections = page.xpath("//section[.//svg]")
    assert len(sections) == 5
    for section in sections:
        assert all(svg.get("aria-label") for svg in section.xpath(".//svg"))
        assert len(section.xpath(".//table[caption and thead and tbody]")) == 1
        assert section.xpath(".//table")[0].getroottree().getpath(section.xpath(".//table")[0])
    assert len(page.xpath("//h1")) == 1


def test_french_numbers_and_dates_are_french(make_store, make_report_of) -> None:
    with speaking("fr-CA"):
        text = "\n".join(as_lines(make_report_of(make_store())))
    assert "21 septembre 2026" in text
    assert "5,56\xa0%" in text


def test_an_empty_send_has_a_report(make_store, make_sent) -> None:
    sent = make_sent(make_store(), count=1, state="queued")
    found = report(sent.store, find_send(sent.store, f"S{sent.send}"))
    assert (found.complaint_share, found.alarm, found.returns.bounced) == (0.0, Alarm.NONE, 0)
    assert "<h1>" in as_page(found)


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(make_store, make_report_of) -> None:
    found = make_report_of(make_store(), domain_of=lambda n: "-1.example")
    assert "'-1.example" in as_csv(found)


def test_the_first_of_a_month_is_written_as_french_writes_it(make_store, make_report_of) -> None:
    found = make_report_of(make_store())
    first = Report(**{**vars(found), "send": replace(found.send, date=datetime(2026, 12, 1, 14, tzinfo=UTC))})
    with speaking("fr-CA"):
        assert as_lines(first)[0].endswith("1er décembre 2026")
    with speaking("en-CA"):
        assert as_lines(first)[0].endswith("December 1, 2026")


def test_numbers_on_the_charts_do_not_run_into_each_other() -> None:
    def line(place: int, bounced: int) -> SendLine:
        date = datetime(2026, 1, 1, tzinfo=UTC)
        return SendLine(
            ref=f"S{place}", issue="x", date=date, sent=1_000, bounced=bounced, complained=0, unsubscribed=0
        )

    for highest, labels in ((2, 2), (10, 1), (11, 1)):
        drawn = columns("x", [line(n, 90 if n == highest else 10) for n in range(12)], "bounced", Tone.BAD)
        assert len(re.findall(r"\d[.,]\d+\s*%</text>", drawn)) == labels
        assert (">S0<" in drawn, ">S11<" in drawn, ">S5<" in drawn) == (True, True, False)
    name = "un-tres-long-domaine.organismes.example.org"
    domain = DomainLine(domain=name, recipients=9, sent=9, refused=0, returns=Returns())
    assert f"{name[:24]}…" in domain_bars("x", [domain], [name])
