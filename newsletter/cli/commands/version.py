"""`newsletter version`."""

from __future__ import annotations

import platform

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import marked
from newsletter.version import __version__


@make(
    marked("Print the version of the program and of Python."), examples=("newsletter version --json",), name="version"
)
def command(run: Run) -> None:
    """Say which version runs, for a report of a fault."""
    python = platform.python_version()
    run.out.result(
        "version", {"version": __version__, "python": python}, [f"infolettre {__version__} (Python {python})"]
    )
