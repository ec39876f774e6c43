"""What Ctrl-C left done and undone, in one line: where a person would otherwise have to find out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from newsletter.errors import InterruptedSendError
from newsletter.language import _


@contextmanager
def if_interrupted(text: str, *, hint: str | None = None) -> Iterator[None]:
    """Say this when a person interrupts what is within; raises InterruptedSendError then."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        raise InterruptedSendError(text, hint=hint) from None


def before_it_began(words: Sequence[str]) -> str:
    """Return what is said of a command line that was interrupted before its command could say it."""
    named = [word for word in words if not word.startswith("-")]
    if "send" in named[:1]:
        return nothing_sent()
    if named[:2] == ["subscribers", "import"]:
        return nothing_imported()
    if "restore" in named[:1]:
        return nothing_restored()
    return _("Interrupted.")


def nothing_sent() -> str:
    """Return that no mail has left."""
    return _("Interrupted: nothing was sent.")


def nothing_imported() -> str:
    """Return that an import is all or nothing."""
    return _("Interrupted: nobody was imported, the list is as it was.")


def nothing_restored() -> str:
    """Return that a restore is all or nothing."""
    return _("Interrupted: nothing was restored, the database is as it was.")
