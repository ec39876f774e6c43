"""`newsletter worker`."""

from __future__ import annotations

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked


@make(
    marked(
        "Send what is confirmed and due, on one more host, until Ctrl-C or SIGTERM; mails in flight get answers.\n\n"
        "It needs no files but the configuration: what is sent stands in the database. With SQLite there is one host, "
        "and `serve` sends."
    ),
    examples=("newsletter worker",),
    variables=("NEWSLETTER_DATABASE_URL", "NEWSLETTER_SECRET_KEY"),
    name="worker",
)
def command(run: Run) -> int:
    """Take up running sends until asked to end."""
    from newsletter.delivery.stopping import Stop, signals
    from newsletter.project.dispatch import Dispatch

    if run.project.store.is_sqlite:
        raise UsageError(
            _("With SQLite only one process sends."), hint=_("Use newsletter serve, or name a PostgreSQL database.")
        )
    with signals(Stop()) as stop:
        dispatch = Dispatch(run.project, stop).start()
        run.out.note(_("Sending what is due (Ctrl-C ends it)."))
        while not stop.wait(3600):
            continue
        dispatch.join(run.config.transport.grace)
    return 0
