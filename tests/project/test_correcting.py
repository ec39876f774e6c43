from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Edit, Finding, Location, Severity
from newsletter.project.correcting import correct, corrected


def edit(line, column, end_line, end_column, text):
    return Edit(line=line, column=column, end_line=end_line, end_column=end_column, text=text)


def test_edits_are_applied_wherever_they_stand():
    text = "un\ndeux\ntrois\n"
    assert corrected(text, [edit(1, 1, 1, 3, "1"), edit(3, 1, 3, 6, "3"), edit(2, 5, 2, 5, "!")]) == "1\ndeux!\n3\n"


def test_of_two_edits_over_another_one_is_made():
    assert corrected("abcdef", [edit(1, 1, 1, 4, "X"), edit(1, 2, 1, 5, "Y")]) == "aYef"


@given(
    st.text("ab\n", max_size=30), st.lists(st.tuples(*[st.integers(1, 9)] * 4, st.text("xy", max_size=3)), max_size=5)
)
def test_no_edit_ever_raises_or_loses_what_is_outside(text, places):
    edits = [edit(*place) for place in places]
    result = corrected(text, edits)
    assert set(result) <= set(text) | set("xy")


def test_only_files_of_the_project_are_corrected(tmp_path):
    root, outside = tmp_path / "p", tmp_path / "outside.md"
    root.mkdir()
    outside.write_text("mine")
    (root / "x.md").write_bytes("\ufeffcafe\r\nx\r\n".encode())

    def finding(path):
        fix = (edit(1, 4, 1, 5, "é"),)
        return Finding(code="NL1", severity=Severity.ERROR, message="", location=Location(path=path), fix=fix)

    assert [path.name for path in correct(root, [finding("x.md"), finding("../outside.md"), finding("no.md")])] == [
        "x.md"
    ]
    assert (root / "x.md").read_bytes() == "\ufeffcafé\r\nx\r\n".encode()
    assert outside.read_text() == "mine"
