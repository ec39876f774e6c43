"""What is written for people stays true: the two READMEs say the same, and name commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^(`{3,4})(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_both_readmes_have_the_same_structure_and_the_same_code() -> None:
    english, french = _read("README.md"), _read("LISEZMOI.md")
    levels = [re.findall(r"^(#+) ", text, re.MULTILINE) for text in (english, french)]
    assert levels[0] == levels[1]
    codes = [[re.sub(r"\s+#.*", "", block[2]) for block in FENCE.findall(text)] for text in (english, french)]
    assert codes[0] == codes[1]


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md", "CONTRIBUTING.md"])
def test_every_local_link_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", _read(name)):
        assert (ROOT / target).exists(), target


def test_the_index_of_the_documentation_names_every_page() -> None:
    named = set(re.findall(r"\]\(([^)#]+)\)", _read("docs/README.md")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").glob("*/*/*.md")}
    assert pages == named
