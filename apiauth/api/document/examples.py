"""Examples: those that schemas carry, put together where only their parts do."""

from collections.abc import Mapping
from typing import Any

from apiauth.api.document.schemas import Json, resolved

_BY_FORMAT = {
    "date-time": "2026-11-28T09:30:00Z",
    "uuid": "0198f2a1-6d3e-7c44-9a51-3f0c2b7e81d4",
}
_BY_TYPE = {"boolean": False, "null": None}
_DEEPEST = 12  # a schema may hold itself


class Unknown(LookupError):
    """Nothing says what a value looks like; `path` leads to it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no example for {path or 'the whole'}")


def of(
    schema: Json, components: Mapping[str, Json], path: str = "", depth: int = 0
) -> Any:  # a JSON value
    """Give an example of a schema. Raises `Unknown` naming the part that has none."""
    if depth > _DEEPEST:
        raise Unknown(path)
    whole = resolved(schema, components)
    for said in _said(whole):
        return said
    choices = whole.get("anyOf") or whole.get("oneOf")
    if choices:
        return _of_choices(choices, components, path, depth + 1)
    return _of_type(whole, components, path, depth + 1)


def _said(schema: Json) -> list[Any]:
    """What a schema itself names."""
    named = [*schema.get("examples", []), *schema.get("enum", [])]
    return named + [schema[key] for key in ("const", "default") if key in schema]


def _of_choices(
    choices: list[Json], components: Mapping[str, Json], path: str, depth: int
) -> Any:
    """Take the first choice that has an example; null only when nothing else has."""
    null = {"type": "null"}
    for choice in [one for one in choices if one != null]:
        try:
            return of(choice, components, path, depth)
        except Unknown:
            continue
    if null in choices:
        return None
    raise Unknown(path)


def _of_type(
    schema: Json, components: Mapping[str, Json], path: str, depth: int
) -> Any:
    kind, form = schema.get("type"), schema.get("format")
    if kind == "object":
        return _of_members(schema, components, path, depth)
    if kind == "array":
        return _of_items(schema, components, path, depth)
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 1), 1)
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if form in _BY_FORMAT:
        return _BY_FORMAT[form]
    raise Unknown(path)


def _of_items(
    schema: Json, components: Mapping[str, Json], path: str, depth: int
) -> list[Any]:
    try:
        return [of(schema.get("items", {}), components, f"{path}[]", depth)]
    except Unknown:
        return []


def _of_members(
    schema: Json, components: Mapping[str, Json], path: str, depth: int
) -> Json:
    """Give what must be there, and what else has an example."""
    example = {}
    for name, member in schema.get("properties", {}).items():
        try:
            example[name] = of(member, components, f"{path}.{name}".strip("."), depth)
        except Unknown:
            if name in schema.get("required", []):
                raise
    return example
