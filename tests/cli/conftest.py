"""The command line, run in this process and as a process of its own."""

import email
import email.policy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starter_people import IMPORT

from newsletter.cli.root import newsletter


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave out what the machine says; stand in a folder of the test's own."""
    for name in [name for name in os.environ if name.startswith(("NEWSLETTER_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_CA.UTF-8")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command line in this process; the result has exit_code, stdout and stderr."""

    def call(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(newsletter, [str(word) for word in words], input=stdin)

    return call


@pytest.fixture
def run_json(run: Callable[..., Result]) -> Callable[..., dict]:
    """Run a command line with `--json` and read its one object."""

    def call(*words: str, code: int = 0) -> dict:
        result = run(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return call


@pytest.fixture
def spawn(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run the command line as a process of its own."""

    def call(*words: str, **more) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "newsletter", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env={**os.environ, **more.pop("env", {})},
            **more,
        )

    return call


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """A project that `init` made, and its people imported: copied for each test."""
    folder = tmp_path_factory.mktemp("started") / "p"
    assert CliRunner().invoke(newsletter, ["init", str(folder), "--no-git", "--lang", "fr-CA"]).exit_code == 0
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert CliRunner().invoke(newsletter, list(IMPORT)).exit_code == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def project(started, tmp_path, monkeypatch):
    """A project of the test's own, to stand in."""
    folder = tmp_path / "projet"
    shutil.copytree(started, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NEWSLETTER_LANG", "en")
    return folder


@pytest.fixture
def outbox(project):
    """Read the mails that lie in the outbox."""

    def read():
        files = sorted((project / "var" / "outbox").glob("S*/*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    return read
