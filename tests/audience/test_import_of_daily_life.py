"""Files as offices have them: forms' answers, notes, address books, sheets nobody counted, pages called tables."""

from __future__ import annotations

import pytest
from import_outcomes import A, R, S, outcomes, reasons
from packed_files import book, changed

from newsletter.audience.importing.refused import RefusedFileError

#: each answer with what becomes of its row
ANSWERS = {
    "Souhaite recevoir l’infolettre ?": {"Oui": A, "Non": R, "": R},
    "Acceptez-vous de recevoir nos courriels ?": {"Oui, j’accepte": A, "Non, merci": R, "": R},
    "Would you like to receive our newsletter?": {"Yes": A, "No": R, "": R, "Yes please": A},
    "Consentement LCAP": {"Oui": A, "Non": R, "": R},
    "Je veux m’abonner à l’infolettre": {"x": A, "": R},
    "Ne souhaite plus recevoir l’infolettre": {"Oui": S, "Non": A, "": A},
    "Does not want e-mails": {"Yes": S, "No": A, "": A},
    "Stop courriels": {"x": S, "": A},
    "Abonné(e)": {"Oui": A, "Non": S, "désabonné(e)": S},
    "Inscrit(e)": {"oui": A, "non": S},
    "Abonnement": {"Annuel": A, "Désabonnée": S, "Oui": A, "Non": S},
    "Infolettre": {"Oui": A, "Non": R, "désabonnée": S, "mensuelle": A},
    "Statut": {"Abonné(e)": A, "Désabonné(e)": S, "Ne veut plus recevoir": S, "A demandé à être retiré": S},
    "Remarques": {
        "ne plus envoyer": S,
        "DÉSABONNER SVP": S,
        "Veut être retirée": S,
        "à retirer svp": S,
        "amie de Zoé": A,
        "ne s’est jamais désabonnée": A,
        "remplace Anne, qui s’est désabonnée en mars de l’an dernier": A,
    },
    "Date d’inscription à l’infolettre": {"2020-01-01": A, "": A},
    "Téléphone": {"ne plus écrire": A},
}


@pytest.mark.parametrize("header", ANSWERS)
def test_nobody_is_written_to_against_their_answer(header: str, planned) -> None:
    """Statements 30 and 32."""
    answers = ANSWERS[header]
    rows = [f"p{number}@example.org;{answer}" for number, answer in enumerate(answers)]
    report = planned("\n".join([f"Courriel;{header}", *rows]) + "\n")
    assert outcomes(report) == dict(enumerate(answers.values(), start=2)), reasons(report)


BOOKS = {
    "Thunderbird": (
        "Prénom,Nom de famille,Nom à afficher,Première adresse électronique,Adresse électronique secondaire",
        "Zoé,Hétu,Zoé Hétu,zoe@example.org,autre@example.org",
        "Première adresse électronique",
    ),
    "Outlook": (
        "Prénom,Nom,Adresse de messagerie,Type de messagerie,Nom complet de l'adresse de messagerie",
        "Zoé,Hétu,zoe@example.org,SMTP,Zoé Hétu (zoe@example.org)",
        "Adresse de messagerie",
    ),
    "Google": (
        "First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value",
        "Zoé,Hétu,* Home,zoe@example.org,Work,autre@example.org",
        "E-mail 1 - Value",
    ),
}


@pytest.mark.parametrize("name", BOOKS)
def test_address_books_in_french_and_english_are_known(name: str, planned) -> None:
    header, row, column = BOOKS[name]
    report = planned(f"{header}\n{row}\n")
    assert outcomes(report) == {2: A}
    assert report.layout.columns["email"] == column


def test_marks_that_came_along_are_taken_off_and_two_addresses_are_said(planned) -> None:
    report = planned(
        "Courriel\n\u202azoe@example.org\u202c\n\u2068b@example.org\u2069\nc@example.org ::: d@example.org\n"
    )
    assert reasons(report) == {2: "new", 3: "new", 4: "several_addresses"}


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ("<html><body><table><tr><td>Courriel</td></tr></table></body></html>", "HTML"),
        ("\ufeff\r\n<!DOCTYPE html><table>", "HTML"),
        ("<table><tr><th>Courriel</th></tr></table>", "HTML"),
        ('<?xml version="1.0"?><Workbook><Worksheet/></Workbook>', "XML"),
        ("BEGIN:VCARD\nFN:Zoé\nEMAIL:zoe@example.org\nEND:VCARD\n", "vCard"),
        ("{\\rtf1 Courriel}", "RTF"),
        ("%PDF-1.7\n", "PDF"),
    ],
)
def test_what_is_only_called_a_table_is_refused_by_its_kind(start: str, kind: str, planned) -> None:
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(RefusedFileError, match=kind) as raised:
            planned(start.encode(encoding))
        assert raised.value.reason == "not_a_table"


def test_a_sheet_that_nobody_counted_loses_no_row_in_silence(planned) -> None:
    link = '=HYPERLINK("mailto:a@example.org","a@example.org")'
    report = planned(book(["Courriel", "Nom"], [link, None], ["b@example.org", "B"]))
    assert reasons(report) == {2: "invalid_address", 3: "new"}


def test_an_empty_result_of_a_counted_sheet_is_an_empty_row(planned) -> None:
    def counted(sheet: bytes) -> bytes:
        value = b'<c r="A2" t="str"><f>B2</f><v>a@example.org</v></c>'
        assert b'<c r="A2"><f>B2</f><v></v></c>' in sheet
        return sheet.replace(b'<c r="A2"><f>B2</f><v></v></c>', value)

    content = book(["Courriel", "Copie"], ["=B2", "x"], ["=B3", "=B3"], ["=B4", "=B4"])
    report = planned(changed(content, "xl/worksheets/sheet1.xml", counted))
    assert outcomes(report) == {2: A}
