"""`newsletter lists`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.language import _, marked, ngettext, number
from newsletter.project.words import standing_words

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList


@make(
    marked("Show the lists and how many people are on each."),
    examples=("newsletter lists list", "newsletter lists list --json"),
    name="list",
)
def every(run: Run) -> None:
    """Print a line for each list."""
    _show_all(run)


@make(
    marked("Show one list whole, or all of them in a line each."),
    examples=("newsletter lists show", "newsletter lists show membres"),
    name="show",
)
@click.argument("name", required=False, metavar="[NAME]")
def show(run: Run, name: str | None) -> None:
    """Print a list's texts, people, and consents that end soon."""
    if name is None:
        _show_all(run)
        return
    from newsletter.audience.consent import ending
    from newsletter.project.registry import known_list

    mailing_list = run.project.lists[known_list(run.project, name)]
    soon = {
        str(days): sum(
            one.people for one in ending(run.project.store, at=time.time(), ahead=(days,)) if one.list == name
        )
        for days in (30, 60)
    }
    texts = {part: dict(getattr(mailing_list, part)) for part in ("title", "description", "consent")}
    row = {**_row(run, mailing_list), **texts, "languages": list(mailing_list.languages), "consents_ending": soon}
    lines = [_line(_row(run, mailing_list)), *_details(mailing_list)]
    lines += [
        ngettext("{count} consent ends within {days} days.", "{count} consents end within {days} days.", count).format(
            count=count, days=days
        )
        for days, count in soon.items()
        if count
    ]
    run.out.result("lists.show", row, lines)


@make(
    marked("Write a new list's file, subscribers/NAME.toml, to be filled in."),
    examples=("newsletter lists create membres",),
    name="create",
)
@click.argument("name", metavar="NAME")
def create(run: Run, name: str) -> None:
    """Write the file and say where it is."""
    from newsletter.project.people import create_list

    path = create_list(run.config, name).relative_to(run.root).as_posix()
    run.out.result("lists.create", {"name": name, "path": path}, [path])


@make(
    marked("Say how many would get an issue for these lists and this segment, and why others would not."),
    examples=(
        "newsletter lists test membres",
        "newsletter lists test membres --segment '\"formation\" in subscriber.comites'",
    ),
    name="test",
)
@click.argument("names", nargs=-1, required=True, metavar="LIST...")
@click.option("--segment", default="", metavar="EXPRESSION", help=marked("Only those of whom this is true."))
@click.option("--exclude", multiple=True, metavar="LIST", help=marked("Leave out who is on this list."))
def test(run: Run, names: tuple[str, ...], *, segment: str, exclude: tuple[str, ...]) -> None:
    """Count an audience without an issue."""
    from newsletter.issue.document import AudienceWish
    from newsletter.project.ceremony import exclusion

    audience = run.project.audience(AudienceWish(lists=names, exclude=exclude, segment=segment))
    excluded = {str(reason): count for reason, count in audience.exclusions.items()}
    content = {"recipients": audience.total, "by_language": dict(audience.by_language), "excluded": excluded}
    lines = [_("{count} would get it.").format(count=number(audience.total))]
    lines += [f"  {lang}: {count}" for lang, count in audience.by_language.items()]
    lines += [f"  {exclusion(reason)}: {count}" for reason, count in excluded.items()]
    run.out.result("lists.test", content, lines)


def _show_all(run: Run) -> None:
    rows = [_row(run, mailing_list) for mailing_list in run.project.lists.values()]
    lines = [_line(row) for row in rows] or [_("There is no list yet. Make one with: newsletter lists create NAME")]
    run.out.result("lists", {"lists": rows}, lines)


def _row(run: Run, mailing_list: MailingList) -> dict[str, object]:
    from newsletter.project.registry import tally

    return {
        "name": mailing_list.name,
        "title": mailing_list.title_in(run.config.site.lang),
        "public": mailing_list.public,
        "double_opt_in": mailing_list.double_opt_in,
        "discreet": mailing_list.discreet,
        "subscriptions": tally(run.project, mailing_list.name),
    }


def _details(mailing_list: MailingList) -> list[str]:
    """Say how people get on a list, and the words it shows them in each language."""
    lines = [
        _("People may subscribe themselves.") if mailing_list.public else _("By invitation only."),
        _("A mail must be confirmed.") if mailing_list.double_opt_in else _("No confirmation is asked for."),
    ]
    if mailing_list.discreet:
        lines.append(_("Discreet: neutral names and wording."))
    for lang in mailing_list.languages:
        texts = (mailing_list.title_in(lang), mailing_list.description_in(lang), mailing_list.consent_in(lang))
        lines += [lang, *(f"  {text}" for text in texts if text)]
    return [f"  {line}" for line in lines]


def _line(row: dict[str, object]) -> str:
    counts = row["subscriptions"]
    assert isinstance(counts, dict)
    return f"{row['name']}  {row['title']}  " + ", ".join(
        f"{standing_words()[state]}: {count}" for state, count in counts.items()
    )


command = group(
    marked("Show, make and test mailing lists."),
    every,
    show,
    create,
    test,
    name="lists",
    examples=("newsletter lists list",),
)
