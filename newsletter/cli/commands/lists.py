"""`newsletter lists`."""

from __future__ import annotations

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.language import _, marked


@make(
    marked("Show the lists and how many people are on each."),
    examples=("newsletter lists show", "newsletter lists show --json"),
    name="show",
)
def show(run: Run) -> None:
    """Print a line for each list."""
    from newsletter.project.registry import tally

    rows = [
        {
            "name": name,
            "title": mailing_list.title_in(run.config.site.lang),
            "public": mailing_list.public,
            "double_opt_in": mailing_list.double_opt_in,
            "discreet": mailing_list.discreet,
            "subscriptions": tally(run.project, name),
        }
        for name, mailing_list in run.project.lists.items()
    ]
    lines = [_line(row) for row in rows] or [_("There is no list yet. Make one with: newsletter lists create NAME")]
    run.out.result("lists", {"lists": rows}, lines)


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
    from newsletter.cli.ceremony import exclusion
    from newsletter.issue.document import AudienceWish

    audience = run.project.audience(AudienceWish(lists=names, exclude=exclude, segment=segment))
    excluded = {str(reason): count for reason, count in audience.exclusions.items()}
    content = {"recipients": audience.total, "by_language": dict(audience.by_language), "excluded": excluded}
    lines = [_("{count} would get it.").format(count=audience.total)]
    lines += [f"  {lang}: {count}" for lang, count in audience.by_language.items()]
    lines += [f"  {exclusion(reason)}: {count}" for reason, count in excluded.items()]
    run.out.result("lists.test", content, lines)


def _line(row: dict[str, object]) -> str:
    counts = row["subscriptions"]
    assert isinstance(counts, dict)
    return f"{row['name']}  {row['title']}  " + ", ".join(
        f"{_words()[state]}: {count}" for state, count in counts.items()
    )


def _words() -> dict[str, str]:
    return {"active": _("active"), "pending": _("pending"), "ended": _("ended")}


command = group(
    marked("Show, make and test mailing lists."),
    show,
    create,
    test,
    name="lists",
    examples=("newsletter lists show",),
)
