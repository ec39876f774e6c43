"""`newsletter completion`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import marked


@make(
    marked("Print a script that completes commands and options in a shell."),
    examples=(
        'eval "$(newsletter completion bash)"',
        "newsletter completion fish > ~/.config/fish/completions/newsletter.fish",
    ),
    name="completion",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(run: Run, shell: str) -> None:
    """Print click's own script for the shell."""
    from click.shell_completion import get_completion_class

    from newsletter.cli.root import newsletter

    made = get_completion_class(shell)
    assert made is not None
    run.out.write(made(newsletter, {}, "newsletter", "_NEWSLETTER_COMPLETE").source())
