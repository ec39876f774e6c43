from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from newsletter.cli.naming import Piece, names_for

WORDS = st.sampled_from(["a", "b", "x", "Été", "été"])
PIECES = st.builds(
    Piece,
    slug=st.sampled_from(["x", "x-2", "y"]),
    lang=st.sampled_from(["fr-CA", "en-CA"]),
    source=st.builds(lambda folders: Path("/", *folders, "x.md"), st.lists(WORDS, max_size=3)),
    reader=st.sampled_from(["", "zoe"]),
)


def piece(source: str, *, slug: str = "x", lang: str = "fr-CA", reader: str = "") -> Piece:
    return Piece(slug=slug, lang=lang, source=Path(source), reader=reader)


def test_one_issue_is_named_after_its_slug():
    assert names_for([piece("/p/x.md")], ".html") == ["x.html"]


def test_languages_and_readers_are_told_apart():
    pieces = [piece("/p/x.fr.md"), piece("/p/x.en.md", lang="en-CA"), piece("/p/y.md", slug="y")]
    assert names_for(pieces, ".html") == ["x.fr.html", "x.en.html", "y.html"]
    assert names_for([piece("/p/x.md", reader=key) for key in ("a", "b")], ".eml") == ["x.a.eml", "x.b.eml"]


def test_equal_names_in_several_folders_get_their_folder():
    pieces = [piece("/p/a/x.md"), piece("/p/b/x.md"), piece("/q/b/x.md"), piece("/p/z.md", slug="z")]
    assert names_for(pieces, ".txt") == ["a-x.txt", "p-b-x.txt", "q-b-x.txt", "z.txt"]


def test_one_slug_said_in_several_files_gives_way_to_the_files_names():
    pieces = [piece("/p/May.md"), piece("/p/June 2.md"), piece("/p/z.md", slug="z")]
    assert names_for(pieces, ".html") == ["may.html", "june-2.html", "z.html"]


@given(st.lists(PIECES, max_size=12))
def test_names_are_all_different_and_plain(pieces):
    names = names_for(pieces, ".html")
    assert len(set(names)) == len(pieces)
    assert all("/" not in name and name.isascii() for name in names)


@given(
    st.lists(PIECES, max_size=8, unique_by=lambda each: (str(each.source).lower(), each.slug, each.lang, each.reader))
)
def test_a_name_does_not_depend_on_the_order(pieces):
    forward = dict(zip(map(repr, pieces), names_for(pieces, ".x"), strict=True))
    backward = dict(zip(map(repr, pieces[::-1]), names_for(pieces[::-1], ".x"), strict=True))
    if len({slug for slug in forward.values() if "-2" in slug}) == 0:
        assert forward == backward
