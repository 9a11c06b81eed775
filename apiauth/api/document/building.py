"""Putting the document together."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI

from apiauth.api import vocabularies
from apiauth.api.document import examples, plain, schemas, security, words
from apiauth.api.document.operations import Operation, declared
from apiauth.api.document.parameters import explained, parameters
from apiauth.api.document.schemas import Json
from apiauth.api.outputs import Error

_JSON = "application/json"
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}}}
_HEADERS = {401: _CHALLENGE, 503: _RETRY}


def build(api: NinjaAPI, *, public_url: str, anybody_may_ask: bool) -> Json:
    """Describe every operation of the API.

    Raises `ImproperlyConfigured` when two schemas share a name.
    """
    operations = [
        *declared(api),
        *plain.operations(anybody_may_ask=anybody_may_ask),
    ]
    described, components = schemas.describe(_types(operations))
    paths: dict[str, Json] = {}
    for one in operations:
        parts = {role: described[one.id, role] for role in _roles(one)}
        paths.setdefault(one.path, {})[one.method] = _operation(one, parts, components)
    return _document(operations, paths, components, public_url)


def _types(operations: Sequence[Operation]) -> dict[Any, tuple[Any, Any]]:
    types: dict[Any, tuple[Any, Any]] = {"error": ("serialization", Error)}
    for one in operations:
        for role, (mode, of) in _roles(one).items():
            types[one.id, role] = (mode, of)
    return types


def _roles(one: Operation) -> dict[Any, tuple[Any, Any]]:
    """What has to be described of an operation, and whether it comes or goes."""
    roles: dict[Any, tuple[Any, Any]] = {}
    if one.body:
        roles["body"] = ("validation", one.body.type)
    for status, of in one.answers.items():
        if of is not None:
            roles[status] = ("serialization", of)
    return roles


def _operation(
    one: Operation, parts: Mapping[Any, Json], components: Mapping[str, Json]
) -> Json:
    described: Json = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": one.summary,
        "description": one.description,
        "parameters": [
            parameter
            for source, model in one.parameters
            for parameter in parameters(source, model)
        ],
        "responses": {
            str(status): _answer(one, status, parts.get(status), components)
            for status in sorted(one.answers)
        },
        "security": security.requirements(one),
    }
    if one.body:
        content = {one.body.media_type: {"schema": parts["body"]}}
        required = one.body.is_required
        described["requestBody"] = {"required": required, "content": content}
    if one.is_deprecated:
        described["deprecated"] = True
    return _exemplified(_merged(described, one.extra), one.path, components)


def _exemplified(described: Json, path: str, components: Mapping[str, Json]) -> Json:
    """Add examples of what is sent, whoever described it."""
    described["parameters"] = [
        explained(parameter, path) for parameter in described["parameters"]
    ]
    content = described.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()))["schema"] if content else {}
    for kind, body in content.items():
        if not {"example", "examples"} & set(body):
            # Whatever else is taken has the same members: a form, for example.
            content[kind] = _content(schema, components)
    return described


def _answer(
    one: Operation, status: int, schema: Json | None, components: Mapping[str, Json]
) -> Json:
    if one.answers[status] is Error:
        return {"$ref": f"#/components/responses/{_refusal_name(status)}"}
    answer: Json = {"description": _phrase(status, schema, components)}
    if schema is not None:
        samples = one.samples.get(status, {})
        answer["content"] = {_JSON: _content(schema, components, samples)}
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


def _phrase(status: int, schema: Json | None, components: Mapping[str, Json]) -> str:
    if schema is not None and status < HTTPStatus.BAD_REQUEST:
        forms = schema.get("anyOf", [schema])
        said = " ".join(_described(form, components) for form in forms).strip()
        if said:
            return said
    return words.PHRASES.get(status, f"{HTTPStatus(status).phrase}.")


def _described(schema: Json, components: Mapping[str, Json]) -> str:
    """What a schema is; of an envelope, what is in it."""
    whole = schemas.resolved(schema, components)
    if "description" in whole or "data" not in whole.get("properties", {}):
        return str(whole.get("description", ""))
    return _described(whole["properties"]["data"], components)


def _content(
    schema: Json,
    components: Mapping[str, Json],
    samples: Mapping[str, object] | None = None,
) -> Json:
    """A schema with its examples; without any where nothing says what it looks like."""
    if samples:
        named = {name: {"value": value} for name, value in samples.items()}
        return {"schema": schema, "examples": named}
    try:
        return {"schema": schema, "example": examples.of(schema, components)}
    except examples.Unknown:
        return {"schema": schema}


def _document(
    operations: Sequence[Operation],
    paths: Mapping[str, Json],
    components: Mapping[str, Json],
    public_url: str,
) -> Json:
    responses = _refusals(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{words.PRODUCT} API",
            "version": "1",
            "description": words.ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url, "description": "This installation."}],
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": _used(components, [paths, responses]),
            "responses": responses,
            "securitySchemes": security.schemes(operations),
        },
    }


def _tags(operations: Sequence[Operation]) -> list[Json]:
    used = {one.tag for one in operations}
    known = [name for name in words.TAGS if name in used]
    return [
        {"name": name, "description": words.TAGS.get(name, "")}
        for name in [*known, *sorted(used - set(known))]
    ]


def _refusals(paths: Mapping[str, Json]) -> dict[str, Json]:
    """The refusals that operations share, an example for each code."""
    used = {schemas.name_of(ref) for ref in schemas.references(dict(paths))}
    return {
        _refusal_name(status): {
            "description": phrase,
            "headers": _HEADERS.get(status, {}),
            "content": {
                _JSON: {
                    "schema": {"$ref": f"{schemas.PLACE}Error"},
                    "examples": dict(_samples(status)),
                }
            },
        }
        for status, phrase in words.PHRASES.items()
        if _refusal_name(status) in used
    }


def _samples(status: int) -> Iterator[tuple[str, Json]]:
    for one in vocabularies.error_codes():
        if one.status == status:
            problem = {"message": one.sentence, "code": one.word}
            value = {**problem, "errors": [problem]}
            yield one.word, {"summary": one.meaning, "value": value}


def _refusal_name(status: int) -> str:
    return f"Refused{status}"


def _used(components: Mapping[str, Json], by: object) -> dict[str, Json]:
    """Only what something refers to, whatever else was needed on the way."""
    wanted = {schemas.name_of(ref) for ref in schemas.references(by)}
    while True:
        parts = [components[name] for name in wanted if name in components]
        more = {schemas.name_of(ref) for ref in schemas.references(parts)} - wanted
        if not more:
            return {
                name: components[name] for name in sorted(components) if name in wanted
            }
        wanted |= more


def _merged(into: Json, more: Mapping[str, Any]) -> Json:
    """Lay what an operation says by hand over what is known of it.

    Lists grow, as Ninja lets them; whose credentials are named names all of them.
    """
    for name, value in more.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping):
            into[name] = _merged(known, value)
        elif isinstance(known, list) and name != "security":
            into[name] = [*known, *value]
        else:
            into[name] = value
    return into
