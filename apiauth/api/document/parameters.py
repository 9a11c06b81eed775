"""What travels in the address and in headers."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from apiauth.api.document import examples, schemas, words
from apiauth.api.document.schemas import Json

_OURS = ("description", "examples", "deprecated", "include_in_schema")


def parameters(source: str, model: type[BaseModel]) -> Iterator[Json]:
    """Describe each parameter of one source: path, query, header or cookie."""
    for name, schema, is_required in _members(schemas.parameters_of(model)):
        if not schema.get("include_in_schema", True):
            continue
        described: Json = {
            "name": _wire_name(source, name),
            "in": source,
            "required": is_required or source == "path",
            # An address cannot say null: what is not given is left out.
            "schema": schemas.without_null(
                {key: value for key, value in schema.items() if key not in _OURS}
            ),
        }
        for key in ("description", "deprecated"):
            if key in schema:
                described[key] = schema[key]
        if "examples" in schema:
            described["example"] = schema["examples"][0]
        yield described


def explained(parameter: Json, path: str) -> Json:
    """Add an example and a meaning, where anything says them."""
    known = words.ELSEWHERE.get(parameter["name"])
    if parameter["in"] == "path":
        before, _, _ = path.partition(f"/{{{parameter['name']}}}")
        known = words.IN_PATHS.get(before.rpartition("/")[2])
    if known is None:
        return _example(parameter["schema"]) | parameter
    return {"example": known[0], "description": known[1], **parameter}


def _members(schema: Json) -> Iterator[tuple[str, Json, bool]]:
    """Go through the members, and into those that only group others."""
    required = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        inner = schemas.without_null(member)
        if "properties" in inner:
            yield from _members(inner)
        else:
            yield name, member, name in required


def _wire_name(source: str, name: str) -> str:
    return name.replace("_", "-").title() if source == "header" else name


def _example(schema: Json) -> dict[str, Any]:
    try:
        return {"example": examples.of(schema, {})}
    except examples.Unknown:
        return {}
