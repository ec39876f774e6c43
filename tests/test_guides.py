"""What tutorials and guides show is done: files are written as shown, commands are run, outputs are what they say.

A block ```sh is run line by line; `no-run` is for what does not end or goes to the network, `fails` for what ends with
a finding. A block with a file's name is that file. A block ```text after a command is what it printed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.root import newsletter

DOCS = Path(__file__).parent.parent / "docs"
#: pages for authors; those for who keeps a server have commands of a server
STEMS = ("premiere-infolettre", "first-newsletter", "theme", "integration-continue", "ci")
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.stem in STEMS)
FENCE = re.compile(
    r"^(?P<fence>`{3,4})(?P<kind>\w+)(?: (?P<more>\S+))?\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[int, str]]:
    """Run a line as a shell in a folder of the test's own would; it knows `cd` and `newsletter`."""
    for name in [name for name in os.environ if name.startswith(("NEWSLETTER_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[int, str]:
        program, *words = shlex.split(line)
        if program == "cd":
            monkeypatch.chdir(words[0])
            return 0, ""
        assert program == "newsletter", line
        result = CliRunner().invoke(newsletter, words)
        return result.exit_code, result.output

    return run


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_page_does_what_it_shows(
    page: Path, shell: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_LANG", page.parts[-3])
    printed, done = "", 0
    for block in FENCE.finditer(page.read_text(encoding="utf-8")):
        kind, more, text = block["kind"], block["more"] or "", block["text"]
        if kind == "sh" and more != "no-run":
            for line in text.splitlines():
                code, printed = shell(line)
                assert code == (1 if more == "fails" else 0), f"{line}: {printed}"
                done += 1
        elif kind == "text":
            assert text.strip() in printed.replace("\xa0", " "), printed
        elif more and kind != "sh":
            Path(more).parent.mkdir(parents=True, exist_ok=True)
            Path(more).write_text(text, encoding="utf-8")
    assert done > 1


def test_both_languages_have_the_same_pages_and_the_same_outline() -> None:
    french, english = (
        sorted(path.relative_to(DOCS / lang) for path in (DOCS / lang).rglob("*.md")) for lang in ("fr", "en")
    )
    assert len(french) == len(english) > 7
    outlines = [
        sorted(re.findall(r"^(#+) ", (DOCS / lang / page).read_text(encoding="utf-8"), re.MULTILINE) for page in pages)
        for lang, pages in (("fr", french), ("en", english))
    ]
    assert outlines[0] == outlines[1]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_every_link_and_picture_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)\)", _prose(page)):
        assert (page.parent / target).exists(), target


def _prose(page: Path) -> str:
    """Return a page without its blocks of code: what they show are others' links."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))
