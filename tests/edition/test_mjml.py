"""MJML: what MRML gets wrong never meets what an author wrote, and never ends the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mjml
import pytest
from edition_parts import HEAD, READER, SITE, shipped
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition import mjml as ours
from newsletter.edition.edition import Edition
from newsletter.edition.markup import MarkupError, check
from newsletter.edition.mjml import compile_frame
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.errors import ThemeError

#: what MRML writes with other escapes, takes for the end of an attribute, or panics on
NASTY = "Quoi\u202f? a\u00a0b e\u0301 \u200d \\u{a0} \"deux\" 'un' é > b i <3 vous prix < 5 — > 🎉> ->> <![endif] \\"


def page(inner: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"


def test_the_library_is_the_typed_one() -> None:
    assert Path(mjml.__file__).with_name("py.typed").exists()
    assert "disable_comments" in (mjml.mjml2html.__text_signature__ or "disable_comments")


def test_ordinary_french_comes_out_as_it_went_in(read: Callable[..., object], edit: Callable[..., Edition]) -> None:
    """Statement 2 of rendering."""
    yaml = NASTY.replace("\\", "\\\\").replace('"', '\\"')
    head = f'---\nsubject: "{yaml}"\npreheader: "{yaml}"\nlang: fr-CA\n---\n'
    body = (
        f'```card\ntitle: "{yaml}"\ntext: "{yaml}"\nurl: https://e.example\nimage: https://e.example/i.png\n'
        f'alt: "{yaml}"\n```\n\n```hero\ntitle: "{yaml}"\n```\n'
    )
    found = LexborHTMLParser(edit(body, head=head).html(READER))
    from newsletter.issue.document import Card

    issue = read(body, head=head)
    card = issue.blocks[0]  # type: ignore[attr-defined]
    assert isinstance(card, Card)
    assert found.css_first("title").text() == issue.front.title  # type: ignore[attr-defined]
    assert found.css_first("[aria-label]").attributes["aria-label"] == issue.front.title  # type: ignore[attr-defined]
    assert found.css_first("img").attributes["alt"] == card.alt
    assert found.css_first("p a").text() == card.title
    assert found.css_first("h1").text() == card.title
    for sign in ("\u202f", "\u200d", "\\u{a0}", "é > b", "i <3 vous", "🎉>"):
        assert sign in card.title
    assert card.title in found.body.text()


def test_no_word_of_an_author_is_ever_given_to_the_compiler(
    read: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 1 of rendering."""
    given: list[str] = []

    def spy(source: str) -> str:
        given.append(source)
        return compile_frame(source)

    monkeypatch.setattr("newsletter.edition.page.compile_frame", spy)
    body = """# SENTINELLE
SENTINELLE **SENTINELLE** [SENTINELLE](https://sentinelle.example "SENTINELLE") ![SENTINELLE](https://sentinelle.example/i)

**[SENTINELLE](https://sentinelle.example)**

> [!TIP] SENTINELLE
> SENTINELLE
>
> **[SENTINELLE](https://sentinelle.example)**

> SENTINELLE
>
> — SENTINELLE

- SENTINELLE

  > [!NOTE]
  > SENTINELLE

![SENTINELLE](https://sentinelle.example/j "SENTINELLE"){width=300}

```event
title: SENTINELLE
start: 2026-12-12 09:00
location: SENTINELLE
text: SENTINELLE
url: https://sentinelle.example
```

```card
title: SENTINELLE
text: SENTINELLE
url: https://sentinelle.example
image: https://sentinelle.example/k
alt: SENTINELLE
```

```person
name: SENTINELLE
role: SENTINELLE
text: SENTINELLE
```

```links
title: SENTINELLE
items:
  - title: SENTINELLE
    url: https://sentinelle.example
    text: SENTINELLE
```

```hero
title: SENTINELLE
text: SENTINELLE
url: https://sentinelle.example
label: SENTINELLE
```

<p title="SENTINELLE">SENTINELLE</p>
"""
    head = "---\nsubject: SENTINELLE\npreheader: SENTINELLE\nnumber: 4\ndate: 2026-12-01\n---\n"
    site = SITE.__class__(**dict.fromkeys(SITE.__dataclass_fields__, "SENTINELLE"))
    for theme in ("default", "sobre"):
        edition = render(read(body, head=head), shipped(theme), options=RenderOptions(site=site))  # type: ignore[arg-type]
        assert edition.html(READER).count("SENTINELLE") > 20
    assert len(given) == 2
    for source in given:
        assert "sentinelle" not in source.lower()
        assert source.isascii()


