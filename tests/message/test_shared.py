"""Links that are the same for all stand in the edition once: a mail is the same as if they were filled in for each."""

from __future__ import annotations

from dataclasses import replace

import mail_reader
import pytest

from newsletter.edition.edition import Archive
from newsletter.edition.segments import Choice, Context, Given, Literal, Slot
from newsletter.issue.document import Condition
from newsletter.message.personalise import open_letter
from newsletter.message.shared import settled

WEB = Slot(expression="links.web", context=Context.URL)
ONLINE = Choice(
    condition=Given(expression="links.web"),
    inner=(Literal(text='<a href="'), WEB, Literal(text='">Lire en ligne</a> ')),
)
FOR_SOME = Choice(condition=Condition(languages=("fr",)), inner=(Literal(text="<b>"), ONLINE, Literal(text="</b>")))
BODY = (Literal(text="<p>À lire : "), ONLINE, FOR_SOME, Slot(expression="links.archive", context=Context.URL))


def test_a_link_for_all_is_a_literal_and_the_rest_stays(make_edition) -> None:
    edition = settled(make_edition(html_segments=BODY), {"web": "https://x.example/v/a?b=1&c", "archive": ""})
    first, some = edition.html_segments
    assert first == Literal(text='<p>À lire : <a href="https://x.example/v/a?b=1&amp;c">Lire en ligne</a> ')
    assert some.condition == FOR_SOME.condition
    assert some.inner[0].text.startswith('<b><a href="https://x.example')


def test_without_the_page_there_is_nothing_of_its_link(make_edition) -> None:
    edition = settled(make_edition(html_segments=BODY), {"web": "", "archive": ""})
    assert edition.html_segments == (
        Literal(text="<p>À lire : "),
        replace(FOR_SOME, inner=(Literal(text="<b></b>"),)),
    )


@pytest.mark.parametrize("archive", Archive)
def test_the_mail_has_the_link_unless_its_author_wants_no_page(
    make_edition, make_imprint, make_subscriber, links, archive: Archive
) -> None:
    own = Slot(expression='links.web | default("nulle part")', context=Context.HTML)
    edition = make_edition(html_segments=(*BODY, own), archive=archive)
    mail = mail_reader.read(open_letter(edition, make_imprint(), links).to(make_subscriber(), 1).content)
    html, link = mail.parts[1].text(), links.web(edition.lang)
    assert html.count(f'<a href="{link}">') == (0 if archive is Archive.NONE else 2)
    assert ("nulle part" in html) == (archive is Archive.NONE)
