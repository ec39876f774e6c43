"""What a click on a finding does: mend it, or open the author's editor at its line."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route

from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.web.preview.rooms import text
from newsletter.web.preview.studio import Given, Studio, answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PLACES = ("{file}", "{line}", "{column}")


def mending_routes() -> list[BaseRoute]:
    """Return the routes that change a file or open it."""
    return [
        Route("/issues/{slug}/{lang}/fix", _fix, methods=["POST"]),
        Route("/edit", _edit, methods=["POST"]),
    ]


async def _fix(request: Request) -> Response:
    """Apply the safe edits of one finding, as `newsletter check --fix` would."""
    where = request.path_params

    def work(studio: Studio, body: Given) -> Given:
        wanted = (text(body.get("code")), text(body.get("where")))
        findings = studio.workshop.details(where["slug"], where["lang"], "").findings
        chosen = [each for each in findings if each.fix and (each.code, str(each.location)) == wanted]
        if not chosen:
            raise UsageError(_("This finding is not there any more."), hint=_("The file has changed since."))
        return {"ok": True, "files": list(studio.workshop.press.fix(chosen))}

    return await answer(request, work)


async def _edit(request: Request) -> Response:
    """Open the editor that this run was started with; without one the page opens its own pane."""

    def work(studio: Studio, body: Given) -> Given:
        if not studio.editor:
            return {"ok": True, "opened": False}
        file = studio.workshop.press.file(text(body.get("path")))
        start(command_line(studio.editor, file, line=_number(body.get("line")), column=_number(body.get("column"))))
        return {"ok": True, "opened": True}

    return await answer(request, work)


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 10_000_000 else 1


def command_line(editor: str, file: str, *, line: int, column: int) -> list[str]:
    """Return the words of an editor's command; without a place for the file, `file:line` comes last."""
    words = shlex.split(editor)
    if not any(place in word for word in words for place in _PLACES):
        words.append("{file}:{line}")
    values = dict(zip(_PLACES, (file, str(line), str(column)), strict=True))
    return [_filled(word, values) for word in words]


def _filled(word: str, values: Mapping[str, str]) -> str:
    for place, value in values.items():
        word = word.replace(place, value)
    return word


def start(words: Sequence[str]) -> None:
    """Start the editor and leave it to itself; raises UsageError when there is no such program."""
    try:
        subprocess.Popen(  # noqa: S603 - the command is the author's own, said when the preview was started
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise UsageError(
            _("The editor “{name}” could not be started.").format(name=words[0]),
            hint=_("Name another one: newsletter preview --editor COMMAND"),
        ) from None
