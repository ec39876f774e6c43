"""A studio of a small real project, called without a browser."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from newsletter.project import open_project
from newsletter.project.pressroom import Pressroom
from newsletter.web.preview.app import preview_app
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.watch import Places
from newsletter.web.preview.workshop import Workshop

PEOPLE = 7
#: seconds that something is waited for which must come
PATIENCE = 120.0
PLAN = "/plan/decembre"
ORIGIN = "http://127.0.0.1:8025"
CONFIG = """
[site]
name = "Coalition"
newsletter = "L’infolettre"
lang = "fr-CA"
languages = ["fr-CA", "en-CA"]
postal_address = "1, rue Exemple"
contact = "contact@example.org"
privacy_officer_title = "Responsable"
privacy_officer_contact = "vie@example.org"
[sender.redaction]
from = "Coalition <infolettre@example.org>"
"""
LIST = '[title]\nfr-CA = "Membres"\nen-CA = "Members"\n'
ISSUE = """---
subject: Décembre
preheader: Ce qui vient
date: "2026-12-01"
lang: fr-CA
status: ready
audience: [membres]   # nos membres
---

# Bonjour

Un texte assez long pour être lu, et une [adresse](https://example.org/page).
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    + "1f15c489"
    + "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass
class Desk:
    """A client with the run's token, and the project's folder."""

    client: TestClient
    studio: Studio
    root: Path

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, body: Mapping[str, object] | None = None, **headers: str) -> Any:
        return self.client.post(path, json=dict(body or {}), headers={**self.token, **headers})

    @property
    def token(self) -> dict[str, str]:
        return {"origin": ORIGIN, "x-newsletter-token": self.studio.token}

    def issue(self, name: str = "decembre", text: str = ISSUE) -> Path:
        path = self.root / "issues" / f"{name}.md"
        path.write_text(text, encoding="utf-8")
        self.studio.workshop.renew()
        return path


def make_desk(
    root: Path, *, lang: str = "en-CA", config: str = "", base: str = CONFIG, environ: Mapping[str, str] | None = None
) -> Desk:
    files = {"newsletter.toml": base + config, "subscribers/membres.toml": LIST, "issues/decembre.md": ISSUE}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    workshop = Workshop(open_press=lambda: Pressroom(project=open_project(root, environ or {})))
    studio = Studio(workshop=workshop, title="L’infolettre", lang=lang)
    app = preview_app(studio, Places(root=root, often=root / "issues"))
    return Desk(TestClient(app, base_url=ORIGIN), studio, root)


def enrol(desk: Desk, count: int, mailing_list: str = "membres") -> None:
    """Import invented people into a list, as the command does."""
    from click.testing import CliRunner

    from newsletter.cli.root import newsletter

    rows = [f"personne{number}@example.org,Personne {number},fr-CA" for number in range(count)]
    file = desk.root / "gens.csv"
    file.write_text("\n".join(["email,name,lang", *rows]) + "\n", encoding="utf-8")
    words = ["subscribers", "import", str(file), "--list", mailing_list, "--consent", "express", "--source", "Essai"]
    done = CliRunner().invoke(newsletter, [*words, "--project", str(desk.root), "--no-input"])
    assert done.exit_code == 0, done.output


def plan_of(desk: Desk, address: str = PLAN) -> dict[str, Any]:
    """Open the page of a plan and read what it is bound to."""
    answer = desk.get(address)
    assert answer.status_code == 200, answer.text
    found = re.search(r"id=\"bound\" data-plan=\"(\w+)\" data-lists='([^']*)' data-again=\"([^\"]*)\"", answer.text)
    assert found
    return {"plan": found[1], "lists": json.loads(html.unescape(found[2])), "again": found[3]}


def confirm(desk: Desk, **changes: object) -> Any:
    return desk.post(f"{PLAN}/send", {**plan_of(desk), "typed": "decembre", **changes})


def until(desk: Desk, ref: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Look at a send until it stands as wanted, however slow the machine is; return that very look."""
    end = time.monotonic() + PATIENCE
    while True:
        now: dict[str, Any] = desk.get(f"/sends/{ref}/progress.json").json()
        if wanted(now):
            return now
        assert time.monotonic() < end, now
        time.sleep(0.05)


def ended(now: dict[str, Any]) -> bool:
    return bool(now["ended"])


def mails_of(desk: Desk) -> list[Path]:
    return sorted((desk.root / "var" / "outbox").glob("*/*.eml"))
