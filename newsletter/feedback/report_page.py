"""A report as one web page that needs nothing else: to be kept, printed, or shown to a committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.feedback.charts import bars, columns, domain_bars
from newsletter.feedback.measures import Row, Sheet, Tone, alarm_text, day, percent, sheets
from newsletter.feedback.report import Report
from newsletter.language import _, current, number

TEMPLATE = Path(__file__).with_name("pages") / "report.html.j2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number at the top of the page."""

    name: str
    value: str
    bad: bool = False


def as_page(report: Report) -> str:
    """Return a report as a self-contained HTML page, in the language of the call."""
    from jinja2 import Environment, StrictUndefined  # 80 ms, only for the page
    from markupsafe import Markup

    def part(sheet: Sheet) -> dict[str, object]:
        charts = [{"title": title, "svg": Markup(svg)} for title, svg in _charts(report, sheet)]  # noqa: S704 - ours
        return {"sheet": sheet, "charts": charts, "legend": _legend(sheet), "rows": _cells(sheet.rows)}

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    send = report.send
    return page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        lang=current(),
        title=_("Report on {issue}").format(issue=send.issue),
        site=send.site.newsletter or send.site.name,
        issue=send.issue,
        subtitle=" · ".join([send.ref, day(report), ", ".join(send.lists)]),
        alarm=alarm_text(report),
        figures=_figures(report),
        parts=[part(sheet) for sheet in sheets(report)],
        words=_words(),
    )


def _words() -> dict[str, str]:
    return {
        "overview": _("At a glance"),
        "table": _("The same numbers as a table"),
        "name": _("Name"),
        "foot": _(
            "This report holds numbers only. It does not tell who opened or read anything: that is not recorded."
        ),
    }


def _figures(report: Report) -> list[Figure]:
    sent = report.counts.sent

    def share(count: int) -> str:
        return percent(count / sent) if sent else number(0)

    return [
        Figure(name=_("Sent"), value=number(sent)),
        Figure(name=_("Bounced"), value=share(report.returns.bounced), bad=report.returns.bounced * 50 > sent > 0),
        Figure(
            name=_("Reported as unwanted"),
            value=percent(report.complaint_share, digits=2),
            bad=bool(alarm_text(report)),
        ),
        Figure(name=_("Unsubscribed"), value=share(report.unsubscribed)),
        *([Figure(name=_("In doubt"), value=number(report.counts.unknown), bad=True)] if report.counts.unknown else []),
    ]


def _charts(report: Report, sheet: Sheet) -> list[tuple[str, str]]:
    """Return the charts of a table, each with its own title where there are several."""
    if sheet.key == "domains":
        return [("", domain_bars(sheet.title, report.domains, [row.name for row in sheet.rows]))]
    if sheet.key == "series":
        measures = (
            (_("Bounced"), "bounced", Tone.BAD),
            (_("Reported as unwanted"), "complained", Tone.BAD),
            (_("Unsubscribed"), "unsubscribed", Tone.GOOD),
        )
        return [(title, columns(title, report.series, measure, tone)) for title, measure, tone in measures]
    return [("", bars(sheet.title, sheet.rows))]


def _legend(sheet: Sheet) -> str:
    return _("For each mail sent; this send stands last.") if sheet.key == "series" else ""


def _cells(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [{"name": row.name, "cells": [number(value) for value in row.values]} for row in rows]
