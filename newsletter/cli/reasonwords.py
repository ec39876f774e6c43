"""Why recipients of a send failed or wait, in words: what servers said most often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.language import _, ngettext, number

if TYPE_CHECKING:
    from newsletter.delivery.reasons import Refusal
    from newsletter.delivery.states import Counts
    from newsletter.store.database import Store


def refusals(store: Store, number: int, counts: Counts) -> list[Refusal]:
    """Return the commonest reasons of those who failed."""
    from newsletter.delivery.reasons import why
    from newsletter.delivery.states import State

    return why(store, number, State.FAILED) if counts.failed else []


def reasons(store: Store, number: int, counts: Counts) -> list[str]:
    """Return a line for each of the commonest reasons, of those who failed and of those who wait."""
    from newsletter.delivery.reasons import why
    from newsletter.delivery.states import State

    waits = why(store, number, State.DEFERRED) if counts.deferred else []
    return [*map(_refused, refusals(store, number, counts)), *map(_put_off, waits)]


def _refused(refusal: Refusal) -> str:
    return ngettext("{count} refused: {answer}", "{count} refused: {answer}", refusal.count).format(
        count=number(refusal.count), answer=refusal.answer or _("no reason was given")
    )


def _put_off(wait: Refusal) -> str:
    return ngettext("{count} put off: {answer}", "{count} put off: {answer}", wait.count).format(
        count=number(wait.count), answer=wait.answer or _("no reason was given")
    )
