"""The suite's modules stay whole: groups that do nothing would only be noticed as tests that fail at times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sharing_out import FIRST, TOGETHER

TESTS = Path(__file__).parent
MODULE = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(4))
def test_it(number):
    pathlib.Path(__file__).with_suffix(f".{number}").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""


@pytest.mark.parametrize("path", sorted({*TOGETHER, *FIRST}))
def test_what_is_put_first_or_together_is_there(path: str) -> None:
    assert (TESTS.parent / path).exists()


def test_two_workers_share_whole_modules(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(MODULE)
    words = ["-n", "2", "--dist", "loadgroup", "-p", "sharing_out", "-p", "no:cacheprovider", "-c", "/dev/null"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--rootdir", str(tmp_path), str(tmp_path)],
        env={"PYTHONPATH": str(TESTS), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    workers = {name: {path.read_text() for path in tmp_path.glob(f"test_{name}.[0-9]")} for name in ("a", "b", "c")}
    assert all(len(found) == 1 for found in workers.values()), workers
    assert len(set.union(*workers.values())) == 2, workers
