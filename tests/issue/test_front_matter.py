"""The head of an issue: every key, its aliases, and every fault at its place."""

from __future__ import annotations

import pytest
from issue_parts import places

from newsletter.errors import Severity
from newsletter.issue.document import AudienceWish, Ignored

WHOLE = """---
objet: "Infolettre de décembre : « la rencontre »"
titre: Décembre
apercu: Ordre du jour
slug: 2026-12
number: 12
date: 2026-12-01
langue: fr
statut: ready
destinataires:
  lists: [membres]
  exclude: [presse]
  segment: "lang = 'fr-CA'"
send_at: 2026-12-01T09:00
from: Coalition <a@exemple.org>
reply_to: b@exemple.org
auteur: [Zoé, Léa]
etiquettes: [rencontre, 2026]
summary: >
  Sur deux
  lignes.
canonical_url: https://exemple.org/x
archive: unlisted
template: lettre
theme: sobre
toc: true
vars:
  x: 1.10
  no: no
  heure: 12:30
lint:
  ignore:
    - {code: NL303, reason: photo d'archive}
---
Texte.
"""


def test_every_key_and_alias(read):
    front = read(WHOLE.replace("2026]", '"2026"]')).front
    assert front.subject == "Infolettre de décembre\u00a0: «\u00a0la rencontre\u00a0»"
    assert (front.title, front.preheader, front.slug, front.number) == ("Décembre", "Ordre du jour", "2026-12", 12)
    assert (front.date, front.lang, front.status, front.send_at) == ("2026-12-01", "fr-CA", "ready", "2026-12-01T09:00")
    assert front.audience == AudienceWish(lists=("membres",), exclude=("presse",), segment="lang = 'fr-CA'")
    assert (front.sender, front.reply_to) == ("Coalition <a@exemple.org>", "b@exemple.org")
    assert (front.author, front.tags) == (("Zoé", "Léa"), ("rencontre", "2026"))
    assert (front.summary, front.archive, front.template, front.theme) == (
        "Sur deux lignes.",
        "unlisted",
        "lettre",
        "sobre",
    )
    assert front.toc is True
    assert front.vars == {"x": 1.1, "no": "no", "heure": "12:30"}
    assert front.ignore == (Ignored(code="NL303", reason="photo d'archive"),)
    assert (front.places["subject"].line, front.places["audience"].line) == (2, 10)


def test_a_head_without_faults_has_no_finding(read):
    assert places(read(WHOLE.replace("2026]", '"2026"]'))) == []


def test_a_number_among_texts_is_a_fault_at_its_item(read):
    assert places(read(WHOLE)) == ["18:25 NL102"]


def head(text: str) -> str:
    return f"---\nsubject: x\nlang: fr-CA\n{text}\n---\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("preheeder: x", "4:1 NL104"),
        ("Subject: x", "4:1 NL104"),
        ("number: 0", "4:9 NL103"),
        ("number: douze", "4:9 NL102"),
        ("slug: Pas Bon", "4:7 NL103"),
        ("slug: list", "4:1 NL106"),
        ("slug: personas", "4:1 NL106"),
        ("langue: en", "4:1 NL109"),
        ("status: sent", "4:9 NL103"),
        ("archive: secret", "4:10 NL103"),
        ("toc: oui", "4:6 NL102"),
        ("tags: un", "4:7 NL102"),
        ("tags:\n  - a\n  - 3", "6:5 NL102"),
        ("audience: [3]", "4:12 NL102"),
        ("audience: {list: a}", "4:12 NL104"),
        ("audience: [inconnue]", "4:12 NL107"),
        ("from: personne", "4:7 NL112"),
        ("send_at: demain", "4:10 NL103"),
        ("date: hier", "4:7 NL103"),
        ("lint: {ignore: [{code: NL303}]}", "4:17 NL101"),
        ("lint: {ignore: [{code: X, reason: parce que}]}", "4:24 NL103"),
        ("image: absente.png", "4:8 NL301"),
        ("image: ../ailleurs.png", "4:8 NL302"),
        ("attachments: [absent.pdf]", "4:15 NL301"),
        ("attachments: [/etc/passwd]", "4:15 NL302"),
        ("preheader: " + "x" * 151, "4:12 NL103"),
        ('preheader: "a\\nb"', "4:12 NL108"),
        ('title: "a\\u2028b"', "4:8 NL108"),
        ("subject: y", "4:1 NL004"),
        ("12: x", "4:1 NL105"),
        ("a: &b c", "4:4 NL005"),
        ("title: !!str x", "4:8 NL005"),
        ('title: "jamais fermé', "4:8 NL003"),
        ("title: un: deux", "4:10 NL003"),
        ("tags: [a, b", "4:7 NL003"),
        ("\ttitle: x", "4:1 NL003"),
    ],
)
def test_every_fault_is_at_its_place(read, text, wanted):
    found = places(read(head(text), lists=("membres",), senders=("coalition",)))
    assert wanted in found


