"""« User unknown » is for good only where it answers the question about the user, or a code says so."""

from __future__ import annotations

import pytest

from newsletter.feedback.reading import read_message
from newsletter.feedback.stage import Stage, stage_of
from newsletter.feedback.verdict import Reason, Verdict

FIELDS = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"


def judged(raw: bytes) -> tuple[Verdict | None, str]:
    (one,) = read_message(raw).recipients
    return one.verdict, one.reason


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("said: 550 User unknown (in reply to RCPT TO command)", Stage.RECIPIENT),
        ("SMTP error from remote mail server after RCPT TO:<chat@example.com>:", Stage.RECIPIENT),
        ("192.0.2.5 does not like recipient.", Stage.RECIPIENT),
        (">>> RCPT To:<chat@example.com>\n<<< 550 no such user", Stage.RECIPIENT),
        ("said: 550 Unknown user (in reply to end of DATA command)", Stage.CONTENT),
        ("SMTP error from remote mail server after end of data:", Stage.CONTENT),
        ("192.0.2.5 failed after I sent the message.", Stage.CONTENT),
        (">>> DATA\n<<< 550 Unknown user chat@example.com", Stage.CONTENT),
        (">>> DATA\n<<< 354 go on\n<<< 550 Unknown user chat@example.com", Stage.CONTENT),
        ("SMTP error from remote mail server after MAIL FROM:<x@example.org>:", Stage.SENDER),
        ("Connected to 192.0.2.5 but my name was rejected.", Stage.SENDER),
        (">>> MAIL From:<x@example.org>\n<<< 550 no", Stage.SENDER),
        ("550 User unknown", Stage.UNKNOWN),
        (">>> DATA\n<<< 354 go on", Stage.UNKNOWN),
    ],
)
def test_the_step_is_read_from_words_and_transcripts(words, stage) -> None:
    assert stage_of(words) is stage


@pytest.mark.parametrize(
    ("text", "status", "said", "verdict", "reason"),
    [
        ("(in reply to RCPT TO command)", "5.0.0", "550 User unknown", Verdict.HARD, Reason.UNKNOWN_USER),
        ("(in reply to end of DATA command)", "5.0.0", "550 User unknown", Verdict.SOFT, Reason.FILTERED),
        (">>> DATA\n<<< 550 Unknown user", "5.2.0", "550 Unknown user", Verdict.SOFT, Reason.FILTERED),
        (">>> DATA\n<<< 550 5.1.1 User unknown", "5.1.1", "550 5.1.1 User unknown", Verdict.HARD, Reason.UNKNOWN_USER),
        ("after MAIL FROM:<x@example.org>", "5.1.0", "553 unknown user", Verdict.POLICY, Reason.SENDER),
        ("", "5.0.0", "550 User unknown", Verdict.SOFT, Reason.UNKNOWN_USER),
        ("** Address not found **", "5.0.0", "550 no such user", Verdict.HARD, Reason.UNKNOWN_USER),
        ("L’adresse n’a pas été trouvée.", "5.0.0", "550 no such user", Verdict.HARD, Reason.UNKNOWN_USER),
        ("", "5.1.1", "550 5.1.1 refused due to recipient preferences", Verdict.SOFT, Reason.FILTERED),
        ("", "5.1.1", "550 5.7.1 IP address listed by Spamhaus", Verdict.POLICY, Reason.BLOCKED),
        ("", "5.7.606", "550 5.7.606 Access denied, banned sending IP", Verdict.POLICY, Reason.BLOCKED),
        ("", "5.1.351", "550 5.1.351 Remote server returned unknown recipient", Verdict.HARD, Reason.UNKNOWN_USER),
        ("", "4.0.0", "451 the domain name was unknown host", Verdict.SOFT, Reason.TEMPORARY),
    ],
)
def test_trust_72_unknown_is_for_good_only_where_it_is_sure(make_report, text, status, said, verdict, reason) -> None:
    assert judged(make_report(FIELDS.format(status=status, said=said), text=text or "Sorry.")) == (verdict, reason)


def test_a_server_that_speaks_of_its_own_users_is_believed(make_notice) -> None:
    own = "Your message did not reach:\n\nchat@example.com on Thu, 1 Oct 2026\n    The recipient name is not recognized"
    assert judged(make_notice(own))[0] is Verdict.HARD
    quoted = "Unable to deliver to: <chat@example.com>\nServer mx.example.com failed with: 550 No such user here"
    assert judged(make_notice(quoted))[0] is Verdict.SOFT


def test_people_whom_a_transcript_names_alike_are_all_reported(make_notice) -> None:
    words = (
        "   ----- Transcript of session follows -----\n"
        "550 example.com (smtp)... 550 Host unknown\n554 <chat@example.com>... 550 Host unknown\n"
        "550 example.net (smtp)... 550 Host unknown\n554 <chien@example.net>... 550 Host unknown\n\n"
        "   ----- Unsent message follows -----\nReceived: by mx.example.net\nFrom: x\nTo: chat@example.com\n"
    )
    found = {one.address: one.verdict for one in read_message(make_notice(words)).recipients}
    assert found == {"chat@example.com": Verdict.HARD, "chien@example.net": Verdict.HARD}


def test_each_answer_of_a_transcript_is_about_its_own_person(make_notice) -> None:
    words = (
        "   ----- Transcript of session follows -----\n"
        "554 <chat@example.com>... Deferred: Connection reset by peer\n550 example.net (smtp)... 550 Host unknown\n"
        "554 <chien@example.net>... 550 Host unknown\n\n   ----- Unsent message follows -----\n"
    )
    found = {one.address: one.verdict for one in read_message(make_notice(words)).recipients}
    assert found == {"chat@example.com": Verdict.SOFT, "chien@example.net": Verdict.HARD}
