"""Addresses as many hands write them, each with the one right outcome, and names beside them."""

from __future__ import annotations

import pytest
from audience_crowd import person
from import_outcomes import A, M, R, _, content_of, expected_of, outcomes, reasons

ADDRESSES = {
    "formulas": (
        ("email,name", _),
        ('"=HYPERLINK(""http://e"",""a@example.org"")",x', R),
        ("+a@example.org,y", A),
        ("-b@example.org,z", A),
        ("@c@example.org,w", R),
    ),
    "duplicates in another case, dots and pluses apart": (
        ("email", _),
        ("Ana@Example.org", A),
        ("ana@example.org", M),
        ("ANA@EXAMPLE.ORG", M),
        ("a.na@example.org", A),
        ("ana+x@example.org", A),
    ),
    "look-alikes": (
        ("email", _),
        ("аdmin@example.org", R),
        ("admin@exаmple.org", R),
        ("ａ@example.org", R),
        ("a@ｅxample.org", R),
        ("a@example。org", R),
        ("ο@example.org", A),
    ),
    "idn": (
        ("email", _),
        ("zoe@québec.ca", A),
        ("zoe@xn--qubec-csa.ca", M),
        ("zoé@example.org", A),
        ("élise@exemple.québec", A),
    ),
    "addresses of functions": (
        ("email", _),
        ("info@example.org", A),
        ("admin@example.org", A),
        ("noreply@example.org", A),
        ("abuse@example.org", A),
        ("postmaster@example.org", A),
    ),
    "spaces around and within": (
        ("email", _),
        (" a@example.org ", A),
        ('\tb@example.org\t', A),
        ("c @example.org", R),
        ("d@ example.org", R),
        ("e@example. org", R),
    ),
    "ways to write one address": (
        ("email", _),
        ("mailto:a@example.org", A),
        ("MAILTO:b@example.org", A),
        ('"Zoé <c@example.org>"', A),
        ('"""D, X"" <d@example.org>"', A),
        ("<e@example.org>", A),
        ("f@example.org;", A),
        ('"g@example.org,"', A),
        ("mailto:h@example.org?subject=x", A),
        ("<mailto:i@example.org>", A),
        ('"\'j@example.org\'"', A),
        ('"""k@example.org"""', A),
    ),
    "what is no address": (
        ("email", _),
        ("a@x.c", R),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org", R),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org", A),
        ("a@example.org.", R),
        (".a@example.org", R),
        ("a.@example.org", R),
        ("a..b@example.org", R),
        ('"a b"@example.org', R),
        ('"a"@example.org', R),
        ("a@example.test", R),
        ("a@example.invalid", R),
        ("a@localhost", R),
        ("a@[127.0.0.1]", R),
        ("a@127.0.0.1", R),
        ("a@-example.org", R),
        ("a@example-.org", R),
        ("a@exa_mple.org", R),
        ("a@example", R),
        ("@example.org", R),
        ("a@", R),
        ("a@@example.org", R),
        ("a(c)@example.org", R),
        ("a@example.local", R),
        ("n/a", R),
        ("null", R),
        ("-", R),
        ("aucun", R),
    ),
    "quoted header": (
        ("email,name", _),
        ('"""a b""@example.org",x', R),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADDRESSES)
def test_each_address_has_its_one_right_outcome(name: str, planned) -> None:
    """Statements 30, 52, 55, 56, 57."""
    report = planned(content_of(ADDRESSES[name]))
    assert outcomes(report) == expected_of(ADDRESSES[name]), reasons(report)


def test_an_address_over_two_lines_is_none_and_two_addresses_are_not_one(planned) -> None:
    report = planned('email,name\n"b@example.org\nBcc: x@example.org",B\n"a@example.org\nc@example.org",C\n')
    assert outcomes(report) == {2: R, 3: R}
    report = planned(
        "email\na@example.org et b@example.org\na@example.org/b@example.org\na@example.org b@example.org\n"
    )
    assert set(outcomes(report).values()) == {R}


def test_what_can_not_be_seen_in_an_address_makes_none(planned) -> None:
    text = "email\na\u200bb@example.org\nc\u202ed@example.org\n\u200be@example.org\nf@exam\u00adple.org\n"
    found = outcomes(planned(text))
    assert (found[2], found[3], found[4]) == (R, R, A)


def test_a_name_is_one_line_that_reads_as_it_is_written(make_store, import_into) -> None:
    """No header of a mail, and no mark that turns the text around."""
    store = make_store()
    rows = 'b@example.org,"Zo\u202eé"\na@example.org,"Jean\nTremblay"\n'
    assert outcomes(import_into(store, "email,name\n" + rows)) == {2: A, 3: A}
    assert person(store, "b@example.org").name == "Zoé"
    assert person(store, "a@example.org").name == "Jean Tremblay"
    forged = import_into(store, 'email,name\nc@example.org,"Zoé\r\nX-Forged: 1"\n')
    assert reasons(forged) == {2: "control_character"}
