"""At which step of the SMTP session a server said no: « unknown user » means so only where it was asked about users.

Some servers answer « unknown user » to a mail that a reader's own filter turned away, once they have read
it all; others say it for everything. So such words without a code of their own (RFC 3463 x.1.1) are sure
only in answer to RCPT, or where the reporting server speaks of its own users.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from newsletter.feedback.phrases import notice
from newsletter.feedback.verdict import VERDICTS, Judgement, Reason, Verdict, means


class Stage(StrEnum):
    """A step of the session (RFC 5321 3.3)."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    UNKNOWN = "unknown"


#: a command in a transcript, and a refusal as its answer
REFUSED = re.compile(r"^[ \t]*>>>[ \t]*(\w{4})[^\n]*(?:\n[ \t]*<<< [23][^\n]*)*\n[ \t]*<<< [45]", re.MULTILINE)
#: another server's answer, quoted
QUOTED = re.compile(r"(?<![\d.])5\d\d(?![\d.])")
COMMANDS = {
    "RCPT": Stage.RECIPIENT,
    "DATA": Stage.CONTENT,
    "MAIL": Stage.SENDER,
    "HELO": Stage.SENDER,
    "EHLO": Stage.SENDER,
}


def stage_of(text: str) -> Stage:
    """Return the step at which a report's words or transcript say that the server refused."""
    for stage in (Stage.CONTENT, Stage.RECIPIENT, Stage.SENDER):
        if notice(f"at {stage}").search(text):
            return stage
    refused = {COMMANDS.get(command.upper(), Stage.UNKNOWN) for command in REFUSED.findall(text)}
    return next((stage for stage in (Stage.RECIPIENT, Stage.CONTENT, Stage.SENDER) if stage in refused), Stage.UNKNOWN)


def doubted(found: Judgement, *, near: str, whole: str) -> Judgement:
    """Return a judgement, milder where « unknown user » is not sure.

    `near` is what a report says of this person, `whole` all that it says.
    """
    if found.verdict is not Verdict.HARD or means(found.status) is Verdict.HARD:
        return found
    stage = stage_of(near)
    if stage is Stage.UNKNOWN:
        stage = stage_of(whole)
    if stage in (Stage.SENDER, Stage.CONTENT) and found.reason is not Reason.MOVED:
        reason = Reason.SENDER if stage is Stage.SENDER else Reason.FILTERED
        return replace(found, reason=reason, verdict=VERDICTS.get(reason, Verdict.SOFT))
    asked = stage is Stage.RECIPIENT or found.reason is not Reason.UNKNOWN_USER
    if asked or not QUOTED.search(near) or notice("sure").search(whole):
        return found
    return replace(found, verdict=Verdict.SOFT)
