"""`newsletter purge`."""

from __future__ import annotations

import time

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked


@make(
    marked(
        "Delete what need not be kept any longer, by [retention] in newsletter.toml: sign-ups that nobody confirmed, "
        "who got what long ago, old events. Ends subscriptions whose implied consent is over. Sums stay right."
    ),
    examples=("newsletter purge --dry-run", "newsletter purge"),
    name="purge",
)
@click.option("--dry-run", is_flag=True, help=marked("Count what would go; nothing is changed."))
def command(run: Run, *, dry_run: bool) -> None:
    """Purge, and say how many of each kind."""
    from newsletter.audience.retention import purge

    done = purge(run.project.store, run.config.retention, at=time.time(), dry_run=dry_run)
    words = {
        "requests": _("sign-ups that nobody confirmed"),
        "expired": _("subscriptions whose consent is over"),
        "attempts": _("answers of old sends"),
        "deliveries": _("deliveries without their person from now on"),
        "events": _("old events"),
    }
    lines = [f"{count:>7}  {words.get(name, name)}" for name, count in done.counts.items()]
    lines.append(_("Nothing was changed: this was a dry run.") if dry_run else _("Done."))
    if not done.scrubbed:
        lines.append(_("The database was in use: purge again later, so that no freed page holds a trace."))
    run.out.result("purge", {"counts": dict(done.counts), "dry_run": dry_run, "scrubbed": done.scrubbed}, lines)
