"""Reading an issue: file -> text -> head, tokens, blocks -> `Issue`, with every fault it has.

Only a file that cannot be read at all raises. Everything else becomes a finding, and the issue shows
what can be shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from newsletter.errors import Finding, IssueError, Location, Severity
from newsletter.issue.body import read_body
from newsletter.issue.contents import headings_of
from newsletter.issue.context import Context, Shared
from newsletter.issue.document import Block, FrontMatter, Issue
from newsletter.issue.entries import read_entries
from newsletter.issue.front_matter import (
    Reading,
    build,
    declared_language,
    full_language,
    gather,
    languages_of,
    own_values,
)
from newsletter.issue.head import split_head
from newsletter.issue.images import Trouble, inside, is_local, look_at
from newsletter.issue.merge import Merge
from newsletter.issue.mishaps import report_mishaps
from newsletter.issue.names import split_name
from newsletter.issue.options import ReadOptions
from newsletter.issue.source import Report, Source, clean, decode
from newsletter.issue.spoken import without_entities, without_markup
from newsletter.issue.tongue import guess_language
from newsletter.issue.typography import typeset_line
from newsletter.language import _

#: a file larger than this is no issue
MAX_BYTES = 32 * 1024 * 1024
#: what other tools write after a heading to name it: no reader should see it in a subject
_ANCHOR = re.compile(r"\s*\{:?\s*#[\w-]+\s*\}\Z")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a text comes from: its file, its folder, the project's folder."""

    path: Path
    folder: Path | None
    root: Path

    @cached_property
    def shown(self) -> str:
        """The file as the author would name it."""
        for path, root in ((self.path, self.root), (self.path.resolve(), self.root.resolve())):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return str(self.path)


def read_issue(path: Path, *, root: Path, options: ReadOptions, lang: str | None = None) -> Issue:
    """Read one file as an issue, in its own language or, of several that its head says, in `lang`.

    `root` is the project's folder: findings name the file relative to it. Raises `IssueError` when the
    file cannot be read.
    """
    origin = Origin(path=path, folder=path.parent, root=root)
    return _read(load(origin), origin, options=options, lang=lang)


def read_text(
    source: str,
    *,
    path: Path,
    folder: Path | None,
    root: Path,
    options: ReadOptions,
    lang: str | None = None,
) -> Issue:
    """Read a text as an issue that would stand in the file `path`; nothing but its images and includes is read.

    Without a `folder` no file is looked at.
    """
    origin = Origin(path=path, folder=folder, root=root)
    return _read(clean(source, path=origin.shown), origin, options=options, lang=lang)


def spoken_languages(path: Path, *, root: Path, options: ReadOptions) -> tuple[str, ...]:
    """Return the project's languages in which a file's own subject or preheader is given, when it says several."""
    report = load(Origin(path=path, folder=path.parent, root=root))
    reading = Reading(report=report, options=options)
    gather(read_entries(split_head(report.source.lines), report), reading)
    return tuple(lang for lang in languages_of(reading) if lang in options.languages)


def load(origin: Origin) -> Report:
    """Read a file's bytes as text; raises `IssueError` when that cannot be done."""
    shown = origin.shown
    try:
        size = origin.path.stat().st_size
        content = origin.path.read_bytes() if size <= MAX_BYTES else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else ""
        raise IssueError(
            _("« {path} » cannot be read: {reason}").format(path=shown, reason=reason or type(error).__name__)
        ) from error
    if size > MAX_BYTES:
        raise IssueError(_("« {path} » is larger than {size} MB: that is no issue").format(path=shown, size=32))
    text, right = decode(content)
    report = clean(text, path=shown)
    if not right:
        hint = _("Save it as UTF-8; it was read as Windows-1252.")
        report.add("NL001", _("this file is not UTF-8"), line=1, hint=hint)
    return report


def _read(report: Report, origin: Origin, *, options: ReadOptions, lang: str | None) -> Issue:
    """Read a whole text: the head first, as it says the language, then the body."""
    head = split_head(report.source.lines)
    entries = read_entries(head, report)
    reading = Reading(report=report, options=options)
    gather(entries, reading)
    body = "\n" * (head.body - 1) + "\n".join(report.source.lines[head.body - 1 :])
    stem, suffix = split_name(origin.path, frozenset(name.split("-")[0] for name in (*options.languages, options.lang)))
    language = _language(reading, body, suffix=suffix, wanted=lang)
    merge = Merge(report=report, fields=options.fields, own=tuple(own_values(reading)))
    front = build(reading, merge, stem=stem, lang=language, whole=entries.whole and bool(entries.items))
    shared = Shared(
        options=options,
        folder=origin.folder,
        slug=front.slug,
        lang=language,
        foreign="subject" not in reading.nodes,
        chain=(origin.path,),
    )
    context = Context(shared=shared, report=report, merge=merge)
    blocks = read_body(body, context, toc=front.toc)
    report_mishaps(context, ())
    _check_files(front, context)
    front = _finished(front, context, blocks=blocks, stem=stem)
    return Issue(
        path=origin.shown,
        folder=str(origin.folder) if origin.folder else "",
        slug=front.slug,
        lang=language,
        front=front,
        blocks=blocks,
        expressions=merge.expressions,
        findings=_ordered(report, origin.shown),
        source=report.source.text,
        files=(str(origin.path), *shared.files),
    )


