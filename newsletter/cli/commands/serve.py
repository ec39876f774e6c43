"""`newsletter serve`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import TransientError
from newsletter.language import _, marked


@make(
    marked(
        "Serve the public pages, take in providers' calls, watch the clock and send what is due, in one process.\n\n"
        "Ends on Ctrl-C or SIGTERM: mails in flight get their answers first."
    ),
    examples=("newsletter serve", "newsletter serve --host 0.0.0.0 --port 8080"),
    variables=("NEWSLETTER_WEB_BASE_URL", "NEWSLETTER_WEB_HOST", "NEWSLETTER_WEB_PORT"),
    name="serve",
)
@click.option("--host", help=marked("Where to listen; newsletter.toml's [web] host unless given."))
@click.option("--port", type=click.IntRange(0, 65535), help=marked("0: any free one."))
@click.option("--tls-cert", type=click.Path(exists=True, path_type=Path), help=marked("A certificate, to serve https."))
@click.option("--tls-key", type=click.Path(exists=True, path_type=Path), help=marked("Its private key."))
@click.option("--pages-only", is_flag=True, help=marked("Neither clock nor sending: pages and calls only."))
def command(
    run: Run, *, host: str | None, port: int | None, tls_cert: Path | None, tls_key: Path | None, pages_only: bool
) -> int:
    """Serve until asked to end."""
    from newsletter.project.desk import Desk
    from newsletter.project.duty import Duty
    from newsletter.project.returns import postroom
    from newsletter.web.public.counter import Counter
    from newsletter.web.serve import public_app
    from newsletter.web.server import listen, serve

    project, web = run.project, run.project.config.web
    desk = Desk(project=project)
    counter = Counter(
        desk=desk, whole=desk, form_key=project.keys.derive("form"), proxies=web.proxies, style=desk.style
    )
    app = public_app(counter, postroom(project))
    try:
        socket = listen(host or web.host, web.port if port is None else port)
    except OSError:
        raise TransientError(
            _("The port is taken or not allowed."), hint=_("Choose another one with --port.")
        ) from None
    where = f"http{'s' if tls_cert else ''}://{host or web.host}:{socket.getsockname()[1]}/"
    run.out.aside().say(_("Serving at {address} (Ctrl-C ends it).").format(address=where))
    duty = None if pages_only else Duty(project).start()
    try:
        serve(app, socket, certificate=tls_cert, key=tls_key)
    finally:
        if duty:
            duty.end()
    return 0
