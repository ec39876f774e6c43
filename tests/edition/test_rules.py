"""For each rule an issue that breaks it, and one that nearly does: found in the first, silent in the second."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from edition_parts import SITE, shipped

from newsletter import language
from newsletter.edition.check import CheckOptions, check, rules
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.errors import Finding
from newsletter.issue import read_issue
from newsletter.issue.options import HtmlMode, ReadOptions

HEAD = "---\nsubject: Infolettre de décembre\npreheader: Ordre du jour de la rencontre et nouvelles\n---\n\n"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LEGAL = CheckOptions(site_name="Coalition", postal_address="1, rue X", contact="ici", privacy_officer="Responsable")
OPTIONS = ReadOptions(
    lists=("membres", "demo"), senders=("coordination",), colours=shipped("default").grounds, heavy_image=2_000
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A source, and what of the project matters for it."""

    source: str | bytes
    reading: dict[str, object] = field(default_factory=dict)
    rendering: dict[str, object] = field(default_factory=dict)
    checking: dict[str, object] = field(default_factory=dict)


def body(text: str, **more: dict[str, object]) -> Case:
    return Case(source=f"{HEAD}{text}\n", **more)


def head(lines: str, text: str = "Texte.") -> Case:
    return Case(source=f"---\n{lines}\n---\n\n{text}\n")


def named(key: str) -> str:
    """Return a head with one more line."""
    return f"subject: Infolettre de décembre\npreheader: Ordre du jour et nouvelles\n{key}"


CSS = (("templates/x/prose.css", "p { display: grid; }"),)
FINE = (("templates/x/prose.css", "p { padding: 4px; color: #1F4E79; }"),)
SHORT = (("templates/x/blocks/y.mjml.j2", '<td style="color:#fff">x</td>'),)
LONG = "Une salle pleine, vue du fond. " * 9

