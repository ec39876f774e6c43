"""A segment as one SQL condition over `subscriber`, the same on both databases as `matches` for one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, true

from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.segment import Attribute, Compare, Given, Holds, Joined, Not, OneOf, Segment
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import TableValuedAlias

    from newsletter.audience.segment import Constant

_person = people.subscriber.c


def to_sql(segment: Segment, *, dialect: str) -> ColumnElement[bool]:
    """Return the condition; every term of it is true or false, never unknown."""
    match segment:
        case Joined(terms=terms, every=True):
            return and_(true(), *(to_sql(term, dialect=dialect) for term in terms))
        case Joined(terms=terms):
            return or_(false(), *(to_sql(term, dialect=dialect) for term in terms))
        case Not(term=term):
            return not_(to_sql(term, dialect=dialect))
        case Holds():
            return _holds(segment, dialect)
        case Given(attribute=attribute):
            return _given(attribute, dialect)
        case OneOf(attribute=attribute, constants=constants):
            return _definite(_value(attribute).in_(constants), otherwise=False)
        case Compare():
            return _compare(segment)


def _definite(condition: ColumnElement[bool], *, otherwise: bool) -> ColumnElement[bool]:
    return func.coalesce(condition, literal(otherwise))


def _value(attribute: Attribute) -> ColumnElement[Constant]:
    if attribute.own:
        column: ColumnElement[Constant] = _person[attribute.name]
        return column
    found = _person.fields[attribute.name]
    value: ColumnElement[Constant] = found.as_float() if attribute.type == "number" else found.as_string()
    return value


def _compare(segment: Compare) -> ColumnElement[bool]:
    value, constant = _value(segment.attribute), segment.constant
    if segment.attribute.type == "number":
        constant = float(constant)
    match segment.operator:
        case "==":
            return _definite(value == constant, otherwise=False)
        case "!=":
            return _definite(value != constant, otherwise=True)
        case "<":
            return _definite(value < constant, otherwise=False)
        case "<=":
            return _definite(value <= constant, otherwise=False)
        case ">":
            return _definite(value > constant, otherwise=False)
        case _:
            return _definite(value >= constant, otherwise=False)


def _holds(segment: Holds, dialect: str) -> ColumnElement[bool]:
    attribute, constant = segment.attribute, segment.constant
    if attribute.name == "lists" and attribute.own:
        return _is_on(people.mailing_list.c.name == constant)
    if attribute.type == "text":
        find = func.instr if dialect == "sqlite" else func.strpos
        return _definite(find(_value(attribute), constant) > 0, otherwise=False)
    if dialect == "sqlite":
        each = _each(attribute)
        return select(literal(1)).select_from(each).where(each.c.value == constant).exists()
    return _definite(func.jsonb_exists(_person.fields[attribute.name], constant), otherwise=False)


def _given(attribute: Attribute, dialect: str) -> ColumnElement[bool]:
    if attribute.name == "lists" and attribute.own:
        return _is_on(true())
    if attribute.type == "number":
        return _value(attribute).is_not(None)
    if attribute.type != "choices":
        return _definite(_value(attribute) != "", otherwise=False)
    if dialect == "sqlite":
        return select(literal(1)).select_from(_each(attribute)).exists()
    return _definite(func.jsonb_array_length(_person.fields[attribute.name]) > 0, otherwise=False)


def _each(attribute: Attribute) -> TableValuedAlias:
    """Return the choices as rows (SQLite's json_each)."""
    return func.json_each(_person.fields, f'$."{attribute.name}"').table_valued("value")


def _is_on(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition « the person is on a list like this »."""
    on = people.subscription.alias("also_on")
    return (
        select(literal(1))
        .select_from(on)
        .join(people.mailing_list, people.mailing_list.c.id == on.c.list_id)
        .where(on.c.subscriber_id == _person.id, on.c.status == SubscriptionStatus.ACTIVE.value, which)
        .correlate(people.subscriber)
        .exists()
    )