def test_all_faults_of_a_file_are_said_in_one_run(read):
    """Statement 8 of rendering."""
    issue = read(
        "---\nsubject: Un : deux : trois\ntitle: a\npreheeder: x\n---\n\n::: onyl\n\nx\n\n:::\n\n"
        "::: section\n\n{{ subscriber.frist_name }}\n",
        lists=("membres",),
    )
    assert places(issue) == ["2:13 NL003", "4:1 NL104", "7:5 NL201", "13:1 NL202", "15:4 NL210"]


def test_a_misspelt_key_has_a_suggestion_a_frame_and_a_fix(read):
    finding = read(head("preheeder: x")).findings[0]
    assert finding.suggestion == "preheader"
    assert finding.source == "preheeder: x"
    assert (finding.fix[0].line, finding.fix[0].column, finding.fix[0].end_column) == (4, 1, 10)
    assert (finding.location.column, finding.location.end_column) == (1, 10)


def test_a_missing_subject_is_an_error_and_the_title_stands_in(read):
    issue = read("---\ntitle: Un titre\nlang: fr-CA\n---\nx\n")
    assert places(issue) == ["1:1 NL101"]
    assert issue.front.subject == "Un titre"
    assert issue.findings[0].severity is Severity.ERROR


def test_a_subject_per_language(read):
    text = "---\nsubject: {fr-CA: Bonjour, en-CA: Hello}\npreheader: {fr: Un, en: One}\n---\nx\n"
    assert (read(text).front.subject, read(text).lang) == ("Bonjour", "fr-CA")
    assert (read(text, lang="en").front.subject, read(text, lang="en").lang) == ("Hello", "en-CA")
    assert read(text, lang="en-CA").front.preheader == "One"


def test_a_language_that_the_project_does_not_have(read):
    assert "2:18 NL110" in places(read("---\nsubject: {fr: a, de: b}\nlang: fr-CA\n---\n"))


def test_the_language_of_a_text_that_does_not_say_it(read):
    english = "---\nsubject: x\n---\n" + "This is what we have to say to all of you about the work that was done. " * 4
    assert read(english).lang == "en-CA"
    assert [one.code for one in read(english).findings] == ["NL602"]
    french = (
        "---\nsubject: x\n---\n" + "Voici ce que nous avons à dire sur le travail qui a été fait par les membres. " * 4
    )
    assert read(french).lang == "fr-CA"
    assert read(french).findings == ()


def test_the_language_suffix_of_a_file_counts(read):
    assert read("---\nsubject: x\n---\nThe text of it.\n", name="x.en.md").lang == "en-CA"
    assert read("---\nsubject: x\n---\n", name="x.en.md").slug == "x"


def test_the_slug_comes_from_the_file_name(read):
    assert read("---\nsubject: x\n---\n", name="Première Infolettre.md").slug == "premiere-infolettre"


@pytest.mark.parametrize("reserved", ["list", "show", "cancel", "preview", "personas"])
def test_a_file_name_that_is_a_command_cannot_be_a_slug(read, reserved):
    assert "1:1 NL106" in places(read("---\nsubject: x\nlang: fr-CA\n---\n", name=f"{reserved}.md"))


def test_a_head_deeper_than_twenty_levels_or_longer_than_64_kb_is_refused(read):
    assert "NL006" in [one.code for one in read(head("vars: " + "[" * 30 + "]" * 30)).findings]
    assert "NL006" in [one.code for one in read(head("title: " + "x" * 70_000)).findings]


def test_an_alias_bomb_is_refused_and_costs_nothing(read):
    lines = ["a: &a [x, x]"] + [f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]" for i in range(20)]
    issue = read(head("\n".join(lines)))
    assert {"NL005"} <= {one.code for one in issue.findings}


def test_an_escape_that_nothing_can_be_written_with_is_replaced_and_said(read):
    issue = read('---\nsubject: "a\\ud800b\\0c"\nlang: fr-CA\n---\n')
    assert issue.front.subject == "a\ufffdb\ufffdc"
    assert "NL007" in [one.code for one in issue.findings]


def test_entities_in_another_tools_title_are_what_they_stand_for(read):
    assert read("---\ntitle: R&nbsp;&amp; &apos;S&apos; AT&T\nlang: en-CA\n---\n").front.subject == "R\u00a0& ‘S’ AT&T"
    assert read("---\nsubject: A &amp; B\nlang: en-CA\n---\n").front.subject == "A &amp; B"


def test_a_subject_from_a_heading_leaves_out_the_headings_own_name(read):
    assert read("## New plugins {#new-plugins}\n\nText.\n").front.subject == "New plugins"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Infolettre de __mars 2024__, [en ligne](https://e.org)", "Infolettre de mars 2024, en ligne"),
        ("<a href='https://e.org'>Nicolas (<code>neo</code>)</a> propose", "Nicolas (neo) propose"),
        ("<p>Un *mot*</p>", "Un *mot*"),
        ("snake_case, 2 * 3 < 7", "snake_case, 2 * 3 < 7"),
    ],
)
def test_what_describes_another_tools_issue_is_read_without_its_markup(read, written, said):
    issue = read(f'---\ntitle: T\ndescription: "{written}"\nlang: fr-CA\n---\n')
    assert issue.front.preheader == said
