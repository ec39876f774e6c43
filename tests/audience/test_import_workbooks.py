"""Workbooks are read as their values, or refused with the reason."""

from __future__ import annotations

from datetime import date

import pytest
from import_outcomes import A, M, R, S, outcomes, reasons, rows, said
from packed_files import book, changed, workbook

from newsletter.audience.importing.refused import RefusedFileError

BOOK = book(["email"], ["a@example.org"])
SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'


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


def test_a_workbook_is_read_below_its_titles_and_beside_its_empty_cells(planned) -> None:
    many = [[f"Note {number}"] for number in range(30)]
    report = planned(book(*many, ["Courriel", "Nom"], ["a@example.org", "A"], [None, None], ["b@example.org", 3]))
    assert outcomes(report) == {32: A, 34: A}
    report = planned(book(C3="Courriel", D3="Nom", C4="a@example.org", D4="A", XFD9="x"))
    assert outcomes(report) == {4: A, 9: R}


def test_the_sheet_with_people_is_found_and_two_are_refused(planned) -> None:
    people = [["email"], ["a@example.org"]]
    assert said(planned(workbook(Notes=[["à faire"]], Gens=people))) == [A]
    with pytest.raises(RefusedFileError) as raised:
        planned(workbook(Un=people, Deux=people))
    assert raised.value.reason == "several_sheets"


def test_a_failed_formula_is_a_row_with_a_fault_and_no_comment(planned) -> None:
    report = planned(book(["email", "name"], ["#N/A", "x"], ["=A1", "y"], ["a@example.org", "#REF!"]))
    assert reasons(report) == {2: "invalid_address", 3: "invalid_address", 4: "new"}
    report = planned("#,courriel\n#12,a@example.org\n# a note,\n")
    assert outcomes(report) == {2: A}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(BOOK, SHEET, lambda xml: BOMB + xml), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: b"<!--" + b"x" * 9000 + b"-->" + BOMB + xml), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: (BOMB + xml).decode().encode("utf-16")), "unsafe_archive"),
        (changed(BOOK, SHEET, lambda xml: xml[:-40]), "damaged"),
        (changed(BOOK, SHEET, lambda _xml: b""), "damaged"),
        (changed(BOOK, "xl/workbook.xml", lambda _xml: b"<x"), "damaged"),
        (changed(BOOK, "xl/styles.xml", lambda _xml: b"<x"), "damaged"),
        (BOOK.replace(SHEET.encode(), b"xl/worksheets/sheet9.xml"), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ],
)
def test_a_workbook_that_is_damaged_locked_or_a_trap_is_refused_with_its_reason(
    content: bytes, reason: str, planned
) -> None:
    """Statement 59."""
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason
