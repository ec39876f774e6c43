"""`newsletter rule`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.frame import command as make
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked, nearest

if TYPE_CHECKING:
    from newsletter.edition.check import Rule


@make(
    marked("Explain a finding's code: what it asks for, why, and an example of each kind. Without a code: list them."),
    examples=("newsletter rule NL104", "newsletter rule --json"),
    name="rule",
)
@click.argument("code", required=False, metavar="[CODE]")
def command(run: Run, code: str | None) -> None:
    """Print one rule or the list."""
    from newsletter.cli.config_rules import config_rules
    from newsletter.edition.check import rules

    known = {rule.code: rule for rule in sorted((*rules(), *config_rules()), key=lambda rule: rule.code)}
    if code is None:
        listed = [{"code": each.code, "title": _(each.title)} for each in known.values()]
        run.out.result("rules", {"rules": listed}, [f"{each['code']}  {each['title']}" for each in listed])
        return
    found = known.get(code.upper())
    if found is None:
        near = nearest(code.upper(), known)
        hint = _("Did you mean “{near}”?").format(near=near) if near else _("List them with: newsletter rule")
        raise UsageError(_("There is no rule {code}.").format(code=code), hint=hint)
    run.out.result("rule", _content(found), _lines(found))


def _content(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "severity": str(rule.severity),
        "group": rule.group,
        "fixable": rule.fixable,
        "title": _(rule.title),
        "why": _(rule.why),
        "bad": rule.bad,
        "good": rule.good,
    }


def _lines(rule: Rule) -> list[str]:
    def indented(text: str) -> list[str]:
        return [f"    {line}" for line in text.splitlines()]

    silence = _("To silence it in one issue:")
    example = f"lint: {{ignore: [{{code: {rule.code}, reason: …}}]}}"
    return [
        f"{rule.code}  {_(rule.title)}",
        "",
        _(rule.why),
        "",
        _("Not so:"),
        *indented(rule.bad),
        "",
        _("But so:"),
        *indented(rule.good),
        "",
        f"{silence} {example}",
        *([_("newsletter check --fix corrects it.")] if rule.fixable else []),
    ]
