"""A project's folder with a configuration of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Config, read_config
from newsletter.language import speaking


@pytest.fixture(autouse=True)
def _in_english():
    with speaking("en-CA"):
        yield


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., Config]:
    """Write newsletter.toml and read it with an environment."""

    def write(text: str = "", **environ: str) -> Config:
        (tmp_path / "newsletter.toml").write_text(text, encoding="utf-8")
        return read_config(tmp_path, environ)

    return write
