"""The day and the kind of consent that an import says, for the file and for each row."""

from __future__ import annotations

from datetime import date

from import_outcomes import reasons

from newsletter.audience.consent import Basis, ConsentKind


def test_a_rows_own_day_of_consent_counts_and_none_is_of_a_day_to_come(planned) -> None:
    """Statements 32, 34 and 54."""
    text = "email,date de consentement\na@example.org,2026-03-01\nb@example.org,2023-03-01\nc@example.org,2027-01-01\n"
    today = {"today": date(2026, 11, 26)}
    assert reasons(planned(text, **today)) == {2: "new", 3: "new", 4: "invalid_field"}
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.MEETING, "obtained": date(2026, 1, 1), **today}
    assert reasons(planned(text, **implied)) == {2: "new", 3: "consent_over", 4: "invalid_field"}
    assert planned(text, **implied).faults == 1


def test_an_implied_consent_that_is_over_makes_nobody_a_subscriber(planned) -> None:
    """Statement 35: from the day on which it ends."""
    inquiry = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 5, 26)}
    text = "email\na@example.org\n"
    assert reasons(planned(text, **inquiry, today=date(2026, 11, 25))) == {2: "new"}
    assert reasons(planned(text, **inquiry, today=date(2026, 11, 26))) == {2: "consent_over"}
