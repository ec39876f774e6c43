"""Tables of many hands, each row with its one right outcome: headers, states and answers in two languages."""

from __future__ import annotations

import pytest
from import_outcomes import A, R, S, _, content_of, expected_of, outcomes, reasons

from newsletter.audience.importing.refused import RefusedFileError

TABLES = {
    "pipe": (
        ("email|name", _),
        ("a@example.org|A", A),
    ),
    "sep=| ": (
        ("sep=|", _),
        ("email|name", _),
        ("a@example.org|A", A),
    ),
    "sep tab": (
        ('sep=\t', _),
        ('email\tname', _),
        ('a@example.org\tA', A),
    ),
    "bom sep": (
        ('\ufeffsep=;', _),
        ("email;name", _),
        ("a@example.org;A", A),
    ),
    "empty rows": (
        ("email,name", _),
        ("", _),
        ("", _),
        ("a@example.org,A", A),
        (",,", _),
        ("", _),
        (",,,", _),
        ("b@example.org,B", A),
    ),
    "the header once more": (
        ("email,name", _),
        ("a@example.org,A", A),
        ("email,name", _),
        ("b@example.org,B", A),
        ("Email,Name", _),
    ),
    "no header 1": (
        ("a@example.org", A),
        ("b@example.org", A),
    ),
    "two email cols": (
        ("email,email 2,name", _),
        ("a@example.org,b@example.org,A", A),
    ),
    "two email cols b": (
        ("courriel,courriel secondaire", _),
        ("a@example.org,b@example.org", A),
    ),
    "french1": (
        ("Courriel;Prénom;Nom;Langue;Désabonné le", _),
        ("a@example.org;A;B;fr;", A),
        ("b@example.org;B;C;en;2024-01-02", S),
        ("c@example.org;C;D;français;2030-01-02", S),
    ),
    "french2": (
        ("Adresse courriel;Statut", _),
        ("a@example.org;Abonné", A),
        ("b@example.org;désabonné", S),
        ("c@example.org;DÉSABONNÉE", S),
        ("d@example.org;Rebond dur", S),
        ("e@example.org;Plainte", S),
        ("f@example.org;Inactif", S),
    ),
    "french3": (
        ("Adresse e-mail;Désinscrit", _),
        ("a@example.org;non", A),
        ("b@example.org;oui", S),
        ("c@example.org;0", A),
        ("d@example.org;1", S),
        ("e@example.org;vrai", S),
        ("f@example.org;FAUX", A),
    ),
    "status etat": (
        ("Courriel;État", _),
        ("a@example.org;Désabonné", S),
        ("b@example.org;Actif", A),
    ),
    "status state": (
        ("email,state", _),
        ("a@example.org,unsubscribed", S),
        ("b@example.org,active", A),
    ),
    "inline status": (
        ("Courriel;Notes", _),
        ("a@example.org;Statut: désabonné", S),
        ("b@example.org;", A),
    ),
    "consent date": (
        ("email,consent date", _),
        ("a@example.org,2024-01-01", A),
        ("b@example.org,", A),
    ),
    "consent date col": (
        ("courriel,date de consentement,consentement", _),
        ("a@example.org,2024-01-01,oui", A),
        ("b@example.org,2024-01-01,non", R),
        ("c@example.org,,", R),
    ),
    "languages": (
        ("email,langue", _),
        ("a@example.org,fr", A),
        ("b@example.org,EN", A),
        ("c@example.org,Français", A),
        ("d@example.org,anglais", A),
        ("e@example.org,fr_CA", A),
        ("f@example.org,en-US", A),
        ("g@example.org,de", A),
        ("h@example.org,", A),
    ),
    "yes and no in two languages": (
        ("email,abonné", _),
        ("a@example.org,oui", A),
        ("b@example.org,non", S),
        ("c@example.org,Yes", A),
        ("d@example.org,no", S),
        ("e@example.org,vrai", A),
        ("f@example.org,FAUX", S),
        ("g@example.org,1", A),
        ("h@example.org,0", S),
        ("i@example.org,x", A),
        ("j@example.org,", A),
        ("k@example.org,peut-être", R),
    ),
    "abonné x": (
        ("courriel,infolettre", _),
        ("a@example.org,x", A),
        ("b@example.org,", A),
    ),
    "consent col": (
        ("courriel,consentement", _),
        ("a@example.org,oui", A),
        ("b@example.org,non", R),
        ("c@example.org,", R),
    ),
    "unsub en": (
        ("email,unsubscribed_at", _),
        ("a@example.org,", A),
        ("b@example.org,2099-01-01", S),
        ("c@example.org,NULL", A),
        ("d@example.org,0000-00-00 00:00:00", A),
    ),
    "bounce count": (
        ("email,bounces", _),
        ("a@example.org,0", A),
        ("b@example.org,3", S),
    ),
}  # fmt: skip
REFUSED = {
    "unterminated": ('email,name\na@example.org,"A\nb@example.org,B\n', "unterminated_quote"),
    "NUL": ('email,name\na@example.org,A\x00\n', "nul"),
    "no header 3 cols": ('a@example.org,A,B\nc@example.org,C,D\n', "no_header"),
    "no header first invalid": ('nobody\na@example.org\nb@example.org\n', "no_header"),
    "two email cols c": ('Email,Courriel\na@example.org,b@example.org\n', "ambiguous_address_column"),
    "home work": ('Home Email,Work Email\na@example.org,b@example.org\n', "ambiguous_address_column"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_each_row_has_its_one_right_outcome(name: str, planned) -> None:
    """Statements 30, 52, 55, 56, 57."""
    report = planned(content_of(TABLES[name]))
    assert outcomes(report) == expected_of(TABLES[name]), reasons(report)


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_told_apart_is_refused(name: str, planned) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason


def test_rows_are_numbered_as_seen_when_cells_have_several_lines(planned) -> None:
    report = planned('email,name,notes\na@example.org,A,"x\ny\nz"\nb@example.org,B,\nnot an address,C,\n')
    assert outcomes(report) == {2: A, 3: A, 4: R}


def test_a_second_column_of_addresses_that_says_nothing_else_is_no_riddle(planned) -> None:
    assert outcomes(planned("Email,Courriel\na@example.org,\nb@example.org,b@example.org\n")) == {2: A, 3: A}
    assert outcomes(planned("Email,Email\na@example.org,\n")) == {2: A}
