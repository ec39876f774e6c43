"""Running a confirmed send from the command line: progress, Ctrl-C, how it ended, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.cli.interrupting import if_interrupted
from newsletter.cli.progress import Show, shown
from newsletter.cli.reasonwords import reasons, refusals
from newsletter.errors import BusyError, CredentialsError, InterruptedSendError, TransientError
from newsletter.language import _, ngettext, number
from newsletter.project.words import count_line, duration

if TYPE_CHECKING:
    from newsletter.cli.run import Run
    from newsletter.delivery.run import Outcome
    from newsletter.delivery.send import Send
    from newsletter.delivery.stopping import Stop

#: seconds that the command stays for a retry without --wait
PATIENCE = 900.0
#: seconds between two looks at a send that another process runs
LOOK = 1.0
#: times that a database in use is asked again while nobody sends
TRIES = 3


def deliver(run: Run, send: Send, *, stay: bool = False) -> int:
    """Send what is due, in this process or watching the one that sends already; return the exit code.

    Raises InterruptedSendError after Ctrl-C, TransientError when some must be tried again much later.
    """
    from newsletter.delivery.stopping import Stop, signals

    text = _("Interrupted: {send} is confirmed; what became of each of its mails is kept.").format(send=send.ref)
    with if_interrupted(text, hint=_again(send)):
        with shown(run.out) as show, signals(Stop()) as stop, _advised(send):
            outcome = _delivered(run, send, show, stop, stay=float("inf") if stay else PATIENCE)
        return _ended(run, outcome)


@contextmanager
def _advised(send: Send) -> Iterator[None]:
    """Say with every fault of the other side how the send goes on once it is mended."""
    try:
        yield
    except BusyError:
        raise
    except (CredentialsError, TransientError) as error:
        error.hint = " ".join(filter(None, (error.hint, _again(send))))
        raise


def _delivered(run: Run, send: Send, show: Show, stop: Stop, *, stay: float) -> Outcome:
    """Send it here; while another process sends, watch what it does with it, and take over when it has ended."""
    from newsletter.delivery.lock import sender

    free = 0
    while True:
        try:
            return run.project.deliver(send, progress=show, stop=stop, stay=stay)
        except BusyError:
            free = free + 1 if sender(run.project.store) is None else 0
            if free > TRIES:
                raise
        if (outcome := _watch(run, send, show, stop)) is not None:
            return outcome


def told(run: Run, send: Send) -> int:
    """Say that a send was confirmed and is left to others."""
    line = _("{send} is confirmed; serve or worker sends it. Watch it with: newsletter status {send} --watch")
    content = {"id": send.ref, "issue": send.issue, "state": send.state.value, "total": send.total}
    run.out.result("send", content, [line.format(send=send.ref)])
    return 0


def _watch(run: Run, send: Send, show: Show, stop: Stop) -> Outcome | None:
    """Follow a send that another process (`serve`) may take up; None when nobody sends any more."""
    from newsletter.delivery.counts import counts
    from newsletter.delivery.lock import sender
    from newsletter.delivery.progress import Meter
    from newsletter.delivery.run import Outcome
    from newsletter.delivery.send import load_send
    from newsletter.delivery.states import SendState

    run.out.note(_("Another process sends already; it takes this one up."))
    meter, store = Meter(send), run.project.store
    while (now := load_send(store, send.id)).state is SendState.RUNNING and sender(store) is not None:
        show(meter.look(counts(store, send.id)))
        if stop.wait(LOOK):
            raise InterruptedSendError(
                _("No longer watched; the other process goes on."),
                hint=_("Watch it with: newsletter status {send} --watch").format(send=send.ref),
            )
    if now.state is SendState.RUNNING:
        return None
    return Outcome(send=now, counts=counts(store, send.id))


def _ended(run: Run, outcome: Outcome) -> int:
    """Tell how it ended; failures and doubts are exit code 1, what must wait is 5, Ctrl-C is 130."""
    send, counts = outcome.send, outcome.counts
    again = _again(send)
    why = reasons(run.project.store, send.id, counts)
    if outcome.interrupted:
        text = _("Stopped: {counts}. Nobody gets it twice.").format(counts=count_line(counts))
        raise InterruptedSendError(_sentences(text, why), hint=again)
    if outcome.next_due is not None:
        text = _("{counts}. The next can be tried in {time}.")
        text = text.format(counts=count_line(counts), time=duration(outcome.next_due))
        raise TransientError(_sentences(text, why), hint=again)
    complete = outcome.done and not (counts.failed or counts.unknown)
    lines = [f"{send.ref} {send.issue}: {count_line(counts)}"]
    if send.reason:
        lines.append(send.reason)
    lines += why
    if send.state.value in ("paused", "stopped"):
        lines.append(again)
    if counts.unknown:
        lines.append(_doubt(send, counts.unknown))
    if outcome.done and send.transport == "files":
        lines.append(_("The mails are in {folder}.").format(folder=_shown(run, send)))
    content = {"id": send.ref, "issue": send.issue, "state": send.state.value, "counts": counts.as_dict()}
    told = [{"count": each.count, "answer": each.answer} for each in refusals(run.project.store, send.id, counts)]
    run.out.result("send", {**content, "total": send.total, "refusals": told}, lines, ok=complete)
    return 0 if complete else 1


def _sentences(text: str, why: list[str]) -> str:
    return " ".join((text, *(f"{reason.rstrip('.')}." for reason in why)))


def _again(send: Send) -> str:
    return _("Go on with: newsletter resume {send}").format(send=send.ref)


def _doubt(send: Send, count: int) -> str:
    return ngettext(
        "{count} recipient is in doubt: decide with newsletter resolve {send}.",
        "{count} recipients are in doubt: decide with newsletter resolve {send}.",
        count,
    ).format(count=number(count), send=send.ref)


def _shown(run: Run, send: Send) -> str:
    return str((run.config.var / "outbox" / send.ref).relative_to(run.root))
