"""The files for deploying are what their programs accept, and name commands and options that exist."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.root import newsletter

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment]
    read.read(path)
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists_and_leaves_it_time_to_end(path: Path) -> None:
    service = unit(path)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert Path(program).name == "newsletter"
    assert CliRunner().invoke(newsletter, [words[0], "--help"]).exit_code == 0
    assert int(service["TimeoutStopSec"]) > 30
    assert service["KillSignal"] == "SIGTERM"
    assert service["EnvironmentFile"] == "/etc/newsletter/environment"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_units(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there (Debian: systemd)")
    name = path.name.replace("@.", "@1.")
    # the program is not installed where the unit says
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(), flags=re.MULTILINE)
    (tmp_path / path.name).write_text(text)
    if name != path.name:
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "newsletter" in line]
    assert not complaints


def test_the_container_file_copies_what_is_there_and_runs_what_exists() -> None:
    lines = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text()).splitlines()
    words = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in words} <= known
    last = dict(words)
    assert last["USER"] != "root"
    assert (ROOT / "requirements.lock").exists()
    command = re.findall(r'"([^"]+)"', last["CMD"])
    assert CliRunner().invoke(newsletter, [command[0], "--help"]).exit_code == 0


def test_every_variable_of_the_example_is_one_that_is_read() -> None:
    from newsletter.config.environment import SECRETS
    from newsletter.config.model import Config

    for name in re.findall(r"^#?(NEWSLETTER_\w+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE):
        section, _, key = name.removeprefix("NEWSLETTER_").lower().partition("_")
        assert name in SECRETS or (section in Config.model_fields and key), name
