"""The file of the configuration: found upwards, parsed, and turned into findings at their places.

It is `newsletter.toml`, or the table `[tool.newsletter]` of a `pyproject.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.config.places import KeyPath, key_spans, line_and_column, line_text
from newsletter.errors import ConfigError, Finding, Location, Severity
from newsletter.language import _

FILE = "newsletter.toml"
_PYPROJECT = "pyproject.toml"
_SECRET_KEY = re.compile(r"(^|_)(password|passwd|api_?key|secret|secret_key|suppression_key|encryption_key|token)s?$")
_SECRET_LINE = re.compile(r"((?:password|passwd|key|secret|token)\w*\s*=).*", re.IGNORECASE)
_PLACE = re.compile(r" \((at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A configuration file as read: its text, its values, and where the values stand in it."""

    path: Path
    #: the file as a person names it
    shown: str
    text: str = field(repr=False)
    #: the table that is ours: the whole file, or `[tool.newsletter]`
    table: Mapping[str, object] = field(repr=False)
    #: the path of that table in the file
    prefix: KeyPath = ()

    def finding(
        self,
        code: str,
        path: KeyPath,
        message: str,
        *,
        at_value: bool = False,
        suggestion: str | None = None,
        hint: str | None = None,
        secret: bool = False,
    ) -> Finding:
        """Return a finding at a key (or at its value); with `secret` the line is shown without its value."""
        location = self.location(path, at_value=at_value)
        line = line_text(self.text, location.line)
        if secret:
            line = line.split("=")[0] + "= …"
        return Finding(
            code=code,
            severity=Severity.ERROR,
            message=message,
            location=location,
            suggestion=suggestion,
            hint=hint,
            source=line,
        )

    def location(self, path: KeyPath, *, at_value: bool = False) -> Location:
        """Return where a key stands; for one that is not there, the nearest table around it."""
        spans = key_spans(self.text)
        full = self.prefix + path
        while full and full not in spans:
            full = full[:-1]
        if full not in spans:
            return Location(path=self.shown)
        span = spans[full]
        exact = at_value and full == self.prefix + path
        line, column = line_and_column(self.text, span.value if exact else span.start)
        end = None if exact or span.end == span.start else column + span.end - span.start
        return Location(path=self.shown, line=line, column=column, end_line=end and line, end_column=end)


def root_above(start: Path) -> Path | None:
    """Return the nearest folder upwards that is a project, if there is one."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file() or _is_ours(folder / _PYPROJECT):
            return folder
    return None


def find_root(start: Path) -> Path:
    """Return the project's folder: the nearest one upwards with a `newsletter.toml`; raise ConfigError if none."""
    if (found := root_above(start)) is not None:
        return found
    raise ConfigError(
        _("There is no newsletter project here: no newsletter.toml in this folder or above it."),
        hint=_("Make one with: newsletter init DIR, or name one with --project DIR."),
    )


def read_source(root: Path) -> Source:
    """Read the configuration file of a project; raise ConfigError when it is not there or not TOML."""
    path = root / FILE
    if not path.is_file() and _is_ours(root / _PYPROJECT):
        path = root / _PYPROJECT
    text = read_text(path, shown=path.name)
    table = parse_toml(text, shown=path.name)
    if path.name == FILE:
        return Source(path=path, shown=path.name, text=text, table=table)
    tool = table["tool"]
    assert isinstance(tool, dict)
    return Source(path=path, shown=path.name, text=text, table=tool["newsletter"], prefix=("tool", "newsletter"))


def secrets_in(source: Source, table: Mapping[str, object] | None = None, path: KeyPath = ()) -> list[Finding]:
    """Return a finding NL810 for each secret that stands in the file."""
    found: list[Finding] = []
    for key, value in (source.table if table is None else table).items():
        here = (*path, key)
        if isinstance(value, dict):
            found += secrets_in(source, value, here)
        elif _SECRET_KEY.search(key) or (here == ("database", "url") and re.search(r"//[^/@]*:[^/@]+@", str(value))):
            found.append(_secret(source, here))
    return found


def _secret(source: Source, path: KeyPath) -> Finding:
    names = [str(part) for part in path if part != "secrets"]
    variable = "NEWSLETTER_" + "_".join(names).upper().replace("-", "_")
    return source.finding(
        "NL810",
        path,
        _("a secret stands in {file}, which is shared and kept in history").format(file=source.path.name),
        hint=_("Take it out of the file and change it, then set {name} or {name}_FILE in the environment.").format(
            name=variable
        ),
        secret=True,
    )


def _is_ours(path: Path) -> bool:
    """Tell whether a pyproject.toml has a table for us, without trusting it to be valid."""
    if not path.is_file():
        return False
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return isinstance(tool, dict) and isinstance(tool.get("newsletter"), dict)


def read_text(path: Path, *, shown: str) -> str:
    """Return a file's text; raise ConfigError when it is missing, not UTF-8 or not ours to read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            _("There is no {file} in the project's folder.").format(file=shown),
            hint=_("Make a project with: newsletter init DIR"),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("{file} is not UTF-8 text.").format(file=shown), hint=_("Save it again as UTF-8.")
        ) from error
    except OSError as error:
        raise ConfigError(_("{file} can not be read.").format(file=shown), hint=_("Check its rights.")) from error


def parse_toml(text: str, *, shown: str) -> dict[str, object]:
    """Return a TOML text's values; raise ConfigError with the place where it stops being TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, str(error), shown=shown) from None


def _syntax_error(text: str, reason: str, *, shown: str) -> ConfigError:
    """Give tomllib's fault its place: it says it in words (« at line 3, column 5 »)."""
    place = _PLACE.search(reason)
    lines = text.splitlines() or [""]
    line, column = len(lines), len(lines[-1]) + 1
    if place and place["line"]:
        line, column = int(place["line"]), int(place["column"])
    finding = Finding(
        code="NL053",
        severity=Severity.ERROR,
        message=_("not valid TOML: {reason}").format(reason=_reason(_PLACE.sub("", reason))),
        location=Location(path=shown, line=line, column=column),
        hint=_('A text stands between quotation marks: key = "text".'),
        source=_SECRET_LINE.sub(r"\1 …", line_text(text, line)),
    )
    return ConfigError(_("{file} can not be read.").format(file=shown), [finding])


def _reason(text: str) -> str:
    """Say tomllib's reason in the reader's language, by how it begins."""
    known = {
        "Invalid value": _("a value is missing or not valid"),
        "Expected '=' after a key": _("a key must be followed by = and a value"),
        "Expected ']": _("a table's name must end with ]"),
        "Invalid statement": _("this is neither a key nor a table"),
        "Invalid initial character": _("a key is missing"),
        "Unterminated string": _("a quotation mark is not closed"),
        "Unclosed array": _("a list is not closed"),
        "Unclosed inline table": _("a table in braces is not closed"),
        "Illegal character": _("a text on one line can not go on in the next, or holds a forbidden character"),
        "Cannot overwrite a value": _("this key stands twice"),
        "Duplicate inline table key": _("this key stands twice"),
        "Cannot declare": _("this table stands twice"),
        "Unescaped": _("a backslash must be doubled between double quotation marks"),
        "Expected newline or end of document": _("there is something behind the value"),
    }
    return next((words for start, words in known.items() if text.startswith(start)), text)
