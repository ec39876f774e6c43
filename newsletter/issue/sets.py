"""One issue in all its languages: `x.fr.md` and `x.en.md`, or one file whose head says several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from newsletter.errors import IssueError
from newsletter.issue.document import Issue
from newsletter.issue.names import split_name
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_issue, spoken_languages
from newsletter.language import _, nearest


def read_set(path: Path, *, root: Path, options: ReadOptions) -> tuple[Issue, ...]:
    """Read an issue in all its languages, the project's main one first; all have one slug.

    `path` is any file of the issue, or its slug in a folder (`issues/x` for `x.fr.md` and `x.en.md`).
    Raises `IssueError` when there is no such file.
    """
    files = issue_files(path, options)
    spoken = spoken_languages(files[0], root=root, options=options) if len(files) == 1 else ()
    if len(spoken) > 1:
        issues = [read_issue(files[0], root=root, options=options, lang=lang) for lang in spoken]
    else:
        issues = [read_issue(file, root=root, options=options) for file in files]
    order = {lang: at for at, lang in reversed(list(enumerate((options.lang, *options.languages))))}
    issues.sort(key=lambda issue: order.get(issue.lang, len(order)))
    return tuple(_of_slug(issue, issues[0].slug) for issue in issues)


def _of_slug(issue: Issue, slug: str) -> Issue:
    if issue.slug == slug:
        return issue
    return replace(issue, slug=slug, front=replace(issue.front, slug=slug))


def issue_files(path: Path, options: ReadOptions) -> tuple[Path, ...]:
    """Return the files of the issue that a path or a slug means; raises `IssueError` when there are none."""
    prefixes = frozenset(name.split("-")[0] for name in (options.lang, *options.languages))
    if path.is_file() and not split_name(path, prefixes)[1]:
        return (path,)
    stem = split_name(path, prefixes)[0] if path.suffix == ".md" else path.name
    beside = sorted(path.parent.glob("*.md")) if path.parent.is_dir() else []
    names = {file: split_name(file, prefixes) for file in beside}
    translations = tuple(file for file in beside if names[file][0] == stem and names[file][1])
    whole = tuple(file for file in beside if names[file] == (stem, ""))
    if translations or whole:
        return translations or whole
    near = nearest(stem, [name for name, _suffix in names.values()])
    hint = _("Did you mean « {name} »?").format(name=near) if near else None
    raise IssueError(_("there is no issue « {name} »").format(name=path.name), hint=hint)
