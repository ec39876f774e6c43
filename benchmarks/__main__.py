"""The measured claims, one section after the other: `python -m benchmarks [SECTION …]`; without a name, all of them.

    python -m benchmarks --list            what there is
    python -m benchmarks smtp sendgrid     these two
    python -m benchmarks --quick smtp      a tenth of the messages, one round: does it run?
    python -m benchmarks --into PAGE       also write what is printed into a page, between its two marks

Each section prints Markdown: what was measured, the floor, the aim. Nothing else should run on the machine.
Peers (aiosmtplib, Django, nodemailer) are installed into `build/bench` when a section needs them.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

#: what is measured stands between these in a page
BEGIN, END = "<!-- figures begin -->", "<!-- figures end -->"
#: name -> (module, with arguments; whether it knows --quick; what it measures)
SECTIONS: dict[str, tuple[tuple[str, ...], bool, str]] = {
    "smtp": (("benchmarks.delivery.smtp",), True, "mails by SMTP, peers side by side"),
    "path": (("benchmarks.whole_path", "--memory"), True, "the whole path: database, merge, MIME, ledger, SMTP"),
    "sendgrid": (("benchmarks.delivery.sendgrid",), True, "recipients through SendGrid's interface"),
    "message": (("benchmarks.delivery.message",), False, "a mail made out to a reader; DKIM"),
    "ledger": (("benchmarks.ledger",), False, "planning, and the ledger's cycle"),
    "render": (("benchmarks.render",), False, "an issue rendered"),
    "memory": (("benchmarks.render.memory",), False, "memory while a thousand issues are rendered"),
    "preview": (("benchmarks.preview",), False, "an edit seen in the preview"),
    "feedback": (("benchmarks.feedback",), False, "events read"),
    "people": (("benchmarks.people",), False, "people imported, counted, answered"),
    "scale": (("benchmarks.scale",), False, "a million people, several hosts"),
}


def main() -> int:
    """Run sections as processes of their own, so that one's memory is not another's; return 1 when one failed."""
    asked = _asked()
    if asked.list:
        for name, (_module, _quick, what) in SECTIONS.items():
            print(f"{name:10} {what}")
        return 0
    said = _say(_machine())
    failed: list[str] = []
    for name in asked.section or SECTIONS:
        text, well = _ran(name, quick=asked.quick)
        said += text
        failed += [] if well else [name]
    if failed:
        said += _say(f"\nBelow a floor, or not finished: {', '.join(failed)}.\n")
    for page in asked.into:
        _write(page, said)
    return int(bool(failed))


def _say(text: str) -> str:
    print(text, end="", flush=True)
    return text


def _write(page: Path, said: str) -> None:
    """Put what was measured between the marks of a page; its headings go one level down."""
    before, _begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _old, _end, after = rest.partition(END)
    lower = re.sub(r"^(#+ )", r"#\1", said, flags=re.MULTILINE)
    page.write_text(f"{before}{BEGIN}\n\n{lower.strip()}\n\n{END}{after}", encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, one round")
    parser.add_argument("--into", type=Path, action="append", default=[], metavar="PAGE", help="write it there, too")
    asked = parser.parse_args()
    for page in asked.into:
        if not page.is_file() or BEGIN not in page.read_text(encoding="utf-8"):
            parser.error(f"{page} has no {BEGIN}")
    unknown = [name for name in asked.section if name not in SECTIONS]
    if unknown:
        parser.error(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return asked


def _machine() -> str:
    return (
        f"# Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC\n\n"
        f"{_processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start.\n"
    )


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
        return next(line.partition(": ")[2].strip() for line in told if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _ran(name: str, *, quick: bool) -> tuple[str, bool]:
    """Run a section; return what it printed, and whether it held."""
    module, knows_quick, what = SECTIONS[name]
    said = _say(f"\n<!-- {name}: {what} -->\n\n")
    if importlib.util.find_spec(module[0]) is None:
        return said + _say(f"*{name} is not in this tree: left out.*\n"), True
    more = ["--quick", "--rounds", "1"] if quick and knows_quick else []
    with subprocess.Popen([sys.executable, "-m", *module, *more], stdout=subprocess.PIPE, text=True) as section:
        assert section.stdout is not None
        for number, line in enumerate(section.stdout):
            if not number and not line.startswith("# "):
                said += _say(f"# {what[0].upper()}{what[1:]}\n\n")
            said += _say(line)
    return said, section.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
