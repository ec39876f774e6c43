"""What was said anywhere on a command line: the options of every command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of every command, as given on the line."""

    #: the folder of `--project`; None: found upwards from the current one
    project: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    yes: bool = False
    color: str = "auto"
    #: the language as asked for; empty: from the environment or the project
    lang: str = ""


def settings_from(meta: Mapping[str, object]) -> Settings:
    """Read the options that click kept for us."""

    def given(name: str) -> object:
        return meta.get(f"newsletter.{name}")

    project = given("project")
    return Settings(
        project=Path(str(project)) if project else None,
        json=bool(given("json")),
        quiet=bool(given("quiet")),
        verbose=bool(given("verbose")),
        no_input=bool(given("no_input")),
        yes=bool(given("yes")),
        color=str(given("color") or "auto"),
        lang=str(given("lang") or ""),
    )
