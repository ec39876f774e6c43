"""The pages over a real project and its database: what looking, asking and leaving do there, and what they do not."""

from __future__ import annotations

import re
import time

import pytest
from lawful_project import FAR, ISSUE, KEY, configuration, let_in, members, pages_of
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient

from newsletter.audience.address import normalise
from newsletter.audience.consent import ConsentKind
from newsletter.audience.enrol import unsubscribe
from newsletter.audience.forgetting import forget
from newsletter.audience.importing import ImportOptions
from newsletter.audience.own import ask_access
from newsletter.audience.suppression import Reason, suppress
from newsletter.errors import RefusedError
from newsletter.issue.document import AudienceWish
from newsletter.message.tokens import Purpose, list_key, sign, sign_web
from newsletter.project import Project, open_project
from newsletter.project.backups import backup, restore
from newsletter.project.desk import Desk, new_key
from newsletter.project.registry import import_people
from newsletter.project.transports import identity_faults
from newsletter.store.tables import events, metadata, people
from newsletter.web.public.limits import Bucket, opened_at

CONFIG = configuration(languages=("fr-CA",))


@pytest.fixture
def project(make_project, tmp_path) -> Project:
    files = {
        "subscribers/membres.toml": members(),
        "issues/decembre.md": ISSUE,
        "p.csv": "email,name\nana@example.org,Ana\n",
    }
    made = make_project(CONFIG, files=files)
    let_in(made, tmp_path / "p.csv")
    return made


@pytest.fixture
def client(project: Project) -> TestClient:
    return pages_of(project, Bucket(size=1_000, per_hour=1_000), headers={"accept-language": "fr"})


def token(project: Project, purpose: Purpose, key: str | None = None) -> str:
    mine = list_key("membres", project.keys)
    return sign(purpose, subscriber_key=key or key_of(project), list_key=mine, keys=project.keys)


def key_of(project: Project) -> str:
    with project.store.read() as connection:
        return str(connection.scalar(select(people.subscriber.c.key)))


def everything(project: Project) -> str:
    with project.store.read() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )


def people_on(project: Project) -> int:
    return project.audience(AudienceWish(lists=("membres",))).total


