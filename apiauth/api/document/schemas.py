"""JSON Schema 2020-12 of everything that goes in and out, each under one name."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

from apiauth.api import vocabularies

# JSON has no closed type.
type Json = dict[str, Any]

PLACE = "#/components/schemas/"
_NULL = {"type": "null"}
_VALUES = frozenset(["const", "default", "enum", "example", "examples"])
_MAPS = frozenset(["properties", "patternProperties", "$defs"])
_WORDS = re.compile(r"[^A-Za-z0-9]+")


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, saying what Ninja really sends.

    Every member of an answer is there, save those that leave themselves out; and what
    leaves itself out when it is null is never null.
    """

    def sort(self, value: Json, parent_key: str | None = None) -> Json:  # noqa: ARG002 - pydantic calls it so
        return value  # In the order in which they are declared.

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic calls it so
        return False  # A title would repeat the name.

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001 - pydantic calls it so
        if self.mode == "serialization":
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        described = super().default_schema(schema)
        if self.mode == "serialization" or described.get("default") in {None, ""}:
            described.pop("default", None)
        return described

    def model_field_schema(self, schema: core_schema.ModelField) -> Json:
        described = super().model_field_schema(schema)
        leaves_out = schema.get("serialization_exclude_if")
        if self.mode == "serialization" and leaves_out and leaves_out(None):
            return without_null(described)
        return described


def describe(
    types: Mapping[Hashable, tuple[JsonSchemaMode, Any]],  # whatever has a type
) -> tuple[dict[Hashable, Json], dict[str, Json]]:
    """Describe types, and name what they are made of.

    All at once, so that two things never share a name. Raises `ImproperlyConfigured`
    when a name would be none that people can read.
    """
    wanted = [(key, mode, TypeAdapter(of)) for key, (mode, of) in types.items()]
    found, rest = TypeAdapter.json_schemas(
        wanted, ref_template=f"{PLACE}{{model}}", schema_generator=_Generator
    )
    parts = rest.get("$defs", {})
    names = _names(list(parts))
    components = {names[name]: _renamed(part, names) for name, part in parts.items()}
    for component in components.values():
        component.pop("title", None)
    described = {key: _renamed(part, names) for (key, _), part in found.items()}
    return described, {**components, **_vocabularies()}


def parameters_of(model: type[BaseModel]) -> Json:
    """Describe the members of a model as they stand in an address, without names."""
    found = model.model_json_schema(
        ref_template=f"{PLACE}{{model}}", schema_generator=_Generator
    )
    parts = found.pop("$defs", {})
    names = {name: name for name in parts}
    components = {name: _renamed(part, names) for name, part in parts.items()}
    whole: Json = _inlined(_renamed(found, names), components)
    return whole


def _inlined(node: Any, components: Mapping[str, Json]) -> Any:  # a part of a schema
    if isinstance(node, list):
        return [_inlined(one, components) for one in node]
    if not isinstance(node, dict):
        return node
    whole = resolved(node, components)
    return {key: _inlined(value, components) for key, value in whole.items()}


def resolved(schema: Json, components: Mapping[str, Json]) -> Json:
    """Follow a reference; what stands beside it wins."""
    if "$ref" not in schema:
        return schema
    target = resolved(components[name_of(schema["$ref"])], components)
    return {**target, **{k: v for k, v in schema.items() if k != "$ref"}}


def name_of(reference: str) -> str:
    """The name at the end of a reference."""
    return reference.rpartition("/")[2]


def without_null(schema: Json) -> Json:
    """The same schema for a value that is never null."""
    if "anyOf" not in schema:
        return schema
    left = [one for one in schema["anyOf"] if one != _NULL]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def references(node: object) -> set[str]:
    """Every reference below a node, wherever it points."""
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))


def _names(given: list[str]) -> dict[str, str]:
    """Write `Rule-Input` and `Data_list_Key__` as one word each.

    Where classes are called alike, pydantic puts all of their modules before the name;
    the last one tells them apart. Raises `ImproperlyConfigured` where it does not.
    """
    names = {}
    for name in given:
        *modules, word = name.rsplit("__", 1) if name[0].islower() else [name]
        last = [module.rpartition("__")[2] for module in modules]
        parts = [part for text in (*last, word) for part in _WORDS.split(text)]
        names[name] = "".join(part[:1].upper() + part[1:] for part in parts)
    if len(set(names.values())) < len(names):
        raise ImproperlyConfigured(f"Two schemas share a name: {', '.join(given)}.")
    return names


def _renamed(node: Any, names: Mapping[str, str]) -> Any:  # a part of a schema
    """Write a schema's references by our names, its words and its examples as 3.1 does."""
    if isinstance(node, list):
        return [_renamed(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    if vocabularies.MARK in node:
        rest = {k: v for k, v in node.items() if k not in {"type", vocabularies.MARK}}
        return {"$ref": f"{PLACE}{node[vocabularies.MARK]}", **rest}
    copy = {key: _part(key, value, names) for key, value in node.items()}
    if "$ref" in copy:
        copy["$ref"] = f"{PLACE}{names[name_of(copy['$ref'])]}"
    if "example" in copy:
        copy["examples"] = [copy.pop("example")]
    return copy


def _part(keyword: str, value: Any, names: Mapping[str, str]) -> Any:
    """What stands behind a keyword: values as they are, members each by itself."""
    if keyword in _VALUES:
        return value
    if keyword in _MAPS:
        return {name: _renamed(one, names) for name, one in value.items()}
    return _renamed(value, names)


def _vocabularies() -> dict[str, Json]:
    return {
        "ErrorCode": _vocabulary(
            "Why a request was refused.", vocabularies.error_codes()
        ),
        "VerdictCode": _vocabulary("A verdict.", vocabularies.verdict_codes()),
    }


def _vocabulary(description: str, words: list[vocabularies.Word]) -> Json:
    choices = [{"const": one.word, "description": one.meaning} for one in words]
    return {"type": "string", "description": description, "oneOf": choices}