CASES: dict[str, tuple[Case, Case]] = {
    "NL001": (Case(source=f"{HEAD}Été".encode("cp1252")), Case(source=f"{HEAD}Été".encode())),
    "NL002": (Case(source="---\nsubject: x\n\n# Bonjour\n"), head("subject: x")),
    "NL003": (head('subject: "Bonjour'), head('subject: "Bonjour"')),
    "NL004": (head("subject: a\nsubject: b"), head("subject: a\ntitle: b")),
    "NL005": (head("subject: &a x"), head('subject: "&a x"')),
    "NL006": (
        head("subject: x\nvars: " + "{a: " * 25 + "1" + "}" * 25),
        head("subject: x\nvars: {a: 1}"),
    ),
    "NL007": (body("Te\x00xte."), body("Te\txte.")),
    "NL008": (Case(source="# Bonjour\n"), head("subject: x", "# Bonjour")),
    "NL009": (Case(source="+++\nsubject = 'x'\n+++\n\nTexte.\n"), head("subject: x")),
    "NL101": (head("lang: fr-CA"), head("subject: x")),
    "NL102": (head(named("number: [douze]")), head(named("number: 12"))),
    "NL103": (head(named("status: fini")), head(named("status: ready"))),
    "NL104": (head(named("tagz: [a]")), head(named("tags: [a]"))),
    "NL105": (head(named("12: x")), head(named("vars: {a: 12}"))),
    "NL106": (head(named("slug: list")), head(named("slug: lists"))),
    "NL107": (head(named("audience: [membre]")), head(named("audience: [membres]"))),
    "NL108": (head('subject: "a\\nb"'), head('subject: "a\\\\nb"')),
    "NL109": (head("subject: a\nobjet: b"), head("subject: a\ntitre: b")),
    "NL110": (head("subject: {fr-CA: a, fr-BE: b}"), head("subject: {fr-CA: a, en-CA: b}")),
    "NL112": (head(named("from: coordonation")), head(named("from: coordination"))),
    "NL201": (body("::: colums\n\nTexte.\n\n:::"), body("`::: colums`")),
    "NL202": (body("::: section\n\nTexte."), body("::: section\n\nTexte.\n\n:::")),
    "NL203": (body("Texte.\n\n:::"), body("```\n:::\n```")),
    "NL204": (body("::: section {colour=brand}\n\nTexte.\n\n:::"), body("::: section {bg=brand}\n\nTexte.\n\n:::")),
    "NL205": (
        body("```event\ntitle: x\nstart: bientôt\n```"),
        body("```event\ntitle: x\nstart: 2026-12-12 09:00\n```"),
    ),
    "NL206": (body("```card\ntext: x\n```"), body("```card\ntitle: x\nurl: https://example.org\n```")),
    "NL207": (body(">" * 12 + " Trop profond."), body(">> Assez profond.")),
    "NL208": (body("::: include ../secret.md"), body("::: include pied.md")),
    "NL209": (
        body(":::: columns\n\nTexte.\n\n::::"),
        body(":::: columns\n\n::: column\n\nTexte.\n\n:::\n\n::: column\n\nTexte.\n\n:::\n\n::::"),
    ),
    "NL218": (body("[a](b) " * 20_000), body("[a](b)")),
    "NL210": (body("{{ subscriber.firstname }}"), body("{{ subscriber.first_name }} et `{{ subscriber.firstname }}`")),
    "NL211": (body("{{ subscriber.name( }}"), body("{{ subscriber.name }}")),
    "NL212": (body("[x](https://example.org/{{ subscriber.name }})"), body("[x]({{ links.preferences }})")),
    "NL213": (body("{% if x %}"), body("`{% if x %}`")),
    "NL216": (body("Texte.\n\n[^1]: Note."), body("Texte.[^1]\n\n[^1]: Note.")),
    "NL217": (body("<b>x</b>", reading={"html": HtmlMode.REFUSE}), body("<b>x</b>")),
    "NL230": (body("<form>x</form>"), body("`<form>x</form>`")),
    "NL231": (body('<iframe src="https://example.org/film"></iframe>'), body("<https://example.org/film>")),
    "NL232": (body("<!-- à revoir -->"), body("`<!-- à revoir -->`")),
    "NL233": (body('<p onclick="x">y</p>'), body("<p>x</p>")),
    "NL234": (body('<a href="javascript:x">y</a>'), body('<a href="https://example.org/javascript:x">y</a>')),
    "NL235": (
        body("[Une page](/page)", rendering={"base_url": ""}),
        body("[Une page](/page)", rendering={"base_url": "https://exemple.org"}),
    ),
    "NL236": (body("<truc>x</truc>"), body("&lt;truc&gt;x")),
    "NL301": (body("![Une salle](images/sale.png)"), body("![Une salle](images/salle.png)")),
    "NL302": (body("![Une salle](../ailleurs.png)"), body("![Une salle](./images/salle.png)")),
    "NL303": (body("![Une salle](images/lourde.png)"), body("![Une salle](images/salle.png)")),
    "NL304": (body("![Une salle](data:image/png;base64,AAAA)"), body("![Une salle](images/salle.png)")),
    "NL305": (body("![Un plan](images/plan.bmp)"), body("![Un plan](images/salle.png)")),
    "NL320": (body("[](https://example.org)"), body("[![Une salle](images/salle.png)](https://example.org)")),
    "NL321": (body("[cliquez ici](https://example.org)"), body("[ici même, en décembre](https://example.org)")),
    "NL322": (body("[La rencontre](#)"), body("# La rencontre\n\n[La rencontre](#la-rencontre)")),
    "NL323": (body("[x y](http://example.org)"), body("[x y](https://example.org/http://)")),
    "NL324": (body("[Le dossier](ftp://example.org/x)"), body("[Écrire](mailto:contact@example.org)")),
    "NL325": (
        body("https://example.org/documents/2026/12/ordre-du-jour.pdf"),
        body("[L’ordre du jour](https://example.org/documents/2026/12/ordre-du-jour.pdf), https://example.org"),
    ),
    "NL401": (body("![](images/salle.png)"), body("![](images/salle.png){.decorative}")),
    "NL420": (body("# Bonjour\n\n# La rencontre"), body("# Bonjour\n\n## La rencontre")),
    "NL421": (body("# A\n\n## B\n\n#### C"), body("# A\n\n## B\n\n### C\n\n## D")),
    "NL422": (body("# A\n\n##\n\nTexte."), body("# A\n\n## B\n\nTexte.")),
    "NL423": (body("![salle.png](images/salle.png)"), body("![La salle, le 12 mars](images/salle.png)")),
    "NL424": (body(f"![{LONG}](images/salle.png)"), body("![Une salle pleine](images/salle.png)")),
    "NL425": (body("|   |   |\n| --- | --- |\n| a | b |"), body("| A | |\n| --- | --- |\n| a | b |")),
    "NL426": (body("> [!NOTE]\n\nTexte."), body("> [!NOTE]\n> Texte.")),
    "NL520": (body("mot " * 19_500), body("mot " * 15_000)),
    "NL521": (body("mot " * 22_500), body("mot " * 19_500)),
    "NL524": (body("Texte.", checking={"theme_sources": CSS}), body("Texte.", checking={"theme_sources": FINE})),
    "NL525": (body("![Un plan](https://example.org/x.svg)"), body("![Un plan](https://example.org/svg.png)")),
    "NL526": (body("![x y](https://example.org/x.png)"), body("![x y](https://example.org/x.png){width=480}")),
    "NL527": (body("Texte.", checking={"theme_sources": SHORT}), body("Texte.", checking={"theme_sources": FINE})),
    "NL602": (
        body("This is the newsletter of the coalition, and it is written for all of you who are with us.\n\n" * 4),
        head(named("lang: en-CA"), "This is the newsletter of the coalition and it is written for all of you."),
    ),
    "NL620": (head("subject: " + "assez long " * 7), head("subject: " + "assez long " * 5)),
    "NL621": (head("subject: x"), head("subject: x\npreheeder: y")),
    "NL622": (head("subject: Infolettre\npreheader: Infolettre"), head("subject: Infolettre\npreheader: Infolettres")),
    "NL623": (head("subject: INFOLETTRE À TOUTES NOS MEMBRES"), head("subject: La CQCTP, le CATHII et la CNESST")),
    "NL624": (body("Le TK décembre."), body("Le kayak TKO, une liste « ToDo ».")),
    "NL625": (
        body("The meeting is for all of the members and it is on the first Tuesday of the month."),
        body("[The meeting is for all of the members and it is on the first Tuesday of the month.]{lang=en}"),
    ),
    "NL629": (body("Bonjour {{ subscriber.name"), body("Bonjour `{{ subscriber.name`.\n\nEt \\{\\{.")),
    "NL720": (
        body("Texte.", checking={"contact": ""}),
        body("Texte.", checking={"contact": "contact@example.org"}),
    ),
    "NL721": (body("Texte.", checking={"privacy_officer": ""}), body("Texte.")),
    "NL820": (body("Écrivez à x.y@example.org"), body("Sur https://example.org/liste/74@example.org.")),
    "NL821": (body("![Affiche](https://example.org/a.png)"), body("![Affiche](images/salle.png)")),
    "NL822": (body("[x y](https://example.org/?utm_source=a)"), body("[x y](https://example.org/?source=utm_)")),
    "NL823": (body("::: only lists=demo in=web\n\nNote.\n\n:::"), body("::: only in=web\n\nNote.\n\n:::")),
}
#: what needs a theme that is wrong, the network, a spam filter: see the test that is named
ELSEWHERE = {
    "test_theme": {"NL240"},
    "test_check": {"NL427", "NL522", "NL523", "NL626", "NL627", "NL628", "NL630", "NL722"},
    "test_linkcheck": {f"NL33{number}" for number in range(8)},
    "test_spam": {"NL920", "NL921", "NL922", "NL923"},
}