def test_trust_23_and_40_looking_at_every_link_changes_no_row(project: Project, client: TestClient) -> None:
    project.send(project.plan("decembre"))
    desk = Desk(project=project)
    client.post("/fr/abonnement", data=form("neuf@example.org"))
    access = ask_access(project.store, key_of(project), new_key=new_key, at=time.time())
    assert access is not None
    with project.store.read() as connection:
        pending = connection.scalar(
            select(people.pending_signup.c.key).where(people.pending_signup.c.purpose != "access")
        )
    undo = desk.unsubscribe(desk.open(token(project, Purpose.UNSUBSCRIBE)), everything=False)
    paths = (
        f"/u/{token(project, Purpose.UNSUBSCRIBE)}",
        f"/p/{token(project, Purpose.PREFERENCES)}",
        f"/c/{token(project, Purpose.CONFIRM, pending)}",
        f"/m/{access.key}",
        f"/m/{access.key}/donnees.json",
        f"/undo/{undo}",
        f"/v/{sign_web(send=1, lang='fr-CA', keys=project.keys)}",
        "/archives/decembre",
        "/fr/abonnement",
    )
    before = everything(project)
    for _round in range(100 // len(paths) + 1):
        for path in paths:
            answers = {client.get(path).status_code, client.head(path).status_code}
            assert answers == {405 if path.startswith("/undo/") else 200}, path
    assert everything(project) == before
    assert people_on(project) == 0


def test_trust_24_leaving_twice_and_after_erasure_is_answered_alike(project: Project, client: TestClient) -> None:
    path = f"/u/{token(project, Purpose.UNSUBSCRIBE)}"
    first = client.post(path)
    again = client.post(path)
    forget(project.store, normalise("ana@example.org"), secret=project.keys.suppression, at=time.time())
    after = client.post(path)
    assert [answer.status_code for answer in (first, again, after)] == [200] * 3
    assert again.text == after.text
    assert "Votre désabonnement est fait" in first.text
    assert "Votre désabonnement est fait" in after.text


def form(address: str) -> dict[str, str]:
    opened = opened_at(KEY, time.time() - 10)
    return {"email": address, "list": "membres", "opened": opened, "website": ""}


def test_trust_63_whoever_asks_gets_the_same_answer_and_only_who_may_gets_a_mail(
    project: Project, client: TestClient
) -> None:
    stopped = normalise("barred@example.org")
    suppress(project.store, stopped, secret=project.keys.suppression, reason=Reason.COMPLAINED, source="x", at=1.0)
    client.post("/fr/abonnement", data=form("pending@example.org"))
    kinds = ("new@example.org", "pending@example.org", "ana@example.org", "barred@example.org")
    answers = [client.post("/fr/abonnement", data=form(address)) for address in kinds]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    with project.store.read() as connection:
        asked = set(connection.scalars(select(people.pending_signup.c.address)))
    assert {"new@example.org", "pending@example.org"} <= asked
    assert "barred@example.org" not in asked
    assert people_on(project) == 1


def test_trust_42_an_export_has_the_mails_and_what_came_back_of_them(project: Project) -> None:
    project.send(project.plan("decembre"))
    with project.store.write() as connection:
        number = connection.scalar(select(people.subscriber.c.id))
        values = {"dedupe": "1", "kind": "bounced", "source": "dsn", "at": 1.0, "received_at": 1.0}
        connection.execute(
            insert(events.event).values(**values, subscriber_id=number, send_id=1, reason="mailbox_full")
        )
    desk = Desk(project=project)
    opened = desk.open(token(project, Purpose.PREFERENCES))
    held = desk.export(opened)
    assert [(one["issue"], one["state"]) for one in held["deliveries"]] == [("decembre", "sent")]
    assert [one["reason"] for one in held["events"]] == ["mailbox_full"]
    sheet = desk.spreadsheet(opened)
    assert "decembre" in sheet
    assert "mailbox_full" in sheet


def test_trust_30_and_86_a_backup_is_the_owners_alone_and_brings_nobody_back(project: Project, tmp_path) -> None:
    unsubscribe(project.store, key_of(project), list_id=None, source="page", at=time.time())
    path, _manifest = backup(project, tmp_path / "b.zip")
    assert path.stat().st_mode & 0o077 == 0
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "subscribers").mkdir(parents=True)
    (elsewhere / "newsletter.toml").write_text(CONFIG, encoding="utf-8")
    (elsewhere / "subscribers" / "membres.toml").write_text(members(), encoding="utf-8")
    other = open_project(elsewhere, {})
    restore(other, path)
    options = ImportOptions(list="membres", consent=ConsentKind.EXPRESS, source="again")
    report = import_people(other, tmp_path / "p.csv", options)
    assert [one.outcome.value for one in report.rows] == ["suppressed"]
    assert people_on(other) == 0
    other.close()


@pytest.mark.parametrize(
    "key", ["postal_address", "contact", "privacy_officer_title", "privacy_officer_contact", "from", "base_url"]
)
def test_trust_89_each_thing_the_law_wants_is_missed(make_project, key: str) -> None:
    without = re.sub(rf"^{key} = .*\n", "", CONFIG, flags=re.MULTILINE).replace("[sender.a]\n[web]", "[web]")
    assert identity_faults(make_project(CONFIG, **FAR).config) == []
    [fault] = identity_faults(make_project(without, **FAR).config)
    assert (key if key != "from" else "sender") in fault.message


def test_trust_32_and_89_without_a_consent_nobody_is_in_a_send(project: Project) -> None:
    with project.store.write() as connection:
        connection.execute(update(people.subscription).values(consented=False))
    assert people_on(project) == 0
    with pytest.raises(RefusedError, match="Nobody"):
        project.plan("decembre")
