"""The wheel works in a bare environment: nothing of the development tools, templates and words included."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_templates_words_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "newsletter/py.typed" in names
    assert "newsletter/_templates/default/layout.mjml.j2" in names
    assert any(name.endswith("fr_CA/LC_MESSAGES/issue.mo") for name in names)
    assert "newsletter/edition/check/clients.json" in names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


@pytest.mark.slow
def test_a_newcomer_with_the_wheel_alone_makes_and_sends_a_newsletter(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    # what is imported is compiled when it is first imported: a tenth of what is installed
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
    subprocess.run([*install, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
    subprocess.run([*install, "--no-deps", wheel], check=True)

    def newsletter(*arguments: str, folder: Path = tmp_path) -> str:
        command = [python.with_name("newsletter"), *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    assert "send" in newsletter("--help")
    newsletter("init", "mon-infolettre", "--no-git")
    project = tmp_path / "mon-infolettre"
    issue = next((project / "issues").glob("*.md"))
    assert "<html" in newsletter("render", str(issue), folder=project)
