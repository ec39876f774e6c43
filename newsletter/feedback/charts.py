"""Charts as inline SVG: no script, nothing fetched, widths in percent so that they fit a phone and a desk.

Each bar has its number beside it instead of a scale; a table with the same numbers stands under each chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from newsletter.feedback.measures import Row, Tone, percent
from newsletter.feedback.report import DomainLine, SendLine
from newsletter.language import _, number

#: pixels
BAR, LINE, GAP = 14, 22, 14
COLUMNS_HIGH = 96
#: columns beside the last one whose number would run into its own
NEAR = 3
#: characters of a name that a phone has room for beside a number; the table has the whole name
NAME = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A stretch of a bar."""

    share: float
    tone: Tone


def bars(title: str, rows: Sequence[Row]) -> str:
    """Draw the first number of each row as a bar, the longest as wide as the page."""
    most = max((row.values[0] for row in rows), default=0) or 1
    drawn = [
        _bar(place, row.name, number(row.values[0]), (Part(share=row.values[0] / most, tone=row.tone),))
        for place, row in enumerate(rows)
    ]
    return _svg(title, len(rows) * (LINE + BAR + GAP), drawn)


def domain_bars(title: str, lines: Sequence[DomainLine], names: Sequence[str]) -> str:
    """Draw each domain's recipients, those whose mail did not arrive set apart."""
    most = max((line.recipients for line in lines), default=0) or 1
    drawn = []
    for place, (line, name) in enumerate(zip(lines, names, strict=True)):
        trouble = min(line.recipients, line.refused + line.returns.bounced + line.returns.blocked)
        parts = (
            Part(share=(line.recipients - trouble) / most, tone=Tone.GOOD),
            Part(share=trouble / most, tone=Tone.BAD),
        )
        label = number(line.recipients)
        if trouble:
            label = _("{count}, {lost} not arrived").format(count=label, lost=number(trouble))
        drawn.append(_bar(place, name, label, parts))
    return _svg(title, len(drawn) * (LINE + BAR + GAP), drawn)


def columns(title: str, lines: Sequence[SendLine], measure: str, tone: Tone) -> str:
    """Draw a measure of each send as a column, the last one this send's; the highest and the last bear their number.

    The first and the last are named under the columns: on a phone there is no room for more.
    """
    shares = [line.share(measure) for line in lines]
    most = max(shares, default=0) or 1
    width = 100 / max(len(lines), 1)
    drawn = []
    for place, (line, share) in enumerate(zip(lines, shares, strict=True)):
        last = place == len(lines) - 1
        high = round(share / most * COLUMNS_HIGH)
        left, middle = place * width, (place + 0.5) * width
        base = LINE + COLUMNS_HIGH
        fill = tone if last else Tone.PLAIN
        drawn.append(
            f'<rect class="{fill}" x="{left + width * 0.15:.2f}%" y="{base - high}" '
            f'width="{width * 0.7:.2f}%" height="{max(high, 1)}"/>'
        )
        highest = place == shares.index(most) if most in shares else False
        if last:
            drawn.append(_text(percent(share, digits=2), x="100%", y=LINE - 6, anchor="end"))
        elif highest and place < len(lines) - NEAR:
            drawn.append(_text(percent(share, digits=2), x=f"{middle:.2f}%", y=LINE - 6, anchor="middle"))
        if last or place == 0:
            at, anchor = ("100%", "end") if last and len(lines) > 1 else ("0", "start")
            drawn.append(_text(line.ref, x=at, y=base + 16, anchor=anchor, faint=not last))
    return _svg(title, LINE + COLUMNS_HIGH + LINE, drawn)


def _bar(place: int, name: str, label: str, parts: Sequence[Part]) -> str:
    top = place * (LINE + BAR + GAP)
    short = name if len(name) <= NAME + 6 else f"{name[:NAME]}…"
    drawn = [_text(short, x="0", y=top + 16), _text(label, x="100%", y=top + 16, anchor="end")]
    left = 0.0
    for part in parts:
        if part.share > 0:
            wide = max(part.share * 100, 0.4)
            drawn.append(
                f'<rect class="{part.tone}" x="{left:.2f}%" y="{top + LINE}" width="{wide:.2f}%" height="{BAR}"/>'
            )
            left += wide
    return "".join(drawn)


def _text(words: str, *, x: str, y: int, anchor: str = "start", faint: bool = False) -> str:
    kind = ' class="faint"' if faint else ""
    return f'<text{kind} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(title: str, height: int, drawn: Sequence[str]) -> str:
    inside = "".join(drawn)
    return f'<svg role="img" aria-label={quoteattr(title)} width="100%" height="{height}">{inside}</svg>'
