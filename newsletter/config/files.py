"""The project's other TOML files, lists and personas: validated like the configuration, faults at their places."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from newsletter.config.faults import fault_of
from newsletter.config.model import Section
from newsletter.config.source import Source, parse_toml, read_text
from newsletter.errors import ConfigError, Finding
from newsletter.language import _

M = TypeVar("M", bound=Section)


def read_file(path: Path, model: type[M], *, shown: str) -> M:
    """Read a TOML file as a model; raise ConfigError with every finding, each at `shown:line:column`."""
    text = read_text(path, shown=shown)
    table = parse_toml(text, shown=shown)
    source = Source(path=path, shown=shown, text=text, table=table)
    try:
        return model.model_validate(table)
    except ValidationError as error:
        findings = [fault_of(detail, model, partial(_place, source)) for detail in error.errors(include_url=False)]
        raise ConfigError(_("{file} has faults.").format(file=shown), findings) from None


def _place(
    source: Source,
    path: tuple[str | int, ...],
    text: str,
    *,
    code: str = "NL051",
    at_value: bool = True,
    suggestion: str | None = None,
    hint: str | None = None,
) -> Finding:
    named = ".".join(part for part in path if isinstance(part, str))
    message = f"{named}: {text}" if at_value else text
    return source.finding(code, path, message, at_value=at_value, suggestion=suggestion, hint=hint)
