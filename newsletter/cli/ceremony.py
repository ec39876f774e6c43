"""The ceremony of a real send at the terminal: nothing leaves by a slip of the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.errors import RefusedError
from newsletter.language import _, ngettext, number
from newsletter.project.ceremony import agree, rows

if TYPE_CHECKING:
    from newsletter.cli.run import Run
    from newsletter.delivery.plan import Plan
    from newsletter.project.results import Proposal


def screen(proposal: Proposal) -> list[str]:
    """Return the lines that a person reads before confirming: from whom, what, to how many, who not and why."""
    found = list(rows(proposal))
    width = max(len(name) for name, _value in found)
    return [f"  {name:<{width}}  {value}" for name, value in found]


def confirmed(run: Run, plan: Plan, *, confirm: str | None, expect: int | None, bound: bool) -> int:
    """Return how many recipients were agreed to: by `--confirm` and a number, or typed at the terminal.

    `bound`: a plan's id was given, which stands for the number. Raises RefusedError for anything else.
    """
    if confirm is None:
        confirm = _typed(run, plan)
        expect = plan.recipients if expect is None else expect
    return agree(plan, confirm, expect=expect, bound=bound)


def _typed(run: Run, plan: Plan) -> str:
    if not run.interactive:
        raise RefusedError(
            _("A real send is confirmed by typing the issue's name, and nobody can be asked here: nothing was sent."),
            hint=f"newsletter send {plan.issue} --confirm {plan.issue} --expect {plan.recipients}",
        )
    question = ngettext(
        "To send to {count} person, type the issue's name: {issue}",
        "To send to {count} people, type the issue's name: {issue}",
        plan.recipients,
    )
    return run.ask(question.format(count=number(plan.recipients), issue=plan.issue) + "\n>")
