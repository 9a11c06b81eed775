"""Schemas as rows of a table: a member, its type, what it means."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from apiauth.api.document import schemas
from apiauth.api.document.schemas import Json

_CODE = re.compile(r"`([^`]+)`")
_PIECE = re.compile(r"[^_.]+[_.]*|[_.]+")
_NULL = {"type": "null"}
# Words that have a table of their own.
_TABLES = {"ErrorCode": "refusals", "VerdictCode": "verdicts"}
_MOST_CHOICES = 12  # more than that have a table of their own

# Text in pieces, each with whether it is code.
type Prose = Sequence[Sequence[tuple[str, bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One member of a body or an answer, or one parameter."""

    name: str
    place: str  # where a parameter travels
    type: str
    link: str  # where on the page the type is explained; empty for nowhere
    is_required: bool
    meaning: Prose
    choices: Sequence[str]
    facts: Sequence[tuple[str, str]]  # such as a default or a bound

    @property
    def pieces(self) -> list[str]:
        """The name, where it may go on in another line."""
        return _PIECE.findall(self.name)


def prose(text: str) -> Prose:
    """Split text into paragraphs, and these where code begins and ends."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return [
        [
            (piece, bool(n % 2))
            for n, piece in enumerate(_CODE.split(paragraph))
            if piece
        ]
        for paragraph in paragraphs
        if paragraph
    ]


def row(
    name: str,
    schema: Json,
    components: Mapping[str, Json],
    *,
    is_required: bool,
    place: str = "",
) -> Row:
    """Describe one value."""
    whole = schemas.resolved(_only(schema), components)
    return Row(
        name=name,
        place=place,
        type=type_of(schema, components),
        link=_link(_reference(schema), whole),
        is_required=is_required,
        meaning=prose(schema.get("description") or whole.get("description", "")),
        choices=[_word(one) for one in _choices(whole)],
        facts=list(_facts(whole)),
    )


def members(
    schema: Json,
    components: Mapping[str, Json],
    before: str = "",
    seen: frozenset[str] = frozenset(),
) -> Iterator[Row]:
    """Go through the members of an object and of the objects in it.

    What has been shown above is not shown again; its row leads to it.
    """
    whole = schemas.resolved(_only(schema), components)
    required = whole.get("required", [])
    own = whole.get("properties", {})
    for name, member in own.items():
        yield row(before + name, member, components, is_required=name in required)
        part = _reference(member)
        inner = components.get(part, {})
        is_news = not set(inner.get("properties", {})) <= set(own)
        if part not in seen and is_news:
            seen |= {part}
            many = "[]" if _is_list(member) else ""
            yield from members(inner, components, f"{before}{name}{many}.", seen)


def of_any(schema: Json, components: Mapping[str, Json]) -> list[Row]:
    """The members of an answer; where it has several forms, of all of them."""
    forms = schema.get("anyOf", [schema])
    found: dict[str, list[Row]] = {}
    for form in forms:
        for one in members(form, components):
            found.setdefault(one.name, []).append(one)
    return [
        _joined(same, is_everywhere=len(same) == len(forms)) for same in found.values()
    ]


def _joined(same: Sequence[Row], *, is_everywhere: bool) -> Row:
    if len(same) == 1:
        return replace(same[0], is_required=same[0].is_required and is_everywhere)
    choices = [one.choices for one in same]
    types = dict.fromkeys(kind for one in same for kind in one.type.split(" | "))
    return replace(
        same[-1],
        type=" | ".join(sorted(types, key=lambda kind: kind == "null")),
        is_required=is_everywhere and all(one.is_required for one in same),
        choices=sorted(set().union(*choices)) if all(choices) else [],
    )


def type_of(schema: Json, components: Mapping[str, Json]) -> str:
    """Name a type as programmers write it."""
    if "$ref" in schema:
        target = components[schemas.name_of(schema["$ref"])]
        has_name = "properties" in target
        return (
            schemas.name_of(schema["$ref"]) if has_name else type_of(target, components)
        )
    choices = schema.get("anyOf")
    if choices:
        names = [type_of(one, components) for one in choices]
        return " | ".join(dict.fromkeys(names))
    return _plain(schema, components)


def _plain(schema: Json, components: Mapping[str, Json]) -> str:
    kind = schema.get("type", "any")
    if kind == "array":
        inner = type_of(schema.get("items", {}), components)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    values = schema.get("additionalProperties")
    if kind == "object" and isinstance(values, dict):
        return f"object of {type_of(values, components)}"
    form = schema.get("format")
    return f"{kind} ({form})" if form else str(kind)


def _only(schema: Json) -> Json:
    """The one thing that a value is, where it may be absent or one of many."""
    bare = schemas.without_null(schema)
    return _only(bare["items"]) if bare.get("type") == "array" else bare


def _is_list(schema: Json) -> bool:
    return bool(schemas.without_null(schema).get("type") == "array")


def _reference(schema: Json) -> str:
    """The name of what a value is made of; empty where it is a plain one."""
    return schemas.name_of(_only(schema).get("$ref", ""))


def _link(name: str, whole: Json) -> str:
    return f"schema-{name}" if "properties" in whole else _TABLES.get(name, "")


def _choices(whole: Json) -> list[object]:
    if "const" in whole:
        return [whole["const"]]
    words = [one["const"] for one in whole.get("oneOf", []) if "const" in one]
    choices = whole.get("enum", words)
    return choices if len(choices) <= _MOST_CHOICES else []


def _facts(whole: Json) -> Iterator[tuple[str, str]]:
    names = {
        "default": "default",
        "minimum": "at least",
        "maximum": "at most",
        "minLength": "shortest",
        "maxLength": "longest",
        "maxItems": "at most, entries",
        "pattern": "form",
    }
    for keyword, name in names.items():
        if keyword in whole:
            yield name, _word(whole[keyword])


def _word(value: object) -> str:
    """Write a value as it is in JSON, a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
