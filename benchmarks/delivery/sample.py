"""The mail that is measured: 38 KB in two parts, French, a name and an unsubscribe address twice each, a condition."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.config import Keys, Sender, Site
from newsletter.edition.edition import Edition
from newsletter.edition.segments import Choice, Context, Literal, Slot
from newsletter.issue.document import Condition
from newsletter.message import Imprint, Letter, SignedLinks, open_letter

NAME = 'subscriber.first_name | default("vous")'
PARAGRAPH = '<p style="margin:0 0 16px;color:#1c1f24">Quatre fois l’an, les membres se réunissent à Montréal.</p>\n'
LINE = "Quatre fois l’an, les membres se réunissent à Montréal.\n"


def edition() -> Edition:
    """Return the edition."""
    return Edition(
        slug="mesure",
        lang="fr-CA",
        theme="default",
        title="Mesure",
        subject=(Literal(text="L’infolettre de la Coalition : nº 3"),),
        preheader=(),
        html_segments=(
            Literal(text='<!doctype html><html lang="fr-CA"><body>\n' + PARAGRAPH * 100 + "<p>Bonjour "),
            Slot(expression=NAME, context=Context.HTML),
            Literal(text=",</p>\n" + PARAGRAPH * 130),
            Choice(condition=Condition(languages=("fr",)), inner=(Literal(text="<p>En français.</p>\n"),)),
            Literal(text='<a href="'),
            Slot(expression="links.unsubscribe", context=Context.URL),
            Literal(text='">Se désabonner</a></body></html>\n'),
        ),
        text_segments=(
            Literal(text="Bonjour "),
            Slot(expression=NAME, context=Context.PLAIN),
            Literal(text=",\n\n" + LINE * 110 + "\nSe désabonner : "),
            Slot(expression="links.unsubscribe", context=Context.PLAIN),
            Literal(text="\n"),
        ),
        digest="5" * 64,
    )


def letter() -> Letter:
    """Return the letter."""
    return open_letter(edition(), imprint(), links())


def imprint() -> Imprint:
    """Return the imprint."""
    return Imprint(
        site=Site(name="Coalition", url="https://coalition.example"),
        sender=Sender(**{"from": "Coalition québécoise <infolettre@coalition.example>"}),
        mailing_list=MailingList(name="mesure", title={"fr-CA": "Mesure"}),
        date=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        send="S12",
        message_id_key=b"m" * 32,
    )


def links() -> SignedLinks:
    """Return the links."""
    return SignedLinks(
        base_url="https://infolettre.coalition.example",
        keys=Keys(signing=(b"k" * 32,), suppression=b"s" * 32),
        mailing_list="mesure",
        send=12,
        bounces_to="rebonds@coalition.example",
    )


def reader(number: int) -> Subscriber:
    """Return one of many readers."""
    return Subscriber(
        id=number, key=f"{number:032x}", address=f"lecteur{number}@exemple.org", name="Zoé Tremblay", lists=("mesure",)
    )
