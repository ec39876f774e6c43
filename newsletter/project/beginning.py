"""A new issue's file: its head filled in, its body empty or taken from an earlier issue."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import UsageError
from newsletter.issue.foreign import from_foreign
from newsletter.issue.source import decode
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from newsletter.project.project import Project

_BODIES = {
    "fr": '# Bonjour {{ subscriber.first_name | default("à toutes et à tous") }},\n\nVotre texte commence ici.\n',
    "en": '# Hello {{ subscriber.first_name | default("everyone") }},\n\nYour text begins here.\n',
}
_HEAD = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)


def begin_issue(
    project: Project,
    title: str,
    *,
    lang: str = "",
    source: str | None = None,
    foreign: Path | None = None,
    today: date,
) -> tuple[Path, tuple[str, ...]]:
    """Write an issue's file; return where, and what of a `foreign` file could not be mapped.

    `source` is an issue of the project whose text it begins with, `foreign` a file of another tool.

    Raises UsageError for an unknown language, a name that is taken, or an unknown source.
    """
    site = project.config.site
    language = _language(lang, site.languages) if lang else site.lang
    suffix = language if language != site.lang else ""
    path = project.shelf.new_path(title, lang=suffix, today=today)
    notes: tuple[str, ...] = ()
    if foreign is not None:
        text, notes = from_foreign(decode(foreign.read_bytes())[0])
    else:
        body = _body(project.shelf.find(source)) if source else _BODIES.get(language[:2], _BODIES["en"])
        text = _head(project, title, language, today) + body
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path, notes


def _language(wanted: str, known: tuple[str, ...]) -> str:
    """Return the project's language that a word means: `fr` is `fr-CA`."""
    for language in known:
        if wanted.replace("_", "-").lower() in (language.lower(), language.split("-")[0].lower()):
            return language
    near = nearest(wanted, known)
    raise UsageError(
        _("“{lang}” is not a language of this project.").format(lang=wanted),
        hint=_("Did you mean “{near}”?").format(near=near)
        if near
        else _("There are: {names}.").format(names=", ".join(known)),
    )


def _head(project: Project, title: str, language: str, today: date) -> str:
    """Write the head; JSON's strings are YAML's double-quoted ones."""
    lists = [name for name in project.lists if name != "demo"] or list(project.lists)
    lines = [
        "---",
        f"subject: {json.dumps(title, ensure_ascii=False)}",
        'preheader: ""',
        f'date: "{today.isoformat()}"',
        f"lang: {language}",
        "status: draft",
        *([f"audience: [{', '.join(lists)}]"] if len(lists) == 1 else []),
        "---",
        "",
        "",
    ]
    return "\n".join(lines)


def _body(path: Path) -> str:
    return _HEAD.sub("", path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"), count=1).lstrip("\n")