def _language(reading: Reading, body: str, *, suffix: str, wanted: str | None) -> str:
    """Return the issue's language: asked for, declared, by the file's name, or as the text plainly says."""
    options = reading.options
    if wanted:
        return full_language(wanted, options)
    declared = declared_language(reading) or (full_language(suffix, options) if suffix else "")
    if declared:
        _check_language(declared, reading)
        return declared
    guessed = guess_language(body)
    if not guessed or guessed == options.lang.split("-")[0] or "lang" in reading.nodes:
        return options.lang
    language = full_language(guessed, options)
    if language not in options.languages:
        return options.lang
    message = _("this text reads as {lang}, and does not say so").format(lang=language)
    hint = _("Add a line « lang: {lang} » to the front matter.").format(lang=language)
    reading.report.add("NL602", message, line=1, severity=Severity.WARNING, hint=hint)
    return language


def _check_language(language: str, reading: Reading) -> None:
    if language not in reading.options.languages:
        place = reading.places.get("lang") or Location(path="", line=1, column=1)
        message = _("« {lang} » is not a language of this project").format(lang=language)
        reading.report.add("NL110", message, line=place.line, column=place.column, severity=Severity.WARNING)


def _finished(front: FrontMatter, context: Context, *, blocks: tuple[Block, ...], stem: str) -> FrontMatter:
    """Typeset the head's texts, and find a subject for a head that has none."""
    subject = front.subject
    if not subject:
        subject = next((heading.text for heading in headings_of(blocks) if heading.text), "")
        subject = _ANCHOR.sub("", subject)
        subject = context.merge.restore(subject) or stem.replace("-", " ").capitalize()
    texts = [subject, front.title or subject, front.preheader, front.summary, front.image_alt]
    if context.shared.foreign:
        texts[:2] = map(without_entities, texts[:2])
        texts[2:4] = map(without_markup, texts[2:4])
    if context.shared.options.typography:
        narrow, gentle = context.shared.options.narrow, context.shared.foreign
        texts = [typeset_line(text, context.shared.lang, narrow=narrow, gentle=gentle) for text in texts]
    subject, title, preheader, summary, alt = texts
    return replace(front, subject=subject, title=title, preheader=preheader, summary=summary, image_alt=alt)


def _check_files(front: FrontMatter, context: Context) -> None:
    """Check that the head's image and attachments are there, inside the issue's folder (CWE-22)."""
    folder = context.shared.folder
    if folder is None:
        return
    if front.image and is_local(front.image):
        picture = look_at(folder, front.image)
        if picture.trouble in (Trouble.MISSING, Trouble.OUTSIDE):
            _report_file(front, context, key="image", name=front.image, outside=picture.trouble is Trouble.OUTSIDE)
    for name in front.attachments:
        path = inside(folder, name)
        if path is None or not path.is_file():
            _report_file(front, context, key="attachments", name=name, outside=path is None)
        else:
            context.shared.files.setdefault(str(path))


def _report_file(front: FrontMatter, context: Context, *, key: str, name: str, outside: bool) -> None:
    first = front.places[key].line if key in front.places else 1
    line, column = context.report.source.find(name, first, first + 50)
    missing, elsewhere = _("there is no file « {name} »"), _("« {name} » lies outside the issue's folder")
    message = (elsewhere if outside else missing).format(name=name)
    code = "NL302" if outside else "NL301"
    context.report.add(code, message, line=line, column=column, length=len(name))


def _ordered(report: Report, own: str) -> tuple[Finding, ...]:
    """Return the findings in the order of the file, those of included files after."""
    return tuple(
        sorted(report.findings, key=lambda one: (one.location.path != own, one.location.line, one.location.column))
    )


def source_of(issue: Issue) -> Source:
    """Return an issue's text as lines and places, for checks that come later."""
    return Source(path=issue.path, text=issue.source)
