"""`newsletter send`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli import ceremony, faults
from newsletter.cli.frame import command as make
from newsletter.cli.interrupting import if_interrupted, nothing_sent
from newsletter.cli.run import Run
from newsletter.cli.sending import deliver, told
from newsletter.cli.times import SECONDS
from newsletter.errors import Severity
from newsletter.language import _, marked, ngettext
from newsletter.project.ceremony import agree_again, refuse_changed, warnings

if TYPE_CHECKING:
    from newsletter.project.results import Proposal


@make(
    marked(
        "Send an issue to its lists, once to each person. Or look only (--dry-run), or mail it to one (--test).\n\n"
        "A real send is confirmed by typing the issue's name, or by --confirm with the expected number. Nobody gets "
        "the same issue twice. Ctrl-C leaves a send that can be resumed."
    ),
    examples=(
        "newsletter send 2026-12 --test vous@example.org",
        "newsletter send 2026-12 --list membres --dry-run",
        "newsletter send 2026-12 --list membres --confirm 2026-12 --expect 142",
    ),
    variables=("NEWSLETTER_TRANSPORT_KIND", "NEWSLETTER_SMTP_PASSWORD", "NEWSLETTER_SENDGRID_API_KEY"),
    name="send",
)
@click.argument("issue", metavar="ISSUE")
@click.option(
    "--list", "lists", multiple=True, metavar="LIST", help=marked("For this list in place of the issue's own.")
)
@click.option(
    "--test", "tests", multiple=True, metavar="ADDRESS", help=marked("Mail it to this address only, as a test.")
)
@click.option("--as", "reader", metavar="PERSONA", help=marked("A test as this invented reader gets it."))
@click.option("--no-prefix", is_flag=True, help=marked("Do not mark the subject of a test."))
@click.option("--dry-run", is_flag=True, help=marked("Show the plan; nothing is sent or written down."))
@click.option("--plan", "number", metavar="ID", help=marked("Send exactly what this plan said, or refuse."))
@click.option("--confirm", metavar="SLUG", help=marked("The issue's name, in place of typing it."))
@click.option("--expect", type=click.IntRange(min=0), metavar="N", help=marked("The expected number of recipients."))
@click.option("--hold", type=SECONDS, metavar="TIME", help=marked("Wait before the first mail, for example 60s."))
@click.option("--canary", type=click.IntRange(min=0), metavar="N", help=marked("First send to this many and watch."))
@click.option("--again", metavar="REASON", help=marked("Also to those who have it, and why; asks once more."))
@click.option("--confirm-again", metavar="SLUG", help=marked("Agrees to --again, in place of typing it."))
@click.option("--wait", is_flag=True, help=marked("Stay until the last retry, however long it takes."))
@click.option("--detach", is_flag=True, help=marked("Confirm only; serve or worker sends it."))
def command(
    run: Run,
    issue: str,
    *,
    lists: tuple[str, ...],
    tests: tuple[str, ...],
    reader: str | None,
    no_prefix: bool,
    dry_run: bool,
    number: str | None,
    confirm: str | None,
    expect: int | None,
    hold: float | None,
    canary: int | None,
    again: str | None,
    confirm_again: str | None,
    wait: bool,
    detach: bool,
) -> int:
    """Test, plan, or confirm and send."""
    if tests:
        return _test(run, issue, tests, reader=reader, prefix=not no_prefix)
    with if_interrupted(nothing_sent()):
        proposal = run.project.plan(issue, lists=lists, again=again or "")
    grave = [finding for finding in proposal.plan.findings if finding.severity is not Severity.INFO]
    faults.tell_findings(grave, run.out.aside(), run.root)
    if dry_run:
        return _look(run, proposal)
    if proposal.plan.everybody_has_it:
        return _nothing_to_do(run, proposal)
    with if_interrupted(nothing_sent()):
        if number is not None:
            refuse_changed(run.project, proposal, number)
        _show(run, proposal)
        _agree_again(run, proposal, confirm_again)
        people = ceremony.confirmed(run, proposal.plan, confirm=confirm, expect=expect, bound=number is not None)
        send = run.project.confirm(
            proposal, expect=people, hold=_hold(run, proposal, hold), canary=_canary(run, proposal, canary)
        )
    return told(run, send) if detach else deliver(run, send, stay=wait)


def _test(run: Run, issue: str, addresses: tuple[str, ...], *, reader: str | None, prefix: bool) -> int:
    """Mail each language to each address; nothing of it stands in the ledger."""
    left = _("Interrupted: some of the test mails may have left; nobody else got anything.")
    with if_interrupted(left):
        receipts = run.project.send_test(issue, addresses, reader=reader, prefix=prefix)
    refused = [receipt for receipt in receipts if receipt.outcome != "accepted"]
    sent = len(receipts) - len(refused)
    lines = [ngettext("{count} test mail handed over.", "{count} test mails handed over.", sent).format(count=sent)]
    lines += [f"{receipt.outcome}: {receipt.code} {receipt.text}" for receipt in refused]
    run.out.result("send.test", {"issue": issue, "sent": sent, "refused": len(refused)}, lines, ok=not refused)
    return 1 if refused else 0


def _look(run: Run, proposal: Proposal) -> int:
    """Show the plan and keep it, so that it can be confirmed as it is."""
    from newsletter.project.sending import keep_plan

    plan = proposal.plan
    keep_plan(run.project, plan)
    lines = [*ceremony.screen(proposal), *(f"  {line}" for line in warnings(plan))]
    lines += ["", _("Nothing was sent. To send exactly this:"), f"  {_command(proposal)}"]
    run.out.result("send", plan.as_dict(), lines, ok=not plan.blocked)
    return 0


def _command(proposal: Proposal) -> str:
    plan = proposal.plan
    lists = "".join(f" --list {name}" for name in plan.lists)
    return f"newsletter send {plan.issue}{lists} --plan {plan.id} --confirm {plan.issue} --expect {plan.recipients}"


def _nothing_to_do(run: Run, proposal: Proposal) -> int:
    plan = proposal.plan
    line = _("Everybody has “{issue}” already: nothing was sent.").format(issue=plan.issue)
    run.out.result("send", {**plan.as_dict(), "sent": 0}, [line])
    return 0


def _show(run: Run, proposal: Proposal) -> None:
    if run.interactive:
        for line in ceremony.screen(proposal):
            run.out.note(line)


def _agree_again(run: Run, proposal: Proposal, typed: str | None) -> None:
    """Have it confirmed on its own that people get an issue twice."""
    issue = proposal.plan.issue
    if not proposal.plan.again:
        return
    if typed is None and run.interactive:
        typed = run.ask(
            _("People will get it twice. To agree, type the issue's name: {issue}").format(issue=issue) + "\n>"
        )
    agree_again(proposal.plan, typed)


def _hold(run: Run, proposal: Proposal, given: float | None) -> float:
    if given is not None:
        return given
    return run.config.transport.hold if run.interactive and proposal.order.real else 0


def _canary(run: Run, proposal: Proposal, given: int | None) -> int:
    if given is not None:
        return given
    return run.config.transport.canary if run.interactive and proposal.order.real else 0
