"""The command line's own kinds of command and group: lazy, translated, with the same options everywhere.

A command's module is imported when the command is run, so that help costs no more than click. Texts are
marked where they are written and translated when they are shown, in the language of the call.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Concatenate, ParamSpec, TypeVar

import click

from newsletter.cli.run import Run
from newsletter.language import _, marked, nearest

P = ParamSpec("P")
T = TypeVar("T")

#: the options of every command, accepted before and after its name
_EVERYWHERE = ("--project", "--json", "--quiet", "--verbose", "--no-input", "--yes", "--color", "--lang")


@dataclass(frozen=True)
class Entry:
    """A command of the tree: its name, its line in the overview, and other names for it."""

    name: str
    short: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Commands that belong together in the overview."""

    title: str
    entries: tuple[Entry, ...]


def everywhere() -> list[click.Parameter]:
    """Make the options of every command."""
    folder = click.Path(file_okay=False)
    return [
        _common("--project", metavar="DIR", type=folder, help=marked("The project's folder. [NEWSLETTER_PROJECT]")),
        _common("--json", is_flag=True, help=marked("Print one JSON object on standard output.")),
        _common("--quiet", "-q", is_flag=True, help=marked("Print results and errors only.")),
        _common("--verbose", "-v", is_flag=True, help=marked("Say more about what is done.")),
        _common("--no-input", is_flag=True, help=marked("Never ask anything.")),
        _common(
            "--yes", "-y", is_flag=True, help=marked("Answer yes to small questions; never enough for a real send.")
        ),
        _common("--color", type=click.Choice(["auto", "always", "never"]), help=marked("Colours. [NO_COLOR]")),
        _common("--lang", metavar="LANG", help=marked("The language: fr-CA or en-CA. [NEWSLETTER_LANG]")),
    ]


def _common(*names: str, **more: object) -> click.Option:
    return click.Option(names, expose_value=False, callback=_remember, **more)  # type: ignore[arg-type] # click's own


