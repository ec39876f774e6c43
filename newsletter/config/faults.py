"""pydantic's faults in the reader's words: where a key or value stands, what it must be, what is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, get_args

from newsletter.config.model import Section
from newsletter.errors import Finding
from newsletter.language import _, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class Place(Protocol):
    """Makes a finding at a path of a file, or at the variable that the value came from."""

    def __call__(
        self,
        path: tuple[str | int, ...],
        text: str,
        /,
        *,
        code: str = "NL051",
        at_value: bool = True,
        suggestion: str | None = None,
        hint: str | None = None,
    ) -> Finding:
        """Return the finding."""
        ...


def fault_of(detail: ErrorDetails, root: type[Section], place: Place) -> Finding:
    """Turn one of pydantic's faults into a finding in the reader's language, without the value."""
    path = tuple(str(part) if not isinstance(part, int) else part for part in detail["loc"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            near = nearest(str(path[-1]), _siblings(root, path))
            text = _("unknown key “{key}”").format(key=path[-1])
            return place(path, text, code="NL050", at_value=False, suggestion=near)
        case "missing":
            text = _("the key “{key}” is missing").format(key=path[-1])
            return place(path, text, code="NL052", at_value=False)
        case "literal_error":
            choices = get_args(_model_at(root, path)[1])
            near = nearest(str(detail["input"]), [str(choice) for choice in choices])
            text = _("must be one of: {choices}").format(choices=", ".join(map(str, choices)))
            return place(path, text, suggestion=near)
        case kind:
            return place(path, _expectation(kind, context))


def _expectation(kind: str, context: Mapping[str, object]) -> str:
    """Say what a value must be, for each kind of fault that pydantic finds."""
    texts = {
        "greater_than_equal": _("must be {limit} or more").format(limit=context.get("ge")),
        "greater_than": _("must be more than {limit}").format(limit=context.get("gt")),
        "less_than_equal": _("must be {limit} or less").format(limit=context.get("le")),
        "string_pattern_mismatch": _("is not of the right form"),
        "string_type": _('must be a text between quotation marks: "…"'),
    }
    families = {
        "int": _("must be a whole number"),
        "float": _("must be a number"),
        "bool": _("must be true or false"),
        "tuple": _('must be a list: ["…", "…"]'),
        "dict": _("must be a table of keys and values"),
        "model": _("must be a table of keys and values"),
    }
    return texts.get(kind) or families.get(kind.split("_")[0]) or _("is not of the right form")


def _model_at(root: type[Section], path: tuple[str | int, ...]) -> tuple[type[Section] | None, object]:
    """Follow a path through the model; return the section it ends in, and the type it ends at."""
    model: type[Section] | None = root
    kind: object = root
    names = iter(path)
    for name in names:
        if model is None:
            break
        info = next((i for n, i in model.model_fields.items() if name in (n, i.alias)), None)
        kind = info.annotation if info else None
        model = kind if isinstance(kind, type) and issubclass(kind, Section) else None
        inner = get_args(kind)[1:2]
        if model is None and inner and isinstance(inner[0], type) and issubclass(inner[0], Section):
            next(names, None)
            model = kind = inner[0]
    return model, kind


def _siblings(root: type[Section], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand beside the last part of a path."""
    model = _model_at(root, path[:-1])[0] if len(path) > 1 else root
    if model is None:
        return []
    return [info.alias or name for name, info in model.model_fields.items() if name not in ("root", "secrets")]
