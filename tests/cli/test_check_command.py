"""`newsletter check` at the command line: every fault at once, in five formats, corrected where that is safe."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

sys.path.append(str(Path(__file__).parents[1] / "project"))  # the web server that answers badly is shared
from link_server import link_server

from newsletter import open_project

ROOT = Path(__file__).parents[2]
FIVE = """---
subject: "Infolettre de décembre
preheeder: Ordre du jour
lang: fr-CA
---

# Bonjour {{ subscriber.firstname }}

::: colums

Texte.

:::

::: section

Jamais fermé.
"""
#: the parts of SARIF 2.1.0 (OASIS) that code scanning asks for
PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string"}}},
        "region": {
            "type": "object",
            "required": ["startLine"],
            "properties": {
                "startLine": {"type": "integer", "minimum": 1},
                "startColumn": {"type": "integer", "minimum": 1},
                "endColumn": {"type": "integer", "minimum": 1},
            },
        },
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "level", "message", "locations"],
    "properties": {
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": PLACE}},
        },
    },
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription"],
    "properties": {"id": {"type": "string", "pattern": "^NL[0-9]{3}$"}},
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"rules": {"type": "array", "items": RULE}},
                            }
                        },
                    },
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


@pytest.fixture
def five(project: Path) -> Path:
    path = project / "issues" / "cinq.md"
    path.write_text(FIVE, encoding="utf-8")
    return path


def test_five_planted_faults_are_five_findings_in_one_run(five: Path, run) -> None:
    result = run("check", "cinq", "--format", "concise", "--ignore", "NL620")
    places = [" ".join(line.split(" ")[:2]) for line in result.stdout.splitlines()]
    assert places == [
        "issues/cinq.md:2:10: NL003",
        "issues/cinq.md:3:1: NL104",
        "issues/cinq.md:7:14: NL210",
        "issues/cinq.md:9:5: NL201",
        "issues/cinq.md:15:1: NL202",
    ]
    assert result.exit_code == 1


def test_each_format_says_the_same(five: Path, run) -> None:
    concise = run("check", "cinq", "--format", "concise").stdout.splitlines()
    found = json.loads(run("check", "cinq", "--format", "json").stdout)
    github = run("check", "cinq", "--format", "github").stdout.splitlines()
    sarif = json.loads(run("check", "cinq", "--format", "sarif").stdout)
    full = run("check", "cinq").stdout
    assert len(concise) == len(found) == len(github) == len(sarif["runs"][0]["results"]) == 5
    assert {"code", "message", "filename", "location", "end_location", "fix"} <= set(found[0])
    fix = next(each["fix"] for each in found if each["code"] == "NL104")
    assert fix["applicability"] == "safe"
    assert fix["edits"][0] == {
        "location": {"row": 3, "column": 1},
        "end_location": {"row": 3, "column": 10},
        "content": "preheader",
    }
    assert all(line.startswith("::error file=issues/cinq.md,line=") for line in github)
    jsonschema.validate(sarif, SARIF)
    assert "9 | ::: colums\n  |     ^^^^^^ did you mean “columns”?" in full


def test_what_is_safe_is_corrected_once_and_code_and_merge_fields_are_left_alone(five: Path, run) -> None:
    kept = "\n`::: colums` et {{ subscriber.firstname }}\n\n```\n::: colums\npreheeder: x\n```\n"
    five.write_text(FIVE.replace('"', "") + ":::\n" + kept, encoding="utf-8")
    assert run("check", "cinq", "--fix").exit_code == 1  # the merge fields stay wrong
    once = five.read_text(encoding="utf-8")
    assert "preheader: Ordre du jour" in once
    assert "\n::: columns\n" in once
    assert once.endswith(kept)
    run("check", "cinq", "--fix")
    assert five.read_text(encoding="utf-8") == once


def test_tracking_is_taken_out_of_links_and_not_out_of_code(project: Path, run) -> None:
    path = project / "issues" / "suivi.md"
    body = "---\nsubject: Essai\n---\n\n[Une page](https://example.org/é?utm_source=a&b=1#c)\n\n"
    code = "```\nhttps://example.org/?utm_source=a\n```\n"
    path.write_text(body + code, encoding="utf-8")
    run("check", "suivi", "--fix")
    assert path.read_text(encoding="utf-8") == body.replace("utm_source=a&", "") + code


def test_strict_select_and_ignore(project: Path, run) -> None:
    (project / "issues" / "ici.md").write_text(
        "---\nsubject: Essai\n---\n\n[cliquez ici](https://example.org)\n", encoding="utf-8"
    )
    assert run("check", "ici").exit_code == 0
    assert run("check", "ici", "--strict").exit_code == 1
    assert run("check", "ici", "--strict", "--ignore", "NL3").exit_code == 0
    assert run("check", "ici", "--select", "NL6", "--format", "concise").stdout.count("\n") == 1


def test_links_are_visited_where_a_setting_lets_the_server_through(project: Path, run, monkeypatch) -> None:
    with link_server() as server:
        path = project / "issues" / "liens.md"
        path.write_text(
            f"---\nsubject: Essai\n---\n\n[Une page](http://{server.host}/missing) [x y](http://{server.host}/u/jeton)\n",
            encoding="utf-8",
        )
        assert run("check", "liens").exit_code == 0
        assert run("check", "liens", "--links", "--select", "NL33", "--format", "concise").stdout.endswith(
            "NL335 This address is inside a private network and was not visited.\n"
        )
        assert not server.asked
        monkeypatch.setenv("NEWSLETTER_LINT_PRIVATE_HOSTS", server.host)
        result = run("check", "liens", "--links", "--select", "NL33", "--format", "concise")
        assert result.stdout.startswith("issues/liens.md:5:12: NL330 This page does not exist")
        assert result.exit_code == 1
        assert "1 address visited." in result.stderr
        assert set(server.paths()) == {"/missing"}


def test_without_a_spam_filter_it_says_how_to_get_one(project: Path, run, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    result = run("check", "bienvenue", "--spam", "--select", "NL9")
    assert result.exit_code == 0
    assert "apt-get install spamassassin" in result.stdout


@pytest.mark.parametrize("theme", ["default", "sobre"])
def test_the_shipped_themes_and_issues_have_no_finding(tmp_path: Path, theme: str) -> None:
    for name in ("issues", "subscribers", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "newsletter.toml", tmp_path)
    every = "gmail,outlook,apple-mail,yahoo,thunderbird,protonmail,samsung-email,laposte,orange"
    os.environ.pop("NEWSLETTER_LINT_CLIENTS", None)
    project = open_project(tmp_path, {"NEWSLETTER_THEME_NAME": theme, "NEWSLETTER_LINT_CLIENTS": every})
    found = [str(each) for slug in project.shelf.slugs() for each in project.check(slug)]
    assert not [each for each in found if not each.startswith("templates/") or "NL524" not in each]
    default = open_project(tmp_path, {"NEWSLETTER_THEME_NAME": theme})
    assert not [str(each) for slug in default.shelf.slugs() for each in default.check(slug)]
