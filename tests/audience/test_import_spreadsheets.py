"""Spreadsheets as people have them: what a careful person would do with each row."""

from __future__ import annotations

import pytest
from audience_crowd import SECRET, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_outcomes import A, M, R, S, outcomes, rows, said
from openpyxl.utils import get_column_letter

from newsletter.audience.importing import Outcome, plan_import
from newsletter.audience.importing.refused import RefusedFileError

GENERIC = {
    "semicolons": ("courriel;prénom;nom\na@example.org;Zoé;Hétu\nb@example.org;;\n", [A, A]),
    "tabs": ("Email\tName\na@example.org\tHétu, Zoé\n", [A]),
    "Excel's first line": ("sep=;\r\nemail;name\r\na@example.org;A, B\r\n", [A]),
    "Excel's first line, quoted": ('"sep=,"\r\nemail,name\r\na@example.org,A\r\n', [A]),
    "BOM": ("\ufeffemail,name\na@example.org,A\n", [A]),
    "quoted header": ('"E-mail Address","First Name"\n"a@example.org","A"\n', [A]),
    "comma in a quoted name": ('email,name\na@example.org,"Hétu-L’Éveillée, Zoé"\n', [A]),
    "space before a quote": ('email, name\na@example.org, "Hétu, Zoé"\n', [A]),
    "doubled quotes": ('email,name\na@example.org,"Jean ""Ti"" T"\n', [A]),
    "two lines in a name": ('email,name\na@example.org,"Jean\nTremblay"\nb@example.org,B\n', [A, A]),
    "blank lines": ("email,name\n\na@example.org,A\n,\n   ,  \n\nb@example.org,B\n\n", [A, A]),
    "comments": ("# membres 2026\nemail,name\n# parti :\n#b@example.org,B\na@example.org,A\n", [A]),
    "title above the header": ("Liste des membres\n\nNom,Courriel\nA,a@example.org\n", [A]),
    "title with the word in it": ("Liste courriel des membres\nNom,Courriel\nA,a@example.org\n", [A]),
    "white space": (
        "email,name\n  a@example.org  , A \n\u00a0b@example.org\u00a0,B\n\u200bc@example.org,C\n",
        [A, A, A],
    ),
    "upper case": ("EMAIL,NAME\nANA@EXAMPLE.ORG,ANA\nana@example.org,Ana\n", [A, M]),
    "name and address in one cell": (
        "email\nZoé Hétu <zoe@example.org>\n<b@example.org>\nmailto:c@example.org\n",
        [A] * 3,
    ),
    "quoted name and address": ('courriel\n"""Hétu, Zoé"" <zoe@example.org>"\n', [A]),
    "two addresses in a cell": ("email;name\na@example.org, b@example.org;AB\n", [R]),
    "not addresses": ("email\nnobody\na@b\na@@example.org\na b@example.org\na@example..org\n", [R] * 5),
    "an empty address": ("email,name\n,Nobody\na@example.org,A\n", [R, A]),
    "formula in the address": ("email,name\n=cmd|'/C calc'!A0,x\n'=1+1@example.org,y\n=a@example.org,z\n", [R, R, R]),
    "formula in the name": ('email,name\na@example.org,"=HYPERLINK(""http://x.example"")"\n', [A]),
    "too few cells": ("email,name,lang\na@example.org,A\nb@example.org,B,fr\n", [R, A]),
    "too many cells": ("email,name\na@example.org,Hétu, Zoé\nb@example.org,B\n", [R, A]),
    "empty cells at the end": ("email,name,,\na@example.org,A,,\nb@example.org,B\nc@example.org,C,,,,\n", [A, A, A]),
    "stray quote": ('email,name\na@example.org,"Jean "Ti" T"\nb@example.org,B\n', [R, A]),
    "header once more": ("email,name\na@example.org,A\nemail,name\nb@example.org,B\n", [A, A]),
    "two scripts": ("email\na@gmаil.com\n", [R]),
    "Québec": ("email\nzoé@québec.ca\nzoé@xn--qubec-csa.ca\n", [A, M]),
    "no header, one column": ("a@example.org\nb@example.org\nA@example.org\n", [A, A, M]),
    "no header, name and address": ('"A A","a@example.org"\n"B","b@example.org"\n', [A, A]),
    "a form's answers": (
        "Horodateur,Votre adresse courriel (obligatoire),Consentement\n"
        '2026-01-01,a@example.org,"Oui, j’accepte de recevoir l’infolettre"\n'
        "2026-01-02,b@example.org,Non merci\n",
        [A, R],
    ),
    "Google's contacts": (
        "Name,Given Name,E-mail 1 - Value,E-mail 2 - Value\nA B,A,a@example.org,b@example.org\n",
        [A],
    ),
    "Outlook in French": ("Prénom,Nom,Adresse de messagerie\nA,B,a@example.org\n", [A]),
    "a state is a place": ("email,state,city\na@example.org,QC,Montréal\n", [A]),
    "a newsletter's name": ("email,infolettre\na@example.org,Mensuelle\nb@example.org,non\n", [A, R]),
    "unknown status": ("email,status\na@example.org,active\nb@example.org,mystère\n", [A, R]),
    "French statuses": (
        "courriel;statut\na@example.org;Abonné\nb@example.org;Désabonnée\nc@example.org;Rebond\n"
        "d@example.org;Plainte\ne@example.org;En attente\nf@example.org;\n",
        [A, S, S, S, R, A],
    ),
    "flags": (
        "email,unsubscribed,bounced\na@example.org,no,\nb@example.org,yes,\nc@example.org,,2024-01-02 03:04\n",
        [A, S, S],
    ),
    "old Mac line ends": ("email,name\ra@example.org,A\rb@example.org,B\r", [A, A]),
    "no line end at the end": ("email\na@example.org", [A]),
    "lines with a return too many": ("email,name\r\r\na@example.org,A\r\r\n", [A]),
    "a name of its own line break": ('email,name\na@example.org,"A\nBcc: b@example.org"\n', [R]),
    "a control character": ("email,name\na@example.org,A\x07\n", [R]),
    "a very long cell": ("email,name\na@example.org," + "x" * 70_000 + "\nb@example.org,B\n", [R, A]),
    "a longer one": ("email,name\na@example.org," + "x" * 140_000 + "\nb@example.org,B\n", [R, A]),
    "a very long name": ("email,name\na@example.org," + "x" * 300 + "\n", [R]),
}
STRUCTURE = {
    "unterminated quote": ('email,name\na@example.org,"A\nb@example.org,B\n', "unterminated_quote", 2),
    "a quote that eats a row": ('email,name\na@example.org,"A\nb@example.org,"B"\n', "unterminated_quote", 2),
    "a quote that eats very much": ('email,name\na@example.org,"' + "x\n" * 100_000, "unterminated_quote", 2),
    "NUL": ("email,name\na@example.org,A\nb@example.org,\0B\n", "nul", 3),
    "no address column": ("name,lang\nA,fr\nB,en\n", "no_address_column", 0),
    "two address columns": ("email,name,Email\na@example.org,A,b@example.org\n", "ambiguous_address_column", 0),
    "no header, more columns": ("a@example.org,A,active\nb@example.org,B,unsubscribed\n", "no_header", 1),
    "no header, states": ("a@example.org,active\nb@example.org,unsubscribed\n", "no_header", 1),
    "empty": ("", "empty", 0),
    "white space only": ("  \n\n", "empty", 0),
    "PDF": ("%PDF-1.7\n", "not_a_table", 0),
    "501 columns": ("email" + "," * 500 + "x\n", "too_many_columns", 1),
}


