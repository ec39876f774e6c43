"""The parts of the studio that need no browser: marks, cuts, losses, frames, commands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from email import message_from_bytes, policy
from pathlib import Path
from queue import Queue

import pytest
from desk_client import PATIENCE

from newsletter import open_project
from newsletter.errors import Finding, IssueError, Location, Severity, UsageError
from newsletter.issue.document import Issue
from newsletter.project import Project
from newsletter.project.pressroom import Pressroom
from newsletter.web.preview.inbox import cut, first_words
from newsletter.web.preview.lines import marked_issue, marks_of, with_lines, without_lines
from newsletter.web.preview.mending import command_line, start
from newsletter.web.preview.outlook import as_outlook, kept
from newsletter.web.preview.shape import code_frame
from newsletter.web.preview.shelf import IssueShelf
from newsletter.web.preview.watch import Bell, Places, watch
from newsletter.web.preview.workshop import Workshop

ROOT = Path(__file__).parents[2]
HEAD = "---\nsubject: Essai\npreheader: Un résumé\n---\n\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "issues").mkdir()
    (tmp_path / "newsletter.toml").write_text('[site]\nname = "Coalition"\n', encoding="utf-8")
    (tmp_path / "issues" / "essai.md").write_text(f"{HEAD}# Titre\n\nUn texte.\n", encoding="utf-8")
    return open_project(tmp_path)


@pytest.fixture
def workshop(project: Project) -> Workshop:
    return Workshop(open_press=lambda: Pressroom(project=project))


@pytest.mark.parametrize("path", sorted((ROOT / "issues").glob("*.md")), ids=lambda path: path.stem)
def test_without_its_marks_a_page_is_the_mail_to_the_octet(path: Path) -> None:
    project = open_project(ROOT)
    issue = project.read_issue(path)
    reader = next(iter(project.personas.values()))
    press = Pressroom(project=project)
    edition = press.render(issue)
    _sender, values = press.values(issue, edition, reader)
    marked = marked_issue(issue)
    html = with_lines(press.render(marked.issue).html({**values, "mark": marked.values}), marked.places)
    assert without_lines(html) == edition.html(values)
    lines = {mark.line for mark in marks_of(html)}
    assert len(lines) > 5
    assert lines <= set(range(1, len(issue.source.splitlines()) + 1))


@pytest.mark.parametrize("path", sorted((ROOT / "issues").glob("*.md")), ids=lambda path: path.stem)
def test_what_is_seen_is_what_is_sent_line_by_line(path: Path) -> None:
    project = open_project(ROOT)
    issue = project.read_issue(path)
    press = Pressroom(project=project)
    edition = press.render(issue)
    for reader in project.personas.values():
        _sender, values = press.values(issue, edition, reader)
        mail = message_from_bytes(press.sample(issue, edition, reader).content, policy=policy.default)
        html, text = (mail.get_body((kind,)).get_content().splitlines() for kind in ("html", "plain"))
        assert html == edition.html(values).splitlines()
        assert text == edition.text(values).splitlines()


def test_a_real_mail_holds_no_mark(workshop: Workshop) -> None:
    printed = workshop.printed("essai", "fr-CA")
    mail = workshop.press.sample(printed.issue, printed.edition, None)
    assert b"data-line" not in mail.content
    assert "data-line" in workshop.details("essai", "fr-CA", "").marked


def test_a_saved_issue_is_rendered_once_a_generation(workshop: Workshop) -> None:
    first = workshop.printed("essai", "fr-CA")
    assert workshop.printed("essai", "fr-CA") is first
    assert workshop.renew() == first.generation + 1
    assert workshop.printed("essai", "fr-CA") is not first


def test_broken_front_matter_keeps_the_last_good_view(workshop: Workshop, project: Project) -> None:
    assert "Un texte." in workshop.view("essai", "fr-CA", "").html
    (project.root / "issues" / "essai.md").write_text('---\nsubject: "x\n---\n\ny\n', encoding="utf-8")
    workshop.renew()
    view = workshop.view("essai", "fr-CA", "")
    assert isinstance(view.fault, IssueError)
    assert str(view.fault.location).startswith("issues/essai.md:2:")
    assert "Un texte." in view.html


def test_a_fault_is_told_of_the_save_it_was_found_in_when_another_one_follows_at_once(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that took it for the newest would show it until the next save."""
    before = workshop.generation

    def mended_meanwhile(_workshop: Workshop, _slug: str) -> Sequence[Issue]:
        workshop.renew()
        raise IssueError("broken", ())

    monkeypatch.setattr(Workshop, "_read", mended_meanwhile)
    assert workshop.view("essai", "fr-CA", "").generation == before
    assert workshop.details("essai", "fr-CA", "").generation == before + 1
    assert workshop.generation == before + 2


