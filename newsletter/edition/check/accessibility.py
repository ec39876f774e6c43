"""Rules on structure: what somebody who does not see the page relies on (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Severity
from newsletter.issue.document import Callout, Prose
from newsletter.language import _, marked

FILE_NAME = re.compile(r"^[\w-]+\.(png|jpe?g|gif|webp|svg)$|^(img|dsc|image|photo)[_-]?\d+$", re.IGNORECASE)


def _one_h1(rule: Rule, subject: Subject) -> Iterator[Finding]:
    headings = [heading for heading in subject.seen.headings if heading.level == 1]
    for extra in headings[1:]:
        where = subject.at(extra.line, "#", path=extra.path)
        yield rule.found(subject, _("There is a second first-level heading."), where, hint=_("Write it with ##."))


def _skipped(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for before, after in pairwise(subject.seen.headings):
        if after.level > before.level + 1:
            where = subject.at(after.line, "#" * after.level, path=after.path)
            message = _("A heading of level {after} follows one of level {before}.").format(
                after=after.level, before=before.level
            )
            yield rule.found(subject, message, where, hint=_("Do not skip a level."))


def _empty_heading(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for heading in subject.seen.headings:
        if not heading.text.strip():
            where = subject.at(heading.line, "#", path=heading.path)
            yield rule.found(subject, _("This heading is empty."), where, hint=_("Give it words or remove it."))


def _alt_is_a_name(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for image in subject.seen.images:
        if FILE_NAME.match(image.alt.strip()):
            where = subject.at(image.line, image.alt, path=image.path)
            message = _("“{alt}” is a file's name, not what the picture shows.").format(alt=image.alt)
            yield rule.found(subject, message, where, hint=_("Say in a few words what one sees."))


def _alt_is_long(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for image in subject.seen.images:
        if len(image.alt) > 250:
            where = subject.at(image.line, image.alt[:20], path=image.path)
            message = _("The alternative text has {count} characters.").format(count=len(image.alt))
            yield rule.found(subject, message, where, hint=_("Put the long description into the text."))


def _table_head(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for block in subject.seen.blocks:
        for line in _nameless_tables(block) if isinstance(block, Prose) else ():
            message = _("This table's columns have no names.")
            where = subject.at(line, path=block.path)
            yield rule.found(subject, message, where, hint=_("Name each column in the first row."))


def _nameless_tables(prose: Prose) -> Iterator[int]:
    """Yield the line of each table whose head is empty."""
    line, words = 0, ""
    for token in prose.tokens:
        if token.type == "thead_open":
            line, words = (token.map[0] + 1 if token.map else prose.line), ""
        elif token.type == "thead_close" and not words.strip():
            yield line
        elif token.type == "inline":
            words += token.content


def _empty_callout(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for block in subject.seen.blocks:
        if isinstance(block, Callout) and not block.children and not block.title:
            yield rule.found(
                subject, _("This callout is empty."), subject.at(block.line), hint=_("Write in it or remove it.")
            )


def _layout_tables(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for table in subject.page.css("table"):
        plain = table.attributes.get("role") not in ("presentation", "none", "table", "grid")
        if (
            plain
            and table.css_first("th") is None
            and table.parent is not None
            and table.css_first("table") is not None
        ):
            where = subject.key("template")
            yield rule.found(
                subject,
                _("A layout table of the theme has no role."),
                where,
                hint=_('Write role="presentation" on it in the theme.'),
            )
            return


RULES = (
    Rule(
        code="NL420",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("There is one first-level heading"),
        why=marked("It is the mail's title: readers who listen jump to it."),
        bad="# Bonjour\n\n# La rencontre",
        good="# Bonjour\n\n## La rencontre",
        look=_one_h1,
    ),
    Rule(
        code="NL421",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("Headings skip no level"),
        why=marked("Levels are the table of contents of somebody who listens (WCAG 1.3.1)."),
        bad="## La rencontre\n\n#### Le lieu",
        good="## La rencontre\n\n### Le lieu",
        look=_skipped,
    ),
    Rule(
        code="NL422",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("A heading has words"),
        why=marked("An empty heading is announced and says nothing."),
        bad="## \n\nTexte.",
        good="## La rencontre\n\nTexte.",
        look=_empty_heading,
    ),
    Rule(
        code="NL423",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("An alternative text says what one sees"),
        why=marked("A file's name is read out letter by letter."),
        bad="![IMG_2041](images/salle.png)",
        good="![Une salle pleine](images/salle.png)",
        look=_alt_is_a_name,
    ),
    Rule(
        code="NL424",
        severity=Severity.INFO,
        group="accessibility",
        title=marked("An alternative text is short"),
        why=marked("It can not be paused or gone through."),
        bad="![" + "Une description de la salle, " * 9 + "](images/salle.png)",
        good="![Une salle pleine](images/salle.png)",
        look=_alt_is_long,
    ),
    Rule(
        code="NL425",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("A table's columns have names"),
        why=marked("Each cell is announced with its column (WCAG 1.3.1)."),
        bad="|   |   |\n| --- | --- |\n| Formation | 2014 |",
        good="| Comité | Création |\n| --- | --- |\n| Formation | 2014 |",
        look=_table_head,
    ),
    Rule(
        code="NL426",
        severity=Severity.INFO,
        group="accessibility",
        title=marked("A callout holds something"),
        why=marked("An empty frame is announced and says nothing."),
        bad="> [!NOTE]\n\nTexte.",
        good="> [!NOTE]\n> La rencontre est en ligne.",
        look=_empty_callout,
    ),
    Rule(
        code="NL427",
        severity=Severity.WARNING,
        group="accessibility",
        title=marked("Layout tables have no meaning of their own"),
        why=marked('Without role="presentation" a screen reader counts their rows and columns.'),
        bad="<table><tr><td><table>…</table></td></tr></table> in a theme",
        good='<table role="presentation">…</table>',
        look=_layout_tables,
    ),
)
