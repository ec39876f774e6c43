"""View in browser: what was sent can be read at an address that names nobody."""

from __future__ import annotations

from e2e_project import SLUG, Coalition

from newsletter.config import read_config
from newsletter.project import Project
from newsletter.project.online import read_online


def test_an_issue_that_was_sent_is_read_online_and_no_reader_is_in_it(coalition: Coalition) -> None:
    coalition.import_people()
    project = Project(read_config(coalition.folder, {}))
    assert read_online(project, SLUG, "fr-CA") is None
    coalition.run("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "5")
    found = read_online(project, SLUG, "fr-CA")
    assert found is not None
    html, lang = found
    assert lang == "fr-CA"
    assert "<h1" in html
    assert "cid:" not in html
    for personal in ("zoe.hetu", "Zoé", "/u/", "/p/"):
        assert personal not in html, personal
    assert read_online(project, "another", "fr-CA") is None
    project.close()
