"""Front matter against its schema: every fault at the line and column of the key or value it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace

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
    return _Check(name=name, report=report).value(node, key_schemas()[name])


@dataclass(frozen=True, kw_only=True)
class _Check:
    """One value against its schema; `name` is the key as a person would say it: `lint.ignore`."""

    name: str
    report: Report

    def value(self, node: Node, schema: Schema) -> bool:
        """Say whether a value fits."""
        alternatives = schema.get("oneOf")
        if isinstance(alternatives, list):
            fitting = [one for one in alternatives if _kind(node) in _kinds(one)]
            return self.value(node, fitting[0]) if fitting else self._wrong_kind(node, alternatives)
        if "enum" in schema:
            return self._enum(node, schema["enum"])
        if _kind(node) not in _kinds(schema):
            return self._wrong_kind(node, [schema])
        if isinstance(node, Mapping):
            return self._mapping(node, schema)
        if isinstance(node, Sequence):
            items = schema.get("items")
            # a list, so that every item is looked at, not only those up to the first fault
            return False not in [self.value(item, items) for item in node.items if isinstance(items, dict)]
        return self._scalar(node, schema)

    def _wrong_kind(self, node: Node, schemas: list[Schema]) -> bool:
        words = _kind_words()
        wanted = list(dict.fromkeys(words[kind] for schema in schemas for kind in _kinds(schema)))
        quoted = _kind(node) in ("integer", "number", "boolean", "null") and words["string"] in wanted
        self.report.at(
            node,
            "NL102",
            _("« {key} » must be {wanted}, this is {found}").format(
                key=self.name, wanted=_(" or ").join(wanted), found=words[_kind(node)]
            ),
            hint=_("Put the value between quotes.") if quoted else None,
        )
        return False

    def _enum(self, node: Node, allowed: object) -> bool:
        values = [str(value) for value in allowed] if isinstance(allowed, list) else []
        if isinstance(node, Scalar) and node.text in values:
            return True
        found = node.text if isinstance(node, Scalar) else ""
        message = _("« {key} » is one of: {values}").format(key=self.name, values=", ".join(values))
        self.report.at(node, "NL103", message, suggestion=nearest(found.lower(), values))
        return False

    def _mapping(self, node: Mapping, schema: Schema) -> bool:
        properties, required = schema.get("properties"), schema.get("required")
        if not isinstance(properties, dict):
            return True
        right = [self._entry(key, value, schema) for key, value in node.entries]
        present = {key.text for key, _value in node.entries}
        for missing in [key for key in required if key not in present] if isinstance(required, list) else []:
            right.append(False)
            self.report.at(node, "NL101", _("« {key} » is missing").format(key=f"{self.name}.{missing}"))
        return all(right)

    def _entry(self, key: Scalar, value: Node, schema: Schema) -> bool:
        properties = schema["properties"]
        assert isinstance(properties, dict)
        inner = replace(self, name=f"{self.name}.{key.text}")
        if key.text in properties:
            return inner.value(value, properties[key.text])
        if schema.get("additionalProperties") is not False:
            return True
        message = _("unknown key « {key} »").format(key=inner.name)
        self.report.at(key, "NL104", message, suggestion=nearest(key.text, properties))
        return False

    def _scalar(self, node: Scalar, schema: Schema) -> bool:
        message = self._complaint(node, schema)
        if message:
            self.report.at(node, "NL103", message)
        return not message

    def _complaint(self, node: Scalar, schema: Schema) -> str:
        """Return what is wrong with a single value of the right kind, or nothing."""
        text = node.text
        pattern, least, most = schema.get("pattern"), schema.get("minLength"), schema.get("maxLength")
        minimum = schema.get("minimum")
        if isinstance(pattern, str) and not re.search(pattern, text):
            return _("« {value} » is not a valid « {key} »").format(value=text[:80], key=self.name)
        if isinstance(least, int) and len(text.strip()) < least:
            return _("« {key} » is too short").format(key=self.name)
        if isinstance(most, int) and len(text) > most:
            message = _("« {key} » has {count} characters; the most is {most}")
            return message.format(key=self.name, count=len(text), most=most)
        if isinstance(minimum, int) and isinstance(node.value, int) and node.value < minimum:
            return _("« {key} » is at least {least}").format(key=self.name, least=minimum)
        return ""


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return kinds.get(type(node.value), "string")


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds) if isinstance(kinds, list) else []


def _kind_words() -> dict[str, str]:
    return {
        "string": _("text"),
        "integer": _("a whole number"),
        "number": _("a number"),
        "boolean": _("true or false"),
        "array": _("a list"),
        "object": _("a mapping"),
        "null": _("nothing"),
    }
