"""`newsletter preview`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import TransientError, UsageError
from newsletter.language import _, current, marked


@make(
    marked(
        "Show issues in the browser exactly as people get them, and again after each save.\n\n"
        "Serves this machine only. Without an issue it opens the newest."
    ),
    examples=("newsletter preview", "newsletter preview 2026-12 --no-open"),
    name="preview",
)
@click.argument("issue", required=False, metavar="[ISSUE]")
@click.option("--as", "reader", metavar="PERSONA", help=marked("Open it as this invented reader."))
@click.option("--host", default="127.0.0.1", show_default=True, help=marked("This machine's address: loopback only."))
@click.option("--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help=marked("0: any free one."))
@click.option(
    "--editor",
    metavar="COMMAND",
    envvar="NEWSLETTER_EDITOR",
    help=marked("Opens a file at a line; {file}, {line} and {column} are filled in. [NEWSLETTER_EDITOR]"),
)
@click.option("--no-open", is_flag=True, help=marked("Do not open the browser."))
def command(
    run: Run, issue: str | None, *, reader: str | None, host: str, port: int, no_open: bool, editor: str | None
) -> int:
    """Serve the preview until it is stopped."""
    from newsletter.config.hosts import bare, in_url
    from newsletter.project import open_project
    from newsletter.project.pressroom import Pressroom
    from newsletter.web.guard import is_loopback
    from newsletter.web.preview.app import preview_app
    from newsletter.web.preview.studio import Studio
    from newsletter.web.preview.watch import Places
    from newsletter.web.preview.workshop import Workshop
    from newsletter.web.server import listen, serve

    if not is_loopback(host):
        raise UsageError(_("The preview serves this machine only."), hint=_("Leave --host away."))
    host = bare(host)
    project = run.project
    site = project.config.site
    studio = Studio(
        workshop=Workshop(open_press=lambda: Pressroom(project=open_project(project.root))),
        title=site.newsletter or site.name,
        lang=current(),
        editor=editor or "",
    )
    folders = (project.root / project.config.theme.folder, project.root / "subscribers")
    app = preview_app(studio, Places(root=project.root, often=project.shelf.folder, seldom=folders))
    try:
        socket = listen(host, port)
    except OSError:
        raise TransientError(
            _("Port {port} is taken.").format(port=port), hint=_("Choose another one: --port 0 takes any free one.")
        ) from None
    address = (
        f"http://{in_url(host)}:{socket.getsockname()[1]}/{_path(run, issue)}{f'?persona={reader}' if reader else ''}"
    )
    run.out.aside().say(_("The preview is at {address} (Ctrl-C ends it).").format(address=address))
    if not no_open:
        click.launch(address)
    serve(app, socket, grace=1, ending=studio.bell.end)
    return 0


def _path(run: Run, issue: str | None) -> str:
    """Return the page of an issue; the empty path is the newest's."""
    if issue is None:
        return ""
    found = run.project.issues_of(issue)[1][0]
    return f"issues/{found.slug}/{found.lang}"
