"""`newsletter verify`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext, number
from newsletter.project.words import count_line


@make(
    marked("Count every recipient of a send and prove that the states add up: exit code 0 when they do, 1 when not."),
    examples=("newsletter verify 2026-12", "newsletter verify S12 --json"),
    name="verify",
)
@click.argument("send", metavar="SEND")
def command(run: Run, send: str) -> int:
    """Show the exact counts, what is wrong with them, and who is in doubt."""
    from newsletter.delivery.counts import verify
    from newsletter.delivery.send import find_send

    found = find_send(run.project.store, send)
    proof = verify(run.project.store, found)
    lines = [count_line(proof.counts), *proof.problems]
    if proof.counts.unknown:
        lines.append(
            ngettext(
                "{count} recipient is in doubt: decide with newsletter resolve {send}.",
                "{count} recipients are in doubt: decide with newsletter resolve {send}.",
                proof.counts.unknown,
            ).format(count=number(proof.counts.unknown), send=found.ref)
        )
    if proof.ok:
        lines.append(_("All {total} recipients are accounted for.").format(total=number(proof.total)))
    content = {
        "id": found.ref,
        "issue": found.issue,
        "total": proof.total,
        "counts": proof.counts.as_dict(),
        "problems": list(proof.problems),
        "unknown": list(proof.unknown),
    }
    run.out.result("verify", content, lines, ok=proof.ok)
    return 0 if proof.ok else 1
