"""Write the reference pages of the documentation: commands, rules, keys of the front matter, blocks.

    make reference

What the program knows is taken from the program (the command tree, the registry of rules, the schema); only what a
key or a block is for stands in `reference_words`. A test says when a page is no longer what this writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from reference_words import BLOCKS, HEADS, KEYS

from newsletter.cli.config_rules import config_rules
from newsletter.cli.root import newsletter
from newsletter.cli.start import translate_click
from newsletter.edition.check import Rule, rules
from newsletter.issue import issue_schema
from newsletter.language import _, speaking

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCES = ROOT / "tests" / "golden" / "blocks"
#: language -> its folder, its place in the pairs of `reference_words`, the names of its pages
FOLDERS = {"fr-CA": ("fr/reference", 0), "en-CA": ("en/reference", 1)}
PAGES = {
    "commands": ("commandes.md", "commands.md"),
    "rules": ("regles.md", "rules.md"),
    "keys": ("numero.md", "issue.md"),
    "blocks": ("blocs.md", "blocks.md"),
}


def pages() -> Iterator[tuple[Path, str]]:
    """Yield each page's file and its text."""
    os.environ["COLUMNS"] = "82"  # help is as wide as the terminal
    translate_click()
    writers = {"commands": _commands, "rules": _rules, "keys": _keys, "blocks": _blocks}
    for lang, (folder, side) in FOLDERS.items():
        with speaking(lang):
            for name, write in writers.items():
                text = "\n".join((f"# {HEADS[name][side]}", "", HEADS[f"{name}-lead"][side], "", *write(side)))
                yield DOCS / folder / PAGES[name][side], text.rstrip() + "\n"


def _commands(side: int) -> Iterator[str]:
    root = newsletter.context_class(newsletter, info_name="newsletter")
    yield from ("```text", *_common(root), "```", "")
    for shelf in newsletter.shelves:
        yield from (f"## {_(shelf.title)}", "")
        for entry in shelf.entries:
            command = newsletter.get_command(root, entry.name)
            assert command is not None
            yield from _command(command, command.context_class(command, info_name=entry.name, parent=root), "###", side)
            if entry.aliases:
                yield from (f"{HEADS['alias'][side]}{', '.join(f'`{alias}`' for alias in entry.aliases)}.", "")


def _command(command: click.Command, context: click.Context, level: str, side: int) -> Iterator[str]:
    yield from (f"{level} `{context.command_path}`", "", "```text", *_own(_help(command, context)), "```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, inner.context_class(inner, info_name=name, parent=context), f"{level}#", side)


def _help(command: click.Command, context: click.Context) -> str:
    """Return a command's help; click keeps the option --help in the language that was spoken first."""
    command._help_option = None
    return command.get_help(context)


def _sections(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.rstrip().split("\n\n")]


def _is_common(lines: list[str]) -> bool:
    return lines[0].startswith(_("Options of every command"))


def _common(root: click.Context) -> list[str]:
    """Return what every command's help ends with, once."""
    command = newsletter.get_command(root, "version")
    assert command is not None
    text = _help(command, command.context_class(command, info_name="version", parent=root))
    return next(lines for lines in _sections(text) if _is_common(lines))


def _own(text: str) -> Iterator[str]:
    """Yield a command's help without the options that every command has."""
    blocks = [lines for lines in _sections(text) if not _is_common(lines)]
    for number, lines in enumerate(blocks):
        yield from ([""] if number else [])
        yield from lines


def _rules(side: int) -> Iterator[str]:
    every = sorted((*rules(), *config_rules()), key=lambda rule: rule.code)
    for family in dict.fromkeys(rule.code[:3] for rule in every):
        yield from (f"## {family}xx {HEADS[family][side]}", "")
        for rule in every:
            if rule.code.startswith(family):
                yield from _rule(rule, side)


def _rule(rule: Rule, side: int) -> Iterator[str]:
    words = {"error": _("error:"), "warning": _("warning:"), "info": _("note:")}
    kind = words[rule.severity.value].rstrip(" :\xa0")
    fixable = f" · {HEADS['fixable'][side]}" if rule.fixable else ""
    yield from (f"### {rule.code} {_(rule.title)}", "", f"*{kind}{fixable}.* {_(rule.why)}", "")
    for title, example in ((_("Not so:"), rule.bad), (_("But so:"), rule.good)):
        yield from (title, "", "````text", example, "````", "")


def _keys(side: int) -> Iterator[str]:
    schema = issue_schema()
    properties, aliases = schema["properties"], schema["x-aliases"]
    assert isinstance(properties, dict)
    assert isinstance(aliases, dict)
    yield f"| {' | '.join(HEADS['keys-columns'][side])} |"
    yield "| --- | --- | --- | --- |"
    for key, shape in properties.items():
        others = ", ".join(f"`{alias}`" for alias, name in aliases.items() if name == key)
        default = f"`{shape['default']}`".lower() if "default" in shape else ""
        default = f"`{shape['default']}`" if isinstance(shape.get("default"), str) else default
        values = " · ".join(f"`{value}`" for value in shape.get("enum", ()))
        said = f"{KEYS[key][side]} {values}".strip()
        yield f"| `{key}` | {others} | {said} | {default} |"
    yield from ("", HEADS["keys-after"][side], "", "```sh", "newsletter schema issue", "```")


def _blocks(side: int) -> Iterator[str]:
    for name, (titles, texts) in BLOCKS.items():
        source = (SOURCES / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")
        yield from (f"## {titles[side]}", "", texts[side], "", "````markdown", source, "````", "")
        for width, alt in ((390, HEADS["phone"][side]), (1280, HEADS["desktop"][side])):
            yield from (f"![{titles[side]}, {alt}](../../images/blocs/{name}-{width}.webp)", "")


def main() -> None:
    """Write every page."""
    for path, text in pages():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
