"""A table of what must be reached: a floor, an aim, what was measured."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One figure; `least` says that less is better."""

    name: str
    floor: float
    aim: float
    measured: float
    unit: str = ""
    least: bool = False

    @property
    def holds(self) -> bool:
        """It is not below its floor."""
        return self.measured <= self.floor if self.least else self.measured >= self.floor

    @property
    def verdict(self) -> str:
        """What a reader should know at once."""
        if not self.holds:
            return "BELOW THE FLOOR"
        reached = self.measured <= self.aim if self.least else self.measured >= self.aim
        return "ok" if reached else "above the floor"


@dataclass
class Table:
    """The claims of one section, printed as Markdown."""

    title: str
    claims: list[Claim] = field(default_factory=list)

    def print(self) -> int:
        """Print it; return how many claims do not hold."""
        say(f"\n## {self.title}\n\n| | floor | aim | measured | |\n| --- | ---: | ---: | ---: | --- |")
        for claim in self.claims:
            figures = " | ".join(f"{value:,g} {claim.unit}".strip() for value in (claim.floor, claim.aim))
            say(f"| {claim.name} | {figures} | {claim.measured:,.4g} {claim.unit} | {claim.verdict} |")
        return sum(not claim.holds for claim in self.claims)


def machine() -> str:
    """Say what it is measured on."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} at the start; "
        "PostgreSQL from its wheel on the same machine, fsync on"
    )


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
