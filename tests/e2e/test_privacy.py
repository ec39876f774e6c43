"""An address stands in the database and in mails, and nowhere else: not in output, logs or names of files."""

from __future__ import annotations

from e2e_project import SLUG, Coalition
from scripted_relay import ScriptedRelay

CANARY = "canary-7f3a@example.org"
CONFIRMED = ("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "2")


def refusing(step: str, _count: int, argument: str) -> str | None:
    """Refuse the canary, repeating its address as real servers do."""
    return f"550 5.1.1 <{CANARY}>: no such user" if step == "rcpt" and "canary" in argument else None


def test_an_address_shows_nowhere_when_its_mail_is_refused(coalition: Coalition) -> None:
    """Statement 87."""
    rows = f"email,name\n{CANARY},Canary\nother@example.org,Other\n"
    (coalition.folder / "people.csv").write_text(rows, encoding="utf-8")
    (coalition.folder / "bad.csv").write_text(f"{rows}{CANARY} x,Y\n", encoding="utf-8")
    words = ("--list", "demo", "--consent", "express", "--source", "test")
    said = [coalition.run("subscribers", "import", "bad.csv", *words, code=1)]
    said += [coalition.run("subscribers", "import", "people.csv", *words)]
    with ScriptedRelay(script=refusing) as relay:
        coalition.by_smtp(relay.port)
        said += [coalition.run_apart(*CONFIRMED, "--verbose", code=1)]
    assert len(relay.recipients()) == 1
    said += [coalition.run("status", SLUG, "--json"), coalition.run("verify", SLUG, "--json")]
    assert "canary-7f3a" not in "".join(each.stdout + each.stderr for each in said)
    assert traces(coalition) == []


def traces(coalition: Coalition) -> list[str]:
    """Return the files below var/ that name the canary, but for mails and the database."""
    files = [path for path in (coalition.folder / "var").rglob("*") if path.is_file()]
    assert any(path.name == "newsletter.db" for path in files)
    return [
        str(path)
        for path in files
        if "canary" in path.name
        or (path.suffix != ".eml" and "newsletter.db" not in path.name and b"canary-7f3a" in path.read_bytes())
    ]