class PanicException(BaseException):
    """What a panic looks like: no `Exception`."""


def test_a_panic_is_an_error_of_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statement 4 of rendering."""

    def panic(*_arguments: object, **_options: object) -> str:
        raise PanicException("byte index 3 is not a char boundary")

    monkeypatch.setattr(mjml, "mjml2html", panic)
    with pytest.raises(ThemeError) as caught:
        compile_frame(page("<mj-text>panique</mj-text>"))
    assert caught.value.exit_code == 2
    assert isinstance(caught.value.__cause__, BaseException)


def test_what_is_no_panic_is_not_ours_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(mjml, "mjml2html", interrupt)
    with pytest.raises(KeyboardInterrupt):
        compile_frame(page("<mj-text>interrompu</mj-text>"))


def test_deep_nesting_is_refused_before_it_can_end_the_process() -> None:
    with pytest.raises(ThemeError):
        compile_frame(page("<mj-text>" + "<div>" * 12_000 + "</div>" * 12_000 + "</mj-text>"))


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<mj-txt>a</mj-txt>", "mj-txt"),
        ('<mj-text colour="red">a</mj-text>', "colour"),
        ("<mj-text><p>a</mj-text>", "p"),
        ("<mj-text>é > b <3</mj-text>", ""),
        ("<mj-text><!--[if mso]></mj-text>", ""),
        ("<mj-text>a<![endif]b</mj-text>", ""),
        ("<mj-section></mj-section>", "mj-section"),
        ('<mj-image src="ZFH00001FZ" alt="" />', ""),
        ("<mj-button title='x'>a</mj-button>", "title"),
    ],
)
def test_our_own_check_says_what_mrml_would_not(inner: str, said: str) -> None:
    source = page(inner).replace("<mj-column><mj-section></mj-section></mj-column>", "<mj-section></mj-section>")
    with pytest.raises(MarkupError) as caught:
        check(source)
    assert said in caught.value.message
    assert caught.value.line == 1
    assert caught.value.column > 1


def test_no_font_no_import_no_link_to_a_sheet(html: Callable[..., str]) -> None:
    """Statement 10 of rendering."""
    for theme in ("default", "sobre"):
        found = html("Texte.", theme=theme)
        for outside in ("fonts.googleapis", "@import", "<link", "url(http"):
            assert outside not in found


def test_the_page_has_its_doctype_and_balanced_conditions(html: Callable[..., str]) -> None:
    found = html("Texte.\n\n:::: columns\n\n::: column\n\nA\n\n:::\n\n::: column\n\nB\n\n:::\n\n::::\n")
    assert found.startswith("<!DOCTYPE html>")
    assert found.count("<!--[if") == found.count("<![endif]")
    assert "\\u{" not in found


def test_rendering_opens_no_socket(tmp_path: Path) -> None:
    """Statement 10 of rendering."""
    program = f"""
import socket, sys
def refuse(*a, **k): raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from edition_parts import HEAD, READER, SITE, shipped
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text
p = Path({str(tmp_path)!r})
body = '<link rel="stylesheet" href="https://x.example/a.css">\\n\\n![a](https://x.example/i.png)\\n\\n<style>@import url(https://x.example/b.css)</style>\\n'
issue = read_text(HEAD + body, path=p / "e.md", folder=p, root=p, options=ReadOptions())
for theme in ("default", "sobre"):
    print(len(render(issue, shipped(theme), options=RenderOptions(site=SITE)).html(READER)) > 1000)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert run.stdout.split() == ["True", "True"]


def test_the_head_of_these_tests_is_valid(read: Callable[..., object]) -> None:
    assert HEAD.startswith("---")
    assert ours.MOST_CHARACTERS > 1_000_000
    assert not read("Texte.").findings  # type: ignore[attr-defined]
