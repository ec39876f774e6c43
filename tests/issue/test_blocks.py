"""What stands by itself is a typed block; whatever would lose something stays prose."""

from __future__ import annotations

import pytest
from issue_parts import places, text_of

from newsletter.issue.contents import headings_of, walk
from newsletter.issue.document import (
    Button,
    Callout,
    Card,
    Columns,
    Condition,
    Contents,
    Custom,
    Divider,
    Image,
    Medium,
    Only,
    Prose,
    Quote,
    Section,
)
from newsletter.issue.options import BlockSchema


def kinds(issue):
    return [type(block).__name__ for block in issue.blocks]


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("**[Oui](https://e.org)**", "primary"),
        ("__[Oui](https://e.org)__", "primary"),
        ("**[Oui](https://e.org)**{.secondary}", "secondary"),
        ("**[Oui](https://e.org){.quiet}**", "quiet"),
    ],
)
def test_a_paragraph_that_is_only_a_bold_link_is_a_button(body, text, variant):
    block = body(text).blocks[0]
    assert block == Button(line=5, label="Oui", url="https://e.org", variant=variant)


@pytest.mark.parametrize(
    "text",
    [
        "**[Oui](https://e.org)** !",
        '**[Oui](https://e.org "titre")**',
        "**[![a](https://e.org/a.png)](https://e.org)**",
        "**[Oui *vraiment*](https://e.org)**",
        "**[Oui](https://e.org)** **[Non](https://e.org)**",
        "[Oui](https://e.org)",
        "- **[Oui](https://e.org)**",
        "> **[Oui](https://e.org)**",
        "| **[Oui](https://e.org)** |\n|---|",
        "![a](https://e.org/a.png) ![b](https://e.org/b.png)",
        "[![a](https://e.org/a.png)](https://e.org)",
        "texte ![a](https://e.org/a.png)",
        "![a](https://e.org/a.png){lang=en}",
        "> Une citation.",
        "> — Bonjour, dit-elle.",
        "> Une citation,\n> — [Nom](https://e.org)",
        "> Une citation,\n> — *Nom*",
        "- texte\n\n  ---",
        "<div>\n\n**[Oui](https://e.org)**\n\n</div>",
        '<a href="https://e.org">\n\n![a](https://e.org/a.png)\n\n</a>',
    ],
)
def test_what_would_lose_something_stays_prose(body, text):
    assert kinds(body(text)) == ["Prose"]


def test_an_unknown_attribute_stays_the_text_that_it_is(body):
    assert text_of(body("![a](https://e.org/a.png){.grande}")).endswith("{.grande}")
    assert text_of(body('[a](https://e.org){: target="_blank"}', lang="de")).endswith('{: target="_blank"}')


def test_an_image_alone_has_a_caption_and_the_size_that_is_given(body):
    issue = body('![Une salle](https://e.org/a.png "Photo : Zoé"){width=480 height=320}')
    assert issue.blocks[0] == Image(
        line=5, src="https://e.org/a.png", alt="Une salle", caption="Photo\u00a0: Zoé", width=480, height=320
    )


def test_an_image_without_alternative_text_is_an_error_unless_it_is_decoration(body):
    assert places(body("a ![](https://e.org/a.png)")) == ["5:3 NL401"]
    assert places(body("![ ](https://e.org/a.png)")) == ["5:1 NL401"]
    issue = body("![](https://e.org/a.png){.decorative}")
    assert places(issue) == []
    assert issue.blocks[0].decorative is True


def test_an_image_with_a_side_takes_the_paragraph_beside_it(body):
    together = body("![a](https://e.org/a.png){side=left} Le texte.").blocks
    apart = body("![a](https://e.org/a.png){.left}\n\nLe texte.\n\nLa suite.").blocks
    for blocks in (together, apart):
        assert isinstance(blocks[0], Image)
        assert blocks[0].side == "left"
        assert text_of_blocks(blocks[0].children) == "Le texte."
    assert len(apart) == 2


