"""`newsletter schema`."""

from __future__ import annotations

import json

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.language import marked


@make(
    marked("Print the JSON Schema of an issue's front matter, or of newsletter.toml, for editors and other tools."),
    examples=("newsletter schema issue > issue.schema.json", "newsletter schema config"),
    name="schema",
)
@click.argument("what", type=click.Choice(["issue", "config"]))
def command(run: Run, what: str) -> None:
    """Print one schema as it is."""
    run.out.write(json.dumps(_issue() if what == "issue" else _config(), ensure_ascii=False, indent=2) + "\n")


def _issue() -> dict[str, object]:
    from newsletter.issue import issue_schema

    return issue_schema()


def _config() -> dict[str, object]:
    """The model's schema without what is no key of the file."""
    from newsletter.config.model import Config

    schema = Config.model_json_schema(by_alias=True)
    for name in ("root", "secrets"):
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema.get("required", []) if name != "root"]
    schema["$defs"].pop("Secrets", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "newsletter.toml", **schema}
