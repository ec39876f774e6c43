"""Sending in this process: the run of a send, and mails to oneself that leave no trace in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from newsletter.audience.lists import MailingList
from newsletter.delivery.transports.base import Parcel, Receipt
from newsletter.errors import RefusedError, UsageError
from newsletter.language import _, nearest
from newsletter.project.letters import links_for, message_id_key, test_letters
from newsletter.project.parts import unknown_reader
from newsletter.project.presence import counted, present
from newsletter.project.registry import with_address
from newsletter.project.sending import sender_of
from newsletter.project.transports import identity_faults, leaves_this_machine

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.feed import Letters
    from newsletter.delivery.run import Means, Outcome
    from newsletter.delivery.send import Send
    from newsletter.delivery.stopping import Stop
    from newsletter.delivery.transports.base import Transport
    from newsletter.issue.document import Issue
    from newsletter.project.presence import Presence
    from newsletter.project.project import Project
    from newsletter.project.results import Tell


def deliver(
    project: Project,
    send: Send,
    *,
    progress: Tell | None = None,
    stop: Stop | None = None,
    stay: float = float("inf"),
    presence: Presence | None = None,
) -> Outcome:
    """Send what is due of a confirmed send.

    Raises BusyError when another process sends, CredentialsError when the other side does not accept us,
    TransientError when it can not be reached, RefusedError when nobody real is named as the sender.
    """
    from newsletter.delivery.run import run_send
    from newsletter.delivery.stopping import Stop

    refuse_examples(project)
    stop = stop or Stop()
    with _on_the_roll(project, presence, stop) as here:
        transport = counted(project.transport, here) if here else None
        means = means_for(project, send, progress=progress, stop=stop, stay=stay, transport=transport)
        return run_send(project.store, send.id, means)


@contextmanager
def _on_the_roll(project: Project, presence: Presence | None, stop: Stop) -> Iterator[Presence | None]:
    """Be seen at work, as whoever serves or as a send of one's own; None with SQLite."""
    if presence is not None:
        yield presence
        return
    with present(project, "send", stop) as own:
        yield own


def means_for(
    project: Project,
    send: Send,
    *,
    progress: Tell | None = None,
    stop: Stop | None = None,
    stay: float = float("inf"),
    transport: Transport | None = None,
) -> Means:
    """Return what a run of a send works with; through the configured transport unless given another."""
    from newsletter.delivery.run import Means
    from newsletter.delivery.stopping import Stop

    return Means(
        transport=transport or project.transport,
        letters=letters_of(project, send),
        settings=project.config.transport,
        stop=stop or Stop(),
        progress=progress or (lambda _progress: None),
        stay=stay,
    )


def letters_of(project: Project, send: Send) -> Letters:
    """Return the letters of a send, opened from the editions that stand with it in the database."""
    from newsletter.delivery.frozen import load_editions
    from newsletter.delivery.letters import SendLetters

    return SendLetters(
        send=send,
        editions=load_editions(project.store, send.id),
        links_for=partial(links_for, project),
        message_id_key=message_id_key(project),
    )


def refuse_examples(project: Project) -> None:
    """Let nothing leave this machine while nobody real is named as the sender; raises RefusedError."""
    if not (project.transport.real and leaves_this_machine(project.config)):
        return
    faults = identity_faults(project.config)
    if faults:
        raise RefusedError(
            _("The law wants to know who writes: {faults}.").format(
                faults=", ".join(fault.message for fault in faults)
            ),
            hint=_("Write it in newsletter.toml, and take the names out of `examples`."),
        )


def send_test(
    project: Project, name: str, addresses: Sequence[str], *, reader: str | None, prefix: bool
) -> list[Receipt]:
    """Mail each language of an issue to each address; with a persona, the one that they read."""
    refuse_examples(project)
    persona = _persona(project, reader) if reader else None
    issues = list(project.issues_of(name)[1])
    if persona is not None:
        issues = [next((issue for issue in issues if issue.lang == persona.lang), issues[0])]
    receipts: list[Receipt] = []
    parcels = list(_parcels(project, issues, addresses, persona, prefix=prefix))
    project.transport.deliver(iter(parcels), receipts.append)
    return receipts


def _persona(project: Project, key: str) -> Subscriber:
    if key not in project.personas:
        near = nearest(key, project.personas)
        raise UsageError(
            _("There is no persona “{name}”.").format(name=key),
            hint=_("Did you mean “{near}”?").format(near=near) if near else None,
        )
    return project.personas[key]


def _parcels(
    project: Project, issues: Sequence[Issue], addresses: Sequence[str], persona: Subscriber | None, *, prefix: bool
) -> Iterator[Parcel]:
    now = datetime.now(UTC)
    name = f"essai-{now:%Y%m%dT%H%M%S}"
    lists = list(project.lists.values())
    key = 0
    for issue in issues:
        own = [each for each in lists if each.name in issue.front.audience.lists]
        sender = sender_of(project, issue.front, (own or lists or [MailingList(name="")])[0])
        [letter] = test_letters(project, [project.render(issue)], sender=sender, name=name, at=now, prefix=prefix)
        for address in addresses:
            key += 1
            yield Parcel(
                key=key, send=name, letter=letter, subscriber=with_address(persona or unknown_reader(issue), address)
            )
