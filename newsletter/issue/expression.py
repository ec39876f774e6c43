"""Merge expressions: what may stand between `{{` and `}}`, and how it becomes a function of a reader's values.

Jinja's parser reads them; its runtime is not used. The tree is walked once, everything outside a small
list is refused (no calls, no arithmetic, no loops), and what is left becomes closures over mappings:
attributes are keys of mappings, never attributes of Python objects, so there is nothing to escape from.
Every value is cut at `MAX_VALUE` characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from newsletter.errors import IssueError
from newsletter.issue.filters import FILTERS, MAX_VALUE, is_empty, text_of
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

Values = Mapping[str, object]
Term = Callable[[Values], object]

#: an expression longer than this is not a merge field any more
MAX_SOURCE = 500
_MAX_BRACKETS = 20


class ExpressionError(IssueError):
    """A merge expression that is not one: `offset` is where in it, as far as one can tell."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A checked expression: what it asks for, and its value for one reader."""

    #: dotted names, e.g. `subscriber.first_name`
    paths: tuple[str, ...]
    fill: Callable[[Values], str]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the Jinja environment that lexes and parses; nothing is ever run in it."""
    from jinja2 import Environment  # 70 ms, only when an issue has merge fields

    return Environment(autoescape=True)


@lru_cache(maxsize=4096)
def compile_checked(source: str) -> Compiled:
    """Check and compile what stands between the braces; raises `ExpressionError` with what is wrong."""
    if len(source) > MAX_SOURCE or sum(map(source.count, "([{")) > _MAX_BRACKETS:
        raise ExpressionError(_("this merge field is too long"))
    node = _parse(source)
    paths: list[str] = []
    term = _term(node, paths)

    def fill(values: Values) -> str:
        return text_of(term(values))[:MAX_VALUE]

    return Compiled(paths=tuple(paths), fill=fill)


def compile_expression(source: str) -> Callable[[Values], str]:
    """Return the function that gives an expression's text for one reader's values, unescaped.

    Values are mappings such as `{"subscriber": {"first_name": …}, "issue": {…}}`; what is missing is
    empty. Raises `ExpressionError` for anything but names, constants, filters, comparisons and `if … else`.
    """
    return compile_checked(source).fill


def _parse(source: str) -> nodes.Expr:
    from jinja2 import TemplateSyntaxError, nodes

    try:
        body = environment().parse("{{ " + source + " }}").body
    except (TemplateSyntaxError, RecursionError) as error:
        reason = (error.message or "") if isinstance(error, TemplateSyntaxError) else ""
        raise ExpressionError(
            _("this is not a merge field that can be read"),
            hint=_("A merge field looks like {example}. ({reason})").format(
                example='{{ subscriber.first_name | default("…") }}', reason=reason
            ),
        ) from error
    if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
        raise ExpressionError(_("there is nothing between the braces"))
    return body[0].nodes[0]


def _refusal() -> ExpressionError:
    return ExpressionError(
        _("a merge field cannot calculate or call anything"),
        hint=_("Allowed are names, texts, filters, comparisons and « a if b else c »."),
    )


def _term(node: nodes.Node, paths: list[str]) -> Term:
    """Turn a node into a function of the values, noting the names it asks for."""
    from jinja2 import nodes

    if isinstance(node, nodes.Const):
        return _constant(node.value)
    if isinstance(node, nodes.TemplateData):
        return _constant(node.data)
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        path = _path(node)
        paths.append(".".join(path))
        return _lookup(path)
    if isinstance(node, nodes.Filter):
        return _filter(node, paths)
    return _logic(node, paths)


def _logic(node: nodes.Node, paths: list[str]) -> Term:
    """Turn conditions and what they are made of into functions."""
    from jinja2 import nodes

    if isinstance(node, nodes.CondExpr):
        test, yes = _term(node.test, paths), _term(node.expr1, paths)
        no = _term(node.expr2, paths) if node.expr2 is not None else _constant("")
        return lambda values: yes(values) if _true(test(values)) else no(values)
    if isinstance(node, nodes.Not):
        inner = _term(node.node, paths)
        return lambda values: not _true(inner(values))
    if isinstance(node, nodes.And | nodes.Or):
        left, right = _term(node.left, paths), _term(node.right, paths)
        if isinstance(node, nodes.And):
            return lambda values: right(values) if _true(left(values)) else left(values)
        return lambda values: left(values) if _true(left(values)) else right(values)
    if isinstance(node, nodes.Concat):
        parts = [_term(part, paths) for part in node.nodes]
        return lambda values: "".join(text_of(part(values)) for part in parts)[:MAX_VALUE]
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return _comparison(node.ops[0].op, _term(node.expr, paths), _term(node.ops[0].expr, paths))
    if isinstance(node, nodes.Test) and node.name == "defined":
        wanted = _term(node.node, paths)
        return lambda values: not is_empty(wanted(values))
    if isinstance(node, nodes.List | nodes.Tuple):
        items = [_term(item, paths) for item in node.items]
        return lambda values: [item(values) for item in items]
    raise _refusal()


def _true(value: object) -> bool:
    return bool(value)


def _constant(value: object) -> Term:
    return lambda _values: value


def _path(node: nodes.Node) -> tuple[str, ...]:
    """Return the dotted name that a node spells."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        return (*_path(node.node), node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return (*_path(node.node), node.arg.value)
    raise _refusal()


def _lookup(path: tuple[str, ...]) -> Term:
    def lookup(values: Values) -> object:
        found: object = values
        for part in path:
            # a dict is one without asking the abstract class, which takes longer than all the rest
            if type(found) is dict or isinstance(found, Mapping):
                found = found.get(part)
            else:
                return None
        return found

    return lookup


def _filter(node: nodes.Filter, paths: list[str]) -> Term:
    known = FILTERS.get(node.name)
    if known is None:
        near = nearest(node.name, FILTERS)
        raise ExpressionError(
            _("unknown filter « {name} »").format(name=node.name),
            hint=_("Did you mean « {name} »?").format(name=near) if near else None,
        )
    most = known.__code__.co_argcount - 2
    if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > most:
        raise ExpressionError(_("the filter « {name} » does not take these values").format(name=node.name))
    inner = _term(node.node, paths)
    arguments = [_term(argument, paths) for argument in node.args]

    def apply(values: Values) -> object:
        return known(values, inner(values), *[argument(values) for argument in arguments])

    return apply


def _comparison(operator: str, left: Term, right: Term) -> Term:
    checks: dict[str, Callable[[object, object], bool]] = {
        "eq": lambda a, b: a == b,
        "ne": lambda a, b: a != b,
        "in": lambda a, b: a in b,  # type: ignore[operator]  # a wrong type is a TypeError, which is "no"
        "notin": lambda a, b: a not in b,  # type: ignore[operator]  # the same
        "lt": lambda a, b: a < b,  # type: ignore[operator]  # the same
        "lteq": lambda a, b: a <= b,  # type: ignore[operator]  # the same
        "gt": lambda a, b: a > b,  # type: ignore[operator]  # the same
        "gteq": lambda a, b: a >= b,  # type: ignore[operator]  # the same
    }
    check = checks[operator]

    def compare(values: Values) -> object:
        try:
            return check(left(values), right(values))
        except TypeError:
            return False

    return compare