def text_of_blocks(blocks):
    return "\n".join(
        child.content
        for block in walk(blocks)
        if isinstance(block, Prose)
        for token in block.tokens
        if token.type == "inline"
        for child in token.children
        if child.type == "text"
    )


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION", "note"])
def test_the_five_callouts(body, kind):
    block = body(f"> [!{kind}]\n> Un **mot**.\n>\n> - liste").blocks[0]
    assert isinstance(block, Callout)
    assert (block.kind, block.title) == (kind.lower(), "")
    assert text_of_blocks(block.children) == "Un \nmot\n.\nliste"


def test_a_callout_has_a_title_on_its_line(body):
    block = body("> [!TIP] À savoir\n> Un mot.").blocks[0]
    assert (block.title, text_of_blocks(block.children)) == ("À savoir", "Un mot.")


def test_a_title_with_a_link_opens_the_text_instead(body):
    block = body("> [!TIP] Voir [ici](https://e.org)\n> Un mot.").blocks[0]
    assert block.title == ""
    assert text_of_blocks(block.children) == "Voir \nici\nUn mot."


def test_an_unknown_callout_is_a_quote(body):
    assert kinds(body("> [!FOO]\n> Un mot.")) == ["Prose"]


@pytest.mark.parametrize("text", ["> Un mot.\n>\n> — Zoé", "> Un mot.\n> — Zoé", "> Un mot.\\\n> -- Zoé"])
def test_a_signed_quote(body, text):
    block = body(text).blocks[0]
    assert isinstance(block, Quote)
    assert block.by == "Zoé"
    assert text_of_blocks(block.children) == "Un mot."


def test_a_block_in_a_list_item_stays_in_it(body):
    issue = body("1. un\n\n   > [!NOTE]\n   > dedans\n\n   ```card\n   title: Carte\n   ```\n\n2. deux\n")
    block = issue.blocks[0]
    assert isinstance(block, Prose)
    assert [type(inner) for inner in block.typed.values()] == [Callout, Card]
    assert [block.tokens[at].type for at in block.typed] == ["typed_block", "typed_block"]
    assert [token.type for token in block.tokens if token.type.startswith("list_item")] == [
        "list_item_open",
        "list_item_close",
    ] * 2


def test_columns_of_equal_fences_are_two_columns_and_nothing_else(body):
    blocks = body("::: columns\n::: column\nA\n:::\n::: column\nB\n:::\n:::\n").blocks
    assert [type(block) for block in blocks] == [Columns]
    assert [text_of_blocks(column) for column in blocks[0].columns] == ["A", "B"]


def test_columns_of_longer_fences(body):
    issue = body(":::: columns\n\n::: column\n\nA\n\n:::\n\n::: column\n\n**[B](https://e.org)**\n\n:::\n\n::::\n")
    assert places(issue) == []
    assert isinstance(issue.blocks[0].columns[1][0], Button)


def test_more_than_three_columns_are_said_and_all_are_shown(body):
    issue = body(":::: columns\n" + "".join(f"::: column\nC{n}\n:::\n" for n in range(4)) + "::::\n")
    assert places(issue) == ["5:1 NL209"]
    assert [len(block.columns) for block in issue.blocks] == [3, 1]


def test_what_stands_between_columns_is_said_and_shown(body):
    issue = body(":::: columns\n\nperdu\n\n::: column\nA\n:::\n::::\n")
    assert places(issue) == ["7:1 NL209"]
    assert text_of(issue) == "perdu\nA"


def test_a_column_alone_is_said_and_shown(body):
    issue = body("::: column\nA\n:::\n")
    assert places(issue) == ["5:1 NL209"]
    assert text_of(issue) == "A"


