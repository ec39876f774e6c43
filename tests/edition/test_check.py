"""Each rule has an issue that breaks it and one that nearly does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from edition_parts import SITE, shipped

from newsletter import language
from newsletter.edition.check import CheckOptions, check, rule, rules
from newsletter.edition.check.formats import Format, write
from newsletter.edition.edition import Edition
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.edition.segments import Context, Literal, Slot
from newsletter.edition.theme import BLOCKS
from newsletter.errors import Finding, Location, Severity
from newsletter.issue import read_text
from newsletter.issue.document import Issue
from newsletter.issue.options import ReadOptions

PAGE = '<!doctype html><html lang="fr-CA"><head><title>T</title><style>{style}</style></head><body>{body}</body></html>'
FOOT = Slot(expression="links.unsubscribe", context=Context.URL)
LEGAL = CheckOptions(site_name="Coalition", postal_address="1, rue X", contact="ici", privacy_officer="Responsable")


def make_issue(
    body: str, *, head: str = "subject: Infolettre de décembre\npreheader: Ordre du jour et nouvelles"
) -> Issue:
    source = f"---\n{head}\n---\n\n{body}\n"
    return read_text(source, path=Path("issues/x.md"), folder=None, root=Path(), options=ReadOptions())


def make_edition(issue: Issue, *, content: str = "", style: str = "", page: str = PAGE) -> Edition:
    html = page.replace("{style}", style).replace("{body}", content)
    return Edition(
        slug="x",
        lang=issue.lang,
        theme="default",
        title="T",
        subject=(Literal(text=issue.front.subject),),
        preheader=(Literal(text=issue.front.preheader),),
        html_segments=(Literal(text=html), FOOT),
        text_segments=(Literal(text=content), FOOT),
    )


def codes(body: str, *, head: str | None = None, options: CheckOptions = LEGAL, **page: str) -> set[str]:
    issue = make_issue(body, head=head) if head else make_issue(body)
    return {finding.code for finding in check(issue, make_edition(issue, **page), options)}


IN_MARKDOWN = ["NL320", "NL321", "NL322", "NL323", "NL325", "NL420", "NL421", "NL422", "NL423", "NL424", "NL425"]
IN_MARKDOWN += ["NL624", "NL820", "NL821", "NL822"]


@pytest.mark.parametrize("code", IN_MARKDOWN)
def test_the_bad_example_is_found_and_the_good_one_is_not(code: str) -> None:
    found = rule(code)
    assert found is not None
    assert code in codes(found.bad)
    assert code not in codes(found.good)


@pytest.mark.parametrize("code", ["NL620", "NL622", "NL623"])
def test_the_head_is_looked_at(code: str) -> None:
    found = rule(code)
    assert found is not None
    assert code in codes("Texte.", head=found.bad)
    assert code not in codes("Texte.", head=found.good)


def test_a_missing_preheader_is_a_note() -> None:
    assert "NL621" in codes("Texte.", head="subject: Infolettre")
    assert "NL621" not in codes("Texte.")


def test_other_schemes_are_found() -> None:
    assert "NL324" in codes("[Le dossier](ftp://example.org/dossier)")
    assert "NL324" not in codes("[Écrire](mailto:contact@example.org)")


def test_a_foreign_passage_is_a_note_unless_marked() -> None:
    foreign = "The meeting is for all of the members and it is on the first Tuesday of the month."
    assert "NL625" in codes(foreign)
    assert "NL625" not in codes("La rencontre est pour toutes les personnes membres et elle a lieu le premier mardi.")


@pytest.mark.parametrize(
    ("code", "page"),
    [
        ("NL626", PAGE.replace("fr-CA", "und")),
        ("NL627", PAGE.replace("<!doctype html>", "")),
        ("NL627", PAGE.replace("<title>T</title>", "")),
        ("NL523", PAGE.replace("{style}", "@import url(x)")),
    ],
)
def test_the_document_is_looked_at(code: str, page: str) -> None:
    assert code in codes("Texte.", page=page)
    assert code not in codes("Texte.")


def test_residue_of_the_machinery_is_found() -> None:
    assert "NL628" in codes("Texte.", content="{% if %}")


@pytest.mark.parametrize(("kilobytes", "found"), [(80, set()), (95, {"NL520"}), (110, {"NL521"})])
def test_gmail_s_limit_is_watched(kilobytes: int, found: set[str]) -> None:
    assert codes("Texte.", content="x" * kilobytes * 1024) & {"NL520", "NL521"} == found


def test_a_long_style_sheet_is_found() -> None:
    assert "NL522" in codes("Texte.", style="a{color:red}" * 2000)


def test_the_theme_s_style_sheet_is_held_against_the_clients() -> None:
    issue = make_issue("Texte.")
    options = CheckOptions(theme_sources=(("templates/x/prose.css", "p { color: red }\n.x { display: grid }\n"),))
    found = [each for each in check(issue, make_edition(issue), options) if each.code == "NL524"]
    assert [str(each.location) for each in found] == ["templates/x/prose.css:2:6"]
    assert "Outlook" in found[0].message


def test_images_that_some_clients_can_not_show_are_found() -> None:
    assert "NL525" in codes("![Le plan](https://example.org/plan.svg)")
    assert "NL525" not in codes("![Le plan](https://example.org/plan.png)")


def test_a_link_that_the_text_part_lacks_is_found() -> None:
    issue = make_issue("[La rencontre](https://example.org/r)")
    link = '<a href="https://example.org/r">La rencontre</a>'
    whole = make_edition(issue, content=link)
    silent = Edition(**{**whole.__dict__, "text_segments": (Literal(text="La rencontre"), FOOT)})
    assert "NL630" not in {finding.code for finding in check(issue, whole, LEGAL)}
    assert "NL630" in {finding.code for finding in check(issue, silent, LEGAL)}


def test_law_wants_a_name_an_address_and_a_way_out() -> None:
    """Statement 89."""
    assert {"NL720", "NL721"} <= codes("Texte.", options=CheckOptions())
    issue = make_issue("Texte.")
    silent = Edition(**{**make_edition(issue).__dict__, "text_segments": (Literal(text="x"),)})
    assert "NL722" in {finding.code for finding in check(issue, silent, LEGAL)}


def test_a_part_for_a_list_is_not_for_the_web() -> None:
    assert "NL823" in codes("::: only lists=demo in=web\n\nNote.\n\n:::")
    assert "NL823" not in codes("::: only lists=demo\n\nNote.\n\n:::")


def test_findings_stand_on_the_line_and_column_of_the_source() -> None:
    issue = make_issue("Texte.\n\nPour s’inscrire, [cliquez ici](https://example.org).")
    found = next(each for each in check(issue, make_edition(issue), LEGAL) if each.code == "NL321")
    assert (found.location.line, found.location.column) == (8, 19)
    assert found.source.startswith("Pour s’inscrire")


def test_an_issue_switches_a_rule_off_with_a_reason() -> None:
    head = "subject: Infolettre\nlint:\n  ignore:\n    - code: NL621\n      reason: aucun aperçu voulu\n"
    assert "NL621" not in codes("Texte.", head=head)


def test_every_rule_is_whole_in_both_languages() -> None:
    seen = set()
    for each in rules():
        assert each.code not in seen
        seen.add(each.code)
        for words in (each.title, each.why):
            with language.speaking("fr"):
                assert language._(words) != words, f"{each.code}: {words}"
        assert each.bad
        assert each.good


def test_formats() -> None:
    where = Location(path="issues/x.md", line=4, column=1, end_column=10)
    finding = Finding(
        code="NL104",
        severity=Severity.ERROR,
        message="unknown key",
        location=where,
        suggestion="preheader",
        source="preheeder: x",
        hint="Mend it.",
    )
    assert "4 | preheeder: x\n  | ^^^^^^^^^ did you mean “preheader”?" in write([finding], Format.FULL)
    assert write([finding], Format.CONCISE) == "issues/x.md:4:1: NL104 unknown key"
    assert json.loads(write([finding], Format.JSON))[0]["location"] == {"row": 4, "column": 1}
    assert write([finding], Format.GITHUB).startswith("::error file=issues/x.md,line=4,col=1,title=NL104::")
    run = json.loads(write([finding], Format.SARIF))["runs"][0]
    assert run["results"][0]["ruleId"] == "NL104"


@pytest.mark.parametrize("name", ["default", "sobre"])
def test_a_theme_that_ships_gives_no_finding(read: Callable[..., Issue], name: str) -> None:
    """Statement 13 of rendering."""
    head = "---\nsubject: Infolettre de décembre\npreheader: Ordre du jour et nouvelles du mois\nlang: fr-CA\n---\n"
    theme, issue = shipped(name), read("Texte.", head=head)
    files = ("prose.css", "layout.mjml.j2", *(f"blocks/{block}.mjml.j2" for block in BLOCKS))
    found = [(file, path.read_text(encoding="utf-8")) for file in files if (path := theme.find(file))]
    assert len(found) > 10
    options = CheckOptions(
        site_name=SITE.name,
        postal_address=SITE.postal_address,
        contact=SITE.contact,
        privacy_officer="x",
        theme_sources=tuple(found),
    )
    assert check(issue, render(issue, theme, options=RenderOptions(site=SITE)), options) == ()
