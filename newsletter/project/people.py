"""The files about people: `subscribers/<list>.toml` and `subscribers/personas.toml`. Nobody real stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.config import Config
from newsletter.config.files import read_file
from newsletter.config.model import Language, Section
from newsletter.errors import ConfigError, Finding, Location, Severity, UsageError
from newsletter.language import _, nearest

FOLDER = "subscribers"
PERSONAS = "personas"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = frozenset({"list", "show", "cancel", "preview", PERSONAS, "create", "test"})


class ListFile(Section):
    """`subscribers/<list>.toml`."""

    title: dict[Language, str] = Field(default_factory=dict)
    description: dict[Language, str] = Field(default_factory=dict)
    sender: str = ""
    languages: tuple[Language, ...] = ()
    public: bool = False
    double_opt_in: bool = True
    discreet: bool = False
    consent: dict[Language, str] = Field(default_factory=dict)


class Persona(Section):
    """An invented reader: `[[persona]]`."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    name: str = ""
    lang: Language = "fr-CA"
    lists: tuple[str, ...] = ()
    fields: dict[str, str | int | float | bool | tuple[str, ...]] = Field(default_factory=dict)


class PersonasFile(Section):
    """`subscribers/personas.toml`."""

    persona: tuple[Persona, ...] = ()


def read_lists(config: Config) -> Mapping[str, MailingList]:
    """Read every list of the project by its name; raise ConfigError with the faults of the first wrong file."""
    found = {}
    for path in sorted((config.root / FOLDER).glob("*.toml")):
        if path.stem != PERSONAS:
            found[path.stem] = _read_list(path, config)
    return MappingProxyType(found)


def read_personas(config: Config) -> Mapping[str, Subscriber]:
    """Read the invented readers by key; without a file there is one, in the project's language."""
    path = config.root / FOLDER / f"{PERSONAS}.toml"
    if not path.exists():
        return MappingProxyType({"": _reader(Persona(key="exemple", lang=config.site.lang))})
    personas = read_file(path, PersonasFile, shown=_shown(path)).persona
    return MappingProxyType({persona.key: _reader(persona) for persona in personas})


def create_list(config: Config, name: str) -> Path:
    """Write a new list's file with its texts to be filled in; raise UsageError for a bad or taken name."""
    path = config.root / FOLDER / f"{name}.toml"
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(
            _("“{name}” can not be a list's name.").format(name=name),
            hint=_("Small letters, digits and hyphens, for example: comite-formation."),
        )
    if path.exists():
        raise UsageError(_("There is a list “{name}” already.").format(name=name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_list_text(config, name), encoding="utf-8")
    return path


def _list_text(config: Config, name: str) -> str:
    languages = config.site.languages
    texts = {
        "title": [f'{lang} = "{name}"' for lang in languages],
        "description": [f'{lang} = ""' for lang in languages],
        "consent": [f'{lang} = "{_consent(lang, config.site.name)}"' for lang in languages],
    }
    head = [f"languages = {list(languages)!r}".replace("'", '"'), "public = false", "double_opt_in = true"]
    tables = ["\n".join(["", f"[{table}]", *lines]) for table, lines in texts.items()]
    return "\n".join([*head, "discreet = false", *tables, ""])


def _consent(lang: str, name: str) -> str:
    """The wording people agree to, in the list's language and not in the one of whoever makes the list."""
    name = name.replace("\\", "").replace('"', "’")
    if lang.startswith("fr"):
        agreed, free = (
            "J’accepte de recevoir par courriel l’infolettre de",
            "Je peux retirer mon consentement en tout temps.",
        )
        return f"{agreed} {name}. {free}"
    return f"I agree to receive the newsletter of {name} by e-mail. I can withdraw my consent at any time."


def _read_list(path: Path, config: Config) -> MailingList:
    file = read_file(path, ListFile, shown=_shown(path))
    if file.sender and file.sender not in config.sender:
        raise ConfigError(_("{file} has faults.").format(file=_shown(path)), [_unknown_sender(path, file, config)])
    return MailingList(name=path.stem, **{**file.model_dump(), "languages": file.languages or config.site.languages})


def _unknown_sender(path: Path, file: ListFile, config: Config) -> Finding:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.lstrip().startswith("sender")), 1)
    return Finding(
        code="NL054",
        severity=Severity.ERROR,
        message=_("there is no sender “{name}” in newsletter.toml").format(name=file.sender),
        location=Location(path=_shown(path), line=line),
        suggestion=nearest(file.sender, config.sender),
        source=lines[line - 1],
    )


def _reader(persona: Persona) -> Subscriber:
    """A persona as a subscriber: no row, a key that no link can be made from, an address nobody has (RFC 6761)."""
    return Subscriber(
        id=0,
        key="0" * 32,
        address=f"{persona.key}@example.org",
        name=persona.name,
        lang=persona.lang,
        lists=persona.lists,
        fields=dict(persona.fields),
    )


def _shown(path: Path) -> str:
    return f"{FOLDER}/{path.name}"
