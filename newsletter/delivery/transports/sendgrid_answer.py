"""What an answer of SendGrid means for everybody in the call, and for the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Receipt
from newsletter.delivery.transports.redact import redacted
from newsletter.delivery.transports.sendgrid_call import culprits
from newsletter.errors import CredentialsError, NewsletterError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.delivery.transports.sendgrid_call import Call

OK, ACCEPTED, BAD_REQUEST, BUSY = 200, 202, 400, 429
#: the key, or the sender's address, is not accepted
_NOT_US = (401, 403)
#: there is no such thing at that address
_NOT_THERE = (301, 302, 303, 307, 308, 404, 405, 415)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back from one call, or what kept it from coming back."""

    #: HTTP status; 0: no answer
    code: int = 0
    text: str = ""
    #: the `errors` of an answer, a list of objects with `message` and `field`
    errors: object = None
    #: SendGrid's name for the request
    request: str = ""
    #: the request was not written whole: nobody can have been accepted
    unwritten: bool = False
    #: the certificate can not be trusted
    untrusted: bool = False
    #: seconds until it may be tried again, when it said so
    wait: float | None = None
    seconds: float = 0.0


def receipts(call: Call, answer: Answer, *, sandbox: bool = False) -> Iterator[Receipt]:
    """Yield what the answer means for each row of the call."""
    outcome, blame = _meaning(answer, sandbox=sandbox)
    named = culprits(answer.errors, call.rows) if answer.code == BAD_REQUEST else {}
    text = redacted(answer.request or answer.text)
    for row in call.rows:
        if row.key in named:
            yield Receipt(
                key=row.key,
                outcome=Outcome.REFUSED,
                code=answer.code,
                text=redacted(named[row.key], row.address),
                seconds=answer.seconds,
            )
        else:
            yield Receipt(
                key=row.key,
                outcome=outcome,
                code=answer.code,
                text=text,
                # the others of a call that was refused for one of them: nobody's fault, soon again
                blame=Blame.NOBODY if named else blame,
                seconds=answer.seconds,
                retry_after=1.0 if named else answer.wait,
            )


def _meaning(answer: Answer, *, sandbox: bool) -> tuple[Outcome, Blame]:
    if answer.code == ACCEPTED or (sandbox and answer.code == OK):
        return Outcome.ACCEPTED, Blame.NOBODY
    if answer.unwritten or answer.untrusted or answer.code == BUSY:
        return Outcome.DEFERRED, Blame.RELAY
    if 300 <= answer.code < 500:
        return Outcome.DEFERRED, Blame.SENDER
    return Outcome.UNKNOWN, Blame.RELAY  # 5xx, no answer, or one that is not described: it may have been taken


def failure(answer: Answer) -> NewsletterError | None:
    """Return why the whole delivery must end with this answer, if it must."""
    said = redacted(answer.text)
    if answer.untrusted:
        return CredentialsError(
            _("The certificate of SendGrid can not be trusted: {reason}.").format(reason=said),
            hint=_("Check [sendgrid] base_url and the certificates of this machine."),
        )
    if answer.code in _NOT_US:
        return CredentialsError(
            _("SendGrid does not accept us: {code} {text}").format(code=answer.code, text=said),
            hint=_(
                "Check the secret NEWSLETTER_SENDGRID_API_KEY, what the key may do, and that the sender is verified."
            ),
        )
    if answer.code in _NOT_THERE:
        return CredentialsError(
            _("There is no SendGrid at [sendgrid] base_url: {code} {text}").format(code=answer.code, text=said),
            hint=_("Leave [sendgrid] base_url out, or set https://api.eu.sendgrid.com for the European one."),
        )
    return None


def unreachable(answer: Answer) -> TransientError:
    """Return what is raised when no call reached SendGrid."""
    return TransientError(
        _("SendGrid can not be reached: {reason}.").format(reason=redacted(answer.text)),
        hint=_("Check the network and [sendgrid] base_url; what is left can be resumed."),
    )