def _remember(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep what was given, before or after the command; the later one wins."""
    if value is not None and value is not False and option.name:
        context.meta[f"newsletter.{option.name}"] = value


class _Formatter(click.HelpFormatter):
    """Headings with the colon of the language: French puts a no-break space before it."""

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{'':>{self.current_indent}}{_('{heading}:').format(heading=heading)}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names and what they mean; on a narrow terminal the names get a third of the width."""
        super().write_dl(rows, min(col_max, max(10, self.width // 3)), col_spacing)


def _columns() -> int:
    """Return how wide the terminal is; `shutil` would read three packers (5 ms) to know it."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]  # closed: below
    except (AttributeError, ValueError, OSError):
        return 80


class _Context(click.Context):
    """Help that fits the terminal: from 40 columns to 80."""

    def make_formatter(self) -> click.HelpFormatter:
        """Return the formatter for this terminal's width."""
        return _Formatter(width=max(38, min(_columns(), 80) - 2))


class _Translated(click.Command):
    """Help in the language of the call."""

    context_class = _Context
    #: lines shown as examples
    examples: Sequence[str] = ()
    #: variables of the environment that matter here
    variables: Sequence[str] = ()

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write what the command is for."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_shown(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, the command's own options, then those of every command."""
        records = [(param, self._record(param, ctx)) for param in self.get_params(ctx)]
        arguments = [param for param in self.params if isinstance(param, click.Argument)]
        own = [record for param, record in records if record and not _is_common(param)]
        common = [record for param, record in records if record and _is_common(param)]
        named = [(arg.make_metavar(ctx), _shown(arg.help)) for arg in arguments if arg.help]
        _section(formatter, _("Arguments"), named)
        _section(formatter, _("Options"), own)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        _section(formatter, _("Options of every command"), common)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples and the environment."""
        for title, lines in ((_("Examples"), self.examples), (_("Environment"), self.variables)):
            if lines:
                with formatter.section(title):
                    for line in lines:
                        formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def _record(self, param: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
        if not isinstance(param, click.Option):
            return None
        shown = copy(param)
        if param.help and "--help" not in param.opts:  # click has said its own in the language already
            shown.help = _(param.help)
        return shown.get_help_record(ctx)


def _shown(text: str | None) -> str:
    """Return a help text in the language of the call; an empty one is gettext's name for its own header."""
    return _(inspect.cleandoc(text)) if text else ""


def _section(formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _is_common(param: click.Parameter) -> bool:
    return any(name in _EVERYWHERE for name in param.opts)


class Command(_Translated):
    """A command; its function gets a `Run` first."""


class Group(_Translated, click.Group):
    """A command with commands below it, all in one module."""

    command_class = Command

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command, or say which one is near."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not cmd_name.startswith("-") and not ctx.resilient_parsing:
            _refuse_unknown(cmd_name, self.list_commands(ctx), ctx)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write each command with the first sentence of its help."""
        rows = [(name, _shown(command.help).partition("\n\n")[0]) for name, command in sorted(self.commands.items())]
        _section(formatter, _("Commands"), rows)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the alphabet."""
        return sorted(self.commands)


class Root(Group):
    """The whole tree; a command's module is imported when it is asked for."""

    def __init__(self, *, help: str, shelves: tuple[Shelf, ...]) -> None:
        super().__init__(name="newsletter", help=help, params=everywhere())
        self.shelves = shelves

    def names(self) -> dict[str, str]:
        """Return each name and alias with the command it means."""
        found: dict[str, str] = {}
        for entry in self._entries():
            found |= dict.fromkeys((entry.name, *entry.aliases), entry.name)
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands, without their other names."""
        return [entry.name for entry in self._entries()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return its command."""
        name = self.names().get(cmd_name)
        if name is None:
            if not cmd_name.startswith("-") and not ctx.resilient_parsing:
                _refuse_unknown(cmd_name, self.names(), ctx)
            return None
        found = import_module(_module(name)).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the overview, shelf by shelf."""
        for shelf in self.shelves:
            _section(formatter, _(shelf.title), [(entry.name, _(entry.short)) for entry in shelf.entries])

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: object) -> None:  # type: ignore[override] # ends the process  # noqa: ARG002 - click's signature
        """Run a command line and end the process with its exit code."""
        from newsletter.cli.start import start

        start(self, args, prog_name or "newsletter")

    def _entries(self) -> list[Entry]:
        return [entry for shelf in self.shelves for entry in shelf.entries]


def _module(name: str) -> str:
    return f"newsletter.cli.commands.{name}"


def _refuse_unknown(name: str, known: Sequence[str] | dict[str, str], ctx: click.Context) -> None:
    near = nearest(name, known)
    message = _("There is no command “{name}”.").format(name=name)
    if near:
        message += " " + _("Did you mean “{near}”?").format(near=near)
    raise click.UsageError(message, ctx)


def command(
    help: str,
    *,
    examples: Sequence[str] = (),
    variables: Sequence[str] = (),
    name: str | None = None,
) -> Callable[[Callable[Concatenate[Run, P], T]], Command]:
    """Make a function into a command; click's options and arguments stand below this decorator."""

    def decorate(function: Callable[Concatenate[Run, P], T]) -> Command:
        made = click.command(name or function.__name__, cls=Command, help=help)(_with_run(function))
        made.params += everywhere()
        made.examples, made.variables = tuple(examples), tuple(variables)
        return made

    return decorate


def group(help: str, *commands: click.Command, name: str, examples: Sequence[str] = ()) -> Group:
    """Put commands of one module under one name."""
    made = Group(name=name, help=help, params=everywhere(), commands={each.name or "": each for each in commands})
    made.examples = tuple(examples)
    return made


def _with_run(function: Callable[Concatenate[Run, P], T]) -> Callable[P, T]:
    """Give the function what was said before and after its name, and its outputs."""

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        context = click.get_current_context()
        return function(Run.of(context), *args, **kwargs)

    call.__doc__ = function.__doc__
    call.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined] # click's own
    return call
