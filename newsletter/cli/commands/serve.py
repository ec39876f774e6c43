"""`newsletter serve`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import TransientError, UsageError
from newsletter.language import _, marked

if TYPE_CHECKING:
    from socket import socket as Socket  # noqa: N812 (a type)

    from starlette.types import ASGIApp

    from newsletter.web.public.counter import Counter


@make(
    marked(
        "Serve the public pages, take in providers' calls, watch the clock and send what is due, in one process.\n\n"
        "Ends on Ctrl-C or SIGTERM: mails in flight get their answers first."
    ),
    examples=("newsletter serve", "newsletter serve --host 0.0.0.0 --port 8080 --processes 2"),
    variables=("NEWSLETTER_WEB_BASE_URL", "NEWSLETTER_WEB_HOST", "NEWSLETTER_WEB_PORT"),
    name="serve",
)
@click.option("--host", help=marked("Where to listen; newsletter.toml's [web] host unless given."))
@click.option("--port", type=click.IntRange(0, 65535), help=marked("0: any free one."))
@click.option(
    "--tls-cert",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=marked("A certificate, to serve https."),
)
@click.option(
    "--tls-key",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=marked("Its private key."),
)
@click.option("--pages-only", is_flag=True, help=marked("Neither clock nor sending: pages and calls only."))
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=marked("How many processes answer; one of them watches the clock and sends."),
)
@click.option("--inherited", hidden=True, default="")
def command(
    run: Run,
    *,
    host: str | None,
    port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    pages_only: bool,
    processes: int,
    inherited: str,
) -> int:
    """Serve until asked to end."""
    from newsletter.config.hosts import bare, in_url
    from newsletter.project.duty import Duty
    from newsletter.web.server import serve
    from newsletter.web.siblings import inherit, siblings

    app = _app(run, processes, secure=tls_cert is not None)
    if inherited:
        serve(app, inherit(inherited), certificate=tls_cert, key=tls_key)
        return 0
    web = run.config.web
    _look_at(run, tls_cert, tls_key)
    host = bare(host or web.host)
    socket = _listen(host, web.port if port is None else port)
    where = f"http{'s' if tls_cert else ''}://{in_url(host)}:{socket.getsockname()[1]}/"
    run.out.aside().say(_("Serving at {address} (Ctrl-C ends it).").format(address=where))
    with siblings(_again(run, processes, tls_cert, tls_key), socket, count=processes - 1):
        duty = None if pages_only else Duty(run.project).start()
        try:
            serve(app, socket, certificate=tls_cert, key=tls_key)
        finally:
            if duty:
                duty.end()
    return 0


def _app(run: Run, processes: int, *, secure: bool) -> ASGIApp:
    """Return the pages; browsers that reach them by https, from us or from a proxy, are told to stay with it."""
    from newsletter.project.returns import postroom
    from newsletter.web.guard import WithHeaders
    from newsletter.web.https import STAY
    from newsletter.web.serve import public_app

    app = public_app(_counter(run, processes), postroom(run.project))
    if secure or run.config.web.base_url.startswith("https://"):
        return WithHeaders(app=app, headers=STAY)
    return app


def _look_at(run: Run, certificate: Path | None, key: Path | None) -> None:
    """Refuse a certificate that nobody's browser would take, before anything is started."""
    from urllib.parse import urlsplit

    from newsletter.web.https import warnings_of

    if certificate is None:
        if key is not None:
            raise UsageError(_("A key alone makes no https."), hint=_("Name its certificate with --tls-cert."))
        return
    host = urlsplit(run.config.web.base_url).hostname or ""
    for text in warnings_of(certificate, key, at=time.time(), host=host):
        run.out.complain(text)


def _counter(run: Run, processes: int) -> Counter:
    """Return what the pages need; each process counts for itself, so each allows its part of the limits."""
    from newsletter.project.desk import Desk
    from newsletter.web.public.counter import Counter
    from newsletter.web.public.limits import Bucket

    project = run.project
    desk = Desk(project=project)
    return Counter(
        desk=desk,
        whole=desk,
        form_key=project.keys.derive("form"),
        proxies=project.config.web.proxies,
        style=desk.style,
        by_network=Bucket(size=10 / processes, per_hour=30 / processes),
        by_domain=Bucket(size=50 / processes, per_hour=300 / processes),
        in_all=Bucket(size=200 / processes, per_hour=2000 / processes),
    )


def _listen(host: str, port: int) -> Socket:
    from newsletter.web.server import listen

    try:
        return listen(host, port)
    except OSError:
        raise TransientError(
            _("The port is taken or not allowed."), hint=_("Choose another one with --port.")
        ) from None


def _again(run: Run, processes: int, tls_cert: Path | None, tls_key: Path | None) -> list[str]:
    """Return the command line of one more process for the same pages."""
    words = [sys.executable, "-m", "newsletter", "--project", str(run.root), "serve", "--pages-only", "--no-input"]
    for option, value in (("--tls-cert", tls_cert), ("--tls-key", tls_key)):
        words += [option, str(value.resolve())] if value else []
    return [*words, "--processes", str(processes)]
