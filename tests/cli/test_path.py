"""The whole path through the command line: a project from nothing to mails in the outbox, and every refusal on it."""

from __future__ import annotations

import email
import email.policy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from calm import watched
from starter_people import IMPORT

from newsletter.cli.run import Run

SLUG = "bienvenue"
CONFIRMED = ("send", SLUG, "--no-input", "--confirm", SLUG, "--expect", "5")


@pytest.mark.parametrize("words", [("--lang", "fr-CA"), ("--lang", "en-CA"), ("--bilingual",)])
def test_the_starter_renders_without_findings(run, tmp_path, words):
    assert run("init", tmp_path / "p", "--no-git", *words).exit_code == 0
    issues = sorted(str(path) for path in (tmp_path / "p" / "issues").glob("*.md"))
    assert len(issues) == (2 if "--bilingual" in words else 1)
    result = run("--project", tmp_path / "p", "--quiet", "render", *issues, "-o", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    checked = run("--project", tmp_path / "p", "check", "--format", "json", "--json")
    findings = json.loads(checked.stdout)["findings"]
    assert [finding["code"] for finding in findings if finding["severity"] != "info"] == []


def test_the_starter_uses_every_block(project):
    from newsletter.issue import document
    from newsletter.issue.contents import walk
    from newsletter.project import opened

    with opened() as found:
        used = {type(block) for issue in found.read_set(SLUG) for block in walk(issue.blocks)}
        assert len(found.personas) == 6
    every = {each for each in vars(document).values() if isinstance(each, type) and issubclass(each, document.Block)}
    assert every - used == {document.Block, document.Custom}


def test_init_writes_over_nothing(run, tmp_path):
    assert run("init", tmp_path / "p", "--no-git").exit_code == 0
    (tmp_path / "p" / "newsletter.toml").write_text("mine")
    result = run("init", tmp_path / "p", "--no-git")
    assert result.exit_code == 2
    assert (tmp_path / "p" / "newsletter.toml").read_text() == "mine"


def test_a_send_needs_its_confirmation(project, run, outbox):
    for words in ((), ("--yes",), ("--confirm", "autre", "--expect", "5"), ("--confirm", SLUG)):
        result = run("send", SLUG, "--no-input", *words)
        assert result.exit_code == 3, result.output
        assert "nothing was sent" in result.stderr.lower()
    assert run("send", SLUG, "--no-input", "--confirm", SLUG, "--expect", "4").exit_code == 3
    assert outbox() == []
    assert json.loads(run("status", "--json").stdout)["sends"] == []


def test_a_confirmed_send_reaches_each_person_once_and_no_more(project, run, outbox):
    assert run(*CONFIRMED).exit_code == 0
    mails = outbox()
    assert len({mail["To"] for mail in mails}) == len(mails) == 5
    assert not any("partie@" in mail["To"] for mail in mails)
    assert all("http://127.0.0.1:8080/u/" in mail["List-Unsubscribe"] for mail in mails)
    again = run(*CONFIRMED)
    assert again.exit_code == 0
    assert "already" in again.stdout
    assert len(outbox()) == 5
    proof = json.loads(run("verify", SLUG, "--json").stdout)
    assert proof["ok"]
    assert proof["counts"]["sent"] == proof["total"] == 5


def test_sending_twice_wants_a_second_confirmation(project, run, outbox):
    run(*CONFIRMED)
    assert run(*CONFIRMED, "--again", "Correction").exit_code == 3
    assert len(outbox()) == 5
    assert run(*CONFIRMED, "--again", "Correction", "--confirm-again", SLUG).exit_code == 0
    assert len(outbox()) == 10


def test_a_draft_is_not_sent(project, run, outbox):
    issue = project / "issues" / f"{SLUG}.md"
    issue.write_text(issue.read_text().replace("status: ready", "status: draft"))
    result = run(*CONFIRMED)
    assert result.exit_code == 3
    assert "draft" in result.stderr
    assert outbox() == []


def test_errors_of_the_issue_block_a_send_but_not_rendering(project, run, outbox, tmp_path):
    issue = project / "issues" / f"{SLUG}.md"
    issue.write_text(issue.read_text().replace("subscriber.first_name", "subscriber.frist_name"))
    result = run(*CONFIRMED)
    assert result.exit_code == 3
    assert f"issues/{SLUG}.md:23:14" in result.stderr
    rendered = run("render", SLUG, "-o", tmp_path / "out.html")
    assert rendered.exit_code == 1
    assert "</html>" in (tmp_path / "out.html").read_text()
    assert outbox() == []


def test_a_plan_holds_until_something_changes(project, run, outbox):
    plan = json.loads(run("send", SLUG, "--dry-run", "--json").stdout)
    assert plan["recipients"] == 5
    assert plan["excluded"] == {"unsubscribed": 1}
    assert "@" not in json.dumps(plan)
    issue = project / "issues" / f"{SLUG}.md"
    text = issue.read_text()
    issue.write_text(text.replace("gants", "bottes"))
    refused = run("send", SLUG, "--no-input", "--plan", plan["plan"], "--confirm", SLUG)
    assert refused.exit_code == 3
    assert "the issue's content" in refused.stderr
    issue.write_text(text)
    run("subscribers", "unsubscribe", "zoe.hetu@example.org")
    refused = run("send", SLUG, "--no-input", "--plan", plan["plan"], "--confirm", SLUG)
    assert "who would get it" in refused.stderr
    assert outbox() == []
    fresh = json.loads(run("send", SLUG, "--dry-run", "--json").stdout)
    assert run("send", SLUG, "--no-input", "--plan", fresh["plan"], "--confirm", SLUG).exit_code == 0
    assert len(outbox()) == 4


def test_a_dry_run_opens_no_socket_and_writes_no_send(project, run, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_TRANSPORT_KIND", "smtp")
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a socket was opened"))
    assert run("send", SLUG, "--dry-run").exit_code == 0
    assert json.loads(run("status", "--json").stdout)["sends"] == []


def test_a_test_mail_says_so_and_stands_in_no_ledger(project, run):
    result = run("send", SLUG, "--test", "moi@example.org", "--as", "zoe")
    assert result.exit_code == 0
    [file] = (project / "var" / "outbox").glob("essai-*/*.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail["Subject"].startswith("[ESSAI] ")
    assert mail["To"].addresses[0].addr_spec == "moi@example.org"
    assert "Zoé" in mail.get_body(("html",)).get_content()
    assert json.loads(run("status", "--json").stdout)["sends"] == []


def test_nothing_leaves_this_machine_while_the_organisation_is_an_example(project, run, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_TRANSPORT_KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SMTP_HOST", "mail.example.org")
    for words in (CONFIRMED, ("send", SLUG, "--test", "moi@example.org")):
        result = run(*words)
        assert result.exit_code == 3
        assert "postal_address is still an example" in result.stderr


def test_a_hold_and_a_canary_belong_to_a_terminal(project, run, monkeypatch):
    monkeypatch.setattr(Run, "interactive", property(lambda self: True))
    monkeypatch.setattr(Run, "ask", lambda self, question: SLUG)
    with watched() as stood:
        started = time.monotonic()
        assert run("send", SLUG).exit_code == 0  # files are a rehearsal: nothing is held
        took = time.monotonic() - started
    assert took < 30 + stood.total


def test_no_address_is_in_any_output_of_a_run_with_faults(project, run):
    canary = "canari.secret@example.org"
    with (project / "subscribers" / "demo.csv").open("a") as file:
        file.write(f"{canary},Nom Canari,fr-CA,subscribed\n{canary}x y,,fr-CA,\n")
    outputs = [
        run(*IMPORT),
        run(*IMPORT, "--json"),
        run(*IMPORT, "--skip-rejected", "-v"),
        run("send", SLUG, "--dry-run"),
        run("send", SLUG, "--dry-run", "--json"),
        run("send", SLUG, "--no-input", "--confirm", SLUG, "--expect", "6", "-v"),
        run("status", "--json"),
        run("verify", SLUG),
        run("lists", "show", "--json"),
        run("subscribers", "show", "nobody@example.org"),
        run("subscribers", "show", canary, "--json"),
        run("backup", "--json"),
    ]
    assert [result.exit_code for result in outputs] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0]
    for result in outputs:
        assert canary not in result.output
        assert "canari.secret" not in result.output


def test_interrupted_means_resumable(project, run):
    people = "\n".join(f"p{n}@example.org,,fr-CA,subscribed" for n in range(55))
    (project / "subscribers" / "many.csv").write_text(f"email,name,lang,status\n{people}\n")
    assert run(*[word.replace("demo.csv", "many.csv") for word in IMPORT]).exit_code == 0
    # a minute for everybody: however late it is stopped, somebody is left
    environ = {**os.environ, "NEWSLETTER_TRANSPORT_PER_SECOND": "1"}
    send = [sys.executable, "-m", "newsletter", "send", SLUG, "--no-input", "--confirm", SLUG, "--expect", "60"]
    process = subprocess.Popen(send, env=environ, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((project / "var").glob("outbox/S1/*.eml")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130
    assert "newsletter resume S1" in said
    sent = len(list((project / "var").glob("outbox/S1/*.eml")))
    assert 0 < sent < 60
    assert run("resume", "S1").exit_code == 0
    assert len(list((project / "var").glob("outbox/S1/*.eml"))) == 60


def test_pause_resume_and_cancel_say_where_a_send_stands(project, run, run_json):
    run(*CONFIRMED[:-4], "--confirm", SLUG, "--expect", "5", "--detach")
    assert run_json("pause", SLUG)["state"] == "paused"
    assert run_json("status", SLUG)["sends"][0]["counts"]["queued"] == 5
    assert run_json("cancel", SLUG)["counts"]["skipped"] == 5
    assert run("resume", SLUG).exit_code in (0, 1, 3)
    assert run_json("verify", SLUG)["ok"]


def test_an_unknown_send_issue_list_or_persona_names_the_nearest(project, run):
    for words, near in [
        (("render", "bienvenu"), SLUG),
        (("send", SLUG, "--list", "dmeo", "--dry-run"), "demo"),
        (("render", SLUG, "--as", "zo"), "zoe"),
        (("rule", "NL82"), "NL82"),
        (("lists", "tset"), "test"),
    ]:
        result = run(*words)
        assert result.exit_code == 2, words
        assert near in result.stderr
    assert run("status", "S9").exit_code == 2


def test_one_part_goes_to_standard_output_and_many_into_a_folder(project, run, tmp_path):
    text = run("render", SLUG, "--part", "text", "--as", "zoe")
    assert text.stdout.startswith("L’infolettre des Érables")
    assert "Bonjour Zoé" in text.stdout
    result = run("render", SLUG, "--part", "eml", "--as", "all", "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert len(list((tmp_path / "out").glob(f"{SLUG}.*.eml"))) == 6
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    run("render", SLUG, "--part", "eml", "--as", "all", "-o", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert run("render", SLUG, SLUG + ".md", "issues/partages/signature.md").exit_code == 2


def test_a_broken_issue_does_not_stop_the_others(project, run, tmp_path):
    (project / "issues" / "broken.md").write_text("---\nsubject: [\n---\n\nTexte\n")
    (project / "issues" / "latin.md").write_bytes(b"---\nsubject: caf\xe9\n---\n\nTexte\n")
    result = run("render", "issues/broken.md", "issues/nowhere.md", "issues/latin.md", SLUG, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"broken.html", f"{SLUG}.html"}
    assert "issues/broken.md:3" in result.stderr
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.output


def test_another_tools_file_of_another_encoding_loses_no_letter(project, run, run_json, tmp_path):
    foreign = tmp_path / "ancien.md"
    foreign.write_bytes("---\ntitle: Été\n---\nDéjà vu\n".encode("cp1252"))
    path = run_json("new", "Ancien", "--from-file", str(foreign))["path"]
    assert "Déjà vu" in Path(path).read_text(encoding="utf-8")


def test_new_begins_issues_and_config_knows_its_origins(project, run, run_json):
    path = run_json("new", "La fête d’été")["path"]
    assert run("check", path).exit_code == 0
    run("new", "La fête d’été")  # another name, where a month ends between the two
    assert run("new", "La fête d’été").exit_code == 2
    values = {row["key"]: row for row in run_json("config", "show")["values"]}
    assert values["site.name"]["origin"] == "newsletter.toml:4"
    assert run("config", "set", "smtp.port", "2525").exit_code == 0
    assert run("config", "set", "smtp.port", "many").exit_code == 2
    assert {row["key"]: row for row in run_json("config", "show", "smtp")["values"]}["smtp.port"]["value"] == "2525"


def test_a_backup_comes_back_with_its_keys(project, run, run_json):
    run(*CONFIRMED)
    assert run("backup", "-o", "../b.zip").exit_code == 0
    assert run("backup", "-o", "../b.zip").exit_code == 3
    assert run("restore", "../b.zip").exit_code == 3
    shutil.move("var", "../var-before")
    assert run("restore", "../b.zip").exit_code == 0
    assert run_json("verify", SLUG)["ok"]
    assert run(*CONFIRMED).stdout.count("already") == 1


def test_doctor_says_what_is_wrong_and_shows_no_secret(project, run, run_json, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "hunter2-hunter2")
    assert run("doctor", "--offline").exit_code == 0
    monkeypatch.setenv("NEWSLETTER_TRANSPORT_KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SMTP_HOST", "mail.example.org")
    answer = run_json("doctor", "--offline", code=1)
    assert any(check["group"] == "law" and check["health"] == "bad" for check in answer["checks"])
    assert "hunter2" not in json.dumps(answer)


def test_the_schemas_are_json_schemas(run):
    import jsonschema

    for name in ("issue", "config"):
        jsonschema.Draft202012Validator.check_schema(json.loads(run("schema", name).stdout))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_load(run, shell, tmp_path):
    script = tmp_path / "completion"
    script.write_text(run("completion", shell).stdout)
    assert "newsletter" in script.read_text()
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0


def test_people_go_out_and_come_in_again_unchanged(project, run, run_json):
    first = run("subscribers", "export", "--list", "demo").stdout
    assert run("subscribers", "export", "--list", "demo", "-o", "out.csv").exit_code == 0
    assert (project / "out.csv").stat().st_mode & 0o077 == 0
    words = [word.replace("subscribers/demo.csv", "out.csv") for word in IMPORT]
    assert run(*words).exit_code == 0
    assert run("subscribers", "export", "--list", "demo").stdout == first
    assert len(json.loads(run("subscribers", "export", "--list", "demo", "--format", "json").stdout)) == 6


def test_somebody_forgotten_is_nowhere_in_the_project(project, run, run_json):
    run(*CONFIRMED)
    assert run_json("subscribers", "show", "zoe.hetu@example.org")["profile"]["lang"] == "fr-CA"
    assert run("subscribers", "history", "zoe.hetu@example.org").stdout.count("\n") >= 3
    answer = run_json("subscribers", "forget", "zoe.hetu@example.org")
    assert answer["known"]
    assert answer["mails"] == 1
    (project / "subscribers" / "demo.csv").unlink()
    for path in project.rglob("*"):
        if path.is_file():
            assert b"zoe.hetu@example.org" not in path.read_bytes(), path
    assert run("subscribers", "show", "zoe.hetu@example.org", "--json").stdout.count("zoe") == 0
    assert run_json("verify", SLUG)["ok"]


def test_an_import_can_be_taken_back(project, run, run_json):
    [only] = run_json("subscribers", "undo")["imports"]
    assert (only["import"], only["list"], only["undone"]) == (1, "demo", False)
    assert run_json("subscribers", "undo", "1")["ended"] == 5
    assert run("subscribers", "undo", "1").exit_code == 2
    assert run("send", SLUG, "--dry-run").exit_code == 3


def test_a_purge_counts_before_it_deletes(project, run, run_json):
    run(*CONFIRMED)
    assert run_json("purge", "--dry-run")["dry_run"]
    assert set(run_json("purge")["counts"]) >= {"requests", "deliveries", "events"}
    assert run_json("verify", SLUG)["ok"]
