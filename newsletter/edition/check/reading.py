"""Rules that reading and rendering keep themselves, documented here with the others."""

from __future__ import annotations

from newsletter.edition.check.rule import Rule
from newsletter.errors import Severity
from newsletter.language import marked

#: why each group of them matters
_WHY = {
    "head": marked("The head of an issue is YAML between two lines “---”; what can not be read there can not be sent."),
    "keys": marked("A key that is misspelt or holds something else would be passed over in silence."),
    "blocks": marked("Readers would see the signs in place of the block."),
    "merge": marked("A field that can not be filled would leave a gap in everybody's mail."),
    "images": marked("An image that is missing, heavy or of another kind is not seen by everybody."),
    "html": marked("Mail programs drop it, or it would be unsafe for readers."),
    "theme": marked("The fault is in the theme, not in the issue."),
}


#: those with a misspelt word whose right one is known
_FIXABLE = frozenset({"NL104", "NL201", "NL204"})


def _rule(code: str, severity: Severity, group: str, texts: tuple[str, str, str]) -> Rule:
    title, bad, good = texts
    return Rule(
        code=code,
        severity=severity,
        group=group,
        title=title,
        why=_WHY[group],
        bad=bad,
        good=good,
        fixable=code in _FIXABLE,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "NL001",
        Severity.ERROR,
        "head",
        (marked("An issue is UTF-8 text"), "(bytes of another encoding)", "(the same, saved as UTF-8)"),
    ),
    _rule(
        "NL002",
        Severity.ERROR,
        "head",
        (marked("The head stands between two lines “---”"), "---\nsubject: x", "---\nsubject: x\n---"),
    ),
    _rule(
        "NL003", Severity.ERROR, "head", (marked("The head is well written"), 'subject: "Bonjour', 'subject: "Bonjour"')
    ),
    _rule("NL004", Severity.ERROR, "head", (marked("A key stands once"), "subject: a\nsubject: b", "subject: a")),
    _rule(
        "NL005",
        Severity.ERROR,
        "head",
        (marked("The head holds no anchors, aliases, tags or second document"), "subject: &a x", "subject: x"),
    ),
    _rule(
        "NL006",
        Severity.ERROR,
        "head",
        (marked("The head is small and flat"), "(100 kB of front matter)", "(ten lines)"),
    ),
    _rule(
        "NL007",
        Severity.ERROR,
        "head",
        (marked("The text holds no control characters"), "(a NUL in the text)", "(none)"),
    ),
    _rule(
        "NL008",
        Severity.ERROR,
        "head",
        (marked("There is a head, and it is closed"), "# Bonjour", "---\nsubject: Bonjour\n---\n# Bonjour"),
    ),
    _rule(
        "NL009", Severity.WARNING, "head", (marked("The head is YAML"), "+++\ntitle = 'x'\n+++", "---\nsubject: x\n---")
    ),
    _rule(
        "NL101",
        Severity.ERROR,
        "keys",
        (marked("What is needed is there"), "---\nlang: fr-CA\n---", "---\nsubject: x\n---"),
    ),
    _rule("NL102", Severity.ERROR, "keys", (marked("A value is of its key's kind"), "number: douze", "number: 12")),
    _rule("NL103", Severity.ERROR, "keys", (marked("A value is within its bounds"), "status: fini", "status: ready")),
    _rule("NL104", Severity.ERROR, "keys", (marked("Keys are known"), "preheeder: x", "preheader: x")),
    _rule("NL105", Severity.ERROR, "keys", (marked("A key is text"), "12: x", '"12": x')),
    _rule(
        "NL106",
        Severity.ERROR,
        "keys",
        (marked("A slug is not a word of the command line"), "slug: list", "slug: 2026-12"),
    ),
    _rule(
        "NL107",
        Severity.ERROR,
        "keys",
        (marked("Lists exist"), "destinataires: [membre]", "destinataires: [membres]"),
    ),
    _rule(
        "NL108",
        Severity.ERROR,
        "keys",
        (marked("A header value stands on one line"), 'subject: "a\\nb"', "subject: a b"),
    ),
    _rule(
        "NL109",
        Severity.ERROR,
        "keys",
        (marked("Something is said once, alias or not"), "subject: a\nobjet: b", "subject: a"),
    ),
    _rule(
        "NL110",
        Severity.ERROR,
        "keys",
        (marked("Languages are the project's"), "::: only lang=ed", "::: only lang=en"),
    ),
    _rule(
        "NL112",
        Severity.ERROR,
        "keys",
        (marked("A sender is one of newsletter.toml, or an address"), "from: coordonation", "from: coordination"),
    ),
    _rule("NL201", Severity.ERROR, "blocks", (marked("Blocks are known"), "::: colums", "::: columns")),
    _rule(
        "NL202",
        Severity.ERROR,
        "blocks",
        (marked("A block is closed"), "::: section\n\nTexte.", "::: section\n\nTexte.\n\n:::"),
    ),
    _rule("NL203", Severity.ERROR, "blocks", (marked("A close has its opener"), ":::", "::: section\n\nTexte.\n\n:::")),
    _rule(
        "NL204",
        Severity.ERROR,
        "blocks",
        (marked("A block's options are known"), "::: section {colour=blue}", "::: section {bg=brand}"),
    ),
    _rule(
        "NL205",
        Severity.ERROR,
        "blocks",
        (
            marked("A block's fields are of their kind"),
            "```event\nstart: bientôt\n```",
            "```event\nstart: 2026-12-12 09:00\n```",
        ),
    ),
    _rule(
        "NL206",
        Severity.ERROR,
        "blocks",
        (marked("A block's needed fields are there"), "```card\ntext: x\n```", "```card\ntitle: x\n```"),
    ),
    _rule(
        "NL207",
        Severity.ERROR,
        "blocks",
        (
            marked("A block is not too deep, and says for whom it is"),
            "::: only\n\nTexte.\n\n:::",
            "::: only lang=fr\n\nTexte.\n\n:::",
        ),
    ),
    _rule(
        "NL208",
        Severity.ERROR,
        "blocks",
        (marked("An include names a file of the issue's folder"), "::: include ../secret.md", "::: include pied.md"),
    ),
    _rule(
        "NL209",
        Severity.ERROR,
        "blocks",
        (
            marked("Columns hold columns, one to three"),
            ":::: columns\n\nTexte.\n\n::::",
            ":::: columns\n\n::: column\n\nTexte.\n\n:::\n\n::::",
        ),
    ),
    _rule(
        "NL210",
        Severity.ERROR,
        "merge",
        (marked("Merge fields are known"), "{{ subscriber.firstname }}", "{{ subscriber.first_name }}"),
    ),
    _rule(
        "NL211",
        Severity.ERROR,
        "merge",
        (marked("A merge field is an expression"), "{{ subscriber. }}", "{{ subscriber.name }}"),
    ),
    _rule(
        "NL212",
        Severity.ERROR,
        "merge",
        (marked("A merge field stands in text"), "![{{ subscriber.name }}](a.png)", "Bonjour {{ subscriber.name }}"),
    ),
    _rule("NL213", Severity.ERROR, "merge", (marked("Template code is not run"), "{% if x %}", "::: only lang=fr")),
    _rule(
        "NL216",
        Severity.WARNING,
        "blocks",
        (marked("A footnote is referred to"), "[^1]: Note.", "Texte.[^1]\n\n[^1]: Note."),
    ),
    _rule(
        "NL217", Severity.ERROR, "html", (marked("Raw HTML is refused where the project says so"), "<b>x</b>", "**x**")
    ),
    _rule(
        "NL218",
        Severity.ERROR,
        "blocks",
        (marked("An issue is no more than can be read"), "(5 MB of links)", "(a link for each thing to know)"),
    ),
    _rule(
        "NL230",
        Severity.WARNING,
        "html",
        (marked("Tags work in a mail"), "<form>…</form>", "**[Répondre](https://example.org/formulaire)**"),
    ),
    _rule(
        "NL231",
        Severity.WARNING,
        "html",
        (
            marked("An embed is a link to its address"),
            '<iframe src="https://example.org/film">',
            "[Voir le film](https://example.org/film)",
        ),
    ),
    _rule("NL232", Severity.INFO, "html", (marked("Comments stay in the file"), "<!-- à revoir -->", "(nothing)")),
    _rule(
        "NL233",
        Severity.WARNING,
        "html",
        (marked("Styles and handlers are the theme's"), '<p style="color:red">x</p>', "**x**"),
    ),
    _rule(
        "NL235",
        Severity.WARNING,
        "html",
        (marked("A relative address has a site"), "[x](/page)", "[x](https://example.org/page)"),
    ),
    _rule("NL236", Severity.WARNING, "html", (marked("Tags are known"), "<truc>x</truc>", "&lt;truc&gt;")),
    _rule("NL240", Severity.ERROR, "theme", (marked("A theme is right"), "(an unknown MJML tag)", "(a known one)")),
    _rule(
        "NL301",
        Severity.ERROR,
        "images",
        (marked("A file is there"), "![Salle](images/sale.png)", "![Salle](images/salle.png)"),
    ),
    _rule(
        "NL302",
        Severity.ERROR,
        "images",
        (marked("A file lies in the issue's folder"), "![x](../../x.png)", "![x](images/x.png)"),
    ),
    _rule("NL303", Severity.WARNING, "images", (marked("An image is light"), "(3 MB)", "(200 kB)")),
    _rule(
        "NL304",
        Severity.ERROR,
        "images",
        (marked("An image is a file"), "![x](data:image/png;base64,…)", "![x](images/x.png)"),
    ),
    _rule(
        "NL305",
        Severity.WARNING,
        "images",
        (marked("An image is PNG, JPEG, GIF or WebP"), "![x](plan.bmp)", "![x](plan.png)"),
    ),
    _rule(
        "NL401",
        Severity.ERROR,
        "images",
        (marked("An image has an alternative text"), "![](salle.png)", "![Une salle pleine](salle.png)"),
    ),
    _rule(
        "NL602",
        Severity.WARNING,
        "keys",
        (marked("An issue says its language"), "(English text without lang)", "lang: en-CA"),
    ),
)
