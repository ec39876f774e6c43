"""`newsletter worker`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked


@make(
    marked(
        "Send what is confirmed and due, on one more host, until Ctrl-C or SIGTERM; mails in flight get answers.\n\n"
        "It needs no files but the configuration: what is sent stands in the database, keys in the environment. "
        "Start as many as you like, on as many hosts. With SQLite there is one host, and `serve` sends."
    ),
    examples=("newsletter worker", "newsletter worker --at-once 2"),
    variables=("NEWSLETTER_DATABASE_URL", "NEWSLETTER_SECRET_KEY"),
    name="worker",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, 32),
    default=1,
    metavar="N",
    help=marked("Batches at once, each with connections of its own."),
)
def command(run: Run, *, at_once: int) -> int:
    """Take up batches as they are handed out, until asked to end."""
    from newsletter.delivery.stopping import Stop, signals
    from newsletter.project.working import work

    if run.project.store.is_sqlite:
        raise UsageError(
            _("With SQLite only one process sends."), hint=_("Use newsletter serve, or name a PostgreSQL database.")
        )
    with signals(Stop()) as stop:
        run.out.note(_("Sending what is due (Ctrl-C ends it)."))
        work(run.project, stop, at_once=at_once)
    return 0
