"""Spreadsheets as people have them: what a careful person would do with each row."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest
from audience_crowd import SECRET, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from newsletter.audience.importing import ImportReport, Outcome, plan_import
from newsletter.audience.importing.refused import RefusedFileError

A, M, S, R = "accepted", "merged", "suppressed", "rejected"


def said(report: ImportReport) -> list[str]:
    return [one.outcome.value for one in report.rows]


def rows(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(one.row, one.outcome.value, one.reason.value) for one in report.rows]


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
TOOLS = {
    "mailchimp": (
        '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,'
        "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
        'a@example.org,A,B,2,,,"2020-01-01 00:00:00",192.0.2.1,,,,,,,,"2020-01-01 00:00:00",1,x,,"""VIP"""\n',
        [A],
    ),
    "mailchimp, unsubscribed": (
        '"Email Address","First Name",MEMBER_RATING,CONFIRM_TIME,LEID,EUID,UNSUB_TIME,'
        "UNSUB_CAMPAIGN_TITLE,UNSUB_REASON\n"
        'a@example.org,A,2,"2020-01-01 00:00:00",1,x,"2021-01-01 00:00:00",Mai,NORMAL\n',
        [S],
    ),
    "mailchimp, cleaned": (
        "Email Address,MEMBER_RATING,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID,EUID\n"
        "a@example.org,1,2021-01-01 00:00:00,Mai,1,x\n",
        [S],
    ),
    "substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "a@example.org,false,,other,false,2025-01-01T00:00:00.000Z,\n"
        "b@example.org,true,2026-12-01T00:00:00.000Z,yearly,false,2025-01-01T00:00:00.000Z,2025-01-02\n"
        "c@example.org,false,,other,true,2025-01-01T00:00:00.000Z,\n",
        [A, A, S],
    ),
    "substack, newer": (
        "Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,Type\n"
        "a@example.org,A,,,2026-06-17T10:21:38.759Z,,4,Free\n"
        "b@example.org,B,Monthly,2026-01-01T00:00:00.000Z,2025-02-01T00:00:00.000Z,,3,Paid\n",
        [A, A],
    ),
    "ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
        "1,a@example.org,A,,true,false,,2024-01-15T10:00:00.000Z,,,\n"
        "2,b@example.org,B,,false,false,,2024-01-15T10:00:00.000Z,,,\n"
        "3,c@example.org,C,,true,false,,2024-01-15T10:00:00.000Z,2025-01-15T10:00:00.000Z,,\n",
        [A, S, S],
    ),
    "buttondown": (
        "email,subscriber_type,creation_date,tags\na@example.org,regular,2024-02-02,\nb@example.org,premium,2024-02-02,\n"
        "c@example.org,unactivated,2024-02-02,\nd@example.org,unsubscribed,2024-02-02,\ne@example.org,removed,2024-02-02,\n"
        "f@example.org,undeliverable,2024-02-02,\ng@example.org,complained,2024-02-02,\nh@example.org,spammy,2024-02-02,\n",
        [A, A, R, S, S, S, S, R],
    ),
    "buttondown, newer": (
        "id,creation_date,email_address,notes,metadata,tags,type,unsubscription_date\n"
        "1,2024-01-01,a@example.org,,{},[],churning,\n2,2024-01-01,b@example.org,,{},[],unsubscribed,2025-01-01\n",
        [A, S],
    ),
    "brevo": (
        "EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;ADDED_TIME;MODIFIED_TIME\n"
        "a@example.org;D;B;15145550100;No;No;12-04-2022 09:30;13-04-2022 10:00\n"
        "b@example.org;D;B;;Yes;No;12-04-2022 09:30;13-04-2022 10:00\n",
        [A, S],
    ),
    "brevo in French": (
        "EMAIL;NOM;PRENOM;SMS;DOUBLE_OPT-IN;Blacklisté;ADDED_TIME;MODIFIED_TIME\n"
        "a@example.org;D;B;;Oui;Non;12-04-2022;13-04-2022\nb@example.org;D;B;;Oui;Oui;12-04-2022;13-04-2022\n"
        "c@example.org;D;B;;2;Non;12-04-2022;13-04-2022\n",
        [A, S, R],
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        '1,a@example.org,A,"{""city"": ""Laval""}",enabled,2024-01-01,2024-01-01\n'
        "2,b@example.org,B,{},disabled,2024-01-01,2024-01-01\n3,c@example.org,C,{},blocklisted,2024-01-01,2024-01-01\n",
        [A, S, S],
    ),
    "keila": (
        "Email,First name,Last name,Data,Status\na@example.org,A,B,{},active\nb@example.org,,,{},unsubscribed\n"
        "c@example.org,,,{},unreachable\n",
        [A, S, S],
    ),
    "kit": (
        "first_name,email,created_at,status\nA,a@example.org,2022-09-10T11:12:13Z,active\nB,b@example.org,2022,cancelled\n"
        "C,c@example.org,2022,bounced\nD,d@example.org,2022,complained\nE,e@example.org,2022,inactive\n",
        [A, S, S, S, R],
    ),
    "sendy": (
        "Name,Email,Unsubscribed,Bounced,Complaint\nA,a@example.org,0,0,0\nB,b@example.org,1,0,0\n"
        "C,c@example.org,0,1,0\nD,d@example.org,0,0,1\n",
        [A, S, S, S],
    ),
    "beehiiv": (
        "email,status,tier,utm_source,created_at\na@example.org,active,free,,2024\nb@example.org,inactive,free,,2024\n"
        "c@example.org,pending,free,,2024\nd@example.org,validating,free,,2024\ne@example.org,invalid,free,,2024\n",
        [A, S, R, R, S],
    ),
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


@pytest.mark.parametrize("name", TOOLS)
def test_another_tools_export_is_recognised_and_who_left_stays_away(name: str, planned) -> None:
    content, expected = TOOLS[name]
    report = planned(content)
    assert said(report) == expected, rows(report)
    assert report.layout.tool == name.split(",")[0].split()[0]


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_fault_of_structure_refuses_the_file(name: str, planned) -> None:
    """Statement 53."""
    content, reason, row = STRUCTURE[name]
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert (raised.value.reason, raised.value.row) == (reason, row)
    assert raised.value.exit_code == 1
    assert "@" not in str(raised.value)


TEXT = "courriel;nom\nzoe@example.org;Zoé Hétu-L’Éveillée\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
    ],
)
def test_encodings_are_recognised_and_named(content: bytes, planned) -> None:
    """Statement 52."""
    report = planned(
        content,
    )
    assert said(report) == [A]
    assert report.layout.encoding.startswith(("utf", "cp1252"))
    assert report.layout.separator == ";"
    assert report.layout.columns == {"email": "courriel", "name": "nom"}


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode() + "b@example.org;Hélène\n".encode("cp1252"),
        b"email;name\na@example.org;\x81\x8d\n",
        b"\xff\xfe" + b"e\0m\0a\0i\0l\0\n",
    ],
)
def test_two_encodings_at_once_are_refused(content: bytes, planned) -> None:
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == "wrong_encoding"


def test_what_a_file_says_in_its_name_only(make_store, table, options) -> None:

    text = "Name,Email\nA,a@example.org\n"
    found = {
        name: said(plan_import(make_store(name + ".db"), table(text, name), options, secret=SECRET))
        for name in (
            "liste-unsubscribed.csv",
            "cleaned_members_export_1.csv",
            "liste-active.csv",
            "liste-unconfirmed.csv",
        )
    }
    assert list(found.values()) == [[S], [S], [A], [R]]


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


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for line in content:
            sheet.append(line)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_workbook_is_read_as_its_values(planned) -> None:
    content = workbook(
        Feuil1=[
            ["Membres"],
            [],
            ["Courriel", "Nom", "Adhésion", "Désabonné", "comites"],
            ["a@example.org", "Hétu, Zoé", date(2020, 2, 29), False, "formation"],
            ["b@example.org", 42, None, True, None],
            ["A@example.org"],
            ["nobody", None, None, None, None],
        ]
    )
    report = planned(content)
    assert rows(report) == [
        (4, A, "new"),
        (5, S, "row_unsubscribed"),
        (6, M, "duplicate_in_file"),
        (7, R, "invalid_address"),
    ]
    assert report.layout.encoding == "xlsx"


def test_the_sheet_with_people_is_found_and_two_are_refused(planned) -> None:
    people = [["email"], ["a@example.org"]]
    assert said(planned(workbook(Notes=[["à faire"]], Gens=people))) == [A]
    with pytest.raises(RefusedFileError) as raised:
        planned(workbook(Un=people, Deux=people))
    assert raised.value.reason == "several_sheets"


def zipped(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_packed_files_are_unpacked_within_bounds(planned) -> None:
    """Statement 59."""
    text = b"email\na@example.org\n"
    assert said(planned(gzip.compress(text))) == [A]
    assert said(planned(zipped(**{"people.csv": text, "README": b"x"}))) == [A]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"email\n" + b"a@example.org\n" * 3_000_000), "too_big"),
        (zipped(**{"a.csv": b"email\n" + b"\n" * 30_000_000}), "too_big"),
        (zipped(**{"../a.csv": b"email\na@example.org\n"}), "unsafe_archive"),
        (zipped(**{"/a.csv": b"email\na@example.org\n"}), "unsafe_archive"),
        (zipped(**{"a.csv": b"email\n", "b.csv": b"email\n"}), "several_tables"),
        (zipped(**{"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "not_a_table"),
        (zipped(**{f"{n}.txt": b"" for n in range(2001)}), "too_big"),
        (zipped(**{"[Content_Types].xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><Types/>"}), "unsafe_archive"),
        (zipped(**{"[Content_Types].xml": b"<Types/>"}), "damaged"),
        (workbook(A=[["email"]])[:-200], "damaged"),
        (gzip.compress(b"email\na@example.org\n" * 1000)[:-30], "damaged"),
        (b"PK\x03\x04 nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
    ],
    # archives hold the time they were made, and every process must call a test by the same name
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_bombs_and_broken_archives_are_refused(content: bytes, reason: str, planned) -> None:
    """Statement 59."""
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason


@given(content=st.binary(max_size=300) | st.text(st.sampled_from('a@x.org,;"\n\t#=é\r '), max_size=200).map(str.encode))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_a_report_or_a_refusal(content: bytes, make_store, table, options) -> None:
    store = make_store()
    try:
        report = plan_import(store, table(b"email,name\n" + content), options, secret=SECRET)
    except RefusedFileError:
        return
    assert {one.outcome for one in report.rows} <= set(Outcome)