def test_details_of_a_save_that_was_followed_by_another_are_not_those_of_its_picture(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = workshop.view("essai", "fr-CA", "")
    assert workshop.details("essai", "fr-CA", "").generation == picture.generation
    sample = Pressroom.sample
    monkeypatch.setattr(Pressroom, "sample", lambda *given: (workshop.renew(), sample(*given))[1])
    found = workshop.details("essai", "fr-CA", "")
    assert (found.generation, found.size) == (picture.generation + 1, 0)


def test_a_server_that_ends_lets_every_page_go_that_listens() -> None:
    async def heard() -> list[int | None]:
        bell = Bell()
        listening = bell.listen()
        found = [await anext(listening)]
        bell.ring(2)
        found.append(await anext(listening))
        rest = asyncio.ensure_future(_all(listening))
        await asyncio.sleep(0)  # it waits for what comes
        bell.end()
        return [*found, *await rest]

    assert asyncio.run(asyncio.wait_for(heard(), PATIENCE)) == [1, 2, 2]


async def _all(listening: AsyncIterator[int | None]) -> list[int | None]:
    return [generation async for generation in listening]


def test_what_is_saved_before_the_watch_is_there_is_told_by_it(tmp_path: Path, project: Project) -> None:
    places = Places(root=tmp_path, often=tmp_path / "issues", seldom=(tmp_path / "templates",))
    told: Queue[bool] = Queue()
    seen, stop = places.marks(), threading.Event()
    (tmp_path / "issues" / "essai.md").write_text(f"{HEAD}Un autre.\n", encoding="utf-8")
    watching = threading.Thread(target=watch, args=(places, told.put, stop, seen), daemon=True)
    watching.start()
    try:
        assert told.get(timeout=PATIENCE) is False
        (tmp_path / "newsletter.toml").write_text('[site]\nname = "Autre"\n', encoding="utf-8")
        assert told.get(timeout=PATIENCE) is True
    finally:
        stop.set()
        watching.join(PATIENCE)
    assert not watching.is_alive()


@pytest.mark.parametrize("slug", ["..", "../essai", "newsletter.toml", "essai.md", "rien"])
def test_only_an_issue_is_shown(workshop: Workshop, slug: str) -> None:
    assert isinstance(workshop.view(slug, "fr-CA", "").fault, UsageError)


def test_the_shelf_counts_and_counts_again_what_changed(workshop: Workshop, project: Project) -> None:
    shelf = IssueShelf(workshop=workshop)
    assert [entry.errors for entry in shelf.entries()] == [None]
    while shelf.look_on():
        pass
    before = shelf.entries()[0].errors
    assert before is not None
    (project.root / "issues" / "essai.md").write_text(f"{HEAD}![](rien.png)\n\n::: calout\n", encoding="utf-8")
    workshop.renew()
    assert shelf.entries()[0].errors is None
    shelf.look_on()
    assert (shelf.entries()[0].errors or 0) > before


def test_a_file_outside_the_project_is_read_by_nobody(
    workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("dehors") / "secret.txt"
    outside.write_text("secret", encoding="utf-8")
    assert workshop.lines(str(outside)) == ()
    assert workshop.lines("issues/essai.md")[0] == "---"


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [("Court", 10, "Court"), ("Un objet trop long", 10, "Un objet…"), ("  deux   mots ", 10, "deux mots")],
)
def test_a_line_of_the_inbox_is_cut_with_a_mark(text: str, most: int, shown: str) -> None:
    assert cut(text, most) == shown


def test_without_a_preheader_the_first_words_that_are_seen_are_taken() -> None:
    hidden = "<head><title>T</title></head><body><div style='display:none'>caché</div><style>p{}</style>"
    html = f"{hidden}<p>Premiers <b>mots</b></p>"
    assert first_words(html) == "Premiers mots"


def test_outlook_keeps_what_the_table_does_not_call_unsupported() -> None:
    assert kept("color:#222222;border-radius:4px;max-width:600px;padding:8px") == "color:#222222;padding:8px"
    page = "<style>p{}</style><!--[if mso]><table><![endif]--><!--[if !mso]><!--><p>x</p><!--<![endif]--><b>y</b>"
    assert as_outlook(page) == "<table><b>y</b>"


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("code --goto", ["code", "--goto", "a b.md:3"]),
        ("vim +{line} {file}", ["vim", "+3", "a b.md"]),
        ("subl '{file}:{line}:{column}'", ["subl", "a b.md:3:5"]),
    ],
)
def test_the_editor_gets_the_file_and_the_line_and_no_shell(editor: str, words: list[str]) -> None:
    assert command_line(editor, "a b.md", line=3, column=5) == words


def test_an_editor_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="no-such-editor"):
        start(["no-such-editor", "x"])


def test_a_frame_shows_the_lines_around_and_what_to_underline() -> None:
    where = Location(path="x.md", line=3, column=2, end_column=5)
    finding = Finding(code="NL1", severity=Severity.ERROR, message="m", location=where, source="trois")
    drawn = code_frame(finding, lambda _path: ["un", "deux", "trois", "quatre", "cinq", "six"])
    assert drawn == {"first": 1, "lines": ["un", "deux", "trois", "quatre", "cinq"], "caret": [2, 3]}
    changed = code_frame(finding, lambda _path: ["un", "deux", "autre"])
    assert changed["lines"] == ["trois"], "a file that changed since is not mixed with what was said of it"
