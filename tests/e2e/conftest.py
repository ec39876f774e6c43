"""The coalition's own project in a folder of the test's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from e2e_project import ROOT, Coalition


@pytest.fixture
def coalition(tmp_path: Path) -> Coalition:
    folder = tmp_path / "coalition"
    folder.mkdir()
    shutil.copy(ROOT / "newsletter.toml", folder)
    for name in ("issues", "subscribers"):
        shutil.copytree(ROOT / name, folder / name)
    return Coalition(folder)
