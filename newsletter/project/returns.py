"""What comes back to a project: its collector, its mailboxes, the room where providers' calls are taken in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError, UsageError
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from newsletter.config.model import Mailbox
    from newsletter.feedback.calls import Postroom
    from newsletter.feedback.collecting import Collector
    from newsletter.project.project import Project


def collector(project: Project) -> Collector:
    """Return what lets bounces, complaints and calls take effect in a project."""
    from newsletter.feedback.collecting import Collector
    from newsletter.feedback.score import Terms

    terms = Terms.of(project.config.feedback)
    return Collector(store=project.store, keys=project.keys, terms=terms, clock=time.time)


def postroom(project: Project) -> Postroom:
    """Return what takes in providers' calls, with the project's keys and topics."""
    from newsletter.feedback.calls import Postroom, Secrets
    from newsletter.feedback.fetching import Fetcher

    config = project.config
    shared = config.secrets.webhook_secret
    secrets = Secrets(
        sendgrid_public_key=config.sendgrid.webhook_public_key,
        ses_topics=config.feedback.ses_topics,
        generic_secret=shared.get_secret_value() if shared else "",
        max_age=config.feedback.webhook_max_age,
    )
    return Postroom(store=project.store, secrets=secrets, clock=time.time, fetch=Fetcher())


def mailboxes(project: Project, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Mailbox, str]]:
    """Yield the configured mailboxes, or those named, each with its password; paths are the project's.

    Raises UsageError for a name that is not configured, ConfigError for a mailbox without a password.
    """
    known = project.config.feedback.mailbox
    for name in names or known:
        if name not in known:
            near = nearest(name, known)
            raise UsageError(
                _("There is no mailbox {name}.").format(name=name),
                hint=_("Did you mean “{near}”?").format(near=near) if near else _("Name it in [feedback.mailbox]."),
            )
        box = known[name]
        placed = box.model_copy(update={"path": str(project.root / box.path)}) if box.path else box
        yield name, placed, _password(project, name, box)


def _password(project: Project, name: str, box: Mailbox) -> str:
    found = project.config.secrets.mailbox_passwords.get(name)
    if found is None and box.kind in ("imap", "pop3"):
        raise ConfigError(
            _("The mailbox {name} has no password.").format(name=name),
            hint=_("Give it in the environment or in a file of the mode 0600."),
        )
    return found.get_secret_value() if found else ""
