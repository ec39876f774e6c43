"""`newsletter migrate`."""

from __future__ import annotations

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import _, marked


@make(
    marked("Bring the database's schema up to this version of the program; all of it or nothing."),
    examples=("newsletter backup && newsletter migrate",),
    variables=("NEWSLETTER_DATABASE_URL",),
    name="migrate",
)
def command(run: Run) -> None:
    """Migrate, and say from which version to which."""
    from newsletter.store.database import open_store
    from newsletter.store.schema import migrate

    _keys = run.project.keys  # a database is never made without its key
    store = open_store(run.project.database_url)
    try:
        before, after = migrate(store)
    finally:
        store.close()
    line = _("The schema is at {after}.") if before == after else _("The schema went from {before} to {after}.")
    run.out.result(
        "migrate",
        {"before": before or None, "after": after},
        [line.format(before=before or _("nothing"), after=after)],
    )
