"""A new project's folder: a finished issue with every block, personas, a demonstration list, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.project.picture import hills

STARTER = Path(__file__).with_name("starter")
PICTURE = (1200, 500)
#: the starter's languages: folder, issue, picture
_ISSUES = {"fr-CA": ("bienvenue", "quartier.png"), "en-CA": ("welcome", "neighbourhood.png")}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a new project is to be."""

    lang: str = "fr-CA"
    #: the issue in both languages
    bilingual: bool = False
    theme: str = "default"
    today: date


def start_project(folder: Path, wish: Wish) -> tuple[Path, ...]:
    """Write a new project and return its files; nothing that is there is ever written over.

    Raises UsageError when one of the files is there already.
    """
    files = starter_files(wish)
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise UsageError(
            _("There is something in the way: {names}.").format(names=", ".join(sorted(taken))),
            hint=_("Choose an empty folder: newsletter init DIR"),
        )
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tuple(folder / name for name in files)


def starter_files(wish: Wish) -> Mapping[str, bytes]:
    """Return the content of each file of a new project, by its path in the folder."""
    slug, picture = _ISSUES[wish.lang]
    files = _folder(wish.lang, slug, picture, wish)
    if wish.bilingual:
        other = "en-CA" if wish.lang == "fr-CA" else "fr-CA"
        files[f"issues/{slug}.{wish.lang[:2]}.md"] = files.pop(f"issues/{slug}.md")
        theirs = _folder(other, slug, picture, wish)
        files |= {name: text for name, text in theirs.items() if name.startswith("issues/") and name.count("/") > 1}
        files[f"issues/{slug}.{other[:2]}.md"] = theirs[f"issues/{_ISSUES[other][0]}.md"]
    files[f"issues/images/{picture}"] = hills(*PICTURE)
    return files


def _folder(lang: str, slug: str, picture: str, wish: Wish) -> dict[str, bytes]:
    """Read one language's files and put the dates and names in."""
    words = {
        "@slug@": slug,
        "@image@": picture,
        "@theme@": wish.theme,
        "@today@": wish.today.isoformat(),
        "@event@": (wish.today + timedelta(days=24)).isoformat(),
    }
    found = {}
    for path in sorted((STARTER / lang).rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            name = path.relative_to(STARTER / lang).as_posix().replace("gitignore", ".gitignore")
            found[name] = text.encode()
    return found