def test_a_part_for_some_readers(body):
    issue = body(
        '::: only lang=fr,en lists="a b" in=email|web segment="lang = \'fr-CA\'"\n\nX\n\n:::\n', lists=("a", "b")
    )
    assert places(issue) == []
    assert issue.blocks[0].condition == Condition(
        languages=("fr-CA", "en-CA"), lists=("a", "b"), segment="lang = 'fr-CA'", media=(Medium.EMAIL, Medium.WEB)
    )


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("::: only", "5:1 NL204"),
        ("::: only in=mail", "5:13 NL204"),
        ("::: only lang=de", "5:15 NL110"),
        ("::: only lists=inconnue", "5:16 NL107"),
        ("::: only langue=fr", "5:10 NL204"),
        ("::: section {bg=rose}", "5:17 NL204"),
        ("::: section bleu", "5:13 NL204"),
        ("::: media side=haut", "5:16 NL204"),
        ("::: onyl lang=fr", "5:5 NL201"),
        (":::only", "5:1 NL204"),
    ],
)
def test_what_is_wrong_with_a_directive_is_said_at_its_place_and_its_content_shown(body, line, wanted):
    issue = body(f"{line}\n\nX\n\n:::\n", lists=("a",), colours=("brand",))
    assert wanted in places(issue)
    assert text_of(issue).rstrip(": \n").endswith("X")


def test_an_unknown_block_is_one_finding_with_a_suggestion(body):
    issue = body("::: sectoin\n\nX\n\n:::\n")
    assert places(issue) == ["5:5 NL201"]
    assert issue.findings[0].suggestion == "section"


@pytest.mark.parametrize(
    ("name", "way"),
    [("callout note", "> [!NOTE]"), ("calout", "> [!NOTE]"), ("bouton", "**[…](https://…)**"), ("event", "```event")],
)
def test_a_block_that_is_written_otherwise_here_is_shown_how(body, name, way):
    issue = body(f"::: {name}\n\nX\n\n:::\n")
    assert places(issue) == ["5:5 NL201"]
    assert issue.findings[0].hint.endswith(way)


def test_an_unclosed_block_is_said_at_its_opener_and_shown(body):
    issue = body("texte\n\n::: section\n\nX\n\n::: only lang=fr\n\nY\n\n:::\n")
    assert places(issue) == ["7:1 NL202"]
    assert kinds(issue) == ["Prose", "Section"]
    assert text_of(issue) == "texte\nX\nY"


def test_a_lone_close_is_said_and_stays(body):
    issue = body("X\n\n:::\n\nY\n")
    assert places(issue) == ["7:1 NL203"]
    assert text_of(issue) == "X\n:::\nY"


def test_a_close_inside_a_paragraph_is_said(body):
    assert places(body("X\n:::\n")) == ["6:1 NL203"]


def test_colons_in_code_are_nothing(body):
    assert places(body("```\n::: foo\n:::\n```\n\n    ::: bar\n\n`::: x`\n")) == []


def test_a_block_closes_with_its_own_length_and_leaves_the_inner_one_open(body):
    issue = body(":::: section\n::: only lang=fr\nX\n::::\n\nY\n")
    assert places(issue) == ["6:1 NL202"]
    assert kinds(issue) == ["Section", "Prose"]


def test_more_than_twelve_blocks_inside_one_another_are_said_and_shown(body):
    issue = body("".join(f"{':' * (30 - n)} section\n" for n in range(20)) + "X\n")
    assert "NL207" in [one.code for one in issue.findings]
    assert "X" in text_of(issue)


def test_a_section_and_an_image_beside_text(body):
    issue = body(
        "::: section {bg=brand}\n\nX\n\n:::\n\n::: media {side=right}\n\n![a](https://e.org/a.png)\n\nTexte\n\n:::\n"
    )
    assert places(issue) == []
    section, media = issue.blocks
    assert isinstance(section, Section)
    assert section.background == "brand"
    assert isinstance(media, Image)
    assert (media.side, text_of_blocks(media.children)) == ("right", "Texte")


def test_media_without_an_image_is_said_and_shown(body):
    issue = body("::: media\n\nTexte\n\n:::\n")
    assert places(issue) == ["5:1 NL204"]
    assert text_of(issue) == "Texte"


def test_a_rule_is_a_divider(body):
    assert [type(block) for block in body("a\n\n---\n\nb").blocks] == [Prose, Divider, Prose]


