"""View in browser: what was sent can be read at an address that names nobody."""

from __future__ import annotations

import email
import email.policy
import re
import time
import urllib.error
import urllib.request

import pytest
from calm import BOUND, a_port
from e2e_project import SLUG, Coalition

from newsletter.config import read_config
from newsletter.project import Project
from newsletter.project.online import read_online, read_version

#: what would tell a reader's name, address or links
PERSONAL = ("zoe.hetu", "Zoé", "/u/", "/p/")
SEND = ("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "5")


@pytest.fixture
def opened(coalition: Coalition):
    """Open the coalition's project as a library does."""
    made: list[Project] = []

    def make(**variables: str) -> Project:
        made.append(Project(read_config(coalition.folder, variables)))
        return made[-1]

    coalition.import_people()
    yield make
    for project in made:
        project.close()


def wishing(coalition: Coalition, wish: str) -> None:
    path = coalition.folder / "issues" / f"{SLUG}.md"
    text = re.sub(r"^archive: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace("\nsubject:", f"\narchive: {wish}\nsubject:", 1), encoding="utf-8")
    assert f"archive: {wish}" in path.read_text(encoding="utf-8")


def web_links(coalition: Coalition, folder: str = "S1") -> set[str]:
    """Return the links to a web version in what lies in the outbox, HTML and text: the same in each."""
    found = set()
    mails = sorted((coalition.folder / "var" / "outbox" / folder).glob("*.eml"))
    assert mails
    for path in mails:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
        in_html, in_text = (set(re.findall(r"https?://[^\s\"<>]+/v/[\w-]+", part)) for part in (html, text))
        assert in_html == in_text
        found |= in_html
    return found


def test_a_mails_own_link_opens_the_issue_at_serve_and_no_reader_is_in_it(coalition: Coalition) -> None:
    """Statements 25 and 62: read back from the outbox, opened as whoever got it forwarded would."""
    port = a_port()
    coalition.variables["NEWSLETTER_WEB_PORT"] = str(port)
    coalition.import_people()
    coalition.run(*SEND)
    [link] = web_links(coalition)
    assert link.startswith(f"http://127.0.0.1:{port}/v/")
    serve = coalition.start("serve", "--pages-only")
    try:
        answer = patiently(link)
        html = answer.read().decode()
        assert answer.headers["Content-Language"] == "fr-CA"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<h1" in html
        assert "cid:" not in html
        for personal in PERSONAL:
            assert personal not in html, personal
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(link[:-1] + ("A" if link[-1] != "A" else "B"), timeout=60)
    finally:
        serve.terminate()
        assert serve.wait(120) == 0


def patiently(link: str):
    until = time.monotonic() + BOUND
    while True:
        try:
            return urllib.request.urlopen(link, timeout=60)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_what_is_for_everybody_is_found_by_its_name(coalition: Coalition, opened) -> None:
    project = opened()
    assert read_online(project, SLUG, "fr-CA") is None
    coalition.run(*SEND)
    found = read_online(project, SLUG, "fr-CA")
    assert found is not None
    html, lang = found
    assert lang == "fr-CA"
    assert "<h1" in html
    assert "cid:" not in html
    for personal in PERSONAL:
        assert personal not in html, personal
    assert read_online(project, "another", "fr-CA") is None


def test_what_is_unlisted_is_reached_by_the_mails_link_alone(coalition: Coalition, opened) -> None:
    wishing(coalition, "unlisted")
    coalition.run(*SEND)
    [link] = web_links(coalition)
    project = opened()
    assert read_version(project, link.rpartition("/")[2]) is not None
    assert read_online(project, SLUG, "fr-CA") is None


def test_the_authors_wish_stands_with_the_send_and_can_only_be_lessened(coalition: Coalition, opened) -> None:
    wishing(coalition, "none")
    coalition.run(*SEND)
    assert web_links(coalition) == set()
    wishing(coalition, "public")
    project = opened()
    assert read_online(project, SLUG, "fr-CA") is None
    coalition.run(*SEND, "--again", "test", "--confirm-again", SLUG)
    assert len(web_links(coalition, "S2")) == 1
    assert read_online(project, SLUG, "fr-CA") is not None
    wishing(coalition, "none")
    assert read_online(project, SLUG, "fr-CA") is None
    (coalition.folder / "issues" / f"{SLUG}.md").unlink()
    assert read_online(project, SLUG, "fr-CA") is not None


def test_a_test_mail_has_no_link_to_what_is_not_there(coalition: Coalition) -> None:
    coalition.run("send", SLUG, "--test", "moi@example.org")
    [folder] = (coalition.folder / "var" / "outbox").iterdir()
    assert web_links(coalition, folder.name) == set()


def test_a_discreet_list_has_no_page_and_no_link(coalition: Coalition, opened) -> None:
    path = coalition.folder / "subscribers" / "demo.toml"
    path.write_text("discreet = true\n" + re.sub(r"^discreet.*\n", "", path.read_text(encoding="utf-8"), flags=re.M))
    coalition.run(*SEND)
    assert web_links(coalition) == set()
    assert read_online(opened(), SLUG, "fr-CA") is None
