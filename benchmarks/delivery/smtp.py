"""The SMTP transport against its peers: `python -m benchmarks.delivery.smtp [--rounds 3] [--quick]`.

The whole path with the ledger is measured elsewhere; here mails come from memory. « Ready » sends octets
that were made before; « made » makes each mail out to its reader.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.delivery.measuring import Claims, Program, compiled, machine, ratio, rounds, say, table
from benchmarks.delivery.place import why_not

ROUND_TRIP = 10_000


def main(arguments: list[str] | None = None) -> int:
    """Print the tables and claims; 1 when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    options = parser.parse_args(arguments)
    scale = 10 if options.quick else 1
    say("# SMTP: mails a second into a sink in C\n")
    machine()
    near = _near(scale)
    rounds(list(near.values()), count=options.rounds)
    table("Loopback", list(near.values()), against=near["smtplib"])
    far = _far(scale)
    rounds(list(far.values()), count=options.rounds, round_trip=ROUND_TRIP)
    table("A round trip of 10 ms", list(far.values()), against=far["smtplib"])
    bound = _bound(scale)
    rounds(list(bound.values()), count=options.rounds, postfix=True)
    if bound:
        table("Into Postfix's smtp-sink, which is the slower of the two", list(bound.values()), against=bound["c"])
    return _claims(near, far, bound)


def _near(scale: int) -> dict[str, Program]:
    few, many = 1_000 // scale, 20_000 // scale
    made = {
        "smtplib": Program("smtplib + EmailMessage", ("smtplib",), few),
        "mime": Program("smtplib + MIMEText", ("smtplib-mime",), few),
        "bytes": Program("smtplib, our octets", ("smtplib-ready",), 4 * few),
        "aiosmtplib": Program("aiosmtplib x 4", ("aiosmtplib",), few),
        "django": Program("Django send_messages", ("django",), few),
        "nodemailer": Program("nodemailer, pool of 5", ("nodemailer",), 2 * few),
        "smtp-source": Program("smtp-source -d -s 4", ("smtp-source",), many),
        "cpipe": Program("pipelined in C x 4", ("cpipe",), many),
        "asyncio": Program("infolettre asyncio x 4, ready", ("infolettre", "asyncio", "4", "ready"), many),
        "uvloop": Program("infolettre uvloop x 4, ready", ("infolettre", "uvloop", "4", "ready"), many),
        "asyncio-made": Program("infolettre asyncio x 4, made", ("infolettre", "asyncio", "4", "made"), many),
        "uvloop-made": Program("infolettre uvloop x 4, made", ("infolettre", "uvloop", "4", "made"), many),
    }
    return here(made)


def _far(scale: int) -> dict[str, Program]:
    made = {
        "smtplib": Program("smtplib + EmailMessage", ("smtplib",), max(20, 100 // scale)),
        "aiosmtplib": Program("aiosmtplib x 16", ("aiosmtplib", "16"), max(64, 640 // scale)),
        "nodemailer": Program("nodemailer, pool of 16", ("nodemailer", "16"), max(64, 1_600 // scale)),
        "x1": Program("infolettre x 1, made", ("infolettre", "uvloop", "1", "made"), max(50, 300 // scale)),
        "x16": Program("infolettre x 16, made", ("infolettre", "uvloop", "16", "made"), 8_000 // scale),
        "x64": Program("infolettre x 64, made", ("infolettre", "uvloop", "64", "made"), 20_000 // scale),
    }
    return here(made)


def _bound(scale: int) -> dict[str, Program]:
    if why_not("smtp-source"):
        return {}
    many = 20_000 // scale
    return {
        "c": Program("smtp-source -d -s 4", ("smtp-source",), many),
        "ours": Program("infolettre uvloop x 4, made", ("infolettre", "uvloop", "4", "made"), many),
    }


def here(programs: dict[str, Program]) -> dict[str, Program]:
    """Leave out, with the reason, what can not run here."""
    if compiled("cpipe") is None:
        programs.pop("cpipe", None)
    missing = {name: why_not(program.arguments[0]) for name, program in programs.items()}
    for name, reason in missing.items():
        if reason:
            say(f"\n{programs[name].name} is left out: {reason}.")
    return {name: program for name, program in programs.items() if not missing[name]}


def _claims(near: dict[str, Program], far: dict[str, Program], bound: dict[str, Program]) -> int:
    claims = Claims()
    claims.head()
    if bound:
        claims.check("into smtp-sink : smtp-source", ratio(bound["ours"], bound["c"]), floor=0.95, aim=1)
    claims.check("B1 asyncio x 4 : smtplib", ratio(near["asyncio"], near["smtplib"]), floor=50, aim=75)
    if "smtp-source" in near:
        claims.check("B2 uvloop x 4 : smtp-source", ratio(near["uvloop"], near["smtp-source"]), floor=1.2, aim=1.5)
    if "cpipe" in near:
        claims.check("B3 uvloop x 4 : the same in C", ratio(near["uvloop"], near["cpipe"]), floor=0.5, aim=0.7)
    if "django" in near:
        claims.check("made : Django", ratio(near["uvloop-made"], near["django"]), floor=12, aim=25)
    if "nodemailer" in near:
        claims.check("made : nodemailer", ratio(near["uvloop-made"], near["nodemailer"]), floor=8, aim=16)
    for name, connections in (("x16", 16), ("x64", 64)):
        ideal = connections / (ROUND_TRIP / 1e6)
        claims.check(f"B7 x {connections} at 10 ms : ideal", far[name].best / ideal, floor=0.75, aim=0.85)
    claims.check("x 16 at 10 ms : smtplib", ratio(far["x16"], far["smtplib"]), floor=60, aim=100)
    claims.check("x 64 at 10 ms : smtplib", ratio(far["x64"], far["smtplib"]), floor=60, aim=250)
    if "aiosmtplib" in far:
        claims.check("B8 x 16 at 10 ms : aiosmtplib", ratio(far["x16"], far["aiosmtplib"]), floor=12, aim=16)
    if "nodemailer" in far:
        claims.check("B8 x 16 at 10 ms : nodemailer", ratio(far["x16"], far["nodemailer"]), floor=3, aim=4)
    return int(claims.failed)


if __name__ == "__main__":
    sys.exit(main())
