"""theme.toml: colours, fonts, widths and words, each checked before it can reach a mail."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.errors import Finding, Location, Severity
from newsletter.issue.options import BlockSchema
from newsletter.language import _, nearest

#: words that every theme has in each of its languages
WORDS = frozenset(
    {"web", "number", "unsubscribe", "preferences", "why", "contact", "privacy", "note", "tip", "important", "warning"}
    | {"caution", "add_to_calendar", "event_link", "file_attached", "read_more", "contents", "back_to_text"}
    | {"discreet", "discreet_subject"}
)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_FONT = re.compile(r"[A-Za-z0-9 ,'_-]+\Z")
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_POSITION = re.compile(r"at line (\d+), column (\d+)")
_KINDS = ("text", "url", "image", "number", "boolean")
_TABLES = ("title", "base", "colours", "dark", "grounds", "fonts", "widths", "words", "blocks")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What theme.toml says, merged with that of its base."""

    title: str = ""
    base: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    #: the same names for dark surroundings
    dark: Mapping[str, str] = field(default_factory=dict)
    #: grounds of sections: what an author calls them -> a colour's name
    grounds: Mapping[str, str] = field(default_factory=dict)
    fonts: Mapping[str, str] = field(default_factory=dict)
    #: pixels
    widths: Mapping[str, int] = field(default_factory=dict)
    #: language -> key -> text
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)

    def over(self, base: Settings) -> Settings:
        """Return these settings with what they do not say taken from a base."""
        languages = dict.fromkeys((*self.words, *base.words))
        return replace(
            self,
            colours={**base.colours, **self.colours},
            dark={**base.dark, **self.dark},
            grounds={**base.grounds, **self.grounds},
            fonts={**base.fonts, **self.fonts},
            widths={**base.widths, **self.widths},
            words={lang: {**base.words.get(lang, {}), **self.words.get(lang, {})} for lang in languages},
            blocks={**base.blocks, **self.blocks},
        )

    def variables(self) -> Mapping[str, str]:
        """Return what `var(--…)` in the style sheet can name."""
        return {
            **self.colours,
            **{f"font-{name}": value for name, value in self.fonts.items()},
            **{f"width-{name}": f"{value}px" for name, value in self.widths.items()},
        }


class _Reading:
    """Collects the faults of one file."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.lines = source.splitlines()
        self.findings: list[Finding] = []

    def add(self, message: str, *, key: str = "", line: int = 0, column: int = 1, hint: str | None = None) -> None:
        """Report a fault at a key, as far as it can be found in the text."""
        if key and not line:
            wanted = re.compile(rf"\s*\[?\"?(?:[\w.\"-]*\.)?{re.escape(key)}\b")
            line = next((at for at, text in enumerate(self.lines, start=1) if wanted.match(text)), 1)
        location = Location(path=str(self.path), line=line or 1, column=column)
        finding = Finding(code="NL240", severity=Severity.ERROR, message=message, location=location, hint=hint)
        self.findings.append(finding)


def read_settings(path: Path) -> tuple[Settings, tuple[Finding, ...]]:
    """Read theme.toml; what is wrong is left out of the settings and reported."""
    source = path.read_text(encoding="utf-8", errors="replace")
    reading = _Reading(path, source)
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        place = _POSITION.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (1, 1)
        reading.add(_("this is not TOML"), line=line, column=column)
        return Settings(), tuple(reading.findings)
    for key in table:
        if key not in _TABLES:
            near = nearest(key, _TABLES)
            hint = _("Did you mean « {name} »?").format(name=near) if near else None
            reading.add(_("theme.toml has no key « {name} »").format(name=key), key=key, hint=hint)
    settings = Settings(
        title=str(table.get("title", path.parent.name)),
        base=str(table.get("base", "")),
        colours=_texts(table, "colours", reading, _COLOUR.match, _("a colour looks like #1F4E79")),
        dark=_texts(table, "dark", reading, _COLOUR.match, _("a colour looks like #1F4E79")),
        grounds=_texts(table, "grounds", reading, _KEY.match, _("a ground names a colour")),
        fonts=_texts(table, "fonts", reading, _FONT.match, _("a font list holds letters, commas and single quotes")),
        widths=_widths(table, reading),
        words=_words(table, reading),
        blocks=_blocks(table, reading),
    )
    return settings, tuple(reading.findings)


def _table(table: Mapping[str, object], name: str, reading: _Reading) -> Mapping[str, object]:
    found = table.get(name, {})
    if isinstance(found, dict):
        return found
    reading.add(_("« {name} » must be a table").format(name=name), key=name)
    return {}


def _texts(
    table: Mapping[str, object], name: str, reading: _Reading, check: Callable[[str], object], wanted: str
) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in _table(table, name, reading).items():
        if isinstance(value, str) and check(value):
            texts[key.replace("-", "_") if name == "grounds" else key] = value
        else:
            reading.add(_("« {name} »: {wanted}").format(name=key, wanted=wanted), key=key)
    return texts


def _widths(table: Mapping[str, object], reading: _Reading) -> dict[str, int]:
    widths: dict[str, int] = {}
    for key, value in _table(table, "widths", reading).items():
        if isinstance(value, int) and 0 <= value <= 2_000:
            widths[key] = value
        else:
            wanted = _("a width is a whole number of pixels")
            reading.add(_("« {name} »: {wanted}").format(name=key, wanted=wanted), key=key)
    return widths


def _words(table: Mapping[str, object], reading: _Reading) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for lang, texts in _table(table, "words", reading).items():
        if not isinstance(texts, dict):
            reading.add(_("« {name} » must be a table").format(name=lang), key=lang)
            continue
        words[lang] = {key: str(value) for key, value in texts.items()}
    if not table.get("base"):
        for lang in words or ("words",):
            missing = [key for key in sorted(WORDS) if key not in words.get(lang, {})]
            if missing:
                message = _("« {lang} » lacks the words: {words}").format(lang=lang, words=", ".join(missing))
                reading.add(message, key=lang)
    return words


def _blocks(table: Mapping[str, object], reading: _Reading) -> dict[str, BlockSchema]:
    blocks: dict[str, BlockSchema] = {}
    for name, entry in _table(table, "blocks", reading).items():
        fields = entry.get("fields", {}) if isinstance(entry, dict) else None
        if not isinstance(fields, dict) or not isinstance(entry, dict) or not _KEY.match(name):
            reading.add(_("« {name} » must be a table with « fields »").format(name=name), key=name)
            continue
        wrong = [key for key, kind in fields.items() if kind not in _KINDS]
        for key in wrong:
            wanted = _("the kind of a field is one of: {kinds}").format(kinds=", ".join(_KINDS))
            reading.add(_("« {name} »: {wanted}").format(name=key, wanted=wanted), key=name)
        required = tuple(str(key) for key in entry.get("required", ()))
        blocks[name] = BlockSchema(fields={k: str(v) for k, v in fields.items() if k not in wrong}, required=required)
    return blocks
