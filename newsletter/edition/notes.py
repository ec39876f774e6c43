"""What there is to say about an issue while it is rendered: findings with their place in the Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.errors import Finding, Location, Severity
from newsletter.issue.document import Issue
from newsletter.issue.source import Source


@dataclass(kw_only=True)
class Notes:
    """Gathers the findings of one rendering; the same thing is said once for a place."""

    source: Source
    found: dict[tuple[str, str, int, int], Finding] = field(default_factory=dict)

    @classmethod
    def of(cls, issue: Issue) -> Notes:
        """Begin the notes on an issue."""
        return cls(source=Source(path=issue.path, text=issue.source))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order in which it was found."""
        return tuple(self.found.values())

    def add(
        self,
        code: str,
        message: str,
        *,
        lines: tuple[int, int],
        needle: str = "",
        path: str = "",
        severity: Severity = Severity.WARNING,
        hint: str | None = None,
    ) -> None:
        """Record a finding on the first `needle` between two lines (from 1) of the issue, or of an included file."""
        if path and path != self.source.path:
            location = Location(path=path, line=lines[0])
        else:
            line, column = self.source.find(needle, *lines)
            end = column + len(needle) if needle and "\n" not in needle else None
            location = Location(
                path=self.source.path, line=line, column=column, end_line=line if end else None, end_column=end
            )
        shown = "" if path and path != self.source.path else self.source.line(location.line)
        finding = Finding(code=code, severity=severity, message=message, location=location, hint=hint, source=shown)
        self.found.setdefault((code, location.path, location.line, location.column), finding)
