"""The API as it describes itself, and what is wrong with a value by that."""

from jsonschema import Draft202012Validator, FormatChecker
from ninja import NinjaAPI

from apiauth.api import document
from apiauth.api.document.schemas import Json, name_of
from apiauth.api.urls import surface

JSON = "application/json"


def build(api: NinjaAPI) -> Json:
    return document.build(
        api, public_url="https://keys.example.com", anybody_may_ask=False
    )


DOCUMENT = build(surface)
COMPONENTS = DOCUMENT["components"]["schemas"]
# Method, path and description by name.
OPERATIONS: dict[str, tuple[str, str, Json]] = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def whole(answer: Json) -> Json:
    """An answer that operations share, or their own one."""
    if "$ref" not in answer:
        return answer
    shared: Json = DOCUMENT["components"]["responses"][name_of(answer["$ref"])]
    return shared


def answer_schema(name: str, status: int) -> Json:
    """What one operation says that it answers. Raises `KeyError` if it does not."""
    _, _, operation = OPERATIONS[name]
    answer = whole(operation["responses"][str(status)])
    schema: Json = answer["content"][JSON]["schema"]
    return schema


def problems(schema: Json, value: object) -> list[str]:
    """What is wrong with a value, members that nobody described included."""
    whole = {**schema, "components": {"schemas": COMPONENTS}}
    checker = Draft202012Validator(closed(whole), format_checker=FormatChecker())
    return [
        f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)
    ]


def closed(node: object) -> object:
    """The same schema, which admits no member that it does not name."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    copy = {key: closed(value) for key, value in node.items()}
    if copy.get("type") == "object" and "properties" in copy:
        copy.setdefault("additionalProperties", False)
    return copy
