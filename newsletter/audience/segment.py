"""Segments: `"formation" in subscriber.comites and subscriber.lang == "fr-CA"`, read into a tree of our own.

Python's parser reads the text; nothing is ever run. What is not a comparison of one person's attributes
with constants, joined by and, or, not, is refused, so that a segment always becomes one SQL condition
(`segment_sql`) and means the same for one person (`matches`).

An attribute that somebody does not have equals nothing, holds nothing and is less or greater than nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from newsletter.audience.subscriber import Subscriber
from newsletter.config.model import AttributeField
from newsletter.errors import UsageError
from newsletter.language import _, nearest

Constant = str | int | float
MAX_SOURCE = 1000
_MAX_DEPTH = 50
_ROOT = "subscriber"
#: attributes that everybody has, beside those the project declares
_OWN = {"lang": "text", "tz": "text", "domain": "text", "lists": "choices"}
_ORDERED = ("number", "date")
_OPERATORS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class SegmentError(UsageError):
    """A segment that is not one; `column` is where in its text, from 1."""

    def __init__(self, message: str, *, column: int = 1, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.column = column


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """What is compared: `subscriber.<name>`."""

    name: str
    #: text, number, date, choice or choices
    type: str
    #: lang, tz, domain, lists: a column rather than a declared attribute
    own: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare:
    """An attribute against a constant; `operator` is one of == != < <= > >=."""

    attribute: Attribute
    operator: str
    constant: Constant


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOf:
    """An attribute is one of several constants."""

    attribute: Attribute
    constants: tuple[Constant, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Holds:
    """An attribute of several choices has one, or a text has a part."""

    attribute: Attribute
    constant: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An attribute has a value."""

    attribute: Attribute


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The contrary."""

    term: Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """All of the terms hold, or any of them."""

    terms: tuple[Segment, ...]
    every: bool


Segment = Compare | OneOf | Holds | Given | Not | Joined


def parse_segment(source: str, fields: Mapping[str, AttributeField]) -> Segment:
    """Read a segment; raises SegmentError with what is wrong, where, and what to write instead."""
    if len(source) > MAX_SOURCE:
        raise SegmentError(_("The segment is longer than {most} characters.").format(most=MAX_SOURCE))
    try:
        return _Reader(fields).term(_parsed(source.strip()), 0)
    except SegmentError as error:  # Python counts bytes
        error.column = len(source.strip().encode()[: error.column - 1].decode(errors="ignore")) + 1
        raise


def _parsed(source: str) -> ast.expr:
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise _unreadable(len(source[: (error.offset or 1) - 1].encode()) + 1) from None
    except (ValueError, RecursionError, MemoryError):
        raise _unreadable(1) from None


def matches(segment: Segment, subscriber: Subscriber) -> bool:
    """Tell whether a segment means this person: what its SQL tells, for one."""
    match segment:
        case Joined(terms=terms, every=every):
            return (all if every else any)(matches(term, subscriber) for term in terms)
        case Not(term=term):
            return not matches(term, subscriber)
        case Given(attribute=attribute):
            return _value(attribute, subscriber) not in (None, "", [], ())
        case OneOf(attribute=attribute, constants=constants):
            return _value(attribute, subscriber) in constants
        case Holds(attribute=attribute, constant=constant):
            held = _value(attribute, subscriber)
            return isinstance(held, str | list | tuple) and constant in held
        case Compare():
            return _compare(segment, _value(segment.attribute, subscriber))


def _value(attribute: Attribute, subscriber: Subscriber) -> object:
    if not attribute.own:
        return subscriber.fields.get(attribute.name)
    if attribute.name == "domain":
        return subscriber.address.rpartition("@")[2]
    return {"lang": subscriber.lang, "tz": subscriber.tz, "lists": subscriber.lists}[attribute.name]


def _compare(segment: Compare, value: object) -> bool:
    constant = segment.constant
    if segment.operator in ("==", "!="):
        return (value == constant) is (segment.operator == "==")
    if isinstance(constant, str):
        return isinstance(value, str) and _ordered(value, segment.operator, constant)
    return isinstance(value, int | float) and _ordered(float(value), segment.operator, float(constant))


def _ordered(value: str | float, operator: str, constant: str | float) -> bool:
    less, equal = value < constant, value == constant  # type: ignore[operator]  # both are of one kind
    return {"<": less, "<=": less or equal, ">": not (less or equal), ">=": not less}[operator]


class _Reader:
    """Turns Python's tree into ours, refusing the rest."""

    def __init__(self, fields: Mapping[str, AttributeField]) -> None:
        self._fields = fields

    def term(self, node: ast.expr, depth: int) -> Segment:
        """Read one term."""
        if depth > _MAX_DEPTH:
            raise _unreadable(node.col_offset + 1)
        match node:
            case ast.BoolOp(op=op, values=values):
                terms = tuple(self.term(value, depth + 1) for value in values)
                return Joined(terms=terms, every=isinstance(op, ast.And))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(term=self.term(operand, depth + 1))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._comparison(left, operator, right)
            case ast.Compare(left=left, ops=operators, comparators=others):
                pairs = zip([left, *others], operators, others, strict=False)
                return Joined(terms=tuple(self._comparison(*pair) for pair in pairs), every=True)
            case ast.Attribute():
                return Given(attribute=self._attribute(node))
            case _:
                raise _unreadable(node.col_offset + 1)

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Segment:
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._membership(left, right)
            return Not(term=found) if isinstance(operator, ast.NotIn) else found
        sign = _OPERATORS.get(type(operator))
        if sign is None:
            raise _unreadable(left.col_offset + 1)
        if not isinstance(left, ast.Attribute):
            left, right, sign = right, left, _MIRRORED[sign]
        attribute = self._attribute(left)
        if sign not in ("==", "!=") and attribute.type not in _ORDERED:
            raise SegmentError(
                _("« {name} » is not a number or a date: {sign} says nothing about it.").format(
                    name=attribute.name, sign=sign
                ),
                column=left.col_offset + 1,
            )
        if attribute.type == "choices":
            raise SegmentError(
                _("« {name} » holds several choices.").format(name=attribute.name),
                column=left.col_offset + 1,
                hint=_('Write: "choice" in subscriber.{name}').format(name=attribute.name),
            )
        return Compare(attribute=attribute, operator=sign, constant=self._constant(right, attribute))

    def _membership(self, left: ast.expr, right: ast.expr) -> Segment:
        """Read `"x" in subscriber.y`, or `subscriber.y in ("a", "b")`."""
        if isinstance(right, ast.Tuple | ast.List | ast.Set):
            attribute = self._attribute(left)
            if attribute.type == "choices":
                raise _unreadable(left.col_offset + 1)
            constants = tuple(self._constant(item, attribute) for item in right.elts)
            return OneOf(attribute=attribute, constants=constants)
        attribute = self._attribute(right)
        if attribute.type not in ("choices", "text"):
            raise SegmentError(
                _("« {name} » holds one value, not several.").format(name=attribute.name),
                column=right.col_offset + 1,
                hint=_('Write: subscriber.{name} == "value"').format(name=attribute.name),
            )
        return Holds(attribute=attribute, constant=str(self._constant(left, attribute)))

    def _attribute(self, node: ast.expr) -> Attribute:
        match node:
            case ast.Attribute(value=ast.Name(id="subscriber"), attr=name):
                pass
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="subscriber"), attr="fields"), attr=name):
                pass
            case _:
                raise _unreadable(node.col_offset + 1)
        if name in self._fields:
            return Attribute(name=name, type=self._fields[name].type)
        if name in _OWN:
            return Attribute(name=name, type=_OWN[name], own=True)
        raise self._unknown(name, node.col_offset + 1)

    def _unknown(self, name: str, column: int) -> SegmentError:
        known = [*_OWN, *self._fields]
        near = nearest(name, known)
        return SegmentError(
            _("« {name} » is not an attribute of subscribers.").format(name=name),
            column=column,
            hint=_("Did you mean {near}?").format(near=near)
            if near
            else _("There are: {names}. Declare others in [subscriber.fields].").format(names=", ".join(known)),
        )

    def _constant(self, node: ast.expr, attribute: Attribute) -> Constant:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            negative = node.operand.value
            value = -negative if isinstance(negative, int | float) else None
        if attribute.type == "number":
            if isinstance(value, int | float) and not isinstance(value, bool):
                return value
            raise SegmentError(
                _("« {name} » is compared with a number.").format(name=attribute.name), column=node.col_offset + 1
            )
        if not isinstance(value, str):
            raise SegmentError(
                _("« {name} » is compared with a text between quotation marks.").format(name=attribute.name),
                column=node.col_offset + 1,
            )
        self._check_text(value, attribute, node.col_offset + 1)
        return value

    def _check_text(self, value: str, attribute: Attribute, column: int) -> None:
        """Refuse a text that the attribute can never have: a misspelt choice, a date that is none."""
        choices = self._fields[attribute.name].choices if not attribute.own else ()
        if attribute.type in ("choice", "choices") and choices and value not in choices:
            near = nearest(value, choices)
            raise SegmentError(
                _("« {value} » is not a choice of {name}.").format(value=value, name=attribute.name),
                column=column,
                hint=_("Did you mean {near}?").format(near=near)
                if near
                else _("There are: {names}.").format(names=", ".join(choices)),
            )
        if attribute.type == "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                raise SegmentError(
                    _("« {value} » is not a day.").format(value=value),
                    column=column,
                    hint=_('Write it as year-month-day: "2026-12-31".'),
                ) from None


def _unreadable(column: int) -> SegmentError:
    return SegmentError(
        _("This is not a segment."),
        column=column,
        hint=_('Example: "training" in subscriber.committees and subscriber.lang == "fr-CA"'),
    )
