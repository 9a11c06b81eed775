"""JSON bodies and queries into typed values, with a sentence for whatever is wrong."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from ninja import Header, Schema
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)

from apiauth import idempotency, text
from apiauth.errors import ApiAuthError, Invalid
from apiauth.http import requests

_MAX_FIELD = 100
_SENTENCES = {
    "bool_parsing": "{field} must be true or false.",
    "bool_type": "{field} must be true or false.",
    "dict_type": "{field} must be an object.",
    "enum": "{field} must be {expected}.",
    "extra_forbidden": "{field} is not a member of this request.",
    "int_from_float": "{field} must be a whole number.",
    "int_parsing": "{field} must be a whole number.",
    "int_parsing_size": "{field} is too large.",
    "int_type": "{field} must be a whole number.",
    "greater_than_equal": "{field} must be at least {ge}.",
    "less_than_equal": "{field} must be at most {le}.",
    "list_type": "{field} must be a list.",
    "literal_error": "{field} must be {expected}.",
    "missing": "{field} is required.",
    "model_attributes_type": "{field} must be an object.",
    "model_type": "{field} must be an object.",
    "string_type": "{field} must be text.",
    "uuid_parsing": "{field} is not an id of ours.",
    "value_error": "{field} cannot be used: {error}.",
}
# Where Ninja says a value was found, before the value's own path.
_SOURCES = {"body": 2, "form": 1, "query": 1, "header": 1, "path": 1}


class Body(Schema):
    """A JSON body: every member has its type, none is guessed from another one.

    Members that it does not name are ignored, as existing clients expect.
    """

    model_config = ConfigDict(strict=True)


class Reason(Body):
    """Why; for the history."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "Invoice overdue."}}
    )

    reason: str | None = Field(None, description="For the history.")

    def said(self) -> str:
        """The reason, cleaned; empty when none was given. Raises `Invalid`."""
        return text.clean(
            self.reason,
            field="reason",
            max_length=text.REASON,
            required=False,
            multiline=True,
        )


class Malformed(Invalid):
    """A body whose members do not have the form they should; lists all of them."""

    def __init__(self, problems: Sequence[ApiAuthError]) -> None:
        super().__init__(problems[0].message, field=problems[0].field)
        self._problems = problems

    @property
    def problems(self) -> Sequence[ApiAuthError]:
        return self._problems


def _moment(value: object) -> object:
    """Read an ISO 8601 moment with its zone; every other text is refused."""
    if not isinstance(value, str):
        return value
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise ValueError("a moment looks like 2027-03-12T14:00:00Z, with its zone")
    return moment


def _external(value: object) -> object:
    """Hosts may count their users and companies: a number is an id, too."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


def _token(value: str) -> str:
    """Read the name of an attempt; an empty one would only seem to protect."""
    is_readable = value.isascii() and value.isprintable()
    if not is_readable or not 0 < len(value) <= idempotency.MAX_TOKEN:
        raise ValueError(
            f"it is made of 1 to {idempotency.MAX_TOKEN} printable ASCII characters"
        )
    return value


# A moment of a body or a query.
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
# The host's own id of a user, an organization or a workspace.
ExternalId = Annotated[
    str,
    BeforeValidator(_external),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
]

# A header; "" when there is none.
IdempotencyKey = Annotated[
    str,
    BeforeValidator(_token),
    Header(
        "",
        alias="Idempotency-Key",
        description="Your own name for this attempt: repeated under it, nothing "
        "is done a second time.",
        min_length=1,
        max_length=idempotency.MAX_TOKEN,
        example="5f0c7d8e-provision-ci",
    ),
]


def read[T: Schema](request: HttpRequest, schema: type[T]) -> T:
    """Read a body as the schema says. Raises `Invalid` naming the members."""
    return validated(schema, requests.json_body(request))


def validated[T: BaseModel](schema: type[T], members: object) -> T:
    """Read members as the schema says. Raises `Invalid` naming the members."""
    try:
        return schema.model_validate(members)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    raise Malformed([_problem(detail, detail["loc"]) for detail in details])


def unless_absent[T: Body](request: HttpRequest, body: T | None, schema: type[T]) -> T:
    """Take a body that may be left out. Raises `Invalid` for one that was lost."""
    requests.require_length(request)
    return schema() if body is None else body


def problem(detail: Mapping[str, Any]) -> Invalid:
    """Say what Ninja found wrong with one value of a request."""
    path = tuple(detail["loc"])
    return _problem(detail, path[_SOURCES.get(str(path[0]), 0) :])


def shown(name: str) -> str:
    """Repeat a name from a request, as far as it is safe to show."""
    return text.shorten(name, _MAX_FIELD)


def _problem(detail: Mapping[str, Any], path: Sequence[object]) -> Invalid:
    field = shown(".".join(str(part) for part in path)) or "body"
    template = _SENTENCES.get(detail["type"], "{field} cannot be read.")
    facts = {**(detail.get("ctx") or {}), "field": field}
    return Invalid(template.format(**facts), field=field)
