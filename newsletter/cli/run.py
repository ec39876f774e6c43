"""What every command gets first: the options said anywhere on the line, the outputs, and the project."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.cli.output import Output
from newsletter.cli.settings import Settings, settings_from
from newsletter.errors import RefusedError
from newsletter.language import _

if TYPE_CHECKING:
    import click

    from newsletter.config import Config
    from newsletter.project import Project


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    settings: Settings
    out: Output
    environ: Mapping[str, str] = field(repr=False, default_factory=lambda: os.environ)

    @staticmethod
    def of(context: click.Context) -> Run:
        """Return the run of a click context: made from what its command line said."""
        settings = settings_from(context.meta)
        if settings.verbose:
            import logging  # 10 ms that help does not need

            logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
        run = Run(settings, Output.of(settings, os.environ))
        context.call_on_close(run.close)
        return run

    def close(self) -> None:
        """Give back what the project opened."""
        if "project" in self.__dict__:
            self.project.close()

    @cached_property
    def root(self) -> Path:
        """The project's folder; raises ConfigError when there is none."""
        from newsletter.config import find_root

        given = self.settings.project or self.environ.get("NEWSLETTER_PROJECT")
        return find_root(Path(given or Path.cwd()))

    @cached_property
    def config(self) -> Config:
        """The project's configuration; raises ConfigError with every fault."""
        from newsletter.config import read_config

        return read_config(self.root, self.environ)

    @cached_property
    def project(self) -> Project:
        """The project, opened."""
        from newsletter.project import Project

        return Project(self.config)

    @cached_property
    def anywhere(self) -> Project:
        """The project; in a folder that has none, when none was named, that folder with the defaults."""
        from newsletter.config import plain_config, root_above

        if self.settings.project or self.environ.get("NEWSLETTER_PROJECT") or root_above(Path.cwd()):
            return self.project
        from newsletter.project import Project

        return Project(plain_config(Path.cwd(), self.environ))

    @property
    def interactive(self) -> bool:
        """Tell whether a person can be asked: a terminal on both sides, and nothing against it."""
        return not (self.settings.no_input or self.settings.json) and sys.stdin.isatty() and sys.stderr.isatty()

    def ask(self, question: str) -> str:
        """Ask for one line; raise RefusedError when nobody can be asked."""
        import click

        if not self.interactive:
            raise RefusedError(
                _("This needs an answer, and nobody can be asked here."),
                hint=_("Run it at a terminal, or give the answer as an option."),
            )
        answer: str = click.prompt(question, default="", show_default=False, err=True)
        return answer.strip()

    def agree(self, question: str) -> bool:
        """Ask a small question; `--yes` answers it. Never enough for a real send."""
        if self.settings.yes:
            return True
        return self.ask(f"{question} [{_('yes')}/{_('no')}]").lower() in (_("yes"), _("yes")[:1], "y", "yes")