@pytest.mark.parametrize("name", GENERIC)
def test_a_spreadsheet_is_read_as_a_careful_person_would(name: str, planned) -> None:
    content, expected = GENERIC[name]
    report = planned(content)
    assert said(report) == expected, rows(report)


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_fault_of_structure_refuses_the_file(name: str, planned) -> None:
    """Statement 53."""
    content, reason, row = STRUCTURE[name]
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert (raised.value.reason, raised.value.row) == (reason, row)
    assert raised.value.exit_code == 1
    assert "@" not in str(raised.value)


def test_many_columns_are_too_many_and_a_long_cell_is_its_rows_fault(planned) -> None:
    """Statement 53."""
    with pytest.raises(RefusedFileError) as raised:
        planned("email," + ",".join(map(get_column_letter, range(1, 10_001))) + "\na@example.org" + "," * 10_000 + "\n")
    assert raised.value.reason == "too_many_columns"
    report = planned('email,name\na@example.org,"' + "x" * 140_000 + '"\nb@example.org,B\nc@example.org' + ",x" * 9_998)
    assert outcomes(report) == {2: R, 3: A, 4: R}


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(planned) -> None:
    report = planned('titre\n\nemail,name\na@example.org,"A\nB"\n\nnobody,C\n')
    assert [one.row for one in report.rows] == [4, 6]
    assert report.layout.header == 3
    assert report.skipped == 1


def test_a_column_can_be_named_by_hand(planned) -> None:
    report = planned("Coordonnées,Qui\na@example.org,A\n", columns={"email": "Coordonnées", "name": "Qui"})
    assert said(report) == [A]
    assert report.layout.columns == {"email": "Coordonnées", "name": "Qui"}


def test_the_projects_attributes_are_read_and_typed(planned, make_store, import_into) -> None:
    text = 'email,comites,dons,adhesion,role,autre\na@example.org,Formation; soutien,"1 000,50",2020-02-29,Allié,x\n'
    store = make_store()
    assert said(import_into(store, text)) == [A]
    assert person(store, "a@example.org").fields == {
        "comites": ["formation", "soutien"],
        "dons": 1000.5,
        "adhesion": "2020-02-29",
        "role": "allié",
    }
    wrong = planned(
        "email,comites,dons,adhesion\na@example.org,cuisine,,\nb@example.org,,beaucoup,\nc@example.org,,,hier\n"
    )
    assert {one.reason.value for one in wrong.rows} == {"invalid_field"}
    assert wrong.layout.unused == ()


@given(content=st.binary(max_size=300) | st.text(st.sampled_from('a@x.org,;"\n\t#=é\r '), max_size=200).map(str.encode))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_a_report_or_a_refusal(content: bytes, make_store, table, options) -> None:
    store = make_store()
    try:
        report = plan_import(store, table(b"email,name\n" + content), options, secret=SECRET)
    except RefusedFileError:
        return
    assert {one.outcome for one in report.rows} <= set(Outcome)
