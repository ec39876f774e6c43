"""Writing in the studio: the file, its head as a form, blocks, pictures, earlier forms, new issues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_client import ISSUE, PNG, Desk, make_desk

HERE = "/issues/decembre/fr-CA"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path / "projet")
    yield made
    made.studio.workshop.close()


def _file(desk: Desk, name: str = "decembre") -> str:
    return (desk.root / "issues" / f"{name}.md").read_text(encoding="utf-8")


def _saved(desk: Desk, text: str, version: str = "") -> dict[str, object]:
    version = version or desk.get(f"{HERE}/sheet").json()["version"]
    answer = desk.post(f"{HERE}/sheet", {"text": text, "version": version})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_pane_opens_with_the_file(desk: Desk) -> None:
    found = desk.get(f"{HERE}/sheet").json()
    assert (found["text"], found["path"]) == (ISSUE, "issues/decembre.md")


def test_what_is_typed_is_in_the_file_and_is_said_to_be(desk: Desk) -> None:
    found = _saved(desk, ISSUE.replace("Bonjour", "Bonsoir"))
    assert "# Bonsoir" in _file(desk)
    assert ":" in str(found["at"])
    assert found["version"] == desk.get(f"{HERE}/sheet").json()["version"]


def test_the_hour_of_a_save_is_said_as_french_writes_it(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "projet", lang="fr-CA")
    assert "\N{NO-BREAK SPACE}h" in str(_saved(desk, ISSUE + "\nEncore.\n")["at"])
    desk.studio.workshop.close()


def test_a_change_made_elsewhere_is_not_written_over_and_both_are_there_to_see(desk: Desk) -> None:
    version = desk.get(f"{HERE}/sheet").json()["version"]
    desk.issue(text=ISSUE.replace("Bonjour", "Ailleurs"))
    answer = desk.post(f"{HERE}/sheet", {"text": ISSUE.replace("Bonjour", "Ici"), "version": version})
    assert answer.status_code == 409
    assert "changed elsewhere" in answer.json()["error"]["message"]
    theirs = answer.json()["theirs"]
    assert "# Ailleurs" in theirs["text"]
    assert "# Ailleurs" in _file(desk)
    _saved(desk, ISSUE.replace("Bonjour", "Ici"), theirs["version"])
    assert "# Ici" in _file(desk)


def test_each_save_keeps_what_it_replaced_and_that_can_be_had_back(desk: Desk) -> None:
    _saved(desk, ISSUE.replace("Bonjour", "Un"))
    _saved(desk, ISSUE.replace("Bonjour", "Deux"))
    forms = desk.get(f"{HERE}/earlier").json()["forms"]
    texts = [desk.get(f"{HERE}/earlier/{form['name']}").json()["text"] for form in forms]
    assert sorted(texts) == sorted([ISSUE, ISSUE.replace("Bonjour", "Un")])
    assert "at " in forms[0]["at"]


def test_an_earlier_form_that_is_not_there_is_refused_in_words(desk: Desk) -> None:
    answer = desk.get(f"{HERE}/earlier/..%2F..%2Fnewsletter.db")
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


def test_the_form_shows_the_head_and_what_can_be_chosen(desk: Desk) -> None:
    found = desk.post(f"{HERE}/head", {"text": ISSUE}).json()
    assert found["head"]["subject"] == "Décembre"
    assert found["head"]["audience"] == ["membres"]
    assert found["choices"]["lists"] == [{"name": "membres", "label": "Members"}]
    assert found["choices"]["senders"] == [{"name": "redaction", "label": "Coalition"}]


def test_the_form_changes_its_own_key_and_leaves_the_rest_as_it_was_written(desk: Desk) -> None:
    head = desk.post(f"{HERE}/head", {"text": ISSUE}).json()["head"]
    values = {**head, "subject": "Janvier : du neuf", "number": "13"}
    text = desk.post(f"{HERE}/head", {"text": ISSUE, "values": values}).json()["text"]
    assert text == ISSUE.replace("subject: Décembre", 'subject: "Janvier : du neuf"').replace(
        "# nos membres\n", "# nos membres\nnumber: 13\n"
    )
    assert _file(desk) == ISSUE


def test_a_list_unticked_leaves_the_head(desk: Desk) -> None:
    text = desk.post(f"{HERE}/head", {"text": ISSUE, "values": {"audience": []}}).json()["text"]
    assert "audience" not in text


def test_what_a_form_can_not_hold_is_left_to_the_text(desk: Desk) -> None:
    text = ISSUE.replace("subject: Décembre", "subject: {fr-CA: Décembre, en-CA: December}")
    found = desk.post(f"{HERE}/head", {"text": text}).json()
    assert found["head"]["elsewhere"] == ["subject"]
    again = desk.post(f"{HERE}/head", {"text": text, "values": {"preheader": "Autre"}}).json()["text"]
    assert "subject: {fr-CA: Décembre, en-CA: December}" in again


def test_a_number_that_is_none_is_refused(desk: Desk) -> None:
    answer = desk.post(f"{HERE}/head", {"text": ISSUE, "values": {"number": "douze"}})
    assert answer.status_code == 400
    assert "not a number" in answer.json()["error"]["message"]


def test_every_block_of_the_palette_is_read_as_the_block_it_names(desk: Desk) -> None:
    from newsletter.issue import read_issue
    from newsletter.project import open_project

    pieces = desk.get("/palette.json").json()["pieces"]
    assert {"button", "note", "event", "card", "columns", "image", "quote", "divider", "only", "toc"} <= {
        piece["name"] for piece in pieces
    }
    body = "\n\n".join(p["text"].replace("|", "x") for p in pieces if p["name"] not in ("image", "media", "include"))
    path = desk.issue("palette", f"---\nsubject: Tout\n---\n\n{body}\n")
    issue = read_issue(path, root=desk.root, options=open_project(desk.root, {}).reading)
    kinds = {type(block).__name__ for block in issue.blocks}
    assert {"Button", "Callout", "Event", "Card", "Person", "Links", "Hero"} <= kinds
    assert {"Columns", "Section", "Only", "Contents", "Divider", "Quote"} <= kinds


def test_a_block_of_the_theme_is_in_the_palette_with_its_fields() -> None:
    from datetime import date

    from newsletter.issue.options import BlockSchema
    from newsletter.project.palette import palette

    own = BlockSchema(fields={"text": "text", "amount": "number"}, required=("amount",))
    [piece] = [each for each in palette({"don": own}, lists=(), today=date(2026, 12, 1)) if each.own]
    assert (piece.label, piece.text) == ("Don", "```don\namount: |\ntext:\n```")


def _place(desk: Desk, content: bytes, name: str = "Pont%20neuf.png") -> object:
    return desk.client.post("/pictures", content=content, headers={**desk.token, "x-name": name})


def test_a_picture_is_put_beside_the_issues_and_named_as_an_issue_names_it(desk: Desk) -> None:
    answer = _place(desk, PNG)
    assert answer.json() == {"ok": True, "path": "images/pont-neuf.png"}  # type: ignore[attr-defined]
    assert (desk.root / "issues" / "images" / "pont-neuf.png").read_bytes() == PNG


@pytest.mark.parametrize("name", ["..%2F..%2Fnewsletter.toml", "%2Fetc%2Fx.png", "..%5C..%5Cx.png", ""])
def test_no_name_leads_a_picture_out_of_its_folder(desk: Desk, name: str) -> None:
    before = (desk.root / "newsletter.toml").read_bytes()
    path = _place(desk, PNG, name).json()["path"]  # type: ignore[attr-defined]
    assert (desk.root / "issues" / path).parent == desk.root / "issues" / "images"
    assert (desk.root / "newsletter.toml").read_bytes() == before


def test_what_is_no_picture_is_refused(desk: Desk) -> None:
    answer = _place(desk, b"<svg onload='alert(1)'/>", "x.png")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert not (desk.root / "issues" / "images").exists() or not list((desk.root / "issues" / "images").iterdir())


def test_a_new_issue_begins_empty_or_from_another(desk: Desk) -> None:
    page = desk.post("/issues", {"title": "Janvier"}).json()["page"]
    slug = page.split("/")[2]
    assert "Votre texte commence ici" in _file(desk, slug)
    page = desk.post("/issues", {"title": "Février", "source": "decembre"}).json()["page"]
    assert page.endswith("/fr-CA?write")
    text = _file(desk, page.split("/")[2])
    assert "# Bonjour" in text
    assert 'subject: "Février"' in text
    assert "status: draft" in text


def test_a_new_issue_begins_from_a_template_of_the_project(desk: Desk) -> None:
    folder = desk.root / "issues" / "modeles"
    folder.mkdir()
    (folder / "mensuel.md").write_text("---\nsubject: Modèle\n---\n\n# La forme du mois\n", encoding="utf-8")
    found = desk.get("/starts.json").json()
    assert found["templates"] == [{"name": "issues/modeles/mensuel.md", "label": "mensuel"}]
    assert found["issues"] == [{"name": "decembre", "label": "Décembre"}]
    page = desk.post("/issues", {"title": "Mars", "source": "issues/modeles/mensuel.md"}).json()["page"]
    assert "# La forme du mois" in _file(desk, page.split("/")[2])


@pytest.mark.parametrize("source", ["/etc/passwd", "../projet/newsletter.toml", "newsletter.toml", "nulle-part"])
def test_a_new_issue_begins_with_nothing_that_is_no_issue(desk: Desk, source: str) -> None:
    answer = desk.post("/issues", {"title": "Avril", "source": source})
    assert answer.status_code == 400
    assert not list((desk.root / "issues").glob("*avril*"))


def test_an_issue_needs_a_title_that_is_free(desk: Desk) -> None:
    assert desk.post("/issues", {"title": "  "}).status_code == 400
    assert desk.post("/issues", {"title": "Mai"}).status_code == 200
    desk.post("/issues", {"title": "Mai"})  # another name, where a month ends between the two
    answer = desk.post("/issues", {"title": "Mai"})
    assert answer.status_code == 400
    assert "already" in answer.json()["error"]["message"]


def test_a_file_that_leads_out_of_the_project_is_neither_shown_nor_written(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\nsubject: x\n---\n\nCanary.\n", encoding="utf-8")
    (desk.root / "issues" / "lien.md").symlink_to(secret)
    answer = desk.get("/issues/lien/fr-CA/sheet")
    assert answer.status_code == 409
    assert "Canary" not in answer.text
    assert desk.post("/issues/lien/fr-CA/sheet", {"text": "x", "version": ""}).status_code == 409
    assert "Canary" in secret.read_text(encoding="utf-8")


CHANGES = (f"{HERE}/sheet", f"{HERE}/head", "/issues", "/pictures")


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "http://evil.example"},
        {"x-newsletter-token": "guessed"},
        {"host": "evil.example", "origin": "http://evil.example"},
    ],
    ids=["another-origin", "a-guessed-token", "another-host"],
)
def test_a_forged_change_is_refused(desk: Desk, path: str, forged: dict[str, str]) -> None:
    before = sorted(desk.root.rglob("*"))
    answer = desk.client.post(path, content=json.dumps({"title": "X", "text": "X"}), headers={**desk.token, **forged})
    assert answer.status_code == 403
    assert sorted(desk.root.rglob("*")) == before
    assert _file(desk) == ISSUE


def test_what_is_no_json_is_refused_in_words(desk: Desk) -> None:
    answer = desk.client.post(f"{HERE}/sheet", content=b"{", headers=desk.token)
    assert answer.status_code == 400
    assert "reload" in answer.json()["error"]["message"]


def test_the_page_of_an_issue_has_its_writing_pane(desk: Desk) -> None:
    page = desk.get(HERE).text
    for part in ('id="writing"', 'id="blocks"', 'id="head-form"', 'id="begin-form"', "/static/editor.js"):
        assert part in page
    assert desk.get("/static/editor.js").status_code == 200
