"""A report as tables: the same words and numbers in the terminal, in a spreadsheet and on a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from newsletter.feedback.report import OTHERS, Alarm, DomainLine, Report, SendLine
from newsletter.feedback.words import reason_word
from newsletter.language import _, current, number

#: providers whose domains are counted together, as they write themselves
PROVIDERS = {"gmail": "Gmail", "outlook": "Outlook", "yahoo": "Yahoo", "icloud": "iCloud"}
#: a cell that begins so is a formula to a spreadsheet
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Tone(StrEnum):
    """What a number calls for."""

    GOOD = "good"
    #: needs a person
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of a table: its name and its numbers, in the order of the table's columns."""

    name: str
    values: tuple[float, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A table with a title; `shares`: its numbers are shares, not counts."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    shares: bool = False


def sheets(report: Report) -> list[Sheet]:
    """Return the tables of a report, in the language of the call; empty ones are left out."""
    made = [_outcomes(report), _returned(report), _reasons(report), _domains(report), _series(report)]
    return [sheet for sheet in made if sheet.rows]


def _outcomes(report: Report) -> Sheet:
    counts = report.counts
    rows = (
        Row(name=_("Sent"), values=(counts.sent,), tone=Tone.GOOD),
        Row(name=_("Confirmed as delivered"), values=(report.returns.delivered,), tone=Tone.GOOD),
        Row(name=_("Still to come"), values=(counts.queued + counts.sending + counts.deferred,)),
        Row(name=_("Refused"), values=(counts.failed,), tone=Tone.BAD),
        Row(name=_("In doubt"), values=(counts.unknown,), tone=Tone.BAD),
        Row(name=_("Left out"), values=(counts.skipped,)),
    )
    shown = tuple(row for row in rows if row.values[0] or row.tone is Tone.GOOD)
    return Sheet(key="outcomes", title=_("What became of the mails"), columns=(_("Mails"),), rows=shown)


def _returned(report: Report) -> Sheet:
    told = report.returns
    rows = (
        Row(name=_("The address does not exist"), values=(told.hard,), tone=Tone.BAD),
        Row(name=_("Mailbox full or not reachable"), values=(told.soft,)),
        Row(name=_("Blocked by a policy"), values=(told.blocked,), tone=Tone.BAD),
        Row(name=_("Reported as unwanted"), values=(told.complained,), tone=Tone.BAD),
        Row(name=_("Unsubscribed"), values=(report.unsubscribed,)),
    )
    return Sheet(key="returned", title=_("What came back"), columns=(_("Mails"),), rows=rows)


def _reasons(report: Report) -> Sheet:
    rows = tuple(Row(name=reason_word(reason), values=(count,)) for reason, count in report.reasons.items())
    return Sheet(key="reasons", title=_("Why mails came back"), columns=(_("Mails"),), rows=rows)


def _domains(report: Report) -> Sheet:
    columns = (
        _("Recipients"),
        _("Sent"),
        _("Refused"),
        _("Bounced"),
        _("Blocked"),
        _("Complaints"),
    )
    return Sheet(
        key="domains",
        title=_("By receiving domain"),
        columns=columns,
        rows=tuple(_domain(line) for line in report.domains),
    )


def _domain(line: DomainLine) -> Row:
    told = line.returns
    values = (line.recipients, line.sent, line.refused, told.bounced, told.blocked, told.complained)
    trouble = line.refused + told.bounced + told.blocked
    return Row(
        name=PROVIDERS.get(line.domain, line.domain) if line.domain != OTHERS else _("Others"),
        values=values,
        tone=Tone.BAD if trouble * 10 > line.recipients else Tone.GOOD,
    )


def _series(report: Report) -> Sheet:
    columns = (_("Sent"), _("Bounced"), _("Reported as unwanted"), _("Unsubscribed"))
    lines = report.series if len(report.series) > 1 else ()
    return Sheet(
        key="series", title=_("Beside earlier sends"), columns=columns, rows=tuple(_send(line) for line in lines)
    )


def _send(line: SendLine) -> Row:
    values = (line.sent, line.bounced, line.complained, line.unsubscribed)
    return Row(name=f"{line.ref} {line.issue}", values=values)


def alarm_text(report: Report) -> str:
    """Say what the share of complaints calls for; empty when it calls for nothing."""
    if report.alarm is Alarm.NONE:
        return ""
    share = percent(report.complaint_share, digits=2)
    if report.alarm is Alarm.STOP:
        return _("{share} reported it as unwanted. From 0.3% on, Gmail and Yahoo refuse a sender.").format(share=share)
    return _("{share} reported it as unwanted. From 0.1% on, providers look closer.").format(share=share)


def as_lines(report: Report) -> list[str]:
    """Return a report for a terminal."""
    head = f"{report.send.ref}  {report.send.issue}  {day(report)}"
    lines = [head]
    if warning := alarm_text(report):
        lines += ["", warning]
    for sheet in sheets(report):
        lines += ["", sheet.title, *_table(sheet)]
    return lines


def _table(sheet: Sheet) -> list[str]:
    """Return a table's lines: names at the left, numbers at the right under their column's name."""
    cells = [[row.name, *(number(value) for value in row.values)] for row in sheet.rows]
    head = ["", *sheet.columns] if len(sheet.columns) > 1 else []
    widths = [max(len(line[place]) for line in [*cells, *([head] if head else [])]) for place in range(len(cells[0]))]
    return ["  " + _aligned(line, widths) for line in ([head] if head else []) + cells]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    rest = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
    return "  ".join([line[0].ljust(widths[0]), *rest])


def as_csv(report: Report) -> str:
    """Return a report for a spreadsheet: table, name, column, number."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Table"), _("Name"), _("Column"), _("Number")])
    for sheet in sheets(report):
        for row in sheet.rows:
            for column, value in zip(sheet.columns, row.values, strict=True):
                writer.writerow([sheet.title, _safe(row.name), column, value])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def as_dict(report: Report) -> dict[str, object]:
    """Return a report as `report --json` shows it."""
    return {
        "id": report.send.ref,
        "issue": report.send.issue,
        "state": report.send.state.value,
        "kind": report.send.kind,
        "transport": report.send.transport,
        "lists": list(report.send.lists),
        "date": report.send.date.isoformat(),
        "counts": report.counts.as_dict(),
        "refused": report.counts.failed,
        "returns": {**asdict(report.returns), "bounced": report.returns.bounced},
        "unsubscribed": report.unsubscribed,
        "complaint_share": report.complaint_share,
        "alarm": report.alarm.value,
        "reasons": dict(report.reasons),
        "domains": [
            {**asdict(line), "domain": line.domain or None, "returns": asdict(line.returns)} for line in report.domains
        ],
        "series": [{**asdict(line), "date": line.date.isoformat()} for line in report.series],
    }


def percent(share: float, *, digits: int = 1) -> str:
    """Return a share as the language writes it."""
    from babel.numbers import format_percent  # 60 ms, only where numbers are shown

    return str(format_percent(share, format="0." + "0" * digits + "%", locale=_locale())).replace(
        "%", "\xa0%", _french()
    )


def day(report: Report) -> str:
    """Return the day of a send, in the zone of its site, as the language writes it."""
    from zoneinfo import ZoneInfo

    from babel.dates import format_date  # 60 ms, only where dates are shown

    moment = report.send.date.astimezone(ZoneInfo(report.send.site.tz))
    written = str(format_date(moment, format="long", locale=_locale()))
    return f"1er{written[1:]}" if _french() and moment.day == 1 else written


def _locale() -> str:
    return current().replace("-", "_")


def _french() -> int:
    return int(current().startswith("fr"))
