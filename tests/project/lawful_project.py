"""A project with all that the law wants: its configuration, its list, its people, a browser at its pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.testclient import TestClient

from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions
from newsletter.project import Project
from newsletter.project.desk import Desk
from newsletter.project.registry import import_people
from newsletter.web.public.counter import Counter
from newsletter.web.public.limits import Bucket
from newsletter.web.serve import public_app

PAGES = "https://infolettre.example.org"
#: a mail server that is not on this machine
FAR = {"NEWSLETTER_TRANSPORT_KIND": "smtp", "NEWSLETTER_SMTP_HOST": "mail.example.org"}
ISSUE = "---\nsubject: Décembre\nstatus: ready\naudience: [membres]\n---\n\nBonjour.\n"
KEY = b"k" * 32


def configuration(
    *, place: str = "1, rue X", base_url: str = PAGES, languages: Sequence[str] = ("fr-CA", "en-CA")
) -> str:
    """Return a configuration, a key a line."""
    spoken = ", ".join(f'"{one}"' for one in languages)
    return f"""
[site]
name = "Coalition"
postal_address = "{place}"
contact = "contact@example.org"
privacy_officer_title = "Responsable"
privacy_officer_contact = "vie@example.org"
languages = [{spoken}]
[sender.a]
from = "A <a@example.org>"
[web]
base_url = "{base_url}"
"""


def members(wording: str = "J’accepte.") -> str:
    """Return a public list whose consent is asked for in these words."""
    return f'public = true\n[title]\nfr-CA = "Membres"\n[consent]\nfr-CA = "{wording}"\n'


def let_in(project: Project, path: Path) -> None:
    """Import people who said yes."""
    import_people(project, path, ImportOptions(list="membres", consent=ConsentKind.EXPRESS, source="test"))


class Deaf:
    """Takes no provider's calls."""

    def receive(self, *_call: object) -> int:
        return 400


def pages_of(project: Project, by_network: Bucket | None = None, **options: object) -> TestClient:
    """Return a browser at a project's pages."""
    desk = Desk(project=project)
    limits = {"by_network": by_network} if by_network else {}
    return TestClient(public_app(Counter(desk=desk, whole=desk, form_key=KEY, **limits), Deaf()), **options)
