"""A theme: a folder of MJML templates, a style sheet for prose, a text template, and settings.

    theme.toml          colours, dark colours, fonts, widths, words per language, blocks of its own
    layout.mjml.j2      the page around the blocks
    blocks/*.mjml.j2    one template for each kind of block
    prose.css           how Markdown looks; `var(--ink)` names a colour, font or width of theme.toml
    text.j2             the plain-text part

A theme may build on another one (`base`): what it does not have comes from there. Faults are reported
with the file and line they stand on, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from newsletter.edition.inline import inline_shapes
from newsletter.edition.settings import Settings, read_settings
from newsletter.edition.shapes import Shapes, is_simple
from newsletter.errors import Finding, Location, Severity, ThemeError
from newsletter.issue.options import BlockSchema
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from jinja2 import Environment

#: templates that every theme has, its own or its base's
BLOCKS = (
    *("prose", "button", "callout", "image", "beside", "quote", "divider", "event", "card", "person", "links"),
    *("hero", "contents", "row", "columns", "section"),
)
_VARIABLE = re.compile(r"var\(--([a-z][a-z0-9_-]*)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NOT_INLINE = re.compile(r"@(?:media|import|font-face)|:hover|:root|!important|(?:^|[,}\s])body\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A theme, read and ready: rendering asks it for templates, styles and words."""

    name: str
    #: from the theme's own folder to that of its last base
    folders: tuple[Path, ...]
    settings: Settings = field(repr=False)
    prose_css: str = field(repr=False)
    environment: Environment = field(repr=False, compare=False)
    shapes: Shapes = field(repr=False, compare=False)
    #: the style sheet looks only at tags and classes, so that styles can be remembered by shape
    simple: bool = True

    @property
    def folder(self) -> Path:
        """The theme's own folder."""
        return self.folders[0]

    @property
    def blocks(self) -> Mapping[str, BlockSchema]:
        """The blocks that this theme brings, for `ReadOptions.blocks`."""
        return self.settings.blocks

    @property
    def grounds(self) -> tuple[str, ...]:
        """The names that `::: section {bg=…}` may ask for, for `ReadOptions.colours`."""
        return tuple(self.settings.grounds)

    @cached_property
    def look(self) -> Mapping[str, object]:
        """What every template is given: colours, fonts and widths, checked when they were read."""
        settings = self.settings
        return {
            "colours": settings.colours,
            "dark": settings.dark,
            "fonts": {name: Markup(fonts) for name, fonts in settings.fonts.items()},  # noqa: S704  letters and quotes
            "widths": settings.widths,
        }

    def words(self, lang: str) -> Mapping[str, str]:
        """Return the theme's own words in a language, or in the nearest one that it speaks."""
        known = self.settings.words
        same = [tag for tag in known if tag.split("-")[0] == lang.split("-")[0]]
        return known.get(lang) or known[same[0] if same else next(iter(known))]

    def find(self, name: str) -> Path | None:
        """Return a file of this theme, or of the one that it builds on."""
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)


def shipped_themes() -> Path:
    """Return the folder of the themes that come with the program: in a clone, or in what was installed."""
    installed = Path(__file__).parents[1] / "_templates"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "templates"


def open_theme(folder: Path) -> Theme:
    """Read a theme; raises `ThemeError` with every fault of its settings, style sheet and templates."""
    folders, settings, findings = _chain(folder)
    sheet, more = _sheet(folders, settings)
    environment, faults = _templates(folders, settings)
    findings = (*findings, *more, *faults)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise ThemeError(_("the theme « {name} » has faults").format(name=folder.name), findings)
    return Theme(
        name=folder.name,
        folders=folders,
        settings=settings,
        prose_css=sheet,
        environment=environment,
        shapes=Shapes(partial(inline_shapes, sheet=sheet)),
        simple=is_simple(sheet),
    )


def fault(path: Path, message: str, *, line: int = 1, column: int = 1, hint: str | None = None) -> Finding:
    """Make a finding about a theme's file."""
    return Finding(
        code="NL240",
        severity=Severity.ERROR,
        message=message,
        location=Location(path=str(path), line=line, column=column),
        hint=hint,
    )


def _chain(folder: Path) -> tuple[tuple[Path, ...], Settings, tuple[Finding, ...]]:
    """Read the settings of a theme and of those it builds on, the nearest first."""
    folders: list[Path] = []
    settings: Settings | None = None
    findings: tuple[Finding, ...] = ()
    while True:
        if folder in folders:
            found = fault(folders[-1] / "theme.toml", _("these themes build on one another in a circle"))
            raise ThemeError(found.message, [found])
        if not (folder / "theme.toml").is_file():
            raise ThemeError(
                _("there is no theme « {name} »: no {file}").format(name=folder.name, file=folder / "theme.toml"),
                hint=_("A theme is a folder with a file theme.toml; newsletter ships: {themes}.").format(
                    themes=", ".join(_shipped_names())
                ),
            )
        read, more = read_settings(folder / "theme.toml")
        findings += more
        folders.append(folder)
        settings = read if settings is None else settings.over(read)
        if not read.base:
            return tuple(folders), settings, findings
        beside = folder.parent / read.base
        folder = beside if beside.is_dir() else shipped_themes() / read.base


def _shipped_names() -> Sequence[str]:
    return sorted(path.parent.name for path in shipped_themes().glob("*/theme.toml"))


def _sheet(folders: Sequence[Path], settings: Settings) -> tuple[str, tuple[Finding, ...]]:
    """Read the style sheet for prose, with its variables replaced."""
    path = next((folder / "prose.css" for folder in folders if (folder / "prose.css").is_file()), None)
    if path is None:
        return "", (fault(folders[0] / "prose.css", _("the theme has no style sheet for prose")),)
    source = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), path.read_text(encoding="utf-8"))
    values = settings.variables()
    findings = []
    for found in _VARIABLE.finditer(source):
        if found[1] not in values:
            near = nearest(found[1], values)
            hint = _("Did you mean « {name} »?").format(name=near) if near else None
            message = _("theme.toml has no « {name} »").format(name=found[1])
            findings.append(fault(path, message, line=source.count("\n", 0, found.start()) + 1, hint=hint))
    for found in _NOT_INLINE.finditer(source):
        message = _("« {what} » cannot be written into style attributes").format(what=found.group().strip())
        hint = _("Put such rules into <mj-style> of layout.mjml.j2.")
        findings.append(fault(path, message, line=source.count("\n", 0, found.start()) + 1, hint=hint))
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), source), tuple(findings)


def _templates(folders: Sequence[Path], settings: Settings) -> tuple[Environment, tuple[Finding, ...]]:
    """Prepare the templates, and report those that are missing or cannot be read."""
    from jinja2 import FileSystemLoader, StrictUndefined  # 70 ms, only when something is rendered
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=lambda name: name is not None and name.endswith(".mjml.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    names = ["layout.mjml.j2", "text.j2", *(f"blocks/{name}.mjml.j2" for name in (*BLOCKS, *settings.blocks))]
    findings = [found for name in names if (found := _compiled(environment, name, folders))]
    return environment, tuple(findings)


def _compiled(environment: Environment, name: str, folders: Sequence[Path]) -> Finding | None:
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    try:
        environment.get_template(name)
    except TemplateSyntaxError as error:
        path = Path(error.filename or folders[0] / name)
        return fault(path, error.message or type(error).__name__, line=error.lineno)
    except TemplateNotFound:
        return fault(folders[0] / name, _("the theme has no template « {name} »").format(name=name))
    return None
