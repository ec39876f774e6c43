"""Front matter against its schema: every fault at the line and column of the key or value it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table

from newsletter.errors import Edit
from newsletter.issue.schema import aliases, key_schemas
from newsletter.issue.source import Report
from newsletter.issue.yaml_tree import Mapping, Node, Scalar, Sequence
from newsletter.language import _, nearest

Schema = Table[str, object]


def canonical(key: str) -> str | None:
    """Return the key that a name stands for, or None when it is nobody's name."""
    name = aliases().get(key, key)
    return name if name in key_schemas() else None


def report_unknown(key: Scalar, report: Report) -> None:
    """Report a key that does not exist, with the nearest that does, and the edit that mends it."""
    near = nearest(key.text.lower(), [*key_schemas(), *aliases()])
    end = key.column + len(key.text)
    fix = (Edit(line=key.line, column=key.column, end_line=key.line, end_column=end, text=near),) if near else ()
    report.add(
        "NL104",
        _("unknown key « {key} »").format(key=key.text),
        line=key.line,
        column=key.column,
        length=len(key.text),
        suggestion=near,
        fix=fix,
    )


def fits(name: str, node: Node, report: Report) -> bool:
    """Say whether a key's value fits its schema; each fault is reported at its own place."""
    return _check(node, key_schemas()[name], name, report)


def _check(node: Node, schema: Schema, name: str, report: Report) -> bool:
    alternatives = schema.get("oneOf")
    if isinstance(alternatives, list):
        fitting = [one for one in alternatives if _kind(node) in _kinds(one)]
        return _check(node, fitting[0], name, report) if fitting else _wrong_kind(node, alternatives, name, report)
    if "enum" in schema:
        return _enum(node, schema["enum"], name, report)
    if _kind(node) not in _kinds(schema):
        return _wrong_kind(node, [schema], name, report)
    if isinstance(node, Mapping):
        return _mapping(node, schema, name, report)
    if isinstance(node, Sequence):
        items = schema.get("items")
        return _items(node, items, name, report) if isinstance(items, dict) else True
    return _scalar(node, schema, name, report)


def _items(node: Sequence, schema: Schema, name: str, report: Report) -> bool:
    right = True
    for item in node.items:
        right &= _check(item, schema, name, report)
    return right


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    value = node.value
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return kinds.get(type(value), "string")


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds) if isinstance(kinds, list) else []


def _wrong_kind(node: Node, schemas: list[Schema], name: str, report: Report) -> bool:
    words = {
        "string": _("text"),
        "integer": _("a whole number"),
        "number": _("a number"),
        "boolean": _("true or false"),
        "array": _("a list"),
        "object": _("a mapping"),
        "null": _("nothing"),
    }
    wanted = list(dict.fromkeys(words[kind] for schema in schemas for kind in _kinds(schema)))
    hint = None
    if _kind(node) in ("integer", "number", "boolean", "null") and words["string"] in wanted:
        hint = _("Put the value between quotes.")
    _add(
        "NL102",
        _("« {key} » must be {wanted}, this is {found}").format(
            key=name, wanted=_(" or ").join(wanted), found=words[_kind(node)]
        ),
        node,
        report,
        hint=hint,
    )
    return False


def _enum(node: Node, allowed: object, name: str, report: Report) -> bool:
    values = [str(value) for value in allowed] if isinstance(allowed, list) else []
    if isinstance(node, Scalar) and node.text in values:
        return True
    found = node.text if isinstance(node, Scalar) else ""
    message = _("« {key} » is one of: {values}").format(key=name, values=", ".join(values))
    _add("NL103", message, node, report, suggestion=nearest(found.lower(), values))
    return False


def _mapping(node: Mapping, schema: Schema, name: str, report: Report) -> bool:
    properties, right = schema.get("properties"), True
    if not isinstance(properties, dict):
        return True
    present = {key.text for key, _value in node.entries}
    for key, value in node.entries:
        if key.text in properties:
            right &= _check(value, properties[key.text], f"{name}.{key.text}", report)
        elif schema.get("additionalProperties") is False:
            right = False
            message = _("unknown key « {key} »").format(key=f"{name}.{key.text}")
            _add("NL104", message, key, report, suggestion=nearest(key.text, properties))
    required = schema.get("required")
    for missing in [key for key in required if key not in present] if isinstance(required, list) else []:
        right = False
        _add("NL101", _("« {key} » is missing").format(key=f"{name}.{missing}"), node, report)
    return right


def _scalar(node: Scalar, schema: Schema, name: str, report: Report) -> bool:
    text = node.text
    pattern, least, most = schema.get("pattern"), schema.get("minLength"), schema.get("maxLength")
    if isinstance(pattern, str) and not re.search(pattern, text):
        _add("NL103", _("« {value} » is not a valid « {key} »").format(value=text[:80], key=name), node, report)
        return False
    if isinstance(least, int) and len(text.strip()) < least:
        _add("NL103", _("« {key} » is too short").format(key=name), node, report)
        return False
    if isinstance(most, int) and len(text) > most:
        message = _("« {key} » has {count} characters; the most is {most}").format(key=name, count=len(text), most=most)
        _add("NL103", message, node, report)
        return False
    minimum = schema.get("minimum")
    if isinstance(minimum, int) and isinstance(node.value, int) and node.value < minimum:
        _add("NL103", _("« {key} » is at least {least}").format(key=name, least=minimum), node, report)
        return False
    return True


def _add(
    code: str, message: str, node: Node, report: Report, *, suggestion: str | None = None, hint: str | None = None
) -> None:
    length = node.length if isinstance(node, Scalar) else 0
    report.add(code, message, line=node.line, column=node.column, length=length, suggestion=suggestion, hint=hint)
