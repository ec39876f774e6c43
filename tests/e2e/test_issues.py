"""The coalition's issues as mails, every persona's, held against RFC 5322, 2045, 2047 and 8058."""

from __future__ import annotations

import re
from pathlib import Path

import mail_reader
from e2e_project import Coalition

ONCE = ("From", "Date", "Message-ID", "Subject", "MIME-Version", "To", "List-Id", "List-Unsubscribe")


def test_every_issue_renders_to_one_page(coalition: Coalition, tmp_path: Path) -> None:
    files = [str(path) for path in sorted((coalition.folder / "issues").glob("*.md"))]
    coalition.run("render", *files, "--part", "html", "-o", str(tmp_path / "out"))
    pages = sorted((tmp_path / "out").glob("*.html"))
    assert len(pages) == len(files)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.search(r'<html[^>]* lang="(fr|en)-CA"', text)
        assert "{{" not in text
        assert not re.search(r"<(script|form|iframe)|javascript:|\son\w+=", text, re.IGNORECASE)


def test_every_mail_of_every_persona_is_right(coalition: Coalition, tmp_path: Path) -> None:
    personas = ("camille", "zoe", "sans-nom", "taylor", "nom-long", "piege")
    slugs = ("2014-premiere-infolettre", "2018-interpretariat", "2021-fondation")
    readers = [word for persona in personas for word in ("--as", persona)]
    coalition.run("render", *slugs, "--part", "eml", *readers, "-o", str(tmp_path / "out"))
    seen = [_held(path.read_bytes()) for path in (tmp_path / "out").glob("*.eml")]
    assert len(seen) == len(set(seen)) == 18, "each mail has a Message-ID of its own"


def _held(raw: bytes) -> str:
    """Hold one mail against statements 1 to 12 and 20; return its Message-ID."""
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    mail = mail_reader.read(raw)
    for name in ONCE:
        mail.one(name)
    for name in ("Message-ID", "List-Id", "List-Unsubscribe"):
        assert "=?" not in re.sub(r"^.*(?=<)", "", mail.one(name))
    for author in (mail.one("From"), *mail.all("Reply-To")):
        mail_reader.mailbox(author)  # one, never a group
    assert mail.one("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert mail.kind == "multipart/alternative"
    text, html = mail.parts
    assert (text.kind, html.kind) == ("text/plain", "text/html")
    links = set(re.findall(r'href="(https?://[^"]+)"', html.text()))
    assert links, "no link at all"
    for link in links:
        assert link.replace("&amp;", "&").rstrip("/") in text.text().replace("&amp;", "&"), link
    for part in (text.text(), html.text()):
        assert "Exemple" in part or "Example" in part, "the postal address"
        assert "/u/" in part
    assert "<b>Anne</b>" not in html.text()
    assert "49" not in re.findall(r"Bonjour ([^,<]*)", text.text())
    return mail.one("Message-ID")
