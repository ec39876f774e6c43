"""The coalition's own project in a folder of the test's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_project import ROOT, Coalition


@pytest.fixture
def coalition(tmp_path: Path, imported: Callable[[int], Path]) -> Coalition:
    return _copied(tmp_path / "coalition", imported)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Import the demonstration's list, or a crowd of that many, by the command line; once a run, to copy the rows."""
    made: dict[int, Path] = {}

    def of(count: int) -> Path:
        if count not in made:
            coalition = _copied(tmp_path_factory.mktemp("imported") / "coalition", None)
            if count:
                coalition.import_crowd(count)
            else:
                coalition.import_people()
            made[count] = coalition.folder / "var"
        return made[count]

    return of


def _copied(folder: Path, imported: Callable[[int], Path] | None) -> Coalition:
    folder.mkdir()
    shutil.copy(ROOT / "newsletter.toml", folder)
    for name in ("issues", "subscribers"):
        shutil.copytree(ROOT / name, folder / name)
    return Coalition(folder, imported=imported)