def test_contents_list_every_heading_in_order(body):
    issue = body("# Un\n\n[[toc]]\n\n## Deux *fois*\n\n::: section\n\n## Deux fois\n\n:::\n\n### Trois\n")
    contents = next(block for block in issue.blocks if isinstance(block, Contents))
    assert [(h.level, h.text, h.anchor) for h in contents.headings] == [
        (1, "Un", "un"),
        (2, "Deux fois", "deux-fois"),
        (2, "Deux fois", "deux-fois-1"),
        (3, "Trois", "trois"),
    ]
    assert headings_of(issue.blocks) == contents.headings


def test_the_front_matter_asks_for_contents_after_the_title(read):
    issue = read("---\nsubject: x\nlang: fr-CA\ntoc: true\n---\n# Un\n\n## Deux\n")
    assert kinds(issue) == ["Prose", "Contents", "Prose"]
    assert [h.text for h in issue.blocks[1].headings] == ["Un", "Deux"]


def test_a_block_of_the_theme_as_directive_and_as_data(body):
    schema = BlockSchema(fields={"titre": "text", "url": "url"}, required=("titre",))
    issue = body("::: encart titre=Un\n\nX\n\n:::\n\n```encart\ntitre: Deux\n```\n", blocks={"encart": schema})
    assert places(issue) == []
    first, second = issue.blocks
    assert isinstance(first, Custom)
    assert (first.name, first.fields, text_of_blocks(first.children)) == ("encart", {"titre": "Un"}, "X")
    assert second == Custom(line=11, name="encart", fields={"titre": "Deux"})
    assert places(body("```encart\nurl: x\nautre: y\n```\n", blocks={"encart": schema})) == ["6:1 NL206", "7:1 NL204"]


def test_raw_html_is_marked_and_refused_where_the_project_says(body):
    assert body("a <b>c</b>").blocks[0].raw_html is True
    assert body("a").blocks[0].raw_html is False
    refused = body("a <b>c</b>\n\n<div>\nd\n</div>\n", html="refuse")
    assert places(refused) == ["5:3 NL217", "5:7 NL217", "7:1 NL217"]
    assert refused.blocks[0].raw_html is False
    assert "<b>c</b>" in text_of(refused)
    assert text_of(body("a <b>c</b>", html="escape")) == "a <b>c</b>"


def test_footnotes_are_at_the_end_and_an_unused_one_is_kept(body):
    issue = body("Un[^a] et deux[^a].\n\n[^a]: La note.\n\n[^b]: Sans renvoi.\n\nFin.\n")
    assert places(issue) == ["9:1 NL216"]
    tokens = issue.blocks[0].tokens
    assert [token.type for token in tokens].count("footnote_open") == 2
    assert [token.type for token in tokens].count("footnote_anchor") == 2
    assert text_of(issue).split("\n")[-1] == "Sans renvoi."


def test_too_deep_is_a_finding(body):
    assert places(body("> " * 9 + "mot")) == ["5:1 NL207"]


def test_a_foreign_passage_has_its_own_typography(body):
    issue = body('Il a dit [it is "good": yes]{lang=en} et "bon": oui.')
    assert text_of(issue) == "Il a dit it is “good”: yes et «\u00a0bon\u00a0»\u00a0: oui."
    assert issue.blocks[0].tokens[1].children[1].attrs == {"lang": "en"}


def test_a_caption_is_typeset_and_an_alternative_text_is_what_was_typed(body):
    block = body('![Le "mot" - ici](https://e.org/a.png "Photo : l\'équipe")').blocks[0]
    assert (block.alt, block.caption) == ('Le "mot" - ici', "Photo\u00a0: l’équipe")


def test_typography_can_be_off(body):
    assert text_of(body('"bon" : oui', typography=False)) == '"bon" : oui'


def test_code_and_addresses_are_not_typeset(body):
    issue = body('`"a": b` et https://e.org/a?b="c" ou <https://e.org/a\'b>')
    assert '"a": b' in text_of(issue)
    assert "https://e.org/a'b" in text_of(issue)


def test_an_only_part_in_a_list_keeps_its_place(body):
    issue = body("- a\n\n  ::: only lang=fr\n\n  b\n\n  :::\n\n- c\n")
    assert places(issue) == []
    assert [type(inner) for inner in issue.blocks[0].typed.values()] == [Only]
