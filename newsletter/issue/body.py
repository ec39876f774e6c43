"""The body of one file: protected, parsed, settled, built into blocks; an include is a body of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from markdown_it.token import Token

from newsletter.errors import Edit, Severity
from newsletter.issue.blocks import Builder, pair_directives
from newsletter.issue.bounds import MOST_MARKUP, weigh, within
from newsletter.issue.contents import with_contents
from newsletter.issue.context import Context
from newsletter.issue.data_blocks import DATA_BLOCKS
from newsletter.issue.directives import DIRECTIVES
from newsletter.issue.document import Block
from newsletter.issue.head import HeadKind, split_head
from newsletter.issue.images import inside
from newsletter.issue.markdown import MAX_DEPTH, Parsed, parse_markdown
from newsletter.issue.mishaps import report_mishaps
from newsletter.issue.options import HtmlMode
from newsletter.issue.other_ways import other_way
from newsletter.issue.raw_html import refuse_html
from newsletter.issue.settle import settle
from newsletter.issue.shapes import Place
from newsletter.issue.source import clean, decode
from newsletter.language import _, nearest

_MOST_INCLUDES = 100
_MOST_BYTES = 1024 * 1024
_TOC = "[[toc]]"


def read_body(text: str, context: Context, *, toc: bool = False) -> tuple[Block, ...]:
    """Read a text whose lines are those of its file; `toc` puts a table of contents after the first title."""
    blocks = _blocks(text, context, toc=toc)
    return with_contents(blocks) if toc or _TOC in text else blocks


def _blocks(text: str, context: Context, *, toc: bool = False) -> tuple[Block, ...]:
    options = context.shared.options
    text, rest = within(text, MOST_MARKUP - context.shared.counts.markup)
    context.shared.counts.markup += weigh(text)
    parsed = parse_markdown(
        context.merge.protect(text),
        html=options.html != HtmlMode.ESCAPE,
        blocks=frozenset(options.blocks),
        first_note=context.shared.counts.notes,
    )
    context.shared.counts.notes += parsed.notes
    tokens, strays = pair_directives(parsed.tokens)
    _report_parsed(parsed, strays, context)
    if rest:
        tokens.append(_as_written(rest, text.count("\n"), context))
    if options.html == HtmlMode.REFUSE:
        refuse_html(tokens, context.report)
    settle(tokens, context, kept_fences=frozenset((*DATA_BLOCKS, *options.blocks)))
    report_mishaps(context, tokens)
    builder = Builder(context, lambda name, place: _included(name, place, context))
    return builder.build(_with_toc(tokens) if toc and _TOC not in text else tokens)


def _as_written(rest: str, above: int, context: Context) -> Token:
    """Return what is too much to be read as the text that it is, and report it."""
    context.report.add(
        "NL218",
        _("more markup than an issue can hold: from here on, the text is shown as it was written"),
        line=above + 1,
        hint=_("Make several issues of it, or look for what filled the file."),
    )
    return Token("code_block", "code", 0, map=[above, above + 1 + rest.count("\n")], content=rest, block=True)


def _with_toc(tokens: list[Token]) -> list[Token]:
    """Put a table of contents after the first title, or at the top where there is none."""
    at = next((i + 1 for i, token in enumerate(tokens) if token.type == "heading_close" and token.tag == "h1"), 0)
    text = Token("text", "", 0, content=_TOC)
    line = next((token.map for token in tokens[at:] if token.map), [0, 1])
    entry = [
        Token("paragraph_open", "p", 1, map=line, block=True),
        Token("inline", "", 0, map=line, content=_TOC, children=[text], level=1, block=True),
        Token("paragraph_close", "p", -1, block=True),
    ]
    return [*tokens[:at], *entry, *tokens[at:]]


def _report_parsed(parsed: Parsed, strays: list[int], context: Context) -> None:
    report = context.report
    for fence in parsed.loose:
        if fence.deep:
            message = _("« ::: {name} » stands inside too many blocks").format(name=fence.name)
            report.add("NL207", message, line=fence.line)
        elif fence.name:
            known = [*DIRECTIVES, *context.shared.options.blocks]
            line, column = report.source.find(fence.name, fence.line, fence.line)
            name = fence.name.split()[0]
            message = _("unknown block « {name} »").format(name=name)
            near = nearest(name.lower(), known)
            end = column + len(name)
            report.add(
                "NL201",
                message,
                line=line,
                column=column,
                length=len(name),
                suggestion=near,
                hint=_unknown_hint(name, known, near),
                fix=(Edit(line=line, column=column, end_line=line, end_column=end, text=near),) if near else (),
            )
    empty = [fence.line for fence in parsed.loose if not fence.name]
    for number in sorted({*strays, *empty}):
        line, column = report.source.find(":::", number, number)
        report.add("NL203", _("« ::: » closes nothing"), line=line, column=column, length=3)
    for number in parsed.deep:
        message = _("nested deeper than {depth} levels").format(depth=MAX_DEPTH)
        report.add("NL207", message, line=number)
    for label, number in parsed.unused_notes:
        line, column = report.source.find(f"[^{label}]", number, number)
        message = _("nothing refers to the footnote « {name} »").format(name=label)
        report.add("NL216", message, line=line, column=column, length=len(label) + 3, severity=Severity.WARNING)


def _unknown_hint(name: str, known: Sequence[str], near: str | None) -> str:
    way = None if near else other_way(name)
    if way:
        return _("Such a block begins like this: {example}").format(example=way)
    return _("Known blocks: {names}.").format(names=", ".join(sorted(known)))


def _included(name: str, place: Place, context: Context) -> tuple[Block, ...]:
    """Read a file of the issue's folder as a part of it; never one from elsewhere, never itself (CWE-22)."""
    shared = context.shared
    path = inside(shared.folder, name) if shared.folder is not None else None
    problem = ""
    if shared.folder is None or path is None:
        problem = _("« {name} » lies outside the issue's folder")
    elif path in [entry.resolve() for entry in shared.chain]:
        problem = _("« {name} » includes itself")
    elif shared.counts.includes >= _MOST_INCLUDES:
        problem = _("« {name} » is one include too many")
    elif not path.is_file() or path.stat().st_size > _MOST_BYTES:
        problem = _("there is no file « {name} »")
    if problem or path is None:
        line, column = context.report.source.find(name, place.line, place.line)
        context.report.add("NL208", problem.format(name=name), line=line, column=column, length=len(name))
        return ()
    return _read_include(path, name, context)


def _read_include(path: Path, name: str, context: Context) -> tuple[Block, ...]:
    shared = context.shared
    shared.counts.includes += 1
    shown = (Path(context.report.source.path).parent / name).as_posix()
    text = decode(path.read_bytes())[0]
    cleaned = clean(text, path=shown)
    report = context.report.about(cleaned.source)
    report.findings.extend(cleaned.findings)
    head = split_head(cleaned.source.lines)
    first = head.body if head.kind is HeadKind.YAML else 1
    body = "\n" * (first - 1) + "\n".join(cleaned.source.lines[first - 1 :])
    shared.files.setdefault(str(path))
    merge = context.merge.inside(report)
    inner = Context(shared=replace(shared, chain=(*shared.chain, path)), report=report, merge=merge, path=shown)
    blocks = _blocks(body, inner)
    context.merge.expressions.update(merge.expressions)
    return blocks
