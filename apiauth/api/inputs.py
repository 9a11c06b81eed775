"""JSON bodies into typed values, with a sentence for whatever is wrong."""

from collections.abc import Sequence

from django.http import HttpRequest
from ninja import Schema
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from apiauth import text
from apiauth.errors import ApiAuthError, Invalid
from apiauth.http import requests

_MAX_FIELD = 100
_SENTENCES = {
    "dict_type": "{field} must be an object.",
    "extra_forbidden": "{field} is not a member of this request.",
    "int_type": "{field} must be a whole number.",
    "list_type": "{field} must be a list.",
    "literal_error": "{field} must be {expected}.",
    "missing": "{field} is required.",
    "model_attributes_type": "{field} must be an object.",
    "model_type": "{field} must be an object.",
    "string_type": "{field} must be text.",
}


class Malformed(Invalid):
    """A body whose members do not have the form they should; lists all of them."""

    def __init__(self, problems: Sequence[ApiAuthError]) -> None:
        super().__init__(problems[0].message, field=problems[0].field)
        self._problems = problems

    @property
    def problems(self) -> Sequence[ApiAuthError]:
        return self._problems


def read[T: Schema](request: HttpRequest, schema: type[T]) -> T:
    """Read a body as the schema says. Raises `Invalid` naming the members."""
    members = requests.json_body(request)
    try:
        return schema.model_validate(members)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    raise Malformed([_problem(detail) for detail in details])


def _problem(detail: ErrorDetails) -> Invalid:
    path = ".".join(str(part) for part in detail["loc"])
    field = text.shorten(path, _MAX_FIELD) or "body"
    template = _SENTENCES.get(detail["type"], "{field} cannot be read.")
    expected = detail.get("ctx", {}).get("expected", "")
    return Invalid(template.format(field=field, expected=expected), field=field)
