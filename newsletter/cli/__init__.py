"""The command line: one module per command, each a few lines over the library."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from newsletter.cli.root import newsletter

    newsletter.main()