@pytest.fixture
def found(tmp_path: Path) -> object:
    """Check an issue in a folder with a few files beside it."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "salle.png").write_bytes(PIXEL)
    (tmp_path / "images" / "lourde.png").write_bytes(PIXEL + b"\0" * 3_000)
    (tmp_path / "images" / "plan.bmp").write_bytes(b"BM" + b"\0" * 60)
    (tmp_path / "pied.md").write_text("Pied.\n", encoding="utf-8")

    def look(case: Case) -> tuple[Finding, ...]:
        path = tmp_path / "essai.md"
        path.write_bytes(case.source if isinstance(case.source, bytes) else case.source.encode())
        issue = read_issue(path, root=tmp_path, options=replace(OPTIONS, **case.reading))  # type: ignore[arg-type]
        options = replace(RenderOptions(site=SITE, base_url="https://exemple.org"), **case.rendering)  # type: ignore[arg-type]
        edition = render(issue, shipped("default"), options=options)
        return check(issue, edition, replace(LEGAL, **case.checking))  # type: ignore[arg-type]

    return look


@pytest.mark.parametrize("code", sorted(CASES))
def test_the_one_is_found_and_the_other_is_not(found, code: str) -> None:
    """Statement 13 of rendering."""
    bad, nearly = CASES[code]
    assert code in {finding.code for finding in found(bad)}
    assert code not in {finding.code for finding in found(nearly)}


@pytest.mark.parametrize("code", sorted(CASES))
def test_it_is_found_in_french_too(found, code: str) -> None:
    if isinstance(CASES[code][0].source, bytes):
        return
    with language.speaking("en-CA"):
        english = {finding.message for finding in found(CASES[code][0]) if finding.code == code}
    with language.speaking("fr-CA"):
        french = {finding.message for finding in found(CASES[code][0]) if finding.code == code}
    assert not english & french


def test_every_rule_is_broken_somewhere() -> None:
    assert set(CASES) | set().union(*ELSEWHERE.values()) == {rule.code for rule in rules()}


@pytest.mark.parametrize("code", sorted(CASES))
def test_it_has_the_severity_that_its_rule_says(found, code: str) -> None:
    severities = {finding.severity for finding in found(CASES[code][0]) if finding.code == code}
    rule = next(rule for rule in rules() if rule.code == code)
    assert severities == {rule.severity}
