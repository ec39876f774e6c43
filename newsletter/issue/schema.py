"""The JSON Schema of an issue's front matter: what `newsletter schema issue` prints, and what reading validates by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path


def issue_schema() -> dict[str, object]:
    """Return the schema (draft 2020-12), with our aliases under `x-aliases`; the caller may change it."""
    schema: dict[str, object] = json.loads(_text())
    return schema


@lru_cache(maxsize=1)
def _text() -> str:
    return Path(__file__).with_name("issue.schema.json").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def key_schemas() -> Mapping[str, Mapping[str, object]]:
    """Return the schema of each key by its name."""
    properties = issue_schema()["properties"]
    assert isinstance(properties, dict)
    return properties


@lru_cache(maxsize=1)
def aliases() -> Mapping[str, str]:
    """Return the other names of keys: `objet` is `subject`."""
    found = issue_schema()["x-aliases"]
    assert isinstance(found, dict)
    return found
