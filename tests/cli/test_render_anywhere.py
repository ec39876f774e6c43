"""`render` on files of any name in any folder, with or without a project: each its own output, none lost."""

from pathlib import Path

import pytest

JEKYLL = "---\nlayout: post\ntitle: Weekly\n---\n# News\n\nA **word** and [a link](https://e.example/a).\n"
NAMES = ("README.md", "Été 2026.md", "v1.2.3.md", "UPPER.markdown", "with space.md", "_draft.md", "x.en.md")


def write(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in names]
    for number, path in enumerate(paths):
        path.write_text(f"{JEKYLL}\nNumber {number}.\n", encoding="utf-8")
    return paths


@pytest.mark.parametrize(("part", "suffix"), [("html", ".html"), ("text", ".txt")])
def test_issues_render_where_there_is_no_project_and_nothing_else_is_left(run, tmp_path, part, suffix):
    paths = write(tmp_path / "posts", *NAMES)
    result = run("render", *paths, "--part", part, "-o", "out")
    assert result.exit_code == 1, "another tool's head has findings"
    made = sorted((tmp_path / "out").iterdir())
    assert [path.suffix for path in made] == [suffix] * len(NAMES)
    texts = " ".join(path.read_text(encoding="utf-8") for path in made)
    assert all(f"Number {number}." in texts for number in range(len(NAMES)))
    assert "layout" not in texts
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "posts"]


def test_one_issue_without_a_project_goes_to_standard_output(run, tmp_path):
    (path,) = write(tmp_path, "a.md")
    assert "https://e.example/a" in run("render", path, "--part", "text").stdout


def test_files_of_one_name_never_overwrite_one_another(run, tmp_path):
    paths = [*write(tmp_path / "a", "x.md"), *write(tmp_path / "b", "x.md"), *write(tmp_path / "c", "X.md", "x!.md")]
    run("render", *paths, "-o", "out")
    assert len(list((tmp_path / "out").iterdir())) == len(paths)


def test_a_project_that_was_named_must_be_there(run, tmp_path):
    (path,) = write(tmp_path, "a.md")
    result = run("render", path, "--project", tmp_path / "nowhere")
    assert result.exit_code == 2


def test_a_file_that_is_not_there_stops_none_of_the_others(run, tmp_path):
    paths = write(tmp_path, "a.md", "b.md")
    result = run("render", paths[0], tmp_path / "no.md", paths[1], "-o", "out")
    assert result.exit_code == 1
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("part", ["html", "text"])
def test_another_tools_template_code_stays_as_written(run, tmp_path, part):
    written = ("{{ site.title }}", "{{ x | upcase }}", "{% raw %}", "{{< figure >}}", "{{ unclosed")
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: T\n---\nA {} b.\n".format("\n\n".join(written)), encoding="utf-8")
    result = run("render", path, "--part", part, "-o", "out/")
    made = next((tmp_path / "out").iterdir()).read_text(encoding="utf-8").replace("&lt;", "<").replace("&gt;", ">")
    assert result.exit_code == 1
    assert [code for code in written if code not in made] == []


@pytest.mark.parametrize(
    ("part", "picture", "said"), [("html", True, True), ("html", False, False), ("web", True, False)]
)
def test_a_page_whose_pictures_no_browser_shows_names_the_one_that_does(run, tmp_path, part, picture, said):
    png = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    png += "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    (tmp_path / "dot.png").write_bytes(bytes.fromhex(png))
    (path,) = write(tmp_path, "a.md")
    if picture:
        path.write_text(f"{path.read_text()}\n![A dot](dot.png)\n")
    for words in ((), ("-o", "a.html")):
        result = run("render", path, "--part", part, *words)
        assert ("--part web" in result.stderr) is said
        assert result.stderr.count("--part web") == said
